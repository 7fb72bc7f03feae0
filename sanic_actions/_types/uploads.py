"""The sizes that the types of an input allow for its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args, get_origin

from .._files import MaxBytes, UploadedFile
from .annotations import bare, class_of, is_annotated, is_union
from .constraints import constraints
from .containers import is_container, is_mapping, items_of
from .fields import Field, fields_of
from .type_aliases import is_alias

MarkedType = tuple[Any, list[Any]]
"""A type and the marks that it has from outside."""

FILES_OF_A_LIST: Final = 10
"""How many files a list may have if its type does not say."""


def upload_room(fields: tuple[Field, ...] | None) -> int:
    """Return how many bytes the files of an input with a ``MaxBytes`` may have together."""
    room = 0
    for field in fields or ():
        room += _room(field.annotation, field.info.metadata, frozenset())
    return room


def file_limit(fields: tuple[Field, ...] | None, steps: Sequence[str]) -> int | None:
    """Return the most bytes of the file at a path of the input; None without a ``MaxBytes``."""
    most = 0
    for annotation, metadata in _types_at(fields, steps):
        most = max(most, _room(annotation, metadata, frozenset()))
    return most or None


def takes_file(fields: tuple[Field, ...] | None, steps: Sequence[str]) -> bool:
    """Return whether there may be a file at a path of the input."""
    return any(_is_file(annotation) for annotation, _ in _types_at(fields, steps))


def _is_file(annotation: Any) -> bool:
    return class_of(bare(annotation))[0] is UploadedFile


def holds_file(annotation: Any, owners: frozenset[Any] = frozenset()) -> bool:
    """Return whether this is a file, a union or a collection of files, also by aliases."""
    if isinstance(annotation, type):
        return annotation is UploadedFile  # most fields end here
    if is_alias(get_origin(annotation) or annotation):
        if annotation in owners:
            return False  # a recursive alias, such as JsonValue
        owners |= {annotation}
    target = bare(annotation)
    return target is UploadedFile or any(holds_file(part, owners) for part in get_args(target))


def _types_at(fields: tuple[Field, ...] | None, steps: Sequence[str]) -> Iterator[MarkedType]:
    """Yield the types of single values at a path; several if there is a union on the way."""
    if not steps:
        return
    types = list(_types_of_field(fields, steps[0]))
    # Names end after MAX_DEPTH steps; each leads to members that the types have, however many were
    # sent.
    for step in steps[1:]:
        inner_types: list[MarkedType] = []
        for annotation, _ in types:
            inner_types += _items(annotation) or _types_of_field(fields_of(bare(annotation)), step)
        types = inner_types
    for marked_type in types:
        yield from _items(marked_type[0]) or [marked_type]


def _types_of_field(fields: tuple[Field, ...] | None, name: str) -> Iterator[MarkedType]:
    """Yield the types of a field of this name."""
    for field in fields or ():
        if field.name == name:
            yield from _members(field.annotation, field.info.metadata)


def _members(annotation: Any, metadata: list[Any]) -> Iterator[MarkedType]:
    """Yield the members of a union; any other type alone."""
    if not is_union(bare(annotation)):
        yield annotation, metadata
        return
    for member in get_args(bare(annotation)):
        yield from _members(member, metadata)


def _items(annotation: Any) -> list[MarkedType]:
    """Return the items of a collection, the values of a mapping; nothing for any other type."""
    target = bare(annotation)
    if not is_container(target):
        return []
    items = items_of(target)
    if is_mapping(target):
        items = items[1:]  # without the keys
    types: list[MarkedType] = []
    for item in items:
        types += _members(item, [])
    return types


def _room(annotation: Any, metadata: list[Any], owners: frozenset[Any]) -> int:
    """Return the room of a type; ``owners``, the aliases and classes around it, ends recursion."""
    marks = metadata
    plain = annotation
    if is_annotated(annotation):
        plain, *own = get_args(annotation)
        marks = [*metadata, *own]
    # Every MaxBytes is checked, so the smallest one counts.
    limits = [mark.limit for mark in marks if isinstance(mark, MaxBytes)]
    if limits:
        return min(limits)
    target = bare(annotation)
    if is_alias(get_origin(plain) or plain):
        if plain in owners:
            return 0
        owners |= {plain}
    # One member of a union is sent, so there is room for the largest.
    if is_union(target):
        return max((_room(member, [], owners) for member in get_args(target)), default=0)
    if is_container(target):
        count = constraints(marks).get("max_length")
        if not isinstance(count, int):
            count = FILES_OF_A_LIST
        return count * sum(_room(item, [], owners) for item in items_of(target))
    cls = class_of(target)[0]
    if cls in owners:
        return 0
    room = 0
    for field in fields_of(target) or ():
        room += _room(field.annotation, field.info.metadata, owners | {cls})
    return room

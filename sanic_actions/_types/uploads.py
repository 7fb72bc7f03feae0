"""How many bytes the files of an input may have, as its types say."""

from __future__ import annotations

from typing import Any, Final, get_args, get_origin

from .._files import MaxBytes
from .annotations import bare, class_of, is_alias, is_annotated, is_union
from .constraints import constraints
from .containers import is_container, items_of
from .fields import Field, fields_of

FILES_OF_A_LIST: Final = 10
"""How many files are counted of a list whose type does not limit them."""


def upload_room(fields: tuple[Field, ...] | None) -> int:
    """Return the bytes that all files of an input may have together, of those whose types have a ``MaxBytes``."""
    return sum(_room(field.annotation, field.info.metadata, frozenset()) for field in fields or ())


def _room(annotation: Any, metadata: list[Any], around: frozenset[Any]) -> int:
    """Return the room of a type; ``around`` holds the aliases and classes it stands in, which ends recursive types."""
    marks, plain = metadata, annotation
    if is_annotated(annotation):
        plain, *own = get_args(annotation)
        marks = [*metadata, *own]
    limits = [mark.limit for mark in marks if isinstance(mark, MaxBytes)]
    if limits:
        return min(limits)
    target = bare(annotation)
    if is_alias(get_origin(plain) or plain):
        if plain in around:
            return 0
        around |= {plain}
    if is_union(target):
        return max((_room(member, [], around) for member in get_args(target)), default=0)
    if is_container(target):
        count = constraints(marks).get("max_length")
        if not isinstance(count, int):
            count = FILES_OF_A_LIST
        return count * sum(_room(item, [], around) for item in items_of(target))
    cls = class_of(target)[0]
    if cls in around:
        return 0
    return sum(_room(field.annotation, field.info.metadata, around | {cls}) for field in fields_of(target) or ())

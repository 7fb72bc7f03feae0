"""Which recursive unions would be read again and again: without a tag, each level of an input doubles the work."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import combinations
from typing import Any, Final, Literal, get_args, get_origin

import pydantic
from pydantic import RootModel

from .annotations import bare, class_of, is_union
from .containers import is_container, is_named_tuple, items_of
from .fields import fields_of
from .unions import begins_as, members_of

_OBJECT: Final = frozenset({"object"})


def untagged_pair(union: Any) -> tuple[Any, Any] | None:
    """Return two members that hold the union again, begin alike in JSON and have no Literal that tells them apart."""
    again = [member for member in members_of(union) if begins_as(member) and _leads_to(member, bare(union))]
    for member, second in combinations(again, 2):
        if begins_as(member) & begins_as(second) and not _have_tag(union, again):
            return member, second
    return None


def _have_tag(union: Any, again: list[Any]) -> bool:
    """Return whether one name holds a Literal of its own in each of these members, and in no other the same."""
    objects = [member for member in members_of(union) if begins_as(member) == _OBJECT]
    if any(member not in objects for member in again if "object" in begins_as(member)):
        return False
    literals = [_literals_of(member) for member in objects]
    tags_of_again = [_literals_of(member) for member in again if member in objects]
    return any(
        _differ([fields[name] for fields in literals if name in fields]) for name in _common_names(tags_of_again)
    )


def _common_names(literals: list[dict[str, tuple[Hashable, ...]]]) -> set[str]:
    names = set(literals[0]) if literals else set()
    return names.intersection(*literals)


def _differ(tags: list[tuple[Hashable, ...]]) -> bool:
    values = [value for literal in tags for value in literal]
    return len(values) == len(set(values))


def _literals_of(annotation: Any) -> dict[str, tuple[Hashable, ...]]:
    """Return the values of the fields that are Literals, by their names."""
    fields = fields_of(annotation) or ()
    return {field.name: get_args(bare(field.annotation)) for field in fields if _is_literal(field.annotation)}


def _is_literal(annotation: Any) -> bool:
    return get_origin(bare(annotation)) is Literal


def _leads_to(start: Any, union: Any) -> bool:
    """Return whether a type holds the union, at any depth."""
    unhashable: list[Any] = []
    hashable: set[Any] = set()
    pending = [start]
    while pending:
        annotation = bare(pending.pop())
        if annotation == union:
            return True
        if _is_new(annotation, hashable, unhashable):
            pending.extend(_inside(annotation))
    return False


def _is_new(annotation: Any, hashable: set[Any], unhashable: list[Any]) -> bool:
    """Return whether it was not met before, and remember it."""
    group = hashable if isinstance(annotation, Hashable) and _can_hash(annotation) else unhashable
    if annotation in group:
        return False
    group.add(annotation) if isinstance(group, set) else group.append(annotation)
    return True


def _can_hash(annotation: Any) -> bool:
    try:
        hash(annotation)
    except TypeError:  # metadata inside that cannot be hashed
        return False
    return True


def _inside(annotation: Any) -> Iterator[Any]:
    """Yield the types directly inside a type."""
    target = class_of(annotation)[0]
    if annotation is pydantic.JsonValue:
        return
    if is_union(annotation):
        yield from get_args(annotation)
    elif is_container(annotation) or is_named_tuple(annotation):
        yield from items_of(annotation)
    elif isinstance(target, type) and issubclass(target, RootModel):
        yield target.model_fields["root"].annotation
    else:
        yield from (field.annotation for field in fields_of(annotation) or ())

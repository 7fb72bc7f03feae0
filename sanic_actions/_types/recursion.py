"""Find recursive unions without a tag: each level of an input would double their time."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import chain, combinations
from typing import Any, Final, Literal, get_args, get_origin

import pydantic
from pydantic import BeforeValidator, PlainValidator, RootModel, WrapValidator

from .._pydantic import decorators_of
from .annotations import bare, class_of, is_annotated, is_union
from .containers import is_container, is_named_tuple, items_of
from .fields import Field, annotation_of, fields_of
from .unions import begins_as, members_of

_OBJECT: Final = frozenset({"object"})
"""How a type begins in JSON that is always an object."""


def untagged_pair(union: Any) -> tuple[Any, Any] | None:
    """Return two recursive members that begin alike in JSON and that no Literal tells apart."""
    recursive = [member for member in members_of(union) if begins_as(member) and _leads_to(member, bare(union))]
    for member, second in combinations(recursive, 2):
        if begins_as(member) & begins_as(second) and not _have_tag(union, recursive):
            return member, second
    return None


def _have_tag(union: Any, recursive: list[Any]) -> bool:
    """Return whether the recursive members have a tag: a Literal in each, with values of its own."""
    objects = [member for member in members_of(union) if begins_as(member) == _OBJECT]
    literals_of_recursive = []
    for member in recursive:
        if member in objects:
            literals_of_recursive.append(_literals_of(member))
        elif "object" in begins_as(member):
            return False
    literals = list(map(_literals_of, objects))
    return any(_is_tag(name, literals) for name in _common_names(literals_of_recursive))


def _is_tag(name: str, literals: list[dict[str, tuple[Hashable, ...]]]) -> bool:
    """Return whether the Literals of this name have no value in common."""
    return _differ([fields[name] for fields in literals if name in fields])


def _common_names(literals: list[dict[str, tuple[Hashable, ...]]]) -> set[str]:
    if not literals:
        return set()
    return set(literals[0]).intersection(*literals)


def _differ(tags: list[tuple[Hashable, ...]]) -> bool:
    values = list(chain.from_iterable(tags))
    return len(values) == len(set(values))


def _literals_of(annotation: Any) -> dict[str, tuple[Hashable, ...]]:
    """Return the values of the fields that are Literals, by their names."""
    literals = {}
    for field in fields_of(annotation) or ():
        # pydantic reads a discriminator before validators run, so one that a validator may change
        # is not a tag.
        if _is_literal(field.annotation) and not _is_changed_first(field, annotation):
            literals[field.name] = get_args(bare(field.annotation))
    return literals


def _is_changed_first(field: Field, owner: Any) -> bool:
    """Return whether a validator may change what was sent before the type of a field reads it."""
    if any(isinstance(mark, _FIRST) for mark in (*_marks(field.annotation), *field.info.metadata)):
        return True
    decorators = decorators_of(class_of(owner)[0])
    if decorators is None:
        return False
    for decorator in decorators.field_validators.values():
        is_of_field = field.name in decorator.info.fields or "*" in decorator.info.fields
        if is_of_field and decorator.info.mode != "after":
            return True
    return False


def _marks(annotation: Any) -> tuple[Any, ...]:
    if is_annotated(annotation):
        return tuple(get_args(annotation)[1:])
    return ()


_FIRST: Final = (BeforeValidator, PlainValidator, WrapValidator)


def _is_literal(annotation: Any) -> bool:
    return get_origin(bare(annotation)) is Literal


def _leads_to(start: Any, union: Any) -> bool:
    """Return whether a type holds the union, at any depth."""
    unhashable: list[Any] = []
    hashable: set[Any] = set()
    pending = [start]
    while pending:  # each type is entered once, so this ends
        annotation = bare(pending.pop())
        if annotation == union:
            return True
        if _is_new(annotation, hashable, unhashable):
            pending.extend(_inside(annotation))
    return False


# Two collections: a list of all types would make the search quadratic, and metadata need not have a
# hash.
def _is_new(annotation: Any, hashable: set[Any], unhashable: list[Any]) -> bool:
    """Return whether a type was not seen before, and remember it."""
    if isinstance(annotation, Hashable) and _can_hash(annotation):
        is_new = annotation not in hashable
        hashable.add(annotation)
        return is_new
    is_new = annotation not in unhashable
    if is_new:
        unhashable.append(annotation)
    return is_new


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
        yield from map(annotation_of, fields_of(annotation) or ())

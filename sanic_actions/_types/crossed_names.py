"""Find two fields that can have the same name in JSON, so that one could be read as the other.

Both sides read a field under its alias or its name. With ``name: str = Field(alias="title")``
beside ``title: str``, a lone "title" could be either of the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, get_args

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from .._definition_error import Problem
from .annotations import is_annotated
from .fields import Field, accepted_names, written_name


def has_alias(annotation: Any) -> bool:
    """Return whether the metadata of a type names an alias."""
    if not is_annotated(annotation):
        return False
    marks = get_args(annotation)[1:]
    return any(isinstance(mark, FieldInfo) and _is_renamed(mark) for mark in marks)


def _is_renamed(info: FieldInfo) -> bool:
    return info.validation_alias is not None or info.serialization_alias is not None


def sent_name(field: Field) -> str:
    """Return the name by which callers send a field: its first validation alias, or its own."""
    alias = field.info.validation_alias
    if isinstance(alias, AliasChoices):
        alias = next((choice for choice in alias.choices if isinstance(choice, str)), None)
    if isinstance(alias, str):
        return alias
    return field.name


def crossing_problem(
    fields: Collection[Field],
    computed_fields: Collection[str],
    *,
    is_input: bool,
) -> Problem | None:
    """Return why a field of an object could be read as another one; None if none can."""
    if not computed_fields and not any(_is_renamed(field.info) for field in fields):
        return None
    readers = _readers(fields, is_input=is_input)
    for field in fields:
        for name in _names_to_tell_apart(field, fields, is_input=is_input):
            for reader in sorted(readers[name] - {field.name}):
                return _crossing(*_alias_and_name(name, field.name, reader))
    for name in computed_fields:
        if not is_input and readers[name]:
            return _crossing(f"the computed field {name!r}", min(readers[name]))
    return None


def _readers(fields: Collection[Field], *, is_input: bool) -> Mapping[str, set[str]]:
    """Return the fields that are read under each name."""
    readers: dict[str, set[str]] = defaultdict(set)
    for field in fields:
        for name in accepted_names(field):
            readers[name].add(field.name)
        if not is_input:
            readers[written_name(field)].add(field.name)
    return readers


def _names_to_tell_apart(field: Field, fields: Collection[Field], *, is_input: bool) -> set[str]:
    """Return the names in JSON that a field must have for itself."""
    output_name = written_name(field)
    if not is_input:
        return {output_name}
    # The caller's copy of the class is constructed by names, and reads outputs by the names that
    # the server writes.
    if any(sibling.name == output_name for sibling in fields):
        return {sent_name(field), output_name}
    return {sent_name(field)}


def _alias_and_name(name: str, first: str, second: str) -> tuple[str, str]:
    """Return which of two fields has the name as its alias, in words, and the other one."""
    if name == first:
        return f"the alias {name!r} of {second!r}", first
    return f"the alias {name!r} of {first!r}", second


def _crossing(subject: str, reader: str) -> Problem:
    reason = f"{subject} is a name of {reader!r} too, so that the one could be read as the other."
    return Problem(reason, "Choose another one, which no other field has as its name or its alias.")

"""Check that a union's members have its discriminator, before pydantic does at a call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Discriminator
from pydantic.fields import FieldInfo

from .._definition_error import Problem
from .constraints import constrained_members
from .containers import is_container
from .fields import accepted_names, fields_of
from .scalars import forms_of, members_of_finite
from .type_names import name_of


def discriminator_problem(annotation: Any, marks: Iterable[Any]) -> Problem | None:
    """Return which member of a union its discriminator cannot tell from the others."""
    for mark in marks:
        name = _field_name(mark)
        if name is None:
            continue
        for member in constrained_members(annotation):
            if reason := _reason(member, name):
                remedy = f"Write a model with a value of its own in each member: {name}: Literal['...']."
                return Problem(reason, remedy)
    return None


def _field_name(mark: object) -> str | None:
    """Return the name of the field; None for a function, which callers need not know."""
    value: object = mark
    while isinstance(value, FieldInfo | Discriminator):
        value = value.discriminator
    if isinstance(value, str) and value is not mark:
        return value
    return None


def _reason(member: Any, name: str) -> str | None:
    fields = fields_of(member)
    if fields is None:
        # A class with a schema of its own may have the field without telling.
        if forms_of(member) or is_container(member) or members_of_finite(member) is not None:
            return f"{name_of(member)} has no field {name!r}, which the discriminator names."
        return None
    for field in fields:
        if name in accepted_names(field):
            if members_of_finite(field.annotation) is None:
                return f"the field {name!r} of {name_of(member)}, which the discriminator names, is not a Literal."
            return None
    return f"{name_of(member)} has no field {name!r}, which the discriminator names."

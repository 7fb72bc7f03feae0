"""Why a class or a field cannot travel, whatever the types of its fields are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

from pydantic import AliasChoices, AliasPath

from .._definition_error import Problem
from .._pydantic import decorators_of
from .annotations import class_of
from .fields import Field, computed_names, config_of
from .member_names import name_problem
from .type_names import name_of
from .type_problems import unwritable_problem


def class_problems(annotation: Any) -> Iterator[Problem]:
    """Yield what is wrong with a model or a dataclass as a whole."""
    target = class_of(annotation)[0]
    decorators = decorators_of(target)
    if decorators is not None:
        yield from _decorator_problems(target, decorators)
    if dataclasses.is_dataclass(target):
        if decorators is not None and decorators.computed_fields:
            name = min(computed_names(target))
            remedy = "Make it a pydantic model, or the computed field a plain property."
            yield Problem(f"{name_of(target)} is a dataclass with the computed field {name!r}.", remedy)
        yield from _constructor_problems(target)


def _constructor_problems(target: Any) -> Iterator[Problem]:
    if any(map(_is_init_only, target.__dataclass_fields__.values())):
        yield Problem(f"{name_of(target)} has an InitVar, which is not written.", "Make it a field.")
    remedy = "Make it a property, or a field of the constructor."
    for field in dataclasses.fields(target):
        if not field.init:
            yield Problem(
                f"field {field.name!r} of {name_of(target)} is not read back: its constructor lacks it.", remedy
            )


def _is_init_only(field: Any) -> bool:
    # dataclasses.fields() leaves these out, and no public function tells them.
    return field._field_type is dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]  # no public name has it


def _decorator_problems(target: Any, decorators: Any) -> Iterator[Problem]:
    extra = config_of(target).get("extra")
    if decorators.computed_fields and extra in _READ_EXTRAS:
        name = min(computed_names(target))
        subject = f"{name_of(target)} writes the computed field {name!r}, and under extra={extra!r}"
        yield Problem(f"{subject} {_READ_EXTRAS[extra]}.", f"Make it a plain property, or remove extra={extra!r}.")


_READ_EXTRAS: Final = {"forbid": "does not read it back", "allow": "reads it back as one field more"}


def field_problems(field: Field) -> Iterator[Problem]:
    """Yield what is wrong with a field, whatever its type."""
    alias = field.info.validation_alias
    aliases = alias.choices if isinstance(alias, AliasChoices) else [alias]
    if any(isinstance(choice, AliasPath) for choice in aliases):
        yield Problem("an AliasPath can be read, but not written.", "Use a plain alias, or a nested model.")
    names = (field.name, *aliases, field.info.serialization_alias)
    if "" in names:
        yield Problem(f"the alias of {field.name!r} is empty.", "Write the name that it has in JSON, or no alias.")
    for name in names:
        if problem := unwritable_problem("the name of a field", name):
            yield problem
            return  # one is enough: the others are made from it
    if problem := name_problem("the field", field.name):
        yield problem

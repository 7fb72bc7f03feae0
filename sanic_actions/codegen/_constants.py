"""Copies of enums, ``NewType`` and aliases."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, Final, Literal

from .._types.annotations import generic_parts, is_alias, value_of
from ._declared import Declared, type_parameters
from ._names import ModelNames
from ._reach import Unrenderable
from ._text import indented, is_name
from ._types import Types
from ._values import required_expression

_BASES: Final = (enum.StrEnum, enum.IntFlag, enum.IntEnum, enum.Flag, enum.Enum)


def enumeration(this: Declared, types: Types, names: ModelNames) -> list[str]:
    cls: type[enum.Enum] = this.obj
    lines = [*this.doc]
    for name, member in cls.__members__.items():
        if not is_name(name):
            raise Unrenderable(f"{this.name} has the member {name!r}, which is no name.", "Rename the member.")
        with names.evaluated():
            lines.append(f"{name} = {required_expression(member.value, names, f'the value of {this.name}.{name}')}")
    return [f"class {this.path[-1]}({', '.join(_enum_bases(cls, types, names))}):", *indented(lines or ["..."])]


def _enum_bases(cls: type[enum.Enum], types: Types, names: ModelNames) -> list[str]:
    base = next(base for base in _BASES if issubclass(cls, base))
    mixed: type = cls._member_type_  # type: ignore[attr-defined]  # what the values are made of, besides being members
    with names.evaluated(in_body=False):
        bases = [types.text(mixed)] if mixed is not object and base in (enum.Enum, enum.Flag) else []
        return [*bases, names.foreign(base)]


def new_type(this: Declared, types: Types, names: ModelNames) -> list[str]:
    with names.evaluated():
        supertype = types.text(this.obj.__supertype__)
    return [f"{this.name} = {names.module('typing')}.NewType({this.name!r}, {supertype})"]


def alias(this: Declared, types: Types, names: ModelNames) -> list[str]:
    """A ``type`` statement for a target that has it, else what typing_extensions has instead."""
    parameters = ", ".join(map(types.text, type_parameters(this.obj)))
    if names.target >= (3, 12):
        return [f"type {this.name}{f'[{parameters}]' if parameters else ''} = {types.text(value_of(this.obj))}"]
    if not types.at_run_time and _is_recursive(this.obj):
        # Pyright knows a recursive alias only in this form.
        value = types.text(value_of(this.obj))
        return [f"{this.name}: {names.module('typing')}.TypeAlias = {value!r}"]
    if not parameters:
        value = types.text(value_of(this.obj))
        return [_alias_type(names, this.name, repr(value))]
    with names.evaluated():
        value = types.text(value_of(this.obj))
    return [_alias_type(names, this.name, f"{value}, type_params=({parameters},)")]


def _is_recursive(alias: Any) -> bool:
    """Whether an alias leads to itself, through other aliases too."""
    seen: set[Any] = set()
    todo = list(_aliases_in(value_of(alias)))
    while todo:
        inner = todo.pop()
        if inner is alias:
            return True
        if inner not in seen:
            seen.add(inner)
            todo += _aliases_in(value_of(inner))
    return False


def _aliases_in(annotation: Any) -> Iterator[Any]:
    origin, arguments = generic_parts(annotation)
    if is_alias(origin or annotation):
        yield origin or annotation
    for argument in () if origin is Literal else arguments:
        yield from _aliases_in(argument)


def _alias_type(names: ModelNames, name: str, rest: str) -> str:
    return f"{name} = {names.module('typing_extensions')}.TypeAliasType({name!r}, {rest})"

"""Refuse annotations that are not types: a value, a module, a function, a mark, or half a type.

Python accepts anything as an annotation, and "no form in JSON" would not lead to what is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Annotated, Any, Final, Literal, Optional, Union

import annotated_types
from pydantic.fields import FieldInfo

from .._definition_error import Problem
from .._files import Accept, MaxBytes
from .type_names import name_of


def not_a_type_problem(annotation: Any) -> Problem | None:
    """Return what to write in place of something that is not a type; None for a type."""
    problem = _mark_problem(annotation) or _unfinished_problem(annotation)
    if problem is None and not isinstance(annotation, type):
        problem = _value_problem(annotation)
    return problem


def is_injected_mark(mark: object) -> bool:
    """Return whether this is ``Injected``; by its mark, since the class is in a layer above."""
    return getattr(mark, "__sanic_actions_injected__", False) is True


def _mark_problem(annotation: Any) -> Problem | None:
    """Return the problem of a mark in place of a type: ``MaxBytes("5MB")`` or ``MaxBytes``."""
    kind = annotation if isinstance(annotation, type) else type(annotation)
    for mark, remedy in _MARKS.items():
        if issubclass(kind, mark):
            return Problem(f"{kind.__name__} is a mark on a type, not a type.", remedy)
    if is_injected_mark(kind):
        return Problem("Injected is a mark on a type, not a type.", _MARK_REMEDY)
    return None


def _unfinished_problem(annotation: Any) -> Problem | None:
    for form, example in _UNFINISHED.items():
        if annotation is form:
            return Problem(f"{name_of(form)} stands alone.", f"Write it like {example}.")
    return None


def _value_problem(value: Any) -> Problem | None:
    for kind, brackets in _LITERALS.items():
        if isinstance(value, kind):
            return Problem(f"{value!r:.60} is a {kind.__name__}, not a type.", f"Write {brackets(value):.80}.")
    if isinstance(value, ModuleType):
        return Problem(f"{value.__name__} is a module, not a type.", f"Write {_class_of_module(value)}.")
    if isinstance(value, _FUNCTIONS):
        remedy = "Write a type; for whatever JSON can hold, pydantic.JsonValue."
        return Problem(f"{value.__name__!r} is a function, not a type.", remedy)
    if isinstance(value, int | float | bytes):
        remedy = f"Write {type(value).__name__}; for this value alone, Literal[{value!r:.60}]."
        return Problem(f"{value!r:.60} is a value, not a type.", remedy)
    return None


def _class_of_module(module: ModuleType) -> str:
    """Return the class that is meant by its module: ``datetime.datetime``, ``uuid.UUID``."""
    last = module.__name__.rpartition(".")[2]
    for name, value in vars(module).items():
        if name.lower() == last.lower() and isinstance(value, type):
            return f"{last}.{name}"
    return f"a class of it, such as {last}.Name"


def _part_name(part: Any) -> str:
    """Return the name of a type, or of the type of a value."""
    if isinstance(part, str):
        return part
    if isinstance(part, int | float | bytes):
        return type(part).__name__
    return name_of(part)


def _either(types: Iterable[Any]) -> str:
    return " | ".join(map(_part_name, types)) or "int"


def _tuple_of(types: tuple[Any, ...]) -> str:
    return f"tuple[{', '.join(map(_part_name, types)) or '()'}]"


def _dict_of(types: Mapping[Any, Any]) -> str:
    keys = "str"
    if types:
        keys = _either(types)
    return f"dict[{keys}, {_either(types.values())}]"


_LITERALS: Final[Mapping[type, Any]] = {
    tuple: _tuple_of,
    list: lambda types: f"list[{_either(types)}]",
    set: lambda types: f"set[{_either(types)}]",
    dict: _dict_of,
}
_FUNCTIONS: Final = (FunctionType, BuiltinFunctionType, MethodType)
_UNFINISHED: Final[Mapping[Any, str]] = {
    Union: "int | str",
    Optional: "int | None",
    Literal: "Literal['small', 'large']",
    Annotated: "Annotated[int, Field(ge=1)]",
}
"""Forms of ``typing`` that mean nothing without their brackets."""
_MARK_REMEDY: Final = "Write Annotated[Database, Injected], with the type that a guard or an interceptor supplies."
_MARKS: Final[Mapping[type, str]] = {
    MaxBytes: "Write Annotated[UploadedFile, MaxBytes('5MB')], with the type.",
    Accept: "Write Annotated[UploadedFile, Accept('image/png')], with the type.",
    FieldInfo: "Write Annotated[int, Field(...)], with the type.",
    annotated_types.BaseMetadata: "Write Annotated[int, ...], with the type.",
}

"""Recognize types for which pydantic certainly has a validator: to build each costs a fifth of a generation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import EllipsisType, UnionType
from typing import Annotated, Any, Final, Union

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .._pydantic import is_complete
from .._types.annotations import generic_parts
from .._types.scalars import SCALARS

# Only scalars that pydantic needs nothing else for: EmailStr has no form, since it takes the
# package email-validator.
_SIMPLE: Final = frozenset({None, ..., EllipsisType, *(scalar.type for scalar in SCALARS if scalar.forms is not None)})
_COMPOSED: Final = frozenset({list, tuple, UnionType, Union})


def is_buildable(annotation: Any) -> bool:
    """Return whether pydantic has built the validator with the class already, or certainly can."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return is_complete(annotation)
    origin, arguments = generic_parts(annotation)
    if origin is Annotated:
        return all(_fits(arguments[0], mark) for mark in _marks(arguments[1:]))
    if origin in _COMPOSED or (origin is dict and arguments[0] is str):
        return all(map(is_buildable, arguments))
    return origin is None and _is_simple(annotation)


def _is_simple(annotation: Any) -> bool:
    return isinstance(annotation, type | None | EllipsisType) and annotation in _SIMPLE


def _marks(metadata: Iterable[Any]) -> Iterable[Any]:
    """Yield the constraints one by one; a ``Field`` has several."""
    for mark in metadata:
        if isinstance(mark, FieldInfo) and mark.discriminator is None:
            yield from mark.metadata
        else:
            yield mark


def _fits(inner: Any, mark: Any) -> bool:
    """Return whether a constraint fits a type, and pydantic certainly accepts its limit."""
    if not isinstance(inner, type):
        return False
    attribute = _CONSTRAINTS.get(inner, {}).get(type(mark), "")
    value = getattr(mark, attribute, None)
    # pydantic-core reads lengths as unsigned machine integers, of 32 bits on some machines.
    return type(value) is int and 0 <= value < 2**31


_LENGTHS: Final[Mapping[type, str]] = {annotated_types.MinLen: "min_length", annotated_types.MaxLen: "max_length"}
_BOUNDS: Final[Mapping[type, str]] = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
}
_CONSTRAINTS: Final[dict[type, Mapping[type, str]]] = {str: _LENGTHS, int: _BOUNDS, float: _BOUNDS}

"""Reads the constraints that ``Annotated`` and ``Field`` put on a type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import annotated_types
import pydantic
from pydantic.fields import FieldInfo
from pydantic.types import AllowInfNan, Strict

Options = dict[str, object]
"""Keyword arguments of ``pydantic.Field``."""

_MARKS: Final[dict[type, str]] = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
    annotated_types.MultipleOf: "multiple_of",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
    Strict: "strict",
    AllowInfNan: "allow_inf_nan",
}
_OPTIONS: Final = frozenset(
    {"pattern", "max_digits", "decimal_places", "union_mode", "fail_fast", "coerce_numbers_to_str", *_MARKS.values()}
)


def constraints(metadata: Iterable[Any]) -> Options:
    """Return the constraints among the metadata of a type. What is code (validators) stays with the server."""
    return dict(_read(metadata))


def _read(metadata: Iterable[Any]) -> Iterator[tuple[str, object]]:
    for mark in metadata:
        if (name := _MARKS.get(type(mark))) is not None:
            yield name, getattr(mark, name)
        elif isinstance(mark, FieldInfo):
            if mark.metadata:
                yield from _read(mark.metadata)
            yield from _discriminator(mark.discriminator)
        elif isinstance(mark, pydantic.Discriminator):
            yield from _discriminator(mark)
        elif isinstance(mark, annotated_types.GroupedMetadata):
            yield from _read(mark)
        elif isinstance(mark, annotated_types.BaseMetadata):
            yield from _general(getattr(mark, "__dict__", {}))


def _discriminator(value: str | pydantic.Discriminator | None) -> Iterator[tuple[str, object]]:
    if isinstance(value, pydantic.Discriminator):
        value = value.discriminator  # type: ignore[assignment]  # a function, of which callers know nothing
    if isinstance(value, str):
        yield "discriminator", value


def _general(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if name not in _OPTIONS or value is None:
            continue
        if not isinstance(value, re.Pattern):
            yield name, value
        elif not value.flags & ~re.UNICODE:  # flags say more than the string
            yield name, value.pattern

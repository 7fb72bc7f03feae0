"""Check defaults against the types of their fields.

pydantic does not validate defaults, so a caller that leaves a field out could get a value that its
type does not allow. A default that validation would convert is converted; any other that does not
fit is a definition error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType, NoneType
from typing import Any, Final, get_args

import pydantic
from pydantic import TypeAdapter, ValidationError
from pydantic_core.core_schema import ErrorType

from .._definition_error import Problem
from .annotations import bare, behind_alias, is_annotated, is_union, may_be
from .constraints import constraints
from .type_names import name_of


def default_problem(name: str, value: object, annotation: Any, *, role: str = "") -> Problem | None:
    """Return why a default cannot be a field's value; None if it can, also after validation."""
    subject = f"the default of {role}{name!r} is {value!r:.60}"
    if not may_be(value, annotation):
        if is_near(value, annotation):
            return None
        if value is None:
            return Problem(f"{subject}, another type.", f"Write '{name}: {name_of(bare(annotation))} | None = None'.")
        remedy = "Callers who leave it out would get it as it is: write one of the declared type, or declare its type."
        return Problem(f"{subject}, another type.", remedy)
    if constraint := broken_constraint(value, _marks(annotation)):
        remedy = "Write a default that keeps it, or leave out the default or the constraint."
        return Problem(f"{subject}, which breaks its own {constraint}.", remedy)
    if _holds_values(value) and (mistake := _mistake_inside(value, annotation)):
        return Problem(f"{subject}, which its type does not allow: {mistake}.", "Write a default of the declared type.")
    return None


def infinite_problem(
    name: str,
    value: object,
    annotation: Any,
    *,
    is_allowed: bool,
) -> Problem | None:
    """Return why a NaN or infinite default cannot be written; None for any other default."""
    if not isinstance(value, float | Decimal) or math.isfinite(value):
        return None
    if is_allowed or constraints(_marks(annotation)).get("allow_inf_nan"):
        return None
    remedy = "Write a finite default, or declare Field(allow_inf_nan=True)."
    return Problem(f"the default of {name!r} is {value!r:.60}, which is not written as a number.", remedy)


def _mistake_inside(value: object, annotation: Any) -> str | None:
    """Return pydantic's message for a wrong value in a collection; None if all are right."""
    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            # Errors of validators do not count: a default is written decoded, and a decoder refuses
            # it.
            if detail["type"] in _MISTAKES:
                return f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}".removesuffix(".")
    except (pydantic.PydanticUserError, NameError, TypeError, ValueError):
        return None  # the type itself is wrong, which is reported elsewhere
    return None


_MISTAKES: Final = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error"}


def is_near(value: object, annotation: Any) -> bool:
    """Return whether validation would convert a value: 0 for a Decimal, a string for a URL."""
    try:
        TypeAdapter(annotation).validate_python(value)
    except (ValidationError, pydantic.PydanticUserError, NameError, TypeError, ValueError):
        return False
    return True


def validated_default(value: object, annotation: Any) -> object:
    """Return a default as validation would convert it; one that it refuses, as it is."""
    if type(value) is annotation:
        return value
    if may_be(value, annotation) and not _holds_values(value) and bare(annotation) is not pydantic.ByteSize:
        return value
    if not is_near(value, annotation):
        return value
    valid: object = TypeAdapter(annotation).validate_python(value)
    return valid


def _holds_values(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset | dict) and bool(value)


def broken_constraint(value: object, marks: Iterable[Any]) -> str | None:
    """Return the first constraint that a default breaks, as it is written."""
    if value is None:
        return None
    for name, limit in constraints(marks).items():
        keeps = _CONSTRAINTS.get(name)
        try:
            if keeps is not None and not keeps(value, limit):
                return f"{name}={limit!r:.60}"
        except (TypeError, re.error):
            # A limit of another type, or a pattern in the syntax of pydantic's Rust engine.
            continue
    return None


def _marks(annotation: Any) -> Iterator[Any]:
    """Yield the metadata of a type, of its aliases, and of T in ``T | None``."""
    while True:  # each turn takes one layer off what somebody wrote
        if is_annotated(annotation):
            annotation, *marks = get_args(annotation)
            yield from marks
        elif is_union(annotation):
            members = [member for member in get_args(annotation) if member is not NoneType]
            if len(members) != 1:
                return
            (annotation,) = members
        else:
            if isinstance(annotation, type):
                return
            behind = behind_alias(annotation)
            if behind is annotation:
                return
            annotation = behind


_CONSTRAINTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "gt": lambda value, limit: value > limit,
        "ge": lambda value, limit: value >= limit,
        "lt": lambda value, limit: value < limit,
        "le": lambda value, limit: value <= limit,
        "multiple_of": lambda value, limit: value % limit == 0,
        "min_length": lambda value, limit: len(value) >= limit,
        "max_length": lambda value, limit: len(value) <= limit,
        "pattern": lambda value, limit: re.search(limit, value) is not None,
    }
)

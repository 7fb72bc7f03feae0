"""Find limits that pydantic would refuse only at the first call, as it builds a validator.

Usual limits are known from a table. For any other limit this builds a validator of the bare type
with the one constraint, which costs some 50 µs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, NamedTuple

import annotated_types
import pydantic
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.types import AllowInfNan, FailFast, Strict, UuidVersion
from pydantic_core import SchemaError

from .annotations import class_of
from .constraints import constrained_members, constraints, is_usual_limit, limits_of_one_type
from .containers import is_container
from .fields import fields_of


class RefusedLimit(NamedTuple):
    """A constraint that pydantic cannot build a validator with."""

    constraint: str
    """As it is written: ``gt='a'``."""
    name: str
    sentence: str
    """What pydantic says."""


def refused_limit(
    annotation: Any,
    marks: Iterable[Any],
    *,
    is_in_class: bool,
) -> RefusedLimit | None:
    """Return the first constraint of a type with a limit that pydantic refuses.

    Args:
        annotation: The type that is constrained.
        marks: Its metadata.
        is_in_class: Whether it is a field of a class, whose configuration may name another engine
            for patterns.
    """
    leaves = list(_leaves(marks))
    if not all(isinstance(mark, _CONSTRAINTS) for mark in leaves):
        return None  # a validator may return another type, which the constraint then applies to
    target = _bare_class(annotation)
    for mark in leaves:
        if is_usual_limit(target, mark) or (is_in_class and getattr(mark, "pattern", None)):
            continue
        # pydantic does not check the bounds of a union, and there is nothing to refuse.
        if target == _UNION and type(mark) in _BOUNDS:
            continue
        sentence = _refusal(target, mark)
        if sentence is not None:
            name, limit = _named(mark)
            return RefusedLimit(f"{name}={limit!r:.60}", name, sentence)
    return None


def _leaves(marks: Iterable[Any]) -> Iterator[Any]:
    """Yield single constraints; ``Field`` and ``StringConstraints`` hold several."""
    for mark in marks:
        if isinstance(mark, FieldInfo):
            yield from _leaves(mark.metadata)
        elif isinstance(mark, annotated_types.GroupedMetadata):
            yield from _leaves(mark)
        elif hasattr(mark, _SCHEMA) or isinstance(mark, _CONSTRAINTS):
            yield mark


def _bare_class(annotation: Any) -> Any:
    """Return a simpler type that accepts the same constraints, whose validator is built quickly."""
    if annotation is pydantic.JsonValue:
        return annotation
    members = list(constrained_members(annotation))
    if len(members) != 1:
        return _UNION
    (member,) = members
    if is_container(member):
        return class_of(member)[0]
    if fields_of(member) is not None:
        return _AnyObject
    return member


class _AnyObject(pydantic.BaseModel):
    """Stands for any object."""


def _refusal(target: Any, mark: Any) -> str | None:
    """Return pydantic's reason to refuse a constraint; None if it does not, or the type is bad."""
    if isinstance(mark, UuidVersion) and mark.uuid_version not in _UUID_VERSIONS:
        return "there is no such version"  # pydantic-core panics on an unknown version
    try:
        TypeAdapter(Annotated[target, mark])
    except (SchemaError, RuntimeError, AssertionError, TypeError, ValueError, PydanticUserError) as error:
        if isinstance(error, PydanticSchemaGenerationError):
            return None
        return sentence_of(error)
    return None


def sentence_of(error: Exception) -> str:
    """Return the last sentence of a pydantic error, which has the reason after the context."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # The last line may be a link to pydantic's docs.
    lines = [line for line in lines if not line.startswith("For further information")]
    if not lines:
        return type(error).__name__
    sentence = lines[-1]
    kind, colon, rest = sentence.partition(": ")
    if colon and (kind == "error" or kind.endswith("Error")):
        sentence = rest
    return sentence.removesuffix(".")


def _named(mark: Any) -> tuple[str, object]:
    """Return the first constraint of a mark, with its limit."""
    options = {**constraints([mark]), **limits_of_one_type([mark])}
    if not options:
        options = dict(getattr(mark, "__dict__", {})) or {type(mark).__name__: mark}
    return next(iter(options.items()))


_UNION: Final[Any] = int | str
"""Stands for any union."""
_BOUNDS: Final = (annotated_types.Gt, annotated_types.Ge, annotated_types.Lt, annotated_types.Le)
"""Constraints that pydantic checks for a union only when it has a value."""
_UUID_VERSIONS: Final = (1, 3, 4, 5, 6, 7, 8)
_SCHEMA: Final = "__get_pydantic_core_schema__"
_CONSTRAINTS: Final = (
    annotated_types.BaseMetadata,
    Strict,
    AllowInfNan,
    UuidVersion,
    FailFast,
    pydantic.UrlConstraints,
)

"""Read the constraints of a type from ``Annotated`` and ``Field``, and find misfits."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType, NoneType
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

import annotated_types
import pydantic
from pydantic.fields import FieldInfo
from pydantic.types import AllowInfNan, Strict, UuidVersion
from typing_extensions import is_typeddict

from .._files import UploadedFile
from .annotations import bare, class_of, is_union

FieldOptions = dict[str, object]
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
_TEXT: Final = frozenset({"ascii_only", "strip_whitespace", "to_lower", "to_upper"})
URL: Final = "url_"
"""The prefix of the constraints of URLs, which are not options of ``Field``."""
_OPTIONS: Final = frozenset(
    {"pattern", "max_digits", "decimal_places", "union_mode", "fail_fast", "coerce_numbers_to_str", *_MARKS.values()}
)


def constraints(metadata: Iterable[Any]) -> FieldOptions:
    """Return the constraints in a type's metadata. Validators are code and stay on the server."""
    if not metadata:  # most fields have none
        return {}
    return {name: value for name, value in _read(metadata) if not _is_of_one_type(name)}


def limits_of_one_type(metadata: Iterable[Any]) -> FieldOptions:
    """Return the constraints that ``Field`` cannot express: of strings, UUIDs, URLs and bytes."""
    return {name: value for name, value in _read(metadata) if _is_of_one_type(name)}


def _is_of_one_type(name: str) -> bool:
    return name in _TEXT or name in ("uuid_version", "encoding") or name.startswith(URL)


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
        else:
            yield from _read_of_one_type(mark)


def _read_of_one_type(mark: Any) -> Iterator[tuple[str, object]]:
    if isinstance(mark, UuidVersion):
        yield "uuid_version", mark.uuid_version
    elif isinstance(mark, pydantic.UrlConstraints):
        for option, value in mark.defined_constraints.items():
            yield f"{URL}{option}", value
    elif isinstance(mark, pydantic.EncodedBytes | pydantic.EncodedStr):
        yield "encoding", mark.encoder.get_json_format()


def _discriminator(value: str | pydantic.Discriminator | None) -> Iterator[tuple[str, object]]:
    if isinstance(value, pydantic.Discriminator):
        value = value.discriminator  # type: ignore[assignment]  # a function, of which callers know nothing
    if isinstance(value, str):
        yield "discriminator", value


def _general(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if (name not in _OPTIONS and name not in _TEXT) or value is None:
            continue
        if not isinstance(value, re.Pattern):
            yield name, value
        elif not value.flags & ~re.UNICODE:  # other flags change what the pattern alone would match
            yield name, value.pattern


class Misplaced(NamedTuple):
    """A constraint on a type that cannot have it."""

    name: str
    limit: object
    member: Any
    """The type; where the constraint stands on a union, its member."""


def misplaced_constraint(annotation: Any, marks: Iterable[Any]) -> Misplaced | None:
    """Return the first constraint that a type, or a member of a union, cannot have.

    pydantic takes ``Annotated[int | str, Field(gt=3)]`` and raises TypeError as soon as a string
    comes.
    """
    if type(annotation) is type and _all_fit(annotation, marks):
        return None
    if any(hasattr(mark, _SCHEMA) for mark in marks):
        return None  # a validator may return another type, which the constraint then applies to
    limits = [(name, limit) for name, limit in constraints(marks).items() if name in _NEEDS]
    if not limits or annotation is pydantic.JsonValue:
        return None
    members = list(constrained_members(annotation))
    # pydantic converts a limit to a single type; in a union it compares the limit as it is written.
    needs = _NEEDS
    if len(members) > 1 or get_origin(bare(annotation)) is Literal:
        needs = _NEEDS_AS_THEY_ARE
    for member in members:
        classes = list(_classes(member))
        for name, limit in limits:
            if not all(needs[name](cls, limit) for cls in classes):
                return Misplaced(name, limit, member)
    return None


def _all_fit(cls: type, marks: Iterable[Any]) -> bool:
    """Return whether a table shows that all constraints fit a class.

    This is for speed only: each start of an app asks about all fields. If it says no, the full
    check decides.
    """
    for mark in marks:
        if type(mark) is FieldInfo:
            if not _all_fit(cls, mark.metadata):
                return False
        elif (cls, type(mark)) not in _FITTING or not is_usual_limit(cls, mark):
            return False
    return True


def are_usual_limits(annotation: Any, marks: Iterable[Any]) -> bool:
    """Return whether pydantic surely takes the limits of all constraints."""
    for mark in marks:
        if type(mark) is FieldInfo:
            if mark.discriminator is not None or not are_usual_limits(annotation, mark.metadata):
                return False
        elif not is_usual_limit(annotation if isinstance(annotation, type) else None, mark):
            return False
    return True


def is_usual_limit(cls: Any, mark: Any) -> bool:
    """Return whether pydantic surely accepts a constraint's limit; it refuses some when built."""
    kind = type(mark)
    if kind in _LENGTHS:
        limit = mark.min_length if kind is annotated_types.MinLen else mark.max_length
        # pydantic-core reads lengths as machine integers, of 32 bits on some, and none below 0.
        return type(limit) is int and 0 <= limit < 2**31
    name = _BOUNDS.get(kind)
    return name is not None and type(getattr(mark, name)) in _USUAL_LIMITS.get(cls, ())


def constrained_members(annotation: Any) -> Iterator[Any]:
    """Yield the types that a constraint applies to: a union's members but None, or the type."""
    annotation = bare(annotation)
    if is_union(annotation):
        for member in get_args(annotation):
            yield from constrained_members(member)
    elif annotation is not NoneType and annotation is not None:
        # In pydantic a constraint does not concern None.
        yield annotation


def _classes(member: Any) -> Iterator[type]:
    """Yield the classes of a type's values; none if they are unknown."""
    target = class_of(member)[0]
    if get_origin(member) is Literal:
        yield from map(type, get_args(member))
    elif is_typeddict(target):
        yield dict
    elif isinstance(target, type) and (issubclass(target, _KNOWN) or not hasattr(target, _SCHEMA)):
        yield target


def _has_length(cls: type, limit: object) -> bool:
    if cls in _MEASURED:
        return True  # a wrong limit is reported when pydantic builds the validator
    return _has_counted_length(cls, limit)


def _has_order(cls: type, limit: object) -> bool:
    if cls in _ORDERED:
        return True  # pydantic converts the limit when it builds the validator
    if issubclass(cls, _NUMBERS):
        return isinstance(limit, _NUMBERS)
    has_order = getattr(cls, "__lt__", None) is not getattr(object, "__lt__", None)
    return has_order and (isinstance(limit, cls) or issubclass(cls, type(limit)))


def _has_counted_length(cls: type, limit: object) -> bool:
    # An enum class has a length, a member has none.
    if not isinstance(limit, int) or limit < 0:
        return False
    return any("__len__" in vars(base) for base in cls.__mro__)


def _is_comparable(cls: type, limit: object) -> bool:
    """Return whether a class's values compare with a limit that is not converted first.

    In a union, pydantic does not convert it.
    """
    if issubclass(cls, _NUMBERS):
        return isinstance(limit, _NUMBERS)
    return _has_order(cls, limit) and isinstance(limit, cls)


def _has_multiples(cls: type, limit: object) -> bool:
    return cls in _MULTIPLES or _has_counted_multiples(cls, limit)


def _has_counted_multiples(cls: type, limit: object) -> bool:
    return issubclass(cls, _NUMBERS) and isinstance(limit, _NUMBERS) and limit > 0


def _has_digits(cls: type, _limit: object) -> bool:
    return issubclass(cls, decimal.Decimal)


def _has_characters(cls: type, _limit: object) -> bool:
    return issubclass(cls, str | bytes | enum.Enum)


_SCHEMA: Final = "__get_pydantic_core_schema__"
_NUMBERS: Final = (int, float, decimal.Decimal, fractions.Fraction)
_ORDERED: Final = frozenset({*_NUMBERS, datetime.date, datetime.datetime, datetime.time, datetime.timedelta})
_NEEDS: Final[Mapping[str, Callable[[type, object], bool]]] = MappingProxyType(
    {
        "min_length": _has_length,
        "max_length": _has_length,
        "gt": _has_order,
        "ge": _has_order,
        "lt": _has_order,
        "le": _has_order,
        "multiple_of": _has_multiples,
        "max_digits": _has_digits,
        "decimal_places": _has_digits,
        "pattern": _has_characters,
    }
)
_NEEDS_AS_THEY_ARE: Final[Mapping[str, Callable[[type, object], bool]]] = MappingProxyType(
    {
        **_NEEDS,
        **dict.fromkeys(("min_length", "max_length"), _has_counted_length),
        **dict.fromkeys(("gt", "ge", "lt", "le"), _is_comparable),
        "multiple_of": _has_counted_multiples,
    }
)
"""The same for unions, whose limits pydantic does not check when it builds the validator."""
_KNOWN: Final = (pydantic.BaseModel, UploadedFile, pydantic.SecretStr, pydantic.SecretBytes)
"""Classes with a schema of their own whose values are instances of them."""
_MEASURED: Final = frozenset({str, bytes, list, set, frozenset, tuple, dict})
_MULTIPLES: Final = (int, float, decimal.Decimal, datetime.timedelta)
_LENGTHS: Final = (annotated_types.MinLen, annotated_types.MaxLen)
_BOUNDS: Final[Mapping[type, str]] = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
}
_USUAL_LIMITS: Final[Mapping[Any, tuple[type, ...]]] = {
    int: (int,),
    float: (int, float),
    decimal.Decimal: (int, decimal.Decimal),
}
_FITTING: Final = frozenset(
    {
        *product((str, bytes), (annotated_types.MinLen, annotated_types.MaxLen)),
        *product((int, float, decimal.Decimal), (annotated_types.Gt, annotated_types.Ge)),
        *product((int, float, decimal.Decimal), (annotated_types.Lt, annotated_types.Le)),
    }
)
"""Pairs of a type and a constraint that always fits it."""

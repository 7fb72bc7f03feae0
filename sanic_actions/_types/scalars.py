"""The scalar types: all that pydantic writes as one JSON value, a row for each, and what that value can look like.

A new scalar is a row here; what other rooms know of it is a column. A type's forms are named in a set; two types can be
taken for each other when their sets meet. A Decimal is written as a string of digits, which is read as seconds since
1970 too; any string is a str.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import ipaddress
import pathlib
import re
import uuid
import zoneinfo
from collections.abc import Hashable, Iterable, Mapping
from types import MappingProxyType, NoneType
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

import pydantic
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from .._pydantic import URLS
from .annotations import class_of

Forms = frozenset[str]

_NUMBER: Final = frozenset({"number"})
_MOMENT: Final = frozenset({"moment"})
_CLOCK: Final = frozenset({"clock"})
_IP4: Final = frozenset({"ip4"})
_IP6: Final = frozenset({"ip6"})
_UUID: Final = frozenset({"uuid"})
_URL: Final = frozenset({"url"})
_TEXT: Final = frozenset({"text"}) | _MOMENT | _CLOCK | _IP4 | _IP6 | _UUID | _URL

Source = Literal["repr", "string", "isoformat", "parts"]


class Scalar(NamedTuple):
    """One scalar type."""

    type: Any
    forms: Forms
    """What its JSON can be read as."""
    control: str = "text"
    """The type of its input element on a page."""
    source: Source | None = None
    """How a value is written in Python: its ``repr``, the class called with its string, ``fromisoformat``, or with its
    parts; None for one that has no literal."""
    is_key: bool = True
    """Whether it can be the key of an object."""
    inputs: bool = True
    """Whether it can be an input."""
    outputs: bool = True
    """Whether it can be an output."""


SCALARS: Final = (
    Scalar(NoneType, frozenset({"null"}), source="repr", is_key=False),
    Scalar(bool, frozenset({"truth value"}), control="checkbox", source="repr"),
    Scalar(int, _NUMBER, control="number", source="repr"),
    Scalar(float, _NUMBER, control="number", source="string"),
    Scalar(pydantic.ByteSize, _NUMBER, control="number"),
    Scalar(decimal.Decimal, _NUMBER | _MOMENT | _CLOCK, control="number", source="string"),
    Scalar(str, _TEXT, source="repr"),
    Scalar(bytes, _TEXT, source="repr"),
    Scalar(complex, _TEXT, is_key=False),
    Scalar(fractions.Fraction, _TEXT, source="string"),
    Scalar(re.Pattern, _TEXT, inputs=False),
    Scalar(zoneinfo.ZoneInfo, _TEXT, source="string"),
    Scalar(pydantic.SecretStr, _TEXT, control="password", is_key=False, outputs=False),
    Scalar(pydantic.SecretBytes, _TEXT, control="password", is_key=False, outputs=False),
    Scalar(pathlib.Path, _TEXT, source="string"),
    Scalar(pathlib.PurePath, _TEXT, source="string"),
    Scalar(pathlib.PosixPath, _TEXT, source="string"),
    Scalar(pathlib.PurePosixPath, _TEXT, source="string"),
    Scalar(pathlib.PureWindowsPath, _TEXT, source="string"),
    Scalar(datetime.date, _MOMENT, control="date", source="isoformat"),
    Scalar(pydantic.PastDate, _MOMENT, control="date"),
    Scalar(pydantic.FutureDate, _MOMENT, control="date"),
    Scalar(datetime.datetime, _MOMENT, control="datetime-local", source="isoformat"),
    Scalar(pydantic.PastDatetime, _MOMENT, control="datetime-local"),
    Scalar(pydantic.FutureDatetime, _MOMENT, control="datetime-local"),
    Scalar(pydantic.NaiveDatetime, _MOMENT, control="datetime-local"),
    Scalar(pydantic.AwareDatetime, _MOMENT),  # with a zone, which datetime-local has no place for
    Scalar(datetime.time, _CLOCK, control="time", source="isoformat"),
    Scalar(datetime.timedelta, _CLOCK, source="parts"),
    Scalar(uuid.UUID, _UUID, source="string"),
    Scalar(ipaddress.IPv4Address, _IP4, source="string"),
    Scalar(ipaddress.IPv4Interface, _IP4, source="string"),
    Scalar(ipaddress.IPv4Network, _IP4, source="string"),
    Scalar(ipaddress.IPv6Address, _IP6, source="string"),
    Scalar(ipaddress.IPv6Interface, _IP6, source="string"),
    Scalar(ipaddress.IPv6Network, _IP6, source="string"),
)

BY_TYPE: Final[Mapping[Any, Scalar]] = MappingProxyType({scalar.type: scalar for scalar in SCALARS})
"""The rows by their types."""


def scalar_of(target: Any) -> Scalar | None:
    """Return the row of a class; None for one that is not a scalar."""
    if isinstance(target, Hashable):
        return BY_TYPE.get(target)
    return None


def forms_of(annotation: Any) -> Forms | None:
    """Return the forms of a scalar type; None for any other type."""
    target = class_of(annotation)[0]
    if (scalar := scalar_of(target)) is not None:
        return scalar.forms
    if isinstance(target, type) and issubclass(target, URLS):
        return _URL
    return None


def read_loosely(forms: Forms) -> Forms:
    """Return the forms that a type with these forms reads where pydantic may convert: numbers from texts, and such."""
    if forms & _LOOSE_FORMS:
        return forms | _LOOSE_FORMS | {"text"}
    if forms & (_MOMENT | _CLOCK | _IP4 | _IP6) and "text" not in forms:
        return forms | _NUMBER
    return forms


_LOOSE_FORMS: Final = _NUMBER | {"truth value"}


def members_of_finite(annotation: Any) -> tuple[object, ...] | None:
    """Return the values of a Literal or of an enum; None for a type of any other kind."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return tuple(annotation)
    return None


def plain_values(members: Iterable[object]) -> list[object]:
    """Return the values of enum members, as they are written; other values as they are."""
    return list(map(_plain_value, members))


def _plain_value(member: object) -> object:
    if isinstance(member, enum.Enum):
        return member.value
    return member


def reads(annotation: Any, value: object, *, but_changed: bool = False) -> bool:
    """Return whether the JSON of a value is read by the type, or read ``but_changed``; asked of pydantic itself."""
    try:
        result = TypeAdapter[Any](annotation).validate_json(to_json(value))
    except ValidationError:
        return False
    return not but_changed or type(result) is not type(value) or result != value

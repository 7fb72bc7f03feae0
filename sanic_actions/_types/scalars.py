"""The scalar types, a row for each: types that pydantic writes as one JSON value.

A new scalar is a new row: everything that the rest of the package knows about it is in the columns,
such as its control on a page or how a default is written in Python. The column ``forms`` lists what
its JSON can be read as: two types can be mistaken for each other if they share a form. A Decimal,
for example, is written as a string of digits, which a datetime would read as seconds since 1970.
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

SIZE: Final = "size"
"""The form of a ``ByteSize``, which pydantic makes of any number, and of the number that any text begins with."""

_SIZE: Final = _NUMBER | _TEXT | {"truth value", SIZE}

Source = Literal["repr", "string", "number", "isoformat", "parts"]


class Scalar(NamedTuple):
    """One scalar type."""

    type: Any
    forms: Forms | None
    """What its JSON can be read as; None if that is unknown, and the type is trusted."""
    sample: object = "text"
    """The JSON of some value, for the developer page and for tests of the row."""
    control: str = "text"
    """The type of its input element on a page; its subclasses' too, where they have no row."""
    source: Source | None = None
    """How a value is written in Python: its ``repr``, a call of the class with its string, its number or its parts, or
    ``fromisoformat``; None for a type whose values are not written as source."""
    is_key: bool = True
    """Whether it can be the key of an object."""
    inputs: bool = True
    """Whether it can be an input."""
    outputs: bool = True
    """Whether it can be an output."""
    is_family: bool = False
    """Whether the row is for its subclasses too: pydantic reads them like it."""


SCALARS: Final = (
    Scalar(NoneType, frozenset({"null"}), None, source="repr", is_key=False),
    Scalar(bool, frozenset({"truth value"}), True, control="checkbox", source="repr"),
    Scalar(int, _NUMBER, 1, control="number", source="repr"),
    Scalar(float, _NUMBER, 1.5, control="number", source="string"),
    Scalar(pydantic.ByteSize, _SIZE, 1024, control="number", source="number"),
    Scalar(decimal.Decimal, _NUMBER | _MOMENT | _CLOCK, "1.50", control="number", source="string"),
    Scalar(str, _TEXT, source="repr"),
    Scalar(bytes, _TEXT, source="repr"),
    Scalar(complex, _TEXT, "1+2j", source="string", is_key=False),
    Scalar(fractions.Fraction, _TEXT, "1/3", source="string"),
    Scalar(re.Pattern, _TEXT, inputs=False),
    Scalar(zoneinfo.ZoneInfo, _TEXT, "UTC", source="string"),
    Scalar(pydantic.SecretStr, _TEXT, control="password", is_key=False, outputs=False),
    Scalar(pydantic.SecretBytes, _TEXT, control="password", is_key=False, outputs=False),
    # It has a schema of its own, so what it reads is unknown: its forms are trusted.
    Scalar(pydantic.EmailStr, None, "ada@example.com", control="email"),
    Scalar(pathlib.Path, _TEXT, source="string"),
    Scalar(pathlib.PurePath, _TEXT, source="string"),
    Scalar(pathlib.PosixPath, _TEXT, source="string"),
    Scalar(pathlib.PurePosixPath, _TEXT, source="string"),
    Scalar(pathlib.PureWindowsPath, _TEXT, source="string"),
    Scalar(datetime.date, _MOMENT, "2026-01-31", control="date", source="isoformat"),
    Scalar(pydantic.PastDate, _MOMENT, "2026-01-31", control="date"),
    Scalar(pydantic.FutureDate, _MOMENT, "2126-01-31", control="date"),
    Scalar(datetime.datetime, _MOMENT, "2026-01-31T12:00:00Z", control="datetime-local", source="isoformat"),
    Scalar(pydantic.PastDatetime, _MOMENT, "2026-01-31T12:00:00Z", control="datetime-local"),
    Scalar(pydantic.FutureDatetime, _MOMENT, "2126-01-31T12:00:00Z", control="datetime-local"),
    Scalar(pydantic.NaiveDatetime, _MOMENT, "2026-01-31T12:00:00", control="datetime-local"),
    # A text control, since datetime-local has no place for a time zone.
    Scalar(pydantic.AwareDatetime, _MOMENT, "2026-01-31T12:00:00Z"),
    Scalar(datetime.time, _CLOCK, "12:00:00", control="time", source="isoformat"),
    Scalar(datetime.timedelta, _CLOCK, "PT1H", source="parts"),
    Scalar(uuid.UUID, _UUID, "123e4567-e89b-42d3-a456-426614174000", source="string"),
    Scalar(ipaddress.IPv4Address, _IP4, "192.0.2.1", source="string"),
    Scalar(ipaddress.IPv4Interface, _IP4, "192.0.2.1/24", source="string"),
    Scalar(ipaddress.IPv4Network, _IP4, "192.0.2.0/24", source="string"),
    Scalar(ipaddress.IPv6Address, _IP6, "2001:db8::1", source="string"),
    Scalar(ipaddress.IPv6Interface, _IP6, "2001:db8::1/64", source="string"),
    Scalar(ipaddress.IPv6Network, _IP6, "2001:db8::/64", source="string"),
    Scalar(pydantic.AnyUrl, _URL, "https://example.com/", control="url", source="string", is_family=True),
    *(Scalar(base, _URL, "https://example.com/", source="string", is_family=True) for base in URLS),
)

BY_TYPE: Final[Mapping[Any, Scalar]] = MappingProxyType({scalar.type: scalar for scalar in SCALARS})
"""The rows by their types."""


def scalar_of(target: Any) -> Scalar | None:
    """Return the row of a class; None for one that is not a scalar."""
    if not isinstance(target, Hashable):
        return None
    row = BY_TYPE.get(target)
    if row is None and isinstance(target, type):
        row = nearest_scalar(target)
        if row is not None and not row.is_family:
            return None
    return row


def nearest_scalar(cls: type) -> Scalar | None:
    """Return the row of a class, or else of the nearest base that has one."""
    for base in cls.__mro__:
        if base in BY_TYPE:
            return BY_TYPE[base]
    return None


def forms_of(annotation: Any) -> Forms | None:
    """Return the forms of a scalar type; None for any other type."""
    scalar = scalar_of(class_of(annotation)[0])
    if scalar is None:
        return None
    return scalar.forms


def read_loosely(forms: Forms) -> Forms:
    """Return the forms that are read where pydantic may convert, such as numbers from strings."""
    if forms & _LOOSE_FORMS:
        return forms | _LOOSE_FORMS | {"text"}
    if "text" in forms:
        return forms
    if forms & (_IP4 | _IP6):
        return forms | _LOOSE_FORMS  # ipaddress takes a truth value for a number
    if forms & (_MOMENT | _CLOCK):
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
    """Return whether the type reads the JSON of a value; ``but_changed``, as another value."""
    # Asks pydantic itself: rules of our own would differ from it sooner or later.
    try:
        result = TypeAdapter[Any](annotation).validate_json(to_json(value))
    except ValidationError:
        return False
    return not but_changed or type(result) is not type(value) or result != value


def is_utf8(value: object) -> bool:
    """Return whether a string can be written: UTF-8 has no bytes for half a surrogate pair."""
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

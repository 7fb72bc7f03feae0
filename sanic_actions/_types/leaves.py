"""The types that pydantic writes as one JSON value, and what that value can look like.

A type's forms are named in a set; two types can be taken for each other when their sets meet. A Decimal is written as a
text of digits, which is read as seconds since 1970 too; any text is a str.
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
from typing import Any, Final, Literal, get_args, get_origin

import pydantic
from pydantic import TypeAdapter, ValidationError
from pydantic.networks import _BaseMultiHostUrl, _BaseUrl
from pydantic_core import to_json

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

LEAVES: Final[Mapping[Any, Forms]] = MappingProxyType(
    {
        NoneType: frozenset({"null"}),
        bool: frozenset({"truth value"}),
        **dict.fromkeys((int, float, pydantic.ByteSize), _NUMBER),
        decimal.Decimal: _NUMBER | _MOMENT | _CLOCK,
        **dict.fromkeys((str, bytes, complex, fractions.Fraction, re.Pattern, zoneinfo.ZoneInfo), _TEXT),
        **dict.fromkeys((pydantic.SecretStr, pydantic.SecretBytes), _TEXT),
        **dict.fromkeys((pathlib.Path, pathlib.PurePath, pathlib.PosixPath, pathlib.PurePosixPath), _TEXT),
        **dict.fromkeys((pathlib.WindowsPath, pathlib.PureWindowsPath), _TEXT),
        **dict.fromkeys((datetime.date, pydantic.PastDate, pydantic.FutureDate), _MOMENT),
        **dict.fromkeys((datetime.datetime, pydantic.PastDatetime, pydantic.FutureDatetime), _MOMENT),
        **dict.fromkeys((pydantic.AwareDatetime, pydantic.NaiveDatetime), _MOMENT),
        **dict.fromkeys((datetime.time, datetime.timedelta), _CLOCK),
        uuid.UUID: _UUID,
        **dict.fromkeys((ipaddress.IPv4Address, ipaddress.IPv4Interface, ipaddress.IPv4Network), _IP4),
        **dict.fromkeys((ipaddress.IPv6Address, ipaddress.IPv6Interface, ipaddress.IPv6Network), _IP6),
    }
)


_URLS: Final = (_BaseUrl, _BaseMultiHostUrl)


def forms_of(annotation: Any) -> Forms | None:
    """The forms of a leaf type; None for any other type."""
    target = class_of(annotation)[0]
    if not isinstance(target, Hashable):
        return None
    if (forms := LEAVES.get(target)) is not None:
        return forms
    return _URL if isinstance(target, type) and issubclass(target, _URLS) else None


def read_loosely(forms: Forms) -> Forms:
    """The forms that a type with these forms reads where pydantic may convert: numbers from texts, and such."""
    if forms & _CONVERTED:
        return forms | _CONVERTED | {"text"}
    if forms & (_MOMENT | _CLOCK | _IP4 | _IP6) and "text" not in forms:
        return forms | _NUMBER
    return forms


_CONVERTED: Final = _NUMBER | {"truth value"}


def members_of_finite(annotation: Any) -> tuple[object, ...] | None:
    """The values of a Literal or of an enum; None for a type of any other kind."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return tuple(annotation)
    return None


def plain_values(members: Iterable[object]) -> list[object]:
    """The values of enum members, as they are written; other values as they are."""
    return [member.value if isinstance(member, enum.Enum) else member for member in members]


def reads(annotation: Any, value: object, *, but_changed: bool = False) -> bool:
    """Whether the JSON of a value is read by the type, or read ``but_changed``; asked of pydantic itself."""
    try:
        found = TypeAdapter[Any](annotation).validate_json(to_json(value))
    except ValidationError:
        return False
    return not but_changed or type(found) is not type(value) or found != value

"""Defaults of parameters: which of them each call needs a copy of, so that one caller's never becomes another's."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import ipaddress
import pathlib
import re
import uuid
from types import NoneType
from typing import Final

_IMMUTABLE: Final = frozenset(
    {NoneType, bool, int, float, complex, str, bytes, range, type, re.Pattern}
    | {datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone}
    | {decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, pathlib.Path, pathlib.PosixPath}
    | {ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network}
    | {ipaddress.IPv4Interface, ipaddress.IPv6Interface}
)


def is_immutable(value: object) -> bool:
    """Say whether nothing in a value can be changed; of a class that is not known here, something may be."""
    if type(value) in _IMMUTABLE or isinstance(value, enum.Enum):
        return True
    return type(value) in (tuple, frozenset) and all(map(is_immutable, value))  # type: ignore[call-overload]  # either

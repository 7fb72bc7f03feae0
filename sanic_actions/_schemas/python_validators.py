"""Make the validators that pydantic has in Python raise validation errors only.

They expect a ValueError of the class that they call. But ``IPv4Network`` raises IndexError for
``()``, AttributeError for ``("10.0.0.0", None)`` and TypeError for ``("10.0.0.0", [])``, and
``re.compile`` raises OverflowError and RecursionError. Any other exception ends the validation as a
whole: ``IPv4Network | tuple[str, ...]`` could not hold ``()``.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import lru_cache, wraps
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from pydantic_core import PydanticCustomError, PydanticOmit, PydanticUseDefault

from .._pydantic import is_python_validator, is_zone_validator
from .walk import Node, choices_of, with_children

FUNCTIONS: Final = frozenset({"function-plain", "function-after"})
"""Functions that call no other validator, so that whatever they raise is their own."""

_REFUSALS: Final = (ValueError, AssertionError, PydanticOmit, PydanticUseDefault)
"""The exceptions that pydantic-core expects of a validator; its own errors are ValueErrors."""

_NETWORKS: Final = frozenset({IPv4Network, IPv6Network})


def refusing(schema: Node) -> Node:
    """Return a core schema in which pydantic's Python validators raise validation errors only."""
    schema = with_children(schema, refusing)
    if schema["type"] not in FUNCTIONS or not isinstance(schema["function"], dict):
        return schema
    function = schema["function"]["function"]
    if not is_python_validator(function):
        return schema
    if is_zone_validator(function):
        function = _known_zones_only(function)
    return {**schema, "function": {**schema["function"], "function": _refusing(function)}}


def _refusing(validator: Callable[..., Any]) -> Callable[..., Any]:
    def validate(*arguments: Any) -> Any:
        try:
            return validator(*arguments)
        except PydanticCustomError as error:
            if not error.context:
                raise
            # Only the error of time zones has a context: the value, which may not be printable.
            raise PydanticCustomError(error.type, _NOT_A_ZONE) from None
        except _REFUSALS:
            raise
        except Exception:
            raise PydanticCustomError("invalid_value", "Input is not a valid value") from None

    return wraps(validator)(validate)


def _known_zones_only(validator: Callable[..., Any]) -> Callable[..., Any]:
    """Return a validator of time zones that looks for no file of an unknown one.

    To look for one takes 50 to 150 µs, and a caller can send thousands. A list of all zones is as
    slow to make as a few hundred such searches, so it is made once somebody has sent an unknown
    one.
    """

    def validate(value: Any) -> Any:
        if _zones.cache_info().currsize and isinstance(value, str) and not _is_known(value):
            raise PydanticCustomError("zoneinfo_str", _NOT_A_ZONE)
        try:
            return validator(value)
        except ValueError:
            _zones(zoneinfo.TZPATH)
            raise

    return wraps(validator)(validate)


@lru_cache(maxsize=1)
def _zones(path: tuple[str, ...]) -> frozenset[str]:
    """Return the names of all time zones that are found along a path."""
    return frozenset({*zoneinfo.available_timezones(), _RULES})


def _is_known(name: str) -> bool:
    return name.removeprefix("posix/").removeprefix("right/") in _zones(zoneinfo.TZPATH)


_NOT_A_ZONE: Final = "Input is not a valid time zone"

_RULES: Final = "posixrules"
"""A zone that the list lacks, like all below ``posix/`` and ``right/``."""


def with_networks_first(schema: Node) -> Node:
    """Return a core schema whose unions try a network before a collection.

    A network is iterable, and pydantic makes a list of any iterable: that of a ``/64`` would never
    end.
    """
    schema = with_children(schema, with_networks_first)
    if schema["type"] != "union" or not any(map(_is_network, choices_of(schema))):
        return schema
    choices = sorted(schema["choices"], key=_place)
    return {**schema, "choices": choices}


def _place(choice: Any) -> bool:
    """Return a sort key that puts networks first and keeps the order of the others."""
    if isinstance(choice, tuple):
        choice = choice[0]
    return not _is_network(choice)


def _is_network(schema: Node) -> bool:
    while "schema" in schema:  # nullable, default and the like
        schema = schema["schema"]
    instance = schema.get("strict_schema", {}).get("python_schema", {})
    return instance.get("cls") in _NETWORKS

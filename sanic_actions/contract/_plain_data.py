"""Names and values of Python as plain data, the same in each process and each version of Python."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_jsonable_python

from .._files import Accept, MaxBytes
from .._types.fields import UNKNOWN, Field

Json = dict[str, Any]


def name_of(target: Any) -> str:
    """Return the name that callers write: a builtin's own name, or a name with its module."""
    module = getattr(target, "__module__", "")
    name = getattr(target, "__qualname__", None) or getattr(target, "__name__", str(target))
    if module in ("builtins", ""):
        return str(name)
    return f"{_PUBLIC_MODULES.get(module, module)}.{name}"


_PUBLIC_MODULES: Final = {
    "pathlib._local": "pathlib",  # where Python 3.13 keeps its paths
    "zoneinfo._zoneinfo": "zoneinfo",
    "pydantic.types": "pydantic",
    "pydantic.networks": "pydantic",
    "sanic_actions._files": "sanic_actions",
    "sanic_actions._results": "sanic_actions",
}
"""The public modules of classes that live in private ones, which may change in any version."""


def in_order(descriptions: Iterable[Any]) -> list[Any]:
    """Return the distinct descriptions, sorted: a union has no order of its own."""
    by_text = {_as_text(description): description for description in descriptions}
    return [by_text[text] for text in sorted(by_text)]


_as_text: Final = json.JSONEncoder(sort_keys=True).encode
"""``json.dumps`` with one encoder for all calls, since most calls write a single name."""


def plain_value(value: object) -> Any:
    """Return a value as plain data: as pydantic writes it, or its type if pydantic cannot."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return {"value": str(value)}
    try:
        return to_jsonable_python(value)
    except (PydanticSerializationError, UnicodeDecodeError, RecursionError):
        # Its repr may hold an address, and a contract must be the same in each process.
        return {"value": f"a {name_of(type(value))}"}


_PLAIN: Final = frozenset({int, bool, type(None)})
"""Types whose values are all plain data. Not ``str``: a string may have half a surrogate pair."""


def literal_value(value: object) -> Any:
    """Return a value of a Literal as plain data; a member of an enum with the name that callers write."""
    if isinstance(value, enum.Enum):
        member = f"{name_of(type(value))}.{value.name}"
        return {"member": member, "value": plain_value(value)}
    return plain_value(value)


def default_value(field: Field) -> Any:
    """Describe a default: its value, or that the server makes one for each call."""
    if field.default is not UNKNOWN:
        return {"value": plain_value(field.default)}
    factory = field.info.default_factory
    if factory in _EMPTY:
        return {"value": _EMPTY[factory]}
    return {"made": True}


_EMPTY: Final[Mapping[Any, Any]] = {list: [], dict: {}, set: [], frozenset: [], tuple: [], str: ""}


def file_limits(marks: Iterable[Any]) -> Json:
    """Return the limits on files in the metadata of a type: size in bytes, and media types."""
    limits: Json = {}
    for mark in marks:
        if isinstance(mark, MaxBytes):
            limits["max_bytes"] = mark.limit
        elif isinstance(mark, Accept):
            limits["accept"] = sorted(mark.types)
    return limits

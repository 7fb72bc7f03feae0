"""Bounds what a bad input costs: of a large body, each collection is read up to its first bad item only.

pydantic keeps some 450 bytes for each complaint. A list of 400,000 bad items in a body of 800 KB took 180 MB before
anybody could count them.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import CoreSchema

LARGE: Final = 64 * 1024
"""Bytes from which a body is large: below, all issues of all items are told, and cost 15 MB at most."""

_COLLECTIONS: Final = frozenset({"list", "tuple", "set", "frozenset", "dict", "frozendict", "ordered-dict"})


def failing_fast(schema: CoreSchema) -> CoreSchema:
    """A copy of a core schema whose collections stop at their first bad item."""
    copied: CoreSchema = _copied(schema)
    return copied


def _copied(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(_copied(item) for item in part)
    if type(part) is not dict or not isinstance(part.get("type"), str):
        return part
    inner = {key: _inner(key, value) for key, value in part.items()}
    return {**inner, "fail_fast": True} if part["type"] in _COLLECTIONS else inner


def _inner(key: str, value: Any) -> Any:
    if key in _NAMED and isinstance(value, dict) and not isinstance(value.get("type"), str):
        return {name: _copied(item) for name, item in value.items()}
    return value if key in _VALUES else _copied(value)


_NAMED: Final = frozenset({"fields", "choices"})
"""What may hold schemas by names of the user's."""

_VALUES: Final = frozenset({"metadata", "default", "expected", "ref", "schema_ref", "cls", "members", "function"})
"""What holds values of the user's types, not schemas."""

"""Bound the cost of hash collisions: a set compares each value with all others of its hash.

Hashes of numbers are predictable. All multiples of 2**61 - 1 have the hash 0, and it took nine
seconds to put 300 KB of them into a set, or into a dict as its keys. A UUID, a Decimal, a Fraction,
an IPv6 address, and tuples, frozen sets and frozen models of numbers pass on the hashes of their
numbers. Strings, bytes, dates and times are hashed with a secret of the process.

So the items are first wrapped in objects that are hashed by identity. Then their own hashes are
counted, and only after that the real collection is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import eq
from typing import Any, Final

from pydantic_core import PydanticCustomError, core_schema

from .walk import Node, with_children

MOST: Final = 32
"""How many different values of one hash a collection may hold. Powers of two are the most alike of ordinary values:
those below 2**1952 come to 32 each."""

_PIECE: Final = 512
"""How many values are hashed before their hashes are looked at."""

_HARMLESS: Final = frozenset(
    {
        *("str", "bytes", "bool", "none", "literal", "enum", "float", "date", "time", "datetime", "timedelta"),
        *("url", "multi-host-url"),
    }
)
"""Types whose hashes a sender cannot choose, or that have few values of the same hash."""

SETS: Final = frozenset({"set", "frozenset"})
DICTS: Final = frozenset({"dict", "ordered-dict", "counter", "frozendict"})
_LENGTHS: Final = ("min_length", "max_length")


def without_collisions(schema: Node) -> Node:
    """Return a core schema whose sets and dicts refuse many values of one hash."""
    schema = with_children(schema, without_collisions)
    if schema["type"] in SETS and _is_open(schema.get("items_schema")):
        return _guarded(schema, "items_schema", _set_of)
    if schema["type"] in DICTS and _is_open(schema.get("keys_schema")):
        return _guarded(schema, "keys_schema", _dict_of)
    return schema


def _is_open(items: Node | None) -> bool:
    """Return whether a sender can choose items of one hash."""
    while items is not None and items["type"] in ("nullable", "default"):
        items = items["schema"]
    return items is not None and items["type"] not in _HARMLESS


class _Held:
    """A value in a wrapper that is hashed by identity, so that a sender cannot choose its hash."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def _guarded(schema: Node, key: str, make: Callable[[Any], object]) -> Node:
    """Return the schema with wrapped items, whose hashes are counted before they are unwrapped."""
    inner = {**schema, key: core_schema.no_info_after_validator_function(_Held, schema[key])}
    lengths = {name: inner.pop(name) for name in _LENGTHS if name in schema}
    ref = inner.pop("ref", None)
    guard: dict[str, Any] = {**core_schema.no_info_after_validator_function(make, inner)}
    if lengths:  # checked last, when equal values have become one
        plain = {"type": schema["type"], **lengths}
        guard = {"type": "chain", "steps": [guard, plain]}
    # Only validation wraps the items; serialization is that of the original schema.
    if ref is not None:
        guard["ref"] = ref
    return guard


def _set_of(items: Iterable[_Held]) -> object:
    values = [item.value for item in items]
    _check(values)
    try:
        if isinstance(items, frozenset):
            return frozenset(values)
        return set(values)
    except TypeError:
        raise _not_hashable() from None


def _dict_of(items: dict[_Held, object]) -> object:
    keys = [key.value for key in items]
    _check(keys)
    kind: Callable[[dict[object, object]], object] = type(items)
    return kind(dict(zip(keys, items.values(), strict=True)))


def _check(values: list[Any]) -> None:
    """Raise an error of validation where more than ``MOST`` different values have one hash."""
    if len(values) <= MOST:
        return
    hashes: list[int] = []
    try:
        # Piece by piece, since hashing may be what collides: Python 3.12 keeps the hashes of
        # fractions in a dict whose keys have one hash where the fractions have.
        for start in range(0, len(values), _PIECE):
            piece = values[start : start + _PIECE]
            hashes += _checked_hashes(sorted(map(hash, piece)), piece)
    except TypeError:
        raise _not_hashable() from None
    if len(values) > _PIECE:
        hashes.sort()
        _checked_hashes(hashes, values)


def _checked_hashes(hashes: list[int], values: list[Any]) -> list[int]:
    """Return the sorted hashes of values, unless too many of these have one hash."""
    # Sorted, so two equal hashes that are MOST places apart have equal hashes between them.
    if any(map(eq, hashes, hashes[MOST:])) and _collide(values):
        raise PydanticCustomError("too_many_collisions", "Too many of these values have the same hash")
    return hashes


def _not_hashable() -> PydanticCustomError:
    return PydanticCustomError("not_hashable", "Items of a set must be hashable")


def _collide(values: list[Any]) -> bool:
    """Return whether more than ``MOST`` different values have one hash.

    Each value is compared with ``MOST`` others at most.
    """
    for _, group in groupby(sorted(values, key=hash), key=hash):
        different: list[object] = []
        for value in group:
            if value not in different:
                different.append(value)
            if len(different) > MOST:
                return True
    return False

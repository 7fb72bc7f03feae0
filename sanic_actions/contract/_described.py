"""Questions about described types: what they hold, and whether one has every value of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._contract import Contract, class_names
from ._types import Json

_WIDER: Final = frozenset({("int", "float"), ("bool", "int")})
"""Pairs of scalars where every value of the first is written and typed as a value of the second."""


def members_of(described: Any) -> list[Any]:
    """Return the members of a union; of any other type, itself."""
    if isinstance(described, dict) and "union" in described:
        return list(described["union"])
    return [described]


def discriminator(described: Any) -> str | None:
    if isinstance(described, dict):
        return described.get("by")
    return None


def is_constrained(described: Any) -> bool:
    return isinstance(described, dict) and "of" in described


def with_of(described: Any) -> Json:
    """Return a described type as one with constraints, even if it has none."""
    constrained: Json = described if is_constrained(described) else {"of": described}
    return constrained


def shape(described: Any) -> object:
    """Return what two members of unions have in common if one took the other's place."""
    described = with_of(described)["of"]
    if not isinstance(described, dict):
        return described
    if "class" in described:
        return "class", described["class"].rpartition(".")[2]
    return tuple(described)


def mentions_class(described: Any) -> bool:
    return any(True for _ in class_names(described))


def is_part_of(narrow: Any, wide: Any) -> bool:
    """Return whether every value of one type is a value of another one, written and typed alike."""
    if isinstance(wide, dict):
        return False
    if isinstance(narrow, dict):
        values = narrow.get("literal", [None])
        return all(type(value).__name__ == wide for value in values)
    return (narrow, wide) in _WIDER


def places(contract: Contract) -> Mapping[str, int]:
    """Return in how many modules a class of each name stands."""
    names = {*contract.inputs, *contract.outputs}
    counts: dict[str, int] = {}
    for name in names:
        last = name.partition("[")[0].rpartition(".")[2]
        counts[last] = counts.get(last, 0) + 1
    return counts

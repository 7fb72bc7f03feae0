"""Questions about described types: their members, and whether one includes another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ._canonical_json import canonical
from ._contract import Contract, class_names
from ._plain_data import Json

_WIDER: Final = frozenset({("int", "float"), ("bool", "int")})
"""Pairs of scalars where every value of the first is written and typed as a value of the second."""


def is_same(old: Any, new: Any) -> bool:
    """Return whether two descriptions are written alike.

    To Python 1, 1.0 and True are equal, on the wire they are not.
    """
    # The cheap comparison comes first; most pairs that are equal to Python are the same.
    return bool(old == new) and canonical(old) == canonical(new)


def members_of(description: Any) -> list[Any]:
    """Return the members of a union and of the unions inside it; of any other type, itself."""
    members: list[Any] = []
    pending = [description]
    # Each member is taken out once; how deep a description can be, its grammar bounds.
    while pending:
        member = pending.pop()
        if isinstance(member, dict) and "union" in member:
            pending += reversed(member["union"])
        else:
            members.append(member)
    return members


def discriminator(description: Any) -> str | None:
    """Return the discriminator of a union, or of the one inside it, as in ``Pet | None``."""
    if not isinstance(description, dict) or "union" not in description:
        return None
    if "by" in description:
        return str(description["by"])
    inner = list(filter(None, map(discriminator, description["union"])))
    if len(inner) == 1:
        return inner[0]
    return None


def closed(description: Any) -> frozenset[str]:
    """Return the classes of a union that refuse unknown fields; none of another type."""
    if not isinstance(description, dict):
        return frozenset()
    return frozenset(description.get("closed", ()))


def is_constrained(description: Any) -> bool:
    """Return whether a described type has constraints."""
    return isinstance(description, dict) and "of" in description


def as_constrained(description: Any) -> Json:
    """Return a described type as one with constraints, even if it has none."""
    if isinstance(description, dict) and "of" in description:
        return description
    return {"of": description}


def behind_new(description: Any) -> Any:
    """Return the type that a ``NewType`` is on the wire; any other type as it is."""
    # Each step goes one type deeper, and how deep a description can be, its grammar bounds.
    while isinstance(description, dict) and "new" in description:
        description = description["type"]
    return description


def shape(description: Any) -> object:
    """Return a key that a member of a union shares with the one that takes its place in another."""
    # A NewType may be of a type with constraints.
    description = behind_new(as_constrained(description)["of"])
    description = behind_new(as_constrained(description)["of"])
    if not isinstance(description, dict):
        return description
    if "class" in description:
        return "class", description["class"].rpartition(".")[2]
    return tuple(description)


def mentions_class(description: Any) -> bool:
    """Return whether a description leads to a class, which is described elsewhere."""
    return next(class_names(description), None) is not None


def is_part_of(narrow: Any, wide: Any) -> bool:
    """Return whether every value of one type is a value of another one, written and typed alike."""
    # True only where it is sure: a wrong "yes" would call a breaking change fine.
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


def last_name(name: str) -> str:
    """Return the name of a class without modules, those of its type arguments neither."""
    return re.sub(r"[^\[\], ]*\.", "", name)

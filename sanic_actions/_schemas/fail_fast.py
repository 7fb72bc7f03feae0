"""Bound the cost of bad inputs: a large body's collections are read up to the first bad item.

pydantic keeps some 450 bytes for each issue. A list of 400,000 bad items in a body of 800 KB took
180 MB before anybody could count the issues.
"""

from __future__ import annotations

from typing import Final

from .walk import Node, with_children

LARGE: Final = 64 * 1024
"""Bytes from which a body is large. Listing all issues of a smaller one takes 15 MB at most."""

LARGE_RECURSIVE: Final = 2 * 1024
"""The same for a recursive type. The path of an issue there has up to 200 steps, and 62 KB of nested
lists took half a minute."""

_COLLECTIONS: Final = frozenset({"list", "tuple", "set", "frozenset", "dict", "frozendict", "ordered-dict"})


def failing_fast(schema: Node) -> Node:
    """Return a copy of a core schema whose collections stop at their first bad item."""
    # Each node once; a definition is changed where it stands, and references stay.
    schema = with_children(schema, failing_fast)
    if schema["type"] in _COLLECTIONS:
        return {**schema, "fail_fast": True}
    return schema

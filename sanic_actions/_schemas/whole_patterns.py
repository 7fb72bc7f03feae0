"""Refuse to write a compiled pattern that would be read back as another one.

pydantic writes the string of a pattern without its flags: ``re.compile("a", re.I)`` would arrive as
``re.compile("a")``.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import Any, Final

from .walk import Node, with_children

# By its repr, since two attrgetters are never equal.
_IN_PYDANTIC: Final = repr(attrgetter("pattern"))


def with_whole_patterns(schema: Node) -> Node:
    """Return a core schema whose serializers of patterns refuse those with flags."""
    schema = with_children(schema, with_whole_patterns)
    is_serializer = schema["type"] == "function-plain" and "function" in schema
    if not is_serializer or repr(schema["function"]) != _IN_PYDANTIC:
        return schema
    return {**schema, "function": _whole_text}


def _whole_text(pattern: re.Pattern[Any]) -> str:
    text = pattern.pattern
    if not isinstance(text, str):
        raise ValueError(f"{pattern!r:.60} is a pattern of bytes, and JSON has strings only.")
    if re.compile(text) != pattern:
        remedy = f"Write them into it: '(?i){text:.60}' for re.IGNORECASE."
        raise ValueError(f"{pattern!r:.60} has flags, which would be lost. {remedy}")
    return text

"""The query of a page: which action a form is posted to, beside the parameters of the page itself."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

Pair = tuple[str, str]

ACTION: Final = "_action"
"""Query parameter that names the action; controls that begin with it belong to the library."""


def without_ours(query: str) -> list[Pair]:
    """Return the parameters of a query that are not the library's."""
    return [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not name.startswith(ACTION)]


def action_named(query: str) -> str | None:
    """Return the name of the action that a query asks for: None without any, empty where it gives several."""
    if ACTION not in query:
        return None
    names = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == ACTION]
    if not names:
        return None
    return names[0] if len(names) == 1 else ""

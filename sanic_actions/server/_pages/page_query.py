"""The query of a page: which action a form is posted to, beside the page's parameters."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode

Pair = tuple[str, str]

MOST_PARAMETERS: Final = 1_000
"""Most parameters of a query that are read, as many as a form has fields by default."""

ACTION: Final = "_action"
"""Query parameter that names the action; controls that begin with it belong to the library."""


def without_ours(query: str) -> list[Pair]:
    """Return the parameters of a query that are not the library's."""
    if not query or (query.startswith(f"{ACTION}=") and "&" not in query):
        return []  # true of most pages, and of most posts to them
    return [(name, value) for name, value in _pairs(query) if not name.startswith(ACTION)]


def query_without_ours(query: str) -> str:
    """Return a query without the parameters that are the library's."""
    pairs = without_ours(query)
    if not pairs:
        return ""
    return urlencode(pairs)


def action_named(query: str) -> str | None:
    """Return the name of the action that a query asks for: None without one, empty if it has several.

    It is also empty if there are more parameters than are read, since any of them could be another
    name.
    """
    if ACTION not in query:
        return None
    if _ACTION_ALONE.fullmatch(query):
        return query[len(ACTION) + 1 :]
    if query.count("&") >= MOST_PARAMETERS:
        return ""
    names = [value for name, value in _pairs(query) if name == ACTION]
    if not names:
        return None
    if len(names) == 1:
        return names[0]
    return ""


_ACTION_ALONE: Final = re.compile(rf"{ACTION}=[\w.-]+", re.ASCII)
"""The query of most posts, with nothing in it to decode."""


def _pairs(query: str) -> list[Pair]:
    """Return the first ``MOST_PARAMETERS`` parameters."""
    # Cut before they are parsed: Sanic bounds the head of a request, ASGI servers may take more.
    return parse_qsl("&".join(query.split("&", MOST_PARAMETERS)[:MOST_PARAMETERS]), keep_blank_values=True)

"""Decides where an answer may send a browser: to this site, unless an origin is allowed by name."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from sanic import Request

from .._call.origin import Origins


def own_location(request: Request[Any, Any], query: list[tuple[str, str]]) -> str:
    """The page that was asked for, with another query, as it stands in a Location header."""
    # Two slashes at the beginning would make a host of the first step.
    path = "/" + quote(request.path, safe=_SAFE).lstrip("/")
    return f"{path}?{urlencode(query)}" if query else path


def checked_location(to: str, request: Request[Any, Any], allowed: Origins) -> str:
    """The target of a redirect as it stands in a Location header.

    Raises:
        ValueError: It leads to another site that is not allowed, or is no URL at all.
    """
    # Browsers drop tabs and newlines from a URL and read a backslash as a slash (URL Standard, 4.4).
    if _UNSAFE.search(to) or to != to.strip():
        raise ValueError(f"Redirect({to!r:.100}) holds characters that have no place in a URL.")
    parts = urlsplit(to)
    if parts.scheme or to.startswith("//"):
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        if origin not in allowed and origin != f"{request.scheme}://{request.host}".lower():
            raise ValueError(
                f"Redirect({to!r:.100}) leads to another site. To allow it, name its origin in "
                "ActionsBlueprint(redirect_origins=[...])."
            )
    return quote(to, safe=_SAFE)


_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_SAFE: Final = "/?#[]@!$&'()*+,;=:%-._~"  # RFC 3986: reserved, unreserved and what is escaped already

"""Decides where an answer may send a browser: to this site, unless an origin is allowed by name."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

from sanic import Request

from .._call.origin import Origins
from .._host import own_origin, public_prefix


def own_path(request: Request[Any, Any]) -> str:
    """Return the path of the page that was requested, as this app sees it."""
    # After two slashes at the beginning, browsers would read the first step as a host.
    return "/" + quote(request.path, safe=_SAFE).lstrip("/")


def own_location(query: str) -> str:
    """Return the Location header that leads to the requested page with another query.

    It has no path: a proxy may have stripped a prefix from the one that this app sees.
    """
    return f"?{query}"


def public_path(request: Request[Any, Any]) -> str:
    """Return the path of the requested page as the browser sees it, as far as that is known."""
    return "/" + (quote(public_prefix(request), safe=_SAFE) + own_path(request)).lstrip("/")


def path_in_app(path: str, request: Request[Any, Any]) -> str:
    """Return a path that a browser will request, as this app will see it."""
    prefix = quote(public_prefix(request), safe=_SAFE)
    if prefix and path.startswith(f"{prefix}/"):
        return path[len(prefix) :]
    return path


def checked_location(to: str, request: Request[Any, Any], origins: Origins) -> str:
    """Return the target of a redirect, escaped for a Location header.

    Raises:
        ValueError: It leads to another site that is not allowed, or is not a URL at all.
    """
    # Browsers drop tabs and newlines from a URL and read a backslash as a slash (URL Standard,
    # 4.4).
    if _UNSAFE.search(to) or to != to.strip():
        raise ValueError(f"Redirect({to!r:.100}) holds characters that have no place in a URL.")
    parts = urlsplit(to)
    if parts.scheme or to.startswith("//"):
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        if origin not in origins and origin != own_origin(request).lower():
            raise ValueError(
                f"Redirect({to!r:.100}) leads to another site. To allow it, name its origin in "
                "ActionsBlueprint(redirect_origins=[...])."
            )
    return quote(to, safe=_SAFE)


_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_SAFE: Final = "/?#[]@!$&'()*+,;=:%-._~"  # RFC 3986: reserved, unreserved and what is escaped already

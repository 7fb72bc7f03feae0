"""Decides where an answer may send a browser: to this site, unless an origin is allowed by name."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

from sanic import Request

from .._call.origin import Origins, normal_origin
from .._own_address import own_origin, public_prefix
from .routes_of_paths import has_page


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


def known_page(path: str, request: Request[Any, Any]) -> str | None:
    """Return the path by which this app will see a page that a browser requests; None without one.

    A proxy may strip a prefix without a header that says so. Then the whole path is unknown to the
    app, and its end is known. The page that the form was sent from has the same prefix, if the
    browser sends a Referer.
    """
    inner, host = path_in_app(path, request), request.headers.get("host")
    if has_page(request.app, inner, host):
        return inner
    source = urlsplit(request.headers.get("referer", "")).path
    end = inner
    for _ in range(MOST_STEPS):
        _, slash, rest = end.removeprefix("/").partition("/")
        if not slash:
            break
        end = f"/{rest}"
        prefix = inner.removesuffix(end)
        if (not source or source.startswith(f"{prefix}/")) and has_page(request.app, end, host):
            return end
    return None


MOST_STEPS: Final = 8
"""Steps of a prefix that are tried; each asks the router once."""


def checked_location(to: str, request: Request[Any, Any], origins: Origins) -> str:
    """Return the target of a redirect, escaped for a Location header.

    Raises:
        ValueError: It leads to another site that is not allowed, or is not a URL at all.
    """
    # Browsers drop tabs and newlines from a URL and read a backslash as a slash (URL Standard,
    # 4.4).
    if _UNSAFE.search(to) or to != to.strip():
        raise ValueError(f"Redirect({to!r:.100}) holds characters that have no place in a URL.")
    # Any scheme counts, as browsers may take "https:evil.example" for a URL with a host.
    parts = urlsplit(to)
    if parts.scheme or to.startswith("//"):
        origin = normal_origin(f"{parts.scheme}://{parts.netloc}")
        if origin is None or (origin not in origins and origin != normal_origin(own_origin(request))):
            raise ValueError(
                f"Redirect({to!r:.100}) leads to another site. To allow it, name its origin in "
                "ActionsBlueprint(redirect_origins=[...])."
            )
    return quote(to, safe=_SAFE)


_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_SAFE: Final = "/?#[]@!$&'()*+,;=:%-._~"  # RFC 3986: reserved, unreserved and what is escaped already

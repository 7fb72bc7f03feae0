"""Refuses calls that a page of another origin makes in a visitor's name.

The rule of this file: an ``Origin`` must be ours or a trusted one, and a ``Sec-Fetch-Site`` must
say that the page was ours. Browsers send at least one of the two with every unsafe request; scripts
send neither and carry no cookies that they were not given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from multidict import istr
from sanic import Request

from ..._problem_types import refusal
from .._own_address import is_proxy_silent, own_origin


class Origins:
    """The origins of a setting; ``https://*.example.com`` stands for all hosts below it."""

    __slots__ = ("_below", "_exact")

    def __init__(self, origins: Iterable[str] = ()) -> None:
        patterns = {origin.partition("*") for origin in origins if "*" in origin}
        self._exact = frozenset(origin for origin in origins if "*" not in origin)
        self._below = tuple((scheme, suffix) for scheme, _, suffix in patterns)

    def __contains__(self, origin: object) -> bool:
        return origin in self._exact or any(
            isinstance(origin, str)
            and origin.startswith(scheme)
            and origin.endswith(suffix)
            and _STEPS.fullmatch(origin[len(scheme) : -len(suffix)])
            for scheme, suffix in self._below
        )


NOBODY: Final = Origins()


def origin_set(setting: str, origins: Iterable[str]) -> Origins:
    """Return the origins of a setting in the one form in which they are compared.

    Raises:
        ValueError: Something is not an origin.
    """
    value: object = origins
    if not isinstance(value, Iterable):
        raise ValueError(f"{setting}={value!r} is not a list; write {setting}=['https://example.com'].")
    if isinstance(origins, str):
        raise ValueError(f"{setting}={origins!r} is one text; pass a list of them: [{origins!r}].")
    normals: dict[str, str | None] = {}
    for origin in origins:
        is_string = isinstance(origin, str)
        normals[origin] = normal_origin(origin) if is_string else None
    if wrong := [origin for origin, normal in normals.items() if normal is None or not _PATTERN.fullmatch(normal)]:
        raise ValueError(
            f"{setting} holds {wrong[0]!r}, which is not an origin; write it like 'https://example.com', or "
            "'https://*.example.com' for all hosts below example.com."
        )
    return Origins([normal for normal in normals.values() if normal is not None])


def check_origin(request: Request[Any, Any], allowlist: Origins) -> None:
    """Refuse requests from pages of foreign origins that are not trusted.

    Raises:
        ActionError: ``FORBIDDEN``, with what was expected, what came and the setting that allows
            it.
    """
    headers = request.headers
    site = headers.get(SITE)
    origins: list[str] = headers.getall(ORIGIN, [])
    if site is None and not origins:  # programs that are not browsers send neither
        return
    own = own_origin(request)
    if (
        [own] == origins and (site is None or site in _OWN_PAGES) and normal_origin(own) is not None
    ):  # nearly all that come
        return
    if not origins:
        if site is not None and site.strip().lower() not in _OWN_PAGES:
            raise refusal("foreign-origin", "FORBIDDEN", _SITE.format(got=shown(site)))
        return
    if len(origins) == 1:
        origin = normal_origin(origins[0])
    else:
        origin = None
    if origin in allowlist:
        return
    if origin is None or origin != normal_origin(own):
        sentence = _ORIGIN.format(got=shown(", ".join(origins)), own=own)
        raise refusal("foreign-origin", "FORBIDDEN", sentence + _advice(request, origins))
    if site is not None and site.strip().lower() not in _OWN_PAGES:
        raise refusal("foreign-origin", "FORBIDDEN", _SITE.format(got=shown(site)))


def _advice(request: Request[Any, Any], origins: list[str]) -> str:
    """Return what else helps, beside the setting."""
    if origins == ["null"]:
        return _NO_ORIGIN
    if is_proxy_silent(request):
        return _SILENT_PROXY
    return _PROXY


LONGEST_ORIGIN: Final = 300
"""Characters of an origin; a host has at most 253 (RFC 1035, section 2.3.4)."""

LONGEST_LABEL: Final = 63
"""Characters of a part of a host, by the same rule; Punycode's time grows with the square."""


@lru_cache(maxsize=128)
def normal_origin(origin: str) -> str | None:
    """Return an origin as browsers send it, without a default port; None for other strings."""
    if len(origin) > LONGEST_ORIGIN:  # before anything is made of what a sender chose
        return None
    match = _FORM.fullmatch(unicodedata.normalize("NFKC", origin).lower())
    if match is None:
        return None
    scheme, host, port = match.groups()
    if not host.isascii():
        labels = host.split(".")
        if max(map(len, labels)) > LONGEST_LABEL:
            return None
        host = ".".join(map(_ascii_label, labels))
    if port in (None, _DEFAULT_PORTS.get(scheme)):
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{port}"


def _ascii_label(label: str) -> str:
    """Return a part of a host in the form that goes over the wire (RFC 3492).

    Not by the codec ``idna``: it takes ß for ss, which is another host to browsers.
    """
    if label.isascii():
        return label
    return "xn--" + label.encode("punycode").decode()


def shown(text: str) -> str:
    """Return what a sender chose as a message repeats it."""
    if len(text) <= 100:
        return repr(text)
    return repr(text[:100]) + "..."


ORIGIN: Final = istr("origin")
SITE: Final = istr("sec-fetch-site")
"""Header names as ``istr``, the type the header mapping stores; a plain string would be converted on
every lookup.
"""

_FORM: Final = re.compile(r"([a-z][a-z0-9+.-]*)://([^\s/?#@:\[\]]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_PATTERN: Final = re.compile(r"[^*]*|[^*]*://\*\.[^*.:]+\.[^*]+")
"""A star stands for the first steps of a host of at least three: nobody can own ``*.com``."""

_STEPS: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
"""The labels that a star stands for: nothing else of a host."""

_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_OWN_PAGES: Final = frozenset({"same-origin", "none"})

_ORIGIN: Final = (
    "The call was refused because of where it came from: Origin is {got}, expected {own!r}. To allow another origin, "
    "name it in ActionsBlueprint(trusted_origins=[...]), and let scripts of its pages read answers with CORS headers, "
    "such as those of sanic-ext (CORS_ORIGINS); "
)
_PROXY: Final = (
    "behind a proxy, tell Sanic which forwarded headers to believe (app.config.PROXIES_COUNT = 1 for one proxy)."
)
_SILENT_PROXY: Final = (
    "behind a proxy, have it send the headers that Sanic is told to believe: X-Forwarded-For, X-Forwarded-Host and "
    "X-Forwarded-Proto, or Forwarded with its secret; this request does not say the host and the scheme."
)
_NO_ORIGIN: Final = (
    "'null' itself cannot be named there. Browsers send it from pages with Referrer-Policy: no-referrer, where "
    "same-origin is what to write instead, from sandboxed frames, and from files."
)
_SITE: Final = (
    "The call was refused because of where it came from: Sec-Fetch-Site is {got}, expected 'same-origin' or 'none'. "
    "To allow pages of another origin, name it in ActionsBlueprint(trusted_origins=[...]), and let their scripts read "
    "answers with CORS headers, such as those of sanic-ext (CORS_ORIGINS)."
)

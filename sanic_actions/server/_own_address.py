"""Where an app is, as the browsers of its visitors see it: its scheme and host, and the prefix of its paths.

A proxy or an ASGI server may stand in between, and is believed only as far as the app is configured to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from multidict import istr
from sanic import Request

AnyRequest = Request[Any, Any]

_HOST: Final = istr("host")
"""A header name as ``istr``, as the header mapping stores it; others would be converted."""


def own_origin(request: AnyRequest) -> str:
    """Return the origin of the app itself, as its scheme and host say it.

    Relies on how ``Request.scheme`` and ``Request.host`` are made: where no proxy and no name is
    configured, they are the connection's and the Host header's. To ask them costs 4 µs, for headers
    of proxies that nobody believes.
    """
    if _may_be_proxied(request):
        scheme, host = _stated_scheme(request), request.host
    else:
        scheme, host = _connection_scheme(request), request.headers.get(_HOST, "")
    return f"{scheme}://{host}"


def is_https(request: AnyRequest) -> bool:
    """Return whether the browser speaks https; see ``own_origin``."""
    if _may_be_proxied(request):
        return _stated_scheme(request) == "https"
    return _connection_scheme(request) == "https"


def _may_be_proxied(request: AnyRequest) -> bool:
    """Return whether scheme and host may be others than the connection's and its Host header."""
    option = request.app.config.get
    has_name = option("SERVER_NAME") or type(request) is not Request
    return bool(has_name or option("PROXIES_COUNT") or option("REAL_IP_HEADER") or option("FORWARDED_SECRET"))


def is_proxy_silent(request: AnyRequest) -> bool:
    """Return whether the app is to believe a proxy that has not said its scheme and host."""
    option = request.app.config.get
    believes = option("PROXIES_COUNT") or option("REAL_IP_HEADER") or option("FORWARDED_SECRET")
    return bool(believes) and not {"proto", "host"} <= request.forwarded.keys()


def _stated_scheme(request: AnyRequest) -> str:
    """Return the scheme that ``SERVER_NAME`` or a trusted proxy states, or the connection's."""
    is_stated = "://" in request.app.config.get("SERVER_NAME", "") or "proto" in request.forwarded
    if is_stated or type(request).scheme is not Request.scheme:
        return str(request.scheme)
    return _connection_scheme(request)


def _connection_scheme(request: AnyRequest) -> str:
    """Return the scheme of the connection; an ASGI server says it, and may believe a proxy.

    Sanic's own ``Request.scheme`` is http under every ASGI server: it looks for the TLS of a
    socket, and there is none.
    """
    if request.app.asgi:
        scope: Mapping[str, Any] = getattr(request.transport, "scope", None) or {}
        is_secure = scope.get("scheme") in ("https", "wss")
    else:
        is_secure = bool(request.conn_info and request.conn_info.ssl)
    return "https" if is_secure else "http"


def public_prefix(request: AnyRequest) -> str:
    """Return what a proxy or an ASGI server has stripped from the path, where it says so; else nothing.

    Sanic reads a forwarded path only where it is configured to trust its proxy.
    """
    public_path = str(request.forwarded.get("path") or "")
    path = unquote(request.path)
    if public_path:
        return public_path.removesuffix(path) if public_path.endswith(path) else ""
    scope: Mapping[str, Any] = getattr(request.transport, "scope", None) or {}
    root = str(scope.get("root_path") or "").rstrip("/")
    # Some servers leave the prefix in the path that they hand on.
    return "" if path.startswith(f"{root}/") else root

"""Ask the router of an app which route answers a path, as Sanic asks it for a request."""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic_routing.route import Route

from .._call.site import site_of


def has_page(app: Sanic[Any, Any], path: str, host: str | None) -> bool:
    """Return whether a route of the app answers GET at a path."""
    return _routed(app, path, "GET", host) is not None


def own_post_route(app: Sanic[Any, Any], path: str, host: str | None) -> Route | None:
    """Return the app's own route for posts to a path; None for a page's, or without one."""
    resolution = _routed(app, path, "POST", host)
    if resolution is None:
        return None
    route, handler = resolution
    if hasattr(handler, "sanic_actions_page") or route.name in site_of(app).own_routes:
        return None
    return route


def _routed(app: Sanic[Any, Any], path: str, method: str, host: str | None) -> tuple[Route, Any] | None:
    try:
        route, handler, _ = app.router.get(path, method, host)
    # NotFound, or MethodNotAllowed where the path has other methods.
    except SanicException:
        return None
    return route, handler

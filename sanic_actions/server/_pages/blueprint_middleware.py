"""The middleware of a blueprint, which Sanic runs for calls of its routes and this file for posts of pages.

It runs after the page's own, and before anything of the call. What both have runs once.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from sanic import HTTPResponse

from ..._errors import ActionError
from .._call.call import failure
from .._call.entrance import ServerCall
from .._call.expected_error import error_of_middleware, is_for_app
from .._call.outcome import Outcome
from .._call.site import Site, Target
from .._host import handler_of_error
from .._route_copies import middleware_of
from .page_entrance import PageEntrance


async def reply_of_middleware(
    site: Site, call: ServerCall, target: Target, entrance: PageEntrance
) -> HTTPResponse | Outcome | Any:
    """Run the blueprint's request middleware that the page lacks, and have its response middleware run.

    Returns:
        The response of middleware that answers the request; the outcome of a call, if it raises;
        None if the call goes on.
    """
    try:
        return await _run(site, call, target) or None
    except Exception as error:
        call.endpoint = target.endpoint
        try:
            entrance.check_origin(call, target.endpoint)  # before anything of the site renders
        except ActionError as foreign:
            return failure(foreign, call, entrance)
        reply = await _reply_of_app(call, target, error)
        return reply or failure(error_of_middleware(error, call), call, entrance)


async def _run(site: Site, call: ServerCall, target: Target) -> Any:
    """Return the response of the first middleware that gives one."""
    request = call.request
    on_request, on_response = middleware_of(target.route)
    page_on_request, page_on_response = middleware_of(request.route)
    if request.route is not None:
        missing = _missing(on_response, page_on_response)
        request.route = site.page_routes.surrounded(request.route, before=missing)
    for middleware in _missing(on_request, page_on_request):
        response = middleware(request)
        if inspect.isawaitable(response):
            response = await response
        if response:
            return response
    return None


def _missing(of_blueprint: Sequence[Any], of_page: Sequence[Any]) -> list[Any]:
    """Return the middleware of a blueprint that a page does not have already."""
    # Middleware of a group of blueprints is one function in several wrappers.
    functions = {getattr(middleware, "func", middleware) for middleware in of_page}
    return [middleware for middleware in of_blueprint if getattr(middleware, "func", middleware) not in functions]


async def _reply_of_app(call: ServerCall, target: Target, error: Exception) -> Any:
    """Return what the app's own handler answers to what the blueprint's middleware has raised."""
    handler = handler_of_error(call.request, error, target.route.name)
    if handler is None or not is_for_app(error, target.endpoint):
        return None
    response = handler(call.request, error)
    if inspect.isawaitable(response):
        response = await response
    return response

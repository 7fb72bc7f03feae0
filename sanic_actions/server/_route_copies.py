"""Copies of routes, by which a request gets a name, a mark or middleware that others of its route lack.

Sanic asks ``Request.route`` for all three, also after the handler. Only the copies are changed, and
only their public attributes; what an upgrade of Sanic may break here is what each docstring relies on.
"""

from __future__ import annotations

import inspect
import re
from collections import deque
from collections.abc import Sequence
from copy import copy
from types import SimpleNamespace
from typing import Any, Final

from sanic import Request
from sanic.response import BaseHTTPResponse
from sanic_routing.route import Route

AnyRequest = Request[Any, Any]


def named_route(route: Route, parameter: str, value: str) -> Route:
    """Return a copy of a route with the value of its last parameter in its path and name, in place of the parameter.

    Relies on ``Route.path`` and ``Route.name`` being free to be replaced on a copy, which shares
    its middleware.
    """
    substitute = copy(route)
    substitute.path = re.sub(rf"<{parameter}(:[^>]*)?>", value, route.path)
    substitute.name = f"{route.name.rpartition('.')[0]}.{value}"
    return substitute


def is_form_post(route: Route | None) -> bool:
    """Return whether a request with this route is the post of a form: ``RouteCopies.of_form_post`` has made it."""
    return hasattr(getattr(route, "extra", None), "sanic_actions_post")


def middleware_of(route: Route | None) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return a route's middleware of both kinds, in ``Sanic.finalize_middleware``'s order."""
    extra = {} if route is None else vars(route.extra)
    return extra.get("request_middleware", ()), extra.get("response_middleware", ())


class RouteCopies:
    """Copies of routes with more around them, each made once: to copy one takes 4 µs, and a post needs up to three.

    Relies on ``Request.route`` being free to be replaced, which Sanic looks at when it responds;
    and on ``Route.extra``, a namespace that is free to be replaced on a copy.
    """

    __slots__ = ("_copies",)

    def __init__(self) -> None:
        # A key holds the ids of objects, which are kept beside the copy so that no id is reused.
        self._copies: dict[tuple[int, ...], tuple[tuple[object, ...], Route]] = {}

    def of_form_post(self, route: Route) -> Route:
        """Return a copy of a page's route that says of its requests that they are posts of forms."""
        return self._copy(route, (), (), is_post=True)

    def surrounded(
        self, route: Route, *, before: Sequence[Any] = (), after: Sequence[Any] = (), after_failure: Any = None
    ) -> Route:
        """Return a copy of a route with response middleware of ours around its own.

        Args:
            route: The route.
            before: What runs before its own.
            after: What runs after its own, whatever that returns; nothing if the route has none.
            after_failure: What runs in place of ``after`` where its own raises.
        """
        if not (before or after):
            return route
        return self._copy(route, tuple(before), tuple(after), after_failure)

    def _copy(
        self,
        route: Route,
        before: tuple[Any, ...],
        after: tuple[Any, ...],
        after_failure: Any = None,
        *,
        is_post: bool = False,
    ) -> Route:
        extra = vars(route.extra)
        # Part of the key, since Sanic replaces both when an app is started again.
        own_request, own_response = extra.get("request_middleware"), extra.get("response_middleware", ())
        parts = (route, own_request, own_response, *before, None, *after, after_failure)
        key = (is_post, *map(id, parts))
        entry = self._copies.get(key)
        if entry is not None:
            return entry[1]
        substitute = copy(route)
        response_middleware = [*before, *own_response]
        if after and own_response:
            followed = [_FollowedMiddleware(middleware, before, after, after_failure) for middleware in own_response]
            response_middleware = [*before, *followed, *after]
        substitute.extra = SimpleNamespace(**extra)
        substitute.extra.response_middleware = deque(response_middleware)
        if is_post:
            substitute.extra.sanic_actions_post = True
        if len(self._copies) >= MAX_COPIES:
            self._copies.clear()
        self._copies[key] = parts, substitute
        return substitute


class _FollowedMiddleware:
    """A response middleware of the app, which ours follows whatever it returns or raises.

    Relies on ``Sanic._run_response_middleware``: a response that one middleware returns skips all
    later ones, ours too, and so does an exception, which Sanic logs.

    Args:
        middleware: The app's.
        before: Ours that has run before it, and runs again on a response that it puts in place.
        after: Ours that follows.
        after_failure: Ours that runs instead if it raises; None for nothing.
    """

    __slots__ = ("_after", "_after_failure", "_before", "_middleware")

    def __init__(self, middleware: Any, before: tuple[Any, ...], after: tuple[Any, ...], after_failure: Any) -> None:
        self._middleware = middleware
        self._before = before
        self._after = after
        self._after_failure = after_failure

    async def __call__(self, request: AnyRequest, response: Any) -> Any:
        """Run the middleware."""
        try:
            substitute = self._middleware(request, response)
            if inspect.isawaitable(substitute):
                substitute = await substitute
        except Exception:
            if self._after_failure is not None:
                self._after_failure(request, response)
            raise
        if not isinstance(substitute, BaseHTTPResponse):
            return substitute
        if substitute is not response:
            for step in self._before:
                step(request, substitute)
        for step in self._after:
            step(request, substitute)
        return substitute


MAX_COPIES: Final = 1_000
"""How many copies are kept; there are a few for each page with a form."""

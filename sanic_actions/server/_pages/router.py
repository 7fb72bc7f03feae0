"""Lets a form post to a page that has a GET route only, and shows its result there.

The app's router is given a subclass of its own class that overrides ``resolve``. ``Router.get`` caches what it finds,
so requests come by here once for each path. A post that has no route is resolved as the GET of its page and answered by
``Pages``; the handler of a GET is wrapped in a look at the cookies, which costs a fifth of what middleware would. The
cache has one known effect: a POST route added to a running app after such a post is not found.
"""

from __future__ import annotations

from functools import wraps
from typing import Any, Final

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import MethodNotAllowed
from sanic.router import Router
from sanic_routing.exceptions import BaseException as RoutingError
from sanic_routing.route import Route

from .._state.instance import instance_name
from .._state.sqlite import SQLiteStore
from .._state.store import StateStore
from .carried_results import COOKIE
from .submit import ACTION, PageHandler, Pages, action_named


def install_pages(app: Sanic[Any, Any], store: StateStore | None) -> Pages:
    """The pages of an app, made for its first blueprint; a store that is given takes the place of the default."""
    router: Any = app.router
    pages: Pages | None = getattr(router, "pages", None)
    if pages is None:
        router.pages = pages = Pages(app, SQLiteStore.of_app(instance_name(app)))
        router.__class__ = page_router(type(router), pages)
        app.register_listener(_close, "after_server_stop")
    if store is not None:
        pages.use(store)
    return pages


def pages_of(app: Sanic[Any, Any]) -> Pages:
    """The pages of an app that has a blueprint of ours."""
    router: Any = app.router
    pages: Pages = router.pages
    return pages


def page_router(base: type[Router], pages: Pages) -> type[Router]:
    """A subclass of an app's router class that finds the pages that are posted to."""

    class PageRouter(base):  # type: ignore[misc, valid-type]  # the class of a router that users may have chosen
        def resolve(self, path: str, *, method: str | None = None, **more: Any) -> tuple[Route, Any, dict[str, Any]]:
            route: Route
            try:
                route, handler, parameters = super().resolve(path, method=method, **more)
            except RoutingError as error:
                if method != "POST":
                    raise
                try:
                    route, handler, parameters = super().resolve(path, method="GET", **more)
                except RoutingError:
                    raise error from None
                return route, page_post(pages, route, _bare(handler)), parameters
            if method == "GET" and route.name not in pages.own and not hasattr(handler, "is_websocket"):
                return route, page_get(pages, _bare(handler)), parameters
            return route, handler, parameters

    return PageRouter


def _bare(handler: PageHandler) -> PageHandler:
    # Resolving comes by here again for a path without its slash at the end.
    page: PageHandler = getattr(handler, "sanic_actions_page", handler)
    return page


async def _close(app: Sanic[Any, Any]) -> None:
    await pages_of(app).close()


def page_get(pages: Pages, handler: PageHandler) -> PageHandler:
    """Shows a page, with the result of the form that led there."""

    @wraps(handler, assigned=_NAMES)
    def get(request: Request[Any, Any], /, **parameters: Any) -> Any:
        cookies = request.headers.get("cookie")
        if cookies and COOKIE in cookies:
            return pages.show(request, handler, parameters)
        return handler(request, **parameters)

    get.sanic_actions_page = handler  # type: ignore[attr-defined]
    return get


def page_post(pages: Pages, route: Route, handler: PageHandler) -> PageHandler:
    """Answers a post to the page whose GET handler this is."""

    async def post(request: Request[Any, Any], /, **parameters: Any) -> HTTPResponse | None:
        name = action_named(request.query_string) if ACTION in request.query_string else None
        if name is None or hasattr(handler, "is_websocket"):
            allowed = tuple(route.methods)
            raise MethodNotAllowed(f"Method POST not allowed for URL {request.path}", "POST", allowed)
        response: HTTPResponse | None = await pages.submit(request, handler, parameters, name)
        return response

    post.is_stream = True  # type: ignore[attr-defined]  # what Sanic looks at before it reads the body itself
    post.sanic_actions_page = handler  # type: ignore[attr-defined]
    return post


_NAMES: Final = ("__module__", "__name__", "__qualname__", "__doc__")

"""Lets a form post to a page that has a GET route only, at no cost for any request that has a route of its own.

The app's router is given a subclass of its own class that overrides ``resolve``. ``Router.get`` caches what it finds,
so a request comes by here once for each path; a post that has no route is resolved as the GET of its page and answered
by ``Pages``. The cache has one known effect: a POST route added to a running app after such a post is not found.
"""

from __future__ import annotations

from typing import Any, Final

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import MethodNotAllowed
from sanic.router import Router
from sanic_routing.exceptions import BaseException as RoutingError
from sanic_routing.route import Route

from ._pages import ACTION, PageHandler, Pages, action_named, finish
from ._state import StateStore
from ._state_sqlite import SQLiteStore

LAST: Final = 1_000_000
"""Behind all other middleware. Sanic sorts that of requests by falling priority, and that of responses by rising."""


def install_pages(app: Sanic[Any, Any], store: StateStore | None) -> Pages:
    """The pages of an app, made for its first blueprint; a store that is given takes the place of the default."""
    router: Any = app.router
    pages: Pages | None = getattr(router, "pages", None)
    if pages is None:
        router.pages = pages = Pages(app, SQLiteStore.of_app(app.name))
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
    watched: set[str] = set()

    class PageRouter(base):  # type: ignore[misc, valid-type]  # the class of a router that users may have chosen
        def resolve(self, path: str, *, method: str | None = None, **more: Any) -> tuple[Route, Any, dict[str, Any]]:
            try:
                found: tuple[Route, Any, dict[str, Any]] = super().resolve(path, method=method, **more)
            except RoutingError as error:
                if method != "POST":
                    raise
                try:
                    route, handler, parameters = super().resolve(path, method="GET", **more)
                except RoutingError:
                    raise error from None
                # Resolving comes by here again for a path without its slash at the end.
                ours = getattr(handler, "is_page_post", False)
                return route, handler if ours else page_post(pages, route, handler), parameters
            return found

        def finalize(self, *args: Any, **kwargs: Any) -> None:
            super().finalize(*args, **kwargs)
            # An app that is amended while it runs is finalized again.
            found = {route.name for route in self.routes if "GET" in route.methods} - pages.own - watched
            watched.update(found)
            pages.app.register_named_middleware(pages.take, found, "request", priority=-LAST)
            pages.app.register_named_middleware(finish, found, "response", priority=LAST)

    return PageRouter


async def _close(app: Sanic[Any, Any]) -> None:
    await pages_of(app).close()


def page_post(pages: Pages, route: Route, handler: PageHandler) -> PageHandler:
    """Answers a post to the page whose GET handler this is."""

    async def post(request: Request[Any, Any], **parameters: Any) -> HTTPResponse | None:
        name = action_named(request.query_string) if ACTION in request.query_string else None
        if name is None or hasattr(handler, "is_websocket"):
            allowed = tuple(route.methods)
            raise MethodNotAllowed(f"Method POST not allowed for URL {request.path}", "POST", allowed)
        response: HTTPResponse | None = await pages.submit(request, handler, parameters, name)
        return response

    post.is_stream = True  # type: ignore[attr-defined]  # what Sanic looks at before it reads the body itself
    post.is_page_post = True  # type: ignore[attr-defined]
    return post

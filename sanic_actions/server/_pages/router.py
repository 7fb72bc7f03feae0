"""Routes the post of a form to a page that has a GET route only, and shows its result there.

Such posts are resolved after the router has found no route, so requests of other kinds cost
nothing, except GETs of pages. A post without a route is resolved as the GET of its page and answered
by ``submit``. The handler of a GET is wrapped in a function that looks at the cookies and the query,
which costs a fifth of what middleware would. Sanic's router caches what is resolved, which has one
known effect: a POST route that is added to a running app after such a post is not found.
"""

from __future__ import annotations

from functools import partial, wraps
from typing import Any, Final
from urllib.parse import quote, unquote

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import MethodNotAllowed
from sanic_routing.exceptions import BaseException as RoutingError
from sanic_routing.route import Route

from .._call.logs import log_like_the_app
from .._call.site import NAME, Site, site_of
from .._host import STOPPING, Resolution, Resolve, has_test_client, is_page, override_resolve, watch_route
from .._openapi.document import DOCUMENT_NAMES
from .._script import SCRIPT_NAMES
from .._state.instance import instance_name
from .._state.sqlite import SQLiteStore
from .._state.start import report_store
from .._state.store import StateStore
from .carried_results import COOKIE
from .page_query import ACTION, action_named
from .page_rendering import PageHandler, show_page
from .submit import submit

BEFORE_THE_APP: Final = -1_000_000
"""Priority of a listener that runs before the app's at the stop, which reverses the order."""


def install_site(app: Sanic[Any, Any], store: StateStore | None) -> Site:
    """Return the site of an app, made for its first blueprint; a store replaces the default one."""
    site: Site | None = getattr(app.ctx, "sanic_actions", None)
    if site is None:
        site = app.ctx.sanic_actions = Site(SQLiteStore.of_app(instance_name(app)))
        override_resolve(app, partial(_with_pages, app, site))
        app.register_listener(_report_store, "before_server_start")
        app.register_listener(_keep_no_connection, "before_server_stop", priority=BEFORE_THE_APP)
        app.register_listener(_end_streams, "before_server_stop")
        app.register_listener(_close_site, "after_server_stop")
    if store is not None:
        site.store = store
        site.has_default_store = False
    return site


def _with_pages(app: Sanic[Any, Any], site: Site, resolve: Resolve) -> Resolve:
    """Return a ``Router.resolve`` that also finds posts to pages, and wraps pages with results."""

    def resolve_pages(path: str, *, method: str | None = None, **more: Any) -> Resolution:
        try:
            route, handler, parameters = resolve(path, method=method, **more)
        except RoutingError:
            if method == "POST":
                page = _posted_page(site, resolve, path, **more)
            else:
                page = None
            if page is None:
                raise
            route, handler, parameters = page
            post = page_post(site, route, handler)
            route = site.page_routes.of_form_post(route)
            if app.asgi:
                watch_route(route)
            return route, post, parameters
        if route.name in site.own_routes:
            return _with_route_of_action(site, route, handler, parameters)
        page_handler = _page_handler_of(handler)
        if method == "GET" and is_page(route, page_handler):
            return route, page_get(site, page_handler), parameters
        return route, handler, parameters

    return resolve_pages


def _with_route_of_action(site: Site, route: Route, handler: Any, parameters: dict[str, Any]) -> Resolution:
    """Return the route of one action in place of the one for all.

    A name that is not known was made up by the caller, and is dropped.
    """
    if NAME not in parameters:
        return route, handler, parameters
    name = parameters[NAME]
    if name in site.calls[route.name]:
        return site.route_of(route, name), handler, parameters
    if "%" in name and (plain := _unescaped(name)) in site.calls[route.name]:
        return site.route_of(route, plain), handler, {**parameters, NAME: plain}
    if name in SCRIPT_NAMES or name in DOCUMENT_NAMES:
        return route, handler, parameters
    return route, handler, {**parameters, NAME: ""}


def _unescaped(name: str) -> str:
    """Return the name in a part of a path without escapes; unchanged if it escapes what needs no escape.

    So each name has one spelling, and a proxy that compares paths sees the name that is called.
    """
    plain = unquote(name)
    if quote(plain).lower() != name.lower():
        return name
    return plain


def _posted_page(site: Site, resolve: Resolve, path: str, **more: Any) -> Resolution | None:
    """Return the page at a path; None if there is none, or forms cannot be posted to it."""
    try:
        route, handler, parameters = resolve(path, method="GET", **more)
    except RoutingError:
        return None
    handler = _page_handler_of(handler)
    if route.name in site.own_routes or not is_page(route, handler):
        return None
    return route, handler, parameters


def _page_handler_of(handler: PageHandler) -> PageHandler:
    # Sanic resolves a path without its slash at the end a second time, with a handler from here.
    page: PageHandler = getattr(handler, "sanic_actions_page", handler)
    return page


async def _report_store(app: Sanic[Any, Any]) -> None:
    log_like_the_app()  # so that warnings at start look like all others
    site = site_of(app)
    if has_test_client(app):
        site.isolate_for_process()
    await report_store(site.store, is_default=site.has_default_store)


async def _keep_no_connection(app: Sanic[Any, Any]) -> None:
    site_of(app).keeps_connections = app.config.KEEP_ALIVE
    # From now on, each answer closes its connection: Sanic reads this when a request comes, an
    # answer of ours asks again when it goes.
    app.config.KEEP_ALIVE = False
    STOPPING.add(app)


async def _end_streams(app: Sanic[Any, Any]) -> None:
    await site_of(app).end_streams(app.config.GRACEFUL_SHUTDOWN_TIMEOUT)


async def _close_site(app: Sanic[Any, Any]) -> None:
    site = site_of(app)
    STOPPING.discard(app)
    if site.keeps_connections is not None:  # an app may be started again
        app.config.KEEP_ALIVE = site.keeps_connections
    await site.close()


def page_get(site: Site, handler: PageHandler) -> PageHandler:
    """Return a handler that shows a page, with the result of the form that led there."""

    @wraps(handler, assigned=_COPIED_ATTRIBUTES)
    def get(request: Request[Any, Any], /, **parameters: Any) -> Any:
        cookies = request.headers.get("cookie")
        if (cookies and COOKIE in cookies) or _ACTION_IN_QUERY in request.raw_url:
            return show_page(site, request, handler, parameters)
        return handler(request, **parameters)

    marked_get: Any = get
    marked_get.sanic_actions_page = handler  # so that _page_handler_of() finds it
    return get


def page_post(site: Site, route: Route, handler: PageHandler) -> PageHandler:
    """Return a handler that answers a post to a page, from the page's GET handler."""

    async def post(request: Request[Any, Any], /, **parameters: Any) -> HTTPResponse | None:
        name = action_named(request.query_string)
        if name is None:
            methods = tuple(route.methods)
            raise MethodNotAllowed(f"Method POST not allowed for URL {request.path}", "POST", methods)
        response: HTTPResponse | None = await submit(site, request, handler, parameters, name)
        return response

    marked_post: Any = post
    marked_post.is_stream = True  # what Sanic looks at before it reads the body itself
    marked_post.sanic_actions_page = handler  # so that _page_handler_of() finds it
    return post


_ACTION_IN_QUERY: Final = f"{ACTION}=".encode()
_COPIED_ATTRIBUTES: Final = ("__module__", "__name__", "__qualname__", "__doc__")

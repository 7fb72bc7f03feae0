"""``form_action``: the URL that a form is posted to, so that the page runs its action."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sanic import Request, Sanic
from sanic.exceptions import ServerError

from ..._actions import Action
from .._call.endpoint import Endpoint
from .._call.site import HOST, site_of
from .._lookup import place_of
from .page_mistakes import warn_of_form_elsewhere, warn_of_json
from .page_query import ACTION, without_ours
from .redirects import public_path

AnyRequest = Request[Any, Any]


def form_action(
    action: Action[..., object],
    path: str = "",
    *,
    base: bool = False,
    request: AnyRequest | None = None,
    app: Sanic[Any, Any] | None = None,
    name: str | None = None,
) -> str:
    """Return where to post a form so that the page runs the action: ``?_action=blog.comment``.

    The current page's own query is kept, since the URL of a form replaces it.

    Args:
        action: The action.
        path: Another page than the current one; it may have a query.
        base: Whether the page has a ``<base href>``, which a query alone would be resolved against:
            then the current page's own path is written, below the prefix that a proxy strips where
            ``root_path`` or a forwarded path tells it.
        request: The page's request; the current one when left out.
        app: The app that serves the action, where there is no request.
        name: Its dotted name, for an action that is mounted under several.

    Raises:
        LookupError: It is not mounted, or under several names of which none was given, or another
            blueprint of the app has another action of that name.
    """
    request = request or current_request()
    if app is None:
        app = _app_of(request)
    return url_for_posts(place_of(action, app, name).endpoint, path, request, app, base=base)


def url_for_posts(
    endpoint: Endpoint, path: str, request: AnyRequest | None, app: Sanic[Any, Any], *, base: bool
) -> str:
    site = site_of(app)
    site.check_reachable(endpoint, None if request is None else request.headers.get(HOST, ""))
    if not endpoint.accepts_forms:
        warn_of_json(endpoint.name, site)
    target, query = "", ""
    if path:
        target, _, query = path.partition("?")
    elif request is not None:
        query = request.query_string
        if base:
            target = public_path(request)
    if request is not None:
        warn_of_form_elsewhere(endpoint.name, site, request, target)
    own_query = without_ours(query) if query else []
    if not own_query:
        return f"{target}{_query_for(endpoint.name)}"
    return f"{target}?{urlencode([*own_query, (ACTION, endpoint.name)])}"


# Kept, since each form that a page shows asks for it, and an app has few names.
@lru_cache(maxsize=1024)
def _query_for(name: str) -> str:
    return f"?{urlencode([(ACTION, name)])}"


def _app_of(request: AnyRequest | None) -> Sanic[Any, Any]:
    """Return the app of a page or of the current request; without one Sanic raises an error."""
    if request is None:
        request = Request.get_current()
    return request.app


def current_request() -> AnyRequest | None:
    try:
        return Request.get_current()
    except ServerError:
        return None

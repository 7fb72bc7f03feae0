"""Find the path of an action, and the action of a request, in the trees of an app.

An action does not know its own name, since it may be mounted several times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from sanic import Request, Sanic

from .._actions import Action
from .._server_mistakes import lookup_error
from ._call.endpoint import Endpoint
from ._call.site import EndpointPlace, Site
from ._host import sent_query
from ._own_address import public_prefix
from ._pages.page_query import action_named
from ._route_copies import is_form_post


def call_url(
    action: Action[..., object],
    *,
    request: Request[Any, Any] | None = None,
    app: Sanic[Any, Any] | None = None,
    name: str | None = None,
) -> str:
    """Return the path at which an action is called, such as ``/_actions/blog.comment``.

    Of several blueprints that serve the action under one name, the one registered first gives the
    path. For a request it is the path that its browser asks for, below the prefix that a proxy
    strips where ``root_path`` or a forwarded path tells it.

    Args:
        action: The action.
        request: A request of the app that serves it; the current one when left out.
        app: The app itself, where there is no request.
        name: Its dotted name, for an action that is mounted under several.

    Raises:
        LookupError: It is not mounted, or under several names of which none was given; or below a
            path with a parameter that the request does not have.
    """
    if request is None and app is None:
        request = Request.get_current()
    place = place_of(action, app if request is None else request.app, name)
    start, parameters = "", dict[str, Any]()
    if request is not None:
        start, parameters = quote(public_prefix(request)), request.match_info
    path = f"{start}{_filled(place.prefix, parameters, action)}/{quote(place.endpoint.name)}"
    if path.startswith("//"):  # a parameter may be empty, and two slashes begin the name of a host
        return f"/{path.lstrip('/')}"
    return path


def _filled(prefix: str, parameters: Mapping[str, Any], action: Action[..., object]) -> str:
    """Return a prefix with the values of its parameters, in the form that a path has them."""
    if "<" not in prefix:
        return prefix
    missing = [name for name in _PARAMETER.findall(prefix) if name not in parameters]
    if missing:
        raise lookup_error(
            f"{action!r} is mounted below {prefix!r}, and nothing says what {missing[0]!r} is: "
            "there is no request for a path below it. Ask in a handler below it, or write the path."
        )
    path = _PARAMETER.sub(lambda match: quote(str(parameters[match[1]]), safe=_IN_PATHS), prefix)
    return _NO_ESCAPE.sub("%25", path)


_PARAMETER: Final = re.compile(r"<(\w+)(?::[^<>]*)?>")
_NO_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IN_PATHS: Final = "/%:@!$&'()*+,;="
"""What paths hold as it is (RFC 3986, 3.3), and the escapes that Sanic leaves in values."""


def action_name(request: Request[Any, Any]) -> str | None:
    """Return the dotted name of the action that a request calls, over HTTP or by a page's form.

    Middleware may ask, before anything of the call runs. It is None where the request calls no
    action that is known.

    Args:
        request: The request.
    """
    endpoint = called_endpoint(request)
    if endpoint is None:
        return None
    return endpoint.name


def called_endpoint(request: Request[Any, Any]) -> Endpoint | None:
    """Return the action that a request calls, over HTTP or by a page's form, where it is known."""
    site: Site | None = getattr(request.app.ctx, "sanic_actions", None)
    route = request.route
    if site is None or route is None:
        return None
    if not is_form_post(route):
        return site.endpoint_of(request)
    # A page that shows a form again sees its own query, without the name.
    target = site.target(action_named(sent_query(request)) or "", request.headers.get("host"))
    if target is None:
        return None
    return target.endpoint


def place_of(action: Action[..., object], app: Sanic[Any, Any] | None, name: str | None) -> EndpointPlace:
    """Return where an action is called; see ``call_url``."""
    places = places_of(action, Request.get_current().app if app is None else app)
    names = [place.endpoint.name for place in places]
    if name is None and names.count(names[0]) == len(names):
        return places[0]
    if name in names:
        return places[names.index(name)]
    choices = ", ".join(map(repr, dict.fromkeys(names)))
    if name is None:
        raise lookup_error(f"{action!r} is mounted as {choices}. Say which is meant: name={names[0]!r}.")
    raise lookup_error(f"{action!r} is not mounted as {name!r}, but as {choices}.")


def places_of(action: Action[..., object], app: Sanic[Any, Any]) -> list[EndpointPlace]:
    """Return all places of an action in the trees of an app, at least one.

    Raises:
        LookupError: It is not mounted.
    """
    if not hasattr(action, "__sanic_actions_action__"):
        value: object = action
        name = repr(value)[:60]
        remedy = "Pass the action itself, not its name or its function."
        if isinstance(value, Request):
            remedy = "The action stands first, and the request by name: request=request."
        raise lookup_error(f"{name} is not an action. {remedy}")
    site: Site | None = getattr(app.ctx, "sanic_actions", None)
    if site is None:
        places = []
    else:
        places = site.places.get(id(action.origin), [])
    if not places:
        raise lookup_error(
            f"{action!r} is not mounted on app {app.name!r}. Put it into the tree given to "
            "ActionsBlueprint(...), and register that with app.blueprint(...)."
        )
    return places

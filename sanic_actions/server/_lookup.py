"""Finds where an action stands: an action does not know its name, the trees of the app do."""

from __future__ import annotations

from typing import Any

from sanic import Request, Sanic

from .._actions import Action
from ._blueprint import Mount, blueprints_of
from ._call.endpoint import Endpoint


def call_url(
    action: Action[..., object],
    *,
    request: Request[Any, Any] | None = None,
    app: Sanic[Any, Any] | None = None,
    name: str | None = None,
) -> str:
    """Return the path at which an action is called, such as ``/_actions/blog.comment``.

    Of several blueprints that serve the action under one name, the one registered first gives the path.

    Args:
        action: The action.
        request: A request of the app that serves it; the current one when left out.
        app: The app itself, where there is no request.
        name: Its dotted name, for an action that is mounted under several.

    Raises:
        LookupError: It is not mounted, or under several names of which none was given.
    """
    mount, served = _place_of(action, app if request is None else request.app, name)
    return f"{mount.prefix}/{served.name}"


def name_of(action: Action[..., object], *, app: Sanic[Any, Any] | None = None, name: str | None = None) -> str:
    """The dotted name under which an action is called; see ``call_url``."""
    return _place_of(action, app, name)[1].name


def _place_of(action: Action[..., object], app: Sanic[Any, Any] | None, name: str | None) -> tuple[Mount, Endpoint]:
    places = mounts_of(action, Request.get_current().app if app is None else app)
    names = dict.fromkeys(served.name for _, served in places)
    if name is None and len(names) > 1:
        found = ", ".join(map(repr, names))
        raise LookupError(f"{action!r} is mounted as {found}. Say which is meant: name={next(iter(names))!r}.")
    for mount, served in places:
        if name in (None, served.name):
            return mount, served
    raise LookupError(f"{action!r} is not mounted as {name!r}, but as {', '.join(map(repr, names))}.")


def mounts_of(action: Action[..., object], app: Sanic[Any, Any]) -> list[tuple[Mount, Endpoint]]:
    """Everywhere that an action stands in the trees of an app, at least once.

    Raises:
        LookupError: It stands nowhere.
    """
    found = [
        (mount, served)
        for blueprint in blueprints_of(app)
        if (known := blueprint.served(action))
        for mount in blueprint.mounts_on(app)
        for served in known
    ]
    if not found:
        raise LookupError(
            f"{action!r} is not mounted on app {app.name!r}. Put it into the tree given to ActionsBlueprint(...), and "
            f"register that with app.blueprint(...)."
        )
    return found

"""What an app is checked for when it starts, since only then all of it is configured."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from sanic import Sanic

from .._actions import Action
from .._callables import describe
from .._credential import label_of
from .._definition_error import DefinitionError
from .._entry import Entry
from .._limits import DEFAULTS
from .._optional_guards import Openings
from ._call.endpoint import Endpoint
from ._run_guards import unsupplied

logger: Final = logging.getLogger("sanic_actions")

StartListener = Callable[[Sanic[Any, Any]], Awaitable[None]]


def check_body_limits(app: Sanic[Any, Any], endpoints: Mapping[str, Endpoint]) -> None:
    """Check that Sanic accepts bodies as large as the actions do.

    Raises:
        ValueError: It does not.
    """
    most = app.config.REQUEST_MAX_SIZE
    for name, endpoint in endpoints.items():
        # The default limit is not a mistake: an app may lower Sanic's on purpose, for all routes.
        if endpoint.max_body > max(most, DEFAULTS.body or 0):
            raise ValueError(
                f"Action {name!r} takes bodies of {endpoint.max_body} bytes, and app {app.name!r} "
                f"none above {most}: set app.config.REQUEST_MAX_SIZE = {endpoint.max_body}, or "
                "lower Limits(body=...) of the action."
            )


def check_routes(app: Sanic[Any, Any], endpoints: Mapping[str, Endpoint]) -> None:
    """Check that no route of the app itself calls an action, which Sanic would pass a request.

    Raises:
        TypeError: One does.
    """
    handlers = {id(endpoint.entry.action.handler): name for name, endpoint in endpoints.items()}
    for route in app.router.routes:
        handler = route.handler
        # By identity, since a handler may be an object without a hash.
        name = handlers.get(id(handler.handler if isinstance(handler, Action) else handler))
        if name is not None:
            raise TypeError(
                f"The route {route.path!r} of app {app.name!r} calls the action {name!r}, and "
                "would give it a request. Remove @app.post(...) or the like: an action is called "
                "where its blueprint stands."
            )


def injection_check(injecting: list[Entry]) -> StartListener:
    """Return a listener that refuses the start if nothing supplies what actions want injected."""

    async def check_injected(app: Sanic[Any, Any]) -> None:
        if problems := list(unsupplied(injecting, app)):
            raise DefinitionError(problems)

    return check_injected


def kept_guards_note(kept: list[Entry]) -> StartListener:
    """Return a listener that logs which actions say that they are public but are guarded."""

    async def note_kept_guards(app: Sanic[Any, Any]) -> None:
        for entry in kept:
            logger.warning(_KEPT_GUARDS, entry.name, ", ".join(map(label_of, entry.kept_guards)))

    return note_kept_guards


_KEPT_GUARDS: Final = (
    "Action %r says public=True and is guarded all the same, by %s around it: public=True leaves "
    "out a default_guard and no other guard. Take it out of what is guarded, or guard the rest "
    "with ActionsBlueprint(default_guard=...)."
)


def openings_note(openings: Openings) -> StartListener:
    """Return a listener that logs which actions a guard leaves open by returning None."""

    async def note_openings(app: Sanic[Any, Any]) -> None:
        for guard, names in openings:
            label = describe(guard, article="the")
            logger.warning(_OPENING, label, ", ".join(map(repr, names[:MOST_NAMED])), len(names))

    return note_openings


MOST_NAMED: Final = 5
"""How many actions a note of the start names."""

_OPENING: Final = (
    "%s may return None, which refuses nobody, and is the only guard of actions that do not take "
    "its value: %s (%d in all). Raise ActionError('UNAUTHORIZED') in it where nobody is signed in. "
    "Where everybody may call, mark the action public=True."
)

"""What the blueprints of one app share: the store, the runs that outlive requests, and where actions are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sanic import Sanic
from sanic_routing.route import Route

from ..._actions import Action
from .._state.store import StateStore
from .endpoint import Endpoint
from .idempotency import Runs


@dataclass(frozen=True, slots=True)
class Target:
    """An action that pages may post to.

    Attributes:
        endpoint: The action.
        route: The route at which its blueprint serves calls.
    """

    endpoint: Endpoint
    route: Route

    def serves(self, host: str | None) -> bool:
        """Return whether its blueprint serves a host; one without ``host=`` serves all."""
        hosts = self.route.requirements.get("host")
        return hosts is None or hosts == host


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action is called.

    Attributes:
        prefix: What stands before ``/<name>`` in the path.
        endpoint: The action.
    """

    prefix: str
    endpoint: Endpoint


@dataclass(slots=True)
class Site:
    """The one object that an app holds for us.

    Attributes:
        store: Where results wait, and repeated posts and calls meet.
        runs: What goes on when its caller hangs up.
        calls: The actions of each route that serves calls, by name of route.
        own: Names of all routes of ours, which are no pages.
        places: Where each action is called, in the order of registration.
    """

    store: StateStore
    runs: Runs = field(default_factory=Runs)
    calls: dict[str, Mapping[str, Endpoint]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    places: dict[Action[..., object], list[Place]] = field(default_factory=dict)
    _targets: dict[str, list[Target]] = field(default_factory=dict)

    def add_places(self, endpoints: Mapping[str, Endpoint], prefix: str) -> None:
        """Let lookups find actions below a prefix."""
        for endpoint in endpoints.values():
            self.places.setdefault(endpoint.entry.action, []).append(Place(prefix, endpoint))

    def add_forms(self, endpoints: Mapping[str, Endpoint], route: Route) -> None:
        """Let pages post to actions; of several of one name on one host, the first one is reached."""
        for name, endpoint in endpoints.items():
            self._targets.setdefault(name, []).append(Target(endpoint, route))

    def target(self, name: str, host: str | None) -> Target | None:
        """Return the action that a post to a page of a host runs."""
        for target in self._targets.get(name, ()):
            if target.serves(host):
                return target
        return None

    def targets(self, name: str) -> list[Target]:
        """Return the actions of a name that pages may post to, on whatever host."""
        return self._targets.get(name, [])

    async def close(self) -> None:
        """Finish what runs, and let go of the store."""
        await self.runs.drain()
        await self.store.close()


def site_of(app: Sanic[Any, Any]) -> Site:
    """Return the object of an app that has a blueprint of ours."""
    site: Site = app.ctx.sanic_actions
    return site

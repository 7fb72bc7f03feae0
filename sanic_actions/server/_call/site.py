"""What the blueprints of one app share: the store, runs beyond requests, places of actions."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final

from multidict import istr
from sanic import Request, Sanic
from sanic_routing.route import Route

from ..._server_mistakes import lookup_error
from .._host import is_server_stopping
from .._route_copies import RouteCopies, named_route
from .._state.sqlite import SQLiteStore
from .._state.store import StateStore
from .endpoint import Endpoint
from .idempotency import GRACE, Runs
from .log_once import LogOnce

HOST: Final = istr("host")
"""A header name as ``istr``, as the header mapping stores it; others would be converted."""

NAME: Final = "name"
"""The parameter of a path that says which action is called."""


WATCH_INTERVAL: Final = 0.5
"""Seconds between two checks whether the server is stopping, while streams are open."""

Stops = dict[asyncio.Task[Any], Callable[[], None]]

MAX_REFUSALS: Final = 50
"""How many refusals of foreign origins and names are logged in an hour, as callers choose."""


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
class EndpointPlace:
    """Where an action is called.

    Attributes:
        prefix: What stands before ``/<name>`` in the path.
        endpoint: The action.
    """

    prefix: str
    endpoint: Endpoint


@dataclass(slots=True)
class Site:
    """The state of one app, which all of its blueprints share (``app.ctx.sanic_actions``).

    Attributes:
        store: Where results wait, and repeated posts and calls meet.
        runs: What goes on when its caller hangs up.
        calls: The actions of each route that serves calls, by name of route.
        own_routes: Names of our own routes, which are not pages.
        places: Where each action is called, in the order of registration, by the identity of its
            origin: a page looks up several, and the hash of an action is a call of Python.
        routes_by_action: Copies of routes for actions that were called, by the names of route and
            action. At most one for each action: unknown names have none.
        copied_from: The name of the route that such a copy was made of, by the copy's own name.
        page_routes: Copies of the routes of pages that are posted to.
        streams: What ends each stream that is under way, by its task.
        files: The same of downloads.
        logged_origins: The refusals of foreign origins that were logged.
        logged_mistakes: The mistakes of pages that were logged: forms for actions that take none,
            or are not there.
        checked_forms: The forms of pages that were checked for whether their posts arrive.
        has_default_store: Whether no blueprint of the app has configured a store.
        keeps_connections: ``KEEP_ALIVE`` of the app, kept while it stops.
    """

    store: StateStore
    runs: Runs = field(default_factory=Runs)
    calls: dict[str, Mapping[str, Endpoint]] = field(default_factory=dict)
    own_routes: set[str] = field(default_factory=set)
    places: dict[int, list[EndpointPlace]] = field(default_factory=dict)
    routes_by_action: dict[tuple[str, str], Route] = field(default_factory=dict)
    copied_from: dict[str, str] = field(default_factory=dict)
    page_routes: RouteCopies = field(default_factory=RouteCopies)
    streams: Stops = field(default_factory=dict)
    files: Stops = field(default_factory=dict)
    logged_origins: LogOnce = field(default_factory=partial(LogOnce, MAX_REFUSALS))
    logged_mistakes: LogOnce = field(default_factory=partial(LogOnce, MAX_REFUSALS))
    checked_forms: LogOnce = field(default_factory=partial(LogOnce, MAX_REFUSALS))
    has_default_store: bool = True
    keeps_connections: bool | None = None
    _server_watch: asyncio.Task[None] | None = None
    _shared_store: StateStore | None = None
    _folder: str = ""
    _is_apart: bool = False
    _targets: dict[str, list[Target]] = field(default_factory=dict)

    def add_places(self, endpoints: Mapping[str, Endpoint], prefix: str) -> None:
        """Let lookups find actions below a prefix."""
        for endpoint in endpoints.values():
            self.places.setdefault(id(endpoint.entry.action.origin), []).append(EndpointPlace(prefix, endpoint))

    def add_forms(self, endpoints: Mapping[str, Endpoint], route: Route) -> None:
        """Let pages post to actions; of several of one name and host, the first is reached."""
        for name, endpoint in endpoints.items():
            self._targets.setdefault(name, []).append(Target(endpoint, route))

    def route_of(self, route: Route, name: str) -> Route:
        """Return the copy of a route that says which action is called, for labels by route."""
        copy = self.routes_by_action.get((route.name, name))
        if copy is None:
            copy = self.routes_by_action[route.name, name] = named_route(route, NAME, name)
            self.copied_from.setdefault(copy.name, route.name)
            self.calls.setdefault(copy.name, self.calls[route.name])
            self.own_routes.add(copy.name)
        return copy

    def endpoint_of(self, request: Request[Any, Any]) -> Endpoint | None:
        """Return the action that a request to a route of ours calls; None for any other."""
        route = request.route
        if route is None or request.method != "POST":
            return None
        return self.calls.get(route.name, {}).get(request.match_info.get(NAME, ""))

    def target(self, name: str, host: str | None) -> Target | None:
        """Return the action that a post to a page of a host runs."""
        for target in self._targets.get(name, ()):
            if target.serves(host):
                return target
        return None

    def check_reachable(self, endpoint: Endpoint, host: str | None) -> None:
        """Refuse a form whose posts would not arrive at its action.

        Args:
            endpoint: The action.
            host: The host of the page; None where there is no page.

        Raises:
            LookupError: Its posts lead nowhere, or to another action.
        """
        name, action = endpoint.name, endpoint.entry.action
        if host is None:
            target = next(iter(self.targets(name)), None)
        else:
            target = self.target(name, host)
        if target is None:
            raise lookup_error(
                f"Forms cannot be posted to {action!r}: its blueprint has forms=False, or does not serve this page's "
                "host."
            )
        if target.endpoint is not endpoint and target.endpoint.entry.action != action:
            raise lookup_error(
                f"Forms cannot be posted to {action!r}: an earlier blueprint has another action called {name!r}. "
                "Rename one of them."
            )

    @property
    def form_names(self) -> tuple[str, ...]:
        """The names that pages may post to."""
        return tuple(self._targets)

    def targets(self, name: str) -> list[Target]:
        """Return the actions of a name that pages may post to, on whatever host."""
        return self._targets.get(name, [])

    def isolate(self) -> None:
        """Put a store of its own, in a folder that goes with it, in place of the default one.

        So that tests share no counts, claims or results with each other or with the app on the same
        machine.
        """
        if self.has_default_store and self._shared_store is None:
            self._folder = mkdtemp(prefix="sanic-actions-")
            self._shared_store = self.store
            self.store = SQLiteStore(Path(self._folder, "state.sqlite3"))

    async def rejoin(self) -> None:
        """Undo ``isolate``: close the store and remove its folder, also if no app started."""
        if self._shared_store is not None:
            store, self.store = self.store, self._shared_store
            self._shared_store = None
            try:
                await store.close()
            finally:
                rmtree(self._folder, ignore_errors=True)

    def isolate_for_process(self) -> None:
        """Put a store of this process in place of the default one, for Sanic's test clients.

        They start the app for each request, so that requests share it; it goes with the process.
        """
        if self.has_default_store and self._shared_store is None and not self._is_apart:
            self._is_apart = True
            folder = mkdtemp(prefix="sanic-actions-")
            atexit.register(rmtree, folder, ignore_errors=True)
            self.store = SQLiteStore(Path(folder, "state.sqlite3"))

    def watch_server(self) -> None:
        """End all streams once the server waits for them to stop."""
        if self._server_watch is None or self._server_watch.done():
            self._server_watch = asyncio.create_task(self._watch_server())

    async def _watch_server(self) -> None:
        while self.streams:
            await asyncio.sleep(WATCH_INTERVAL)
            if is_server_stopping():
                for stop in tuple(self.streams.values()):
                    stop()

    async def end_streams(self, seconds: float) -> None:
        """Cancel all streams and wait, so that generators are closed while a loop runs."""
        await _end(self.streams, seconds)

    async def close(self) -> None:
        """Finish what runs, and close the store."""
        # Sanic has waited for the callers of downloads, and has hung up on those who still read.
        await _end(self.files, GRACE)
        await self.runs.drain()
        await self.store.close()


async def _end(stops: Stops, seconds: float) -> None:
    """Cancel tasks and wait for their end."""
    running = dict(stops)
    for stop in running.values():
        stop()
    if running:
        await asyncio.wait(running, timeout=seconds)


def page_parameters(request: Request[Any, Any]) -> dict[str, Any]:
    """Return the parameters of a request's path without ours: the name of an action.

    sanic-ext puts what it supplies to the handler of the path among them, which is not a part of
    it.
    """
    route = request.route
    if route is None:
        return dict(request.match_info)
    names = {parameter.name for parameter in route.params.values()}
    if route.name in site_of(request.app).own_routes:
        names.discard(NAME)
    return {name: value for name, value in request.match_info.items() if name in names}


def site_of(app: Sanic[Any, Any]) -> Site:
    """Return the object of an app that has a blueprint of ours."""
    site: Site = app.ctx.sanic_actions
    return site

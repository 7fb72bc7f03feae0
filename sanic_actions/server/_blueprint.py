"""The blueprint, which adds a tree of actions to an app as routes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from sanic import Blueprint, Sanic
from sanic.constants import HTTP_METHODS
from sanic_routing.exceptions import RouteExists
from sanic_routing.route import Route

from .._actions import Action
from .._credential import Credential
from .._entry import Entry
from .._error_maps import ErrorMap
from .._interceptors import Interceptor, interceptor_tuple
from .._known_options import known_options
from .._limits import DEFAULTS, Limits, limits_of
from .._namespace import entries
from .._observers import Observer, as_one, observers_of
from .._optional_guards import openings
from .._options import UNSET, G, Guard, GuardOf, H, SharedOptions, guard_tuple
from ..contract import Lock
from ._call.contract_check import ContractCheck, lock_from
from ._call.endpoint import Endpoint
from ._call.hooks import Hooks, Messages, OnError
from ._call.logs import log_like_the_app
from ._call.origin import origin_set
from ._call.settings import OnceScope, RateKey, Settings, caller_of, scope_with
from ._developer_page.handler import REST, with_developer_page
from ._host import keep_original_methods, routes_left_out, watch_route
from ._http import Handler, http_handler
from ._openapi.in_sanic_ext import show_in_sanic_ext
from ._outside import answer_errors
from ._pages.router import install_site
from ._regeneration import regenerate_in_dev_mode
from ._setting_checks import check_kinds, plain_function, seconds_of, state_store, tracker, tree_advice
from ._start_checks import check_body_limits, check_routes, injection_check, kept_guards_note, openings_note
from ._state.store import StateStore
from ._upload_folder import UploadFolder

_SAME_PATH: Final = (
    "The app has this path already, from another ActionsBlueprint or from a route of its own. Serve all actions as one "
    "Namespace, or give this blueprint another path: prefix='/admin/_actions'. Two hosts have two trees at one path "
    "only where both name theirs: host='admin.example'."
)

LAST: Final = -1_000_000
"""Priority of a start-up check that must see what the app's own listeners have registered."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mount:
    """A tree of actions in its place in an app."""

    prefix: str
    """What stands before ``/<name>`` in the path, as clients must call it."""
    entries: Mapping[str, Entry]
    """The actions by dotted name."""
    limits: Limits = DEFAULTS
    """What a call may cost, where its action says nothing else."""


class ActionsBlueprint(Blueprint):
    """Serves a tree of actions under ``POST {prefix}/{dotted.name}``.

    Pages of the same app post their forms to those actions that accept forms; see ``forms``. The
    middleware of this blueprint runs for such posts too, after that of the page. Middleware asks
    ``action_name(request)`` which action it is, before anything of the call runs.

    Args:
        server: A ``Namespace`` or a nested mapping of actions.
        prefix: The path of the actions; ``url_prefix``, versions and groups come before it.
        name: The blueprint's name, which must be unique in an app; by default made from the prefix.
            Of two that differ in their version, host or ``url_prefix``, one needs a name:
            ``name="actions_v2"``.
        guard: Runs before all other guards of each action, including public ones.
        default_guard: Runs before all other guards of each action that is not ``public=True``.
        interceptors: Coroutine functions of the context and ``proceed`` that surround the handler
            of each action and the check of its output, outermost first.
        errors: The errors that callers get for exceptions, by class, unless the action has its own.
        observers: Notified when calls start and end, over HTTP, from pages and by ``call_action``.
        max_body_size: The largest body in bytes, short for ``limits=Limits(body=...)``; by default
            1 MiB.
        limits: What a call may cost, unless the action has its own limits.
        trusted_origins: Other origins that may call, such as ``https://example.com`` behind a TLS
            proxy, or ``https://*.example.com`` for all hosts below it. Scripts of their pages need
            CORS headers too, such as those of sanic-ext.
        redirect_origins: Other origins that a form's ``Redirect`` may lead to.
        state: Where results of forms are kept until a page shows them; by default an SQLite file of
            the app.
        uploads: Where valid files of a form that failed are kept until it is sent again: an
            ``UploadFolder``, or its path. Without it, visitors have to choose the files again.
        read_timeout: Seconds that a body may take to arrive; large ones get a second more for every
            16 KiB.
        forms: Whether pages of the app, on the hosts of this blueprint, may post to actions that
            accept forms.
        once_scope: Returns who sends a request, since idempotency keys and form tokens belong to
            one caller. By default callers differ by their Authorization header and by the cookies
            and keys that ``SessionCookie`` and ``ApiKey`` read. Give a function if these can change
            between two attempts.
        rate_key: Returns whose calls ``Limits(rate=...)`` counts a request among. By default, and
            if it returns None, this is its address, ``request.client_ip``. With ``before_guards``
            it runs before the guards.
        openapi: Whether ``GET {prefix}/openapi.json`` describes the actions to anyone, as OpenAPI
            3.1.
        contract: Whether ``GET {prefix}/contract.json`` shows the contract of the actions to
            anyone, for ``sanic-actions diff`` and ``check``.
        lock: The lock of the actions, or its path. Clients with an older contract that it still
            serves are not warned.
        messages: Returns the message of an issue in other words, for example in another language;
            likewise the sentences of forms, and the messages of errors that forms show.
        on_error: Called with each masked exception, the name of the action and the id that the
            caller got, for an error tracker; may be async. The answer neither waits for it nor
            depends on it.
        url_prefix: As for any blueprint.
        host: As for any blueprint.
        version: As for any blueprint.
        version_prefix: As for any blueprint.
        strict_slashes: Whether a slash at the end is an error.

    Raises:
        DefinitionError: With every problem in the definition of the actions.
        TypeError: A setting is of another kind, or there is none of that name.
        ValueError: A setting makes no sense.
    """

    __slots__ = ("_tree",)

    @known_options("ActionsBlueprint", sentence=tree_advice)
    def __init__(
        self,
        server: Mapping[str, object],
        *,
        prefix: str = "/_actions",
        name: str | None = None,
        guard: GuardOf[G] = UNSET,
        default_guard: GuardOf[H] = UNSET,
        interceptors: Iterable[Interceptor] = (),
        errors: ErrorMap | None = None,
        observers: Iterable[Observer] = (),
        max_body_size: int | None = None,
        limits: Limits | None = None,
        trusted_origins: Iterable[str] = (),
        redirect_origins: Iterable[str] = (),
        state: StateStore | None = None,
        uploads: UploadFolder | os.PathLike[str] | str | None = None,
        read_timeout: float = 30.0,
        forms: bool = True,
        once_scope: OnceScope = caller_of,
        rate_key: RateKey | None = None,
        openapi: bool = False,
        contract: bool = False,
        lock: Lock | Path | str | None = None,
        messages: Messages | None = None,
        on_error: OnError | None = None,
        url_prefix: str | None = None,
        host: list[str] | str | None = None,
        version: int | str | float | None = None,
        version_prefix: str = "/v",
        strict_slashes: bool | None = None,
    ) -> None:
        check_kinds(locals())
        options = SharedOptions(
            guards=guard_tuple(guard),
            interceptors=interceptor_tuple(interceptors),
            errors=() if errors is None else (errors,),
        )
        tree, prefix = entries(server, default_guard, options), _checked_prefix(prefix)
        super().__init__(
            name or _name_for(prefix),
            url_prefix=url_prefix,
            host=host,
            version=version,
            version_prefix=version_prefix,
            strict_slashes=strict_slashes,
        )
        settings = Settings(
            trusted=origin_set("trusted_origins", trusted_origins),
            redirects=origin_set("redirect_origins", redirect_origins),
            seconds=seconds_of("read_timeout", read_timeout),
            openapi=openapi,
            forms=forms,
            limits=limits_of(limits).with_body(max_body_size).within(DEFAULTS),
            hooks=Hooks(plain_function("messages", messages, "issue"), tracker(on_error)),
            observer=as_one(observers_of(observers)),
            once_scope=_once_scope(once_scope, tree),
            rate_key=plain_function("rate_key", rate_key, "request"),
            uploads=_upload_folder(uploads),
        )
        self._tree = _Tree(tree, settings, state_store(state))
        self._serve(prefix, lock_from(lock), contract=contract)
        self._check_at_start(tree, default_guard)

    def _serve(self, prefix: str, lock: Lock | None, *, contract: bool) -> None:
        """Add the routes of the actions, of their documents and of the developer page."""
        endpoints, settings = self._tree.endpoints, self._tree.settings
        check = ContractCheck(self._tree.entries, lock)
        documents = {"openapi": settings.openapi, "contract": contract}
        handler = http_handler(endpoints, check, **documents, observer=settings.observer)
        self._add_routes(prefix, handler, with_developer_page(handler, endpoints, check))

    def _check_at_start(self, tree: Mapping[str, Entry], default_guard: Guard) -> None:
        """Have the start of an app check what is injected, and log whom guards let in."""
        if default_guard is UNSET:
            self._note_kept_guards(tree)
        if open_actions := openings(tree.values()):
            self.listener("before_server_start", priority=LAST)(openings_note(open_actions))
        if injecting := [entry for entry in tree.values() if entry.definition.injected]:
            self.listener("before_server_start", priority=LAST)(injection_check(injecting))

    def _note_kept_guards(self, tree: Mapping[str, Entry]) -> None:
        """Have the start of an app log which actions are called public and guarded all the same."""
        if kept := [entry for entry in tree.values() if entry.kept_guards]:
            self.listener("before_server_start", priority=LAST)(kept_guards_note(kept))

    def _add_routes(self, prefix: str, calls: Handler, extras: Handler) -> None:
        # The last two take all other paths below the prefix and the prefix itself: clients must
        # never get Sanic's error pages there.
        for uri, route_name, handler in (
            ("/<name>", _CALL, calls),
            ("/<name>/", _SLASH, calls),
            (f"/<{REST}:path>", "below", extras),
            ("", "prefix", extras),
        ):
            self.add_route(
                handler,
                prefix + uri,
                methods=HTTP_METHODS,
                name=route_name,
                strict_slashes=True if route_name == _SLASH else None,
                # Or Sanic would read each body before the handler, up to its own limit and without ours.
                stream=True,
                error_format="json",  # of what Sanic answers itself, such as an exception of a middleware
            )

    def register(self, app: Sanic[Any, Any], options: dict[str, Any]) -> None:
        """Register on an app; Sanic calls this."""
        strict = options.get("strict_slashes")
        if strict is None:
            is_strict = self.strict_slashes
        else:
            is_strict = strict
        with routes_left_out(self, f".{_SLASH}" if is_strict else None):
            try:
                super().register(app, options)  # type: ignore[no-untyped-call]  # Sanic has no type for it
            except RouteExists as error:
                raise RouteExists(f"{error}. {_SAME_PATH}") from None
        site = install_site(app, self._tree.state)
        routes = [route for route in self.call_routes_on(app) if route.name not in site.calls]
        for prefix in dict.fromkeys(_prefix_of(route) for route in routes):
            site.add_places(self._tree.endpoints, prefix)
        for route in routes if self._tree.settings.forms else ():
            site.add_forms(self._tree.endpoints, route)
        for route in self._routes_on(app):
            site.own_routes.add(route.name)
            site.calls[route.name] = self._tree.endpoints
        app.register_listener(self._start, "before_server_start")
        keep_original_methods()
        regenerate_in_dev_mode(app)

    async def _start(self, app: Sanic[Any, Any]) -> None:
        check_body_limits(app, self._tree.endpoints)
        check_routes(app, self._tree.endpoints)
        if self._tree.settings.uploads is not None:
            await self._tree.settings.uploads.start()
        log_like_the_app()
        answer_errors(app)
        if app.asgi:
            for route in self._routes_on(app):
                watch_route(route)
            for endpoint in self._tree.endpoints.values():
                endpoint.is_unlimited = False  # only Sanic's own server cuts by itself what takes too long
        prefixes = [mount.prefix for mount in self.mounts_on(app)]
        show_in_sanic_ext(app, self, self._tree.entries, prefixes, self._tree.settings.limits)

    def _routes_on(self, app: Sanic[Any, Any]) -> list[Route]:
        return [route for route in self.routes if route.router is app.router]

    def call_routes_on(self, app: Sanic[Any, Any]) -> list[Route]:
        """Return the routes at which the actions are called, one for each host."""
        return [route for route in self._routes_on(app) if _is_call(route)]

    def mounts_on(self, app: Sanic[Any, Any]) -> tuple[Mount, ...]:
        """Return where the actions stand in an app, in the order of registration."""
        prefixes = dict.fromkeys(_prefix_of(route) for route in self.call_routes_on(app))
        limits = self._tree.settings.limits
        return tuple(Mount(prefix=prefix, entries=self._tree.entries, limits=limits) for prefix in prefixes)

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The actions by dotted name."""
        return self._tree.entries

    def served(self, action: Action[..., object]) -> Sequence[Endpoint]:
        """Return what this blueprint serves of an action, once for each of its names."""
        return self._tree.by_action.get(action, ())


_CALL: Final = "call"
_SLASH: Final = "slash"
"""The route of a name with a slash at its end, which strict mode takes for another path."""


class _Tree:
    """Keeps the actions out of the deep copy that ``Blueprint.copy()`` makes."""

    def __init__(self, tree: dict[str, Entry], settings: Settings, state: StateStore | None) -> None:
        self.entries = MappingProxyType(tree)
        self.endpoints = {name: Endpoint(entry, settings) for name, entry in tree.items()}
        self.settings = settings
        self.state = state
        self.by_action: dict[Action[..., object], list[Endpoint]] = {}
        for endpoint in self.endpoints.values():
            self.by_action.setdefault(endpoint.entry.action, []).append(endpoint)

    def __deepcopy__(self, memo: object) -> _Tree:
        return self


def credentials_of(entries: Mapping[str, Entry]) -> list[Credential]:
    """Return the guards of a tree that read a credential, each once."""
    guards = (guard for entry in entries.values() for guard in entry.guards)
    credentials = (part for guard in guards if isinstance(guard, Credential) for part in guard.parts())
    return list({id(credential): credential for credential in credentials}.values())


def mounts(app: Sanic[Any, Any]) -> tuple[Mount, ...]:
    """Return every tree of actions that is registered on an app, whether or not it is running."""
    return tuple(mount for blueprint in blueprints_of(app) for mount in blueprint.mounts_on(app))


def call_routes(app: Sanic[Any, Any]) -> Iterator[tuple[Route, Mapping[str, Entry]]]:
    """Yield the routes at which actions are called, one for each host, with their actions."""
    for blueprint in blueprints_of(app):
        for route in blueprint.call_routes_on(app):
            yield route, blueprint.entries


def blueprints_of(app: Sanic[Any, Any]) -> list[ActionsBlueprint]:
    """Return the blueprints of ours that are registered on an app, in that order."""
    return [blueprint for blueprint in app.blueprints.values() if isinstance(blueprint, ActionsBlueprint)]


def _once_scope(once_scope: OnceScope, tree: Mapping[str, Entry]) -> OnceScope:
    if once_scope is caller_of:
        return scope_with(credentials_of(tree))
    return plain_function("once_scope", once_scope, "request")


def _upload_folder(uploads: UploadFolder | os.PathLike[str] | str | None) -> UploadFolder | None:
    if uploads is None or isinstance(uploads, UploadFolder):
        return uploads
    return UploadFolder(uploads)


def _prefix_of(route: Route) -> str:
    return f"/{route.path.rpartition('/')[0]}"


def _is_call(route: Route) -> bool:
    # Sanic puts the host behind the name where a blueprint has several.
    name = route.name.rpartition(".")[2]
    return name == _CALL or name.startswith(f"{_CALL}_")


def _checked_prefix(prefix: str) -> str:
    path = prefix.rstrip("/")
    if not re.fullmatch(r"(/[^/<>?#\s]+)+", path):
        raise ValueError(
            f"prefix={prefix!r} is not a path; write it like '/_actions': it must begin with '/' and name one."
        )
    return path


def _name_for(prefix: str) -> str:
    if prefix == "/_actions":
        return "actions"
    return f"actions{re.sub('[^0-9A-Za-z]', '_', prefix)}"

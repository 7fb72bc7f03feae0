"""Choose the clients that a command is about: by its arguments, from those that pyproject.toml configures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from ..contract._lock_file import LOCK_NAME
from .client_options import FILE, ClientOptions, configured_clients
from .usage_error import UsageError


def chosen_clients(target: str | None, options: Mapping[str, Any], folder: Path) -> list[ClientOptions]:
    """Return the clients that a command is about.

    Args:
        target: ``MODULE:APP`` of the command line; None for the configured app.
        options: The options of the command line, which override configured ones.
        folder: The folder of pyproject.toml.

    Raises:
        UsageError: No app is named, or one of several clients would have to be chosen.
    """
    clients = configured_clients(folder)
    if target is not None:
        clients = _clients_for(target, clients) or [ClientOptions(app=target)]
    elif not any(client.app for client in clients):
        _refuse_subfolder(folder)
        raise UsageError(
            "MODULE:APP is missing. Name the app, such as blog.app:app, or write it into pyproject.toml once:\n\n"
            '[tool.sanic-actions]\napp = "blog.app:app"\n'
        )
    if len(clients) > 1 and "package" in options:
        matching = [client for client in clients if client.package == options["package"]]
        clients = matching or [_unconfigured(clients, options)]
    if len(clients) > 1 and options:
        raise UsageError(f"{FILE} names several clients ({_packages(clients)}). Choose one with --package.")
    complete: list[ClientOptions] = []
    for client in clients:
        if client.app is None:
            raise UsageError(f'{FILE} does not say the app of the client {client.package!r}: app = "blog.app:app".')
        complete.append(replace(client, **options))
    return complete


def _clients_for(app: str, clients: list[ClientOptions]) -> list[ClientOptions]:
    """Return the clients of an app, or else those that name no app: the command line does then."""
    own_clients = [client for client in clients if client.app == app]
    if own_clients:
        return own_clients
    return [replace(client, app=app) for client in clients if client.app is None]


def _packages(clients: list[ClientOptions]) -> str:
    return ", ".join(client.package for client in clients)


def _unconfigured(clients: list[ClientOptions], options: Mapping[str, Any]) -> ClientOptions:
    """Return a client that is not configured, for the one app of all configured clients."""
    app = clients[0].app
    if any(client.app != app for client in clients):
        raise UsageError(f"{FILE} names no client {options['package']!r}, only {_packages(clients)}.")
    return ClientOptions(app=app)


def configured_app(target: str | None, folder: Path) -> str:
    """Return the app of a command, from the command line or from pyproject.toml."""
    if target is not None:
        return target
    apps = {client.app for client in chosen_clients(None, {}, folder) if client.app}
    if len(apps) > 1:
        raise UsageError(f"{FILE} names several apps. Say which: {', '.join(sorted(apps))}.")
    return apps.pop()


def clients_of(app: str, lock: Path, folder: Path) -> list[ClientOptions]:
    """Return the clients of an app that follow a lock: those configured, or the default."""
    clients = _clients_for(app, configured_clients(folder)) or [ClientOptions(app=app)]
    return [client for client in clients if Path(client.lock) == lock]


def lock_clients(
    app: str | None, path: Path | None, prefix: str | None, host: str | None, folder: Path
) -> list[ClientOptions]:
    """Return a client of each lock that a command is about, with the place of its actions.

    Args:
        app: ``MODULE:APP``; None for whichever app.
        path: The lock that was named.
        prefix: The path of the actions that was named.
        host: The host that was named.
        folder: Where the pyproject.toml is looked for.

    Raises:
        UsageError: Nothing says which lock is meant, or two trees of actions have one.
    """
    clients = configured_clients(folder)
    if app is not None:
        clients = _clients_for(app, clients)
    if path is not None:
        clients = [client for client in clients if Path(client.lock) == path]
    if not clients:
        lock = LOCK_NAME
        if path is not None:
            lock = path.as_posix()
        clients = [ClientOptions(app=app, lock=lock)]
    clients = _placed(clients, "prefix", prefix)
    clients = _placed(clients, "host", host)
    by_lock: dict[str, ClientOptions] = {}
    for client in clients:
        first = by_lock.setdefault(client.lock, client)
        if not _are_alike(first, client):
            raise UsageError(
                f"{FILE} names {client.lock} for two trees of actions, of {first.package} and of {client.package}. "
                'Give each its own: lock = "..."'
            )
    return list(by_lock.values())


def _placed(clients: list[ClientOptions], key: Literal["prefix", "host"], value: str | None) -> list[ClientOptions]:
    """Return the clients with a prefix or a host; one that has none takes the command's."""
    if value is None:
        return clients
    matching: list[ClientOptions] = []
    completed: list[ClientOptions] = []
    for client in clients:
        own: str | None = getattr(client, key)
        if own is None:
            options: Any = {key: value}
            completed.append(replace(client, **options))
        elif own.strip("/") == value.strip("/"):
            matching.append(client)
    if not matching and not completed:
        raise UsageError(f"{FILE} names no client with --{key} {value}. Name its lock too: --lock FILE")
    return matching or completed


def _are_alike(first: ClientOptions, second: ClientOptions) -> bool:
    """Return whether two clients are of one tree of actions, as far as both say which."""
    pairs = [
        (first.app, second.app),
        (_path(first.prefix), _path(second.prefix)),
        (first.host, second.host),
    ]
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def _path(prefix: str | None) -> str | None:
    if prefix is None:
        return None
    return prefix.strip("/")


def only_lock(clients: list[ClientOptions]) -> ClientOptions:
    """Return the client of the only lock.

    Raises:
        UsageError: There are several.
    """
    if len(clients) > 1:
        names = ", ".join(map(attrgetter("lock"), clients))
        raise UsageError(f"{FILE} names several locks: {names}. Choose one with --lock.")
    return clients[0]


def configured_lock(path: Path | None, folder: Path) -> Path:
    """Return the path of the lock, from the command line or from pyproject.toml."""
    if path is not None:
        return path
    clients = configured_clients(folder)
    if not clients:
        return Path(LOCK_NAME)
    return Path(clients[0].lock)


def _refuse_subfolder(folder: Path) -> None:
    """Raise if a parent folder configures the app; the message names the folder to use."""
    for parent in folder.absolute().parents:  # as many as the path has steps
        if any(client.app for client in configured_clients(parent)):
            raise UsageError(f"MODULE:APP is missing; {parent / FILE} names it. Run the command in {parent}.")

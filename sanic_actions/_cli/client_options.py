"""The settings in ``[tool.sanic-actions]`` of pyproject.toml, with which commands need no arguments.

One client is configured in the table itself, several under ``[[tool.sanic-actions.clients]]``. Each
of those has the settings of the table as its defaults.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Literal

from ..contract._lock_file import LOCK_NAME
from .package_name import DEFAULT_PACKAGE
from .usage_error import UsageError

FILE: Final = "pyproject.toml"
CLIENTS: Final = "clients"
_MISSPELT: Final = "sanic_actions"  # the name of the module, which people write by habit


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """The options of one client package."""

    app: str | None = None
    """The app, as ``MODULE:APP``."""
    out: str = "."
    """The folder that the package is in."""
    package: str = DEFAULT_PACKAGE
    share: tuple[str, ...] = ()
    """Modules that the client imports instead of copying their types."""
    prefix: str | None = None
    """The path of the actions, for an app that serves several trees."""
    host: str | None = None
    """The host of the actions, for an app that serves several trees."""
    python: str = "3.11"
    """The oldest Python that the package is for."""
    lock: str = LOCK_NAME
    """The file of the app's lock."""
    pyproject: bool = False
    """Whether a pyproject.toml is written too."""


_KINDS: Final[Mapping[str, tuple[type, str]]] = {
    "app": (str, "a string such as 'blog.app:app'"),
    "out": (str, "a string such as 'clients'"),
    "package": (str, "a string such as 'blog_client'"),
    "share": (list, "a list of modules"),
    "prefix": (str, "a string such as '/_actions'"),
    "host": (str, "a string such as 'admin.example'"),
    "python": (str, "a string such as '3.12'"),
    "lock": (str, "a string such as 'actions.lock.json'"),
    "pyproject": (bool, "true or false"),
}


def configured_clients(folder: Path) -> list[ClientOptions]:
    """Return the clients that the pyproject.toml of a folder configures; none without that file.

    Raises:
        UsageError: The file cannot be read, or a setting in it is wrong.
    """
    table = _table(folder / FILE)
    if table is None:
        return []
    clients = table.pop(CLIENTS, None)
    defaults = _options(table, f"[tool.sanic-actions] in {FILE}", ClientOptions())
    if clients is None:
        return [defaults]
    place = f"[[tool.sanic-actions.{CLIENTS}]] in {FILE}"
    if not isinstance(clients, list) or not clients or not all(isinstance(client, dict) for client in clients):
        raise UsageError(f"{place} must be an array of tables.")
    options = list(map(partial(_options, place=place, defaults=defaults), clients))
    _refuse_same_folder(options, place)
    return options


def is_lock_named(client: ClientOptions, folder: Path) -> bool:
    """Return whether the lock of a client is configured, so that the file has to exist."""
    if client.lock != LOCK_NAME:
        return True
    table = _table(folder / FILE) or {}
    tables = [table, *table.get(CLIENTS, [])]
    return any(part.get("lock") == client.lock for part in tables)


def _table(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read: {error}.") from None
    tools = document.get("tool", {})
    if isinstance(tools, dict):
        table = tools.get("sanic-actions")
    else:
        table = None
    if table is None:
        if isinstance(tools, dict) and _MISSPELT in tools:
            raise UsageError(f"{path.name} has [tool.{_MISSPELT}], which nothing reads: write [tool.sanic-actions].")
        return None
    if not isinstance(table, dict):
        raise UsageError(f"tool.sanic-actions in {path.name} must be a table: [tool.sanic-actions].")
    return dict(table)


def _options(table: Mapping[str, Any], place: str, defaults: ClientOptions) -> ClientOptions:
    options: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _KINDS:
            raise UsageError(f"{place} has the unknown key {name!r}.{_near(name)}")
        kind, words = _KINDS[name]
        is_right, options[name] = isinstance(value, kind), value
        # A tuple, since the options are frozen.
        if isinstance(value, list):
            is_right = is_right and all(isinstance(item, str) for item in value)
            options[name] = tuple(value)
        if not is_right:
            raise UsageError(f"{place}: {name} must be {words}.")
    return replace(defaults, **options)


def _refuse_subfolder(folder: Path) -> None:
    """Raise if a parent folder configures the app; the message names the folder to use."""
    for parent in folder.absolute().parents:  # as many as the path has steps
        if any(client.app for client in configured_clients(parent)):
            raise UsageError(f"MODULE:APP is missing; {parent / FILE} names it. Run the command in {parent}.")


def _near(name: str) -> str:
    names = list(_KINDS)
    near = get_close_matches(name, [*names, CLIENTS], 1)
    if near:
        return f" Did you mean {near[0]!r}?"
    return f" It can have: {', '.join([*names, CLIENTS])}."


def _refuse_same_folder(clients: list[ClientOptions], place: str) -> None:
    folders: set[Path] = set()
    for client in clients:
        folder = Path(client.out, client.package)
        if folder in folders:
            raise UsageError(f"{place} writes {folder.as_posix()} twice. Give each client a package of its own.")
        folders.add(folder)


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
        clients = [client for client in clients if client.package == options["package"]] or [
            _unconfigured(clients, options)
        ]
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
    named = [client for client in clients if client.app == app]
    return named or [replace(client, app=app) for client in clients if client.app is None]


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
        clients = [ClientOptions(app=app, lock=LOCK_NAME if path is None else path.as_posix())]
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
    prefixes = _path(first.prefix), _path(second.prefix)
    pairs = (first.app, second.app), prefixes, (first.host, second.host)
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
    client, *_ = (*configured_clients(folder), ClientOptions())
    return Path(client.lock)

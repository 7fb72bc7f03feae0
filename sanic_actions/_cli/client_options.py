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
from pathlib import Path
from typing import Any, Final

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
    if not isinstance(tools, dict):
        return None
    table = tools.get("sanic-actions")
    if table is None:
        if _MISSPELT in tools:
            raise UsageError(f"{path.name} has [tool.{_MISSPELT}], which nothing reads: write [tool.sanic-actions].")
        return None
    if not isinstance(table, dict):
        raise UsageError(f"tool.sanic-actions in {path.name} must be a table: [tool.sanic-actions].")
    return dict(table)  # a copy, since the list of clients is taken out of it


def _options(table: Mapping[str, Any], place: str, defaults: ClientOptions) -> ClientOptions:
    options: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _KINDS:
            raise UsageError(f"{place} has the unknown key {name!r}.{_near(name)}")
        kind, words = _KINDS[name]
        if not isinstance(value, kind) or (isinstance(value, list) and not _are_strings(value)):
            raise UsageError(f"{place}: {name} must be {words}.")
        options[name] = value
        if isinstance(value, list):
            options[name] = tuple(value)  # since the options are frozen
    return replace(defaults, **options)


def _are_strings(items: list[object]) -> bool:
    return all(isinstance(item, str) for item in items)


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

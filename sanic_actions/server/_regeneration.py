"""Generate the client packages in Sanic's dev mode, when the app starts and after each reload.

This runs in the one process that watches the files for Sanic. A project gets only the packages that
its pyproject.toml configures.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

from sanic import Sanic

from .._child import end_child

COMMAND: Final = ("-m", "sanic_actions", "generate", "--quiet")


def regenerate_in_dev_mode(app: Sanic[Any, Any]) -> None:
    """Let an app's client packages follow its sources wherever Sanic reloads them."""
    owners = [getattr(listener, "__self__", None) for listener in app.listeners["reload_process_start"]]
    if any(isinstance(owner, _Regeneration) for owner in owners):
        return
    regeneration = _Regeneration()
    app.register_listener(regeneration.on_start, "reload_process_start")
    app.register_listener(regeneration.on_reload, "after_reload_trigger")
    app.register_listener(regeneration.on_stop, "reload_process_stop")


class _Regeneration:
    """The child process that generates, of which there is never more than one."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def on_start(self, app: Sanic[Any, Any]) -> None:
        self._restart()

    def on_reload(self, app: Sanic[Any, Any], **details: object) -> None:
        self._restart()

    def on_stop(self, app: Sanic[Any, Any]) -> None:
        self._stop()

    def _restart(self) -> None:
        """Start the child again; a running one may have read the sources before they changed."""
        self._stop()
        if not _is_configured(Path.cwd()):
            return
        # In a session of its own, so that Ctrl-C reaches Sanic only, which then stops the child.
        self._child = subprocess.Popen((sys.executable, *COMMAND), stdin=subprocess.DEVNULL, start_new_session=True)

    def _stop(self) -> None:
        if self._child is not None:
            end_child(self._child)
            self._child = None


def _is_configured(folder: Path) -> bool:
    """Return whether the pyproject.toml of a folder names an app whose clients are generated."""
    table = _table(folder)
    return "app" in table or "clients" in table


def configured_package(folder: Path) -> str:
    """Return the name of the first client package that the pyproject.toml of a folder asks for."""
    table = _table(folder)
    clients = table.get("clients")
    tables = [table]
    if isinstance(clients, list):
        tables = [*(client for client in clients if isinstance(client, dict)), table]
    for each in tables:
        if isinstance(each.get("package"), str):
            return str(each["package"])
    return "actions"


def _table(folder: Path) -> dict[str, Any]:
    """Return a folder's ``[tool.sanic-actions]`` of pyproject.toml; empty without one."""
    document: dict[str, Any] = {}
    with contextlib.suppress(OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    tools = document.get("tool")
    if not isinstance(tools, dict):
        return {}
    table = tools.get("sanic-actions")
    if not isinstance(table, dict):
        return {}
    return table

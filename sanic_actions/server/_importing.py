"""Import an app without serving it, for commands that only read it."""

from __future__ import annotations

import contextlib
import sys
from asyncio import BaseEventLoop
from collections.abc import Awaitable, Callable, Iterator, Mapping
from multiprocessing.process import BaseProcess
from typing import Any, Final

from sanic import Sanic


class ServerStarted(Exception):  # not an error of the app when it is run
    """A module starts its server when it is imported."""


@contextlib.contextmanager
def nothing_served() -> Iterator[None]:
    """Refuse to start a server in this block: a module that calls ``app.run()`` on import would never return.

    Neither Sanic nor the other servers have an option for that, so methods are replaced meanwhile.

    Raises:
        ServerStarted: The module has started one.
    """
    refusal = _Refusal()
    with contextlib.ExitStack() as stack:
        for owner, name, substitute in _substitutes(refusal):
            stack.enter_context(_replaced(owner, name, substitute))
        try:
            yield
        except BaseException as error:
            if refusal.was_needed:
                raise ServerStarted from error
            raise
    if refusal.was_needed:
        raise ServerStarted


class _Refusal:
    """Stands in for what starts a server, and knows whether anybody has called it."""

    def __init__(self) -> None:
        self.was_needed = False

    def __call__(self, *args: object, **kwargs: object) -> None:
        """Refuse, in a way that passes the module's own ``except Exception`` and ends a thread silently."""
        self.was_needed = True
        raise SystemExit(_NOT_NOW)

    async def answer_asgi(self, scope: Mapping[str, object], receive: Receive, send: Send) -> None:
        """Tell an ASGI server that the startup failed: it exits in its own way, whatever that is."""
        if scope["type"] == "lifespan":
            self.was_needed = True
            await receive()
            await send({"type": "lifespan.startup.failed", "message": _NOT_NOW})


def _substitutes(refusal: _Refusal) -> Iterator[tuple[type, str, Callable[..., object]]]:
    """Yield each method that starts a server, as its class and name, with what takes its place."""
    for name in _ENTRANCES:
        yield Sanic, name, refusal
    yield Sanic, "__call__", refusal.answer_asgi
    yield Sanic, "prepare", _do_nothing  # it only notes what a later start is to do
    for loop in _loops():
        for name in _LISTENING:
            yield loop, name, refusal
    start = BaseProcess.start

    def start_others(process: Any) -> None:
        # A server's workers import the module too, and would start workers of their own without end.
        if _root_module(process) in _SERVERS:
            refusal()
        start(process)

    yield BaseProcess, "start", start_others


@contextlib.contextmanager
def _replaced(owner: type, name: str, substitute: Callable[..., object]) -> Iterator[None]:
    """Replace a method of a class in this block; one that is inherited is found again afterwards."""
    own = vars(owner).get(name)
    setattr(owner, name, substitute)
    try:
        yield
    finally:
        if own is None:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


def _do_nothing(*args: object, **kwargs: object) -> None: ...


def _loops() -> Iterator[type]:
    """Yield the classes of event loops that servers listen with: Sanic has imported uvloop, where it is installed."""
    yield BaseEventLoop
    if (uvloop := sys.modules.get("uvloop")) is not None:
        yield uvloop.Loop


def _root_module(process: Any) -> str:
    """Return the package whose function a process is to run. Relies on ``BaseProcess._target``."""
    module = getattr(getattr(process, "_target", None), "__module__", None) or ""
    return str(module).partition(".")[0]


Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_ENTRANCES: Final = ("run", "serve", "serve_single", "create_server")
_LISTENING: Final = ("create_server", "create_unix_server")
_SERVERS: Final = frozenset({"uvicorn", "granian", "hypercorn"})
"""Servers that start processes in which they import the app."""
_NOT_NOW: Final = "A command only imports the app: start the server under 'if __name__ == \"__main__\":'."

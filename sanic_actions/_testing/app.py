"""Starts and stops an app in this process, with its listeners, on the event loop that runs.

An app is started by the methods that the lifespan protocol of ASGI leads to, and not by the
protocol: that hides what a listener raised behind a string, and the ASGI client of sanic-testing
breaks it for every app of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, Protocol

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_MARK: Final = "_sanic_actions_is_local"
_starting: Final = Lock()


class AsgiApp(Protocol):
    """A Sanic app, by what is used of it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle a request."""


class LocalApp:
    """An app while it is started on one event loop."""

    def __init__(self, app: AsgiApp) -> None:
        self.call = app
        self._app: Any = app
        self._was_asgi = False
        self._was_started = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Start the app and run its listeners.

        Raises:
            RuntimeError: The app is started already.
            Exception: What a listener raises.
        """
        app = self._app
        if getattr(app.ctx, _MARK, False):
            raise RuntimeError(
                f"The app {app.name!r} is started by another local(...) already, and an app "
                "starts once at a time: use the client of that one, or its with_options(...)."
            )
        self._tasks = asyncio.all_tasks()
        self._was_asgi = app.asgi
        self._was_started = app.state.is_started
        app.asgi = True  # or the app says that it has no event loop
        setattr(app.ctx, _MARK, True)
        try:
            with _test_mode(app):
                await app._startup()
            await app._server_event("init", "before")
            await app._server_event("init", "after")
        except BaseException:
            self._forget()
            raise

    async def stop(self) -> None:
        """Run the listeners of its end, and cancel the tasks that the app still has."""
        app = self._app
        try:
            await app._server_event("shutdown", "before")
            await app._server_event("shutdown", "after")
        finally:
            await self._cancel_tasks()
            self._forget()

    async def _cancel_tasks(self) -> None:
        tasks = [task for task in self._app.tasks if not task.done() and task not in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._app.purge_tasks()

    def _forget(self) -> None:
        self._app.asgi = self._was_asgi
        self._app.state.is_started = self._was_started
        # Or the test clients of Sanic could not add the listeners that they need.
        self._app.router.reset()
        self._app.signal_router.reset()
        setattr(self._app.ctx, _MARK, False)


def checked_app(app: object) -> AsgiApp:
    """Return the app itself.

    Raises:
        TypeError: It is not an app of Sanic.
    """
    if isinstance(app, type) or not hasattr(type(app), "test_mode"):
        raise TypeError(
            f"The first argument of local() is a Sanic app, not {app!r}; where a function makes the app, "
            "call it: local(create_app(), Client)."
        )
    sanic: Any = app
    return sanic  # type: ignore[no-any-return]  # this room does not import Sanic


@contextmanager
def _test_mode(app: object) -> Iterator[None]:
    """Let Sanic start a second app in one process, and one app a second time."""
    owner: Any = next(cls for cls in type(app).__mro__ if "test_mode" in vars(cls))
    # Two threads that start apps at once must not remember each other's value. Nothing is awaited inside.
    with _starting:
        before = owner.test_mode
        owner.test_mode = True
        try:
            yield
        finally:
            owner.test_mode = before

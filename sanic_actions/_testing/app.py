"""Start and stop an app in this process, with its listeners, on the running event loop.

This calls the methods behind the lifespan protocol of ASGI and not the protocol itself, which turns
an exception of a listener into a string. The ASGI client of sanic-testing also breaks that protocol
for every app of the process.
"""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, Protocol

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_MARK: Final = "_sanic_actions_is_local"
_starting: Final = Lock()


class AsgiApp(Protocol):
    """The part of a Sanic app that this module uses."""

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

    @property
    def grace(self) -> float:
        """The seconds that a task has to end, as under Sanic's own server."""
        seconds: float = self._app.config.GRACEFUL_SHUTDOWN_TIMEOUT
        return seconds

    async def start(self) -> None:
        """Start the app and run its listeners.

        Raises:
            RuntimeError: The app is started already.
            Exception: What a listener raises.
        """
        from ..server._host import run_listeners, start_without_server

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
            if self._site is not None:
                self._site.isolate()
            with _test_mode(app):
                await start_without_server(app)
            await run_listeners(app, "init")
        except BaseException:
            await self._forget()
            raise

    async def stop(self) -> None:
        """Run the listeners for the shutdown, and cancel the tasks that the app still has."""
        from ..server._host import run_listeners

        app = self._app
        try:
            await run_listeners(app, "shutdown")
        finally:
            await self._cancel_tasks()
            await self._forget()

    async def _cancel_tasks(self) -> None:
        tasks = [task for task in self._app.tasks if not task.done() and task not in self._tasks]
        await end_tasks(tasks, self.grace)
        self._app.purge_tasks()

    @property
    def _site(self) -> Any:
        """The state that the app's blueprints of actions share; None if it has none."""
        return getattr(self._app.ctx, "sanic_actions", None)

    async def _forget(self) -> None:
        self._app.asgi = self._was_asgi
        self._app.state.is_started = self._was_started
        # Lets listeners be added again, as Sanic's test clients do.
        self._app.router.reset()
        # Sanic caches 1,024 routes for all apps of the process, and each keeps its whole app alive.
        forget_routes = getattr(type(self._app.router).get, "cache_clear", None)
        if forget_routes is not None:  # a custom router may have another cache, or none
            forget_routes()
        self._app.signal_router.reset()
        setattr(self._app.ctx, _MARK, False)
        if self._site is not None:
            await self._site.rejoin()


async def end_tasks(tasks: Collection[asyncio.Task[Any]], grace: float) -> None:
    """Cancel tasks and wait for their end for a while; warn about tasks that go on all the same."""
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    endings, others = await asyncio.wait(tasks, timeout=grace)
    for task in endings:
        if not task.cancelled():
            task.exception()  # retrieved, or asyncio would log that it never was
    if others:
        names = ", ".join(sorted(map(_coroutines, others)))
        warnings.warn(
            f"The app has stopped, and {len(others)} of its tasks did not end within {grace:g} s of being cancelled "
            f"(GRACEFUL_SHUTDOWN_TIMEOUT): {names}. Let each CancelledError through.",
            RuntimeWarning,
            stacklevel=2,
        )


def _coroutines(task: asyncio.Task[Any]) -> str:
    """Return the names of the coroutines that a task waits in; its own is Sanic's wrapper."""
    names: list[str] = []
    coroutine: Any = task.get_coro()
    while inspect.iscoroutine(coroutine):  # bounded by the depth of Python's own stack
        names.append(coroutine.__qualname__)
        coroutine = coroutine.cr_await
    return " > ".join(names)


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
    # Two threads that start apps at once must not save each other's value. Nothing is awaited
    # inside.
    with _starting:
        before = owner.test_mode
        owner.test_mode = True
        try:
            yield
        finally:
            owner.test_mode = before

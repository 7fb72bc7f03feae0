"""``local``: a generated client over an app in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from threading import Thread, get_ident
from typing import Any, Final, TypeVar, overload

from .._server_mistakes import EXITS
from ..client import AsyncClient, Client, Request, Response
from .app import AsgiApp, LocalApp, checked_app, end_tasks
from .exchange import OpenExchange, open_response, whole_response

C = TypeVar("C", bound=Client)
A = TypeVar("A", bound=AsyncClient)
T = TypeVar("T")

BASE_URL: Final = "http://127.0.0.1"


@overload
def local(app: AsgiApp, client: type[C]) -> AbstractContextManager[C]: ...
@overload
def local(app: AsgiApp, client: type[A]) -> AbstractAsyncContextManager[A]: ...
def local(app: AsgiApp, client: type[Any]) -> Any:
    """Serve an app to a client of a generated package in this process: HTTP without the socket.

    The app starts and its listeners run when the context is entered, and it stops when the context
    is left. Write ``with local(app, Client) as client`` or
    ``async with local(app, AsyncClient) as client``: a blocking client has the app on an event loop
    in a thread of its own, an asynchronous one on the running loop.

    Raises:
        TypeError: The app is not an app of Sanic, or the client not a class of clients.
    """
    app = checked_app(app)
    cls: object = client
    if isinstance(cls, type) and issubclass(cls, Client):
        return _Block(_blocking(app, cls))
    if isinstance(cls, type) and issubclass(cls, AsyncClient):
        return _AsyncBlock(_awaiting(app, cls))
    raise TypeError(
        f"The second argument of local() is the class Client or AsyncClient of a generated package, not {client!r}."
    )


class _NotEntered:
    """The result of ``local`` before the block; used in any other way, it says what to write."""

    example = ""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def __getattr__(self, name: str) -> Any:
        message = f"local(...) gives a client to a block only: write '{self.example}', and client.{name} in it."
        raise AttributeError(message, name=name, obj=self)


class _Block(_NotEntered):
    example = "with local(app, Client) as client:"

    def __enter__(self) -> Any:
        return self._manager.__enter__()

    def __exit__(self, *exception: Any) -> Any:
        return self._manager.__exit__(*exception)

    async def __aenter__(self) -> Any:
        raise TypeError(f"A Client blocks: write '{self.example}', or pass AsyncClient.")

    async def __aexit__(self, *exception: object) -> None:
        """Never run: there was no block."""


class _AsyncBlock(_NotEntered):
    example = "async with local(app, AsyncClient) as client:"

    async def __aenter__(self) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            reason = "Sanic runs on asyncio, and this is another event loop, such as trio's"
            raise RuntimeError(f"{reason}: with anyio use its asyncio backend, or pass Client.") from None
        return await self._manager.__aenter__()

    async def __aexit__(self, *exception: Any) -> Any:
        return await self._manager.__aexit__(*exception)

    def __enter__(self) -> Any:
        raise TypeError(f"An AsyncClient is awaited: write '{self.example}', or pass Client.")

    def __exit__(self, *exception: object) -> None:
        """Never run: there was no block."""


@contextmanager
def _blocking(app: AsgiApp, client: type[C]) -> Iterator[C]:
    local_app = LocalApp(app)
    # The loop outlives the app: its shutdown listeners run on it.
    with _LoopThread(local_app.grace) as loop:
        loop.run(local_app.start())
        try:
            with client(BASE_URL, transport=_Transport(app, loop)) as connection:
                yield connection
        finally:
            loop.run(local_app.stop())


@asynccontextmanager
async def _awaiting(app: AsgiApp, client: type[A]) -> AsyncIterator[A]:
    local_app = LocalApp(app)
    await local_app.start()
    try:
        async with client(BASE_URL, transport=_AsyncTransport(app)) as connection:
            yield connection
    finally:
        await local_app.stop()


class _LoopThread:
    """An event loop in a thread of its own, whose tasks have some seconds to end."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._loop = asyncio.new_event_loop()
        # A daemon, so that a handler that never ends cannot keep the process from ending.
        self._thread = Thread(target=self._serve, name="sanic-actions-local", daemon=True)

    def __enter__(self) -> _LoopThread:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.run(_end_of_tasks(self._grace))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _serve(self) -> None:
        # asyncio lets an exit out of the loop, be it of a listener, of middleware or of a task of the
        # app. Whoever waits for the task that raised it gets it too, but only if the loop goes on.
        while True:  # until it is stopped
            try:
                self._loop.run_forever()
            except EXITS:
                continue
            return

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for its end.

        Raises:
            RuntimeError: It was called from the loop's own thread, which would wait for itself.
        """
        if get_ident() == self._thread.ident:
            coroutine.close()
            raise RuntimeError("a handler called its own app with the blocking client, and would wait for itself")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


async def _end_of_tasks(grace: float) -> None:
    """Cancel what still runs on this loop, and end its generators and threads."""
    loop = asyncio.get_running_loop()
    await end_tasks([task for task in asyncio.all_tasks() if task is not asyncio.current_task()], grace)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


class _Transport:
    """Sends the requests of a ``Client`` to an app on another thread."""

    def __init__(self, app: AsgiApp, loop: _LoopThread) -> None:
        self._app = app
        self._loop = loop

    def send(self, request: Request, /) -> Response:
        """Send one request; see ``Transport``."""
        return self._loop.run(whole_response(self._app, request))

    def stream(self, request: Request, /) -> _OpenResponse:
        """Open one stream; see ``StreamingTransport``."""
        return _OpenResponse(self._loop.run(open_response(self._app, request)), self._loop)

    def close(self) -> None:
        """Do nothing: there is no connection."""


class _OpenResponse:
    """An answer that comes from another thread while it is read."""

    def __init__(self, exchange: OpenExchange, loop: _LoopThread) -> None:
        self.status = exchange.status
        self.headers = exchange.headers
        self.set_cookies = exchange.set_cookies
        self._exchange = exchange
        self._loop = loop

    def read(self, seconds: float, /) -> bytes:
        """Return the next bytes of the body; see ``OpenResponse``."""
        return self._loop.run(self._exchange.read(seconds))

    def close(self) -> None:
        """Hang up."""
        self._loop.run(self._exchange.close())


class _AsyncTransport:
    """Sends the requests of an ``AsyncClient`` to an app on the same event loop."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._loop = asyncio.get_running_loop()

    async def send(self, request: Request, /) -> Response:
        """Send one request; see ``AsyncTransport``.

        Raises:
            RuntimeError: The app was started on another event loop.
        """
        self._check_loop()
        return await whole_response(self._app, request)

    async def stream(self, request: Request, /) -> OpenExchange:
        """Open one stream; see ``AsyncStreamingTransport``.

        Raises:
            RuntimeError: The app was started on another event loop.
        """
        self._check_loop()
        return await open_response(self._app, request)

    def _check_loop(self) -> None:
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(
                "the app was started on another event loop than the call is made on; "
                "let the fixture that starts it and the test have the same loop"
            )

    async def close(self) -> None:
        """Do nothing: there is no connection."""

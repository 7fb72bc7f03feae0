"""One request to an app and its answer, as ASGI messages without a network.

The body of the answer comes in the chunks that the app sends, and an app waits until each is read,
so that a test of a stream sees what a slow network would show.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from ..client import BadResponse, Request, Response
from .app import AsgiApp, Message


class Exchange:
    """A request that an app answers in a task of its own; leaving it hangs up.

    Attributes:
        status: The HTTP status.
        headers: Header fields by their names in lower case, those of one name joined.
        set_cookies: The values of ``Set-Cookie``.
    """

    def __init__(self, app: AsgiApp, request: Request) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self._app = app
        self._request = request
        # Of one message, so that the app waits for its reader, as with a slow connection.
        self._sent = asyncio.Queue[Message | None](1)
        self._over = asyncio.Event()
        self._body = _chunks(request)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Exchange:
        self._task = asyncio.create_task(self._run())
        try:
            message = await self._next()
        except BaseException:
            await self._end()
            raise
        self.status = message["status"]
        for name, value in message.get("headers", ()):
            self._add_header(name.decode("latin-1").lower(), _decoded(value))
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._end()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it comes."""
        more = True
        while more:
            message = await self._next()
            more = message.get("more_body", False)
            if body := message.get("body"):
                yield bytes(body)
        self._over.set()
        if self._task is not None:
            await self._task  # so that background work of the app is done when the call returns

    async def _run(self) -> None:
        try:
            await self._app(_scope(self._request), self._receive, self._send)
        finally:
            if not self._over.is_set():
                await self._sent.put(None)

    async def _send(self, message: Message) -> None:
        # A cancelled app may still send an error, and would wait: nobody reads the queue any more.
        if not self._over.is_set():
            await self._sent.put(message)

    async def _next(self) -> Message:
        message = await self._sent.get()
        if message is None:
            raise BadResponse("the app ended without a whole answer") from self._exception()
        return message

    def _exception(self) -> BaseException | None:
        """Return what the app has raised, if it has ended with that."""
        task = self._task
        if task is None or not task.done() or task.cancelled():
            return None
        return task.exception()

    async def _receive(self) -> Message:
        async for chunk in self._body:
            return {"type": "http.request", "body": chunk, "more_body": True}
        if self._body is not _NOTHING:
            self._body = _NOTHING
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"}

    def _add_header(self, name: str, value: str) -> None:
        if name == "set-cookie":
            self.set_cookies.append(value)
        before = self.headers.get(name)
        self.headers[name] = value if before is None else f"{before}, {value}"

    async def _end(self) -> None:
        self._over.set()
        task = self._task
        if task is None:
            return
        if task.done():
            self._exception()  # asked for, or asyncio would log at some later time that nobody did
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _decoded(value: bytes) -> str:
    """Return a header's value as httpx2 reads it: as UTF-8, which Sanic writes, else as Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def whole_response(app: AsgiApp, request: Request) -> Response:
    """Send a request to an app, within its time.

    Raises:
        TimeoutError: The time is over.
        BadResponse: The app gave no whole answer.
    """
    async with asyncio.timeout(request.timeout), Exchange(app, request) as exchange:
        body = b"".join([chunk async for chunk in exchange.chunks()])
    return Response(exchange.status, exchange.headers, body, exchange.set_cookies)


class OpenExchange:
    """An answer that is read while the app gives it; see ``AsyncOpenResponse``."""

    def __init__(self, exchange: Exchange) -> None:
        self.status = exchange.status
        self.headers = exchange.headers
        self.set_cookies = exchange.set_cookies
        self._exchange = exchange
        self._chunks = exchange.chunks()

    async def read(self, seconds: float, /) -> bytes:
        """Return the next bytes of the body, and none at its end.

        Raises:
            TimeoutError: None came within these seconds.
            BadResponse: The app gave no whole answer.
        """
        async with asyncio.timeout(max(seconds, 0)):
            return await anext(self._chunks, b"")

    async def close(self) -> None:
        """Hang up."""
        await self._exchange.__aexit__()


async def open_response(app: AsgiApp, request: Request) -> OpenExchange:
    """Send a request to an app, and return its answer once its head is there.

    Raises:
        TimeoutError: The time is over.
        BadResponse: The app gave no answer.
    """
    async with asyncio.timeout(request.timeout):
        return OpenExchange(await Exchange(app, request).__aenter__())


class _Nothing:
    """The rest of a body that has been read."""

    def __aiter__(self) -> _Nothing:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


_NOTHING = _Nothing()


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    if isinstance(request.body, bytes):
        if request.body:
            yield request.body
        return
    async for chunk in request.body:
        yield chunk


def _scope(request: Request) -> Message:
    parts = urlsplit(request.url)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode("ascii"),
        "query_string": parts.query.encode("ascii"),
        "root_path": "",
        "headers": list(_headers(request, parts.netloc)),
        "client": ("127.0.0.1", 50000),
        "server": (parts.hostname, parts.port or 80),
    }


def _headers(request: Request, host: str) -> Iterator[tuple[bytes, bytes]]:
    headers: dict[str, Any] = {"host": host, **request.headers}
    if "content-length" not in headers:
        if isinstance(request.body, bytes):
            headers["content-length"] = str(len(request.body))
        else:
            headers["transfer-encoding"] = "chunked"
    for name, value in headers.items():
        yield name.encode("ascii"), value.encode("ascii")

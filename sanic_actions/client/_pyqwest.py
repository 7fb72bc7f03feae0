"""Sends requests with pyqwest: what is behind ``PyqwestTransport`` and ``AsyncPyqwestTransport``.

Its runtime lives in threads, and a forked child has none of them: any request there would wait
forever. So the process of the first request is remembered, and in any other the transports give up
at once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final

from ._transport import AsyncOpenResponse, BadResponse, NotSent, OpenResponse, Request, Response

try:
    import pyqwest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "This transport needs pyqwest; install it with: pip install 'sanic-actions[fast]'", name="pyqwest"
    ) from error

_OPTIONS: Final[dict[str, Any]] = {
    "tls_include_system_certs": True,
    "pool_max_idle_per_host": 100,
    # Sanic closes a connection that was idle for 120 seconds; one that it is about to close must not be used.
    "pool_idle_timeout": 30.0,
    "enable_gzip": False,
    "enable_brotli": False,
    "enable_zstd": False,
    "follow_redirects": False,
    "enable_otel": False,
}


class _Runtime:
    """The process that pyqwest's threads run in: a fact of the process, so there is one."""

    pid: int | None = None

    @classmethod
    def check(cls) -> None:
        if cls.pid is None:
            cls.pid = os.getpid()
        elif cls.pid != os.getpid():
            raise NotSent(
                "pyqwest was used before this process was forked, and cannot be used in it;"
                " use the default transport here, or start the process with 'spawn'"
            )


class PyqwestSender:
    """Sends the requests of a ``Client``."""

    def __init__(self, max_bytes: int) -> None:
        self._transport: pyqwest.SyncHTTPTransport | None = None
        self._client: pyqwest.SyncClient | None = None
        self._max_bytes = max_bytes

    def send(self, request: Request, /) -> Response:
        """Send one request; see ``Transport``."""
        status = None
        try:
            with self._connected().stream(
                "POST", request.url, request.headers, request.body, timeout=request.timeout
            ) as response:
                status, headers = response.status, dict(response.headers.items())
                cookies = response.headers.getall("set-cookie")
                answer = _Answer(status, headers, self._max_bytes)
                for chunk in response.content:
                    if answer.is_whole_with(chunk):
                        break
                return Response(status, headers, bytes(answer.body), cookies)
        except _ERRORS as error:
            raise _translated(error, status) from error

    def stream(self, request: Request, /) -> OpenResponse:
        """Open one stream; see ``StreamingTransport``."""
        return _PyqwestAnswer(self._connected(), request)

    def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            self._transport.close()

    def _connected(self) -> pyqwest.SyncClient:
        _Runtime.check()
        if self._client is None:
            self._transport = pyqwest.SyncHTTPTransport(**_OPTIONS)
            self._client = pyqwest.SyncClient(self._transport)
        return self._client


class _PyqwestAnswer:
    """A response that a thread reads one chunk ahead: pyqwest limits whole exchanges only."""

    status: int
    headers: Mapping[str, str]

    def __init__(self, client: pyqwest.SyncClient, request: Request) -> None:
        self._queue: Queue[Any] = Queue(maxsize=1)
        self._response: pyqwest.SyncResponse | None = None
        self._is_closed = False
        Thread(target=self._run, args=(client, request), daemon=True).start()
        try:
            head: tuple[int, pyqwest.Headers, bool] = self._next(request.timeout)
            self.status, headers, self.is_delimited = head
            self.headers = dict(headers.items())
            self.set_cookies = headers.getall("set-cookie")
        except BaseException:
            self.close()
            raise

    def read(self, seconds: float, /) -> bytes:
        """Return the next bytes; see ``OpenResponse``."""
        chunk: bytes = self._next(seconds)
        return chunk

    def close(self) -> None:
        """Close the answer, whatever is left to read; this wakes the thread, which then ends."""
        self._is_closed = True
        if self._response is not None:
            self._response.close()
        with suppress(Empty):
            self._queue.get_nowait()

    def _next(self, seconds: float) -> Any:
        try:
            item = self._queue.get(timeout=max(seconds, 0))
        except Empty:
            raise TimeoutError("the time is over") from None
        if isinstance(item, Exception):
            raise item
        return item

    def _run(self, client: pyqwest.SyncClient, request: Request) -> None:
        status = None
        try:
            with client.stream("POST", request.url, request.headers, request.body, timeout=_LONGEST) as response:
                self._response = response
                status = response.status
                self._put((status, response.headers, _is_delimited(response)))
                for chunk in _until(lambda: self._is_closed, response.content):
                    self._put(bytes(chunk))
            self._put(b"")
        except Exception as error:
            end = _translated(error, status) if isinstance(error, _ERRORS) else error
            self._put(end)

    def _put(self, item: object) -> None:
        # Closing empties the queue once; what waited for its place then finds it, and nobody waits any more.
        if not self._is_closed:
            self._queue.put(item)


def _until(is_closed: Callable[[], bool], chunks: Iterable[Any]) -> Iterator[Any]:
    """Yield the chunks that hold something, until their reader is closed."""
    if is_closed():
        return
    for chunk in chunks:
        if is_closed():
            return
        if chunk:
            yield chunk


_LONGEST: Final = 86_400.0
"""Seconds after which a thread ends whose server is silent and whose caller has gone."""


class AsyncPyqwestSender:
    """Sends the requests of an ``AsyncClient``."""

    def __init__(self, max_bytes: int) -> None:
        self._transport: pyqwest.HTTPTransport | None = None
        self._max_bytes = max_bytes

    async def send(self, request: Request, /) -> Response:
        """Send one request; see ``AsyncTransport``."""
        status = None
        content = request.body if isinstance(request.body, bytes) else aiter(request.body)
        message = pyqwest.Request("POST", request.url, pyqwest.Headers(request.headers.items()), content)
        try:
            async with asyncio.timeout(request.timeout):
                response = await self._connected().execute(message)
                status, headers = response.status, dict(response.headers.items())
                cookies = response.headers.getall("set-cookie")
                answer = _Answer(status, headers, self._max_bytes)
                async for chunk in response.content:
                    if answer.is_whole_with(chunk):
                        break
                return Response(status, headers, bytes(answer.body), cookies)
        except _ERRORS as error:
            raise _translated(error, status) from error

    async def stream(self, request: Request, /) -> AsyncOpenResponse:
        """Open one stream; see ``AsyncStreamingTransport``."""
        content = request.body if isinstance(request.body, bytes) else aiter(request.body)
        message = pyqwest.Request("POST", request.url, pyqwest.Headers(request.headers.items()), content)
        try:
            async with asyncio.timeout(request.timeout):
                return _AsyncPyqwestAnswer(await self._connected().execute(message))
        except _ERRORS as error:
            raise _translated(error, None) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _connected(self) -> pyqwest.HTTPTransport:
        _Runtime.check()
        if self._transport is None:
            self._transport = pyqwest.HTTPTransport(**_OPTIONS)
        return self._transport


class _AsyncPyqwestAnswer:
    """A response that is read while it arrives."""

    def __init__(self, response: pyqwest.Response) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = dict(response.headers.items())
        self.set_cookies = response.headers.getall("set-cookie")
        self.is_delimited = _is_delimited(response)
        self._response = response
        self._chunks = aiter(response.content)

    async def read(self, seconds: float, /) -> bytes:
        """Return the next bytes; see ``OpenResponse``."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                async for chunk in self._chunks:
                    if chunk:
                        return bytes(chunk)
        except _ERRORS as error:
            raise _translated(error, self.status) from error
        return b""

    async def close(self) -> None:
        """Close the answer, whatever is left to read."""
        await self._response.aclose()


def _is_delimited(response: pyqwest.Response | pyqwest.SyncResponse) -> bool:
    """Return whether a body's end differs from a lost connection; HTTP/2 always says it."""
    if response.http_version is not pyqwest.HTTPVersion.HTTP1:
        return True
    return "content-length" in response.headers or "transfer-encoding" in response.headers


_ERRORS: Final = (pyqwest.ReadError, pyqwest.WriteError, pyqwest.RemoteProtocolError, ConnectionError)


class _Answer:
    """A body as it comes in, no larger than allowed."""

    def __init__(self, status: int, headers: Mapping[str, str], max_bytes: int) -> None:
        self.body = bytearray()
        self._status = status
        self._max_bytes = max_bytes
        length = headers.get("content-length", "")
        self._length = int(length) if length.isdecimal() else None

    def is_whole_with(self, chunk: bytes | bytearray | memoryview) -> bool:
        """Add a chunk. To ask for one more costs a turn of the loop, a third of a small call."""
        self.body += chunk
        if len(self.body) > self._max_bytes:
            raise BadResponse(f"it has more than {self._max_bytes} bytes", self._status)
        return len(self.body) == self._length


def _translated(error: Exception, status: int | None) -> Exception:
    """Return the exception that says the same in the words of ``Transport``."""
    if isinstance(error, TimeoutError | NotSent):
        return error
    # What comes before it is the URL once more.
    reason = str(error).rpartition("): ")[2] or type(error).__name__
    if status is not None:
        return BadResponse(f"it breaks off ({reason})", status)
    if isinstance(error, pyqwest.RemoteProtocolError) and "connection closed" not in reason:
        return BadResponse(reason)
    if "client error (Connect)" in str(error):
        return NotSent(reason)
    return ConnectionError(reason)

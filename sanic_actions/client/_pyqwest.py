"""Sends requests with pyqwest: what is behind ``PyqwestTransport`` and ``AsyncPyqwestTransport``.

Its runtime lives in threads, and a forked child has none of them: any request there would wait forever. So the process
of the first request is remembered, and in any other the transports give up at once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any, Final

from ._transport import BadResponse, NotSent, Request, Response

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
    """The process that pyqwest's threads run in: a fact about the process, so there is one of it."""

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


class Sender:
    """Sends the requests of a ``Client``."""

    def __init__(self, max_bytes: int) -> None:
        self._transport: pyqwest.SyncHTTPTransport | None = None
        self._client: pyqwest.SyncClient | None = None
        self._max_bytes = max_bytes

    def send(self, request: Request, /) -> Response:
        """Send one request; see ``Transport``."""
        status = None
        try:
            with self._opened().stream(
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

    def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            self._transport.close()

    def _opened(self) -> pyqwest.SyncClient:
        _Runtime.check()
        if self._client is None:
            self._transport = pyqwest.SyncHTTPTransport(**_OPTIONS)
            self._client = pyqwest.SyncClient(self._transport)
        return self._client


class AsyncSender:
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
                response = await self._opened().execute(message)
                status, headers = response.status, dict(response.headers.items())
                cookies = response.headers.getall("set-cookie")
                answer = _Answer(status, headers, self._max_bytes)
                async for chunk in response.content:
                    if answer.is_whole_with(chunk):
                        break
                return Response(status, headers, bytes(answer.body), cookies)
        except _ERRORS as error:
            raise _translated(error, status) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _opened(self) -> pyqwest.HTTPTransport:
        _Runtime.check()
        if self._transport is None:
            self._transport = pyqwest.HTTPTransport(**_OPTIONS)
        return self._transport


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
        """Add a chunk. Asking for one that does not come costs a turn of the event loop, a third of a small call."""
        self.body += chunk
        if len(self.body) > self._max_bytes:
            raise BadResponse(f"it has more than {self._max_bytes} bytes", self._status)
        return len(self.body) == self._length


def _translated(error: Exception, status: int | None) -> Exception:
    """Return the exception that says the same in the words of ``Transport``."""
    if isinstance(error, TimeoutError | NotSent):
        return error
    reason = str(error).rpartition("): ")[2] or type(error).__name__  # what stands before names the URL once more
    if status is not None:
        return BadResponse(f"it breaks off ({reason})", status)
    if isinstance(error, pyqwest.RemoteProtocolError) and "connection closed" not in reason:
        return BadResponse(reason)
    return NotSent(reason) if "client error (Connect)" in str(error) else ConnectionError(reason)

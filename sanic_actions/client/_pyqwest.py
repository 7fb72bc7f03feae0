"""Transports over pyqwest, chosen explicitly: ``Client(..., transport=PyqwestTransport())``.

Its runtime lives in threads, and a forked child has none of them: any request there would wait forever. So the process
of the first request is remembered, and in any other the transports give up at once.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final

from ._transport import MAX_BYTES, BadResponse, Request, Response

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
            raise ConnectionError(
                "pyqwest was used before this process was forked, and cannot be used in it;"
                " use the default transport here, or start the process with 'spawn'"
            )


class PyqwestTransport:
    """Sends the requests of a ``Client`` with pyqwest. Proxies are those of the environment."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Make a transport.

        Args:
            max_bytes: How much of an answer is read before it is refused.
        """
        self._transport: pyqwest.SyncHTTPTransport | None = None
        self._client: pyqwest.SyncClient | None = None
        self._max_bytes = max_bytes

    def send(self, request: Request, /) -> Response:
        """Send one request; see ``Transport``."""
        status = None
        try:
            with self._opened().stream(
                "POST", request.url, dict(request.headers), request.body, timeout=request.timeout
            ) as response:
                status = response.status
                body = bytearray()
                for chunk in response.content:
                    body += chunk
                    _limit(body, self._max_bytes, status)
                return Response(status, dict(response.headers.items()), bytes(body))
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


class AsyncPyqwestTransport:
    """Sends the requests of an ``AsyncClient`` with pyqwest. Proxies are those of the environment."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Make a transport.

        Args:
            max_bytes: How much of an answer is read before it is refused.
        """
        self._transport: pyqwest.HTTPTransport | None = None
        self._client: pyqwest.Client | None = None
        self._max_bytes = max_bytes

    async def send(self, request: Request, /) -> Response:
        """Send one request; see ``AsyncTransport``."""
        status = None
        content = request.body if isinstance(request.body, bytes) else aiter(request.body)
        try:
            async with (
                asyncio.timeout(request.timeout),
                self._opened().stream("POST", request.url, dict(request.headers), content) as response,
            ):
                status = response.status
                body = bytearray()
                async for chunk in response.content:
                    body += chunk
                    _limit(body, self._max_bytes, status)
                return Response(status, dict(response.headers.items()), bytes(body))
        except _ERRORS as error:
            raise _translated(error, status) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _opened(self) -> pyqwest.Client:
        _Runtime.check()
        if self._client is None:
            self._transport = pyqwest.HTTPTransport(**_OPTIONS)
            self._client = pyqwest.Client(self._transport)
        return self._client


_ERRORS: Final = (pyqwest.ReadError, pyqwest.WriteError, pyqwest.RemoteProtocolError, ConnectionError)


def _limit(body: bytearray, max_bytes: int, status: int) -> None:
    if len(body) > max_bytes:
        raise BadResponse(f"it has more than {max_bytes} bytes", status)


def _translated(error: Exception, status: int | None) -> Exception:
    """The exception that says the same in the words of ``Transport``."""
    if isinstance(error, TimeoutError):
        return error
    reason = str(error).rpartition("): ")[2] or type(error).__name__  # what stands before names the URL once more
    if status is not None:
        return BadResponse(f"it breaks off ({reason})", status)
    if isinstance(error, pyqwest.RemoteProtocolError) and "connection closed" not in reason:
        return BadResponse(reason)
    return ConnectionError(reason)

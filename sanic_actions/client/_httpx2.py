"""Sends requests with httpx2: what is behind ``Httpx2Transport`` and ``AsyncHttpx2Transport``.

Without a client of the user, requests go straight to a connection pool: no redirects, no cookies,
no ``.netrc``, no proxies of the environment, no decompression. A client of the user brings its own
ways along.

Either way ``request.timeout`` is a deadline of the whole exchange. httpx2 has timeouts of single
steps only, which a server that sends a byte a second, or one ``102`` after another, never exceeds;
see ``_punctual.Deadline``.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Any, Final

import httpx2

from ._punctual import LIMITS, Deadline, PunctualTransport
from ._transport import AsyncOpenResponse, BadResponse, NotSent, OpenResponse, Request, Response


class Httpx2Sender:
    """Sends the requests of a ``Client``."""

    def __init__(self, client: object, max_bytes: int) -> None:
        if not isinstance(client, httpx2.Client | None):
            raise _other_client_error(client, "Client")
        self._client = client
        self._max_bytes = max_bytes
        self._pools: dict[int, httpx2.HTTPTransport] = {}

    def send(self, request: Request, /) -> Response:
        """Send one request; see ``Transport``."""
        deadline = Deadline(request.timeout)
        response: httpx2.Response | None = None
        try:
            response = self._open(request, deadline)
            try:
                return _whole(response, self._read(response, deadline))
            finally:
                response.close()
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise _translated(error, response) from error

    def stream(self, request: Request, /) -> OpenResponse:
        """Open one stream; see ``StreamingTransport``."""
        deadline = Deadline(request.timeout)
        try:
            return _Httpx2Answer(self._open(request, deadline), deadline)
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise _translated(error, None) from error

    def close(self) -> None:
        """Close the connections that this process has opened."""
        # Those of the parent process stay: the child must not write to them, not even a goodbye.
        if pool := self._pools.pop(os.getpid(), None):
            pool.close()

    def _open(self, request: Request, deadline: Deadline) -> httpx2.Response:
        # The pool waits with a lock, which takes seconds only.
        timeouts = {"connect": deadline, "read": deadline, "write": deadline, "pool": request.timeout}
        if self._client is None:
            return self._pool().handle_request(_message(None, request, request.body, timeouts))
        message = _message(self._client, request, request.body, timeouts)
        return self._client.send(message, stream=True, follow_redirects=False)

    def _pool(self) -> httpx2.HTTPTransport:
        pid = os.getpid()
        # setdefault() is atomic; a lock could be held by another thread at a fork.
        return self._pools.get(pid) or self._pools.setdefault(pid, PunctualTransport())

    def _read(self, response: httpx2.Response, deadline: Deadline) -> bytes:
        # A hook of the user's client may have read it, or a mock had it at hand.
        if response.is_stream_consumed:
            return response.content
        body = bytearray()
        for chunk in response.stream:  # type: ignore[union-attr]  # a blocking client gives a blocking stream
            body += chunk
            if len(body) > self._max_bytes:
                raise _too_long_error(response, self._max_bytes)
            deadline.left()
        return bytes(body)


class _Httpx2Answer:
    """A response that is read while it arrives."""

    def __init__(self, response: httpx2.Response, deadline: Deadline) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.set_cookies = response.headers.get_list("set-cookie")
        self.is_delimited = _is_delimited(response)
        self._response = response
        self._deadline = deadline
        chunks: Any = [response.content] if response.is_stream_consumed else response.stream
        self._chunks = iter(chunks)

    def read(self, seconds: float, /) -> bytes:
        """Return the next bytes; see ``OpenResponse``."""
        self._deadline.renew(seconds)
        try:
            chunk = b""
            while not chunk:  # ended by the deadline at the latest
                self._deadline.left()
                chunk = next(self._chunks, _END)
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise _translated(error, self._response) from error
        if chunk is _END:
            return b""
        return chunk

    def close(self) -> None:
        """Close the answer, whatever is left to read."""
        self._response.close()


_END: Final[Any] = object()


class AsyncHttpx2Sender:
    """Sends the requests of an ``AsyncClient``."""

    def __init__(self, client: object, max_bytes: int) -> None:
        if not isinstance(client, httpx2.AsyncClient | None):
            raise _other_client_error(client, "AsyncClient")
        self._client = client
        self._max_bytes = max_bytes
        self._pools: dict[tuple[int, asyncio.AbstractEventLoop], httpx2.AsyncHTTPTransport] = {}

    async def send(self, request: Request, /) -> Response:
        """Send one request; see ``AsyncTransport``."""
        response: httpx2.Response | None = None
        if self._client is None:
            self._pool()  # before the clock runs: the first one reads all certificates
        try:
            async with asyncio.timeout(request.timeout):
                response = await self._open(request)
                try:
                    return _whole(response, await self._read(response))
                finally:
                    await response.aclose()
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise _translated(error, response) from error

    async def stream(self, request: Request, /) -> AsyncOpenResponse:
        """Open one stream; see ``AsyncStreamingTransport``."""
        if self._client is None:
            self._pool()
        try:
            async with asyncio.timeout(request.timeout):
                return _AsyncHttpx2Answer(await self._open(request))
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise _translated(error, None) from error

    async def close(self) -> None:
        """Close the connections of this event loop; those of another die with it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # another kind of loop, in which no call has opened any
            return
        if pool := self._pools.pop((os.getpid(), loop), None):
            await pool.aclose()

    async def _open(self, request: Request) -> httpx2.Response:
        body = request.body if isinstance(request.body, bytes) else aiter(request.body)
        # Less than the whole: what ends with that does not tell whether there was a connection.
        timeouts = dict.fromkeys(("connect", "pool"), request.timeout * 0.9)
        if self._client is None:
            return await self._pool().handle_async_request(_message(None, request, body, timeouts))
        message = _message(self._client, request, body, timeouts)
        return await self._client.send(message, stream=True, follow_redirects=False)

    def _pool(self) -> httpx2.AsyncHTTPTransport:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            reason = "an AsyncClient needs asyncio, and this is another event loop, such as trio's"
            raise RuntimeError(f"{reason}: call a Client in a thread") from None
        key = os.getpid(), loop
        pool = self._pools.get(key)
        if pool is None:
            for old in [old for old in self._pools if old[1].is_closed()]:
                del self._pools[old]
            pool = self._pools[key] = httpx2.AsyncHTTPTransport(limits=LIMITS)
        return pool

    async def _read(self, response: httpx2.Response) -> bytes:
        if response.is_stream_consumed:
            return response.content
        body = bytearray()
        async for chunk in response.stream:  # type: ignore[union-attr]  # an async client gives an async stream
            body += chunk
            if len(body) > self._max_bytes:
                raise _too_long_error(response, self._max_bytes)
        return bytes(body)


class _AsyncHttpx2Answer:
    """A response that is read while it arrives."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.set_cookies = response.headers.get_list("set-cookie")
        self.is_delimited = _is_delimited(response)
        self._response = response
        self._chunks = _one_chunk(response.content) if response.is_stream_consumed else aiter(response.stream)  # type: ignore[arg-type]  # an async client gives an async stream

    async def read(self, seconds: float, /) -> bytes:
        """Return the next bytes; see ``OpenResponse``."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                chunk = b""
                while not chunk:  # ended by the timeout at the latest
                    chunk = await anext(self._chunks, _END)
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise _translated(error, self._response) from error
        if chunk is _END:
            return b""
        return chunk

    async def close(self) -> None:
        """Close the answer, whatever is left to read."""
        await self._response.aclose()


async def _one_chunk(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _other_client_error(client: object, class_name: str) -> TypeError:
    kind = type(client)
    return TypeError(
        f"This transport takes an httpx2.{class_name}, not an object of {kind.__module__}.{kind.__qualname__}."
    )


def _message(
    client: Any,
    request: Request,
    body: Any,
    timeouts: Mapping[str, object],
) -> httpx2.Request:
    build = httpx2.Request if client is None else client.build_request
    message: httpx2.Request = build(
        "POST", _parsed(request.url), headers=request.headers, content=body, extensions={"timeout": timeouts}
    )
    return message


@lru_cache(2048)
def _parsed(url: str) -> httpx2.URL:
    return httpx2.URL(url)


def _whole(response: httpx2.Response, body: bytes) -> Response:
    headers = response.headers
    if response.is_stream_consumed and "content-encoding" in headers:
        headers = httpx2.Headers([(k, v) for k, v in headers.items() if k != "content-encoding"])
    return Response(response.status_code, headers, body, headers.get_list("set-cookie"))


def _is_delimited(response: httpx2.Response) -> bool:
    """Return whether a body's end differs from a lost connection; HTTP/2 always says it."""
    is_old = response.http_version.startswith("HTTP/1")
    return not is_old or not {"content-length", "transfer-encoding"}.isdisjoint(response.headers)


def _too_long_error(response: httpx2.Response, max_bytes: int) -> BadResponse:
    return BadResponse(f"it has more than {max_bytes} bytes", response.status_code)


def _translated(error: Exception, response: httpx2.Response | None) -> Exception:
    """Return the exception that says the same in the words of ``Transport``."""
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return NotSent(f"no connection in time ({reason})")
    if isinstance(error, httpx2.TimeoutException):
        return TimeoutError(reason)
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol):
        return NotSent(reason)
    if response is not None:
        return BadResponse(f"it breaks off ({reason})", response.status_code)
    if isinstance(error, httpx2.RemoteProtocolError) and "disconnected" not in reason:
        return BadResponse(reason)
    return ConnectionError(reason)

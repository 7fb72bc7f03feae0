"""The ``Authorization`` header of each request, from a function of the user's: ``Client(auth=...)``.

The function is called for every request, and its value is never remembered: one client may serve
several users, between whom the function chooses. After a 401 it is called once more, and the
request is sent a second time within the time of the call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable, iscoroutine
from time import monotonic
from typing import Any

from ._address import checked_headers, duration
from ._transport import (
    AsyncOpenResponse,
    AsyncTransport,
    AuthFailed,
    OpenResponse,
    Request,
    Response,
    Transport,
    streaming,
)

HEADER = "authorization"


class Authorized:
    """A transport that sends each request with the value of ``auth``."""

    def __init__(self, transport: Transport, auth: Callable[[], str]) -> None:
        self._transport = transport
        self._auth = auth

    def send(self, request: Request, /) -> Response:
        """Send one request; see ``Transport``."""
        if HEADER in request.headers:  # headers of a call win over those of its client
            return self._transport.send(request)
        began = monotonic()
        response = self._transport.send(_with_header(request, request.timeout, _asked_value(self._auth)))
        remaining = request.timeout - (monotonic() - began)
        if not _is_to_repeat(response, request, remaining):
            return response
        return self._transport.send(_with_header(request, remaining, _asked_value(self._auth)))

    def stream(self, request: Request, /) -> OpenResponse:
        """Open one stream; see ``StreamingTransport``."""
        stream: Callable[[Request], OpenResponse] = streaming(self._transport)
        if HEADER in request.headers:
            return stream(request)
        response = stream(_with_header(request, request.timeout, _asked_value(self._auth)))
        if not _is_to_repeat(response, request, request.timeout):
            return response
        response.close()
        return stream(_with_header(request, request.timeout, _asked_value(self._auth)))

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


class AsyncAuthorized:
    """The same for an ``AsyncClient``, whose function may be an asynchronous one."""

    def __init__(self, transport: AsyncTransport, auth: Callable[[], str | Awaitable[str]]) -> None:
        self._transport = transport
        self._auth = auth

    async def send(self, request: Request, /) -> Response:
        """Send one request; see ``AsyncTransport``."""
        if HEADER in request.headers:
            return await self._transport.send(request)
        began = monotonic()
        response = await self._transport.send(_with_header(request, request.timeout, await self._value()))
        remaining = request.timeout - (monotonic() - began)
        if not _is_to_repeat(response, request, remaining):
            return response
        return await self._transport.send(_with_header(request, remaining, await self._value()))

    async def stream(self, request: Request, /) -> AsyncOpenResponse:
        """Open one stream; see ``AsyncStreamingTransport``."""
        stream: Callable[[Request], Awaitable[AsyncOpenResponse]] = streaming(self._transport)
        if HEADER in request.headers:
            return await stream(request)
        response = await stream(_with_header(request, request.timeout, await self._value()))
        if not _is_to_repeat(response, request, request.timeout):
            return response
        await response.close()
        return await stream(_with_header(request, request.timeout, await self._value()))

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def _value(self) -> str:
        value: Any = _asked_value(self._auth)
        if not isawaitable(value):
            header: str = value  # checked where it is sent
            return header
        try:
            later_header: str = await value
        except Exception as error:
            raise _auth_error(error) from error
        return later_header


def _asked_value(auth: Callable[[], Any]) -> Any:
    try:
        return auth()
    except Exception as error:
        raise _auth_error(error) from error


def _auth_error(error: Exception) -> AuthFailed:
    return AuthFailed(f"the function of auth=... raised {error!r}")


def _with_header(request: Request, timeout: float, value: object) -> Request:
    if not isinstance(value, str):
        advice = ""
        if iscoroutine(value):
            value.close()  # or Python would warn that it was never awaited
            advice = "; only an AsyncClient awaits it"
        kind = type(value).__name__
        raise AuthFailed(f"the function of auth=... gave {kind}, not a string such as 'Bearer ...'{advice}")
    try:
        header = checked_headers({HEADER: value})
    except ValueError as error:
        raise AuthFailed(str(error).rstrip(".")) from None
    headers = {**request.headers, **header}
    if timeout != request.timeout:
        headers["request-timeout"] = duration(timeout)
    return Request(request.url, headers, request.body, timeout)


def _is_to_repeat(
    response: Response | OpenResponse | AsyncOpenResponse,
    request: Request,
    remaining: float,
) -> bool:
    # A 401 comes before the action has run, so sending again does no harm.
    is_rewindable = isinstance(request.body, bytes) or request.body.length is not None
    return response.status == 401 and remaining > 0 and is_rewindable

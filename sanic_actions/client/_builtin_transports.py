"""The transports of the library. Each imports its HTTP library when it is made.

No signature mentions a type of the HTTP libraries. Otherwise mypy would load them, and asyncio, for
every program that uses a client package, and take half as long again.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from ._transport import (
    MAX_BYTES,
    AsyncOpenResponse,
    AsyncStreamingTransport,
    OpenResponse,
    Request,
    Response,
    StreamingTransport,
)


class Httpx2Response(Protocol):
    """The response of an httpx2 client to a request."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""


class Httpx2Client(Protocol):
    """An ``httpx2.Client``, by what is used of it."""

    def send(self, request: Any, /, *, stream: bool, follow_redirects: bool) -> Httpx2Response:
        """Send it."""


class AsyncHttpx2Client(Protocol):
    """An ``httpx2.AsyncClient``, by what is used of it."""

    async def send(
        self,
        request: Any,
        /,
        *,
        stream: bool,
        follow_redirects: bool,
    ) -> Httpx2Response:
        """Send it."""


class _Blocking:
    """A transport that leaves the work to another one."""

    _sender: StreamingTransport

    def stream(self, request: Request, /) -> OpenResponse:
        """Send one request; return its response when its head is there.

        See ``StreamingTransport``.
        """
        return self._sender.stream(request)

    def send(self, request: Request, /) -> Response:
        """Send one request; see ``Transport``."""
        return self._sender.send(request)

    def close(self) -> None:
        """Close the connections that this process has opened."""
        self._sender.close()


class _Awaiting:
    """The same for an ``AsyncClient``."""

    _sender: AsyncStreamingTransport

    def stream(self, request: Request, /) -> Awaitable[AsyncOpenResponse]:
        """Send one request; return its response when its head is there.

        See ``AsyncStreamingTransport``.
        """
        return self._sender.stream(request)

    def send(self, request: Request, /) -> Awaitable[Response]:
        """Send one request; see ``AsyncTransport``."""
        return self._sender.send(request)

    def close(self) -> Awaitable[None]:
        """Close the connections of this event loop; those of another die with it."""
        return self._sender.close()


class Httpx2Transport(_Blocking):
    """Sends the requests of a ``Client`` with httpx2.

    A blocking socket knows no deadline of a whole exchange: each step (connecting, sending, waiting
    for the answer) may take as long as the request's timeout, and reading the answer ends at it.
    """

    def __init__(self, client: Httpx2Client | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        """Make a transport.

        Args:
            client: An ``httpx2.Client`` of yours, with authentication, proxies, mocks, a cookie
                jar; closing it stays with you.
            max_bytes: How much of an answer is read before it is refused.

        Raises:
            TypeError: The client is none of httpx2, or an asynchronous one.
        """
        self._sender = _httpx2_sender(client, max_bytes)


class AsyncHttpx2Transport(_Awaiting):
    """Sends the requests of an ``AsyncClient`` with httpx2."""

    def __init__(
        self,
        client: AsyncHttpx2Client | None = None,
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Make a transport.

        Args:
            client: An ``httpx2.AsyncClient`` of yours, with authentication, mocks, an ASGI
                transport of an app that is started (``local`` of ``sanic_actions.testing`` starts
                one of Sanic); closing it stays with you.
            max_bytes: How much of an answer is read before it is refused.

        Raises:
            TypeError: The client is none of httpx2, or a blocking one.
        """
        self._sender = _async_httpx2_sender(client, max_bytes)


class PyqwestTransport(_Blocking):
    """Sends the requests of a ``Client`` with pyqwest. Proxies are those of the environment."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Make a transport.

        Args:
            max_bytes: How much of an answer is read before it is refused.

        Raises:
            ModuleNotFoundError: pyqwest is not installed.
        """
        self._sender = _pyqwest_sender(max_bytes)


class AsyncPyqwestTransport(_Awaiting):
    """Sends the requests of an ``AsyncClient`` with pyqwest. Proxies are those of the environment."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Make a transport.

        Args:
            max_bytes: How much of an answer is read before it is refused.

        Raises:
            ModuleNotFoundError: pyqwest is not installed.
        """
        self._sender = _async_pyqwest_sender(max_bytes)


# mypy skips the bodies of functions in installed packages, except of methods that set attributes.
# The imports are therefore in functions of their own, or mypy would follow them.


def _httpx2_sender(client: Httpx2Client | None, max_bytes: int) -> StreamingTransport:
    from ._httpx2 import Httpx2Sender

    return Httpx2Sender(client, max_bytes)


def _async_httpx2_sender(
    client: AsyncHttpx2Client | None,
    max_bytes: int,
) -> AsyncStreamingTransport:
    from ._httpx2 import AsyncHttpx2Sender

    return AsyncHttpx2Sender(client, max_bytes)


def _pyqwest_sender(max_bytes: int) -> StreamingTransport:
    from ._pyqwest import PyqwestSender

    return PyqwestSender(max_bytes)


def _async_pyqwest_sender(max_bytes: int) -> AsyncStreamingTransport:
    from ._pyqwest import AsyncPyqwestSender

    return AsyncPyqwestSender(max_bytes)

"""The port to the network: one request out, one response back, or an exception that says why not.

Any object with the two methods of a protocol is a transport; streams need a third one, ``stream``.
What they raise decides which error the caller gets:

    BadResponse      something came back, but no whole HTTP response
    TimeoutError     no answer within ``request.timeout`` seconds
    NotSent          the request never reached the server: refused, unknown host, TLS
    anything else    no answer at all, and nobody knows how far the request got: reset, hung up
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

MAX_BYTES: Final = 64 * 2**20
"""How much of an answer a transport reads by default: what comes from the network must not fill the memory."""


class Body(Protocol):
    """A request body too large to be held in memory. Each iteration starts at its beginning."""

    @property
    def length(self) -> int | None:
        """Length in bytes; None when it cannot be known before."""

    def __iter__(self) -> Iterator[bytes]:
        """The bytes, for a blocking transport."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes, for an asynchronous transport."""


class Request:
    """A POST request.

    Attributes:
        url: The absolute URL of the action.
        headers: Header fields by their names in lower case. They belong to the client: never change
            them.
        body: The bytes, or what yields them.
        timeout: Seconds that the whole exchange may take.
    """

    __slots__ = ("body", "headers", "timeout", "url")

    url: str
    headers: Mapping[str, str]
    body: bytes | Body
    timeout: float

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body,
        timeout: float,
    ) -> None:
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout

    def __repr__(self) -> str:
        return f"<Request POST {self.url}>"  # neither headers nor body: they hold secrets


class Response:
    """A whole response.

    Attributes:
        status: The HTTP status.
        headers: Header fields by their names in lower case.
        body: The bytes as they came: a client asks for no content coding and decodes none.
        set_cookies: The values of ``Set-Cookie``, the one header whose fields cannot be joined.
    """

    __slots__ = ("body", "headers", "set_cookies", "status")

    status: int
    headers: Mapping[str, str]
    body: bytes
    set_cookies: Sequence[str]

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        set_cookies: Sequence[str] = (),
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.set_cookies = set_cookies

    def __repr__(self) -> str:
        # The body is left out, as it may hold secrets.
        return f"<Response {self.status}, {len(self.body)} bytes of {self.headers.get('content-type', 'no type')}>"


class BadResponse(Exception):  # what came, not what went wrong
    """Something answered, but not with a whole HTTP response that could be read.

    Attributes:
        status: The HTTP status, where the answer got that far.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class NotSent(ConnectionError):  # what did not happen
    """There was no connection, so that the server knows nothing of the request; sending it again does no harm."""


class AuthFailed(Exception):  # what happened
    """The function of ``auth=`` gave no value that can be sent, so nothing was sent."""


class Transport(Protocol):
    """Sends the requests of a ``Client``; used by several threads at once."""

    def send(self, request: Request, /) -> Response:
        """Send one request, follow no redirect, and give the response, whatever its status."""

    def close(self) -> None:
        """Close all connections."""


class AsyncTransport(Protocol):
    """Sends the requests of an ``AsyncClient``; used by several tasks at once."""

    def send(self, request: Request, /) -> Awaitable[Response]:
        """Send one request, follow no redirect, and give the response, whatever its status."""

    def close(self) -> Awaitable[None]:
        """Close all connections."""


class OpenResponse(Protocol):
    """A response whose body is still to be read. It is used by one thread at a time.

    With an attribute ``set_cookies``, as a ``Response`` has it, callers can read the cookies of
    streams and downloads.
    """

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields by their names in lower case."""

    def read(self, seconds: float, /) -> bytes:
        """Return the next bytes of the body, and none at its end.

        Raises:
            TimeoutError: None came within these seconds.
            BadResponse: The body breaks off.
        """

    def close(self) -> None:
        """Close the answer, with its connection if there is more to read."""


class AsyncOpenResponse(Protocol):
    """The same for an ``AsyncTransport``."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields by their names in lower case."""

    def read(self, seconds: float, /) -> Awaitable[bytes]:
        """Return the next bytes of the body, and none at its end; see ``OpenResponse``."""

    def close(self) -> Awaitable[None]:
        """Close the answer, with its connection if there is more to read."""


class StreamingTransport(Transport, Protocol):
    """A transport that can read an answer as it arrives, for the streams of a ``Client``."""

    def stream(self, request: Request, /) -> OpenResponse:
        """Send one request and return its response as soon as its head is there, within ``request.timeout``."""


class AsyncStreamingTransport(AsyncTransport, Protocol):
    """The same for an ``AsyncClient``."""

    def stream(self, request: Request, /) -> Awaitable[AsyncOpenResponse]:
        """Send one request and return its response as soon as its head is there, within ``request.timeout``."""


class CannotStream(AuthFailed):
    """A transport of the user's has no ``stream``, so nothing was sent."""


def streaming(transport: Any) -> Callable[[Request], Any]:
    """Return the method of a transport that opens a stream.

    Raises:
        CannotStream: It has none.
    """
    method: Callable[[Request], Any] | None = getattr(transport, "stream", None)
    if method is None:
        name = type(transport).__name__
        raise CannotStream(f"the transport {name} reads whole answers only: give it a method stream(request)")
    return method

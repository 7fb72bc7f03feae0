"""All that touches private parts of Sanic and sanic-ext: what an upgrade of them may break.

Nothing here knows of actions. Each function says which part it relies on. There are sections for
answers, streams, bodies, requests, routes, exceptions, start and stop, and sanic-ext.
"""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import struct
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from operator import attrgetter
from time import monotonic
from types import SimpleNamespace
from typing import Any, Final, Literal

from httptools import parse_url
from multidict import istr
from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.compat import Header
from sanic.cookies import Cookie
from sanic.exceptions import ServiceUnavailable
from sanic.handlers import ErrorHandler
from sanic.headers import format_http1_response
from sanic.helpers import has_message_body
from sanic.http.constants import Stage
from sanic.http.http1 import Http
from sanic.response import BaseHTTPResponse
from sanic.router import Router
from sanic.touchup.service import TouchUp
from sanic_routing.route import Route

AnyRequest = Request[Any, Any]
ReadChunk = Callable[[], Awaitable[bytes | None]]
"""Gives the next non-empty part of a body, then None."""

Resolution = tuple[Route, Any, dict[str, Any]]
Resolve = Callable[..., Resolution]

_HTTP1: Final[Any] = Http
"""The stream of a request of Sanic's server, which holds more than its annotations say."""


# ---- Answers


_ALWAYS: Final = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
_HEADERS: Final = Header(_ALWAYS)

_LENGTH: Final = istr("content-length")
_TYPE: Final = istr("content-type")
"""Header names as ``istr``, as the header mapping stores them; others would be converted."""

_BODILESS: Final = frozenset(status for status in range(100, 400) if not has_message_body(status))
"""The statuses whose answers have no body."""


class Answer(HTTPResponse):
    """The response of an action: Sanic's, with our headers, in a fraction of the time.

    Relies on the slots of ``BaseHTTPResponse``, on ``processed_headers``, which Sanic asks for when
    it sends, and on what ``Http.http1_response_header`` does for a whole answer.

    Args:
        body: The body; None for an answer without one.
        status: The HTTP status.
        content_type: Of the body.
    """

    __slots__ = ("_has_length", "_headers")

    def __init__(self, body: bytes | None, status: int, content_type: str | None = None) -> None:
        # Sanic's own constructor makes three sets of headers.
        self.asgi, self.stream, self._cookies = False, None, None
        self.body, self.status, self.content_type = body or b"", status, content_type
        self._has_length = body is not None
        self._headers: Header | None = None

    @property
    def headers(self) -> Header:
        """The headers, made when somebody asks for them: whoever changes some does."""
        if self._headers is None:
            self._headers = _HEADERS.copy()
            if self._has_length:  # Sanic's own server adds the length, but under ASGI nobody would
                self._headers[_LENGTH] = ""
        return self._headers

    @headers.setter
    def headers(self, headers: Header) -> None:
        self._headers = headers

    def send(self, data: Any = None, end_stream: bool | None = None) -> Coroutine[Any, Any, None]:
        """Send the answer; where nothing about it is special, with the head that Sanic gave to the first of its kind.

        This makes a call a ninth cheaper. It is not a coroutine of its own, which each item of a
        stream would pay for.
        """
        stream: Any = self.stream
        if end_stream and not data and (self._headers is not None or self.status in _BODILESS):
            self._take_back_framing()
        if type(stream) is not _HTTP1:
            return super().send(data, end_stream)
        if STOPPING and stream.protocol.app in STOPPING:  # or Sanic would wait for another call on the connection
            stream.keep_alive = False
        is_whole = self._headers is None and not data and end_stream and (self._has_length or not self.body)
        if not is_whole or _is_special(stream):
            return super().send(data, end_stream)
        return self._send_at_once(stream)

    def _take_back_framing(self) -> None:
        """Take back a coding that middleware has named for the transfer, and the body if its status has none.

        Servers send the bytes all the same, and clients take them for the next answer on the
        connection.
        """
        headers = self._headers
        if headers is not None:
            headers.popall("transfer-encoding", None)
        if self.status != 200 and self.body and not has_message_body(self.status):
            self.body, self._has_length = b"", False
            if headers is not None:
                headers.popall(_LENGTH, None)

    @property
    def send_part(self) -> Callable[[bytes], Coroutine[Any, Any, None]]:
        """Sends a part of the body after the first: the method that ``send`` leaves it to."""
        return super().send

    async def _send_at_once(self, stream: Any) -> None:
        # Sanic rewrites this method when a server starts, by its settings.
        kind = _HTTP1.http1_response_header, self.status, self.content_type, self._has_length, stream.keep_alive
        head = _HEADS.get(kind)
        if head is None:
            await super().send(end_stream=True)
            self._remember_head(kind)
            return
        body = self.body or b""
        if self._has_length:
            head %= len(body)
        stream.response_func = None
        await stream._send(head + body)
        stream.stage = Stage.IDLE

    def _remember_head(self, kind: Hashable) -> None:
        if self._has_length is not (_LENGTH in self.headers):
            return
        if len(_HEADS) >= MAX_HEADS:  # those of apps that were started before are among them
            _HEADS.clear()
        head = format_http1_response(self.status, self.processed_headers)
        if self._has_length:
            length = b"content-length: %d" % len(self.body or b"")
            # The head becomes a template for bytes.__mod__, in which a % of a header stays one.
            head = head.replace(b"%", b"%%").replace(length, b"content-length: %d", 1)
        _HEADS[kind] = head

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Each header as bytes."""
        headers = self.headers
        if self.content_type is not None and (self.status == 200 or has_message_body(self.status)):
            headers.setdefault(_TYPE, self.content_type)
        if _LENGTH in headers:  # known only here: middleware may have changed the body
            headers[_LENGTH] = len(self.body or b"")
        ready = _READY.get
        try:
            return iter([ready(header) or self._as_bytes(*header) for header in headers.items()])
        except TypeError:  # a value that has no hash, from middleware
            return iter([self._as_bytes(*header) for header in headers.items()])

    @property
    def has_body(self) -> bool:
        """Whether its status lets it have a body, which middleware may have changed."""
        return bool(has_message_body(self.status))

    def become_head(self) -> None:
        """Remove the body and its headers that response middleware has set: the parts follow.

        Such a body is most often a compressed one, of nothing.
        """
        if self.body:
            self.body = b""
            self.headers.popall("content-encoding", None)
        self.headers.popall("content-length", None)
        self.headers.popall("transfer-encoding", None)

    def _as_bytes(self, name: str, value: object) -> tuple[bytes, bytes]:
        if type(value) is int:
            return name.encode("ascii"), b"%d" % value
        return self._clean(name).encode("ascii"), self._clean(f"{value}").encode(errors="surrogateescape")

    _clean = staticmethod(HTTPResponse._sanitize_header_value)


STOPPING: Final[set[Sanic[Any, Any]]] = set()
"""Apps whose server stops: their answers close the connection, also of calls that began before."""

MAX_HEADS: Final = 64
"""How many heads are remembered: media types are the app's."""

_HEADS: Final[dict[Hashable, bytes]] = {}
"""Heads of answers without additions, by kind; ``%d`` stands for the length of the body."""


def _is_special(stream: Any) -> bool:
    """Return whether Sanic has more to do for an answer than to send it, or less.

    Relies on attributes of ``Http`` and on ``HttpProtocol.access_log``.
    """
    is_begun = stream.stage is not Stage.HANDLER
    return bool(is_begun or stream.head_only or stream.expecting_continue or stream.protocol.access_log)


class FileAnswer(Answer):
    """The head of a file whose bytes are sent one part after another.

    Relies on ``BaseHTTPResponse.send``, which Sanic calls with nothing at the end of each answer:
    one that is broken off does not get its end, so that nobody takes it for whole.

    Args:
        content_type: Of the file.
        size: Its length in bytes; None for one that ends when it ends.
    """

    __slots__ = ("is_broken", "size")

    def __init__(self, content_type: str, size: int | None) -> None:
        super().__init__(None, 200, content_type)
        self.is_broken = False
        self.size = size

    def become_head(self) -> None:
        """Remove the body and its headers that middleware has set; the length is the file's."""
        super().become_head()
        if self.size is not None:
            self.headers["content-length"] = str(self.size)

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Each header as bytes."""
        self.headers.popall("content-length", None)
        yield from super().processed_headers
        if self.size is not None:
            yield b"content-length", b"%d" % self.size

    async def send(self, data: Any = None, end_stream: bool | None = None) -> None:
        """Send some bytes, or the end."""
        if not self.is_broken:
            await super().send(data, end_stream)


_READY: Final = {
    (name, value): (name.encode(), value.encode())
    for name, value in (
        *_ALWAYS.items(),
        ("content-type", "application/json"),
        ("content-type", "application/problem+json"),
        ("content-type", "text/plain; charset=utf-8"),
        ("cache-control", "no-store"),
        ("connection", "keep-alive"),
        ("alt-svc", ""),
    )
}
"""The headers that never change, as Sanic would encode and clean them for each answer."""


class TokenCookie(Cookie):
    """A cookie that holds a token, made and written in a tenth of the time that Sanic takes for cookies of any kind.

    Relies on the slots of ``Cookie``, whose properties middleware may set.
    """

    __slots__ = ()

    @classmethod
    def of_site(cls, key: str, value: str, *, max_age: int, secure: bool) -> TokenCookie:
        """Return a cookie for all pages of the site and none of its scripts.

        Args:
            key: Its name.
            value: The token.
            max_age: Seconds in which it is good.
            secure: Whether it is sent over https only.
        """
        # Sanic's own constructor looks at what is constant here.
        cookie = cls.__new__(cls)
        cookie.key, cookie.value, cookie._path, cookie._max_age, cookie._secure = key, value, "/", max_age, secure
        cookie._httponly, cookie._samesite, cookie._partitioned = True, "Lax", False
        cookie._comment = cookie._domain = cookie._expires = None
        return cookie

    def __str__(self) -> str:
        has_more = self._domain or self._comment or self._expires or self._partitioned
        if has_more or self._max_age is None or not _TOKEN.fullmatch(self.value):
            text: str = super().__str__()  # type: ignore[no-untyped-call]  # Sanic's
            return text
        flags = ""
        if self._samesite:
            flags += f"; SameSite={self._samesite}"
        if self._secure:
            flags += "; Secure"
        if self._httponly:
            flags += "; HttpOnly"
        return f"{self.key}={self.value}; Path={self._path}; Max-Age={self._max_age}{flags}"


_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+")


# ---- Streams


async def end_of_connection(request: AnyRequest) -> None:
    """Return when the caller of an ASGI server has left; never on Sanic's own server.

    There the task of the request is cancelled.

    Relies on ``MockTransport.receive``, which nothing else asks once the body is read.
    """
    if not request.app.asgi:
        await asyncio.get_running_loop().create_future()
    transport: Any = request.transport
    while not is_connection_lost(request):
        message = await transport.receive()
        if message["type"] == "http.disconnect":
            return


def is_server_stopping() -> bool:
    """Return whether uvicorn was asked to stop, which waits for open answers and tells nobody.

    Relies on its handler of signals being a method of its server, which has ``should_exit``.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return getattr(server, "should_exit", False) is True


def cut_connection(request: AnyRequest) -> None:
    """Close the connection of Sanic's server, whatever waits. Relies on ``Request.transport``."""
    transport: Any = request.transport
    abort = getattr(transport, "abort", None)
    if abort is None or request.app.asgi:
        return
    if request.version == "1.0":
        reset_when_closed(transport.get_extra_info("socket"))
    abort()


def reset_when_closed(connection: Any) -> None:
    """Have a TCP connection end with a reset, which tells an HTTP/1.0 caller that the answer is not whole.

    Its answers end with the connection, so that an orderly end would make a part look like the
    whole (RFC 9112, 8).
    """
    with suppress(OSError, AttributeError):  # not of TCP
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


_RESET: Final = struct.pack("ii", 1, 0)
"""Linger for no time: what is not sent yet is dropped, and the end is a reset."""


def end_with_connection(request: AnyRequest, head: BaseHTTPResponse) -> None:
    """Have Sanic's own server end an answer without a length by closing, for a caller that speaks HTTP/1.0.

    Sanic sends it in chunks whoever asks, which RFC 9112 (6.1) forbids: a caller of HTTP/1.0 takes
    their marks for content. Relies on ``Http.response_func``, which writes the head and then the
    parts of an answer, and on ``Http.keep_alive``. Under ASGI the server frames answers: granian,
    hypercorn and uvicorn with h11 do it so.
    """
    stream: Any = request.stream
    if request.app.asgi or request.version != "1.0":
        return

    async def send_head(data: bytes, end_stream: bool) -> None:
        stream.keep_alive = False
        head.headers["connection"] = "close"
        if stream.protocol.access_log:
            stream.log_response()
        stream.stage, stream.response_func = Stage.RESPONSE, send_part
        await stream._send(format_http1_response(head.status, head.processed_headers))
        await send_part(data, end_stream)

    async def send_part(data: bytes, end_stream: bool) -> None:
        if data:
            await stream._send(data)
        if end_stream:
            stream.stage, stream.response_func = Stage.IDLE, None

    stream.response_func = send_head


# ---- Bodies


def has_arrived(request: AnyRequest, limit: int) -> bool:
    """Return whether the body came along with its head, as small ones do: no wait, no clock.

    Relies on ``request_body``, ``request_bytes``, ``request_bytes_left`` and ``recv_buffer`` of
    ``Http``, the stream of Sanic's own server. What middleware has read is not there, though the
    next request of the connection may be.
    """
    stream: Any = request.stream
    if type(stream) is not _HTTP1 or stream.request_body is not True or request.body:
        return False
    size: int = stream.request_bytes
    if request.headers.get(_LENGTH) != str(size):  # Sanic's int() reads the digits of other scripts too
        return False
    return stream.request_bytes_left == size <= limit and len(stream.recv_buffer) >= size


def read_at_hand(request: AnyRequest) -> Awaitable[bytes | None]:
    """Read a body that came with its request's head; None for an empty one.

    Relies on ``Http.request_body``: Sanic looks for more of the body afterwards, where it is not
    None.
    """
    stream: Any = request.stream
    stream.request_body = None
    body: Awaitable[bytes | None] = stream.read()
    return body


def chunk_reader(request: AnyRequest) -> ReadChunk:
    """Return what reads a body part by part; under ASGI it raises ``EOFError`` where the connection was lost.

    Relies on ``ASGIApp.transport`` and ``ASGIApp.request_body``: Sanic takes ``http.disconnect``
    for the end of a body, so that a body cut short looks complete.
    """
    stream: Any = request.stream
    if not request.app.asgi:
        chunks = aiter(stream)
        return lambda: anext(chunks, None)

    async def read() -> bytes | None:
        # One message at a time; who reads counts bytes, chunks and seconds.
        while stream.request_body:
            message = await stream.transport.receive()
            if message["type"] == "http.disconnect":
                raise EOFError
            stream.request_body = message.get("more_body", False)
            if chunk := message.get("body", b""):
                return bytes(chunk)
        return None

    return read


def consumed_size(request: AnyRequest) -> int:
    """Return how many bytes of the body somebody has read off the connection so far.

    Relies on ``Http.request_bytes`` and ``Http.request_bytes_left``; under ASGI on
    ``watch_connection``.
    """
    if request.app.asgi:
        return getattr(request.transport, "sanic_actions_bytes", 0)
    stream: Any = request.stream
    return (getattr(stream, "request_bytes", 0) or 0) - (getattr(stream, "request_bytes_left", 0) or 0)


def is_body_over(request: AnyRequest, length: int | None) -> bool:
    """Return whether the connection has no more of the body.

    Relies on ``request_body`` of the streams of hosts.
    """
    return not getattr(request.stream, "request_body", None) or consumed_size(request) == length


def watch_connection(request: AnyRequest) -> None:
    """Note what is read, and a connection that is lost, while middleware runs, as a request middleware of ours.

    Relies on ``MockTransport._receive``. Nothing that comes later can tell: some servers say
    ``http.disconnect`` once.
    """
    transport: Any = request.transport
    receive = transport._receive
    transport.sanic_actions_bytes = 0

    async def watched() -> Any:
        message = await receive()
        if message["type"] == "http.disconnect":
            transport.sanic_actions_lost = True
        else:
            transport.sanic_actions_bytes += len(message.get("body", b""))
        return message

    transport._receive = watched


def is_connection_lost(request: AnyRequest) -> bool:
    """Return whether ``watch_connection`` has seen the end of the connection."""
    return hasattr(request.transport, "sanic_actions_lost")


def hang_up(request: AnyRequest) -> None:
    """Have Sanic's own server close the connection after the answer instead of waiting for the rest of the body.

    Relies on ``Http.keep_alive`` and ``Http.request_body``.
    """
    stream: Any = request.stream
    if hasattr(stream, "keep_alive"):
        stream.keep_alive, stream.request_body = False, None


def abandon_body(request: AnyRequest) -> None:
    """Have Sanic's own server drop what is left of a body in chunks, whose sender was refused.

    Relies on ``Http.request_body``. Sanic would read the rest after the answer, at 6 µs a chunk
    without a pause for others: a million chunks of one byte would hold the worker for 6 seconds.
    """
    if getattr(request.stream, "request_body", None) == "chunked":
        hang_up(request)


# ---- Requests


class JobRequest(Request[Any, Any]):
    """A request that nobody has sent, for a job. Relies on ``Request``'s constructor."""

    def __init__(self, app: Sanic[Any, Any]) -> None:
        nobody: Any = None
        super().__init__(b"/", Header(), "1.1", "POST", nobody, app)


context_of: Final[Callable[[AnyRequest], SimpleNamespace | None]] = attrgetter("_ctx")
"""Gives the context of a request, None for a request that has none. Relies on ``Request._ctx``.

To ask ``Request.ctx`` makes a context for each request that has none, at 1 µs.
"""


def sent_query(request: AnyRequest) -> str:
    """Return the query that was sent, despite ``OtherQuery``. Relies on ``Request.raw_url``."""
    query: bytes = parse_url(request.raw_url).query or b""
    return query.decode("utf-8")  # as Request.query_string does


class OtherQuery:
    """Gives a request another query for a while.

    Relies on ``Request._parsed_url``, ``parsed_args`` and ``parsed_not_grouped_args``.
    """

    __slots__ = ("_before", "_query", "_request")

    def __init__(self, request: AnyRequest, query: str) -> None:
        self._request: Any = request
        self._query = query

    def __enter__(self) -> None:
        request = self._request
        self._before = request._parsed_url, request.parsed_args, request.parsed_not_grouped_args
        path: bytes = request._parsed_url.path
        if self._query:
            path += b"?" + self._query.encode()
        request._parsed_url = parse_url(path)
        request.parsed_args = defaultdict(request.parsed_args.default_factory)
        request.parsed_not_grouped_args = defaultdict(list)

    def __exit__(self, *_: object) -> None:
        request = self._request
        request._parsed_url, request.parsed_args, request.parsed_not_grouped_args = self._before


# ---- Routes


def override_resolve(app: Sanic[Any, Any], override: Callable[[Resolve], Resolve]) -> None:
    """Give the app's router a subclass of its class, with the ``resolve`` of ``override``.

    Relies on ``Router.get``, which asks ``resolve`` and caches the answer, so that a request passes
    here once for each path; and on the router's class being free to be replaced, which keeps the
    class that a user has chosen.
    """
    router: Any = app.router
    base: type[Router] = type(router)

    class PageRouter(base):  # type: ignore[misc, valid-type]  # the class of a router that users may have chosen
        def resolve(self, path: str, *, method: str | None = None, **more: Any) -> Resolution:
            resolve: Resolve = override(super().resolve)
            return resolve(path, method=method, **more)

    router.__class__ = PageRouter


@contextmanager
def routes_left_out(blueprint: Blueprint, ending: str | None) -> Iterator[None]:
    """Register a blueprint without the routes whose names end so; None for with all of them.

    Relies on ``Blueprint._future_routes``.
    """
    left_out = {route for route in blueprint._future_routes if ending is not None and route.name.endswith(ending)}
    blueprint._future_routes -= left_out
    try:
        yield
    finally:
        blueprint._future_routes |= left_out


def is_page(route: Route, handler: Any) -> bool:
    """Return whether an app's author wrote the page behind a route.

    Static files, websockets and pages of Sanic and sanic-ext are not pages.

    Relies on ``route.extra.static`` and on the module of the handlers of Sanic and sanic-ext.
    """
    if getattr(route.extra, "static", False) or hasattr(handler, "is_websocket"):
        return False
    while isinstance(handler, partial):  # of the app's author, not of a caller
        handler = handler.func
    module = getattr(handler, "__module__", None) or ""
    return module.partition(".")[0] not in ("sanic", "sanic_ext", "sanic_testing")


def watch_route(route: Route) -> None:
    """Have ``watch_connection`` run before all other middleware of a route."""
    extra: Any = route.extra
    if watch_connection not in extra.request_middleware:
        extra.request_middleware = deque([watch_connection, *extra.request_middleware])


# ---- Exceptions


AnswerError = Callable[[AnyRequest, Exception, bool], HTTPResponse | None]
"""Makes the answer to a request and an exception; None to leave it to Sanic.

Its third argument says whether the app has a handler for the exception.
"""


def override_errors(app: Sanic[Any, Any], answer: AnswerError, originals: Mapping[str, str]) -> None:
    """Give the app's error handler a subclass of its own class, which asks ``answer`` first.

    Relies on ``ErrorHandler.response``, which Sanic asks for the answer to an exception; on
    ``_lookup``, which finds handlers by the name of a route; and on the class being free to be
    replaced, which keeps the one of a user.

    Args:
        app: The app.
        answer: Makes the answer.
        originals: The names of routes by those of their copies, which no handler knows.
    """
    handler: Any = app.error_handler
    base: type[ErrorHandler] = type(handler)
    if hasattr(base, "sanic_actions_answer"):
        return

    class CallErrorHandler(base):  # type: ignore[misc, valid-type]  # the class of a handler that users may have chosen
        sanic_actions_answer = True

        def _lookup(self, exception: Exception, route_name: str | None = None) -> Any:
            return super()._lookup(exception, originals.get(route_name or "", route_name))

        def response(self, request: AnyRequest, exception: Exception) -> Any:
            is_handled = self._lookup(exception, request.name) is not None
            response = answer(request, exception, is_handled)
            return super().response(request, exception) if response is None else response

    handler.__class__ = CallErrorHandler


def handler_of_error(request: AnyRequest, exception: Exception, route_name: str) -> Any:
    """Return what an app has registered for an exception on a route, if anything.

    Relies on ``ErrorHandler._lookup``.
    """
    return request.app.error_handler._lookup(exception, route_name)


def is_response_timeout(exception: BaseException | None) -> bool:
    """Return whether an exception is the response timeout of Sanic's own server.

    Relies on the message that ``HttpProtocol.check_timeouts`` gives it.
    """
    return type(exception) is ServiceUnavailable and str(exception) == "Response Timeout"


def is_cut_by_server(request: Request[Any, Any]) -> bool:
    """Return whether Sanic's own server has cancelled a request because its response timeout is over."""
    return is_response_timeout(getattr(request.stream, "exception", None))


def outlive_cut(request: AnyRequest) -> bool:
    """Let a request that Sanic's own server has cut be answered all the same, within as much time again.

    Relies on ``Http.exception``, and on ``HttpProtocol.check_timeouts``, which runs no more after
    a cut and counts from ``_time``.
    """
    task = asyncio.current_task()
    stream: Any = request.stream
    if task is None or not is_cut_by_server(request):
        return False
    task.uncancel()
    stream.exception, stream.protocol._time = None, monotonic()
    stream.protocol.check_timeouts()
    return True


# ---- Start and stop


def has_test_client(app: Sanic[Any, Any]) -> bool:
    """Return whether an app was asked for a client of sanic-testing.

    Relies on where Sanic keeps these.
    """
    return bool(getattr(app, "_test_client", None) or getattr(app, "_asgi_client", None))


def keep_original_methods() -> None:
    """Keep Sanic's own methods, which the start of an app rewrites, where a start in test mode looks for them.

    Or no app could be started in test mode after another one, which was started without it. Relies
    on ``TouchUp.run``.
    """
    for owner, name in TouchUp._registry:
        if not (getattr(owner, "__touched__", False) or hasattr(owner, f"_{name}")):
            setattr(owner, f"_{name}", getattr(owner, name))


async def start_without_server(app: Sanic[Any, Any]) -> None:
    """Prepare an app for requests on the running loop; its listeners are another step.

    Relies on ``Sanic._startup``, as the lifespan protocol of ASGI does.
    """
    await app._startup()


async def run_listeners(app: Sanic[Any, Any], moment: Literal["init", "shutdown"]) -> None:
    """Run the listeners of an app for its start or its stop, those before it and those after it.

    Relies on ``Sanic._server_event``.
    """
    await app._server_event(moment, "before")
    await app._server_event(moment, "after")


# ---- sanic-ext


def extension_of(app: Sanic[Any, Any]) -> Any:
    """Return the sanic-ext of an app; None without one. Relies on ``Sanic._ext``."""
    return getattr(app, "_ext", None)


def dependencies_of(app: Sanic[Any, Any]) -> Mapping[Any, Any]:
    """Return what sanic-ext can make, by type; else nothing. Relies on ``_injection_registry``."""
    registry: Any = getattr(extension_of(app), "_injection_registry", None)
    return {} if registry is None else registry


def may_add_dependencies(app: Sanic[Any, Any]) -> bool:
    """Return whether code of the app's own runs before it serves, and could give sanic-ext more to make.

    Relies on ``_future_signals``, which listeners are by now, and on ``listeners`` for those of the
    main process.
    """
    if find_spec("sanic_ext") is None:
        return False
    functions: list[Any] = list(app.listeners.get("main_process_start", ()))
    for future in app._future_signals:
        # Sanic registers a listener as a signal: a partial that has it as the keyword `listener`.
        if str(getattr(future.event, "value", future.event)) == "server.init.before":
            functions.append(getattr(future.handler, "keywords", {}).get("listener", future.handler))
    modules = [str(getattr(function, "__module__", "")).partition(".")[0] for function in functions]
    return not {"sanic", "sanic_ext", "sanic_actions"}.issuperset(modules)


def constants_of(app: Sanic[Any, Any]) -> Mapping[str, Any]:
    """Return the constants that sanic-ext injects. Relies on its ``_constant_registry``."""
    registry: Any = getattr(extension_of(app), "_constant_registry", None)
    return {} if registry is None else registry

"""Streams: the items of an action as they arrive, for both clients.

A stream is opened by its first item that is asked for and closed by its end, by an error, by ``with`` and ``close()``,
and when nobody holds it any more. The time of a client is the gap between two items, which comments do not fill.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, Self, TypeVar

from .._errors import ActionError, set_place
from .._literals import CONTRACT_HEADER
from .._results import Err, Ok
from ._calls import AnyCall, is_in_event_loop
from ._events import EventReader, ServerEvent
from ._outcome import MAX_PROBLEM, failure, unanswered
from ._retries import is_passing, is_rewindable, pause_after
from ._transport import AsyncOpenResponse, BadResponse, OpenResponse, Request, Response, streaming

if TYPE_CHECKING:
    from ._observed import Conversation
    from ._plan import Plan

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)

_EVENT_STREAM: Final = "text/event-stream"
_JSON: Final = {"content-type": "application/json"}
_PROBLEM: Final = {"content-type": "application/problem+json"}


class Stream(Generic[R_co, E_co]):
    """The items of a stream of a ``Client``: an iterator, and a context manager that closes it. One thread reads it."""

    def __init__(self, course: _Course) -> None:
        self._course = course
        self._items = _received(course)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[R_co]:
        return self

    def __next__(self) -> R_co:
        """Return the next item.

        Raises:
            StopIteration: The stream is whole, or closed.
            InputError: The input is invalid.
            ActionError: The action failed as it declares.
            CallError: The call failed in any other way.
        """
        item: R_co = next(self._items)
        return item

    def safe(self) -> Iterator[Ok[R_co] | Err[E_co]]:
        """Yield ``Ok`` with each item; an ``Err`` with what a plain iteration would raise is the last one."""
        try:
            for item in self:
                yield Ok(item)
        except ActionError as error:
            yield Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other
        finally:
            self.close()

    def close(self) -> None:
        """End the stream; the server closes its generator."""
        self._items.close()

    def __repr__(self) -> str:
        return f"<stream of {self._course.name}>"


class AsyncStream(Generic[R_co, E_co]):
    """The items of a stream of an ``AsyncClient``: the same with ``async for`` and ``async with``, never awaited."""

    def __init__(self, course: _Course) -> None:
        self._course = course
        self._items = _received_async(course)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[R_co]:
        return self

    async def __anext__(self) -> R_co:
        """Return the next item; see ``Stream``."""
        item: R_co = await anext(self._items)
        return item

    async def safe(self) -> AsyncIterator[Ok[R_co] | Err[E_co]]:
        """Yield ``Ok`` with each item; an ``Err`` with what a plain iteration would raise is the last one."""
        try:
            async for item in self:
                yield Ok(item)
        except ActionError as error:
            yield Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """End the stream; the server closes its generator."""
        await self._items.aclose()

    def __repr__(self) -> str:
        return f"<stream of {self._course.name}>"


class _AnyStreamCall(AnyCall[P, R_co, E_co]):
    def _course(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Course:
        """Return what a stream does, before it has begun; an input that cannot be sent fails its first item."""
        self._check_usage(args, kwargs)
        return _Course(self, lambda: self._prepared(args, kwargs))

    def _prepared(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Plan, Request]:
        plan = self._declaration.plan()
        make = self._make or self._maker(plan)
        request = make(args, kwargs)
        headers = {**request.headers, "accept": f"{_EVENT_STREAM}, application/problem+json"}
        return plan, Request(request.url, headers, request.body, request.timeout)


class StreamCall(_AnyStreamCall[P, R_co, E_co]):
    """A stream of a ``Client``: iterate over what a call of it gives."""

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Stream[R_co, E_co]:
        """Call the action; nothing is sent before the first item is asked for."""
        if is_in_event_loop():
            self._session.connections.warn_of_blocking(self._name)
        return Stream(self._course(args, kwargs))


class AsyncStreamCall(_AnyStreamCall[P, R_co, E_co]):
    """A stream of an ``AsyncClient``: iterate over what a call of it gives, without ``await``."""

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> AsyncStream[R_co, E_co]:
        """Call the action; nothing is sent before the first item is asked for."""
        return AsyncStream(self._course(args, kwargs))


# ---- What both clients decide alike


class _Course:
    """One stream: what is sent for it, what has arrived, and whether it can be taken up again.

    Attributes:
        name: The dotted name of the action.
        request: What to send.
        is_over: Whether the end has arrived.
    """

    name: str
    request: Request
    is_over: bool
    _plan: Plan

    def __init__(self, call: _AnyStreamCall[Any, Any, Any], prepare: Callable[[], tuple[Plan, Request]]) -> None:
        self.name = call._name
        self.is_over = False
        self._call = call
        self._prepare = prepare
        self._repeated = 0
        self._last_id: bytes | None = None
        self._has_items = False
        self._was_opened = False
        self._marks: dict[str, str] = {}
        self._conversation: Conversation | None = None

    def begin(self) -> Any:
        """Read the arguments, and return what opens a stream.

        Raises:
            InputError: They cannot be sent.
            CallError: There is no URL, or the client is closed.
        """
        session = self._call._session
        if session.observers:
            from ._observed import Conversation

            self._conversation = Conversation(session.observers, self.name)
        self._plan, self.request = self._prepare()
        return session.open()

    def next_request(self) -> Request:
        """Return what to send now: with the id of the last item, where the stream is taken up again."""
        if self._has_items and self._last_id is not None:
            headers = {**self.request.headers, "last-event-id": self._last_id.decode()}
            self.request = Request(self.request.url, headers, self.request.body, self.request.timeout)
        if self._conversation is not None:
            self.request = self._conversation.start(self.request)
        self._was_opened = False
        return self.request

    def is_stream(self, response: OpenResponse | AsyncOpenResponse) -> bool:
        """Return whether the answer is a stream; else it is an error to be read as a whole."""
        self._was_opened = True
        digest = response.headers.get(CONTRACT_HEADER)
        if digest is None:
            self._marks = {}
        else:
            self._marks = {CONTRACT_HEADER: digest}
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        return response.status == 200 and kind == _EVENT_STREAM and coding == "identity"

    def items(self, events: Iterator[ServerEvent]) -> Iterator[Any]:
        """Yield the items among some events.

        Raises:
            ActionError: The stream has failed, or an item does not fit.
        """
        for event in events:
            if event.name == b"message":
                item = self._read(Response(200, {**_JSON, **self._marks}, event.data))
                self._has_items, self._last_id = True, _sendable(event.id)
                yield item
            elif event.name == b"error":
                self._read(Response(_status(event.data), {**_PROBLEM, **self._marks}, event.data))
            elif event.name == b"end":
                self.is_over = True
                self._tell(Ok(None), None)
                return

    def pause(self, came: Response | Exception) -> float | None:
        """Return how long to wait before the stream is taken up again; None where it is not.

        Without the id of its last item nobody could tell the server what has arrived already.
        """
        session = self._call._session
        if self._repeated >= session.retries or not is_rewindable(self.request):
            return None
        if self._has_items and self._last_id is None:
            return None
        if not is_passing(came, self._plan.repeatable):
            return None
        seconds = pause_after(came, self._repeated)
        self._repeated += 1
        if isinstance(came, Exception):
            self._tell(Err(self.failure(came)), came)
        return seconds

    def failure(self, came: Response | Exception) -> ActionError:
        """Return the error for what came instead of a stream, or in the middle of it."""
        if isinstance(came, Response):
            try:
                self._read(came)
            except ActionError as error:
                return error
            came = BadResponse(f"{came.status} without a stream", came.status)
        if self._was_opened and isinstance(came, TimeoutError):
            seconds = self.request.timeout
            message = (
                f"No item from {self.request.url} within {seconds:g} seconds."
                " Allow more time between two items with with_options(timeout=...)."
            )
            return unanswered("GATEWAY_TIMEOUT", "timeout", message, self.request)
        return failure(came, self.request)

    def placed(self, error: ActionError) -> ActionError:
        """Return an error with the action that it is of, having told observers of it."""
        request = getattr(self, "request", None)
        set_place(error, self.name, "" if request is None else request.url)
        self._tell(Err(error), error.__cause__)
        return error

    def left(self) -> None:
        """Tell observers that the caller has left before the end."""
        if not self.is_over:
            self._tell(None, None)

    def _tell(self, outcome: Ok[Any] | Err[ActionError] | None, exception: BaseException | None) -> None:
        if self._conversation is not None:
            self._conversation.end(outcome, exception)

    def _read(self, response: Response) -> Any:
        return self._call._read(self._plan, self.request, response)


def _sendable(identity: bytes | None) -> bytes | None:
    """Return an id that can stand in a header."""
    if not identity or len(identity) > _LONGEST_ID or not identity.isascii():
        return None
    if identity.decode().isprintable() and identity.strip() == identity:
        return identity
    return None


def _status(problem: bytes) -> int:
    """Return the status that a problem names."""
    from pydantic_core import from_json

    if len(problem) > MAX_PROBLEM:
        return 200
    try:
        status = from_json(problem)["status"]
    except (ValueError, TypeError, KeyError):
        return 200
    if isinstance(status, int) and 100 <= status <= 599:
        return status
    return 200


_LONGEST_ID: Final = 4_096
"""Bytes of an id that is sent back; servers take 8 to 16 KiB of headers."""


# ---- The network


def _received(course: _Course) -> Generator[Any, None, None]:
    """Yield the items of a stream, taken up again where it breaks off and may be."""
    try:
        transport = course.begin()
        while not course.is_over:
            try:
                open_response: OpenResponse = streaming(transport)(course.next_request())
                try:
                    if course.is_stream(open_response):
                        yield from _read(course, open_response)
                        return
                    came: Response | Exception = _whole(open_response, course.request.timeout)
                finally:
                    open_response.close()
            except ActionError:
                raise
            except Exception as error:
                came = error
            pause = course.pause(came)
            if pause is None:
                raise course.failure(came) from _cause(came)
            sleep(pause)
    except ActionError as error:
        raise course.placed(error) from error.__cause__
    finally:
        course.left()


def _read(course: _Course, response: OpenResponse) -> Iterator[Any]:
    reader, seconds = EventReader(), course.request.timeout
    ends = monotonic() + seconds
    while True:
        chunk = response.read(ends - monotonic())
        if not chunk:
            raise BadResponse("the stream stops before its end", response.status)
        for item in course.items(reader.feed(chunk)):
            yield item
            ends = monotonic() + seconds
        if course.is_over:
            return
        if monotonic() > ends:
            raise TimeoutError("the time is over")


def _whole(response: OpenResponse, seconds: float) -> Response:
    """Return an answer that is not a stream; no more of it is read than of a problem."""
    ends, body = monotonic() + seconds, bytearray()
    while len(body) <= MAX_PROBLEM and (chunk := response.read(ends - monotonic())):
        body += chunk
    return Response(response.status, response.headers, bytes(body))


async def _received_async(course: _Course) -> AsyncGenerator[Any, None]:
    """Yield the same for an ``AsyncClient``."""
    from asyncio import sleep

    try:
        transport = course.begin()
        while not course.is_over:
            try:
                open_response: AsyncOpenResponse = await streaming(transport)(course.next_request())
                try:
                    if course.is_stream(open_response):
                        async for item in _read_async(course, open_response):
                            yield item
                        return
                    came: Response | Exception = await _whole_async(open_response, course.request.timeout)
                finally:
                    await open_response.close()
            except ActionError:
                raise
            except Exception as error:
                came = error
            pause = course.pause(came)
            if pause is None:
                raise course.failure(came) from _cause(came)
            await sleep(pause)
    except ActionError as error:
        raise course.placed(error) from error.__cause__
    finally:
        course.left()


async def _read_async(course: _Course, response: AsyncOpenResponse) -> AsyncGenerator[Any, None]:
    reader, seconds = EventReader(), course.request.timeout
    ends = monotonic() + seconds
    while True:
        chunk = await response.read(ends - monotonic())
        if not chunk:
            raise BadResponse("the stream stops before its end", response.status)
        for item in course.items(reader.feed(chunk)):
            yield item
            ends = monotonic() + seconds
        if course.is_over:
            return
        if monotonic() > ends:
            raise TimeoutError("the time is over")


async def _whole_async(response: AsyncOpenResponse, seconds: float) -> Response:
    ends, body = monotonic() + seconds, bytearray()
    while len(body) <= MAX_PROBLEM and (chunk := await response.read(ends - monotonic())):
        body += chunk
    return Response(response.status, response.headers, bytes(body))


def _cause(came: Response | Exception) -> Exception | None:
    if isinstance(came, Exception):
        return came
    return None

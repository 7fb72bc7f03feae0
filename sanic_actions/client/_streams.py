"""Streams: the items of an action as they arrive, for both clients.

A stream is opened when its first item is asked for. It is closed at its end, by an error, by
``with`` or ``close()``, and when nobody holds it any more. The client's timeout is the longest gap
between two items; the comments that a server sends to keep the connection alive do not count.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from time import monotonic, sleep
from typing import Any, ClassVar, Final, Generic, ParamSpec, Self, TypeVar

from .._errors import ActionError
from .._results import Err, Ok, answered
from ._calls import is_in_event_loop
from ._course import JSON, PROBLEM, Course, OpenCall, open_answer, open_answer_async, pause_before
from ._events import EventReader, ServerEvent
from ._outcome import MAX_PROBLEM
from ._transport import AsyncOpenResponse, BadResponse, OpenResponse, Request, Response
from ._unawaited import AsyncOnly

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)

_EVENT_STREAM: Final = "text/event-stream"


class Stream(Generic[R_co, E_co]):
    """The items of a stream of a ``Client``: an iterator, and a context manager that closes it. One thread reads it."""

    def __init__(self, course: StreamCourse) -> None:
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
        """Yield ``Ok`` with each item; in place of a raised error, an ``Err`` at the end."""
        try:
            for item in self:
                yield answered(item, self._answer())
        except ActionError as error:
            yield Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other
        finally:
            self.close()

    def _answer(self) -> Response | None:
        return self._course.answer

    def close(self) -> None:
        """End the stream; the server closes its generator."""
        self._items.close()

    def __repr__(self) -> str:
        return f"<stream of {self._course.name}>"


class AsyncStream(AsyncOnly, Generic[R_co, E_co]):
    """The items of a stream of an ``AsyncClient``: the same with ``async for`` and ``async with``, never awaited."""

    _noun = "stream"

    def __init__(self, course: StreamCourse) -> None:
        self._name = course.name
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
        """Yield ``Ok`` with each item; in place of a raised error, an ``Err`` at the end."""
        try:
            async for item in self:
                yield answered(item, self._answer())
        except ActionError as error:
            yield Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other
        finally:
            await self.aclose()

    def _answer(self) -> Response | None:
        return self._course.answer

    async def aclose(self) -> None:
        """End the stream; the server closes its generator."""
        await self._items.aclose()

    def __repr__(self) -> str:
        return f"<stream of {self._name}>"


class StreamCall(OpenCall[P, R_co, E_co]):
    """A stream of a ``Client``: iterate over what a call of it gives."""

    accept: ClassVar[str] = _EVENT_STREAM
    _usage = "for ... in client.{}(...)"

    # No docstring, so that editors show that of the action. Nothing is sent before the first item is asked for.
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Stream[R_co, E_co]:
        if is_in_event_loop():
            self._session.connections.warn_of_blocking(self._name, "async for ... in")
        return Stream(StreamCourse(self, args, kwargs))


class AsyncStreamCall(OpenCall[P, R_co, E_co]):
    """A stream of an ``AsyncClient``: iterate over what a call of it gives, without ``await``."""

    accept: ClassVar[str] = _EVENT_STREAM
    _usage = "async for ... in client.{}(...)"

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> AsyncStream[R_co, E_co]:
        return AsyncStream(StreamCourse(self, args, kwargs))


# ---- What both clients decide alike


class StreamCourse(Course):
    """One stream, which can be taken up again after an item with an id; see ``Course``."""

    noun: ClassVar[str] = "stream"
    part: ClassVar[str] = "item"
    _last_id: bytes | None = None
    _has_items: bool = False

    def next_request(self) -> Request:
        """Return the request to send, with the last item's id if the stream is taken up again."""
        if self._has_items and self._last_id is not None:
            headers = {**self.request.headers, "last-event-id": self._last_id.decode()}
            self.request: Request = Request(self.request.url, headers, self.request.body, self.request.timeout)
        return super().next_request()

    def items(self, events: Iterator[ServerEvent]) -> Iterator[Any]:
        """Yield the items among some events; an ``end`` event ends the course.

        Raises:
            ActionError: The stream has failed, or an item does not fit.
        """
        for event in events:
            if event.name == b"message":
                item = self.read(Response(200, {**JSON, **self.marks}, event.data))
                self._has_items, self._last_id = True, _sendable(event.id)
                yield item
            elif event.name == b"error":
                self.read(Response(_status(event.data), {**PROBLEM, **self.marks}, event.data))
            elif event.name == b"end":
                # Items look at the contract; an empty stream has none that could.
                if self.marks and not self._has_items:
                    self._call._read_nothing(self._plan, self.request, Response(200, self.marks, b""))
                self.is_over = True
                self.tell(Ok(None), None)
                return

    def pause(self, reply: Response | Exception) -> float | None:
        """Return the seconds to wait before the stream is taken up again; None where it is not.

        Without the id of the last item the server could not know where to go on.
        """
        if self._has_items and self._last_id is None:
            return None
        return super().pause(reply)

    def _is_of_its_kind(self, response: OpenResponse | AsyncOpenResponse) -> bool:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == _EVENT_STREAM


def _sendable(identity: bytes | None) -> bytes | None:
    """Return an id that a header can hold."""
    # What comes from the server goes into a header of ours, where a line break would be another.
    if not identity or len(identity) > _LONGEST_ID or not identity.isascii():
        return None
    if identity.decode().isprintable() and identity.strip() == identity:
        return identity
    return None


def _status(problem: bytes) -> int:
    """Return the status that a problem names; 200, that of the stream itself, if it names none."""
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


def _received(course: StreamCourse) -> Generator[Any, None, None]:
    """Yield the items of a stream, taken up again where it breaks off and may be."""
    try:
        transport = course.begin()
        while not course.is_over:
            response = open_answer(course, transport)
            try:
                yield from _read(course, response)
                return
            except Exception as error:
                reply = error
            finally:
                response.close()
            sleep(pause_before(course, reply))
    except ActionError as error:
        raise course.with_place(error) from error.__cause__
    finally:
        course.tell_if_left()


def _read(course: StreamCourse, response: OpenResponse) -> Iterator[Any]:
    """Yield the items of one answer.

    Raises:
        BadResponse: The answer ends before the stream does.
        TimeoutError: No item came within the timeout, whatever else did.
    """
    reader, seconds = EventReader(), course.request.timeout
    ends = monotonic() + seconds
    # Items move the deadline, not bytes: a server that sends only comments must not hold a caller.
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


async def _received_async(course: StreamCourse) -> AsyncGenerator[Any, None]:
    """Yield the same for an ``AsyncClient``."""
    try:
        transport = course.begin()
        while not course.is_over:
            response = await open_answer_async(course, transport)
            try:
                async for item in _read_async(course, response):
                    yield item
                return
            except Exception as error:
                reply = error
            finally:
                await response.close()
            await _pause(pause_before(course, reply))
    except ActionError as error:
        raise course.with_place(error) from error.__cause__
    finally:
        course.tell_if_left()


async def _pause(seconds: float) -> None:
    """Wait before the next request."""
    # Here, and not in the generator: of what is installed mypy reads the bodies of generators only,
    # and asyncio would bring fifty modules into the check of every client package.
    from asyncio import sleep

    await sleep(seconds)


async def _read_async(
    course: StreamCourse,
    response: AsyncOpenResponse,
) -> AsyncGenerator[Any, None]:
    """Yield the same for an ``AsyncClient``."""
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

"""Sends the items of a stream as server-sent events (HTML standard, section 9.2), in the answer to a POST.

The head goes out with the first item, so that what fails before it is an answer like any other. After a while without
an item it goes out with a comment, and more comments follow, which keep proxies from taking the connection for dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from sanic import HTTPResponse

from .._context import put_on
from ._call.entrance import ServerCall
from ._call.outcome import Outcome
from ._call.site import site_of
from ._host import Answer, cut_connection, end_of_connection

EVENT_STREAM: Final = "text/event-stream"
COMMENT: Final = b":\n\n"
END: Final = b"event: end\ndata:\n\n"

LONGEST_SILENCE: Final = 15.0
"""Seconds without anything sent; nginx and many load balancers give up after 60, some after 30."""


class EventSink:
    """Sends the items of one stream.

    Args:
        call: The call.
        mark: Adds to the head what answers to calls have besides.

    Attributes:
        is_left: Whether its caller has left, or has not read for so long that its connection is cut.
    """

    is_left: bool

    def __init__(self, call: ServerCall, mark: Callable[[HTTPResponse], None]) -> None:
        self.is_left = False
        self._call = call
        self._mark = mark
        self._request = request = call.request
        self._response: Any = None
        self._patience: float = request.app.config.RESPONSE_TIMEOUT
        self._silence = min(LONGEST_SILENCE, self._patience / 3)
        self._clock = asyncio.get_running_loop().time
        self._sent_at = self._clock()
        self._is_sending = False
        self._comment: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # coroutines run in tasks
        self._task = task
        self._streams = site_of(self._request.app).streams
        self._streams.add(task)
        self._watches = [asyncio.create_task(self._keep_awake())]
        if self._request.app.asgi:
            self._watches.append(asyncio.create_task(self._watch()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._streams.discard(self._task)
        for watch in self._watches:
            watch.cancel()
        if self._comment is not None and not self.is_left:
            await asyncio.wait([self._comment])

    async def send(self, item: object, body: bytes, identity: str | None) -> None:
        """Send an item; see ``Sink``."""
        if identity is None:
            data = b"data: %b\n\n" % body
        else:
            data = b"id: %b\ndata: %b\n\n" % (identity.encode("utf-8", "replace"), body)
        if self._response is None or self._comment is not None:
            await self._send(data)
            return
        # The frequent case: two coroutines less are a tenth of what an item costs.
        self._sent_at, self._is_sending = self._clock(), True
        await self._response.send(data)
        self._is_sending = False

    @property
    def has_begun(self) -> bool:
        """Whether the head has been sent, so that an error can only be an event."""
        return self._response is not None

    async def end(self, outcome: Outcome) -> None:
        """Say in the last event how the stream has ended."""
        if outcome.error is None:
            await self._send(END)
        else:
            await self._send(b"event: error\ndata: %b\n\n" % (outcome.body or b""))

    def dropped(self) -> HTTPResponse | None:
        """Return what ends the request of a caller who has left; nobody will see it."""
        self._task.uncancel()
        if self._response is None:
            return Answer(None, 204)
        return None

    async def _send(self, data: bytes) -> None:
        if self._comment is not None:
            await asyncio.wait([self._comment])
            self._comment = None
        self._sent_at, self._is_sending = self._clock(), True
        await self._write(data)
        self._sent_at, self._is_sending = self._clock(), False

    async def _write(self, data: bytes) -> None:
        if self._response is None:
            response = Answer(None, 200, EVENT_STREAM)
            response.headers["x-accel-buffering"] = "no"  # nginx would hold items back until its buffer is full
            if self._call.context is not None:
                put_on(response, self._call.context)
            self._mark(response)
            self._response = await self._request.respond(response)
        await self._response.send(data)

    # ---- Beside the stream

    async def _keep_awake(self) -> None:
        """Send a comment whenever nothing was sent for a while, and cut off a caller who does not read."""
        due = self._silence
        while True:
            await asyncio.sleep(due)
            quiet = self._clock() - self._sent_at
            is_stuck = self._is_sending or (self._comment is not None and not self._comment.done())
            if is_stuck and quiet >= self._patience:
                self._leave()
                cut_connection(self._request)
                return
            if not is_stuck and quiet >= self._silence:
                self._sent_at = self._clock()
                self._comment = asyncio.create_task(self._write(COMMENT))
                self._comment.add_done_callback(_forget_failure)
                quiet = 0.0
            due = max((self._patience if is_stuck else self._silence) - quiet, 0.01)

    async def _watch(self) -> None:
        """End the stream when its caller leaves, which no ASGI server does."""
        await end_of_connection(self._request)
        self._leave()

    def _leave(self) -> None:
        self.is_left = True
        self._task.cancel()


def _forget_failure(comment: asyncio.Task[None]) -> None:
    """Take note of why a comment could not be sent: what is sent next says the same."""
    if not comment.cancelled():
        comment.exception()

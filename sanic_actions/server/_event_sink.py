"""Send the items of a stream as server-sent events (HTML standard, section 9.2), in the answer to a POST.

The head is sent with the first item, so that a failure before it is an ordinary error response.
After a while without an item, the head is sent with a comment. More comments follow at intervals,
or proxies would take the connection for dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self

from sanic import HTTPResponse

from .._problem_types import refusal
from ._call.entrance import ServerCall
from ._call.limiter import RETRY_AFTER
from ._call.outcome import Outcome
from ._call.site import site_of
from ._host import Answer
from ._response import response_to
from ._sink import AnswerSink

EVENT_STREAM: Final = "text/event-stream"
COMMENT: Final = b":\n\n"
END: Final = b"event: end\ndata:\n\n"

STOPPING: Final = "The server is stopping. Try again soon."

LONGEST_SILENCE: Final = 15.0
"""Seconds without anything sent; nginx and many load balancers give up after 60, some after 30."""


class EventSink(AnswerSink):
    """Sends the items of one stream; see ``AnswerSink``."""

    def __init__(self, call: ServerCall, mark: Callable[[HTTPResponse], None]) -> None:
        self._site = site_of(call.request.app)
        super().__init__(call, mark, self._site.streams)
        self._comment: asyncio.Task[None] | None = None
        self._part: Coroutine[Any, Any, None] | None = None
        """The coroutine that sends, or has sent, the latest item."""
        self._send_part: Callable[[bytes], Coroutine[Any, Any, None]] | None = None
        """Sends an item once the head has been sent, and while no comment is."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if self._request.app.asgi:
            self._site.watch_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if self._comment is not None and not self.is_left:
            await asyncio.wait([self._comment])

    def send(self, item: object, body: bytes, identity: str | None, now: float) -> Awaitable[None]:
        """Send an item; see ``Sink``."""
        if identity is None:
            data = b"data: %b\n\n" % body
        else:
            data = b"id: %b\ndata: %b\n\n" % (identity.encode("utf-8", "replace"), body)
        if self._send_part is None:
            return self._send(data)
        # The frequent case without two coroutines, which are a tenth of the cost of an item.
        self._sent_at = now
        self._part = part = self._send_part(data)
        return part

    async def end(self, outcome: Outcome) -> None:
        """Send the last event, which tells how the stream has ended."""
        if outcome.error is None:
            await self._send(END)
        else:
            await self._send(b"event: error\ndata: %b\n\n" % (outcome.body or b""))

    async def _send(self, data: bytes) -> None:
        if self._comment is not None:
            await asyncio.wait([self._comment])
            self._comment = None
        self._sent_at, self._is_sending = self._clock(), True
        await self._write(data)
        self._sent_at, self._is_sending = self._clock(), False
        self._send_part = self._response.send_part

    async def _write(self, data: bytes) -> None:
        if self._response is None:
            response = Answer(None, 200, EVENT_STREAM)
            response.headers["x-accel-buffering"] = "no"  # or nginx would hold items back in its buffer
            self._response = await self._begin(response)
        await self._response.send(data)

    def dropped(self) -> HTTPResponse | None:
        """Return what ends the request: a refusal if the server stops before the stream begins."""
        response = super().dropped()
        if response is None or not self.is_stopped:
            return response
        self._call.headers = RETRY_AFTER
        return response_to(self._call, Outcome.failed(refusal("stopping", "SERVICE_UNAVAILABLE", STOPPING), None))

    # ---- Beside the stream

    @property
    def _is_stuck(self) -> bool:
        part: Any = self._part
        is_item_under_way = part is not None and part.cr_frame is not None
        is_comment_under_way = self._comment is not None and not self._comment.done()
        return self._is_sending or is_item_under_way or is_comment_under_way

    @property
    def _silence(self) -> float:
        return min(LONGEST_SILENCE, self._patience / 3)

    def _break_silence(self) -> None:
        self._send_part = None
        self._comment = asyncio.create_task(self._write(COMMENT))
        self._comment.add_done_callback(_forget_failure)


def _forget_failure(comment: asyncio.Task[None]) -> None:
    """Retrieve the exception of a failed comment, which the next item will report."""
    if not comment.cancelled():
        comment.exception()

"""Send an answer part by part, as fast as its caller reads; end calls that nobody reads.

Subclasses define the head, the parts, and what is sent while there is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from sanic import HTTPResponse

from .._context import ActionContext, put_on
from ._call.entrance import ServerCall
from ._call.outcome import Outcome
from ._call.site import Stops
from ._host import Answer, cut_connection, end_of_connection, end_with_connection, hang_up


class AnswerSink:
    """Sends the parts of one answer.

    Args:
        call: The call.
        mark: Adds the headers that all answers to calls have.
        under_way: The answers under way in the app, each with the function that ends it at a stop.

    Attributes:
        is_left: Whether nobody reads on: the caller has left, has not read for so long that its
            connection is cut, or the server stops.
        is_stopped: Whether it is the server that stops.
    """

    is_left: bool
    is_stopped: bool

    def __init__(self, call: ServerCall, mark: Callable[[HTTPResponse], None], under_way: Stops) -> None:
        self.is_left = False
        self.is_stopped = False
        self._call = call
        self._mark = mark
        self._under_way = under_way
        self._request = request = call.request
        self._response: Any = None
        self._patience: float = request.app.config.RESPONSE_TIMEOUT
        self._clock = asyncio.get_running_loop().time
        self._sent_at = self._clock()
        self._is_sending = False

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # coroutines run in tasks
        self._task = task
        self._under_way[task] = self.stop
        self._watches = [asyncio.create_task(self._watch_reader())]
        if self._request.app.asgi:
            self._watches.append(asyncio.create_task(self._watch_connection()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._under_way.pop(self._task, None)
        for watch in self._watches:
            watch.cancel()
        self._watches.clear()  # their cancellation holds the frames that hold this sink

    @property
    def has_begun(self) -> bool:
        """Whether the head has been sent, so that the answer cannot be another one any more."""
        return self._response is not None

    def stop(self) -> None:
        """End the call, since the server stops, and its connection, which it would wait for."""
        self.is_stopped = True
        hang_up(self._request)
        self._leave()

    def dropped(self) -> HTTPResponse | None:
        """Return the response that ends the request of a caller who left, and will not see it."""
        # The cancellation was our own and ends here: Sanic goes on in this task.
        self._task.uncancel()
        if self._response is None:
            return Answer(None, 204)
        return None

    async def _begin(self, head: Answer) -> Any:
        """Complete a head, and return the response that sends the parts after it.

        Raises:
            asyncio.CancelledError: Response middleware has answered in its place.
        """
        if self._call.context is not None:
            self._add_to(head, self._call.context)
        self._mark(head)
        response = await self._request.respond(head)
        if response is head and head.has_body:
            head.become_head()
            if "content-length" not in head.headers:
                end_with_connection(self._request, head)
            return head
        self._response = response
        await response.send(end_stream=True)
        self._leave()
        await asyncio.sleep(0)  # cancelled here, unless a comment was to be the first part
        raise asyncio.CancelledError

    def _add_to(self, head: Answer, context: ActionContext) -> None:
        """Add what the action adds to its answer."""
        put_on(head, context)

    def send(self, item: object, body: bytes, identity: str | None, now: float) -> Awaitable[None]:
        """Send a part; see ``Sink``."""
        raise NotImplementedError

    async def end(self, outcome: Outcome) -> None:
        """Send the end of the answer, once its head was sent or the call has succeeded."""
        raise NotImplementedError

    # ---- Beside the answer

    @property
    def _is_stuck(self) -> bool:
        """Whether a part waits for its caller to read."""
        return self._is_sending

    @property
    def _silence(self) -> float:
        """Seconds without a part after which ``_break_silence`` is called."""
        return self._patience

    def _break_silence(self) -> None:
        """Do nothing: a file has no place for bytes that are not its own."""

    async def _watch_reader(self) -> None:
        """Break long silences, and cut off a caller who does not read."""
        due = self._silence
        # Cancelled at the end of the answer.
        while True:
            await asyncio.sleep(due)
            quiet = self._clock() - self._sent_at
            is_stuck = self._is_stuck
            if is_stuck and quiet >= self._patience:
                self._leave()
                cut_connection(self._request)
                return
            if not is_stuck and quiet >= self._silence:
                self._sent_at = self._clock()
                self._break_silence()
                quiet = 0.0
            # At least 10 ms, or rounding could make this loop spin.
            due = max((self._patience if is_stuck else self._silence) - quiet, 0.01)

    async def _watch_connection(self) -> None:
        """End the call when its caller leaves; ASGI servers only send a message."""
        await end_of_connection(self._request)
        self._leave()

    def _leave(self) -> None:
        self.is_left = True
        self._task.cancel()


def _take_sink(call: ServerCall) -> AnswerSink | None:
    """Return the sink of an answer that is sent in parts; None for any other answer.

    The call has it no more: each would hold the other until the collector comes.
    """
    sink, call.sink = call.sink, None
    if isinstance(sink, AnswerSink):
        return sink
    return None


def dropped_answer(call: ServerCall, error: asyncio.CancelledError) -> HTTPResponse | None:
    """Return the response that ends the request of a call that was cancelled, as its caller left.

    Raises:
        asyncio.CancelledError: Somebody else has cancelled it.
    """
    sink = _take_sink(call)
    if sink is None or not sink.is_left:
        raise error
    return sink.dropped()


async def has_answered(call: ServerCall, outcome: Outcome) -> bool:
    """End an answer that is sent in parts; return False if the call failed before it began.

    Such a failure is answered like that of any other call.
    """
    sink = _take_sink(call)
    if sink is None or not (sink.has_begun or outcome.error is None):
        return False
    await sink.end(outcome)
    return True

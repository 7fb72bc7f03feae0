"""Cancel a call once its caller no longer waits (``Request-Timeout``), or it takes too long."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Generator
from functools import lru_cache, partial
from math import inf
from time import monotonic
from types import TracebackType
from typing import Any, Final, Generic, TypeVar

from multidict import istr
from sanic import Request

from ..._errors import ActionError
from ..._problem_types import refusal
from .._route_copies import is_form_post

T = TypeVar("T")

HEADER: Final = istr("request-timeout")
"""Seconds that the caller waits from now on: a duration, since clocks of two machines differ."""

LONGEST: Final = 86_400.0

_DURATION: Final = re.compile(r"[0-9.]+(?:[eE][+-]?[0-9]+)?")
"""What ``float`` is asked to read: it takes "1_0" and the digits of other scripts too."""

MESSAGE: Final = "The action was stopped: it did not end within the time that the caller waits for it."


class TimeLimit:
    """Cancels the block that it surrounds after some seconds, and raises an error of ours.

    As ``asyncio.timeout``, for a third of its cost, which would be 3 % of a call: no coroutines, no
    states.

    Args:
        seconds: When to cancel.
        error: Returns the error to raise then.
    """

    __slots__ = ("_cancelling", "_ends_at", "_error", "_seconds", "_task", "_timer", "is_over")

    is_over: bool
    """Whether the time is over."""

    def __init__(self, seconds: float, error: Callable[[], ActionError]) -> None:
        self._seconds = seconds
        self._error = error
        self._ends_at = 0.0
        self.is_over = False

    def renew(self, now: float) -> None:
        """Begin anew, for the next item of a stream. The timer finds out when it fires: no cost."""
        self._ends_at = now + self._seconds

    def hold(self) -> None:
        """Pause until the next ``renew``: a slow reader uses up no time of the handler's."""
        self._ends_at = inf

    def lengthen(self, seconds: float) -> None:
        """Allow more for each of the gaps to come."""
        self._seconds += seconds

    def __enter__(self) -> TimeLimit:
        task: Any = asyncio.current_task()
        self._task: asyncio.Task[Any] = task
        self._cancelling = task.cancelling()
        self._timer = task.get_loop().call_later(self._seconds, self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        # Somebody else may have cancelled the task too; then the cancellation goes on.
        if self.is_over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._error() from None

    def _end(self) -> None:
        loop = self._task.get_loop()
        seconds = self._ends_at - loop.time()
        if seconds > 0:
            self._timer = loop.call_later(min(seconds, self._seconds), self._end)
            return
        self.is_over = True
        self._task.cancel()


class Until(Generic[T]):
    """Awaits some work, and cancels it when its time is over.

    A timer is set only when the work waits for the first time: what never waits cannot be cut, and
    a timer of uvloop costs a call 3 µs, to be made and to be closed.

    Args:
        work: What to do.
        ends_at: When its time is over, by ``time.monotonic``.
        error: Returns the error to raise then.
    """

    __slots__ = ("_error", "_is_lifted", "_limit", "_work", "ends_at")

    def __init__(self, work: Coroutine[Any, Any, T], ends_at: float, error: Callable[[], ActionError]) -> None:
        self._work = work
        self.ends_at = ends_at
        self._error = error
        self._is_lifted = False
        self._limit: TimeLimit | None = None

    @property
    def is_running(self) -> bool:
        """Whether the caller of this property runs inside the work, not in another task.

        ``asyncio.current_task`` would cost a system call (``getpid``) on Python 3.11.
        """
        work: Any = self._work  # the abstract class does not have what all coroutines have
        is_running: bool = work.cr_running
        return is_running

    def lift(self) -> None:
        """Remove the time limit of the work: a stream has one for each of its items."""
        self._is_lifted = True
        if self._limit is not None:
            self._limit.hold()

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            future = self._work.send(None)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a variable would be held by the traceback of an error in it
        if self._is_lifted:
            return (yield from self._drive(future))
        with TimeLimit(self.ends_at - monotonic(), self._error) as self._limit:
            return (yield from self._drive(future))

    def _drive(self, future: Any) -> Generator[Any, Any, T]:
        """Forward what the work awaits, and send back what comes of it, as ``yield from`` would."""
        resume: Callable[[], Any]
        while True:
            try:
                value = yield future
            except BaseException as error:
                resume = partial(self._work.throw, error)
            else:
                resume = partial(self._work.send, value)
            try:
                future = resume()
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # as above


def deadline_error() -> ActionError:
    """Return the error of a call whose time is over: a client's code for waiting in vain."""
    return refusal("deadline", "GATEWAY_TIMEOUT", MESSAGE)


def overtime_error(subject: str, seconds: float, *, is_of_server: bool) -> ActionError:
    """Return the error of a call that took longer than a limit; ``RESPONSE_TIMEOUT`` is one of the server."""
    limit = ""
    if is_of_server:
        limit = ", RESPONSE_TIMEOUT of the server"
    message = f"{subject} took longer than {seconds:g} s{limit}."
    return refusal("out-of-time", "SERVICE_UNAVAILABLE", message)


def error_of_cut(request: Request[Any, Any]) -> ActionError:
    """Return the error of a call that Sanic's own server has cut; visitors know nothing of its settings."""
    seconds = request.app.config.RESPONSE_TIMEOUT
    return overtime_error("The action", seconds, is_of_server=not is_form_post(request.route))


@lru_cache(maxsize=128)  # most callers wait for one of a few durations
def seconds_left(header: str) -> float:
    """Return the duration in a header.

    Raises:
        ActionError: ``BAD_REQUEST``, it holds none.
    """
    seconds = 0.0
    if len(header) <= 20 and _DURATION.fullmatch(header):
        try:
            seconds = float(header)
        except ValueError:  # no digits, or several points
            seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ActionError("BAD_REQUEST", "The header Request-Timeout is not a positive number of seconds.")
    return min(seconds, LONGEST)

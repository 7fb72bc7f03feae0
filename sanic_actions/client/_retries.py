"""When a call is worth another attempt, and after how long: decisions for both clients.

A request that never reached the server may be sent again. One that may have reached it is sent
again only if its action says that this does no harm: ``idempotent=True``, or ``once=True``, whose
key makes the server run it once. All the attempts and pauses of a call together take no longer than
its timeout.

Retry libraries (stamina, tenacity) decide by exceptions, and know nothing of the time that is left,
of ``Retry-After``, or of a request that changes between attempts; what is left for them to do is
one line.
"""

from __future__ import annotations

from time import monotonic

from ._address import duration
from ._transport import BadResponse, NotSent, Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

BASE: Final = 0.1
LONGEST: Final = 5.0
"""Seconds of the longest pause, at first and later: half of it on average (full jitter)."""

# Too many calls, or a proxy without a server behind it. A 500 is not among them: the handler ran,
# and would fail again.
_PASSING: Final = frozenset({429, 502, 503, 504})


class Attempts:
    """The attempts of one call.

    Attributes:
        request: The next request to send; after the last attempt, the one that was sent last.
        seconds: How long all of them may take together: the timeout of the call.
    """

    __slots__ = ("_ends", "_repeatable", "_repeats", "_retries", "request", "seconds")

    def __init__(self, request: Request, retries: int, repeatable: bool) -> None:
        self.request = request
        self.seconds = request.timeout
        self._repeatable = repeatable
        self._retries = self._repeats = 0
        self._ends: float | None = None
        if retries and is_rewindable(request):
            self._retries = retries
            self._ends = monotonic() + request.timeout
            if repeatable:
                self.request = _lasting(request, request.timeout / 2, request.timeout)

    def pause(self, reply: Response | Exception) -> float | None:
        """Return the seconds to wait before ``self.request`` is sent again, with a shorter timeout.

        Args:
            reply: The response, or the exception in its place.

        Returns:
            None where the reply is to be accepted.
        """
        if self._ends is None or not is_passing(reply, self._repeatable):
            return None
        is_running = is_still_running(reply)
        if not (self._retries or is_running):
            return None
        seconds = pause_after(reply, self._repeats)
        remaining = self._ends - monotonic() - seconds
        if remaining <= 0:
            return None
        if not is_running:  # to ask for the outcome of an earlier attempt is not another one
            self._retries -= 1
            self._repeats += 1
        # An attempt whose answer got lost must not use up the time of those that may follow.
        is_shared = self._repeatable and self._retries
        self.request = _lasting(self.request, remaining / 2 if is_shared else remaining, remaining)
        return seconds


def pause_after(reply: Response | Exception, attempts: int) -> float:
    """Return the seconds to wait after so many attempts, at least what the server asks for."""
    # Full jitter: clients that failed at the same moment do not come back at the same moment.
    from random import random

    return max(random() * min(LONGEST, BASE * 2.0**attempts), _retry_after(reply))  # noqa: S311  # no secret


def is_rewindable(request: Request) -> bool:
    """Return whether a request can be sent again from the beginning of its body."""
    return isinstance(request.body, bytes) or request.body.length is not None


def is_passing(reply: Response | Exception, repeatable: bool) -> bool:
    """Return whether another attempt may fare better, and does no harm."""
    if isinstance(reply, NotSent):
        return True
    if not repeatable:
        return False
    if isinstance(reply, Exception):
        return isinstance(reply, OSError | BadResponse)
    return reply.status in _PASSING or is_still_running(reply)


def is_still_running(reply: Response | Exception) -> bool:
    """Return whether an earlier attempt with the same key still runs, and when to ask again."""
    return isinstance(reply, Response) and reply.status == 409 and "retry-after" in reply.headers


def _retry_after(reply: Response | Exception) -> float:
    """Return the seconds that the server asks for (RFC 9110, 10.2.3); 0 if unreadable."""
    if isinstance(reply, Response):
        value = reply.headers.get("retry-after", "")
    else:
        value = ""
    # A date has 29 characters; some parsers of numbers and dates take a time that grows faster than their input.
    if not value or len(value) > 40:
        return 0.0
    if value.isdecimal():
        return float(value)
    from email.utils import parsedate_to_datetime
    from time import time

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except Exception:
        # Whatever its parts raise for numbers that no date has: ValueError, OverflowError, IndexError, TypeError.
        return 0.0


def _lasting(request: Request, seconds: float, remaining: float) -> Request:
    """Return a request that waits so many seconds, of those that remain to all its attempts."""
    # An action that runs once goes on after its answer got lost: the next attempt asks for its
    # outcome. So the server gets all the time that remains, and not only that of this attempt.
    if "idempotency-key" in request.headers:
        server_seconds = remaining
    else:
        server_seconds = seconds
    headers = {**request.headers, "request-timeout": duration(server_seconds)}
    return Request(request.url, headers, request.body, seconds)

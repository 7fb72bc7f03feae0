"""When a call is worth another attempt, and how long to wait before it: decisions only, the same for both clients.

A request that never reached the server may be sent again. One that may have reached it is sent
again only if its action says that this does no harm: ``idempotent=True``, or ``once=True``, whose
key makes the server run it once. All the attempts and pauses of a call together take no longer than
its timeout.

Retry libraries (stamina, tenacity) decide by exceptions, and know nothing of the time that is left, of ``Retry-After``,
or of a request that changes between attempts; what is left for them to do is one line.
"""

from __future__ import annotations

from time import monotonic

from ._transport import BadResponse, NotSent, Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

BASE: Final = 0.1
LONGEST: Final = 5.0
"""Seconds of the longest pause after the first attempt, and after any: half of it on average (full jitter)."""

_PASSING: Final = frozenset({429, 502, 503, 504})


class Attempts:
    """The attempts of one call.

    Attributes:
        request: What to send next; once there is nothing more to send, what was sent last.
    """

    __slots__ = ("_ends", "_left", "_made", "_repeatable", "request")

    def __init__(self, request: Request, retries: int, repeatable: bool) -> None:
        self.request = request
        self._repeatable = repeatable
        self._left = self._made = 0
        if retries and is_rewindable(request):
            self._left = retries
            self._ends = monotonic() + request.timeout
            if repeatable:
                self.request = _lasting(request, request.timeout / 2, request.timeout)

    def pause(self, came: Response | Exception) -> float | None:
        """Return how long to wait before sending ``self.request`` again, whose timeout has been shortened.

        None is to accept what came.
        """
        if not self._left or not is_passing(came, self._repeatable):
            return None
        seconds = pause_after(came, self._made)
        remaining = self._ends - monotonic() - seconds
        if remaining <= 0:
            return None
        self._left -= 1
        self._made += 1
        # An attempt whose answer got lost must not use up the time of those that may follow.
        is_shared = self._repeatable and self._left
        self.request = _lasting(self.request, remaining / 2 if is_shared else remaining, remaining)
        return seconds


def pause_after(came: Response | Exception, attempts: int) -> float:
    """Return how long to wait after so many repeated attempts; at least as long as the server asks."""
    # Full jitter: clients that failed at the same moment do not come back at the same moment.
    from random import random

    return max(random() * min(LONGEST, BASE * 2.0**attempts), _retry_after(came))  # noqa: S311  # no secret


def is_rewindable(request: Request) -> bool:
    """Return whether a request can be sent again from the beginning of its body."""
    return isinstance(request.body, bytes) or request.body.length is not None


def is_passing(came: Response | Exception, repeatable: bool) -> bool:
    """Return whether another attempt may fare better, and does no harm."""
    if isinstance(came, NotSent):
        return True
    if not repeatable:
        return False
    if isinstance(came, Exception):
        return isinstance(came, OSError | BadResponse)
    # The first attempt may still be running: then the server says 409 and when to ask again.
    return came.status in _PASSING or (came.status == 409 and "retry-after" in came.headers)


def _retry_after(came: Response | Exception) -> float:
    """Return the seconds that the server asks for (RFC 9110, 10.2.3); 0 for nothing that can be read."""
    if isinstance(came, Response):
        value = came.headers.get("retry-after", "")
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
    # What runs once goes on when its answer got lost, for the attempt that asks for its outcome.
    if "idempotency-key" in request.headers:
        server_seconds = remaining
    else:
        server_seconds = seconds
    headers = {**request.headers, "request-timeout": f"{server_seconds:.3f}"}
    return Request(request.url, headers, request.body, seconds)

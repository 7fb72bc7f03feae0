"""Ends a call when the time is over that its caller waits: what is done after that is done for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from multidict import istr

from ..._errors import ActionError

T = TypeVar("T")

HEADER: Final = istr("request-timeout")
"""Seconds that the caller waits from now on: a duration, since clocks of two machines differ."""

LONGEST: Final = 86_400.0

MESSAGE: Final = "The action was stopped: it did not end within the time that the caller waits for it."


async def before_deadline(header: str, work: Coroutine[Any, Any, T]) -> T:
    """Do some work, and cancel it when the time in a header is over.

    Raises:
        ActionError: ``GATEWAY_TIMEOUT``, the code that a client gives when it waits in vain; ``BAD_REQUEST`` for a
            header that holds no time.
    """
    try:
        clock = asyncio.timeout(seconds_left(header))
    except ActionError:
        work.close()
        raise
    try:
        async with clock:
            return await work
    except TimeoutError:
        if not clock.expired():  # one of the handler's own
            raise
        raise ActionError("GATEWAY_TIMEOUT", MESSAGE) from None


def seconds_left(header: str) -> float:
    """The duration in a header.

    Raises:
        ActionError: ``BAD_REQUEST``, it is none.
    """
    try:
        seconds = float(header) if len(header) <= 20 else 0.0
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ActionError("BAD_REQUEST", "The header Request-Timeout is no positive number of seconds.")
    return min(seconds, LONGEST)

"""Refuse calls that are too many: at once, or of one caller."""

from __future__ import annotations

import logging
from typing import Final

from ..._problem_types import refusal
from .._state.store import StateError
from .endpoint import Endpoint
from .entrance import ServerCall
from .limiter import RETRY_AFTER, CallLimiter
from .rate import RateLimiter, counted_caller
from .site import site_of

logger: Final = logging.getLogger("sanic_actions")


def check_concurrency(call: ServerCall, limiter: CallLimiter) -> None:
    """Refuse a call beyond ``Limits(concurrent=...)``.

    This is checked before the body is read, and again before the handler runs.

    Raises:
        ActionError: ``SERVICE_UNAVAILABLE``.
    """
    if limiter.is_full:
        call.headers = RETRY_AFTER
        message = f"The action is called {limiter.most} times at once, the most that it takes. Try again soon."
        if limiter.most == 1:
            message = "The action is called already, and takes one call at a time. Try again soon."
        raise refusal("too-many-calls", "SERVICE_UNAVAILABLE", message)


async def check_counts(call: ServerCall, endpoint: Endpoint) -> None:
    """Refuse a call that would be one too many at once, or of one caller.

    Raises:
        ActionError: There are too many.
    """
    if endpoint.limiter is not None:
        check_concurrency(call, endpoint.limiter)
    if endpoint.rate_after_guards is not None:
        await check_rate(call, endpoint, endpoint.rate_after_guards)


async def check_rate(call: ServerCall, endpoint: Endpoint, limiter: RateLimiter) -> None:
    """Count a call against the rate of its caller, and refuse it beyond that.

    The server's own calls are not counted.

    Raises:
        ActionError: ``TOO_MANY_REQUESTS``; ``SERVICE_UNAVAILABLE`` if the state store fails.
    """
    if call.is_local:
        return
    request, rate_key = call.request, endpoint.settings.rate_key
    # With the app's name, since several apps may share a store.
    caller = f"{request.app.name} {endpoint.name} {counted_caller(request, rate_key)}"
    store = site_of(request.app).store
    try:
        has_room = await limiter.allows(caller, store)
    except StateError as error:
        extra = {"action": endpoint.name}
        logger.error("%r was refused, since its calls cannot be counted: %s", endpoint.name, error, extra=extra)
        message = "The calls of this action cannot be counted at the moment. Try again soon."
        raise refusal("no-store", "SERVICE_UNAVAILABLE", message) from error
    if not has_room:
        seconds = await limiter.seconds_left(caller, store)
        call.headers = {**call.headers, "retry-after": str(seconds)}
        message = f"Too many calls: at most {limiter.rate} from one caller. Wait {seconds} s, then try again."
        raise refusal("too-many-calls", "TOO_MANY_REQUESTS", message)

"""Run the handler of a call, whose checks are done, within its limits of time and number."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from types import CoroutineType
from typing import Any, Final

from ..._errors import ActionError
from .counts import check_concurrency
from .deadline import HEADER as DEADLINE
from .deadline import TimeLimit, deadline_error, overtime_error, seconds_left
from .endpoint import Endpoint
from .entrance import Entrance, ServerCall
from .idempotency import claimed
from .interceptors import RunHandler, surround
from .outcome import Outcome
from .site import site_of
from .stream import stream, surrounded_stream

logger: Final = logging.getLogger("sanic_actions")

LONGEST_MARGIN: Final = 1.0
"""Seconds that are left to show a page, or to answer, before Sanic's own server ends the request."""


def run_handler(call: ServerCall, endpoint: Endpoint) -> Coroutine[Any, Any, Outcome]:
    """Run the handler within its limits and interceptors, and check and write what it returns."""
    work = (endpoint.run or _keep_runner(endpoint, debug=call.request.app.debug))(call)
    if endpoint.is_unlimited and call.ends_with_request:
        return work
    seconds, margin = endpoint.limits.seconds, 0.0
    if seconds is None and (not call.ends_with_request or call.request.app.asgi):
        # Sanic's own server ends a request after RESPONSE_TIMEOUT. ASGI servers do not, and nothing
        # ends a run that outlives its request.
        seconds = call.request.app.config.RESPONSE_TIMEOUT
        if not call.request.app.asgi:
            # Before Sanic does: its error page has nothing of what a visitor has typed.
            margin = min(seconds / 10, LONGEST_MARGIN)
    if seconds is None and endpoint.limiter is None:
        return work
    return _limited(work, call, endpoint, seconds, margin=margin)


async def run_in_parts(call: ServerCall, endpoint: Endpoint, entrance: Entrance) -> Outcome:
    """Run the handler of a stream or of a download, whose answer is sent meanwhile."""
    if endpoint.is_stream:
        async with entrance.sink(call, endpoint) as call.sink:
            return await _run_stream(call, endpoint)
    repetition = entrance.repetition(call, endpoint)
    if repetition is None:
        claim: AbstractAsyncContextManager[None] = _NO_LIMIT
    else:
        claim = claimed(site_of(call.request.app).store, call, repetition)
    async with claim, entrance.file_sink(call, endpoint) as call.sink:
        return await _run_stream(call, endpoint)


def _run_stream(call: ServerCall, endpoint: Endpoint) -> Coroutine[Any, Any, Outcome]:
    """Run the handler of a stream; its time limit counts for each item, not for the whole."""
    seconds = endpoint.limits.seconds
    error: Callable[[], ActionError] | None = None
    if call.deadline is not None:
        # The caller waits for each item anew, so the header's seconds become those of a gap.
        call.deadline.lift()
        waits = seconds_left(call.request.headers[DEADLINE])
        if seconds is None or waits < seconds:
            seconds, error = waits, deadline_error
    work = surrounded_stream(call, endpoint) if endpoint.interceptors else stream(call, endpoint)
    return _limited(work, call, endpoint, seconds, error)


def _keep_runner(endpoint: Endpoint, *, debug: bool) -> RunHandler:
    """Return what runs a handler and gives the outcome; it is kept, since to make it costs more than to run it."""
    if endpoint.interceptors:
        run = surround(endpoint, debug=debug)
    else:
        run = _alone(endpoint)
    endpoint.run = run
    return run


def _alone(endpoint: Endpoint) -> RunHandler:
    """Return what runs a handler that nothing surrounds."""
    invoke, encode = endpoint.invoke, endpoint.encode

    async def run_alone(call: ServerCall) -> Outcome:
        output = invoke(call.input, call.request, call.context, call.injected)
        # type() first: most handlers are async def, and isawaitable() takes three times as long to
        # see that.
        if type(output) is CoroutineType or inspect.isawaitable(output):
            output = await output
        return Outcome(endpoint, output, encode(output))

    return run_alone


async def _limited(
    work: Coroutine[Any, Any, Outcome],
    call: ServerCall,
    endpoint: Endpoint,
    seconds: float | None,
    error: Callable[[], ActionError] | None = None,
    *,
    margin: float = 0.0,
) -> Outcome:
    """Do the work within the limits of the action. A handler that never waits cannot be cut: it holds its worker.

    Args:
        work: The work.
        call: The call.
        endpoint: The action.
        seconds: The time that it may take; None for as long as it likes.
        error: What ends it then, in place of the sentence that names the seconds.
        margin: How many seconds earlier it ends, so that there is time to say so.

    Raises:
        ActionError: ``SERVICE_UNAVAILABLE``: too many at once, or it took too long.
    """
    limiter, limit = endpoint.limiter, None
    try:
        if limiter is not None:
            check_concurrency(call, limiter)
        if seconds is not None:
            error_of_limit = error or partial(_error_of_limit, call, endpoint, seconds)
            call.gap = limit = TimeLimit(seconds - margin, error_of_limit)
        with limiter or _NO_LIMIT, limit or _NO_LIMIT:
            return await work
    finally:
        # After a refusal it never ran, and Python would warn that it was never awaited.
        work.close()
        call.gap = None  # which holds the call, by its error
        if limit is not None and limit.is_over and error is None:
            _log_limit(endpoint, seconds)


def _error_of_limit(call: ServerCall, endpoint: Endpoint, seconds: float) -> ActionError:
    """Return what callers are told; a setting of the server does not concern visitors of a page."""
    is_shown = call.context is not None and call.context.called_from == "form"
    is_of_server = endpoint.limits.seconds is None and not is_shown
    return overtime_error(_subject(endpoint), seconds, is_of_server=is_of_server)


def _log_limit(endpoint: Endpoint, seconds: float | None) -> None:
    sentence = "%r was cut after %g seconds, its limit."
    if endpoint.limits.seconds is None:
        sentence = CUT_BY_SERVER
    logger.warning(sentence, endpoint.name, seconds, extra={"action": endpoint.name})


CUT_BY_SERVER: Final = "%r was cut after %g seconds, RESPONSE_TIMEOUT of the app."


def _subject(endpoint: Endpoint) -> str:
    """Return what the seconds of a limit count for, as its message names it."""
    if endpoint.is_stream:
        return "An item of the stream"
    if endpoint.is_download:
        return "A part of the file"
    return "The action"


_NO_LIMIT: Final = nullcontext()

"""One call, from its name to its outcome, whoever brings it.

The order of the checks is the order of the lines of ``_check_and_run``, which no mount, middleware
or setting can change:

    method -> name -> origin -> headers that may come only once -> rate before guards, if configured
    -> guards -> number and rate of calls -> media type -> size -> decode -> validate
    -> sent to be run at all -> guards that name fields -> once
    -> interceptors(handler -> output) -> mask
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import copy_context
from functools import partial
from time import monotonic
from typing import Any, Final, TypeVar

from sanic.exceptions import RequestCancelled

from ..._context import ActionContext
from ..._errors import ActionError, CallError, InputError, is_of_another_service, original_error
from ..._observers import NOBODY, Observer, report_end, report_start, tell_end
from ..._problem_types import refusal
from ..._results import Err
from ..._server_mistakes import EXITS, exit_error
from .._form_body import FormBody
from .._host import is_cut_by_server
from .._run_guards import injected_arguments, run_guards
from .counts import check_concurrency, check_counts, check_rate
from .deadline import HEADER as DEADLINE
from .deadline import TimeLimit, Until, deadline_error, error_of_cut, seconds_left
from .endpoint import Endpoint
from .entrance import Entrance, Repetition, ServerCall
from .expected_error import expected_error
from .idempotency import NotRun
from .outcome import Outcome
from .problems import HeldLogs
from .run import CUT_BY_SERVER, run_handler, run_in_parts
from .single_headers import refuse_repeated_headers
from .site import site_of
from .unsubmitted import refuse_unsubmitted

logger: Final = logging.getLogger("sanic_actions")

R = TypeVar("R")


def answer(call: ServerCall, entrance: Entrance) -> Coroutine[Any, Any, Outcome]:
    """Answer a call with what its checks, its handler or its deadline say, and notify observers.

    Raises:
        BaseException: The task ends (cancellation), or the exception is unexpected and the entrance
            does not mask it.
    """
    if entrance.observer is not None:
        return _observed(call, entrance, entrance.observer)
    return _answer(call, entrance)  # returned, not awaited: one coroutine less per call


async def _observed(call: ServerCall, entrance: Entrance, observer: Observer) -> Outcome:
    observed_call = entrance.observed(call)
    before = copy_context()
    try:
        token = observer.on_start(observed_call)
    except BaseException:  # a broken observer must not fail the call
        report_start(observer, observed_call)
        observer, token = NOBODY, None
    held_logs: HeldLogs = []
    try:
        outcome = await _answer(call, entrance, held_logs)
    except BaseException as error:
        call.is_told = True
        if call.endpoint is None or call.is_local or not is_cut_by_server(call.request):
            tell_end((observer, token, None), observed_call, None, error)
        else:  # Sanic's own server answers the caller itself
            tell_end((observer, token, None), observed_call, Err(error_of_cut(call.request)))
        if held_logs:
            held_logs.pop()(before)
        raise
    result, exception = outcome.result(), None
    if outcome.error is not None:
        call.is_told = True
        exception, call.exception = call.exception, None  # which would hold the call, by its traceback
    try:
        observer.on_end(token, observed_call, result, exception)
    except BaseException:
        report_end(observer, observed_call, result)
    if held_logs:  # failure() holds back one log at most
        held_logs.pop()(before)
    try:
        return outcome
    finally:
        del outcome, result, exception  # the traceback of an error in them leads to this frame


def _answer(call: ServerCall, entrance: Entrance, held_logs: HeldLogs | None = None) -> Coroutine[Any, Any, Outcome]:
    if DEADLINE in call.request.headers:
        return _answer_in_time(call, entrance, held_logs)
    return _check_and_run(call, entrance, held_logs)


async def _answer_in_time(call: ServerCall, entrance: Entrance, held_logs: HeldLogs | None) -> Outcome:
    request = call.request
    context: Any = request.ctx
    outer: Until[Outcome] | None = getattr(context, "sanic_actions_until", None)
    try:
        if outer is None:
            call.ends_at = monotonic() + seconds_left(request.headers[DEADLINE])
        else:
            call.ends_at = outer.ends_at  # one time for all calls of a request
            if outer.is_running:
                # The outer call's timer ends both. Two timers due at the same moment fire in any
                # order, and a call inside a stream would be measured from the beginning of the
                # stream.
                return await _check_and_run(call, entrance, held_logs)
        call.deadline = until = Until(_check_and_run(call, entrance, held_logs), call.ends_at, deadline_error)
        if outer is None:
            # For the calls that the handler makes itself, with call_action.
            context.sanic_actions_until = until
        return await until
    except BaseException as error:
        return failure(error, call, entrance, held_logs)


async def _check_and_run(call: ServerCall, entrance: Entrance, held_logs: HeldLogs | None) -> Outcome:
    """Run the checks in order, then the handler; return the outcome, also of a failure."""
    try:
        endpoint = call.endpoint = entrance.find(call)
        entrance.check_origin(call, endpoint)
        refuse_repeated_headers(call.request)
        call.context = context = entrance.context(call, endpoint)
        guard_values: list[object] = []
        if endpoint.rate_before_guards is not None:
            await check_rate(call, endpoint, endpoint.rate_before_guards)
        # Guards and counts come before the body: what is refused by them is never read.
        if endpoint.is_guarded and context is not None:
            guard_values = await _in_time(_guard_call(call, endpoint, context), call, endpoint)
        if endpoint.is_counted:
            await check_counts(call, endpoint)
        await entrance.read(call, endpoint)
        refuse_unsubmitted(call)
        if context is not None:
            context.input = call.input
            if endpoint.field_guards:
                await _in_time(_guard_fields(call, endpoint, context, guard_values), call, endpoint)
        if endpoint.is_sent_in_parts and (not call.is_local or endpoint.surrounds_parts):
            return await run_in_parts(call, endpoint, entrance)
        repetition = entrance.repetition(call, endpoint)
        if repetition is None:
            return await run_handler(call, endpoint)
        return await _run_once(call, endpoint, entrance, repetition, held_logs)
    except BaseException as error:
        return failure(error, call, entrance, held_logs)
    finally:
        # Removes the form's files, unless a run that outlives the request still uses them.
        if call.form is not None and call.form.files:
            call.form.close()


def _in_time(work: Coroutine[Any, Any, R], call: ServerCall, endpoint: Endpoint) -> Coroutine[Any, Any, R]:
    """Return the work of guards, within the time that Sanic's own server gives to them and the handler together."""
    app = call.request.app
    if app.asgi and not call.is_local and app.config.RESPONSE_TIMEOUT is not None:
        return _within_response_timeout(work, call, endpoint)
    return work


async def _within_response_timeout(work: Coroutine[Any, Any, R], call: ServerCall, endpoint: Endpoint) -> R:
    """Do some work within ``RESPONSE_TIMEOUT``, which ASGI servers do not know."""
    seconds = call.request.app.config.RESPONSE_TIMEOUT
    limit = TimeLimit(seconds, partial(error_of_cut, call.request))
    try:
        with limit:
            return await work
    finally:
        if limit.is_over:
            logger.warning(CUT_BY_SERVER, endpoint.name, seconds, extra={"action": endpoint.name})


async def _guard_call(call: ServerCall, endpoint: Endpoint, context: ActionContext) -> list[object]:
    """Run the guards that need no input and return their values.

    The values are injected at once, unless guards of fields follow.
    """
    guards = () if call.is_job else endpoint.entry.plan.calls
    guard_values = await run_guards(guards, context)
    if not endpoint.field_guards:
        call.injected = await injected_arguments(endpoint.entry, guard_values, context, call.injected)
    return guard_values


async def _guard_fields(
    call: ServerCall, endpoint: Endpoint, context: ActionContext, guard_values: list[object]
) -> None:
    """Run the guards that name fields, then inject the values of all guards."""
    copies = endpoint.copies_of_defaults(call.input)
    fields = {**endpoint.field_values(call.input), **copies}
    for guard in () if call.is_job else endpoint.field_guards:
        guard_values += await run_guards((guard,), context, fields)
        if call.form is not None:
            call.form.rewind()  # for the next reader of a file that this one has read
    supplies = await injected_arguments(endpoint.entry, guard_values, context, call.injected)
    # The handler gets the same copies; the input of a context is without what was left out.
    call.injected = {**copies, **supplies}


def failure(error: BaseException, call: ServerCall, entrance: Entrance, held_logs: HeldLogs | None = None) -> Outcome:
    """Return the outcome of a call that an exception has ended.

    Raises:
        BaseException: The task ends (cancellation), or the exception is unexpected and the entrance
            does not mask it.
    """
    if isinstance(error, CallError):
        error = original_error(error)
    elif not isinstance(error, ActionError):
        error = expected_error(error, call)
    if isinstance(error, ActionError) and not is_of_another_service(error):
        try:
            if call.form is not None and call.input is not None:  # the form was read, so it is the action that fails
                error = _with_sent_paths(error, call, call.form)
            return Outcome.failed(error, call.endpoint)
        except Exception as problem:
            # The fields of the error are not what it declares: a mistake of the server, to be masked.
            problem.__context__, error = error, problem
    if isinstance(error, EXITS) and not entrance.masks:  # whoever calls may do so in a task of its own
        raise exit_error(error) from error
    if not entrance.masks or _ends_the_task(error):
        raise error
    if entrance.observer is not None:
        call.exception = error
    return Outcome.masked(error, call.endpoint, held_logs)


def _with_sent_paths(error: ActionError, call: ServerCall, form: FormBody) -> ActionError:
    """Return an error of the action with the paths of the form that its input was read from."""
    if isinstance(error, InputError) and call.endpoint is not None:
        return call.endpoint.with_sent_paths(error, form)
    return error


def _ends_the_task(error: BaseException) -> bool:
    """Return whether an exception is the end of the task itself, rather than something that a handler raised.

    A handler may raise ``CancelledError`` because something that it awaited was cancelled, or call
    ``sys.exit``, which must not end the worker.
    """
    task = asyncio.current_task()
    if isinstance(error, RequestCancelled):  # Sanic's: the caller has left, before the task is cancelled for that
        return True
    if isinstance(error, asyncio.CancelledError):
        return task is None or task.cancelling() > 0
    return isinstance(error, GeneratorExit) and task is None


# ---- Once


async def _run_once(
    call: ServerCall,
    endpoint: Endpoint,
    entrance: Entrance,
    repetition: Repetition,
    held_logs: HeldLogs | None,
) -> Outcome:
    site = site_of(call.request.app)
    # The run is a task of its own, which Sanic's response timeout does not reach.
    call.ends_with_request = False
    run = partial(_run_to_end, call, endpoint, entrance, repetition, held_logs)
    try:
        return await site.runs.once(site.store, call, repetition, run)
    except NotRun as not_run:
        raise not_run.error from None


async def _run_to_end(
    call: ServerCall,
    endpoint: Endpoint,
    entrance: Entrance,
    repetition: Repetition,
    held_logs: HeldLogs | None,
) -> Outcome:
    """Run a handler to its end even if its caller hangs up, and return the outcome.

    Raises:
        NotRun: The call was refused before the handler ran, so there is no outcome to keep.
    """
    seconds = _LONG
    try:
        if endpoint.limiter is not None:
            check_concurrency(call, endpoint.limiter)
        if call.ends_at is not None:
            seconds = call.ends_at - monotonic()
            if seconds <= 0:
                raise deadline_error()
    except ActionError as error:
        raise NotRun(error) from None
    try:
        with TimeLimit(seconds, deadline_error):
            return await run_handler(call, endpoint)
    except BaseException as error:
        if repetition.is_strict and _ends_the_task(error) and isinstance(error, asyncio.CancelledError):
            # A handler that was cut off may have done anything, so it must not run again.
            return Outcome.failed(refusal("cut-off", "SERVICE_UNAVAILABLE", _CUT_OFF), endpoint)
        if call.is_told:  # the caller has left, and nobody writes a log that is held
            held_logs = None
        return failure(error, call, entrance, held_logs)


_LONG: Final = 86_400.0
"""Seconds for a run without a deadline: a day, longer than any is waited for."""

_CUT_OFF: Final = "The server stopped in the middle of this call, and nobody knows what it did."

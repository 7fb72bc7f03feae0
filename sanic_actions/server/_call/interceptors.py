"""Runs what surrounds a handler: its interceptors, outermost first, around the handler and the check of its output."""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from types import CoroutineType
from typing import Any, Final

from ..._callables import describe
from ..._entry import InterceptorCall
from ..._injection import is_value_of
from ..._interceptors import NO_VALUE
from ..._mismatch import with_article
from ..._server_mistakes import EXITS, exit_error, runtime_error, type_error
from ..._types.type_names import name_of, short_name_of
from .endpoint import Endpoint
from .entrance import ServerCall
from .outcome import Outcome

RunHandler = Callable[[ServerCall], Coroutine[Any, Any, Any]]
"""Runs the handler of a call, notes in the call that it has run and what came of it, and returns its output."""

Replace = Callable[[ServerCall, object], Any]
"""Takes what an interceptor has returned in place of the handler's output, and returns what is to be made of it."""

Exits = tuple[type[BaseException], ...]

logger: Final = logging.getLogger("sanic_actions")

_OVER: Final = object()
"""Stands for the work of an interceptor that has ended without any."""


def surround(endpoint: Endpoint, *, debug: bool) -> RunHandler:
    """Return what runs a handler inside of its interceptors and gives the outcome of the call.

    Args:
        endpoint: The action.
        debug: Whether to tell of outputs that interceptors have changed.

    Raises:
        RuntimeError: An interceptor has ended before what it surrounds, which is cancelled.
        TypeError: What comes of it is not what the action declares.
    """
    invoke, encode = endpoint.invoke, endpoint.encode

    async def run_handler(call: ServerCall) -> object:
        try:
            output = invoke(call.input, call.request, call.context, call.injected)
            if type(output) is CoroutineType or inspect.isawaitable(output):
                output = await output
            call.handled = Outcome(endpoint, output, encode(output))
        except BaseException as error:
            call.has_run = True  # an interceptor may hide what its handler has raised
            if isinstance(error, EXITS):  # the interceptor may run this in a task of its own
                raise exit_error(error) from error
            raise
        return output

    def outcome_of(call: ServerCall, output: object) -> Outcome:
        try:
            return Outcome(endpoint, output, encode(output))
        except TypeError as error:
            raise wrong_output(call, endpoint, output, str(error)) from None

    run = around(endpoint, run_handler, outcome_of)
    if debug:
        run = partial(_tell_of_change, endpoint, run)
    return run


async def _tell_of_change(endpoint: Endpoint, run: RunHandler, call: ServerCall) -> Outcome:
    """Run a call, and warn of an output that was changed after it had been written.

    It was checked and written inside of the interceptors, so that a wrong one is rolled back.
    Writing it once more would cost each call as much again, so this is for development.
    """
    outcome: Outcome = await run(call)
    if outcome is call.handled and not _is_as_written(endpoint, outcome):
        logger.warning(_LATE_CHANGE, endpoint.name, extra={"action": endpoint.name})
    return outcome


def _is_as_written(endpoint: Endpoint, outcome: Outcome) -> bool:
    """Return whether an output is written as it was; True too for one that is never written alike, as with a moment."""
    try:
        body = endpoint.encode(outcome.output)
        return body == outcome.body or body != endpoint.encode(outcome.output)
    except (TypeError, ValueError):
        return False


_LATE_CHANGE: Final = (
    "An interceptor changed the output of %r in place. Callers over HTTP get what the handler returned, which was "
    "written before: return another object."
)


def around(endpoint: Endpoint, run: RunHandler, replace: Replace, exits: Exits = ()) -> RunHandler:
    """Return what runs something inside of the interceptors of an action, and gives the call's ``handled``.

    Args:
        endpoint: The action.
        run: What it runs.
        replace: Makes what this gives, where the outermost interceptor returns another output.
        exits: Exceptions of the outermost interceptor that are not to leave its task.
    """
    outermost, *inner = endpoint.interceptors
    for interceptor in reversed(inner):
        run = _within(interceptor, run, partial(_note_replacement, interceptor), EXITS)
    return _within(outermost, run, replace, exits, is_outermost=True)


def _within(
    interceptor: InterceptorCall, run: RunHandler, replace: Replace, exits: Exits, *, is_outermost: bool = False
) -> RunHandler:
    """Return what runs one interceptor around something."""
    function, supplies = interceptor.function, interceptor.supplied is not NO_VALUE

    async def run_within(call: ServerCall) -> Any:
        work: Any = None  # the coroutine that proceed has returned

        def proceed(*arguments: Any) -> Any:
            nonlocal work
            if work is not None:
                return _refuse(interceptor)
            if supplies or arguments:
                _inject(call, interceptor, arguments)
            work = run(call)
            return work

        try:
            output = await function(call.context, proceed)
        except exits as error:  # the outer interceptor may run this in a task of its own
            raise exit_error(error) from error
        finally:
            if work is None:
                work = _OVER  # whoever has kept proceed cannot run anything later
            elif work.cr_frame is not None:
                _end_work(work, interceptor)
        outcome = call.handled
        if outcome is None or output is not outcome.returned:
            _check_awaited(work, output, interceptor)
            return replace(call, output)
        if is_outermost:
            return outcome
        return output

    return run_within


def _note_replacement(interceptor: InterceptorCall, call: ServerCall, output: object) -> object:
    """Return the output of an inner interceptor, noted in the call."""
    call.replacements += ((interceptor, output),)
    return output


def _end_work(work: Any, interceptor: InterceptorCall) -> None:
    """Cancel what an interceptor has left running, and raise an error that says so.

    No error is raised where the interceptor was cancelled too, as while it awaits ``asyncio.shield(proceed())``.
    """
    if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        return  # nobody has awaited it
    task = _task_of(work)
    if task is not None:
        task.cancel()
    else:
        work.close()  # awaited through what is not a coroutine, such as an asynchronous generator
    if isinstance(sys.exception(), asyncio.CancelledError):
        return
    raise runtime_error(f"{_name(interceptor)} ended before the proceed that it called: await it.")


def _check_awaited(work: Any, output: object, interceptor: InterceptorCall) -> None:
    """Refuse what an interceptor answers after a ``proceed`` that it did not await: the handler would never run.

    Raises:
        RuntimeError: Nothing has begun to await it, and it was not returned either.
    """
    if work is _OVER or work is output or inspect.getcoroutinestate(work) != inspect.CORO_CREATED:
        return
    task = _task_of(work)
    if task is not None:
        task.cancel()
    else:
        work.close()  # or Python would warn of a coroutine of this module
    raise runtime_error(f"{_name(interceptor)} called proceed and did not await it: write 'return await proceed(...)'.")


def _inject(call: ServerCall, interceptor: InterceptorCall, arguments: tuple[Any, ...]) -> None:
    """Inject what an interceptor gives to ``proceed``.

    Raises:
        TypeError: It is not what its annotation says.
    """
    if interceptor.supplied is NO_VALUE:
        if arguments != (None,):
            raise type_error(
                f"{_name(interceptor)} gave proceed a value, and is annotated Proceed[None]: name its type there."
            )
        return
    if len(arguments) != 1 or not is_value_of(arguments[0], interceptor.supplied):
        kinds = ", ".join(type(value).__name__ for value in arguments) or "nothing"
        supplied = with_article(short_name_of(interceptor.supplied))
        raise type_error(
            f"{_name(interceptor)} gave proceed {kinds}, not {supplied}: write 'return await proceed(...)' with one."
        )
    for name, annotation in interceptor.doubtful.items():
        if not is_value_of(arguments[0], annotation):
            kind, label = type(arguments[0]).__name__, name_of(annotation)
            raise type_error(f"{_name(interceptor)} gave proceed {kind}, and parameter {name!r} is of type {label}.")
    if interceptor.names:
        values = dict.fromkeys(interceptor.names, arguments[0])
        call.injected = {**call.injected, **values}


async def _refuse(interceptor: InterceptorCall) -> object:
    """Raise where it is awaited, as the handler would.

    Raised at the call, in ``gather(proceed(), proceed())``, it would leave the first one without an await.
    """
    raise runtime_error(f"{_name(interceptor)} called proceed twice, or too late, and a handler runs once.")


def _task_of(work: object) -> asyncio.Task[Any] | None:
    """Return the task that awaits a coroutine; looked for only when an interceptor has left it behind."""
    for task in asyncio.all_tasks():
        step: Any = task.get_coro()
        while step is not None and step is not work:  # as many steps as awaits are nested
            step = getattr(step, "cr_await", None) or getattr(step, "gi_yieldfrom", None)
        if step is work:
            return task
    return None


def wrong_output(call: ServerCall, endpoint: Endpoint, output: object, mistake: str) -> TypeError:
    """Return the error that names the interceptor whose output is not what its action declares.

    Args:
        call: The call.
        endpoint: The action.
        output: What the outermost interceptor returned.
        mistake: What is wrong with it, as it is said of the action.
    """
    interceptor = endpoint.interceptors[0]
    for inner, replacement in call.replacements:
        if replacement is output:
            interceptor = inner
            break
    name = f"{_name(interceptor)} of {endpoint.name!r}"
    write = "write 'return await proceed(...)'"
    if inspect.iscoroutine(output):
        output.close()  # it never runs, and Python would warn of that
        return type_error(f"{name} returned what it did not await: {write}.")
    if output is None and (call.has_run or call.handled is not None):
        return type_error(f"{name} returned nothing after its proceed: {write}.")
    if output is None:
        return type_error(f"{name} did not call proceed, and returned nothing: {write}.")
    return type_error(f"{_name(interceptor)} gave an output of its own: {mistake}")


def _name(interceptor: InterceptorCall) -> str:
    return describe(interceptor.function, noun="interceptor")

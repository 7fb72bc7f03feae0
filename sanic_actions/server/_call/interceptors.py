"""Runs what surrounds a handler: its interceptors, outermost first, around the handler and the check of its output."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine
from typing import Any

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

RunHandler = Callable[[ServerCall, Endpoint], Coroutine[Any, Any, object]]
"""Runs the handler of a call, notes in the call that it has run and what came of it, and returns its output."""


class Proceeding:
    """One interceptor at work, and the ``proceed`` that it is given.

    Args:
        call: The call. What its handler did is noted in it, and its injected arguments are added.
        endpoint: The action.
        run: Runs the handler.
        position: Which interceptor of the action; the outermost is the first.
    """

    __slots__ = ("_call", "_endpoint", "_has_ended", "_position", "_run", "_work")

    def __init__(self, call: ServerCall, endpoint: Endpoint, run: RunHandler, position: int = 0) -> None:
        self._call = call
        self._endpoint = endpoint
        self._run = run
        self._position = position
        self._work: Any = None  # the coroutine that ``proceed`` has returned
        self._has_ended = False

    async def checked_outcome(self) -> Outcome:
        """Call the outermost interceptor, and check what it gives.

        One coroutine does both, since a second one would cost a call more time than the rest of this
        module.

        Raises:
            RuntimeError: As ``output``.
            TypeError: It is not what the action declares.
        """
        call, endpoint = self._call, self._endpoint
        try:
            output = await endpoint.interceptors[0].function(call.context, self.proceed)
        finally:
            self._has_ended = True  # whoever has kept proceed cannot run anything later
            if self._work is not None and self._work.cr_frame is not None:
                self._end_work()
        outcome = call.handled
        if outcome is not None and output is call.handler_output:
            return outcome
        try:
            return Outcome(endpoint, output, endpoint.encode(output))
        except TypeError as error:
            raise wrong_output(call, endpoint, output, str(error)) from None

    async def output(self) -> object:
        """Call the interceptor, and return what it gives.

        Raises:
            RuntimeError: It returned while what it surrounds was still at work, which is cancelled.
        """
        call, interceptor = self._call, self._endpoint.interceptors[self._position]
        try:
            output = await interceptor.function(call.context, self.proceed)
        except EXITS as error:  # the outer interceptor may run this in a task of its own
            raise exit_error(error) from error
        finally:
            self._has_ended = True  # whoever has kept proceed cannot run anything later
            if self._work is not None and self._work.cr_frame is not None:
                self._end_work()
        if self._position > 0 and (call.handled is None or output is not call.handler_output):
            call.replacements += ((interceptor, output),)
        return output

    def _end_work(self) -> None:
        """Cancel what the interceptor has left running, and raise an error that says so.

        No error is raised where the interceptor was cancelled too, as while it awaits ``asyncio.shield(proceed())``.
        """
        work = self._work
        if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
            return  # nobody has awaited it
        task = _task_of(work)
        if task is not None:
            task.cancel()
        else:
            work.close()  # awaited through what is not a coroutine, such as an asynchronous generator
        if isinstance(sys.exception(), asyncio.CancelledError):
            return
        interceptor = self._endpoint.interceptors[self._position]
        raise runtime_error(f"{_name(interceptor)} ended before the proceed that it called: await it.")

    def proceed(self, *arguments: Any) -> Coroutine[Any, Any, object]:
        """Run what the interceptor surrounds; to be awaited.

        Raises:
            RuntimeError: It was called before, or its interceptor has ended: a handler runs once.
            TypeError: What it is given is not what its annotation says.
        """
        interceptors, position = self._endpoint.interceptors, self._position
        interceptor = interceptors[position]
        if self._work is not None or self._has_ended:
            return _refuse(interceptor)
        if arguments or interceptor.supplied is not NO_VALUE:
            self._inject(interceptor, arguments)
        if position + 1 < len(interceptors):
            self._work = work = Proceeding(self._call, self._endpoint, self._run, position + 1).output()
        else:
            self._work = work = self._run(self._call, self._endpoint)
        return work

    def _inject(self, interceptor: InterceptorCall, arguments: tuple[Any, ...]) -> None:
        if interceptor.supplied is NO_VALUE:
            if arguments != (None,):
                raise type_error(f"{_name(interceptor)} gave proceed a value, and is annotated Proceed[None].")
            return
        if len(arguments) != 1 or not is_value_of(arguments[0], interceptor.supplied):
            kinds = ", ".join(type(value).__name__ for value in arguments) or "nothing"
            supplied = with_article(short_name_of(interceptor.supplied))
            raise type_error(
                f"{_name(interceptor)} gave proceed {kinds}, not {supplied}: "
                "write 'return await proceed(...)' with one."
            )
        for name, annotation in interceptor.doubtful.items():
            if not is_value_of(arguments[0], annotation):
                kind, label = type(arguments[0]).__name__, name_of(annotation)
                raise type_error(
                    f"{_name(interceptor)} gave proceed {kind}, and parameter {name!r} is of type {label}."
                )
        if interceptor.names:
            values = dict.fromkeys(interceptor.names, arguments[0])
            self._call.injected = {**self._call.injected, **values}


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
    if output is None and call.has_run:
        return type_error(f"{name} returned nothing after its proceed: {write}.")
    if output is None:
        return type_error(f"{name} did not call proceed, and returned nothing: {write}.")
    return type_error(f"{_name(interceptor)} gave an output of its own: {mistake}")


def _name(interceptor: InterceptorCall) -> str:
    return describe(interceptor.function, noun="interceptor")

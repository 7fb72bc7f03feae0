"""Runs what surrounds a handler: its interceptors, outermost first, around the handler and the check of its output."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from ..._callables import describe
from ..._entry import InterceptorCall
from ..._injection import is_value_of
from ..._interceptors import NOTHING
from .endpoint import Endpoint
from .entrance import ServerCall
from .outcome import Outcome

RunHandler = Callable[[ServerCall, Endpoint], Awaitable[Outcome]]
"""Runs the handler of a call and checks its output."""


def run_intercepted(call: ServerCall, endpoint: Endpoint, run: RunHandler) -> Coroutine[Any, Any, object]:
    """Return what the outermost interceptor returns, to be awaited.

    Args:
        call: The call, which is told of the handler and what came of it, and whose injected arguments are filled in.
        endpoint: The action.
        run: Runs the handler.
    """
    return _Proceeding(call, endpoint, 0, run).intercept()


def checked_outcome(call: ServerCall, endpoint: Endpoint, run: RunHandler) -> Coroutine[Any, Any, Outcome]:
    """Return the outcome of the same; another output of an interceptor is checked likewise.

    One coroutine does both: each costs a call more than all that this module does besides.
    """
    return _Proceeding(call, endpoint, 0, run).checked()


class _Proceeding:
    """One interceptor at work, and the ``proceed`` that it is given."""

    # Defaults stand on the class: each attribute that is set costs a call 15 ns.
    _has_proceeded = False
    _task: asyncio.Task[Any] | None = None

    def __init__(self, call: ServerCall, endpoint: Endpoint, position: int, run: RunHandler) -> None:
        self._call = call
        self._endpoint = endpoint
        self._position = position
        self._run = run

    async def intercept(self) -> object:
        """Call the interceptor.

        Raises:
            RuntimeError: It returned while what it surrounds was still at work, which is cancelled.
        """
        try:
            return await self._endpoint.interceptors[self._position].function(self._call.context, self.proceed)
        finally:
            self._end()

    async def checked(self) -> Outcome:
        """Call the outermost interceptor, and check what it gives.

        Raises:
            RuntimeError: As ``intercept``.
            TypeError: It is not what the action declares.
        """
        call, endpoint = self._call, self._endpoint
        try:
            output = await endpoint.interceptors[0].function(call.context, self.proceed)
        finally:
            self._end()
        outcome = call.handled
        if outcome is not None and output is outcome.output:
            return outcome
        try:
            return Outcome(endpoint, output, endpoint.encode(output))
        except TypeError as error:
            raise wrong_output(call, endpoint, output, str(error)) from None

    def _end(self) -> None:
        self._has_proceeded = True  # who has kept proceed cannot run anything later
        if self._task is not None:
            self._task.cancel()
            interceptor = self._endpoint.interceptors[self._position]
            raise RuntimeError(f"{_name(interceptor)} ended before the proceed that it called: await it.")

    async def proceed(self, *arguments: Any) -> object:
        """Run what the interceptor surrounds.

        Raises:
            RuntimeError: It was called before, or its interceptor has ended: a handler runs once.
            TypeError: What it is given is not what its annotation says.
        """
        call, endpoint = self._call, self._endpoint
        interceptors, position = endpoint.interceptors, self._position
        interceptor = interceptors[position]
        if self._has_proceeded:
            raise RuntimeError(f"{_name(interceptor)} called proceed twice, or too late, and a handler runs once.")
        self._has_proceeded = True
        if arguments or interceptor.supplied is not NOTHING:
            self._inject(interceptor, arguments)
        self._task = asyncio.current_task()
        try:
            if position + 1 < len(interceptors):
                output = await _Proceeding(call, endpoint, position + 1, self._run).intercept()
                if call.handled is None or output is not call.handled.output:
                    call.replacements += ((interceptors[position + 1], output),)
                return output
            call.has_run = True
            call.handled = outcome = await self._run(call, endpoint)
            return outcome.output
        finally:
            self._task = None

    def _inject(self, interceptor: InterceptorCall, arguments: tuple[Any, ...]) -> None:
        if interceptor.supplied is NOTHING:
            if arguments != (None,):
                raise TypeError(f"{_name(interceptor)} gave proceed a value, and is annotated Proceed[None].")
            return
        if len(arguments) != 1 or not is_value_of(arguments[0], interceptor.supplied):
            kinds = ", ".join(type(value).__name__ for value in arguments) or "nothing"
            raise TypeError(f"{_name(interceptor)} gave proceed {kinds}, not a {interceptor.supplied!r}.")
        if interceptor.names:
            values = dict.fromkeys(interceptor.names, arguments[0])
            self._call.injected = {**self._call.injected, **values}


def wrong_output(call: ServerCall, endpoint: Endpoint, output: object, mistake: str) -> TypeError:
    """Return what names the interceptor that gave an output which is not what its action declares.

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
        return TypeError(f"{name} returned what it did not await: {write}.")
    if output is None and call.has_run:
        return TypeError(f"{name} returned nothing after its proceed: {write}.")
    if output is None:
        return TypeError(f"{name} did not call proceed, and returned nothing: {write}.")
    return TypeError(f"{_name(interceptor)} gave an output of its own: {mistake}")


def _name(interceptor: InterceptorCall) -> str:
    return describe(interceptor.function, noun="interceptor")

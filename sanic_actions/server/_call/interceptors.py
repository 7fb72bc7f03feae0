"""Runs what surrounds a handler: its interceptors, outermost first, around the handler and the check of its output."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..._entry import InterceptorCall
from ..._guards import describe
from ..._injection import is_value_of
from ..._interceptors import NOTHING
from .entrance import ServerCall
from .outcome import Outcome

RunHandler = Callable[[], Awaitable[Outcome]]


async def run_intercepted(call: ServerCall, calls: tuple[InterceptorCall, ...], run: RunHandler) -> object:
    """Return what the outermost interceptor returns.

    Args:
        call: The call, whose injected arguments are filled in on the way.
        calls: The interceptors, outermost first.
        run: Runs the handler and checks its output.
    """
    return await _Proceeding(call, calls, 0, run).intercept()


class _Proceeding:
    """One interceptor at work, and what it calls as ``proceed``."""

    __slots__ = ("_call", "_calls", "_has_proceeded", "_position", "_run", "_task")

    def __init__(self, call: ServerCall, calls: tuple[InterceptorCall, ...], position: int, run: RunHandler) -> None:
        self._call = call
        self._calls = calls
        self._position = position
        self._run = run
        self._has_proceeded = False
        self._task: asyncio.Task[object] | None = None

    async def intercept(self) -> object:
        """Call the interceptor.

        Raises:
            RuntimeError: It returned while what it surrounds was still at work, which is cancelled.
        """
        interceptor = self._calls[self._position]
        try:
            return await interceptor.function(self._call.context, self)
        finally:
            self._has_proceeded = True  # who has kept proceed cannot run anything later
            if self._task is not None:
                self._task.cancel()
                raise RuntimeError(f"{_name(interceptor)} ended before the proceed that it called: await it.")

    async def __call__(self, *arguments: Any) -> object:
        """Run what the interceptor surrounds.

        Raises:
            RuntimeError: It was called before, or its interceptor has ended: a handler runs once.
            TypeError: What it is given is not what its annotation says.
        """
        interceptor = self._calls[self._position]
        if self._has_proceeded:
            raise RuntimeError(f"{_name(interceptor)} called proceed twice, or too late, and a handler runs once.")
        self._has_proceeded = True
        self._inject(interceptor, arguments)
        self._task = asyncio.current_task()
        try:
            if self._position + 1 < len(self._calls):
                return await _Proceeding(self._call, self._calls, self._position + 1, self._run).intercept()
            return (await self._run()).output
        finally:
            self._task = None

    def _inject(self, interceptor: InterceptorCall, arguments: tuple[Any, ...]) -> None:
        if interceptor.supplied is NOTHING:
            if arguments not in ((), (None,)):
                raise TypeError(f"{_name(interceptor)} gave proceed a value, and is annotated Proceed[None].")
            return
        if len(arguments) != 1 or not is_value_of(arguments[0], interceptor.supplied):
            kinds = ", ".join(type(value).__name__ for value in arguments) or "nothing"
            raise TypeError(f"{_name(interceptor)} gave proceed {kinds}, not a {interceptor.supplied!r}.")
        if interceptor.names:
            values = dict.fromkeys(interceptor.names, arguments[0])
            self._call.injected = {**self._call.injected, **values}


def _name(interceptor: InterceptorCall) -> str:
    return describe(interceptor.function, noun="interceptor")

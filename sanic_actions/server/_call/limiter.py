"""Bounds what the calls of one action take of a worker: how many run at once, and how long each may wait."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any, Final

from ..._errors import ActionError
from .context import ActionContext

logger: Final = logging.getLogger("sanic_actions")

RETRY_AFTER: Final = "1"
"""Seconds after which a refused caller may try again."""


class CallLimiter:
    """What the calls of an action with such limits pass through; others pass none."""

    __slots__ = ("_most", "_name", "_running", "_seconds")

    def __init__(self, name: str, *, seconds: float | None, concurrent: int | None) -> None:
        self._name = name
        self._seconds = seconds
        self._most = concurrent
        self._running = 0

    def check(self, context: ActionContext | None) -> None:
        """Refuse a call that would be one too many: before its body is read, and again before it runs.

        Raises:
            ActionError: ``SERVICE_UNAVAILABLE``.
        """
        if self._most is not None and self._running >= self._most:
            if context is not None:
                context.set_header("retry-after", RETRY_AFTER)
            message = f"The action is called {self._most} times at once, the most that it takes. Try again soon."
            raise ActionError("SERVICE_UNAVAILABLE", message)

    async def call(self, start: Callable[[], Any], context: ActionContext | None) -> object:
        """Call the handler. One that never waits cannot be cut: it holds the whole worker.

        Raises:
            ActionError: ``SERVICE_UNAVAILABLE``: too many at once, or it took too long.
        """
        self.check(context)
        self._running += 1
        try:
            async with asyncio.timeout(self._seconds) as clock:
                result = start()
                return await result if inspect.isawaitable(result) else result
        except TimeoutError:
            if not clock.expired():
                raise  # the handler's own
            logger.warning("%r was cut after %g seconds, its limit.", self._name, self._seconds)
            raise ActionError("SERVICE_UNAVAILABLE", f"The action took longer than {self._seconds:g} s.") from None
        finally:
            self._running -= 1

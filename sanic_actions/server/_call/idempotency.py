"""Runs a call once for its key, whatever becomes of the connection: what ``once=True`` promises.

The law of this file: while it is not certain that a key has not run, it does not run. The outcome is kept, errors too;
without a store that can keep it there is no run; and a caller who hangs up ends nothing, since he may ask again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sanic import Request
from sanic.response import HTTPResponse

from ..._errors import ActionError
from .._form_body import FormBody
from .._once import OtherInput, once
from .._state.store import StateError, StateStore
from .deadline import HEADER as DEADLINE
from .deadline import MESSAGE as TOO_LATE
from .deadline import seconds_left
from .endpoint import Endpoint
from .outcome import failure, outcome_response, success
from .problems import error_response

logger: Final = logging.getLogger("sanic_actions")

HEADER: Final = "idempotency-key"

GRACE: Final = 5.0
"""Seconds that a server which stops waits for what still runs."""


def key_of(request: Request[Any, Any]) -> str | None:
    """The key of a call, if it has one.

    Raises:
        ActionError: ``BAD_REQUEST``, somebody else could come upon the same one.
    """
    key: str | None = request.headers.get(HEADER)
    if key is not None and not (16 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise ActionError("BAD_REQUEST", "The header Idempotency-Key must have 16 to 255 characters, chosen at random.")
    return key


class OnceCalls:
    """The calls with a key that run in this process."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[bytes | None]] = set()

    async def answer(
        self,
        action: Endpoint,
        request: Request[Any, Any],
        call: Callable[[], Awaitable[object]],
        *,
        key: str,
        digest: bytes,
        form: FormBody | None = None,
    ) -> HTTPResponse:
        """The answer to a call with a key: of its first run, however often it is sent.

        Args:
            action: What is called.
            request: The request.
            call: Runs the handler.
            key: The key, as ``key_of`` gives it.
            digest: What tells the input from others.
            form: The input, where it is one; closed when the run is over, which may be after the request is.

        Raises:
            ActionError: ``UNPROCESSABLE_CONTENT`` for another input than the key's, ``SERVICE_UNAVAILABLE`` without a
                store to keep the outcome in.
        """
        deadline = request.headers.get(DEADLINE)
        seconds = None if deadline is None else seconds_left(deadline)
        router: Any = request.app.router
        store: StateStore = router.pages.store
        task = asyncio.ensure_future(
            once(
                store, f"call:{action.name}:{key}", lambda: _outcome(action, seconds, call), 0, mark=digest, strict=True
            )
        )
        self._running.add(task)
        task.add_done_callback(self._done)
        if form is not None:
            task.add_done_callback(lambda _: form.close())
        try:
            written = await asyncio.shield(task)
        except OtherInput:
            raise ActionError("UNPROCESSABLE_CONTENT", _OTHER_INPUT) from None
        except StateError as error:
            logger.error("%r was refused, since nothing could keep it from running twice: %s", action.name, error)
            raise ActionError("SERVICE_UNAVAILABLE", _NO_STORE) from None
        return _still_running(action) if written is None else outcome_response(written, action)

    async def drain(self, *_: object) -> None:
        """Wait for what still runs, though not for long."""
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE)

    def _done(self, task: asyncio.Task[bytes | None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # told to the caller, if he is still there


async def _outcome(action: Endpoint, seconds: float | None, call: Callable[[], Awaitable[object]]) -> bytes:
    """What the handler gives, whatever it is."""
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            output = await call()
        return success(action, output)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        return failure(_told(error, clock.expired()), action)


def _told(error: BaseException, too_late: bool) -> BaseException:
    """Of a handler that was cut off nobody knows what it has done, so it must not run again."""
    if too_late and isinstance(error, TimeoutError):
        return ActionError("GATEWAY_TIMEOUT", TOO_LATE)
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
        return ActionError("SERVICE_UNAVAILABLE", _CUT_OFF)
    return error


def _still_running(action: Endpoint) -> HTTPResponse:
    response = error_response(ActionError("CONFLICT", _RUNNING), action)
    response.headers["retry-after"] = "1"
    return response


_RUNNING: Final = "This call is being run, or was cut off so that nobody knows what it did. Ask again for its outcome."
_CUT_OFF: Final = "The server stopped in the middle of this call, and nobody knows what it did."
_OTHER_INPUT: Final = "This Idempotency-Key came with another input before."
_NO_STORE: Final = "Nothing could keep this call from being run twice, so it was not run. Try again later."

"""Run a call once for its key, as ``once=True`` and a form's token promise.

The rule of this file: a call with a caller's key runs only if it is certain that the key has not
run before. Outcomes are kept, failures too; without a store that can keep one, nothing runs; and a
caller who hangs up does not end the run, since they may ask again. A form's token promises less: if
the store fails, the form is sent without this protection.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from sanic import Request

from ..._errors import ActionError, CallError, InputError
from ..._problem_types import refusal
from .._once import LIFETIME, Fleeting, NotRun, OtherInput, once
from .._state.store import StateError, StateFull, StateStore
from .endpoint import Endpoint
from .entrance import Repetition, ServerCall
from .fingerprint import body_fingerprint, form_fingerprint
from .limiter import RETRY_AFTER
from .outcome import Outcome

__all__ = ["NotRun", "Runs", "claimed", "key_of"]

logger: Final = logging.getLogger("sanic_actions")

HEADER: Final = "idempotency-key"

PATIENCE: Final = 20.0
"""Seconds that a repeated post of a form waits for the outcome of the first one.

A call with a key gets ``CONFLICT`` at once, since a program can ask again.
"""

GRACE: Final = 5.0
"""Seconds that a server which stops waits for what still runs."""


def key_of(request: Request[Any, Any]) -> str | None:
    """Return the key of a call, if it has one.

    Raises:
        ActionError: ``BAD_REQUEST``, somebody else could come upon the same one.
    """
    key: str | None = request.headers.get(HEADER)
    if key is not None and not (16 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise ActionError("BAD_REQUEST", "The header Idempotency-Key must have 16 to 255 characters, chosen at random.")
    return key


class Runs:
    """The runs of one app that outlive their requests, in this process."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[bytes | None]] = set()

    async def once(
        self, store: StateStore, call: ServerCall, repetition: Repetition, run: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """Return the outcome of the first run of a call, however often it is sent.

        Args:
            store: Where repeated calls meet.
            call: The call; its form is closed when the run is over, which may be after the request
                is.
            repetition: Its key, from a header or a form.
            run: Runs the handler.

        Raises:
            ActionError: ``UNPROCESSABLE_CONTENT`` for another input than the key's,
                ``SERVICE_UNAVAILABLE`` without a store to keep the outcome in, ``CONFLICT`` while
                the first run goes on.
            NotRun: The run was refused.
        """
        endpoint, form, strict = call.endpoint, call.form, repetition.is_strict
        assert endpoint is not None  # noqa: S101  # a call that runs has one
        fingerprint = await (body_fingerprint(call.body) if form is None else form_fingerprint(form))
        key = _stored_key(call, endpoint, repetition)
        if not strict:  # a form with other content is another post
            key = f"{key}:{fingerprint.hex()}"
        call.run_key = key
        outcomes: list[Outcome] = []

        async def run_here() -> bytes:
            outcome = await run()
            outcomes.append(outcome)
            if strict or _is_final(outcome):
                return outcome.written
            return Fleeting(outcome.written)

        patience, mark = (0.0, fingerprint) if strict else (PATIENCE, b"")
        task = asyncio.ensure_future(once(store, key, run_here, patience, mark=mark, strict=strict))
        self._running.add(task)
        task.add_done_callback(self._done)
        if form is not None:
            form.users += 1
            task.add_done_callback(lambda _: form.close())
        try:
            # A second click closes the first connection, and Sanic then cancels the first request:
            # the handler goes on for the sake of the second one, which waits for its outcome.
            content = await asyncio.shield(task)
        except OtherInput:
            raise refusal("other-input", "UNPROCESSABLE_CONTENT", _OTHER_INPUT) from None
        except StateError as error:
            extra = {"action": endpoint.name}
            logger.error(_NOT_KEPT, endpoint.name, error, extra=extra)
            raise refusal("no-store", "SERVICE_UNAVAILABLE", _NO_STORE) from None
        if content is None:
            call.headers = RETRY_AFTER
            raise refusal("still-running", "CONFLICT", _RUNNING[repetition.kind])
        call.is_repeated = not outcomes
        if outcomes:
            return outcomes[0]
        return Outcome.kept(content, endpoint)

    async def drain(self) -> None:
        """Wait for what still runs, though not for long."""
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE)

    def _done(self, task: asyncio.Task[bytes | None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # raised to the caller, if that one is still there


@asynccontextmanager
async def claimed(store: StateStore, call: ServerCall, repetition: Repetition) -> AsyncIterator[None]:
    """Let a form that is answered with a file run once for its token; the file is not kept.

    One that fails, or whose sender leaves before its end, may be sent again.

    Raises:
        ActionError: ``CONFLICT``, it was sent before; ``SERVICE_UNAVAILABLE``, nothing has room to
            note that it was.
    """
    endpoint, form = call.endpoint, call.form
    assert endpoint is not None and form is not None  # noqa: S101, PT018  # a form that has been read
    fingerprint = await form_fingerprint(form)
    key = f"{_stored_key(call, endpoint, repetition)}:{fingerprint.hex()}"
    try:
        record = await store.claim(key, _CLAIM, LIFETIME)
    except StateFull as error:
        raise refusal("no-room", "SERVICE_UNAVAILABLE", _NO_STORE) from error
    except StateError as error:
        logger.warning("The state store failed, so a form that is sent twice gives its file twice: %s", error)
        record = None
    if record is not None:
        raise refusal("sent-before", "CONFLICT", SENT_BEFORE)
    try:
        yield
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(_forget(store, key)))
        raise


async def _forget(store: StateStore, key: str) -> None:
    try:
        await store.pop(key)
    except StateError as error:
        logger.warning("The state store failed, so a form that has failed cannot be sent again soon: %s", error)


def _is_final(outcome: Outcome) -> bool:
    """Return whether a form sent again gets the same outcome; refused ones may be tried again."""
    return not isinstance(outcome.error, InputError | CallError)


def _stored_key(call: ServerCall, endpoint: Endpoint, repetition: Repetition) -> str:
    """Return the key of a kept call: it counts for one app, path, action and caller only."""
    request, handler = call.request, endpoint.entry.action.handler
    scope = [
        request.app.name,
        request.host,
        request.path,
        endpoint.name,
        handler.__module__,
        handler.__qualname__,
        endpoint.settings.once_scope(request),
    ]
    # Hashed, since the scope may hold credentials; as JSON, which keeps its parts apart.
    digest = hashlib.sha256(json.dumps(scope, default=str).encode()).hexdigest()
    return f"{repetition.kind}:{digest}:{repetition.key}"


_CLAIM: Final = b"="
SENT_BEFORE: Final = "This form has been sent already. Send it again to do the same once more."
_RUNNING: Final = {
    "call": (
        "This call is being run, or was cut off so that nobody knows what it did."
        " Ask again for its outcome, with the same Idempotency-Key."
    ),
    "form": "This form was sent twice, and the first time is not yet done.",
}
_OTHER_INPUT: Final = "This Idempotency-Key came with another input before."
_NOT_KEPT: Final = "%r was refused, since nothing could keep it from running twice: %s"
_NO_STORE: Final = "Nothing could keep this call from being run twice, so it was not run. Try again later."

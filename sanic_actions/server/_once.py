"""Run something once per key, however many callers ask and whichever worker they reach.

A key has a claim while its run lasts, and the outcome afterwards. The claim is renewed during the
run, so that no other caller runs at the same time, however long it takes and even if the clock is
set. The claim of a worker that has died lapses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from .._errors import ActionError
from .._problem_types import refusal
from ._state.store import StateError, StateFull, StateStore

logger: Final = logging.getLogger("sanic_actions")

RUNNING: Final = b"?"
DONE: Final = b"="
DROPPED: Final = b"-"
"""First byte of a key's value: a claim, an outcome, or an outcome for which there was no room."""

LIFETIME: Final = 600.0
"""Seconds that an outcome is kept for repeated calls, and that a claim outlives its worker."""

BRIEFLY: Final = 5.0
"""Seconds that a ``Fleeting`` outcome is kept, for those who wait for it."""

RENEWAL: Final = 10.0
"""Seconds between two renewals of a claim."""

FIRST_LOOK: Final = 0.02
LAST_LOOK: Final = 0.5
"""Seconds between two looks at a run of another caller: the first pause and the longest."""


class OtherInput(Exception):  # what came, not what went wrong
    """The key was used before with a different input."""


class Fleeting(bytes):
    """An outcome for callers who are waiting right now; afterwards the key may run again."""

    __slots__ = ()


class NotRun(Exception):  # what it says of the run
    """The run was refused before it began, so it has no outcome and the next caller may run it.

    Attributes:
        error: The error for the caller.
    """

    def __init__(self, error: ActionError) -> None:
        super().__init__(error.message)
        self.error = error


async def once(
    store: StateStore,
    key: str,
    run: Callable[[], Awaitable[bytes]],
    patience: float,
    *,
    mark: bytes = b"",
    strict: bool = False,
) -> bytes | None:
    """Return the outcome of ``run`` for this key, which is run here or was run by the first caller.

    If the store fails, it runs here without protection, except in strict mode. If the store is
    full, it does not run in either mode.

    Args:
        store: Shared by all that must not run twice.
        key: The key that two equal calls share. Its prefix, ``form:`` or ``call:``, chooses the
            share of the store for its claim.
        run: Returns the outcome: bytes to keep, or ``Fleeting`` ones.
        patience: Seconds to wait for a run of another caller.
        mark: A fingerprint that must be the same whenever the key is used, of a fixed length.
        strict: Refuse rather than run twice: without a store there is no run, and after a run that
            was cut off, with an unknown effect, there is none until its claim lapses.

    Returns:
        The outcome; None if the other run was not over in time.

    Raises:
        OtherInput: The key was used before with a different input.
        ActionError: ``SERVICE_UNAVAILABLE``: the store is full, and nothing was run. ``CONFLICT``:
            it was run, but there was no room for its outcome.
        StateError: In strict mode, the store failed before the run.
    """
    deadline = asyncio.get_running_loop().time() + patience
    pause = FIRST_LOOK
    try:
        # The deadline bounds how often this looks.
        while (record := await store.claim(key, RUNNING + mark, LIFETIME)) is not None:
            if not record.startswith(mark, 1):
                raise OtherInput
            if record.startswith(DONE):
                return record[1 + len(mark) :]
            if record.startswith(DROPPED):
                raise ActionError("CONFLICT", _NO_ROOM)
            if asyncio.get_running_loop().time() > deadline:
                return None
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_LOOK)
    except StateFull as error:
        logger.warning("A call was refused and not run: %s", error)
        raise refusal("no-room", "SERVICE_UNAVAILABLE", _FULL) from error
    except StateError as error:
        if strict:
            raise
        logger.warning("The state store failed, so a repeated call would run again: %s", error)
        return await run()
    return await _run_and_keep(store, key, run, mark, strict)


@asynccontextmanager
async def renewed_claim(store: StateStore, key: str, value: bytes) -> AsyncIterator[None]:
    """Renew the claim of ``key``, which holds ``value``, until the block ends.

    A block that never gives the event loop back is not renewed: its claim lasts for ``LIFETIME``
    seconds.
    """
    task = asyncio.ensure_future(_renew(store, key, value))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _renew(store: StateStore, key: str, value: bytes) -> None:
    while True:  # until renewed_claim cancels it
        await asyncio.sleep(RENEWAL)
        try:
            if await store.renew(key, LIFETIME):
                continue
            # The claim expired early, as when the clock of a Redis is set: take it again.
            if await store.claim(key, value, LIFETIME) is not None:
                logger.error("A claim was lost while its call ran, and somebody else may run the same call.")
                return
        except StateError as error:
            logger.warning("The state store failed, so the claim of a running call was not renewed: %s", error)


async def _run_and_keep(
    store: StateStore, key: str, run: Callable[[], Awaitable[bytes]], mark: bytes, strict: bool
) -> bytes:
    try:
        async with renewed_claim(store, key, RUNNING + mark):
            outcome = await run()
    except NotRun:
        await _forget(store, key)
        raise
    except BaseException:
        if strict:
            raise
        # Cut off in the middle, and a repeated call must be able to run. Shielded, since the
        # cancellation that ended the run would end this step too.
        await asyncio.shield(asyncio.ensure_future(_forget(store, key)))
        raise
    await _keep(store, key, outcome, mark)
    return outcome


async def _keep(store: StateStore, key: str, outcome: bytes, mark: bytes) -> None:
    """Put an outcome in place of the claim; without room for it, a note that there was one."""
    try:
        if isinstance(outcome, Fleeting):
            await _keep_briefly(store, key, DONE + mark + outcome)
            return
        try:
            await store.put(key, DONE + mark + outcome, LIFETIME)
        except StateFull as error:
            logger.warning("The outcome of a call is not kept, a repeated one is answered with CONFLICT: %s", error)
            # No larger than the claim that it replaces, so there is room for it.
            await store.put(key, DROPPED + mark, LIFETIME)
    except StateError as error:
        logger.warning("The state store failed, so a repeated call would wait in vain: %s", error)


async def _keep_briefly(store: StateStore, key: str, value: bytes) -> None:
    try:
        await store.put(key, value, BRIEFLY)
    except StateFull:
        await store.pop(key)


async def _forget(store: StateStore, key: str) -> None:
    try:
        await store.pop(key)
    except StateError as error:
        logger.warning("The state store failed, so a repeated call would wait in vain: %s", error)


_FULL: Final = "Nothing had room to keep this call from being run twice, so it was not run. Try again later."
_NO_ROOM: Final = "This was sent before and has been run, but there was no room to keep its outcome."

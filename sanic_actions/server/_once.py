"""Runs something once for a key, whoever asks for it how often, in whichever worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from ._state.store import StateError, StateStore

logger: Final = logging.getLogger("sanic_actions")

RUNNING: Final = b"?"
DONE: Final = b"="

LIFETIME: Final = 600.0
"""Seconds that an outcome is kept for those who ask again."""

FIRST_LOOK: Final = 0.02
LAST_LOOK: Final = 0.5
"""Seconds between two looks at an outcome that somebody else is making: at first, and at the longest."""


class OtherInput(Exception):  # noqa: N818  # what came, not what went wrong
    """The key came with another mark before."""


async def once(
    store: StateStore,
    key: str,
    run: Callable[[], Awaitable[bytes]],
    patience: float,
    *,
    mark: bytes = b"",
    strict: bool = False,
) -> bytes | None:
    """The outcome of ``run`` for this key: run here, or by whoever came first.

    A store that cannot do its part costs the protection and never the run: then it runs here, unless in strict mode.

    Args:
        store: Shared by all that must not run twice.
        key: What makes two calls the same.
        run: Makes the outcome.
        patience: Seconds to wait for an outcome that is being made elsewhere.
        mark: What must be the same each time that the key comes, of a length that never differs.
        strict: Rather refuse than run twice: without a store there is no run, and a run that is cut off, so that
            nobody knows what it did, is never followed by another one.

    Returns:
        The outcome; None when it was still being made after all that time.

    Raises:
        OtherInput: The key came with another mark before.
        StateError: In strict mode, the store failed before the run.
    """
    deadline = asyncio.get_running_loop().time() + patience
    pause = FIRST_LOOK
    try:
        while (found := await store.claim(key, RUNNING + mark, LIFETIME)) is not None:
            if not found.startswith(mark, 1):
                raise OtherInput
            if found.startswith(DONE):
                return found[1 + len(mark) :]
            if asyncio.get_running_loop().time() > deadline:
                return None
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_LOOK)
    except StateError as error:
        if strict:
            raise
        logger.warning("The state store failed, so a repeated call would run again: %s", error)
        return await run()
    return await _run_and_keep(store, key, run, mark, strict)


async def _run_and_keep(
    store: StateStore, key: str, run: Callable[[], Awaitable[bytes]], mark: bytes, strict: bool
) -> bytes:
    try:
        outcome = await run()
    except BaseException:
        if strict:
            raise
        # Cut off in the middle: whoever asks again must be able to run it, and this step must not be cut off too.
        await asyncio.shield(asyncio.ensure_future(_forget(store, key)))
        raise
    try:
        await store.put(key, DONE + mark + outcome, LIFETIME)
    except StateError as error:
        logger.warning("The state store failed, so a repeated call would wait in vain: %s", error)
    return outcome


async def _forget(store: StateStore, key: str) -> None:
    try:
        await store.pop(key)
    except StateError as error:
        logger.warning("The state store failed, so a repeated call would wait in vain: %s", error)

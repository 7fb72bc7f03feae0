"""The check of a state store at start, which logs a fault before a call needs the store."""

from __future__ import annotations

import logging
from typing import Final

from .redis import RedisStore
from .sqlite import SQLiteStore
from .store import StateError, StateStore

logger: Final = logging.getLogger("sanic_actions")


async def report_store(store: StateStore, *, is_default: bool) -> None:
    """Log an error if a store of the library cannot be used, and the place of the default one for operators.

    The app starts all the same, since actions that need no store work. A user's own store is not
    asked: the protocol has no ``check``.
    """
    if not isinstance(store, SQLiteStore | RedisStore):
        return
    try:
        await store.check()
    except StateError as error:
        logger.error(
            "The state store cannot be used, so calls with an idempotency key are refused, and forms that are sent "
            "twice run twice: %s",
            error,
        )
        return
    if is_default:
        # A second instance, on another port, runs a call again that the first one has answered.
        message = "%r keeps the state of this instance. Instances that share callers need a store that is named: state="
        logger.debug(message, store)

"""The check of a state store at start, so that a fault is logged before a call needs the store."""

from __future__ import annotations

import logging
from typing import Final

from .redis import RedisStore
from .sqlite import SQLiteStore
from .store import StateError, StateStore

logger: Final = logging.getLogger("sanic_actions")


async def report_store(store: StateStore) -> None:
    """Log an error if one of the library's own stores cannot be used.

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

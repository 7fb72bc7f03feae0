"""What an app says of its state store when it starts, rather than at the first call that needs it."""

from __future__ import annotations

import logging
from typing import Final

from .redis import RedisStore
from .sqlite import SQLiteStore
from .store import StateError, StateStore

logger: Final = logging.getLogger("sanic_actions")


async def report_store(store: StateStore) -> None:
    """Log an error if a store of ours cannot be used. The app starts all the same: what needs no store works."""
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

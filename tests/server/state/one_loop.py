"""Use a store in an event loop of its own, as each worker of an app does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sanic_actions.server._state.store import StateStore

T = TypeVar("T")


def use(store: StateStore, work: Callable[[StateStore], Awaitable[T]]) -> T:
    """Do the work with the store in a loop of its own, and close the store there."""

    async def main() -> T:
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(main())

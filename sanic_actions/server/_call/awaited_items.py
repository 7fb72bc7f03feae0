"""A plain iterator in the place of an asynchronous one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from ..._server_mistakes import EXITS, exit_error


class AwaitedItems(AsyncIterator[Any]):
    """Gives the items of a plain iterator; each is made in a thread, where its action says so."""

    __slots__ = ("_in_thread", "_items", "_step")

    def __init__(self, items: Iterator[Any], *, in_thread: bool) -> None:
        self._items = items
        self._in_thread = in_thread
        self._step: asyncio.Future[Any] | None = None

    async def __anext__(self) -> Any:
        if self._in_thread:
            # Kept and shielded: a generator that runs in a thread cannot be closed meanwhile.
            self._step = asyncio.ensure_future(asyncio.to_thread(_next, self._items))
            item = await asyncio.shield(self._step)
        else:
            item = next(self._items, _END)
        if item is _END:
            raise StopAsyncIteration
        return item

    async def aclose(self) -> None:
        """Close the iterator, after the step that its thread is at: no thread can be cancelled."""
        if self._step is not None and not self._step.done():
            await asyncio.wait([self._step])
            if not self._step.cancelled():
                self._step.exception()  # retrieved, or asyncio would log it beside what ended the stream
        close = getattr(self._items, "close", None)
        if close is not None:
            if self._in_thread:
                await asyncio.to_thread(close)
            else:
                close()


def _next(items: Iterator[Any]) -> Any:
    """Return the next item, or the end, in a thread."""
    try:
        return next(items, _END)
    except (*EXITS, GeneratorExit) as error:  # a task or a future that ends with one ends more than itself
        raise exit_error(error) from error


_END: Final = object()

"""Hand the items of a stream to code of the same server, one at a time and only on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any, Final, Self

from .._errors import ActionError, undeclared
from .._results import Err, Event, Ok
from ._call.outcome import Outcome


class Relay:
    """A place for one item between a handler and its caller."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[Any] = asyncio.Queue()  # holds one item, and the end
        self._wanted = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Do nothing; the end of the call ends the stream."""

    async def send(self, item: object, body: bytes, identity: str | None) -> None:
        """Leave an item, and wait until the next one is wanted; see ``Sink``."""
        self._wanted.clear()
        self._items.put_nowait(item.data if isinstance(item, Event) else item)
        await self._wanted.wait()

    def end(self, task: asyncio.Task[Any]) -> None:
        """Leave the end of the call."""
        self._items.put_nowait(_END)

    async def first(self) -> Any:
        """Return the first item, or the end."""
        return await self._items.get()

    async def next(self) -> Any:
        """Return the next item, or the end."""
        self._wanted.set()
        return await self._items.get()


async def open_stream(relay: Relay, call: Coroutine[Any, Any, Outcome]) -> Ok[AsyncIterator[Any]] | Err[ActionError]:
    """Return the items of a stream, or the error that came before the first one.

    Raises:
        Exception: What the handler raised unexpectedly before its first item.
    """
    task = asyncio.create_task(call)
    task.add_done_callback(relay.end)
    try:
        item = await relay.first()
    except BaseException:
        await _end(task)
        raise
    if item is _END:
        error = task.result().error
        if error is None:
            return Ok(LocalStream(relay, task, item))
        return Err(as_seen(error))
    return Ok(LocalStream(relay, task, item))


def as_seen(error: ActionError) -> ActionError:
    """Return a failure as the caller sees it: ``CallError`` for what is not declared."""
    if type(error) is ActionError:
        return undeclared(error)
    return error


class LocalStream(AsyncIterator[Any]):
    """The items of a stream, in the process of its handler. Left before its end, it is closed with ``aclose``."""

    def __init__(self, relay: Relay, task: asyncio.Task[Outcome], first: object) -> None:
        self._relay = relay
        self._task = task
        self._first = first
        self._is_over = False

    async def __anext__(self) -> Any:
        item, self._first = self._first, _NONE
        try:
            if item is _NONE:
                if self._task.done():
                    item = _END
                else:
                    item = await self._relay.next()
        except BaseException:
            await self.aclose()
            raise
        if item is not _END:
            return item
        if self._is_over or self._task.cancelled():
            raise StopAsyncIteration
        self._is_over = True
        error = self._task.result().error
        if error is not None:
            raise as_seen(error)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the handler, and wait for its ``finally``."""
        await _end(self._task)

    def __del__(self) -> None:
        if not self._task.done():
            with suppress(RuntimeError):  # the loop is closed
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])


_END: Final = object()
_NONE: Final = object()

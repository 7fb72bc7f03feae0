"""Hand the items of a stream to code of the same server, one at a time and only on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any, Final, Self

from .._errors import ActionError, error_for_server_code
from .._results import Err, Event, Ok
from .._types.output_file import Download, is_whole
from ._call.entrance import FileHead
from ._call.outcome import Outcome


class Relay:
    """A place for one item between handler and caller; the handler waits until it is taken."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[Any] = asyncio.Queue()  # holds one item, and the end
        self._wanted = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Do nothing; the end of the call ends the stream."""

    async def send(self, item: object, body: bytes, identity: str | None, now: float) -> None:
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


class FileRelay(Relay):
    """A relay for the bytes of a file. A path or bytes are passed on as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.head: FileHead | None = None
        self.whole: Download | None = None

    def keeps(self, download: Download) -> bool:
        """Keep a path or bytes, which can be read after the interceptors have returned."""
        if is_whole(download):
            self.whole = download
        return self.whole is not None

    def announce(self, head: FileHead) -> None:
        """Note the head of the file."""
        self.head = head


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
        return Err(error_for_server_code(error))
    return Ok(LocalStream(relay, task, item))


async def open_file(relay: FileRelay, call: Coroutine[Any, Any, Outcome]) -> Ok[Download] | Err[ActionError]:
    """Return a file whose bytes are read inside of its interceptors, or the error that came before them.

    Raises:
        Exception: What was raised unexpectedly before the first bytes.
    """
    chunks = await open_stream(relay, call)
    if chunks.error is not None:
        return chunks
    head = relay.head
    if relay.whole is not None or head is None:
        return Ok(relay.whole or Download(b""))
    return Ok(Download(chunks.data, name=head.name, content_type=head.content_type, size=head.size))


class LocalStream(AsyncIterator[Any]):
    """The items of a stream in the same process. If it is left early, ``aclose`` closes it."""

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
            raise error_for_server_code(error)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the handler, and wait for its ``finally``."""
        await _end(self._task)

    # A stream that is dropped without aclose(): its handler must not wait for ever.
    def __del__(self) -> None:
        if not self._task.done():
            with suppress(RuntimeError):  # the loop is closed
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])


_END: Final = object()
_NONE: Final = object()

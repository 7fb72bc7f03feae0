"""Runs a handler that yields: its items go to a sink one after the other, as fast as their reader takes them.

All of it happens in the task of the call. So what the handler has entered (a transaction, a timeout, a context
variable) belongs to one task from its first item to its last, and a cancelled task ends it.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, Final

from .endpoint import Endpoint
from .entrance import ServerCall
from .interceptors import run_intercepted
from .outcome import Outcome

logger: Final = logging.getLogger("sanic_actions")

TURN: Final = 0.010
"""Seconds after which others get a turn: an item that is at hand, and a reader who takes it, never wait."""


async def stream(call: ServerCall, endpoint: Endpoint) -> Outcome:
    """Call the handler and send each item that it yields."""
    output = endpoint.invoke(call.input, call.request, call.context, call.injected)
    if inspect.isawaitable(output):
        output = await output
    await _send_items(output, call, endpoint)
    return Outcome(endpoint, None, None)


async def surrounded_stream(call: ServerCall, endpoint: Endpoint) -> Outcome:
    """Do the same inside its interceptors; one of them may give other items instead."""
    has_run = False

    async def run() -> Outcome:
        nonlocal has_run
        has_run = True
        return await stream(call, endpoint)

    output = await run_intercepted(call, endpoint.interceptors, run)
    if not has_run:
        await _send_items(output, call, endpoint)
    elif output is not None:
        kind = type(output).__name__
        raise TypeError(f"An interceptor of {endpoint.name!r} returned {kind} after the stream, which is over by then.")
    return Outcome(endpoint, None, None)


async def _send_items(output: object, call: ServerCall, endpoint: Endpoint) -> None:
    """Send each item of an iterator, and close it, whatever ends it.

    Raises:
        TypeError: It is not an iterator, or an item is not of the declared type.
        asyncio.CancelledError: The caller has left; a generator that goes on all the same is closed here.
    """
    if isinstance(output, AsyncIterable):
        items = aiter(output)
    elif isinstance(output, Iterable) and not isinstance(output, str | bytes):
        items = _Awaited(iter(output), in_thread=endpoint.entry.action.thread)
    else:
        raise TypeError(f"{endpoint.name!r} is a stream, and gave {type(output).__name__} instead of an iterator.")
    task: Any = asyncio.current_task()
    sink, gap, clock = call.sink, call.gap, task.get_loop().time
    assert sink is not None  # noqa: S101  # entered before a stream runs
    cancelling, turn = task.cancelling(), clock()
    try:
        async for item in items:
            if task.cancelling() > cancelling:
                raise asyncio.CancelledError
            if gap is not None:
                gap.hold()
            await sink.send(item, *endpoint.encode_item(item))
            now = clock()
            if now - turn > TURN:
                await asyncio.sleep(0)
                turn = clock()
            if gap is not None:
                gap.renew(now)
    finally:
        await _close(items, endpoint)


async def _close(items: Any, endpoint: Endpoint) -> None:
    """Run the ``finally`` of a generator; one that yields there breaks Python's rules, and is told so in the log."""
    close = getattr(items, "aclose", None)
    if close is None:
        return
    try:
        await close()
    except RuntimeError:
        logger.exception("The generator of %r did not end when it was closed.", endpoint.name)


class _Awaited(AsyncIterator[Any]):
    """A plain iterator in the place of an asynchronous one; in a thread, where its action says so."""

    __slots__ = ("_in_thread", "_items", "_step")

    def __init__(self, items: Iterator[Any], *, in_thread: bool) -> None:
        self._items = items
        self._in_thread = in_thread
        self._step: asyncio.Future[Any] | None = None

    async def __anext__(self) -> Any:
        if self._in_thread:
            self._step = asyncio.ensure_future(asyncio.to_thread(next, self._items, _END))
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
                self._step.exception()  # seen, as what has ended the stream comes first
        close = getattr(self._items, "close", None)
        if close is not None:
            if self._in_thread:
                await asyncio.to_thread(close)
            else:
                close()


_END: Final = object()

"""Runs a handler whose output goes to a sink in parts, as fast as its reader takes them.

All of it happens in the task of the call. So what the handler has entered (a transaction, a
timeout, a context variable) belongs to one task from its first item to its last, and a cancelled
task ends it.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from functools import partial
from typing import Any, Final

from ..._server_mistakes import EXITS, exit_error, type_error
from .awaited_items import AwaitedItems
from .endpoint import Endpoint
from .entrance import ServerCall
from .file_chunks import chunks_of
from .interceptors import around, wrong_output
from .outcome import Outcome

logger: Final = logging.getLogger("sanic_actions")

TURN: Final = 0.010
"""Seconds of work after which the event loop gets a turn.

Nothing else would give it one: items that are ready and a reader that keeps up never wait.
"""


async def stream(call: ServerCall, endpoint: Endpoint) -> Outcome:
    """Call the handler and send each item that it yields, or the file that it returns."""
    output = endpoint.invoke(call.input, call.request, call.context, call.injected)
    if inspect.isawaitable(output):
        output = await output
    await _send(output, call, endpoint)
    return Outcome(endpoint, None, None)


async def surrounded_stream(call: ServerCall, endpoint: Endpoint) -> Outcome:
    """Do the same inside the interceptors, one of which may return other items or another file."""
    run = around(endpoint, partial(_note_stream, endpoint), _as_it_is, EXITS)
    output = await run(call)
    if not call.has_run:
        if output is None or inspect.iscoroutine(output):
            raise wrong_output(call, endpoint, output, "")
        await _send(output, call, endpoint)
    elif output is not None and output is not call.handled:
        kind = type(output).__name__
        raise type_error(
            f"An interceptor of {endpoint.name!r} returned {kind} after the answer, which is over by then."
        )
    return Outcome(endpoint, None, None)


async def _note_stream(endpoint: Endpoint, call: ServerCall) -> None:
    call.has_run = True
    try:
        call.handled = await stream(call, endpoint)
    except EXITS as error:  # the interceptor may run this in a task of its own
        raise exit_error(error) from error


def _as_it_is(call: ServerCall, output: object) -> object:
    return output


async def _send(output: object, call: ServerCall, endpoint: Endpoint) -> None:
    """Send what a handler or an interceptor has returned.

    Raises:
        TypeError: It is not of the declared kind.
    """
    in_thread = endpoint.entry.action.thread
    if endpoint.is_download:
        receiver: Any = call.sink
        download = endpoint.checked_file(output)
        if not receiver.keeps(download):
            chunks = chunks_of(download, receiver.announce, in_thread=in_thread)
            await _send_items(chunks, call, endpoint)
    elif isinstance(output, AsyncIterable):
        await _send_items(aiter(output), call, endpoint)
    elif isinstance(output, Iterable) and not isinstance(output, str | bytes):
        await _send_items(AwaitedItems(iter(output), in_thread=in_thread), call, endpoint)
    else:
        raise type_error(f"{endpoint.name!r} is a stream, and gave {type(output).__name__} instead of an iterator.")


async def _send_items(items: AsyncIterator[Any], call: ServerCall, endpoint: Endpoint) -> None:
    """Send each item of an iterator, and close it, whatever ends it.

    Raises:
        TypeError: An item is not of the declared type.
        asyncio.CancelledError: The caller has left; a generator that goes on all the same is closed
            here.
    """
    task: Any = asyncio.current_task()
    sink, gap, clock = call.sink, call.gap, task.get_loop().time
    assert sink is not None  # noqa: S101  # entered before a stream runs
    # What is known of all items is asked once: each of them pays for each line of the loop.
    send, is_json = sink.send, not (endpoint.has_ids or endpoint.is_download)
    encode: Callable[[Any], Any] = endpoint.write_item if is_json else endpoint.encode_item
    is_cancelling, cancelling, turn = task.cancelling, task.cancelling(), clock()
    try:
        async for item in items:
            # A generator may have swallowed the cancellation; its next item shows that.
            if is_cancelling() > cancelling:
                raise asyncio.CancelledError
            if gap is not None:
                gap.hold()  # first: an item that is there is sent, however long the others take in between
            now = clock()
            if now - turn > TURN:
                await asyncio.sleep(0)
                now = turn = clock()
            if is_json:
                await send(item, encode(item), None, now)
            else:
                body, identity = encode(item)
                await send(item, body, identity, now)
            if gap is not None:
                gap.renew(clock())
    finally:
        await _close(items, endpoint)


async def _close(items: Any, endpoint: Endpoint) -> None:
    """Run the ``finally`` of a generator; log it if that yields, which Python forbids there."""
    close = getattr(items, "aclose", None)
    if close is None:
        return
    try:
        await close()
    except RuntimeError:
        extra = {"action": endpoint.name}
        logger.exception("The generator of %r did not end when it was closed.", endpoint.name, extra=extra)

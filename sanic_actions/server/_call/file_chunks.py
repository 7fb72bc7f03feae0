"""Reads what a ``Download`` is made of in parts: only the part that is sent is in memory."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterator
from os import PathLike
from typing import Any, BinaryIO, Final

from ..._server_mistakes import type_error, value_error
from ..._types.output_file import Download
from .awaited_items import AwaitedItems
from .entrance import FileHead

CHUNK: Final = 256 * 1024
"""Bytes that are read at once; each read is a step of a thread, a tenth of a millisecond."""

Announce = Callable[[FileHead], None]


async def chunks_of(download: Download, announce: Announce, *, in_thread: bool) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a download, once it has been announced.

    Args:
        download: The file.
        announce: Is told of the head.
        in_thread: Whether a plain iterator makes its parts in a thread.

    Raises:
        OSError: The file cannot be opened or read.
        TypeError: An iterator gives something else than bytes.
        ValueError: It is not a regular file, or it has other than the announced number of bytes.
    """
    source = download.take()
    if isinstance(source, bytes):
        announce(_head(download, len(source)))
        for start in range(0, len(source), CHUNK):
            yield source[start : start + CHUNK]
        return
    chunks: Any
    size: int | None
    if isinstance(source, str | PathLike):
        file, length = await asyncio.to_thread(_opened, source)
        size, chunks = length, AwaitedItems(_parts(file, length), in_thread=True)
    elif isinstance(source, AsyncIterable):
        size, chunks = download.size, aiter(source)
    else:
        size, chunks = download.size, AwaitedItems(iter(source), in_thread=in_thread)
    announce(_head(download, size))
    try:
        async for chunk in _counted(chunks, size):
            yield chunk
    finally:
        await _close(chunks)


def _head(download: Download, size: int | None) -> FileHead:
    return FileHead(name=download.name, content_type=download.content_type, size=size)


def _opened(path: str | PathLike[str]) -> tuple[BinaryIO, int]:
    """Return an open file and its length.

    Raises:
        OSError: It cannot be opened.
        ValueError: It is not a regular file: reading a pipe or a device may never end.
    """
    file = open(path, "rb", buffering=0, opener=_open_at_once)  # noqa: SIM115  # closed by the iterator of its parts
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        file.close()
        raise value_error(f"A Download of {os.fspath(path)!r} cannot be sent: it is not a regular file.")
    return file, status.st_size


def _open_at_once(path: str, flags: int) -> int:
    # Opening a pipe that nobody writes to blocks, and would hold the thread for ever.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _parts(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield as much of a file as it had at its opening: one that grows is another file."""
    with file:
        while size > 0 and (part := file.read(min(CHUNK, size))):
            size -= len(part)
            yield part


async def _counted(chunks: AsyncIterator[Any], size: int | None) -> AsyncIterator[bytes]:
    """Yield the chunks that are not empty, and check that they are as long as was announced."""
    count = 0
    async for chunk in chunks:
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise type_error(f"The iterator of a Download gave {type(chunk).__name__} instead of bytes.")
        count += len(chunk)
        if size is not None and count > size:
            raise value_error(f"A Download has more than the {size} bytes that were announced.")
        if chunk:
            yield bytes(chunk)
    if size is not None and count < size:
        raise value_error(f"A Download has {count} of the {size} bytes that were announced.")


async def _close(chunks: Any) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()

"""One temporary file for all large uploads of a form, and a file object for each of them.

The rule of this file: a form uses one file descriptor, however many files it has. The temporary
file has no name, so nothing is left behind when a process dies.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from threading import Lock
from typing import BinaryIO, Final, cast

BATCH: Final = 256 * 1024
"""Bytes that are written at once: to start a thread costs more than to write a chunk."""


class Spool:
    """Bytes on disk, appended while a form is read and read by slices afterwards.

    Attributes:
        size: How many bytes were appended.
    """

    def __init__(self) -> None:
        self.size = 0
        self._buffer = bytearray()
        self._disk: BinaryIO | None = None
        self._lock = Lock()

    @classmethod
    def of(cls, disk: BinaryIO, size: int) -> Spool:
        """Return a spool of a file that is there already."""
        spool = cls()
        spool._disk, spool.size = disk, size
        return spool

    async def append(self, data: bytes | bytearray) -> None:
        """Add bytes at the end."""
        self.size += len(data)
        self._buffer += data
        if len(self._buffer) >= BATCH:
            await self.flush()

    async def flush(self) -> None:
        """Write what waits in memory."""
        if self._buffer:
            data, self._buffer = self._buffer, bytearray()
            await asyncio.to_thread(self._write, data)

    def _write(self, data: bytearray) -> None:
        if self._disk is None:
            self._disk = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # closed by close()
        self._disk.write(data)

    def read(self, start: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``start``; slices may be read in several threads."""
        if self._disk is None:
            return b""
        with self._lock:
            self._disk.seek(start)
            return self._disk.read(size)

    def fileno(self) -> int:
        """Return the descriptor of the temporary file.

        Raises:
            io.UnsupportedOperation: Nothing was written.
        """
        if self._disk is None:
            raise io.UnsupportedOperation("fileno")
        return self._disk.fileno()

    def close(self) -> None:
        """Close the temporary file, which removes it."""
        if self._disk is not None:
            self._disk.close()

    def file(self, start: int, *, owned: bool = False) -> BinaryIO:
        """Return the bytes since ``start`` as a file, with which an ``owned`` spool is closed."""
        kind = _OnlySlice if owned else _Slice
        return cast("BinaryIO", io.BufferedReader(kind(self, start, self.size - start)))


class _Slice(io.RawIOBase):
    """A part of a spool as a file that is read only."""

    def __init__(self, spool: Spool, start: int, size: int) -> None:
        self._spool = spool
        self._start = start
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError(f"negative seek position {origin + offset}")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed says WriteableBuffer, which has no len()
        size = max(0, min(len(buffer), self._size - self._position))
        data = self._spool.read(self._start + self._position, size)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def fileno(self) -> int:
        # A descriptor gives access to the whole file, so there is one only if the slice is all of
        # it.
        if self._start or self._size != self._spool.size:
            raise io.UnsupportedOperation("fileno")
        return self._spool.fileno()


class _OnlySlice(_Slice):
    """The only slice of its spool, which it closes."""

    def close(self) -> None:
        super().close()
        self._spool.close()

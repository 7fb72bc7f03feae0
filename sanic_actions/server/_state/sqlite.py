"""A store in one SQLite file: the default, shared by all workers of one machine.

Each method is one transaction. Most take 40 µs and run at once, on a connection that waits neither
for other processes nor for the disk: a thread would cost three times that. What has to wait runs in
one thread for each process, which also moves the log into the file. Committed writes survive the
death of a worker; those of the last moments may be lost with the machine (WAL, synchronous=NORMAL).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from . import rows
from .budgets import SHARES
from .file import StateFile
from .quick_connection import NotNow
from .sqlite_worker import SQLiteWorker
from .store import StateFull

T = TypeVar("T")


class SQLiteStore:
    """A ``StateStore`` in a file, for the workers of one machine.

    What is in it never takes more than ``max_bytes``, a quarter of it for each of: results that
    wait for a page, tokens of forms, idempotency keys, and counts with all else. Of the first and
    the last the oldest go first, with a line in the log; the others refuse until something expires.
    One value may take a quarter of ``max_bytes``. Nothing in it expires early or late because
    somebody sets the clock.

    Args:
        path: The database file, in a folder that exists; it is made with mode 0600, with ``-wal``,
            ``-shm`` and ``.lock`` beside it. Not on a network file system.
        max_bytes: Largest size of what is kept.
        timeout: Seconds to wait for other processes.
    """

    __slots__ = ("__weakref__", "_file", "_inherited", "_max_bytes", "_timeout", "_worker")

    def __init__(self, path: str | os.PathLike[str], *, max_bytes: int = 64 * 2**20, timeout: float = 2.0) -> None:
        file = StateFile(Path(path).absolute())
        self._file: Callable[[], StateFile] = lambda: file
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._worker: SQLiteWorker | None = None
        self._inherited: list[SQLiteWorker] = []

    @classmethod
    def of_app(cls, name: str | Callable[[], str]) -> SQLiteStore:
        """Return the default store of an app: a file of that name, in a folder for this user alone.

        The folder is ``sanic-actions`` in the user's runtime folder (``XDG_RUNTIME_DIR``,
        ``/run/user/<uid>``), or else ``sanic-actions-<uid>`` in the system's temporary one. A name
        that only a running server knows is asked for when the file is opened.
        """
        store = cls("")
        store._file = lambda: StateFile.named(name if isinstance(name, str) else name())
        return store

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self._file().path)!r})"

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """See ``StateStore.put``."""
        self._refuse_large(value)
        await self._run(len(value), lambda db: rows.put(db, key, value, ttl, self._max_bytes))

    async def pop(self, key: str) -> bytes | None:
        """See ``StateStore.pop``."""
        return await self._run(0, lambda db: rows.pop(db, key))

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """See ``StateStore.claim``."""
        self._refuse_large(value)
        return await self._run(len(value), lambda db: rows.claim(db, key, value, ttl, self._max_bytes))

    async def renew(self, key: str, ttl: float) -> bool:
        """See ``StateStore.renew``."""
        return await self._run(0, lambda db: rows.renew(db, key, ttl))

    async def count(self, key: str, window: float) -> int:
        """See ``StateStore.count``."""
        return await self._run(0, lambda db: rows.count(db, key, window, self._max_bytes))

    async def window_left(self, key: str) -> float:
        """See ``StateStore``."""
        return await self._run(0, lambda db: rows.window_left(db, key))

    async def check(self) -> None:
        """Open the file, which the first call would do otherwise.

        Raises:
            StateError: It cannot be used.
        """
        await self._run(0, lambda db: None)

    async def close(self) -> None:
        """See ``StateStore.close``."""
        worker, self._worker = self._worker, None
        if worker is not None and worker.pid == os.getpid():
            await asyncio.get_running_loop().run_in_executor(worker.thread, worker.close)
            worker.thread.shutdown()

    async def _run(self, size: int, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one transaction with a value of ``size`` bytes, in the thread if it has to wait."""
        worker, deadline = self._own_worker(), time.monotonic() + self._timeout
        with suppress(NotNow):
            return worker.quick.run(size, work)
        return await asyncio.get_running_loop().run_in_executor(worker.thread, worker.run, work, deadline)

    def _own_worker(self) -> SQLiteWorker:
        """Return the connections of this process, which a fork does not share with its parent."""
        if self._worker is not None and self._worker.pid != os.getpid():
            # After a fork the connection is the parent's. Closing it here, even by garbage collection, could remove
            # the parent's log, so it is kept and left alone.
            self._inherited.append(self._worker)
            self._worker = None
        if self._worker is None:
            self._worker = SQLiteWorker(self._file, self._timeout)
            # An app that is dropped without being stopped, such as one that failed to start, never
            # calls ``close``.
            weakref.finalize(self, self._worker.abandon)
        return self._worker

    def _refuse_large(self, value: bytes) -> None:
        if len(value) > self._max_bytes // SHARES:
            raise StateFull(
                f"A value of {len(value)} bytes is too large for {self!r}, which takes "
                f"{self._max_bytes // SHARES}. Raise its max_bytes, {self._max_bytes}, to four "
                "times the largest value."
            )

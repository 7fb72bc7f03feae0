"""A store in one SQLite file: the default, shared by all workers of one machine.

Each method is one transaction. Most take 40 µs and run at once, on a connection that waits neither for other processes
nor for the disk: a thread would cost three times that. What has to wait runs in one thread for each process, which also
moves the log into the file. Committed writes survive the death of a worker; those of the last moments may be lost with
the machine (WAL, synchronous=NORMAL).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from sanic.log import logger

from . import rows
from .budgets import PAGE, SHARES
from .file import Identity, StateFile
from .store import StateError, StateFull

T = TypeVar("T")

_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PASSING: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)


class SQLiteStore:
    """A ``StateStore`` in a file, for the workers of one machine.

    What is in it never takes more than ``max_bytes``, a quarter of it for each of: results that wait for a page, tokens
    of forms, idempotency keys, and counts with all else. Of the first and the last the oldest go first, with a line in
    the log; the others refuse until something expires. One value may take a quarter of ``max_bytes``. Nothing in it
    expires early or late because somebody sets the clock.

    Args:
        path: The database file, in a folder that exists; it is made with mode 0600, with ``-wal``, ``-shm`` and
            ``.lock`` beside it. Not on a network file system.
        max_bytes: Largest size of what is kept.
        timeout: Seconds to wait for other processes.
    """

    __slots__ = ("__weakref__", "_file", "_inherited", "_max_bytes", "_timeout", "_worker")

    def __init__(self, path: str | os.PathLike[str], *, max_bytes: int = 64 * 2**20, timeout: float = 2.0) -> None:
        file = StateFile(Path(path).absolute())
        self._file: Callable[[], StateFile] = lambda: file
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._worker: _Worker | None = None
        self._inherited: list[_Worker] = []

    @classmethod
    def of_app(cls, name: str | Callable[[], str]) -> SQLiteStore:
        """Return the default store of an app: a file of that name, in a folder for this user alone.

        The folder is ``sanic-actions`` in the user's runtime folder (``XDG_RUNTIME_DIR``, ``/run/user/<uid>``), or else
        ``sanic-actions-<uid>`` in the system's temporary one. A name that only a running server knows is asked for when
        the file is opened.
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
        worker, deadline = self._here(), time.monotonic() + self._timeout
        with suppress(NotNow):
            return worker.quick.run(size, work)
        return await asyncio.get_running_loop().run_in_executor(worker.thread, worker.run, work, deadline)

    def _here(self) -> _Worker:
        if self._worker is not None and self._worker.pid != os.getpid():
            # After a fork the connection is the parent's. Closing it here, even by garbage collection, could remove
            # the parent's log, so it is kept and left alone.
            self._inherited.append(self._worker)
            self._worker = None
        if self._worker is None:
            self._worker = _Worker(self._file, self._timeout)
            # An app that is dropped without being stopped, as one that failed to start, closes nothing.
            weakref.finalize(self, self._worker.abandon)
        return self._worker

    def _refuse_large(self, value: bytes) -> None:
        if len(value) > self._max_bytes // SHARES:
            raise StateFull(
                f"A value of {len(value)} bytes is too large for {self!r}, which takes {self._max_bytes // SHARES}. "
                f"Raise its max_bytes, {self._max_bytes}, to four times the largest value."
            )


class NotNow(Exception):  # noqa: N818  # says where to go on
    """A transaction cannot be done without waiting, and nothing of it was done."""


class _QuickConnection:
    """A second connection of a process, for transactions that need not wait.

    Args:
        checkpoint: Called to have the log moved into the file, by a thread that then calls ``resume``.
    """

    def __init__(self, checkpoint: Callable[[], object]) -> None:
        self._checkpoint = checkpoint
        self._lock = threading.Lock()
        self._file: StateFile | None = None
        self._identity: Identity | None = None
        self._db: sqlite3.Connection | None = None
        self._log = 0

    def allow(self, file: StateFile, identity: Identity | None) -> None:
        """Use a file, which has been opened and set up."""
        with self._lock:
            self._close()
            self._file, self._identity = file, identity

    def run(self, size: int, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do one transaction with a value of some size.

        Raises:
            NotNow: The file is locked, replaced, damaged or not opened yet, or its log is to be moved: what the thread
                sees to.
        """
        if size > LARGEST_AT_ONCE or self._log > MAX_LOG or not self._lock.acquire(blocking=False):
            raise NotNow
        try:
            return work(self._opened())
        except (OSError, sqlite3.Error) as error:
            raise NotNow from error
        finally:
            self._lock.release()
            self._log += LOG_OF_A_TRANSACTION + 2 * size
            if self._log > MAX_LOG:
                self._checkpoint()

    def resume(self) -> None:
        """Go on after the log has been moved; until then all waits in the thread, or the log would never end."""
        self._log = 0

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._close()
            self._file = None

    def abandon(self) -> None:
        """Let go of the file unless it is in use."""
        if self._lock.acquire(blocking=False):
            self._close()
            self._lock.release()

    def _close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _opened(self) -> sqlite3.Connection:
        if self._file is None or self._file.identity() != self._identity:
            raise NotNow
        if self._db is None:
            # Whichever thread runs the loop; one at a time, by the lock.
            db = sqlite3.connect(self._file.path, timeout=0, isolation_level=None, check_same_thread=False)
            self._db = db
            # Nothing waits for the disk here: the thread syncs the log before it moves it into the file.
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA wal_autocheckpoint = 0")
        return self._db


LARGEST_AT_ONCE: Final = 2**16
"""The largest value that is written while the loop waits, in bytes; most are of a few hundred."""

MAX_LOG: Final = 2**24
"""How much is written to the log before it is moved into the file, in bytes."""

LOG_OF_A_TRANSACTION: Final = 2**13
"""What a transaction writes to the log whatever its value: eight pages, more than most."""


class _Worker:
    """The connections of one process; ``run`` and ``close`` run in its one thread."""

    def __init__(self, locate: Callable[[], StateFile], timeout: float) -> None:
        self.pid = os.getpid()
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sanic-actions-state")
        self._locate = locate
        self._file = locate()
        self._timeout = timeout
        self._db: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._in_use = threading.Lock()
        self.quick = _QuickConnection(lambda: self.thread.submit(self._checkpoint))

    def run(self, work: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        """Do one transaction; a damaged file is replaced, and the work done in the new one."""
        try:
            if time.monotonic() > deadline:
                raise TimeoutError(f"busy for {self._timeout} seconds")
            with self._in_use:
                return self._done(work)
        except (OSError, sqlite3.Error) as error:
            raise StateError(
                f"The state file {str(self._file.path)!r} cannot be used: {error}. "
                "See that its folder is ours, writable and has room, or give the blueprint state=SQLiteStore(path)."
            ) from error

    def _done(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._attempt(work)
        except sqlite3.Error as error:
            if _code(error) not in _DAMAGE:
                raise
            self._replace(error)
            return self._attempt(work)

    def close(self) -> None:
        """Let go of the file."""
        with self._in_use:
            self._close()

    def _close(self) -> None:
        self.quick.close()
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def abandon(self) -> None:
        """Close the connections of a store that nobody has any more.

        This runs wherever the garbage collector does, so it waits for nothing and leaves alone what is in use.
        """
        if self.pid == os.getpid() and self._in_use.acquire(blocking=False):
            self.quick.abandon()
            if self._db is not None:
                self._db.close()
            self._in_use.release()

    def _checkpoint(self) -> None:
        with self._in_use:
            if self._db is not None:
                with suppress(sqlite3.Error):  # the next one will do
                    self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self.quick.resume()

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return work(self._opened())
        except sqlite3.Error as error:
            if _code(error) not in (*_PASSING, *_DAMAGE):
                self._close()
            raise

    def _opened(self) -> sqlite3.Connection:
        """Return the connection, opened anew when the path means another file than it did: removed, or replaced."""
        if self._db is None or self._file.identity() != self._identity:
            self._close()
            # The runtime folder may have gone with the user's last session: then all workers move on to the next one.
            self._file = self._locate()
            self._file.prepare_folder()
            with self._file.locked(self._timeout):
                return self._open()
        return self._db

    def _open(self) -> sqlite3.Connection:
        # One at a time: switching a new file to WAL ignores the busy timeout.
        self._file.create()
        self._identity = self._file.identity()
        # Used by its one thread; closed by another one when the interpreter ends.
        self._db = sqlite3.connect(
            self._file.path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        try:
            _set_up(self._db)
        except sqlite3.Error as error:
            if _code(error) not in _DAMAGE:
                self._close()
            raise
        self.quick.allow(self._file, self._identity)
        return self._db

    def _replace(self, error: sqlite3.Error) -> None:
        # The damaged file is still open here, so that no new file can be given its inode, and with it its identity.
        try:
            with self._file.locked(self._timeout):
                if self._file.identity() == self._identity:  # else another process has done it
                    self._file.remove()
                    logger.warning(
                        "The state file %r was damaged (%s) and is begun anew. Results waiting for a redirect and "
                        "idempotency keys in it are lost.",
                        str(self._file.path),
                        error,
                    )
        finally:
            self._close()


def _set_up(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA page_size = {PAGE}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA journal_size_limit = 4194304")
    rows.set_up(db)


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code; Python's own errors of that module have none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF

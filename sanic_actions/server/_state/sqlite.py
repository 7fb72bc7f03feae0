"""A store in one SQLite file: the default, shared by all workers of one machine.

One connection in one thread for each process; each method is one transaction. Committed writes survive the death of a
worker; those of the last moments may be lost with the machine (WAL, synchronous=NORMAL).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from sanic.log import logger

from .file import Identity, StateFile
from .store import StateError

T = TypeVar("T")

_PAGE_SIZE: Final = 4096
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS state (
        written INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, expires REAL NOT NULL);
    CREATE INDEX IF NOT EXISTS expiring ON state (expires);
"""
_SWEEP: Final = "DELETE FROM state WHERE written IN (SELECT written FROM state WHERE expires <= ? LIMIT 16)"
_EVICT: Final = "DELETE FROM state WHERE written IN (SELECT written FROM state ORDER BY written LIMIT 16)"
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PASSING: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)


class SQLiteStore:
    """A ``StateStore`` in a file, for the workers of one machine.

    The file never holds more than ``max_bytes``: what was written first goes first. One value may take a quarter of it.

    Args:
        path: The database file, in a folder that exists; it is made with mode 0600, with ``-wal``, ``-shm`` and
            ``.lock`` beside it. Not on a network file system.
        max_bytes: Largest size of the database.
        timeout: Seconds to wait for other processes.
    """

    __slots__ = ("_file", "_inherited", "_max_bytes", "_timeout", "_worker")

    def __init__(self, path: str | os.PathLike[str], *, max_bytes: int = 64 * 2**20, timeout: float = 2.0) -> None:
        self._file = StateFile(Path(path).absolute())
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._worker: _Worker | None = None
        self._inherited: list[_Worker] = []

    @classmethod
    def of_app(cls, name: str) -> SQLiteStore:
        """The default store of an app: its own file in the system's temporary directory, in a folder of mode 0700."""
        return cls(StateFile.of_app(name).path)

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self._file.path)!r})"

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """See ``StateStore.put``."""
        self._refuse_large(value)
        await self._run(lambda db: _put(db, _stored(key), value, ttl, self._max_bytes))

    async def pop(self, key: str) -> bytes | None:
        """See ``StateStore.pop``."""
        return await self._run(lambda db: _pop(db, _stored(key)))

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """See ``StateStore.claim``."""
        self._refuse_large(value)
        return await self._run(lambda db: _claim(db, _stored(key), value, ttl, self._max_bytes))

    async def close(self) -> None:
        """See ``StateStore.close``."""
        worker, self._worker = self._worker, None
        if worker is not None and worker.pid == os.getpid():
            await asyncio.get_running_loop().run_in_executor(worker.thread, worker.close)
            worker.thread.shutdown()

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        worker, deadline = self._here(), time.monotonic() + self._timeout
        return await asyncio.get_running_loop().run_in_executor(worker.thread, worker.run, work, deadline)

    def _here(self) -> _Worker:
        if self._worker is not None and self._worker.pid != os.getpid():
            # After a fork the connection is the parent's. Closing it here, even by garbage collection, could remove
            # the parent's log, so it is kept and left alone.
            self._inherited.append(self._worker)
            self._worker = None
        if self._worker is None:
            self._worker = _Worker(self._file, self._timeout)
        return self._worker

    def _refuse_large(self, value: bytes) -> None:
        if len(value) > self._max_bytes // 4:
            raise StateError(
                f"A value of {len(value)} bytes is too large for {self!r}, which takes {self._max_bytes // 4}. "
                f"Raise its max_bytes, {self._max_bytes}, to four times the largest value."
            )


class _Worker:
    """The connection of one process; all but the constructor runs in its one thread."""

    def __init__(self, file: StateFile, timeout: float) -> None:
        self.pid = os.getpid()
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sanic-actions-state")
        self._file = file
        self._timeout = timeout
        self._db: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._folder: int | None = None

    def run(self, work: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        """Do one transaction; a damaged file is replaced, and the work done in the new one."""
        try:
            if time.monotonic() > deadline:
                raise TimeoutError(f"busy for {self._timeout} seconds")
            try:
                return self._attempt(work)
            except sqlite3.Error as error:
                if _code(error) not in _DAMAGED:
                    raise
                self._replace(error)
                return self._attempt(work)
        except (OSError, sqlite3.Error) as error:
            raise StateError(
                f"The state file {str(self._file.path)!r} cannot be used: {error}. "
                "See that its folder is ours, writable and has room, or give the blueprint state=SQLiteStore(path)."
            ) from error

    def close(self) -> None:
        db, self._db = self._db, None
        folder, self._folder = self._folder, None
        if db is not None:
            db.close()
        if folder is not None:
            os.close(folder)

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return work(self._opened())
        except sqlite3.Error as error:
            if _code(error) not in _PASSING:
                self.close()
            raise

    def _opened(self) -> sqlite3.Connection:
        """The connection, opened anew when the path means another file than it did: cleaned away, or replaced."""
        if self._db is None or self._file.identity() != self._identity:
            self.close()
            self._file.prepare_folder()
            with self._file.locked(self._timeout):
                return self._open()
        return self._db

    def _open(self) -> sqlite3.Connection:
        # One at a time: switching a new file to WAL ignores the busy timeout.
        self._file.create()
        self._identity = self._file.identity()
        self._folder = self._file.hold_folder()
        db = sqlite3.connect(self._file.path, timeout=self._timeout, isolation_level=None)
        try:
            _set_up(db)
        except sqlite3.Error:
            db.close()
            raise
        self._db = db
        return db

    def _replace(self, error: sqlite3.Error) -> None:
        with self._file.locked(self._timeout):
            if self._file.identity() == self._identity:  # else another process has done it
                aside = self._file.set_aside()
                logger.warning(
                    "The state file %r was damaged (%s): set aside as %r, and a new one begun. Results waiting for a "
                    "redirect and idempotency keys in it are lost.",
                    str(self._file.path),
                    error,
                    str(aside),
                )


def _set_up(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA journal_size_limit = 4194304")
    db.executescript(_SCHEMA)


def _put(db: sqlite3.Connection, key: bytes, value: bytes, ttl: float, max_bytes: int) -> None:
    with db:
        db.execute("BEGIN IMMEDIATE")
        _write(db, key, value, ttl, max_bytes)


def _claim(db: sqlite3.Connection, key: bytes, value: bytes, ttl: float, max_bytes: int) -> bytes | None:
    with db:
        db.execute("BEGIN IMMEDIATE")
        rows = db.execute("SELECT value FROM state WHERE key = ? AND expires > ?", (key, time.time())).fetchall()
        if not rows:
            _write(db, key, value, ttl, max_bytes)
    return next((value for (value,) in rows), None)


def _pop(db: sqlite3.Connection, key: bytes) -> bytes | None:
    rows = db.execute("DELETE FROM state WHERE key = ? RETURNING value, expires", (key,)).fetchall()
    return next((value for value, expires in rows if expires > time.time()), None)


def _write(db: sqlite3.Connection, key: bytes, value: bytes, ttl: float, max_bytes: int) -> None:
    now = time.time()
    db.execute(_SWEEP, (now,))
    _make_room(db, len(key) + len(value), max_bytes)
    db.execute("INSERT OR REPLACE INTO state (key, value, expires) VALUES (?, ?, ?)", (key, value, now + ttl))


def _make_room(db: sqlite3.Connection, size: int, max_bytes: int) -> None:
    """Delete the oldest entries until the database has room; counting pages takes the same time at any size."""
    allowed = (max_bytes - size) // _PAGE_SIZE
    if _pragma(db, "page_count") <= allowed:
        return
    while _pragma(db, "page_count") - _pragma(db, "freelist_count") > allowed and db.execute(_EVICT).rowcount > 0:
        pass


def _pragma(db: sqlite3.Connection, name: str) -> int:
    value: int = db.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _stored(key: str) -> bytes:
    # Header values may hold lone surrogates, which SQLite's text cannot.
    return key.encode("utf-8", "surrogatepass")


def _code(error: sqlite3.Error) -> int:
    """The primary result code; Python's own errors of that module have none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF

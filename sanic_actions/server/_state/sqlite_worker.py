"""The connections of a process to its state file, and the one thread for work that waits."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from sanic.log import logger

from . import rows
from .budgets import PAGE
from .file import Identity, StateFile
from .quick_connection import QuickConnection
from .store import StateError

T = TypeVar("T")

_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""The file is damaged: it is replaced by a new one."""
_PASSING: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)
"""Errors after which the connection is as good as before."""


class SQLiteWorker:
    """The connections of one process; ``run`` and ``close`` run in its one thread."""

    def __init__(self, locate: Callable[[], StateFile], timeout: float) -> None:
        self.pid = os.getpid()
        # One thread, since SQLite lets one connection write at a time anyway.
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sanic-actions-state")
        self._locate = locate
        self._file = locate()
        self._timeout = timeout
        self._db: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._is_locked = False
        self._in_use = threading.Lock()
        self.quick = QuickConnection(lambda: self.thread.submit(self._checkpoint))

    def run(self, work: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        """Run one transaction; a damaged file is replaced, and the work done in the new one.

        Raises:
            StateError: The file cannot be used, or is locked beyond the deadline.
        """
        try:
            # Its turn in the thread may come late, after many others that waited for the file; on a
            # machine that stalled, without any.
            if self._is_locked and time.monotonic() > deadline:
                raise TimeoutError(f"busy for {self._timeout} seconds")
            with self._in_use:
                outcome = self._run_or_replace(work)
            self._is_locked = False
            return outcome
        except (OSError, sqlite3.Error) as error:
            self._is_locked = isinstance(error, TimeoutError) or _primary_code(error) == sqlite3.SQLITE_BUSY
            raise StateError(
                f"The state file {str(self._file.path)!r} cannot be used: {error}. See that its "
                "folder is ours, writable and has room, or give the blueprint "
                "state=SQLiteStore(path)."
            ) from error

    def _run_or_replace(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one transaction; if the file is damaged, run it once more in a new file."""
        try:
            return self._attempt(work)
        except sqlite3.Error as error:
            if _primary_code(error) not in _DAMAGE:
                raise
            self._replace(error)
            return self._attempt(work)

    def close(self) -> None:
        """Close both connections."""
        with self._in_use:
            self._close()

    def _close(self) -> None:
        self.quick.close()
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def abandon(self) -> None:
        """Close the connections of a store that nobody refers to any more.

        This runs wherever the garbage collector does, so it waits for nothing and leaves alone what
        is in use.
        """
        if self.pid == os.getpid() and self._in_use.acquire(blocking=False):
            self.quick.abandon()
            if self._db is not None:
                self._db.close()
            self._in_use.release()

    def _checkpoint(self) -> None:
        """Move the log into the file, as far as no reader is in the way."""
        with self._in_use:
            if self._db is not None:
                with suppress(sqlite3.Error):  # the log stays as it is, until the next time
                    self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self.quick.resume()

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one transaction; an unknown error closes the connection, to be opened anew."""
        try:
            return work(self._connected())
        except sqlite3.Error as error:
            if _primary_code(error) not in (*_PASSING, *_DAMAGE):
                self._close()
            raise

    def _connected(self) -> sqlite3.Connection:
        """Return the connection, opened anew if the file at the path was removed or replaced."""
        if self._db is None or self._file.identity() != self._identity:
            self._close()
            # systemd removes the runtime folder with the user's last session: then all workers move
            # on to the next folder.
            self._file = self._locate()
            self._file.prepare_folder()
            with self._file.locked(self._timeout):
                return self._open()
        return self._db

    def _open(self) -> sqlite3.Connection:
        """Open the file, which is locked: switching a new file to WAL ignores the busy timeout."""
        self._file.create()
        self._identity = self._file.identity()
        # It is used by its one thread, and closed by another one when the interpreter ends.
        self._db = sqlite3.connect(
            self._file.path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        try:
            _set_up(self._db)
        except sqlite3.Error as error:
            if _primary_code(error) not in _DAMAGE:
                self._close()
            raise
        self.quick.allow(self._file, self._identity)
        return self._db

    def _replace(self, error: sqlite3.Error) -> None:
        """Remove a damaged file, unless another process has done it."""
        # The damaged file is still open here, so that no new file can be given its inode, and with
        # it its identity.
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
    """Configure a connection, and make the tables."""
    # The size of a page counts only for a new file, and only before WAL is switched on.
    db.execute(f"PRAGMA page_size = {PAGE}")
    # With WAL, readers and a writer do not wait for each other.
    db.execute("PRAGMA journal_mode = WAL")
    # SQLite waits for the disk when it moves the log into the file, and not at each commit.
    db.execute("PRAGMA synchronous = NORMAL")
    # A log that grew while others were reading is cut back to this many bytes.
    db.execute("PRAGMA journal_size_limit = 4194304")
    rows.set_up(db)


def _primary_code(error: OSError | sqlite3.Error) -> int:
    """Return SQLite's primary result code; errors of Python and of the system have none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF

"""The second connection of a process to its state file: transactions that need neither wait nor a thread.

Handing a transaction to a thread costs more than twice the transaction itself, so most run on the
event loop. One that would have to wait raises ``NotNow``, and is then done in the thread.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from .file import Identity, StateFile

T = TypeVar("T")

LARGEST_AT_ONCE: Final = 2**16
"""The largest value in bytes that is written while the event loop waits; most are far smaller."""

MAX_LOG: Final = 2**24
"""Bytes that are written to the log before it is moved into the file."""

LOG_OF_A_TRANSACTION: Final = 2**13
"""The bytes that a transaction writes to the log beside its value: eight pages, more than most."""


class NotNow(Exception):  # a signal to go on in the thread, not an error
    """A transaction cannot run without waiting, and nothing of it has run."""


class QuickConnection:
    """A second connection of a process, for transactions that need not wait.

    Args:
        checkpoint: Called when the log is long: it has a thread move the log into the file and then
            call ``resume``.
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
        """Run one transaction with a value of ``size`` bytes.

        Raises:
            NotNow: The file is locked, replaced, damaged or not opened yet, or its log is due to be
                moved. The thread deals with all of these.
        """
        # Without blocking: the event loop must not stop while another thread holds the lock.
        if size > LARGEST_AT_ONCE or self._log > MAX_LOG or not self._lock.acquire(blocking=False):
            raise NotNow
        try:
            return work(self._connected())
        except (OSError, sqlite3.Error) as error:
            raise NotNow from error
        finally:
            self._lock.release()
            # An estimate, since Python's sqlite3 does not say how long the log is.
            self._log += LOG_OF_A_TRANSACTION + 2 * size
            if self._log > MAX_LOG:
                self._checkpoint()

    def resume(self) -> None:
        """Go on after the log has been moved.

        Until then every transaction runs in the thread, or the log would grow without end.
        """
        self._log = 0

    def close(self) -> None:
        """Close the connection, and forget the file."""
        with self._lock:
            self._close()
            self._file = None

    def abandon(self) -> None:
        """Close the connection unless it is in use."""
        if self._lock.acquire(blocking=False):
            self._close()
            self._lock.release()

    def _close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _connected(self) -> sqlite3.Connection:
        # Asked for each transaction: a file that somebody removed would still take writes, and no
        # other process would see them.
        if self._file is None or self._file.identity() != self._identity:
            raise NotNow
        if self._db is None:
            # Used by whichever thread runs the event loop; the lock lets in one at a time.
            db = sqlite3.connect(self._file.path, timeout=0, isolation_level=None, check_same_thread=False)
            self._db = db
            # Nothing waits for the disk here: the thread syncs the log before it moves it into the
            # file.
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA wal_autocheckpoint = 0")
        return self._db

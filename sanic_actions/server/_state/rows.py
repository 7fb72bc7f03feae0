"""The steps of a store in SQLite: how entries are written, bounded, read and expire.

Each step is one transaction. An entry expires by the machine's monotonic clock. After a reboot that
clock begins anew, so each entry also has the wall clock's time, which counts only then, and never
for longer than the entry was to be kept.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from typing import Final

from .budgets import (
    DROPPED_MESSAGE,
    HELD,
    REST,
    RESULT,
    SHARES,
    charge_of,
    full_message,
    kind_of,
    refuse_tiny,
    short_key,
)
from .clock import machine_clock
from .store import StateFull

logger: Final = logging.getLogger("sanic_actions")

_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS state (
        written INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, held INTEGER NOT NULL,
        charge INTEGER NOT NULL, value BLOB NOT NULL, ttl REAL NOT NULL, expires REAL NOT NULL, wall REAL NOT NULL);
    CREATE INDEX IF NOT EXISTS expiring ON state (expires);
    DROP INDEX IF EXISTS evictable;  -- of earlier versions
    CREATE TABLE IF NOT EXISTS usage (kind TEXT PRIMARY KEY, charge INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL);
    CREATE TRIGGER IF NOT EXISTS entered AFTER INSERT ON state BEGIN
        INSERT INTO usage VALUES (new.kind, new.charge)
            ON CONFLICT (kind) DO UPDATE SET charge = charge + new.charge;
    END;
    CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON state BEGIN
        UPDATE usage SET charge = charge - old.charge WHERE kind = old.kind;
    END;
"""
_COLUMNS_OF_0_1_0: Final = ["written", "key", "value", "expires"]
_SWEEP: Final = "DELETE FROM state WHERE written IN (SELECT written FROM state WHERE expires <= ? LIMIT 128)"
# In the order of the table. An index would cost each write a tenth, for a store that is full.
_EVICT: Final = """
    DELETE FROM state WHERE written IN
        (SELECT written FROM state WHERE written > ? AND kind = ? AND NOT held ORDER BY written LIMIT 16)
        RETURNING written
"""
_SELDOM: Final = 8
"""Expired entries are dropped with each eighth new one, up to 128, so that none pile up."""
_INSERT: Final = """
    INSERT OR IGNORE INTO state (key, kind, held, charge, value, ttl, expires, wall) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_REBASE: Final = """
    UPDATE state SET expires = :now + max(0, min(ttl, wall - :wall)), wall = :wall + max(0, min(ttl, wall - :wall))
"""


def set_up(db: sqlite3.Connection) -> None:
    """Make the missing tables, and take over entries from before the last boot."""
    clock = machine_clock()
    if [column[1] for column in db.execute("PRAGMA table_info(state)")] == _COLUMNS_OF_0_1_0:
        db.execute("DROP TABLE state")
    db.executescript(_SCHEMA)
    with _transaction(db):
        epochs = db.execute("SELECT epoch FROM clock").fetchall()
        if epochs == [(clock.epoch,)]:
            return
        db.execute(_REBASE, {"now": clock.now(), "wall": time.time()})
        db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (clock.epoch,))


def put(db: sqlite3.Connection, key: str, value: bytes, ttl: float, max_bytes: int) -> None:
    """Write a value; the outcome of a claim is held as the claim was.

    A held value that is larger than the one it replaces may use only half of its kind's share. The
    other half is left to claims, or a few large outcomes would keep everybody else from making one.
    """
    row_key, kind, share = _row_key(key), kind_of(key), max_bytes // SHARES
    with _transaction(db):
        # The key of a result is random, so a look for an earlier one would almost always find none.
        if kind == RESULT and _write(db, row_key, kind, value, ttl, share, is_held=False):
            return
        earlier_charge = _remove(db, row_key)
        is_held = kind in HELD or earlier_charge > 0
        if is_held and charge_of(row_key, value) > earlier_charge:
            share //= 2
        _write(db, row_key, kind, value, ttl, share, is_held=is_held)


def claim(db: sqlite3.Connection, key: str, value: bytes, ttl: float, max_bytes: int) -> bytes | None:
    """Write a held value if the key has none, else return the one it has."""
    row_key = _row_key(key)
    with _transaction(db):
        earlier = _read(db, row_key)
        if earlier is not None:
            return earlier
        _write(db, row_key, kind_of(key), value, ttl, max_bytes // SHARES, is_held=True)
    return None


def pop(db: sqlite3.Connection, key: str) -> bytes | None:
    """Remove a value and return it, if it has not expired."""
    # One statement is a transaction by itself: of two callers at once, one gets the value.
    rows = db.execute("DELETE FROM state WHERE key = ? RETURNING value, expires", (_row_key(key),)).fetchall()
    if not rows:
        return None
    value: bytes
    [(value, expires)] = rows
    if expires > machine_clock().now():
        return value
    return None


def renew(db: sqlite3.Connection, key: str, ttl: float) -> bool:
    """Put off the end of a value that has not expired."""
    now = machine_clock().now()
    step = "UPDATE state SET ttl = ?, expires = ?, wall = ? WHERE key = ? AND expires > ?"
    return db.execute(step, (ttl, now + ttl, time.time() + ttl, _row_key(key), now)).rowcount > 0


def count(db: sqlite3.Connection, key: str, window: float, max_bytes: int) -> int:
    """Count one more in the window that a key is in, or in a new one."""
    row_key = _row_key(f"count:{key}")
    with _transaction(db):
        number = int(_read(db, row_key) or 0) + 1
        if number == 1:
            _write(db, row_key, REST, b"1", window, max_bytes // SHARES, is_held=False)
        else:
            # The charge stays as it is: a number grows by a few digits at most.
            db.execute("UPDATE state SET value = ? WHERE key = ?", (b"%d" % number, row_key))
    return number


def window_left(db: sqlite3.Connection, key: str) -> float:
    """Return the seconds until the window that a key is counted in ends; 0 where it has ended."""
    row = db.execute("SELECT expires FROM state WHERE key = ?", (_row_key(f"count:{key}"),)).fetchone()
    if row is None:
        return 0.0
    return max(float(row[0]) - machine_clock().now(), 0.0)


def _transaction(db: sqlite3.Connection) -> sqlite3.Connection:
    """Begin a transaction; return the context manager that commits it or rolls it back."""
    # As a writer from the start: SQLite refuses at once, whatever the timeout, a transaction that
    # begins as a reader and writes after another one has written.
    db.execute("BEGIN IMMEDIATE")
    return db


def _read(db: sqlite3.Connection, row_key: bytes) -> bytes | None:
    """Return a value; one that has expired is removed."""
    row = db.execute("SELECT value, expires FROM state WHERE key = ?", (row_key,)).fetchone()
    if row is None:
        return None
    value: bytes = row[0]
    if row[1] > machine_clock().now():
        return value
    _remove(db, row_key)
    return None


def _remove(db: sqlite3.Connection, row_key: bytes) -> int:
    """Delete an entry; return the charge of a claim, the outcome in its place, or 0."""
    step = "DELETE FROM state WHERE key = ? RETURNING charge, held, expires"
    now = machine_clock().now()
    rows = db.execute(step, (row_key,)).fetchall()
    return next((charge for charge, is_held, expires in rows if is_held and expires > now), 0)


def _write(  # noqa: PLR0917  # one row
    db: sqlite3.Connection, row_key: bytes, kind: str, value: bytes, ttl: float, share: int, *, is_held: bool
) -> bool:
    """Write an entry unless its key has one; return whether it was written."""
    now, charge = machine_clock().now(), charge_of(row_key, value)
    if charge > share:
        refuse_tiny(row_key, share)
    _make_room(db, kind, max(share - charge, 0), now)
    row = row_key, kind, is_held, charge, value, ttl, now + ttl, time.time() + ttl
    insertion = db.execute(_INSERT, row)
    if insertion.lastrowid is not None and insertion.lastrowid % _SELDOM == 0:
        db.execute(_SWEEP, (now,))
    return insertion.rowcount > 0


def _make_room(db: sqlite3.Connection, kind: str, room: int, now: float) -> None:
    """Drop expired entries, then the oldest that are not held, until a kind takes no more than ``room``.

    Raises:
        StateFull: All that is left is held.
    """
    # Both loops end when they delete nothing: a share bounds how many entries there are.
    while _usage(db, kind) > room:
        if db.execute(_SWEEP, (now,)).rowcount == 0:
            break
    else:
        return
    total = last = 0
    # An eighth at once, so that a full store is not logged at every write.
    while _usage(db, kind) > room - room // 8:
        evictions = db.execute(_EVICT, (last, kind)).fetchall()
        if not evictions:
            break
        total += len(evictions)
        (last,) = max(evictions)
    if _usage(db, kind) > room:
        raise StateFull(full_message(kind))
    logger.warning(DROPPED_MESSAGE, total, kind)


def _usage(db: sqlite3.Connection, kind: str) -> int:
    row = db.execute("SELECT charge FROM usage WHERE kind = ?", (kind,)).fetchone()
    return row[0] if row else 0


def _row_key(key: str) -> bytes:
    # Header values may hold lone surrogates, which a TEXT column cannot.
    return short_key(key).encode("utf-8", "surrogatepass")

"""The room that each kind of state may take, so that no kind can use up the room of another.

A store's size is divided into equal shares: one for the results that wait for a page, one for form
tokens, one for idempotency keys, one for everything else. Anybody who can post a form can fill the
first two; the third is only for calls with a key.
"""

from __future__ import annotations

import hashlib
from typing import Final

from .store import StateError

RESULT: Final = "result"
FORM: Final = "form"
CALL: Final = "call"
REST: Final = "rest"
"""Counts, and keys of no known kind."""

HELD: Final = frozenset((FORM, CALL))
"""Kinds whose values are not dropped before they expire: a handler would run twice."""

SHARES: Final = 4

_KINDS: Final = frozenset((RESULT, FORM, CALL))
# Shorter than a key with a digest, so that no caller can send one that is taken for another's.
_LONGEST_KEY: Final = 64

PAGE: Final = 512
"""Bytes of a page of SQLite. A transaction writes a few pages, each with a checksum, and most
entries are small: these pages take a third less time than the usual ones of 4096 bytes."""

# How SQLite lays out a row in pages of 512 bytes (file format, 1.6), with the columns and the
# indexes of the store's table.
_ROOM: Final = PAGE - 8
_CELL: Final = 6
_COLUMNS: Final = 35
_INDEXES: Final = 43
_MOST_IN_LEAF: Final = PAGE - 35
_LEAST_IN_LEAF: Final = (PAGE - 12) * 32 // 255 - 23
_IN_OVERFLOW: Final = PAGE - 4


def kind_of(key: str) -> str:
    """Return the kind that a key belongs to: the part before its first colon."""
    kind = key.partition(":")[0]
    if kind in _KINDS:
        return kind
    return REST


def short_key(key: str) -> str:
    """Return a key of bounded length in place of ``key``: callers choose how long theirs are."""
    if len(key) <= _LONGEST_KEY:
        return key
    # A header may hold lone surrogates, which strict UTF-8 refuses.
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{key.partition(':')[0][:8]}:{digest}"


def charge_of(key: bytes, value: bytes) -> int:
    """Return the bytes that an entry is charged for: what it takes on disk with its indexes."""
    # The length of the value alone would be far too little for small entries, and most are small.
    row, overflow = len(key) + len(value) + _COLUMNS, 0
    if row > _MOST_IN_LEAF:
        overflow, rest = divmod(row - _LEAST_IN_LEAF, _IN_OVERFLOW)
        row = _LEAST_IN_LEAF + rest
        if row > _MOST_IN_LEAF:
            row, overflow = _LEAST_IN_LEAF, overflow + 1
    # Only whole rows share a page: one of 260 bytes has a page to itself, and leaves the rest of it
    # empty.
    leaf = PAGE // (_ROOM // (row + _CELL))
    return overflow * PAGE + leaf + len(key) + _INDEXES


def refuse_tiny(key: bytes, share: int) -> None:
    """Raise ``StateError`` where a share is too small to keep anything under a key."""
    if charge_of(key, b"") > share:
        raise StateError(f"max_bytes={share * SHARES} is too small for a state store to keep anything.")


def full_message(kind: str) -> str:
    """Return the message of ``StateFull`` for a kind without room for more."""
    return (
        f"The state store is full: the room for {kind!r} holds nothing that may be dropped. Raise "
        "the store's max_bytes, or limit the rate of calls."
    )


DROPPED_MESSAGE: Final = (
    "The state store is full: the oldest %d entries of kind %r were dropped before their time. "
    "Raise the store's max_bytes."
)
"""The log's message about dropped entries; its arguments are their number and their kind."""

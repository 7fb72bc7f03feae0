"""The contract over time: what callers depend on, as data that can be kept, hashed and compared.

``describe`` reads the declared types of a tree into a ``Contract``, ``compare`` yields the changes
between two of them, each with its verdict, and ``Lock`` is a contract in a file, with its version
and the older contracts that it still serves. Nothing here needs Sanic.
"""

from ._action_description import describe
from ._change import Change, breaks
from ._comparison import compare
from ._contract import Contract
from ._lock import (
    UNLOCKED_VERSION,
    Lock,
    LockError,
    join_locks,
    locked,
    unlocked,
    version_numbers,
)
from ._lock_file import parse_lock, read_lock, write_lock
from ._verdicts import Level, Verdict, Wire

__all__ = [
    "UNLOCKED_VERSION",
    "Change",
    "Contract",
    "Level",
    "Lock",
    "LockError",
    "Verdict",
    "Wire",
    "breaks",
    "compare",
    "describe",
    "join_locks",
    "locked",
    "parse_lock",
    "read_lock",
    "unlocked",
    "version_numbers",
    "write_lock",
]

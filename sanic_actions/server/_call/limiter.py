"""Bound how many calls of one action run at once in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Final

RETRY_AFTER: Final[Mapping[str, str]] = MappingProxyType({"retry-after": "1"})
"""Seconds after which a refused caller may try again."""


class CallLimiter:
    """What the calls of an action with ``Limits(concurrent=...)`` pass through; others pass none.

    Args:
        most: The number of calls that run at once.
    """

    __slots__ = ("_running", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self._running = 0

    @property
    def is_full(self) -> bool:
        """Whether one more call would be one too many."""
        return self._running >= self.most

    def __enter__(self) -> None:
        # Without a lock: only the event loop's thread enters and leaves, also for handlers in threads.
        self._running += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running -= 1

"""Log a message once an hour, and bound how many there are: callers choose what they say."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Final

HOUR: Final = 3600.0


class LogOnce:
    """Remembers what was logged in the last hour.

    Args:
        most: How much is remembered, and logged, in an hour. Then all is forgotten: what strangers
            have made up does not silence for ever what the operator has to hear of.
        clock: Seconds, from any start.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._forgets_at = 0.0
        self._known: set[Hashable] = set()

    def is_new(self, key: Hashable) -> bool:
        """Return whether something is to be logged, and remember it as logged."""
        if key in self._known:
            return False
        now = self._clock()
        if not self._known or now >= self._forgets_at:
            self._known.clear()
            self._forgets_at = now + HOUR
        # Full until the hour is over: names that a caller makes up cost no more memory and no more lines.
        if len(self._known) >= self._most:
            return False
        self._known.add(key)
        return True

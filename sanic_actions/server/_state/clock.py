"""The clock by which state in a file expires: one that nobody can set, where the system has one for all processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that all processes of a machine read alike.

    Attributes:
        epoch: Names what its seconds count from. Times of another epoch say nothing.
        now: Gives its seconds.
    """

    epoch: str
    now: Callable[[], float]


@cache
def machine_clock() -> Clock:
    """Return Linux's monotonic clock, which counts from the boot, in all processes; elsewhere the wall clock."""
    with suppress(OSError):
        return Clock(_BOOT.read_text().strip(), time.monotonic)
    return Clock("wall", time.time)

"""The clock by which state in a file expires: one that nobody can set, on systems that have one."""

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
        epoch: Identifies the moment that its seconds count from. Times of two epochs cannot be
            compared.
        now: Returns its seconds.
    """

    epoch: str
    now: Callable[[], float]


@cache
def machine_clock() -> Clock:
    """Return Linux's monotonic clock, or the wall clock on other systems."""
    # Linux counts it from the boot, alike in all processes, and gives the boot an id. Other systems
    # have no id that says which boot the seconds belong to.
    with suppress(OSError):
        return Clock(_BOOT.read_text().strip(), time.monotonic)
    return Clock("wall", time.time)

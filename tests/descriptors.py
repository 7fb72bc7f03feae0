"""Which files this process has open, by what their paths hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

UNNAMED: Final = "(deleted)"
"""What ends the path of an open file that has no name any more, as those that hold an upload."""


def open_files(part: str) -> list[str]:
    """Return the paths of the open files that hold ``part``."""
    paths = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            paths.append(str(link.readlink()))
        except FileNotFoundError:  # closed meanwhile, as that of the listing itself
            continue
    return sorted(path for path in paths if part in path)


def wait_until_closed(part: str, *, but: int = 0) -> list[str]:
    """Wait until at most ``but`` files with ``part`` in their paths are open, and return those that are open then.

    It gives up after ten seconds. A thread that held the last reference lets go of it a moment
    after it has handed out its result.
    """
    ends = time.monotonic() + 10
    while len(paths := open_files(part)) > but and time.monotonic() < ends:
        time.sleep(0.01)
    return paths

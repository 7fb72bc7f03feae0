"""End a child process in bounded time."""

from __future__ import annotations

import subprocess
from typing import Final

PATIENCE: Final = 5.0
"""Seconds that a child has to undo half-written files."""


def end_child(child: subprocess.Popen[bytes]) -> None:
    """End a child process: politely, and by force where it takes too long."""
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(PATIENCE)

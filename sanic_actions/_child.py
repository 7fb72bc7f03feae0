"""End a child process in bounded time."""

from __future__ import annotations

import subprocess
from typing import Final

PATIENCE: Final = 5.0
"""Seconds that a child has to undo half-written files."""


def end_child(child: subprocess.Popen[bytes]) -> None:
    """Terminate a child process, and kill it if it does not end in time."""
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        # SIGKILL cannot be caught or ignored, so the second wait is a short one.
        child.kill()
        child.wait(PATIENCE)

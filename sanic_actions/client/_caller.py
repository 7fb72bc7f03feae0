"""Finds the line outside of this library that has called it, for warnings about that line."""

from __future__ import annotations

from sys import _getframe
from types import FrameType
from typing import Final


def caller_level() -> int:
    """Return the ``stacklevel`` of that line, for ``warnings.warn`` in the function that asks.

    Plain calls, streams and downloads of either client are of different depths.
    """
    level = 1
    frame: FrameType | None = _getframe(1)
    # The loop has as many turns as there are frames.
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_OURS):
        frame, level = frame.f_back, level + 1
    return level


_OURS: Final = f"{__name__.partition('.')[0]}."

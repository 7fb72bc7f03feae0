"""Finds the line outside of this library that has called it, for warnings that are about that line."""

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
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_OURS):  # as many as there are frames
        frame, level = frame.f_back, level + 1
    return level


_OURS: Final = f"{__name__.partition('.')[0]}."

"""Tells the operator of calls refused for their origin: behind a proxy they may be the app's own."""

from __future__ import annotations

import logging
from typing import Final

from ..._errors import ActionError
from .log_once import LogOnce

logger: Final = logging.getLogger("sanic_actions")

MAX_REPORTED: Final = 50
"""How many refusals are logged in an hour: callers choose their origins."""


def report_origin(name: str, error: ActionError, reported: LogOnce) -> None:
    """Log a refusal, once for each origin that comes and each that was expected.

    Args:
        name: The action.
        error: The refusal, which repeats no more than a hundred characters of what came.
        reported: What the app has logged already.
    """
    if reported.is_new(error.message):
        logger.warning("%r: %s", name, error.message, extra={"action": name})

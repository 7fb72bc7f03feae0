"""Tells the operator of calls refused for their origin: behind a proxy they may be the app's own."""

from __future__ import annotations

import logging
from typing import Final

from ..._errors import ActionError

logger: Final = logging.getLogger("sanic_actions")

MAX_REPORTED: Final = 50
"""How many refusals are remembered as logged: callers choose their origins."""


def report_origin(name: str, error: ActionError, reported: set[str]) -> None:
    """Log a refusal, once for each origin that comes and each that was expected.

    Args:
        name: The action.
        error: The refusal, which repeats no more than a hundred characters of what came.
        reported: What the app has logged already.
    """
    if error.message in reported or len(reported) >= MAX_REPORTED:
        return
    reported.add(error.message)
    logger.warning("%r: %s", name, error.message, extra={"action": name})

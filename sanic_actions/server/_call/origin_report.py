"""Tells the operator of calls refused for their origin: behind a proxy it may be the app's."""

from __future__ import annotations

import logging
from typing import Final

from ..._errors import ActionError
from .endpoint import Endpoint
from .entrance import ServerCall
from .site import site_of

logger: Final = logging.getLogger("sanic_actions")


def report_origin(call: ServerCall, endpoint: Endpoint, error: ActionError) -> None:
    """Log a refusal, once for each origin that comes and each that was expected.

    Args:
        call: The call.
        endpoint: Its action.
        error: The refusal, which repeats no more than a hundred characters of what came.
    """
    if site_of(call.request.app).logged_origins.is_new(error.message):
        logger.warning("%r: %s", endpoint.name, error.message, extra={"action": endpoint.name})

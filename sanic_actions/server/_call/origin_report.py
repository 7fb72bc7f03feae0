"""Checks the origin of a call, and tells the operator of those refused: behind a proxy they may be the app's own."""

from __future__ import annotations

import logging
from typing import Final

from ..._errors import ActionError
from .endpoint import Endpoint
from .entrance import ServerCall
from .log_once import LogOnce
from .origin import check_origin
from .site import site_of

logger: Final = logging.getLogger("sanic_actions")


def check_call_origin(call: ServerCall, endpoint: Endpoint) -> None:
    """Let pass what our own pages, trusted ones and scripts send; log what is refused.

    Raises:
        ActionError: ``FORBIDDEN``, with what was expected, what came and the setting that allows it.
    """
    try:
        check_origin(call.request, endpoint.settings.trusted)
    except ActionError as error:
        _report(endpoint.name, error, site_of(call.request.app).reported_origins)
        raise


def _report(name: str, error: ActionError, log: LogOnce) -> None:
    """Log a refusal, once for each origin that comes and each that was expected.

    Args:
        name: The action.
        error: The refusal, which repeats no more than a hundred characters of what came.
        log: What the app has logged already.
    """
    if log.is_new(error.message):
        logger.warning("%r: %s", name, error.message, extra={"action": name})

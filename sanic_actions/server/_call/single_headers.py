"""Headers of this library that a request has once: two would ask for two things."""

from __future__ import annotations

from typing import Any, Final

from sanic import Request

from ..._errors import ActionError
from .contract_check import HEADER as CONTRACT
from .deadline import HEADER as DEADLINE
from .idempotency import HEADER as KEY

_SINGLE: Final = frozenset({KEY, DEADLINE, CONTRACT, "last-event-id", "sanic-action", "sec-fetch-site"})


def refuse_repeated_headers(request: Request[Any, Any]) -> None:
    """Refuse a request that has one of these headers twice.

    Raises:
        ActionError: ``BAD_REQUEST``, naming the header.
    """
    headers = request.headers
    if len(set(headers)) == len(headers):  # most requests have none twice; hosts give all names in lower case
        return
    for name in sorted(_SINGLE):
        if len(headers.getall(name, ())) > 1:
            raise ActionError("BAD_REQUEST", f"The header {name.title()} stands several times: send it once.")

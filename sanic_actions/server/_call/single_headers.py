"""Headers of this library that a request has once: two of them ask for two things, and a reader would pick one."""

from __future__ import annotations

from typing import Any, Final

from multidict import istr
from sanic import Request

from ..._errors import ActionError
from .contract_check import HEADER as CONTRACT
from .deadline import HEADER as DEADLINE
from .idempotency import HEADER as KEY

_SINGLE: Final = (
    *(istr(name) for name in (KEY, DEADLINE, CONTRACT)),
    *(istr("last-event-id"), istr("sanic-action"), istr("sec-fetch-site")),
)


def refuse_repeated(request: Request[Any, Any]) -> None:
    """Refuse a request that has one of these headers twice.

    Raises:
        ActionError: ``BAD_REQUEST``, naming the header.
    """
    headers = request.headers
    for name in _SINGLE:
        if name in headers and len(headers.getall(name)) > 1:  # most requests have none
            raise ActionError("BAD_REQUEST", f"The header {name.title()} stands several times: send it once.")

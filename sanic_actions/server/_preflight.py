"""The answer to OPTIONS: which method a call has, and a word in the log if a browser then sends none.

A browser asks before a script of another origin calls, and tells nobody but its own console why it
does not send the call.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final

from multidict import istr

from ._call.origin import ORIGIN, shown
from ._call.site import site_of
from ._host import Answer, AnyRequest

logger: Final = logging.getLogger("sanic_actions")


class MethodsAnswer(Answer):
    """Says that calls are made with POST; reports what a browser misses in the answer, once middleware has run."""

    __slots__ = ("_request",)

    def __init__(self, request: AnyRequest) -> None:
        super().__init__(None, 204)
        self._request = request
        self.headers["allow"] = "POST"

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Each header as bytes."""
        if _METHOD in self._request.headers:
            _report_refusal(self._request, self.headers)
        return super().processed_headers


def _report_refusal(request: AnyRequest, allowed: Any) -> None:
    """Log that a browser will not send the call that it asks for; once an hour for each origin."""
    origin = request.headers.get(ORIGIN, "")
    if allowed.get("access-control-allow-origin") not in ("*", origin):
        sentence = _NO_ORIGIN.format(origin=shown(origin))
    elif names := _refused_headers(request, allowed):
        sentence = _NO_HEADERS.format(origin=shown(origin), names=shown(", ".join(names)))
    else:
        return
    if site_of(request.app).logged_origins.is_new(sentence):
        logger.warning("%s", sentence)


def _refused_headers(request: AnyRequest, allowed: Any) -> list[str]:
    """Return the headers that a script would send and may not."""
    permitted = _names(allowed.get("access-control-allow-headers", ""))
    if "*" in permitted:  # whether the script sends cookies, with which it is a name like others, is not known yet
        return []
    return sorted(_names(request.headers.get("access-control-request-headers", "")) - permitted)


def _names(field: str) -> set[str]:
    return {name.strip().lower() for name in field.split(",")} - {""}


_METHOD: Final = istr("access-control-request-method")

_NO_ORIGIN: Final = (
    "A browser asked whether scripts of {origin} may call actions here. This answer has no CORS headers that allow "
    "it, so unless a proxy adds them, the browser sends no call. To allow it, name the origin in "
    "ActionsBlueprint(trusted_origins=[...]), and send CORS headers, such as those of sanic-ext (CORS_ORIGINS)."
)
_NO_HEADERS: Final = (
    "A browser asked whether scripts of {origin} may send the headers {names} here. The CORS headers of this answer "
    "do not name them, so the browser sends no call. To allow it, name them there too; with sanic-ext in "
    "CORS_ALLOW_HEADERS."
)

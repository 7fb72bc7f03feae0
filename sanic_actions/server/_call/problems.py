"""Answers as bytes: results as JSON, errors as problem+json (RFC 9457). Nothing of the input is ever repeated."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from typing import Final

from pydantic_core import PydanticSerializationError, to_json
from sanic.compat import Header
from sanic.helpers import has_message_body
from sanic.response import HTTPResponse

from ..._errors import STATUS, ActionError, CallError, Code, InputError, Issue, error_fields
from .endpoint import Endpoint

logger: Final = logging.getLogger("sanic_actions")

undeclared: Final = logging.getLogger("sanic_actions.undeclared")
"""A name of its own, so that the pytest plugin hears of nothing else."""

MASKED: Final = "The action failed. The server has logged why under the id given here."

_UNDECLARED: Final = "%r raised %s, which its 'raises' does not have: the caller gets its code and message only."

_ALWAYS: Final = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
_HEADERS: Final = Header(_ALWAYS)


class Answer(HTTPResponse):
    """What every answer of ours has, made and written in half the time that Sanic takes for answers of any kind.

    Args:
        body: The body; None for an answer without one.
        status: The HTTP status.
        content_type: Of the body.
    """

    __slots__ = ()

    def __init__(self, body: bytes | None, status: int, content_type: str | None = None) -> None:
        # Sanic's own constructor makes three sets of headers, where a copy of one does.
        self.asgi, self.stream, self._cookies = False, None, None
        self.body, self.status, self.content_type = body or b"", status, content_type
        self.headers = _HEADERS.copy()
        if body is not None:  # Sanic's own server adds the length, but under ASGI nobody would
            self.headers["content-length"] = str(len(body))

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Each header as bytes; Sanic asks for them when it sends."""
        if has_message_body(self.status):
            self.headers.setdefault("content-type", self.content_type)
        for name, value in self.headers.items():
            ready = _READY.get((name, value)) if type(value) is str else None
            yield ready or self._as_bytes(name, value)

    def _as_bytes(self, name: str, value: object) -> tuple[bytes, bytes]:
        if type(value) is int:
            return name.encode("ascii"), b"%d" % value
        return self._clean(name).encode("ascii"), self._clean(f"{value}").encode(errors="surrogateescape")

    _clean = staticmethod(HTTPResponse._sanitize_header_value)


_READY: Final = {
    (name, value): (name.encode(), value.encode())
    for name, value in (
        *_ALWAYS.items(),
        ("content-type", "application/json"),
        ("content-type", "application/problem+json"),
        ("connection", "keep-alive"),
        ("alt-svc", ""),
    )
}
"""The headers that are always the same, as Sanic would encode and clean them anew for each answer."""


def result_response(body: bytes | None) -> HTTPResponse:
    """The answer for a result that ``Endpoint.encode`` has written."""
    return Answer(None, 204) if body is None else Answer(body, 200, "application/json")


def methods_response() -> HTTPResponse:
    """The answer to OPTIONS."""
    response = Answer(None, 204)
    response.headers["allow"] = "POST"
    return response


def error_response(error: ActionError, action: Endpoint | None) -> HTTPResponse:
    """The answer for an expected failure; masked when the error itself cannot be written as declared."""
    if isinstance(error, CallError):  # a failure of some other service, in words not meant for this caller
        return masked_response(error, action)
    try:
        if isinstance(error, InputError) and action is not None:
            error = action.reports.in_words(error)
        return _problem(error.code, str(error.message), _details(error, action))
    except Exception as failure:
        failure.__context__ = error
        return masked_response(failure, action)


def masked_response(error: BaseException, action: Endpoint | None) -> HTTPResponse:
    """Log an unexpected failure under a new id, and tell the caller no more than the id."""
    identity = secrets.token_hex(6)
    logger.error("%r failed (id %s).", action.name if action else "A call", identity, exc_info=error)
    if action is not None:
        action.reports.masked(error, action.name, identity)
    return _problem("INTERNAL_SERVER_ERROR", MASKED, {"id": identity})


def _details(error: ActionError, action: Endpoint | None) -> dict[str, object]:
    if isinstance(error, InputError):
        error = _listed(error, action.limits.issues if action else None)
        issues = [{"path": issue.path, "message": issue.message, "type": issue.type} for issue in error.issues]
        return {"issues": issues, "fields": error.fields, "form_errors": error.form_errors}
    if action is None or type(error) is ActionError:
        return {}
    declared = next((kind for kind in type(error).__mro__ if kind in action.errors), None)
    if declared is None:
        undeclared.warning(_UNDECLARED, action.name, type(error).__name__)
        return {}
    codec = action.errors[declared]
    data = codec.encode(codec.validate({name: getattr(error, name) for name in error_fields(declared)}))
    return {"error": declared.__name__, "data": json.loads(data)}


def _listed(error: InputError, most: int | None) -> InputError:
    """An error with no more issues than an answer lists."""
    if most is None or len(error.issues) <= most + 1:  # the last one may say that there are more
        return error
    more = Issue("", f"More values are invalid than the {most} that are listed", "too_many_issues")
    return InputError([*error.issues[:most], more], error.message)


def _problem(code: Code, detail: str, more: dict[str, object]) -> HTTPResponse:
    status = STATUS[code]
    problem = {"type": "about:blank", "title": _TITLES[code], "status": status, "detail": detail, "code": code, **more}
    return problem_response(_written(problem), status)


def _written(problem: dict[str, object]) -> bytes:
    if "data" not in problem:  # in which a NaN is refused
        try:
            return to_json(problem)  # takes a sixth of the time
        except PydanticSerializationError:
            pass
    # A message may hold half a surrogate pair, from a file name for one; UTF-8 has no bytes for it.
    return json.dumps(problem, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def problem_response(body: bytes, status: int | None = None) -> HTTPResponse:
    """The answer for a problem that is written already; its status is in it."""
    response = Answer(body, json.loads(body)["status"] if status is None else status, "application/problem+json")
    if response.status == 405:
        response.headers["allow"] = "POST"
    return response


_TITLES: Final[dict[Code, str]] = {
    **{code: code.replace("_", " ").title() for code in STATUS},
    "URI_TOO_LONG": "URI Too Long",
    "HTTP_VERSION_NOT_SUPPORTED": "HTTP Version Not Supported",
}

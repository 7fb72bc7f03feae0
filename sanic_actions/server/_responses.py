"""Answers as bytes: results as JSON, errors as problem+json (RFC 9457). Nothing of the input is ever repeated."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from pydantic_core import PydanticSerializationError, to_json
from sanic.helpers import has_message_body
from sanic.response import HTTPResponse

from .._errors import STATUS, ActionError, CallError, Code, InputError, Issue, error_fields
from ._served import Served

logger: Final = logging.getLogger("sanic_actions")

undeclared: Final = logging.getLogger("sanic_actions.undeclared")
"""A name of its own, so that the pytest plugin hears of nothing else."""

MASKED: Final = "The action failed. The server has logged why under the id given here."

_UNDECLARED: Final = "%r raised %s, which its 'raises' does not have: the caller gets its code and message only."

_ALWAYS: Final = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}


class Answer(HTTPResponse):
    """Writes the headers that are always the same without encoding and cleaning them anew for each answer."""

    __slots__ = ()

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Each header as bytes; Sanic asks for them when it sends."""
        if has_message_body(self.status):
            self.headers.setdefault("content-type", self.content_type)
        for name, value in self.headers.items():
            if type(value) is int:
                yield name.encode("ascii"), b"%d" % value
            elif type(value) is str and (ready := _READY.get((name, value))):
                yield ready
            else:
                yield self._clean(name).encode("ascii"), self._clean(f"{value}").encode(errors="surrogateescape")

    _clean = staticmethod(HTTPResponse._sanitize_header_value)


_READY: Final = {
    (name, value): (name.encode(), value.encode())
    for name, value in (
        *_ALWAYS.items(),
        ("content-type", "application/json"),
        ("connection", "keep-alive"),
        ("alt-svc", ""),
    )
}


def result_response(body: bytes | None) -> HTTPResponse:
    """The answer for a result that ``Served.encode`` has written."""
    if body is None:
        return Answer(status=204, headers=_ALWAYS)
    return _response(body, 200, "application/json")


def methods_response() -> HTTPResponse:
    """The answer to OPTIONS."""
    return Answer(status=204, headers={**_ALWAYS, "allow": "POST"})


def error_response(error: ActionError, action: Served | None) -> HTTPResponse:
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


def masked_response(error: BaseException, action: Served | None) -> HTTPResponse:
    """Log an unexpected failure under a new id, and tell the caller no more than the id."""
    identity = secrets.token_hex(6)
    logger.error("%r failed (id %s).", action.name if action else "A call", identity, exc_info=error)
    if action is not None:
        action.reports.masked(error, action.name, identity)
    return _problem("INTERNAL_SERVER_ERROR", MASKED, {"id": identity})


def _details(error: ActionError, action: Served | None) -> dict[str, object]:
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
    problem = {"type": "about:blank", "title": _title(code), "status": status, "detail": detail, "code": code, **more}
    return problem_response(_written(problem), status)


def _written(problem: dict[str, object]) -> bytes:
    if "data" not in problem:  # in which a NaN is refused
        with suppress(PydanticSerializationError):
            return to_json(problem)  # takes a sixth of the time
    # A message may hold half a surrogate pair, from a file name for one; UTF-8 has no bytes for it.
    return json.dumps(problem, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def problem_response(body: bytes, status: int | None = None) -> HTTPResponse:
    """The answer for a problem that is written already; its status is in it."""
    status = json.loads(body)["status"] if status is None else status
    response = _response(body, status, "application/problem+json")
    if status == 405:
        response.headers["allow"] = "POST"
    return response


def _response(body: bytes, status: int, content_type: str) -> HTTPResponse:
    # Sanic's own server adds the length, but under ASGI nobody would.
    return Answer(body, status, {**_ALWAYS, "content-length": str(len(body))}, content_type)


def _title(code: Code) -> str:
    return _TITLES.get(code) or code.replace("_", " ").title()


_TITLES: Final[dict[Code, str]] = {
    "URI_TOO_LONG": "URI Too Long",
    "HTTP_VERSION_NOT_SUPPORTED": "HTTP Version Not Supported",
}

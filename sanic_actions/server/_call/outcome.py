"""The result of a page's form as bytes and back, for its way through the state store."""

from __future__ import annotations

import json
from typing import Any

from sanic import HTTPResponse

from ..._errors import ActionError, CallError, InputError, Issue, restore_error
from ..._results import Err, Ok
from .endpoint import Endpoint
from .problems import error_response, masked_response, problem_response, result_response


def success(action: Endpoint, value: object) -> bytes:
    """An output, checked against its declared type and written.

    Raises:
        TypeError: It is not of the declared type.
        ValueError: It cannot be written.
    """
    return b"+" + (action.encode(value) or b"null")


def failure(error: BaseException, action: Endpoint | None) -> bytes:
    """An error as it travels; an unexpected one is logged and masked."""
    response = error_response(error, action) if isinstance(error, ActionError) else masked_response(error, action)
    return b"-" + (response.body or b"")


def outcome_response(written: bytes, action: Endpoint) -> HTTPResponse:
    """The answer to a call of which ``success`` or ``failure`` has written the outcome."""
    if written[:1] == b"-":
        return problem_response(written[1:])
    return result_response(None if action.entry.definition.output is None else written[1:])


def read_result(written: bytes, action: Endpoint | None) -> Ok[Any] | Err[ActionError]:
    """What ``success`` or ``failure`` has written.

    Raises:
        InputError: The output's type has changed since.
    """
    if written[:1] == b"+" and action is not None:
        return Ok(action.output.decode(written[1:]))
    return Err(_error(json.loads(written[1:]), action))


def _error(problem: dict[str, Any], action: Endpoint | None) -> ActionError:
    code, message = problem["code"], problem["detail"]
    if "issues" in problem:
        return InputError([Issue(**issue) for issue in problem["issues"]], message)
    if "id" in problem:
        return CallError(code, message, status=problem["status"], id=problem["id"])
    if "error" in problem and action is not None:
        for declared, codec in action.errors.items():
            if declared.__name__ == problem["error"]:
                return restore_error(declared, code, message, codec.decode(json.dumps(problem["data"])))
    return ActionError(code, message)

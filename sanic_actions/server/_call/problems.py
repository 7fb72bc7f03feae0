"""Errors as callers see them, and as problem+json (RFC 9457). No input is ever repeated."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, copy_context
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json

from ..._error_facts import upstream_action, with_status
from ..._errors import STATUS, ActionError, CallError, Code, InputError, Issue, error_fields, restore_error
from ..._problem_types import problem_type
from ..._server_mistakes import type_error
from .endpoint import Endpoint
from .logs import follow_the_app

logger: Final = logging.getLogger("sanic_actions")

undeclared_logger: Final = logging.getLogger("sanic_actions.undeclared")
"""A logger of its own: the pytest plugin listens to it and to nothing else."""

MASKED: Final = "The action failed. The server has logged why under the id given here."

_SURPRISE: Final = "%r raised %s, which its 'raises' does not have: the caller gets its code and message only."

_FAILED_UPSTREAM: Final = "%r failed: its call of %r failed, and nothing caught that (id %s)."

Details = Mapping[str, object]
"""What a problem has beside code and message."""

NO_DETAILS: Final[Details] = {}


def error_for_caller(error: ActionError, endpoint: Endpoint | None) -> tuple[ActionError, Details]:
    """Return an expected failure as its caller may see it, and the details of a typed one.

    Raises:
        Exception: Its fields are not what it declares.
    """
    if endpoint is None or type(error) is ActionError:
        return error, NO_DETAILS
    if isinstance(error, InputError):
        hooks = endpoint.settings.hooks
        if hooks.translate is not None:
            error = hooks.translated(error)
        if len(error.issues) > endpoint.max_issues:
            error = _shortened(error, endpoint.max_issues - 1)
        return error, NO_DETAILS
    error_class = next((kind for kind in type(error).__mro__ if kind in endpoint.errors), None)
    if error_class is None:
        undeclared_logger.warning(_SURPRISE, endpoint.name, type(error).__name__, extra={"action": endpoint.name})
        return ActionError(error.code, error.message), NO_DETAILS
    codec = endpoint.errors[error_class]
    values = {name: getattr(error, name) for name in error_fields(error_class)}
    try:
        fields = codec.validate(values)
    except InputError as mistakes:
        raise type_error(_BROKEN.format(error_class.__name__, "; ".join(map(str, mistakes.issues)))) from None
    details = {"error": error_class.__name__, "data": json.loads(codec.encode(fields))}
    return restore_error(error_class, error.code, error.message, fields), details


_BROKEN: Final = "{} was raised with values that its fields cannot have: {}. Raise it with values of their types."

HeldLogs = list[Callable[[Context], None]]
"""Logs of a failure that are held back until observers have heard of it."""


def masked_error(error: BaseException, endpoint: Endpoint | None, held_logs: HeldLogs | None = None) -> CallError:
    """Log an unexpected failure under a new id, and return what tells the caller only the id.

    Args:
        error: What was raised.
        endpoint: The action.
        held_logs: Takes the log, to be written once observers have heard of the failure; None to
            write it at once.
    """
    identity = secrets.token_hex(6)
    if endpoint:
        name = endpoint.name
    else:
        name = ""
    if endpoint is not None:
        # Before the log, as observers are: a tracker drops what it has seen already, and the hook
        # knows more than the log record.
        endpoint.settings.hooks.masked(error, name, identity)
    if held_logs is None:
        _log(error, name, identity)
    else:
        held_logs.append(partial(_log_within, copy_context(), error, name, identity))
    return CallError("INTERNAL_SERVER_ERROR", MASKED, status=STATUS["INTERNAL_SERVER_ERROR"], id=identity)


def _log_within(context: Context, error: BaseException, name: str, identity: str, before: Context) -> None:
    """Log a failure in the context it was raised in, with what observers have set since.

    That context still has the span of the call, which instrumented logs look for, though the span
    has ended. A variable that an observer set in ``on_end`` is copied into it, so that a tracker
    finds that it was sent the exception already. One that has its value from ``before`` the call
    again, such as the current span, is not copied.
    """
    for variable, value in copy_context().items():  # as many as the program has
        if context.get(variable) is not value and before.get(variable) is not value:
            context.run(variable.set, value)
    context.run(_log, error, name, identity)


def _log(error: BaseException, name: str, identity: str) -> None:
    attributes = {"action": name, "error_id": identity}
    follow_the_app()
    if upstream := upstream_action(error):
        logger.error(_FAILED_UPSTREAM, name, upstream, identity, exc_info=error, extra=attributes)
    else:
        logger.error("%r failed (id %s).", name or "A call", identity, exc_info=error, extra=attributes)


def written_problem(error: ActionError, status: int, details: Details = NO_DETAILS) -> bytes:
    """Write an error that ``error_for_caller`` or ``masked_error`` has made."""
    if isinstance(error, InputError):
        return _written_input_error(error, status)
    problem = _members(problem_type(error), error.code, status, str(error.message))
    problem.update(details)
    if isinstance(error, CallError):
        problem["id"] = error.id
    return _written(problem)


def _members(kind: str, code: Code, status: int, detail: str) -> dict[str, Any]:
    """Return the members that every problem has."""
    title = _TITLES[code]
    if status != STATUS[code]:
        title = _PHRASES.get(status, title)
    return {"type": kind, "title": title, "status": status, "detail": detail, "code": code}


def _written_input_error(error: InputError, status: int) -> bytes:
    head = problem_type(error), error.code, status, str(error.message)
    issues = error.issues
    if len(issues) == 1:
        issue = issues[0]
        path, message = str(issue.path), str(issue.message)
        if len(head[3]) + len(path) + len(message) <= LONGEST_KEPT:
            return _written_issue(head, path, message, str(issue.type))
    return _written(_input_problem(head, issues))


ProblemHead = tuple[str, Code, int, str]
"""The type, code, status and detail of a problem."""

LONGEST_KEPT: Final = 500
"""Most characters of a cached problem: a validator may repeat what was sent, at any length."""


# The same few fields are wrong again and again, and writing their problem is most of what such a
# call costs after validation.
@lru_cache(maxsize=256)
def _written_issue(head: ProblemHead, path: str, message: str, type: str) -> bytes:
    return _written(_input_problem(head, [Issue(path, message, type)]))


def _input_problem(head: ProblemHead, issues: Sequence[Issue]) -> dict[str, Any]:
    """Return a problem with issues, and with their messages by field, all read in one go."""
    rows: list[dict[str, str]] = []
    fields: dict[str, list[str]] = {}
    form_errors: list[str] = []
    for issue in issues:  # no more than Limits(issues=...) and one that says so
        path, message = issue.path, issue.message
        rows.append({"path": path, "message": message, "type": issue.type})
        if not path:
            form_errors.append(message)
        elif path in fields:
            fields[path].append(message)
        else:
            fields[path] = [message]
    return {**_members(*head), "issues": rows, "fields": fields, "form_errors": form_errors}


def read_problem(body: bytes, endpoint: Endpoint | None) -> ActionError:
    """Return the error of ``written_problem``; a plain one if its fields have changed since."""
    problem = json.loads(body)
    code, message = problem["code"], problem["detail"]
    if "issues" in problem:
        return InputError([Issue(**issue) for issue in problem["issues"]], message)
    if "id" in problem:
        return CallError(code, message, status=problem["status"], id=problem["id"])
    if "error" in problem and endpoint is not None:
        return _typed(problem, endpoint) or ActionError(code, message)
    return with_status(ActionError(code, message), problem["status"])


def _typed(problem: dict[str, Any], endpoint: Endpoint) -> ActionError | None:
    for error_class, codec in endpoint.errors.items():
        if error_class.__name__ == problem["error"]:
            try:
                fields = codec.decode(json.dumps(problem["data"]))
            except InputError:
                return None
            return restore_error(error_class, problem["code"], problem["detail"], fields)
    return None


def _shortened(error: InputError, most: int) -> InputError:
    """Return an error with no more issues than an answer lists."""
    more = Issue("", f"More values are invalid than the {most} that are listed", "too_many_issues")
    return InputError([*error.issues[:most], more], error.message)


def _written(problem: dict[str, object]) -> bytes:
    if "data" not in problem:  # in which a NaN is refused where its type does not declare it
        try:
            return to_json(problem)  # takes a sixth of the time
        except PydanticSerializationError:
            pass
    # A message may hold half a surrogate pair, from a file name for one; UTF-8 has no bytes for it.
    return json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace")


_TITLES: Final[dict[Code, str]] = {
    **{code: code.replace("_", " ").title() for code in STATUS},
    "URI_TOO_LONG": "URI Too Long",
    "HTTP_VERSION_NOT_SUPPORTED": "HTTP Version Not Supported",
}
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
"""Titles of the statuses that have no code."""

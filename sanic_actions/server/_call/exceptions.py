"""Which error callers see in place of an exception that is not an ``ActionError``: what ``errors=`` says, and Sanic's.

Whatever has no error here is unexpected, and masked.
"""

from __future__ import annotations

import logging
from typing import Final

from sanic.exceptions import SanicException

from ..._codes import STATUS, code_of_class
from ..._error_facts import with_status
from ..._errors import ActionError, as_raised
from .endpoint import Endpoint
from .entrance import ServerCall
from .logs import follow_the_app

logger: Final = logging.getLogger("sanic_actions")


def expected_error(error: BaseException, call: ServerCall) -> BaseException:
    """Return the ``ActionError`` that stands for an exception, or the exception itself where it is unexpected."""
    if not isinstance(error, Exception):
        return error
    if call.endpoint is not None and call.endpoint.entry.errors:
        replacement = _mapped(error, call.endpoint)
        if replacement is not None:
            if isinstance(replacement, ActionError) and STATUS[replacement.code] >= 500:
                _report(error, replacement, call)
            return replacement
    if isinstance(error, SanicException):
        return _from_sanic(error, call)
    if isinstance(error, ExceptionGroup):
        return _alone_in(error, call) or error
    return error


def _alone_in(group: ExceptionGroup[Exception], call: ServerCall) -> ActionError | None:
    """Return the expected error that a group holds and nothing else: task groups wrap whatever their body raises.

    An interceptor that opens one around ``proceed`` would otherwise mask each error that the handler declares.
    """
    error: Exception = group
    while isinstance(error, ExceptionGroup):  # as deep as task groups of the app stand in each other
        if len(error.exceptions) > 1:
            return None
        error = error.exceptions[0]
    inner: BaseException
    if isinstance(error, ActionError):
        inner = as_raised(error)
    else:
        inner = expected_error(error, call)
    if isinstance(inner, ActionError):
        return inner
    return None


def _report(error: Exception, replacement: ActionError, call: ServerCall) -> None:
    """Tell operators of an exception that becomes a fault of the server: its caller can do nothing about it."""
    call.exception = error
    name = call.endpoint.name if call.endpoint else ""
    follow_the_app()
    logger.warning("%r answered %s.", name, replacement.code, exc_info=error, extra={"action": name})


def _mapped(error: Exception, endpoint: Endpoint) -> Exception | None:
    """Return what ``errors=`` makes of an exception; None where it knows neither its class nor a base of it."""
    errors = endpoint.error_map
    kind = next((base for base in type(error).__mro__ if base in errors), None)
    if kind is None:
        return None
    try:
        replacement: object = errors[kind](error)
    except Exception as problem:
        problem.__context__ = error
        return problem
    if isinstance(replacement, ActionError):
        replacement.__cause__ = error
        return replacement
    wrong = TypeError(f"errors= made a {type(replacement).__name__} of a {kind.__name__}, not an ActionError.")
    wrong.__context__ = error
    return wrong


def _from_sanic(error: SanicException, call: ServerCall) -> Exception:
    """Return a refusal of Sanic with the code of its status and its message, as Sanic itself would show it."""
    refusal = refusal_of(error)
    if refusal is None:
        return error
    call.headers = {**call.headers, **(error.headers or {})}
    return refusal


def refusal_of(error: SanicException) -> ActionError | None:
    """Return a refusal of Sanic as an error that keeps its status and its message; None for a fault of the server."""
    code = code_of_class(error.status_code)
    if code is None:
        return None
    return with_status(ActionError(code, str(error)), error.status_code)

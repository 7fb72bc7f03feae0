"""Which error callers see in place of an exception that is not an ``ActionError``.

It is what ``errors=`` makes of it, or what a refusal of Sanic's own stands for. Any other exception
is unexpected, and masked; so is one that stands for a mistake of the server, whatever ``errors=``
maps.
"""

from __future__ import annotations

import inspect
import logging
from typing import Any, Final

from sanic.exceptions import SanicException

from ..._callables import describe
from ..._codes import CODE_OF, STATUS, code_of_class
from ..._error_facts import with_status
from ..._errors import ActionError, is_of_another_service, original_error
from ..._server_mistakes import is_server_mistake, server_mistake, type_error
from .endpoint import Endpoint
from .entrance import ServerCall
from .logs import follow_the_app

logger: Final = logging.getLogger("sanic_actions")


def expected_error(error: BaseException, call: ServerCall) -> BaseException:
    """Return the ``ActionError`` for an exception, or the exception if it is unexpected."""
    if not isinstance(error, Exception) or is_server_mistake(error):
        return error
    if isinstance(error, ExceptionGroup):
        if error.subgroup(_is_masked) is not None:
            return error
        alone = None if _maps_groups(error, call.endpoint) else _alone_in(error, call)
        if alone is not None:
            return alone
    if call.endpoint is not None and call.endpoint.entry.errors:
        replacement = _mapped(error, call.endpoint)
        if replacement is not None:
            if isinstance(replacement, ActionError) and STATUS[replacement.code] >= 500:
                _report(error, replacement, call)
            return replacement
    if isinstance(error, SanicException):
        return _from_sanic(error, call)
    return error


def is_for_app(error: Exception, endpoint: Endpoint | None) -> bool:
    """Return whether what middleware has raised is left to the app's own handlers of exceptions."""
    if isinstance(error, ActionError) and not is_of_another_service(original_error(error)):
        return False
    return endpoint is None or _mapped_class(error, endpoint) is None


def error_of_middleware(error: Exception, call: ServerCall) -> BaseException:
    """Return the ``ActionError`` for what middleware raised, as ``expected_error`` does.

    Unlike a handler, middleware refuses with 503 and the like too, while a site is maintained.
    """
    if isinstance(error, ActionError):
        return original_error(error)
    replacement = expected_error(error, call)
    if not isinstance(error, SanicException) or not is_for_app(error, call.endpoint):
        return replacement
    if replacement is error:
        code = CODE_OF.get(error.status_code, "INTERNAL_SERVER_ERROR")
        if code == "INTERNAL_SERVER_ERROR":
            return error
        call.headers = {**call.headers, **(error.headers or {})}
        replacement = ActionError(code, str(error))
    call.request.app.error_handler.log(call.request, error)
    return replacement


def _is_masked(error: BaseException) -> bool:
    """Return whether an exception is masked whatever ``errors=`` says of its class."""
    if isinstance(error, ActionError):
        error = original_error(error)
    return is_server_mistake(error) or is_of_another_service(error)


def _maps_groups(group: ExceptionGroup[Exception], endpoint: Endpoint | None) -> bool:
    """Return whether ``errors=`` maps a group by a class of groups, not by ``Exception``."""
    if endpoint is None:
        return False
    kind = _mapped_class(group, endpoint)
    return kind is not None and issubclass(kind, BaseExceptionGroup)


def _alone_in(group: ExceptionGroup[Exception], call: ServerCall) -> ActionError | None:
    """Return the expected error that is all that a group holds, else None.

    Task groups wrap whatever their body raises: an interceptor that opens one around ``proceed``
    would otherwise mask each error that the handler declares.
    """
    error: Exception = group
    while isinstance(error, ExceptionGroup):  # as deep as the app nests task groups
        if len(error.exceptions) > 1:
            return None
        error = error.exceptions[0]
    inner: BaseException
    if isinstance(error, ActionError):
        inner = original_error(error)
    else:
        inner = expected_error(error, call)
    if isinstance(inner, ActionError):
        return inner
    return None


def _report(error: Exception, replacement: ActionError, call: ServerCall) -> None:
    """Tell operators, and observers by the call, of an exception that is the server's fault."""
    name = ""
    if call.endpoint is not None:
        name = call.endpoint.name
        if call.endpoint.settings.observer is not None:
            call.exception = error
    follow_the_app()
    logger.warning("%r answered %s.", name, replacement.code, exc_info=error, extra={"action": name})


def _mapped_class(error: Exception, endpoint: Endpoint) -> type[Any] | None:
    """Return the nearest class of an exception that ``errors=`` maps."""
    return next((base for base in type(error).__mro__ if base in endpoint.error_map), None)


def _mapped(error: Exception, endpoint: Endpoint) -> BaseException | None:
    """Return what ``errors=`` makes of an exception; None if it knows no class of it."""
    kind = _mapped_class(error, endpoint)
    if kind is None:
        return None
    try:
        function = endpoint.error_map[kind]
        replacement = _checked_replacement(function(error), kind, function)
    except BaseException as problem:
        if problem is error:  # raised again, which leaves it as it is
            return None
        problem.__context__ = error
        if isinstance(problem, ActionError):
            return problem
        return server_mistake(problem)
    replacement.__cause__ = error
    return replacement


def _checked_replacement(replacement: object, kind: type[Any], function: object) -> ActionError:
    """Return what a function of ``errors=`` returned, if callers can get it.

    Raises:
        TypeError: It is not an error. Raised here, since an exception without a traceback is missing in the boxes that
            the command ``sanic`` prints.
    """
    if isinstance(replacement, ActionError):
        return replacement
    advice = ""
    if inspect.iscoroutine(replacement):
        replacement.close()  # or Python would warn that it was never awaited
        advice = " Write it without 'async'."
    elif replacement is None:
        label = describe(function, noun="function")
        advice = f" {label} returned nothing: write 'return' before the error."
    name = type(replacement).__name__
    raise type_error(f"errors= made a {name} of a {kind.__name__}, not an ActionError.{advice}")


def _from_sanic(error: SanicException, call: ServerCall) -> Exception:
    """Return a refusal of Sanic with its status's code and its message, as Sanic shows it."""
    refusal = refusal_of(error)
    if refusal is None:
        return error
    call.headers = {**call.headers, **(error.headers or {})}
    return refusal


def refusal_of(error: SanicException) -> ActionError | None:
    """Return a refusal of Sanic with its status and message; None for a fault of the server."""
    code = code_of_class(error.status_code)
    if code is None:
        return None
    return with_status(ActionError(code, str(error)), error.status_code)

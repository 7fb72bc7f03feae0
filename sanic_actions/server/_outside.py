"""Answer errors outside of a call: those of middleware that refuses it, and Sanic's timeout."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException

from .._errors import ActionError, is_of_another_service, original_error
from ._call.deadline import error_of_cut
from ._call.endpoint import Endpoint
from ._call.entrance import ServerCall
from ._call.expected_error import error_of_middleware, is_for_app
from ._call.outcome import Outcome
from ._call.site import Site, site_of
from ._host import Answer, is_response_timeout, override_errors
from ._lookup import called_endpoint
from ._route_copies import is_form_post

logger: Final = logging.getLogger("sanic_actions")


def problem_response(error: ActionError, *, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """Return the answer of an action that failed with an error, for middleware that answers in its place.

    Middleware may raise the error as well. Clients understand either, as they understand what a handler raises::

        @app.on_request
        async def be_maintained(request):
            if action_name(request) is not None and maintained:
                error = ActionError("SERVICE_UNAVAILABLE", "Back at noon.")
                return problem_response(error, headers={"retry-after": "3600"})

    Args:
        error: The error; the fields of one that the action declares travel with it.
        headers: More headers of the answer.
    """
    endpoint = called_endpoint(Request.get_current())
    return _response(Outcome.failed(original_error(error), endpoint), headers or {})


def answer_errors(app: Sanic[Any, Any]) -> None:
    """Make the app answer exceptions before or after a call like errors of the call."""
    site = site_of(app)
    override_errors(app, partial(_answer, site), site.copied_from)


def _answer(site: Site, request: Request[Any, Any], exception: Exception, is_handled: bool) -> HTTPResponse | None:
    """Return the answer to an exception outside of a call; None on routes of the app's own."""
    if is_form_post(request.route):
        return _answer_to_post(request, exception, is_handled)
    if request.route is None or request.route.name not in site.own_routes:
        return None
    return _answer_to_call(site.endpoint_of(request), request, exception, is_handled)


def _answer_to_call(
    endpoint: Endpoint | None, request: Request[Any, Any], exception: Exception, is_handled: bool
) -> HTTPResponse | None:
    # The app has a handler for it, or the caller has hung up.
    is_answered = is_handled and is_for_app(exception, endpoint)
    if is_answered or isinstance(exception, asyncio.CancelledError):
        return None
    if is_response_timeout(exception):
        return _response(Outcome.failed(out_of_time(request, endpoint), endpoint))
    call = ServerCall(request, "")
    call.endpoint = endpoint
    error = error_of_middleware(exception, call)
    if isinstance(error, ActionError) and not is_of_another_service(error):
        return _response(Outcome.failed(error, endpoint), call.headers)
    return _response(Outcome.masked(error, endpoint))


def _answer_to_post(request: Request[Any, Any], exception: Exception, is_handled: bool) -> HTTPResponse | None:
    """Return Sanic's error page with the status of the error, for a form whose page was refused.

    For Sanic itself an ``ActionError`` is an unknown exception, which it answers with 500.
    """
    if is_handled or not isinstance(exception, ActionError):
        return None
    error = original_error(exception)
    if is_of_another_service(error):
        return None
    page = SanicException(error.message, status_code=error.status, quiet=True)
    response: HTTPResponse = request.app.error_handler.response(request, page)
    return response


def out_of_time(request: Request[Any, Any], endpoint: Endpoint | None) -> ActionError:
    """Log that a call took longer than the server allows for an answer, and return its error."""
    seconds = request.app.config.RESPONSE_TIMEOUT
    if endpoint is None:
        name = ""
    else:
        name = endpoint.name
    logger.warning("%r was cut after %g seconds, RESPONSE_TIMEOUT of the app.", name, seconds, extra={"action": name})
    return error_of_cut(request)


def _response(outcome: Outcome, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    response = Answer(outcome.body, outcome.status, "application/problem+json")
    response.headers.update(headers or {})
    return response

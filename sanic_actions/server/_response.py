"""From an outcome to a response."""

from __future__ import annotations

from sanic import HTTPResponse

from .._context import put_on, put_success_on
from ._call.entrance import ServerCall
from ._call.outcome import Outcome
from ._host import Answer, abandon_body


def response_to(call: ServerCall, outcome: Outcome) -> HTTPResponse:
    """Return the response for an outcome, with what the action adds to it."""
    if outcome.error is None:
        body = outcome.body
        if body is None:
            response = Answer(None, 204)
        else:
            response = Answer(body, 200, "application/json")
    else:
        abandon_body(call.request)
        response = Answer(outcome.body, outcome.status, "application/problem+json")
        if response.status == 405:
            response.headers["allow"] = "POST"
        if call.headers:
            response.headers.update(call.headers)
    if call.context is not None:
        if outcome.error is None:
            put_success_on(response, call.context)
        else:
            put_on(response, call.context)
    return response

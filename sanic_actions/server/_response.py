"""From an outcome to a response."""

from __future__ import annotations

from collections.abc import Iterator, Set

from sanic import HTTPResponse

from .._context import put_on, put_success_on
from .._errors import InputError
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
        # Asked here: most contexts add nothing, and to call a function costs more than to see that.
        if call.context is not None and call.context._additions is not None:
            put_success_on(response, call.context)
    else:
        abandon_body(call.request)
        response = Answer(outcome.body, outcome.status, "application/problem+json")
        if response.status == 405:
            response.headers["allow"] = "POST"
        if call.headers:
            response.headers.update(call.headers)
        if call.context is not None:
            put_on(response, call.context)
    return response


def response_to_check(call: ServerCall, outcome: Outcome, paths: Set[str] | None) -> HTTPResponse:
    """Return what is wrong with an input that was only to be checked; 204 where nothing is.

    Args:
        call: The call, which has run nothing.
        outcome: Its outcome, an error.
        paths: The fields that count; None for all.
    """
    error = outcome.error
    if isinstance(error, InputError):
        issues = error.issues
        if paths is not None:
            issues = tuple(issue for issue in issues if not paths.isdisjoint(_paths_above(issue.path)))
        if issues:
            return response_to(call, Outcome.failed(InputError(issues), outcome.endpoint))
    elif call.unsubmitted != "checked":
        return response_to(call, outcome)
    return Answer(None, 204)


def _paths_above(path: str) -> Iterator[str]:
    """Yield a path and its parents: a control with several values stands for all of them."""
    while path:  # an issue's path has no more steps than its type is deep
        yield path
        path = path.rpartition(".")[0]

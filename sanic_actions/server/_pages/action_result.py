"""``action_result``: the result of the form that led to a page."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar, overload

from sanic import Request

from ..._actions import Action
from ..._errors import ActionError
from ..._results import Err, Ok
from ..._server_mistakes import type_error
from .._lookup import place_of
from .posted import posted_form

R = TypeVar("R")
AnyRequest = Request[Any, Any]


@overload
def action_result(
    request: AnyRequest,
    action: Action[..., Coroutine[Any, Any, R]],
    /,
    *,
    key: str | int = "",
    name: str | None = None,
) -> Ok[R] | Err[ActionError] | None: ...
@overload
def action_result(
    request: AnyRequest, action: Action[..., R], /, *, key: str | int = "", name: str | None = None
) -> Ok[R] | Err[ActionError] | None: ...
def action_result(
    request: AnyRequest,
    action: Action[..., Any],
    /,
    *,
    key: str | int = "",
    name: str | None = None,
) -> Any:
    """Return the result of the form that led to this page, if it was posted to this action.

    ``Err`` while the page renders after a failed post, ``Ok`` on the first GET after a successful
    one, else None. As for callers, the error is one that the action declares, an ``InputError``, or
    a ``CallError`` for anything else.

    Args:
        request: The page's request.
        action: The action.
        key: The key of the form, such as the id of a row, where the page has several of one action.
        name: The action's dotted name, where it is mounted under several.

    Raises:
        LookupError: The app does not serve the action, or under several names of which none was
            given.
        TypeError: ``request`` is not a request.
    """
    if not isinstance(request, Request):
        raise type_error(
            f"The first argument of action_result must be the page's request, not {request!r:.60}. "
            "Write action_result(request, <action>)."
        )
    # For its errors: an action that is not mounted would otherwise look like one that was never posted to.
    place_of(action, request.app, name)
    post = posted_form(request)
    if post is not None and post.belongs_to(action, str(key), name):
        return post.result
    return None

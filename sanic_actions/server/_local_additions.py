"""Cookies and headers of an action that the server's own code calls.

They are added to the answer to the request. A header or a cookie of the same name that the answer
already has stays as it is.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from sanic import HTTPResponse, Request
from sanic.cookies import Cookie

from .._context import ActionContext, Additions, additions_of, has_additions, is_answered
from ._call.site import site_of
from ._host import context_of

logger: Final = logging.getLogger("sanic_actions")

AnyRequest = Request[Any, Any]

_NAME: Final = "sanic_actions_additions"


def leave_for_answer(request: AnyRequest, context: ActionContext, *, goes_on: bool) -> None:
    """Have the additions of an action put on the answer to a request, whichever code answers it.

    Response middleware does that, added to this one request: any route may be the one that answers.

    Args:
        request: The request under way.
        context: The context of the call.
        goes_on: Whether the action may still add something, as a stream does.
    """
    if is_answered(context) or not (goes_on or has_additions(context)):
        return
    if request.responded or request.route is None:
        message = "%r set cookies or headers that no answer has: it was called after the answer."
        logger.warning(message, context.name, extra={"action": context.name})
        return
    lists: list[Additions] | None = getattr(context_of(request), _NAME, None)
    if lists is None:
        lists = []
        setattr(request.ctx, _NAME, lists)
        request.route = site_of(request.app).page_routes.surrounded(request.route, before=_BEFORE)
    lists.append(additions_of(context))


def _put_on(request: AnyRequest, response: HTTPResponse) -> None:
    cookies = response.headers.getall("set-cookie", [])
    names = {_identity(cookie) for cookie in cookies if isinstance(cookie, Cookie)}
    for additions in reversed(getattr(request.ctx, _NAME, ())):  # the last action wins
        for name, value in additions.headers.items():
            response.headers.setdefault(name, value)
        for cookie in additions.cookies.values():
            if _identity(cookie) not in names:
                names.add(_identity(cookie))
                response.headers.add("set-cookie", cookie)


def _identity(cookie: Cookie) -> tuple[str, str | None, str | None]:
    """Return what distinguishes cookies in a browser (RFC 6265, section 5.3)."""
    return cookie.key, cookie.path, cookie.domain


_BEFORE: Final = (_put_on,)

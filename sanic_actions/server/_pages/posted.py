"""The form that led to a page: ``attach`` puts it on the page's request, where helpers of pages find it.

The page's handler returns an ordinary page. The status of a failure, the headers and cookies that
the action adds, and ``Cache-Control`` are set by response middleware, which ``attach`` adds to the
route of this one request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sanic import Request
from sanic.cookies import Cookie

from ..._actions import Action
from ..._context import Additions
from ..._errors import ActionError, Issue
from ..._forms.kept_files import KeptUpload
from ..._results import Err, Ok
from .._call.site import Site
from .._host import context_of
from .page_mistakes import warn_of_post_elsewhere
from .page_query import Pair

AnyRequest = Request[Any, Any]


@dataclass(slots=True)
class Posted:
    """The form that led to a page, as the page shows it.

    Attributes:
        action: The action that the form was posted to; None if there is none of that name.
        key: The form's own key, if a page has several forms of one action.
        result: The result as a page sees it: errors as a client would get them, without the
            exception behind a masked one; None if a button has only changed the form.
        sign: The sign of the action whose form it was; one of its buttons may send it to another
            action.
        fields: The names and texts that were submitted, to be shown again; none after a redirect.
        status: The status of a failure that the page shows in answer to the post itself; else None.
        additions: Headers and cookies that the action adds to that answer. The call is not kept: it
            refers to the request, which refers to this, and a cycle has to wait for the garbage
            collector.
        issues: The issues of its fields, if the error itself has none.
        uploads: The files that are kept until it is sent again.
        cookie: The cookie that identifies the visitor who sent them.
        name: The dotted name that was posted to; an action may be mounted under several.
    """

    action: Action[..., object] | None
    key: str
    result: Ok[Any] | Err[ActionError] | None
    sign: str = ""
    fields: Sequence[Pair] = ()
    status: int | None = None
    additions: Sequence[Additions] = ()
    issues: Sequence[Issue] = ()
    uploads: Sequence[KeptUpload] = ()
    cookie: Cookie | None = None
    name: str = ""

    def belongs_to(self, action: Action[..., object], key: str, name: str | None = None) -> bool:
        """Return whether a form of an action led to the page; any name counts if none is given."""
        if self.key != key or not (self.action is action or self.action == action):
            return False
        return name is None or name == self.name


def posted_form(request: AnyRequest) -> Posted | None:
    """Return the form that led to this page; warn if the page's own route has taken the post."""
    post: Posted | None = getattr(context_of(request), "sanic_actions", None)  # put there by attach()
    if post is None and request.method == "POST":
        warn_of_post_elsewhere(request)
    return post


def _attached(request: AnyRequest) -> Posted | None:
    """Return what ``attach`` put on a request; only for such a one, as ``ctx`` would be made."""
    return getattr(request.ctx, "sanic_actions", None)


def attach(site: Site, request: AnyRequest, post: Posted) -> None:
    """Attach a form to its request for the page, and add the middleware that finishes the page."""
    request.ctx.sanic_actions = post
    if post.result is not None and post.result.error is not None:
        # Frames in its traceback, and in those of its causes, refer to the request: a cycle as
        # well.
        error: BaseException = post.result.error
        error.__traceback__ = error.__context__ = error.__cause__ = None
    if request.route is not None:
        request.route = site.page_routes.surrounded(
            request.route, before=_BEFORE, after=_AFTER, after_failure=_keep_from_all
        )


def _set_status(post: Posted, response: Any) -> None:
    """Set the status, cookies and headers of a page that shows a failure."""
    if post.status is None:
        return
    if response.status == 200:  # any other was chosen by the page
        response.status = post.status
    for additions in post.additions:
        additions.put_on(response)


def _keep_private(request: AnyRequest, response: Any) -> None:
    """Set who may cache the page.

    This runs as the last response middleware, and ``_finish`` does it as the first one, for a page
    without any other.
    """
    response.headers["cache-control"] = _caching(_attached(request))


def _keep_from_all(request: AnyRequest, response: Any) -> None:
    """Set that nobody may keep the page, which failing middleware has left half done."""
    response.headers["cache-control"] = "private, no-store"


def _caching(post: Posted | None) -> str:
    """Return a page's Cache-Control: the browser may keep a sent form, nobody a result.

    Going back to a page that it may keep, a browser shows what was typed, and does not ask to send
    the form again.
    """
    if post is not None and (post.status is not None or post.result is None):
        return "private, no-cache"
    return "private, no-store"


def _finish(request: AnyRequest, response: Any) -> None:
    """Finish the response in one middleware: another would cost as much as this work."""
    post = _attached(request)
    if post is not None:
        _set_status(post, response)
        if post.cookie is not None:  # of a visitor whose uploads are kept
            response.headers.add("set-cookie", post.cookie)
    response.headers["cache-control"] = _caching(post)


_BEFORE: Final = (_finish,)
_AFTER: Final = (_keep_private,)
"""The response middleware that runs before and after all other on a page that shows a result."""

"""Answers the posts of forms on pages, without a script.

When the action fails, the page's own GET handler renders in place, with the error's status. When it
succeeds the answer is 303, and the result waits in the state store for the GET that follows. The
action never runs again, even if rendering fails.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import CoroutineType
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from sanic import HTTPResponse, Request
from sanic.cookies import Cookie

from ..._actions import Action
from ..._context import Additions, additions_of, put_on
from ..._errors import ActionError, InputError, Issue
from ..._forms.kept_files import KeptUpload
from ..._problem_types import refusal
from ..._results import Err, Ok, Redirect
from .._call.call import answer, failure
from .._call.endpoint import Endpoint
from .._call.entrance import ServerCall
from .._call.idempotency import SENT_BEFORE
from .._call.outcome import Outcome
from .._call.site import HOST, Site, Target
from .._call.unsent import asks_only, is_from_script, touched_fields
from .._host import Answer, OtherQuery, abandon_body, middleware_of, of_context
from .._response import response_to_check
from .._sink import dropped_answer, has_answered
from .carried_results import find_result, leave_result, was_shown
from .class_views import arguments_of_get
from .foreign_form import response_to_foreign
from .page_entrance import PageEntrance
from .page_query import Pair, query_without_ours
from .redirects import checked_location, own_location, own_path, path_in_app
from .refused_form import issues_of_size, texts_of_refused

logger: Final = logging.getLogger("sanic_actions")

PageHandler = Callable[..., Any]
AnyRequest = Request[Any, Any]


@dataclass(slots=True)
class Posted:
    """The form that led to a page, as the page shows it.

    Attributes:
        action: The action that the form was posted to; None if there is none of that name.
        key: The form's own key, if a page has several forms of one action.
        result: The result as a page sees it: errors as a client would get them, without the exception behind a masked
            one; None if a button has only changed the form.
        sign: The sign of the action whose form it was; one of its buttons may send it to another action.
        fields: The names and texts that were submitted, to be shown again; none after a redirect.
        additions: Headers and cookies that the action adds to the answer, if the page renders in place. The call is not
            kept: it refers to the request, which refers to this, and a cycle has to wait for the garbage collector.
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
    additions: Sequence[Additions] | None = None
    issues: Sequence[Issue] = ()
    uploads: Sequence[KeptUpload] = ()
    cookie: Cookie | None = None
    name: str = ""

    @property
    def is_shown_again(self) -> bool:
        """Whether the form is shown as it was sent."""
        return bool(self.fields) or isinstance(self.result, Err)

    def belongs_to(self, action: Action[..., object], key: str, name: str | None = None) -> bool:
        """Return whether a form of an action led to the page; of any of its names if none is given."""
        if self.key != key or not (self.action is action or self.action == action):
            return False
        return name is None or name == self.name


async def submit(
    site: Site, request: AnyRequest, page: PageHandler, parameters: Mapping[str, Any], name: str
) -> HTTPResponse | Any:
    """Run an action, then show the page or lead back to it."""
    target = site.target(name, request.headers.get(HOST))
    if target is None:
        _report_unknown(site, name)
    entrance = PageEntrance(None if target is None else target.endpoint)
    try:
        response = await _answer_post(site, request, target, entrance, name)
    finally:
        entrance.close()
    if response is not None or request.responded:  # a file has been sent while its action ran
        return response
    return await _render(request, page, parameters)


def _report_unknown(site: Site, name: str) -> None:
    """Tell the operator of a form for an action that is not there: a page that is written by hand may misspell it."""
    shown = repr(name[:MAX_SHOWN])
    if site.mistakes.is_new(shown):
        near = get_close_matches(name[:MAX_SHOWN], site.form_names, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        logger.warning("A form was posted to %s, which is not an action that this page can post to.%s", shown, hint)


MAX_SHOWN: Final = 60
"""Characters of a name in the log: the sender chooses it."""


async def _answer_post(
    site: Site, request: AnyRequest, target: Target | None, entrance: PageEntrance, name: str
) -> HTTPResponse | Any:
    """Return the response to a post; None if the page has to show its outcome."""
    call = ServerCall(request, name)
    call.ends_with_request = False  # the library stops a call that takes too long, so that the page can show that
    outcome: Any = None
    if target is not None and any(middleware_of(target.route)):
        outcome = await _middleware_outcome(site, call, target, entrance)
    if outcome is None:
        outcome = await _outcome_of(call, entrance)
    if not isinstance(outcome, Outcome):
        return outcome
    if entrance.is_foreign:
        return response_to_foreign(call, outcome)
    if asks_only(request):
        return response_to_check(call, outcome, touched_fields(entrance.fields))
    if outcome.error is None:
        outcome = await _answer_success(site, call, entrance, outcome)
    if not isinstance(outcome, Outcome):
        return outcome
    if target is not None and not entrance.has_read:
        await _read_refused(call, entrance, target.endpoint, outcome)
    if target is not None and entrance.uploads is not None:
        await entrance.keep_uploads(target.endpoint, outcome.error)
    abandon_body(request)
    _attach(site, request, _failed_post(call, target, entrance, outcome))
    return None


async def _answer_success(
    site: Site, call: ServerCall, entrance: PageEntrance, outcome: Outcome
) -> HTTPResponse | Outcome:
    """Return the redirect to the page that shows a result, or an outcome to show in place instead."""
    # A second click before the result was shown leads to it, like the first one. A form that is
    # sent from a page that the visitor went back to is refused.
    if call.is_repeated and await was_shown(site.store, call.run_key):
        return Outcome.failed(refusal("sent-before", "CONFLICT", SENT_BEFORE), outcome.endpoint)
    try:
        response, path = _redirect(call, outcome)
    except (InputError, ValueError) as error:  # a redirect that is not allowed, or code that has changed since
        return Outcome.masked(error, outcome.endpoint)
    if path is not None:
        await leave_result(site.store, call, response, path=path, key=entrance.key, record=outcome.written)
    if entrance.uploads is not None:
        await entrance.uploads.retire()
    return response


def _failed_post(call: ServerCall, target: Target | None, entrance: PageEntrance, outcome: Outcome) -> Posted:
    """Return the form as the page shows it: with all that was typed, and the files that are kept."""
    uploads = entrance.uploads
    return Posted(
        action=None if target is None else target.endpoint.entry.action,
        key=entrance.key,
        result=None if entrance.is_edited else outcome.result,
        sign=entrance.sign,
        fields=entrance.fields,
        additions=None if entrance.is_edited else _additions_of(call),
        issues=entrance.issues,
        uploads=() if uploads is None else uploads.kept,
        cookie=None if uploads is None else uploads.cookie,
        name="" if target is None else target.endpoint.name,
    )


def _additions_of(call: ServerCall) -> Sequence[Additions]:
    additions: list[Additions] = []
    if call.headers:
        additions.append(Additions(call.headers, ()))
    if call.context is not None:
        additions.append(additions_of(call.context))
    return additions


async def _read_refused(call: ServerCall, entrance: PageEntrance, endpoint: Endpoint, outcome: Outcome) -> None:
    """Read a form that was refused unread, to show it again, and note which field made it too large."""
    error = outcome.error
    is_too_large = error is not None and error.code == "CONTENT_TOO_LARGE"
    texts = await texts_of_refused(call.request, endpoint, drains=is_too_large)
    entrance.take(texts.fields)
    if error is not None and is_too_large:
        entrance.issues = issues_of_size(texts, call.request, endpoint, error)


async def _outcome_of(call: ServerCall, entrance: PageEntrance) -> Outcome | HTTPResponse | None:
    """Return the outcome of a call; what ends the request if it was dropped, or answered with a file."""
    try:
        outcome = await answer(call, entrance)
    except asyncio.CancelledError as error:
        return dropped_answer(call, error)
    if call.sink is None or not await has_answered(call, outcome):
        return outcome
    if outcome.error is None and entrance.uploads is not None:
        await entrance.uploads.retire()
    return None


async def _middleware_outcome(site: Site, call: ServerCall, target: Target, entrance: PageEntrance) -> Any:
    """Return the response of the blueprint's middleware, an outcome if it raises, or None."""
    try:
        return await _blueprint_middleware(site, call.request, target) or None
    except Exception as error:
        call.endpoint = target.endpoint
        try:
            entrance.check_origin(call, target.endpoint)  # before anything of the site renders
        except ActionError as foreign:
            return failure(foreign, call, entrance)
        return failure(error, call, entrance)


async def _blueprint_middleware(site: Site, request: AnyRequest, target: Target) -> Any:
    """Run the blueprint's request middleware that the page lacks, and add its response middleware.

    Returns:
        The response of middleware that answers the request, if any does.
    """
    requesting, responding = middleware_of(target.route)
    known_requesting, known_responding = middleware_of(request.route)
    if request.route is not None:
        request.route = site.copies.surrounded(request.route, first=_missing(responding, known_responding))
    for middleware in _missing(requesting, known_requesting):
        response = middleware(request)
        if inspect.isawaitable(response):
            response = await response
        if response:
            return response
    return None


def _missing(theirs: Sequence[Any], ours: Sequence[Any]) -> list[Any]:
    # Middleware of a group of blueprints is one function in several wrappers.
    functions = {getattr(middleware, "func", middleware) for middleware in ours}
    return [middleware for middleware in theirs if getattr(middleware, "func", middleware) not in functions]


def _redirect(call: ServerCall, outcome: Outcome) -> tuple[HTTPResponse, str | None]:
    """Return the answer to success, a redirect, and the path of the page at its end; None for one of another site.

    Raises:
        ValueError: The target of the action's redirect is not allowed.
        InputError: The outcome was kept, and its type has changed since.
    """
    request, output, endpoint = call.request, outcome.output, outcome.endpoint
    location = own = own_location(query_without_ours(request.query_string))
    if isinstance(output, Redirect) and endpoint is not None:
        # A target without a path would keep the query of the post.
        to = own + output.to if output.to[:1] in ("", "#") else output.to
        location = checked_location(to, request, endpoint.settings.redirects)
    response = _leading_to(location, request)
    if call.context is not None:
        put_on(response, call.context)
    return response, _path_of(location, request)


def _path_of(location: str, request: AnyRequest) -> str | None:
    """Return the path by which a page of this app will be requested; None for a page of another site."""
    if location.startswith("?"):
        # The browser requests the path that it has posted to.
        return request.path
    parts = urlsplit(urljoin(own_path(request), location))
    if parts.netloc in ("", request.host):
        return path_in_app(parts.path or "/", request)
    return None


async def show_page(site: Site, request: AnyRequest, page: PageHandler, parameters: Mapping[str, Any]) -> Any:
    """Return the page, with the result of the form that led there if the request's cookies name one."""
    result = await find_result(site.store, request)
    if result is not None:
        target = site.target(result.name, request.headers.get(HOST))
        if target is not None:
            try:
                outcome = Outcome.kept(result.record, target.endpoint)
                action = target.endpoint.entry.action
                _attach(site, request, Posted(action, result.key, outcome.result, name=result.name))
            except (InputError, ValueError) as error:
                logger.warning("The result of %r cannot be shown, its type has changed: %s", result.name, error)
    response = page(request, **parameters)
    if type(response) is CoroutineType or inspect.isawaitable(response):  # isawaitable() alone is slow
        return await response
    return response


def posted(request: AnyRequest) -> Posted | None:
    """Return the form that led to this page, if one did."""
    return of_context(request, "sanic_actions")  # type: ignore[no-any-return]  # put there by _attach()


def _attached(request: AnyRequest) -> Posted | None:
    """Return the same for a request that has a context from ``_attach``; ``ctx`` would make one."""
    return getattr(request.ctx, "sanic_actions", None)


def _attach(site: Site, request: AnyRequest, post: Posted) -> None:
    """Attach a form to its request for the page, and add the middleware that finishes the page."""
    request.ctx.sanic_actions = post
    if post.result is not None and post.result.error is not None:
        # Frames in its traceback, and in those of its causes, refer to the request: a cycle again.
        error: BaseException = post.result.error
        error.__traceback__ = error.__context__ = error.__cause__ = None
    if request.route is not None:
        request.route = site.copies.surrounded(request.route, first=_BEFORE, last=_AFTER)


def _set_status(post: Posted, response: Any) -> None:
    """Set the status, cookies and headers of a page that shows a failure."""
    if post.additions is None or post.result is None or post.result.error is None:
        return
    if response.status == 200:  # any other was chosen by the page
        response.status = post.result.error.status or 500
    for additions in post.additions:
        additions.put_on(response)


def _keep_private(request: AnyRequest, response: Any) -> None:
    """Set who may cache the page.

    This runs as the last response middleware, and ``_finish`` does it as the first one, in case
    another one fails.
    """
    response.headers["cache-control"] = _caching(_attached(request))


def _caching(post: Posted | None) -> str:
    """Return the Cache-Control of a page: the browser may keep a form as it was sent, nobody a result.

    Going back to a page that it may keep, a browser shows what was typed, and does not ask to send
    the form again.
    """
    if post is not None and (post.additions is not None or post.result is None):
        return "private, no-cache"
    return "private, no-store"


def _finish(request: AnyRequest, response: Any) -> None:
    """Finish the response, in one middleware: for each, Sanic's own work costs as much as a step here."""
    post = _attached(request)
    if post is not None:
        _set_status(post, response)
        if post.cookie is not None:  # of a visitor whose uploads are kept
            response.headers.add("set-cookie", post.cookie)
    response.headers["cache-control"] = _caching(post)


_BEFORE: Final = (_finish,)
_AFTER: Final = (_keep_private,)
"""The response middleware that runs before and after all other on a page that shows a result."""


def _leading_to(location: str, request: AnyRequest) -> HTTPResponse:
    if is_from_script(request):
        return HTTPResponse(status=204, headers={"sanic-action-location": location, "cache-control": "no-store"})
    response = Answer(b"", 303, "text/plain; charset=utf-8")
    response.headers.update({"location": location, "cache-control": "no-store"})
    return response


async def _render(request: AnyRequest, page: PageHandler, parameters: Mapping[str, Any]) -> Any:
    """Return the page, as for a GET."""
    request.method = "GET"  # class-based views look at it
    try:
        with OtherQuery(request, query_without_ours(request.query_string)):
            view: type[Any] | None = getattr(page, "view_class", None)
            if view is not None:
                parameters = await arguments_of_get(request, view, parameters)
            response = page(request, **parameters)
            if type(response) is CoroutineType or inspect.isawaitable(response):  # isawaitable() alone is slow
                return await response
            return response
    finally:
        request.method = "POST"

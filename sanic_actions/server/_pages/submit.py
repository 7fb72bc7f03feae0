"""Answer the posts of forms on pages.

When the action fails, the page's own GET handler renders in place, with the error's status (see
``posted`` and ``page_rendering``). When it succeeds the answer is 303, and the result waits in the
state store for the GET that follows. The action never runs again, even if rendering fails.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from sanic import HTTPResponse, Request

from ..._context import Additions, additions_of, has_additions, put_on
from ..._errors import ActionError, InputError, error_for_server_code
from ..._problem_types import refusal
from ..._results import Err, Redirect
from .._call.call import answer, failure
from .._call.endpoint import Endpoint
from .._call.entrance import ServerCall
from .._call.expected_error import error_of_middleware, is_for_app
from .._call.idempotency import SENT_BEFORE
from .._call.outcome import Outcome
from .._call.site import HOST, Site, Target, site_of
from .._call.unsubmitted import asks_only, is_from_script, touched_fields
from .._controls.known_paths import remedy_for
from .._host import Answer, handler_of_error, outlive_cut
from .._outside import out_of_time
from .._response import response_to_check
from .._route_copies import middleware_of
from .._sink import dropped_answer, has_answered
from .carried_results import leave_result, was_shown
from .foreign_form import response_to_foreign
from .page_entrance import PageEntrance
from .page_query import query_without_ours
from .page_rendering import PageHandler, render_in_place
from .posted import Posted, attach
from .redirects import checked_location, known_page, own_location, own_path, path_in_app
from .refused_form import issues_of_size, texts_of_refused

logger: Final = logging.getLogger("sanic_actions")

AnyRequest = Request[Any, Any]


async def submit(
    site: Site, request: AnyRequest, handler: PageHandler, parameters: Mapping[str, Any], name: str
) -> HTTPResponse | Any:
    """Run an action, then render the page or redirect to it."""
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
    return await render_in_place(request, handler, parameters)


def _report_unknown(site: Site, name: str) -> None:
    """Log that a form names no action, once for a name: a page written by hand may misspell it."""
    quotation = repr(name[:MAX_SHOWN])
    if site.logged_mistakes.is_new(quotation):
        near = get_close_matches(name[:MAX_SHOWN], site.form_names, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        logger.warning("A form was posted to %s, which is not an action that this page can post to.%s", quotation, hint)


MAX_SHOWN: Final = 60
"""Characters of a name in the log: the sender chooses it."""


async def _answer_post(
    site: Site, request: AnyRequest, target: Target | None, entrance: PageEntrance, name: str
) -> HTTPResponse | Any:
    """Return the response to a post; None if the page has to show its outcome."""
    call = ServerCall(request, name)
    call.ends_with_request = False  # the library stops a call that takes too long, so that the page can show that
    reply: Any = None
    if target is not None and any(middleware_of(target.route)):
        reply = await _middleware_reply(site, call, target, entrance)
    if reply is None:
        reply = await _reply(call, entrance)
    if not isinstance(reply, Outcome):
        return reply
    outcome = reply
    if entrance.is_foreign:
        return response_to_foreign(call, outcome)
    if asks_only(request):
        return response_to_check(call, outcome, touched_fields(entrance.fields))
    if outcome.error is None:
        reply = await _answer_success(site, call, entrance, outcome)
        if not isinstance(reply, Outcome):
            return reply
        outcome = reply
    if target is not None and not entrance.has_read:
        await _read_refused(call, entrance, target.endpoint, outcome)
    if target is not None and entrance.uploads is not None:
        await entrance.keep_uploads(target.endpoint, outcome.error)
    attach(site, request, _failed_post(call, target, entrance, outcome))
    return None


async def _answer_success(
    site: Site, call: ServerCall, entrance: PageEntrance, outcome: Outcome
) -> HTTPResponse | Outcome:
    """Return the redirect to the page that shows a result, or an outcome to show in place."""
    # A second click before the result was shown redirects to it, like the first one. A form is
    # refused if it is sent once more from a page that the visitor has gone back to.
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
    """Return the form as the page shows it, with all that was typed and the files that are kept."""
    post = Posted(None, entrance.key, None, sign=entrance.sign, fields=entrance.fields, issues=entrance.issues)
    if target is not None:
        post.action, post.name = target.endpoint.entry.action, target.endpoint.name
    if entrance.uploads is not None:
        post.uploads, post.cookie = entrance.uploads.kept, entrance.uploads.cookie
    if outcome.error is not None and not entrance.is_edited:
        post.status, post.additions = outcome.status, _additions_of(call)
        post.result = Err(error_for_server_code(outcome.error))
        if target is not None and call.input is not None and isinstance(outcome.error, InputError):
            _report_paths(call, target.endpoint, outcome.error)
    return post


def _report_paths(call: ServerCall, endpoint: Endpoint, error: InputError) -> None:
    """Log that an action complains about a field that it lacks: no control shows the message."""
    # No more than MAX_ISSUES, or than the action itself has raised.
    paths = [issue.path for issue in error.issues if issue.type == OWN_ISSUE and issue.path]
    handler_input = endpoint.input if paths else None
    if handler_input is None:
        return
    for path in paths:
        remedy = remedy_for(path, handler_input)
        if remedy is not None and site_of(call.request.app).logged_mistakes.is_new(
            ("path", call.name, path[:MAX_SHOWN])
        ):
            logger.warning(_NO_FIELD, call.name, path[:MAX_SHOWN], remedy, extra={"action": call.name})


OWN_ISSUE: Final = "value_error"
"""The type of the issues that an action raises, unless it says another."""

_NO_FIELD: Final = "%r raised an InputError about %r, which is not a field: its form shows that at no control.%s"


def _additions_of(call: ServerCall) -> Sequence[Additions]:
    additions: list[Additions] = []
    if call.headers:
        additions.append(Additions(call.headers))
    if call.context is not None and has_additions(call.context):
        additions.append(additions_of(call.context))
    return additions


async def _read_refused(call: ServerCall, entrance: PageEntrance, endpoint: Endpoint, outcome: Outcome) -> None:
    """Read a form that was refused unread, to show it, and note which field was too large."""
    error = outcome.error
    is_too_large = error is not None and error.code == "CONTENT_TOO_LARGE"
    texts = await texts_of_refused(call.request, endpoint, drains=is_too_large)
    entrance.note_fields(texts.fields)
    if error is not None and is_too_large:
        entrance.issues = issues_of_size(texts, call.request, endpoint, error)


async def _reply(call: ServerCall, entrance: PageEntrance) -> Outcome | HTTPResponse | None:
    """Return the outcome of a call; what ends the request if it was dropped or sent a file."""
    try:
        outcome = await answer(call, entrance)
    except asyncio.CancelledError as error:
        # A run with a token goes on: whoever sends it again gets its outcome.
        if call.sink is None and not call.run_key and outlive_cut(call.request):
            return Outcome.failed(out_of_time(call.request, call.endpoint), call.endpoint)
        return dropped_answer(call, error)
    if call.sink is None or not await has_answered(call, outcome):
        return outcome
    if outcome.error is None and entrance.uploads is not None:
        await entrance.uploads.retire()
    return None


async def _middleware_reply(site: Site, call: ServerCall, target: Target, entrance: PageEntrance) -> Any:
    """Return the response of the blueprint's middleware, an outcome if it raises, or None."""
    try:
        return await _blueprint_middleware(site, call.request, target) or None
    except Exception as error:
        call.endpoint = target.endpoint
        try:
            entrance.check_origin(call, target.endpoint)  # before anything of the site renders
        except ActionError as foreign:
            return failure(foreign, call, entrance)
        reply = await _app_reply(call, target, error)
        return reply or failure(error_of_middleware(error, call), call, entrance)


async def _app_reply(call: ServerCall, target: Target, error: Exception) -> Any:
    """Return what the app's own handler answers to what the blueprint's middleware has raised."""
    handler = handler_of_error(call.request, error, target.route.name)
    if handler is None or not is_for_app(error, target.endpoint):
        return None
    response = handler(call.request, error)
    if inspect.isawaitable(response):
        response = await response
    return response


async def _blueprint_middleware(site: Site, request: AnyRequest, target: Target) -> Any:
    """Run the blueprint's request middleware that the page lacks, and add its response middleware.

    Returns:
        The response of middleware that answers the request, if any does.
    """
    on_request, on_response = middleware_of(target.route)
    page_on_request, page_on_response = middleware_of(request.route)
    if request.route is not None:
        missing = _missing(on_response, page_on_response)
        request.route = site.page_routes.surrounded(request.route, before=missing)
    for middleware in _missing(on_request, page_on_request):
        response = middleware(request)
        if inspect.isawaitable(response):
            response = await response
        if response:
            return response
    return None


def _missing(of_blueprint: Sequence[Any], of_page: Sequence[Any]) -> list[Any]:
    """Return the middleware of a blueprint that a page does not have already."""
    # Middleware of a group of blueprints is one function in several wrappers.
    functions = {getattr(middleware, "func", middleware) for middleware in of_page}
    return [middleware for middleware in of_blueprint if getattr(middleware, "func", middleware) not in functions]


def _redirect(call: ServerCall, outcome: Outcome) -> tuple[HTTPResponse, str | None]:
    """Return the answer to success, a redirect, and the path of the page at its end; None for one of another site.

    Raises:
        ValueError: The target of the action's redirect is not allowed.
        InputError: The outcome was kept, and its type has changed since.
    """
    request, output, endpoint = call.request, outcome.output, outcome.endpoint
    location = page_location = own_location(query_without_ours(request.query_string))
    if isinstance(output, Redirect) and endpoint is not None:
        # A target without a path would keep the query of the post.
        target = page_location + output.to if output.to[:1] in ("", "#") else output.to
        location = checked_location(target, request, endpoint.settings.redirects)
    response = _leading_to(location, request)
    if call.context is not None:
        put_on(response, call.context)
    return response, _path_of(location, request, call.name)


def _path_of(location: str, request: AnyRequest, name: str) -> str | None:
    """Return the path by which a page of this app will be requested; None for another site."""
    if location.startswith("?"):
        # The browser requests the path that it has posted to.
        return request.path
    parts = urlsplit(urljoin(own_path(request), location))
    if parts.netloc not in ("", request.host):
        return None
    path = parts.path or "/"
    page = known_page(path, request)
    if page is None and site_of(request.app).logged_mistakes.is_new(("redirect", name)):
        message = "The result of %r is shown nowhere: its redirect leads to %r, where this app has no page."
        logger.info(message, name, path[:MAX_SHOWN], extra={"action": name})
    return page or path_in_app(path, request)


def _leading_to(location: str, request: AnyRequest) -> HTTPResponse:
    if is_from_script(request):
        return HTTPResponse(status=204, headers={"sanic-action-location": location, "cache-control": "no-store"})
    response = Answer(b"", 303, "text/plain; charset=utf-8")
    response.headers.update({"location": location, "cache-control": "no-store"})
    return response

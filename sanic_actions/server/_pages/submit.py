"""Answer the posts of forms on pages.

When the action fails, the page's own GET handler renders in place, with the error's status (see
``posted`` and ``page_rendering``). When it succeeds the answer is 303, and the result waits in the
state store for the GET that follows. The action never runs again, even if rendering fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from sanic import HTTPResponse, Request

from ..._context import Additions, additions_of, has_additions, put_on
from ..._errors import InputError, error_for_server_code
from ..._problem_types import refusal
from ..._results import Err, Redirect
from .._call.call import answer
from .._call.endpoint import Endpoint
from .._call.entrance import ServerCall
from .._call.idempotency import SENT_BEFORE
from .._call.outcome import Outcome
from .._call.site import HOST, Site, Target
from .._call.unsubmitted import asks_only, is_from_script, touched_fields
from .._host import Answer, outlive_cut
from .._outside import out_of_time
from .._response import response_to_check
from .._route_copies import middleware_of
from .._sink import dropped_answer, has_answered
from .blueprint_middleware import reply_of_middleware
from .carried_results import leave_result, was_shown
from .foreign_form import response_to_foreign
from .page_entrance import PageEntrance
from .page_mistakes import note_redirect_to_nowhere, warn_of_unknown_action, warn_of_unknown_paths
from .page_query import query_without_ours
from .page_rendering import PageHandler, render_in_place
from .posted import Posted, attach
from .redirects import checked_location, known_page, own_location, own_path, path_in_app
from .refused_form import issues_of_size, texts_of_refused

AnyRequest = Request[Any, Any]


async def submit(
    site: Site, request: AnyRequest, handler: PageHandler, parameters: Mapping[str, Any], name: str
) -> HTTPResponse | Any:
    """Run an action, then render the page or redirect to it."""
    target = site.target(name, request.headers.get(HOST))
    if target is None:
        warn_of_unknown_action(site, name)
    entrance = PageEntrance(None if target is None else target.endpoint)
    try:
        response = await _answer_post(site, request, target, entrance, name)
    finally:
        entrance.close()
    if response is not None or request.responded:  # a file has been sent while its action ran
        return response
    return await render_in_place(request, handler, parameters)


async def _answer_post(
    site: Site, request: AnyRequest, target: Target | None, entrance: PageEntrance, name: str
) -> HTTPResponse | Any:
    """Return the response to a post; None if the page has to show its outcome."""
    call = ServerCall(request, name)
    call.ends_with_request = False  # the library stops a call that takes too long, so that the page can show that
    reply: Any = None
    if target is not None and any(middleware_of(target.route)):
        reply = await reply_of_middleware(site, call, target, entrance)
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
        answer_to_success = await _answer_success(site, call, entrance, outcome)
        if not isinstance(answer_to_success, Outcome):
            return answer_to_success
        outcome = answer_to_success
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
            warn_of_unknown_paths(call, target.endpoint, outcome.error)
    return post


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
    """Return the outcome of a call, or what ends the request without a page.

    That is None after a file was sent, and what ``dropped_answer`` gives after the caller has left.
    """
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
    if page is None:
        note_redirect_to_nowhere(name, path, request)
    return page or path_in_app(path, request)


def _leading_to(location: str, request: AnyRequest) -> HTTPResponse:
    if is_from_script(request):
        return HTTPResponse(status=204, headers={"sanic-action-location": location, "cache-control": "no-store"})
    response = Answer(b"", 303, "text/plain; charset=utf-8")
    response.headers.update({"location": location, "cache-control": "no-store"})
    return response

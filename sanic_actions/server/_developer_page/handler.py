"""Answers requests for the developer page, and posts of its forms with the page and the result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sanic import HTTPResponse, Request

from ..._errors import InputError
from ...contract import describe
from .._call.call import answer
from .._call.contract_check import ContractCheck
from .._call.endpoint import Endpoint
from .._call.entrance import ServerCall
from .._call.outcome import Outcome
from .._http import Handler
from .._own_address import own_origin, public_prefix
from .._pages.page_entrance import PageEntrance
from .._response import response_to
from .._sink import dropped_answer, has_answered
from .credentials import QUERY, UNKEPT, add_credentials, keep_credentials, typed_credentials
from .page import DeveloperPage, Trial
from .trial_entrance import TrialEntrance, keep_what_was_typed, kept_uploads, trial_entrance

AnyRequest = Request[Any, Any]

REST: Final = "rest"
"""The parameter of the route for the part of the path below the prefix."""

_HEADERS: Final = {
    # No script runs, no frame holds the page, and its forms are sent nowhere else, whatever text an
    # action returns.
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    **UNKEPT,
}


def with_developer_page(handler: Handler, endpoints: Mapping[str, Endpoint], check: ContractCheck) -> Handler:
    """Return a handler that shows the page at the prefix itself, for apps in debug mode.

    Args:
        handler: The handler of every other request.
        endpoints: The actions that are served.
        check: The check of the contract, for calls from the page.
    """
    # Not made at definition: a server in production never shows it.
    page = cache(lambda: _page(endpoints))

    async def handle(request: AnyRequest, /, **parameters: object) -> HTTPResponse | None:
        is_below = request.match_info.get(REST)
        if is_below or not request.app.debug or request.method not in ("GET", "HEAD", "POST"):
            return await handler(request, **parameters)
        if request.method == "POST" and QUERY in request.args and endpoints:
            return await keep_credentials(request, endpoints)
        if request.method == "POST":
            return await _tried(request, endpoints, check, page())
        return _shown(HTTPResponse(), page(), request, None)

    return handle


def _page(endpoints: Mapping[str, Endpoint]) -> DeveloperPage:
    # Made on first use: the description of a thousand actions takes a third of a second.
    entries = {name: endpoint.entry for name, endpoint in endpoints.items()}
    return DeveloperPage(endpoints, describe(entries).as_json())


async def _tried(
    request: AnyRequest, endpoints: Mapping[str, Endpoint], check: ContractCheck, page: DeveloperPage
) -> HTTPResponse | None:
    """Return the page with the answer to a call from it; for a download, the file itself."""
    call = ServerCall(request, request.args.get("try", ""))
    entrance = trial_entrance(call.name, endpoints, check, as_form=request.args.get("as") == "form")
    if call.name in endpoints:
        add_credentials(request, endpoints[call.name])
    try:
        outcome = await _outcome(call, entrance)
        if not isinstance(outcome, Outcome):
            return outcome
        await keep_what_was_typed(call, entrance, outcome.error)
    finally:
        entrance.close()
    response = response_to(call, outcome)
    trial = Trial(
        name=call.name,
        status=response.status,
        body=response.body or b"",
        fields=None if entrance.is_foreign else entrance.fields,
        issues=outcome.error.issues if isinstance(outcome.error, InputError) else (),
        uploads=kept_uploads(entrance),
        is_changed=call.unsubmitted == "changed",
        is_form=isinstance(entrance, PageEntrance),
    )
    if entrance.uploads is not None and entrance.uploads.cookie is not None:
        response.headers.add("set-cookie", entrance.uploads.cookie)
    if response.status == 204 or trial.is_changed:
        response.status = 200  # the action gives nothing, and the page says so; or nothing ran
    return _shown(response, page, request, trial)


async def _outcome(call: ServerCall, entrance: TrialEntrance) -> Outcome | HTTPResponse | None:
    """Return the outcome of a call; if its file has been sent already, what ends the request."""
    try:
        outcome = await answer(call, entrance)
    except asyncio.CancelledError as error:
        return dropped_answer(call, error)
    if call.sink is not None and await has_answered(call, outcome):
        return None
    return outcome


def _shown(response: HTTPResponse, page: DeveloperPage, request: AnyRequest, trial: Trial | None) -> HTTPResponse:
    site, prefix = own_origin(request), f"{public_prefix(request)}{request.path.rstrip('/')}"
    html = page.html(request.app.name, site, prefix, trial, typed_credentials(request))
    # Texts that were typed may hold lone surrogates, which UTF-8 has no bytes for.
    response.body = html.encode(errors="replace")
    response.content_type = "text/html; charset=utf-8"
    for name, value in {"content-length": str(len(response.body)), **_HEADERS}.items():
        response.headers[name] = value
    return response

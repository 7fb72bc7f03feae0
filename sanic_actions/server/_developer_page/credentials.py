"""Credentials of calls from the page that stand in headers, which no form can send.

The rule of this file: what is typed is kept in a cookie for the page, which no script reads and no other site sends,
and it reaches only actions whose guards read that header.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Final

from sanic import HTTPResponse, Request

from ..._auth import ApiKey, Bearer
from ..._credential import Credential
from ..._errors import STATUS, ActionError
from .._call.body import media_type, read_sent_form
from .._call.endpoint import Endpoint
from .._call.origin import check_origin
from .._host import is_https

AnyRequest = Request[Any, Any]

COOKIE: Final = "sanic_actions_caller"
QUERY: Final = "caller"
"""Stands in the query of a post that sets the credentials."""

UNKEPT: Final = {"cache-control": "private, no-store"}
"""Of each answer of the page, as what was typed stands in it."""

MAX_COOKIE: Final = 3_800
"""Bytes of the cookie; browsers drop one of more than 4,096 with its attributes."""


def credentials_of(endpoint: Endpoint) -> Iterator[Credential]:
    """Yield the guards of an action that read a credential from a header."""
    for guard in (*endpoint.entry.guards, *endpoint.entry.field_guards):
        if isinstance(guard, Credential):
            for part in guard.parts():
                if isinstance(part, Bearer | ApiKey):
                    yield part


def header_of(credential: Credential) -> str:
    """Return the header that a guard reads, as a control of the form is called."""
    if isinstance(credential, ApiKey):
        return credential.header.lower()
    return "authorization"


def labels_of(endpoints: Iterable[Endpoint]) -> dict[str, str]:
    """Return what to call the header of each guard that reads one, by the names of headers."""
    labels: dict[str, str] = {}
    for endpoint in endpoints:
        for credential in credentials_of(endpoint):
            label = "Authorization: Bearer"
            if isinstance(credential, ApiKey):
                label = credential.header
            labels[header_of(credential)] = label
    return labels


def typed_credentials(request: AnyRequest) -> Mapping[str, str]:
    """Return the credentials that were typed, by their headers."""
    try:
        values: object = json.loads(urlsafe_b64decode(str(request.cookies.get(COOKIE) or "")))
    except (ValueError, RecursionError):  # a browser sends what any page of the host has set
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def add_credentials(request: AnyRequest, endpoint: Endpoint) -> None:
    """Put the credentials that were typed into the headers which the guards of an action read."""
    values = typed_credentials(request)
    for credential in credentials_of(endpoint):
        header = header_of(credential)
        if values.get(header) and header not in request.headers:
            request.headers[header] = values[header]
            if isinstance(credential, Bearer):
                request.headers[header] = f"Bearer {values[header]}"


async def keep_credentials(request: AnyRequest, endpoints: Mapping[str, Endpoint]) -> HTTPResponse:
    """Keep what was typed, and lead back to the page."""
    # Any says what the blueprint trusts, and none may allow bodies too small for a token.
    endpoint = max(endpoints.values(), key=attrgetter("form_limit"))
    try:
        check_origin(request, endpoint.settings.trusted)
        _, content_type = media_type(request, ("form",))
        form = await read_sent_form(request, endpoint, content_type, endpoint.form_limits)
        labels = labels_of(endpoints.values())
        values = {name: value.strip() for name, value in form.fields if name in labels and value.strip()}
        cookie = urlsafe_b64encode(json.dumps(values).encode()).decode()
        if len(cookie) > MAX_COOKIE:
            raise ActionError("CONTENT_TOO_LARGE", "The credentials are too long for a cookie: use the curl line.")
    except ActionError as error:
        return HTTPResponse(error.message, STATUS[error.code], UNKEPT, "text/plain; charset=utf-8")
    response = HTTPResponse(status=303, headers={"location": "?", **UNKEPT})
    # Without a path a browser keeps it for that of the page, as it sees it: a proxy may have
    # stripped some of it.
    cookie_options: dict[str, Any] = {"path": None, "httponly": True, "samesite": "Strict"}
    response.add_cookie(COOKIE, cookie, secure=is_https(request), **cookie_options)
    return response

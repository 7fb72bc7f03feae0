"""Credentials that callers send in headers, for calls from the page: no form can send a header.

The rule of this file: what is typed is kept in a cookie for the page, which no script can read and
no other site can send. It is passed only to actions whose guards read that header.
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
from .._own_address import is_https

AnyRequest = Request[Any, Any]

COOKIE: Final = "sanic_actions_caller"
QUERY: Final = "caller"
"""The parameter in the query of a post that sets the credentials."""

UNKEPT: Final = {"cache-control": "private, no-store"}
"""The caching of each answer of the page, which shows what was typed."""

MAX_COOKIE: Final = 3_800
"""The most bytes of its value; browsers may drop a cookie above 4,096 (RFC 6265, 6.1)."""


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
    except (ValueError, RecursionError):  # any page of the host may have set a cookie of this name
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def add_credentials(request: AnyRequest, endpoint: Endpoint) -> None:
    """Put the credentials that were typed into the headers which the guards of an action read."""
    values = typed_credentials(request)
    for credential in credentials_of(endpoint):
        header = header_of(credential)
        # A header that the browser or a proxy has sent wins over what was typed.
        if values.get(header) and header not in request.headers:
            request.headers[header] = values[header]
            if isinstance(credential, Bearer):
                request.headers[header] = f"Bearer {values[header]}"


async def keep_credentials(request: AnyRequest, endpoints: Mapping[str, Endpoint]) -> HTTPResponse:
    """Keep what was typed in a cookie, and redirect to the page."""
    # All endpoints trust the same origins. The one with the largest limit is taken, since an action
    # may allow only bodies that are too small for a token.
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
    # Without a path attribute the browser takes the path that it requested. The app may see another
    # one, if a proxy strips a prefix.
    cookie_options: dict[str, Any] = {"path": None, "httponly": True, "samesite": "Strict"}
    response.add_cookie(COOKIE, cookie, secure=is_https(request), **cookie_options)
    return response

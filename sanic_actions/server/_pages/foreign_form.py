"""The answer to a form that was refused because of its origin, which shows nothing of the site.

The site's own page is not rendered: another site could otherwise have it show what that site has
written.
"""

from __future__ import annotations

from typing import Final

from html5tagger import Document
from sanic import HTTPResponse

from .._call.entrance import ServerCall
from .._call.outcome import Outcome
from .._response import response_to


def response_to_foreign(call: ServerCall, outcome: Outcome) -> HTTPResponse:
    """Return the refusal: a page for a browser that shows it, otherwise problem details."""
    response = response_to(call, outcome)
    headers = call.request.headers
    # The script of this site sends ``sanic-action``, and reads problem details.
    is_shown = "text/html" in headers.get("accept", "") and "sanic-action" not in headers
    if outcome.error is None or not is_shown:
        return response
    page = Document(_TITLE, lang="en", _viewport=True)
    with page.main:
        page.h1(_TITLE)
        page.p("Nothing was done. Go back to the page with the form, reload it, and send it from there.")
        page.p(f"For the people who run this site: {outcome.error.message}")
    response.body = str(page).encode()
    response.content_type = "text/html; charset=utf-8"
    response.headers["content-length"] = str(len(response.body))
    # The message repeats an origin that another site has chosen: nothing on this page may load or run.
    response.headers["content-security-policy"] = "default-src 'none'; frame-ancestors 'none'"
    return response


_TITLE: Final = "The form was not accepted"

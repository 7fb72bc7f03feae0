"""One page with a form, served twice: the post run by an action, and everything written by hand.

By hand means what a careful author writes who does the same for the visitor: a POST route that refuses what other
sites send, validation, values and messages put back into the same markup in the same words, no copy of what was typed
in a shared cache. A post that succeeds leads back to the page, which says so once: in a signed cookie that it deletes.
That cookie can be sent again by whoever kept it, which what an action leaves cannot.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from html import escape
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html, redirect

from benchmarks.apps.models import CommentInput, save
from sanic_actions import Action
from sanic_actions.server import action_result, form, form_fields

NAMES = ("post_id", "author", "body")
AnyRequest = Request[Any, Any]


def add_pages(app: Sanic[Any, Any], comment: Action[..., Any]) -> None:
    """Add ``/page``, whose form calls the action, and ``/page-by-hand``."""
    _by_hand(app)
    _whole_pages_by_hand(app)

    @app.get("/page", name="page")
    async def page(request: AnyRequest) -> HTTPResponse:
        result, fields = action_result(request, comment), form_fields(comment)
        controls: dict[str, Any] = {name: fields[name] for name in NAMES}
        given = {name: control.value for name, control in controls.items()}
        messages = {name: control.errors[0] for name, control in controls.items() if control.errors}
        return html(_page("?_action=form", given, messages, saved=result is not None and result.error is None))

    @app.get("/page-hidden", name="page_hidden")
    async def page_hidden(request: AnyRequest) -> HTTPResponse:
        return html(_whole(form(comment, hidden={"post_id": "p1"})))

    @app.get("/page-edit", name="page_edit")
    async def page_edit(request: AnyRequest) -> HTTPResponse:
        return html(_whole(form(comment, values=EDITED)))

    @app.get("/page-whole", name="page_whole")
    async def page_whole(request: AnyRequest) -> HTTPResponse:
        return html(_whole(form(comment)))


EDITED: Final = {"post_id": "p1", "author": "Ada", "body": "Hello, world!"}
LABELS: Final = {"post_id": "Post id", "author": "Author", "body": "Body"}
LIMITS: Final = {"post_id": "", "author": ' minlength="1" maxlength="80"', "body": ' minlength="1"'}


def _whole(form: str) -> str:
    return f"<!doctype html><title>A post</title>{form}"


def _whole_by_hand(given: Mapping[str, str], messages: Mapping[str, str], hidden: Mapping[str, str]) -> str:
    """Return the page with the markup that ``form`` writes: labels, limits, what points to messages, a summary."""
    parts = [f'<input type="hidden" name="_action.token" value="{secrets.token_urlsafe(16)}">']
    if messages:
        items = "".join(
            f'<li><a href="#form-{name}">{LABELS[name]}: {escape(text)}</a></li>' for name, text in messages.items()
        )
        parts.append(f'<div id="form-summary" class="form-errors" role="alert" tabindex="-1"><ul>{items}</ul></div>')
    for name in NAMES:
        if name in hidden:
            parts.append(f'<input type="hidden" name="{name}" value="{escape(hidden[name])}">')
            continue
        text, wrong, focus = messages.get(name), "", ""
        if text is not None:
            wrong = f' aria-invalid="true" aria-describedby="form-{name}-errors"'
            focus = " autofocus" if name == next(iter(messages)) else ""
        parts.append(
            f'<div class="field"><label for="form-{name}">{LABELS[name]}</label>'
            f'<input type="text" name="{name}" id="form-{name}" required{LIMITS[name]} '
            f'value="{escape(given.get(name, ""))}"{wrong}{focus}>'
            + ("" if text is None else f'<ul id="form-{name}-errors" class="errors"><li>{escape(text)}</li></ul>')
            + "</div>"
        )
    return _whole(
        '<form method="post" action="?whole=1" enctype="application/x-www-form-urlencoded" accept-charset="utf-8">'
        f'{"".join(parts)}<button type="submit">Send</button></form>'
    )


def _by_hand(app: Sanic[Any, Any]) -> None:
    @app.get("/page-by-hand", name="page_by_hand")
    async def page(request: AnyRequest) -> HTTPResponse:
        notice = _notice_of(request)
        response = html(_page("/page-by-hand", {}, {}, saved=notice == "saved"))
        if notice is not None:
            response.add_cookie(NOTICE, "", path=request.path, max_age=0, secure=False)
            response.headers["cache-control"] = "private, no-store"
        return response

    @app.post("/page-by-hand", name="post_by_hand")
    async def post(request: AnyRequest) -> HTTPResponse:
        return _answer(request, partial(_page, "/page-by-hand", saved=False))


def _answer(request: AnyRequest, page: Callable[[Mapping[str, str], Mapping[str, str]], str]) -> HTTPResponse:
    """Answer a post: check the origin, read and validate the form, save, and show the page again where it is wrong."""
    if _is_foreign(request):
        return html("This form was sent from another site.", 403)
    fields = {name: values[0] for name, values in (request.form or {}).items()}
    try:
        save(CommentInput.model_validate(fields))
    except ValidationError as error:
        return html(page(fields, _messages(error)), 400, headers=KEPT_PRIVATE)
    return _leading_back(request)


def _whole_pages_by_hand(app: Sanic[Any, Any]) -> None:
    @app.get("/whole-by-hand", name="whole_by_hand")
    async def whole(request: AnyRequest) -> HTTPResponse:
        return html(_whole_by_hand({}, {}, {}))

    @app.get("/hidden-by-hand", name="hidden_by_hand")
    async def hidden(request: AnyRequest) -> HTTPResponse:
        return html(_whole_by_hand({}, {}, {"post_id": "p1"}))

    @app.get("/edit-by-hand", name="edit_by_hand")
    async def edit(request: AnyRequest) -> HTTPResponse:
        return html(_whole_by_hand(EDITED, {}, {}))

    @app.post("/whole-by-hand", name="post_whole_by_hand")
    async def post_whole(request: AnyRequest) -> HTTPResponse:
        return _answer(request, partial(_whole_by_hand, hidden={}))


KEPT_PRIVATE: Final = {"cache-control": "private, no-cache"}


def _is_foreign(request: AnyRequest) -> bool:
    """Return whether a page of another site sent a form: browsers say so."""
    headers = request.headers
    if headers.get("sec-fetch-site") not in (None, "same-origin", "none"):
        return True
    origin: str | None = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _messages(error: ValidationError) -> Mapping[str, str]:
    """Return what is wrong with each field, in words for visitors."""
    issues: Iterable[ErrorDetails] = error.errors(include_url=False, include_input=False)
    return {str(issue["loc"][0]): _said(issue) for issue in issues if issue["loc"]}


def _said(issue: ErrorDetails) -> str:
    label = LABELS[str(issue["loc"][0])].lower()
    if issue["type"] in ("missing", "string_too_short"):
        return f"Enter {label}"
    if issue["type"] == "string_too_long":
        return f"Must be at most {issue['ctx']['max_length']} characters"
    return issue["msg"]


SECRET: Final = secrets.token_bytes(32)
NOTICE: Final = "notice"
SECONDS: Final = 60


def _leading_back(request: AnyRequest) -> HTTPResponse:
    """Return the answer to a post that succeeded, which leaves a notice for the page."""
    response = redirect(request.path, status=303)
    text = f"{int(time.time())}.saved"
    response.add_cookie(
        NOTICE,
        f"{text}.{_signature(text)}",
        path=request.path,
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=False,
    )
    return response


def _notice_of(request: AnyRequest) -> str | None:
    """Return what the post that led here has left, None where nothing or another has."""
    cookie: str | None = request.cookies.get(NOTICE)
    if not cookie:
        return None
    text, _, signature = cookie.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text).encode()):
        return None
    left_at, _, notice = text.partition(".")
    if int(left_at) + SECONDS < time.time():
        return None
    return notice


def _signature(text: str) -> str:
    return hmac.digest(SECRET, text.encode(), "sha256").hex()


def _page(target: str, given: Mapping[str, str], messages: Mapping[str, str], *, saved: bool) -> str:
    controls = "".join(
        f'<p><label>{name} <input name="{name}" value="{escape(given.get(name, ""))}"></label>'
        f"{escape(messages.get(name, ''))}</p>"
        for name in NAMES
    )
    told = "<p>Saved.</p>" if saved else ""
    return f'<!doctype html><title>A post</title>{told}<form method="post" action="{target}">{controls}</form>'

"""One page with a form, served twice: the post run by an action, and everything written by hand.

By hand means what the same page needs at least: a POST route, validation, the values and messages put back into the
form, a redirect after success, the outcome named in its query.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from typing import Any

from pydantic import ValidationError
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


EDITED = {"post_id": "p1", "author": "Ada", "body": "Hello, world!"}
LABELS = {"post_id": "Post id", "author": "Author", "body": "Body"}


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
            f'<input type="text" name="{name}" id="form-{name}" required '
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
        return html(_page("/page-by-hand", {}, {}, saved="saved" in request.args))

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
        fields = {name: values[0] for name, values in (request.form or {}).items()}
        try:
            save(CommentInput.model_validate(fields))
        except ValidationError as error:
            messages = {str(issue["loc"][0]): issue["msg"] for issue in error.errors() if issue["loc"]}
            return html(_whole_by_hand(fields, messages, {}), 400)
        return redirect("/whole-by-hand?saved=1", status=303)

    @app.post("/page-by-hand", name="post_by_hand")
    async def post(request: AnyRequest) -> HTTPResponse:
        fields = {name: values[0] for name, values in (request.form or {}).items()}
        try:
            save(CommentInput.model_validate(fields))
        except ValidationError as error:
            messages = {str(issue["loc"][0]): issue["msg"] for issue in error.errors() if issue["loc"]}
            return html(_page("/page-by-hand", fields, messages, saved=False), 400)
        return redirect("/page-by-hand?saved=1", status=303)


def _page(target: str, given: Mapping[str, str], messages: Mapping[str, str], *, saved: bool) -> str:
    controls = "".join(
        f'<p><label>{name} <input name="{name}" value="{escape(given.get(name, ""))}"></label>'
        f"{escape(messages.get(name, ''))}</p>"
        for name in NAMES
    )
    told = "<p>Saved.</p>" if saved else ""
    return f'<!doctype html><title>A post</title>{told}<form method="post" action="{target}">{controls}</form>'

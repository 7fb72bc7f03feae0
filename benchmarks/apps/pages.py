"""One page with a form, served twice: the post run by an action, and everything written by hand.

By hand means what the same page needs at least: a POST route, validation, the values and messages put back into the
form, a redirect after success, the outcome named in its query.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from pydantic import ValidationError
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html, redirect

from benchmarks.apps.models import CommentInput, save
from sanic_actions import Action
from sanic_actions.server import action_result, form_fields

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


def _by_hand(app: Sanic[Any, Any]) -> None:
    @app.get("/page-by-hand", name="page_by_hand")
    async def page(request: AnyRequest) -> HTTPResponse:
        return html(_page("/page-by-hand", {}, {}, saved="saved" in request.args))

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

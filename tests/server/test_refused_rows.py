"""What a handler or a guard says of a row stands at the row of the page, whatever number the page gave to it."""

from __future__ import annotations

import re
import secrets
from typing import Any

import httpx2
import pytest
from browser_form import named
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionContext, InputError, Namespace, action
from sanic_actions.server import form

Pairs = list[tuple[str, str]]


class Part(BaseModel):
    code: str = ""


class Line(BaseModel):
    sku: str = Field(min_length=1)
    parts: list[Part] = []


def refuse(lines: list[Line], tags: list[str]) -> None:
    """Complain of each ``QQ`` at the place where it stands in the input."""
    error = InputError()
    for number, line in enumerate(lines):
        if line.sku == "QQ":
            error = error.on(f"lines.{number}.sku", "No such article")
        for place, part in enumerate(line.parts):
            if part.code == "QQ":
                error = error.on(f"lines.{number}.parts.{place}.code", "No such part")
    for number, tag in enumerate(tags):
        if tag == "QQ":
            error = error.on(f"tags.{number}", "No such tag")
    if error.issues:
        raise error


@action(accept="form")
async def order(name: str = "", lines: list[Line] = [], tags: list[str] = []) -> int:
    refuse(lines, tags)
    return len(lines)


async def known(context: ActionContext, lines: list[Line], tags: list[str]) -> None:
    """Guard what is ordered."""
    refuse(lines, tags)


@action(accept="form", guard=known)
async def guarded(name: str = "", lines: list[Line] = [], tags: list[str] = []) -> int:
    return len(lines)


@pytest.fixture(params=["order", "guarded"])
def client(request: pytest.FixtureRequest, make_app: Any, connect: Any) -> httpx2.Client:
    actions = Namespace(order=order, guarded=guarded)
    app: Sanic[Any, Any] = make_app(actions)
    shown = {"order": order, "guarded": guarded}[request.param]

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return html(f"<!doctype html><title>t</title>{form(shown)}")

    client: httpx2.Client = connect(app, "")
    client.params = client.params.set("_action", request.param)
    return client


ROWS: list[tuple[Pairs, list[str]]] = [
    ([("lines.0.sku", "QQ")], ["lines.0.sku"]),
    ([("lines.1.sku", "QQ")], ["lines.1.sku"]),
    ([("lines.3.sku", "A"), ("lines.9.sku", "QQ")], ["lines.9.sku"]),
    ([("_action.absent", "lines.0"), ("lines.0.sku", ""), ("lines.1.sku", "QQ")], ["lines.1.sku"]),
    ([("lines.2.sku", "A"), ("lines.2.parts.4.code", "QQ")], ["lines.2.parts.4.code"]),
    ([("lines.2.sku", "A"), ("lines.2.parts.4.code", "B"), ("lines.2.parts.6.code", "QQ")], ["lines.2.parts.6.code"]),
    ([("lines.1.sku", "QQ"), ("lines.5.sku", "QQ")], ["lines.1.sku", "lines.5.sku"]),
    ([("tags.2", "A"), ("tags.7", "QQ")], ["tags.7"]),
    ([("lines.2.sku", "A"), ("tags", "A"), ("tags", "QQ")], ["tags.1"]),
]


@pytest.mark.parametrize("is_once", [False, True], ids=["plain", "once"])
@pytest.mark.parametrize(("pairs", "places"), ROWS)
def test_complaint_stands_at_the_row_that_was_sent(
    client: httpx2.Client, pairs: Pairs, places: list[str], is_once: bool
) -> None:
    """It is linked from the summary, and the control is marked; the same call without a page names the same paths."""
    body = "&".join(str(httpx2.QueryParams([pair])) for pair in pairs)
    headers = {"content-type": "application/x-www-form-urlencoded"}

    if is_once:
        body += f"&_action.token={secrets.token_urlsafe(16)}"
        headers["idempotency-key"] = secrets.token_urlsafe(16)

    page = client.post("/", content=body, headers=headers)
    called = client.post(f"/_actions/{client.params['_action']}", content=body, headers=headers)

    assert (page.status_code, called.status_code) == (400, 400)
    assert [issue["path"] for issue in called.json()["issues"]] == places
    assert [place for place in places if place not in called.json()["detail"]] == []
    (markup,) = re.findall(r"<form.*</form>", page.text, re.DOTALL)
    for place in places:
        control = named(markup, place)
        assert control.get("aria-invalid") == "true"
        assert f'<a href="#{control.get("id")}">' in markup


def test_message_of_its_own_stays() -> None:
    """A summary that somebody has written is not written anew."""
    error = InputError(InputError.on("lines.0.sku", "gone").issues, "Not today.")
    plan = _plan()
    assert plan.with_sent_paths(error, [("lines.4.sku", "A")]).message == "Not today."
    assert "lines.4.sku" in plan.with_sent_paths(InputError(error.issues), [("lines.4.sku", "A")]).message


def _plan() -> Any:
    from sanic_actions._forms.plan import FormPlan
    from sanic_actions._namespace import entries
    from sanic_actions.server._call.endpoint import Endpoint
    from sanic_actions.server._call.settings import Settings

    (entry,) = entries(Namespace(order=order)).values()
    form_plan = Endpoint(entry, Settings()).form
    assert isinstance(form_plan, FormPlan)
    return form_plan

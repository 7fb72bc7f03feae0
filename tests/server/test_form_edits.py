"""Forms that are changed before they are sent: rows and kinds, by buttons that run nothing."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import httpx2
import pytest
from browser_form import named, parsed, sent
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Ok, action
from sanic_actions.server import action_result, form

ran: list[Any] = []


class Line(BaseModel):
    sku: str
    unit: str = "pcs"
    note: str | None = "none given"
    taxed: bool = True


class Circle(BaseModel):
    kind: Literal["circle"] = "circle"
    radius: float


class Box(BaseModel):
    kind: Literal["box"] = "box"
    width: int


@action(accept="form")
async def order(
    name: str,
    shape: Annotated[Circle | Box, Field(discriminator="kind")],
    lines: list[Line] = [],
    tags: list[str] = [],
) -> int:
    """Order something."""
    ran.append((name, shape, lines, tags))
    return len(lines)


@pytest.fixture
def client(make_app: Any, connect: Any) -> httpx2.Client:
    ran.clear()
    app: Sanic[Any, Any] = make_app({"order": order})

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        result = action_result(request, order)
        done = "<p>Done</p>" if isinstance(result, Ok) else ""
        return html(f"<!doctype html><title>t</title>{done}{form(order)}")

    client: httpx2.Client = connect(app, "")
    return client


def main_of(answer: httpx2.Response) -> str:
    """Return the form of a page."""
    found = re.search(r"<form.*</form>", answer.text, re.DOTALL)
    assert found
    return found[0]


def press(client: httpx2.Client, markup: str, button: tuple[str, str], **typed: str) -> httpx2.Response:
    """Send a form as a browser does when a button is pressed, after something was typed."""
    markup = re.sub(r"<template.*?</template>", "", markup)
    pairs = [(name, typed.get(name.replace(".", "__"), value)) for name, value in sent(markup)]
    body = "&".join(f"{httpx2.QueryParams({name: value})}" for name, value in [*pairs, button] if name)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return client.post("/?_action=order", content=body, headers=headers)


def test_row_is_added_and_nothing_runs(client: httpx2.Client) -> None:
    """The button of a list shows one row more, keeps all that was typed, complains of nothing and runs nothing."""
    first = main_of(client.get("/"))

    answer = press(client, first, ("_action.add", "lines"), name="Ada", lines__0__sku="tea", lines__0__unit="kg")
    again = press(client, main_of(answer), ("_action.add", "lines"))
    markup = main_of(again)

    assert answer.status_code == 200
    assert ran == []
    assert named(markup, "name").get("value") == "Ada"
    assert named(markup, "lines.0.unit").get("value") == "kg"
    assert [named(markup, f"lines.{row}.sku").get("value") for row in range(3)] == ["tea", None, None]
    assert "aria-invalid" not in markup


def test_added_rows_that_stay_blank_are_not_sent(client: httpx2.Client) -> None:
    """Blank rows are dropped when the form is sent, however many were added; defaults of rows count as blank."""
    markup = main_of(press(client, main_of(client.get("/")), ("_action.add", "lines")))

    answer = press(client, markup, ("", ""), name="Ada", shape__radius="2", lines__1__sku="tea")

    assert answer.status_code == 303
    assert ran == [("Ada", Circle(radius=2), [Line(sku="tea")], [])]


def test_row_is_removed(client: httpx2.Client) -> None:
    """The button of a row takes it away, and only it."""
    markup = main_of(press(client, main_of(client.get("/")), ("_action.add", "tags"), tags__0="a"))
    markup = main_of(press(client, markup, ("_action.remove", "tags.0"), tags__1="b", name="Ada", shape__radius="2"))

    assert press(client, markup, ("", "")).status_code == 303
    assert ran == [("Ada", Circle(radius=2), [], ["b"])]


def test_kind_is_chosen(client: httpx2.Client) -> None:
    """The fields of another member of a union show when it was chosen, by its button or by sending the form."""
    first = main_of(client.get("/")).replace("<option value=circle selected>", "<option value=circle>")
    first = first.replace("<option value=box>", "<option value=box selected>")

    for button in (("_action.switch", "shape"), ("", "")):
        markup = main_of(press(client, first, button, name="Ada"))

        assert named(markup, "shape.width") is not None
        assert 'name="shape.radius"' not in markup
        assert press(client, markup, ("", ""), shape__width="3").status_code == 303

    assert ran == [("Ada", Box(width=3), [], [])] * 2


def test_buttons_let_incomplete_forms_pass(client: httpx2.Client) -> None:
    """A browser insists on nothing when a row is added, and Enter presses the button that sends the form."""
    form = next(parsed(main_of(client.get("/"))).iter("form"))
    buttons = [button for button in form.iter("button") if button.get("type") == "submit"]

    assert buttons[0].get("name") is None
    assert all("formnovalidate" in button.attrib for button in buttons if button.get("name"))


@action(accept="form")
async def change(
    lines: list[Line],
    intent: Annotated[Literal["save", "delete"], Field(json_schema_extra={"form": {"widget": "submit"}})],
) -> None: ...


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, ("intent", "save")), ({"exclude": ["intent"]}, None), ({"hidden": {"intent": "delete"}}, None)],
)
def test_enter_presses_the_first_of_typed_buttons(make_app: Any, connect: Any, options: Any, expected: Any) -> None:
    """In a form with rows too Enter means the first button that sends it, at first and after a failure."""
    app: Sanic[Any, Any] = make_app({"change": change})

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return html(str(form(change, **options)))

    client = connect(app, "")
    for answer in (client.get("/"), client.post("/?_action=change", data={"lines.0.unit": "kg"})):
        first = next(parsed(main_of(answer)).iter("button"))
        pressed = (first.get("name"), first.get("value")) if first.get("name") else None
        assert ("hidden" in first.attrib, pressed) == (True, expected)


NOWHERE = ["lines.99999", "lines.x", "", "a" * 5_000, "name", "shape.kind", "nothing", "[", "a..b", f"a{'.a' * 40}"]


def test_buttons_that_name_nothing(client: httpx2.Client) -> None:
    """A button that names no list or row changes nothing that matters, and the page shows."""
    markup = main_of(client.get("/"))

    for kind in ("_action.add", "_action.remove", "_action.switch"):
        for name in NOWHERE:
            assert press(client, markup, (kind, name), name="Ada").status_code == 200, (kind, name)
    assert ran == []


def test_row_for_scripts(client: httpx2.Client) -> None:
    """A list holds a row that a script may copy; it is not a part of the form."""
    markup = main_of(client.get("/"))
    (template,) = [t for t in re.findall(r"<template data-sanic-row>.*?</template>", markup) if "sku" in t]

    assert 'name="lines.__row__.sku"' in template
    assert "__row__" not in re.sub(r"<template.*?</template>", "", markup)

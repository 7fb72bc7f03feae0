"""Buttons that only change a form, and questions whether an input is valid, run nothing through any door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Annotated, Any, Literal

import httpx2
import pytest
from conftest import running
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic, html
from sanic import json as json_response

from sanic_actions import Action, ActionError, Namespace, UploadedFile, action
from sanic_actions.server import ActionContext, ActionsBlueprint, UploadFolder, call_action, form

AnyRequest = Request[Any, Any]

ran: list[object] = []
SAME = {"sec-fetch-site": "same-origin"}
CHECK = {**SAME, "sanic-action": "validate"}


class Line(BaseModel):
    sku: str
    count: int = 1


class Round(BaseModel):
    kind: Literal["round"]
    radius: int


class Square(BaseModel):
    kind: Literal["square"]
    side: int


Shape = Annotated[Round | Square, Field(discriminator="kind")]


@action(accept="form")
def book(supplier: str, lines: list[Line], shape: Shape) -> int:
    ran.append("book")
    return len(lines)


@action(accept=("json", "form"))
def both(supplier: str, lines: list[Line], shape: Shape) -> int:
    ran.append("both")
    return len(lines)


@action(accept="form")
def apply(name: str, cv: UploadedFile) -> str:
    ran.append("apply")
    return name


def members(context: ActionContext) -> None:
    raise ActionError("UNAUTHORIZED", "Sign in.")


@action(accept="form", guard=members)
def closed(supplier: str, lines: list[Line], shape: Shape) -> int:
    ran.append("closed")
    return len(lines)


@action(guard=members)
def secret(number: int) -> int:
    ran.append("secret")
    return number


@action
def plain(number: int) -> int:
    ran.append("plain")
    return number


ACTIONS: dict[str, Action[..., object]] = {
    "book": book,
    "both": both,
    "closed": closed,
    "secret": secret,
    "plain": plain,
    "apply": apply,
}
CONTENT = {
    "supplier": "ACME",
    "lines.0.sku": "tea",
    "lines.0.count": "2",
    "lines.1.sku": "milk",
    "lines.1.count": "3",
    "shape.kind": "round",
    "shape.radius": "5",
}
INPUT = '{"supplier": "ACME", "lines": [{"sku": "tea"}], "shape": {"kind": "round", "radius": 5}}'
EDITS = {"_action.add": "lines", "_action.remove": "lines.1", "_action.switch": "shape"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an app in debug mode, with pages of both kinds and an ordinary route."""
    app: Sanic[Any, Any] = Sanic("unsent")
    app.blueprint(ActionsBlueprint(Namespace(**ACTIONS), uploads=UploadFolder(tmp_path_factory.mktemp("kept"))))

    @app.get("/page/<name>")
    async def page(request: AnyRequest, name: str) -> HTTPResponse:
        return html(str(form(ACTIONS[name], request=request)))

    @app.post("/route")
    async def route(request: AnyRequest) -> HTTPResponse:
        return json_response((await call_action(request, plain, number=1)).data)

    with running(app, debug=True) as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    """The same, before anything has run."""
    ran.clear()
    return server


DOORS = {"wire": "/_actions/{0}", "developers": "/_actions/?try={0}", "page": "/page/{0}?_action={0}"}


def address(door: str, name: str) -> str:
    """Return where an action is posted to through one of the doors."""
    return DOORS[door].format(name)


def values_in(page: str, name: str = "book") -> dict[str, str]:
    """Return what the form of an action holds on the page for developers, by the names of its controls."""
    section = re.split(f'<section id="?{name}"?>', page)[1].partition("<section")[0]
    values: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", section):
        name_match, value = (re.search(rf"\b{key}=(?:\"([^\"]*)\"|([^\s>]*))", tag) for key in ("name", "value"))
        if name_match is not None and not re.search(r"type=\"?(radio|checkbox)", tag):
            text = value and (value[1] or value[2])
            values[unescape(name_match[1] or name_match[2])] = unescape(text or "")
    return values


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("name", ["book", "both"])
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("door", ["wire", "developers", "page"])
def test_buttons_that_change_a_form_run_nothing(url: str, door: str, edit: str, name: str, encoding: str) -> None:
    """A valid form whose button adds a row, removes one or switches a kind runs no action through any door."""
    data = {**CONTENT, "input": INPUT, edit: EDITS[edit]}
    if encoding == "multipart":
        answer = httpx2.post(url + address(door, name), files={k: (None, v) for k, v in data.items()}, headers=SAME)
    else:
        answer = httpx2.post(url + address(door, name), data=data, headers=SAME)

    assert ran == []
    assert answer.status_code == (400 if door == "wire" else 200)
    if door == "wire":
        assert edit in answer.json()["detail"]


PURPOSES = ["Validate", "VALIDATE", "valid", "check", "", "0", "validate, script", "validate;q=1", "run"]


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("door", ["wire", "developers", "page"])
@pytest.mark.parametrize("name", ["both", "plain"])
def test_other_purposes_run_nothing(url: str, door: str, name: str, purpose: str) -> None:
    """Who asks for a check and spells it in another way never runs the action."""
    headers = {**SAME, "sanic-action": purpose}
    if name == "plain":
        answer = httpx2.post(url + address("wire", name), json={"number": 1}, headers=headers)
    else:
        answer = httpx2.post(url + address(door, name), data={**CONTENT, "input": INPUT}, headers=headers)

    assert ran == []
    if door != "developers":
        assert answer.status_code == (204 if purpose.lower() == "validate" else 400)


@pytest.mark.parametrize("edit", EDITS)
def test_page_for_developers_changes_its_form(url: str, edit: str) -> None:
    """A button of the page for developers does what it says, and all that was typed stays."""
    answer = httpx2.post(url + address("developers", "book"), data={**CONTENT, edit: EDITS[edit]}, headers=SAME)
    values = values_in(answer.text)

    assert values["supplier"] == "ACME"
    assert values["lines.0.sku"] == "tea"
    assert ("lines.1.sku" in values) == (edit != "_action.remove")
    assert ("lines.2.sku" in values) == (edit == "_action.add")
    assert "role=status" not in answer.text.replace('"', "")


def test_half_empty_form_is_changed_too(url: str) -> None:
    """A button that changes the form asks for nothing to be filled in."""
    answer = httpx2.post(
        url + address("developers", "book"), data={"supplier": "ACME", "_action.add": "lines"}, headers=SAME
    )

    assert values_in(answer.text)["supplier"] == "ACME"
    assert "aria-invalid" not in answer.text


@pytest.mark.parametrize("door", ["wire", "developers", "page"])
@pytest.mark.parametrize("name", ["book", "both"])
def test_checked_form_runs_nothing(url: str, door: str, name: str) -> None:
    """A form that is only to be checked runs nothing through any door."""
    answer = httpx2.post(url + address(door, name), data={**CONTENT, "input": INPUT}, headers=CHECK)

    assert ran == []
    if door != "developers":
        assert (answer.status_code, answer.content) == (204, b"")


def test_checked_json_runs_nothing(url: str) -> None:
    """JSON that is only to be checked is answered with what is wrong with it, and with 204 where nothing is."""
    right = httpx2.post(f"{url}/_actions/plain", json={"number": 1}, headers=CHECK)
    wrong = httpx2.post(f"{url}/_actions/plain", json={"number": "x"}, headers=CHECK)
    closed = httpx2.post(f"{url}/_actions/secret", json={"number": 1}, headers=CHECK)

    assert (right.status_code, right.content) == (204, b"")
    assert [issue["path"] for issue in wrong.json()["issues"]] == ["number"]
    assert closed.status_code == 401
    assert ran == []
    assert right.headers["cache-control"] == wrong.headers["cache-control"] == "private, no-store"
    assert right.headers["x-content-type-options"] == "nosniff"


def test_checked_form_names_what_is_wrong_on_the_wire(url: str) -> None:
    """A form on the wire is checked as a whole, or in the fields that it names."""
    data = {**CONTENT, "lines.0.count": "x", "shape.radius": "y"}
    whole = httpx2.post(f"{url}/_actions/book", data=data, headers=CHECK)
    some = httpx2.post(f"{url}/_actions/book", data={**data, "_action.touched": "shape.radius"}, headers=CHECK)

    assert {issue["path"].rpartition(".")[2] for issue in whole.json()["issues"]} == {"count", "radius"}
    assert {issue["path"].rpartition(".")[2] for issue in some.json()["issues"]} == {"radius"}


def test_header_is_of_the_call_that_a_request_brings(url: str) -> None:
    """What an ordinary route calls for a request is not the call that the header speaks of."""
    answer = httpx2.post(f"{url}/route", headers=CHECK)

    assert answer.json() == 1
    assert ran == ["plain"]


# ---- What was typed on the page for developers


@pytest.mark.parametrize(
    ("name", "change"),
    [("book", {}), ("book", {"lines.0.count": "x"}), ("closed", {}), ("closed", {"lines.0.count": "x"})],
)
def test_form_keeps_what_was_typed(url: str, name: str, change: dict[str, str]) -> None:
    """After success, invalid input and a refusal of a guard alike the page holds all that was typed."""
    data = {**CONTENT, **change}
    answer = httpx2.post(url + address("developers", name), data=data, headers=SAME)
    values = values_in(answer.text, name)

    assert {key: values[key] for key in data if key != "shape.kind"} == {
        key: value for key, value in data.items() if key != "shape.kind"
    }


def test_message_stands_at_its_control(url: str) -> None:
    """What is wrong with a form stands at the control on the page for developers, as it does on any page."""
    data = {**CONTENT, "lines.0.count": "x"}
    answer = httpx2.post(url + address("developers", "book"), data=data, headers=SAME)

    assert answer.status_code == 400
    assert re.search(r"<input[^>]*name=\"?lines\.0\.count[^>]*aria-invalid", answer.text)


@pytest.mark.parametrize(("name", "status"), [("plain", 200), ("secret", 401)])
def test_json_keeps_what_was_typed(url: str, name: str, status: int) -> None:
    """JSON stays in its text area, whoever refuses it."""
    typed = '{"number":   7}'
    answer = httpx2.post(url + address("developers", name), data={"input": typed}, headers=SAME)

    assert answer.status_code == status
    assert typed in unescape(answer.text)


def test_pages_of_others_leave_nothing_behind(url: str) -> None:
    """What a page of another origin posts is not shown, where a developer might send it on."""
    headers = {"origin": "https://evil.example"}
    json_page = httpx2.post(url + address("developers", "plain"), data={"input": '{"number": 666}'}, headers=headers)
    form_page = httpx2.post(url + address("developers", "book"), data={"supplier": "Mallory"}, headers=headers)

    assert (json_page.status_code, form_page.status_code) == (403, 403)
    assert "666" not in json_page.text
    assert "Mallory" not in form_page.text


# ---- Kept uploads

FILE = ("cv.txt", b"my life", "text/plain")


def kept_mark(page: str) -> str:
    """Return the mark of the file that a page keeps."""
    match = re.search(r"name=\"?_action\.upload\"? value=\"?([^\s\">]+)", page)
    assert match is not None, page
    return unescape(match[1])


@pytest.mark.parametrize("door", ["developers", "page"])
def test_upload_is_kept_through_a_button_and_a_failure(url: str, door: str) -> None:
    """The file of a form that failed is there when it is sent again, on the page for developers too."""
    with httpx2.Client(base_url=url, headers=SAME) as client:
        failed = client.post(address(door, "apply"), data={"name": ""}, files={"cv": FILE})
        mark = kept_mark(failed.text)
        again = client.post(address(door, "apply"), files=[("name", (None, "Ada")), ("_action.upload", (None, mark))])

    assert again.status_code in (200, 303)
    assert ran == ["apply"]


def test_checking_a_form_drops_no_upload(url: str) -> None:
    """A box that drops a kept file does so when the form is sent, not when it is checked."""
    with httpx2.Client(base_url=url, headers=SAME) as client:
        mark = kept_mark(client.post(address("page", "apply"), data={"name": ""}, files={"cv": FILE}).text)
        marks = {"_action.upload": mark, "_action.drop": mark, "name": "Ada"}
        client.post(address("page", "apply"), data=marks, headers=CHECK)
        sent = client.post(address("page", "apply"), data={"_action.upload": mark, "name": "Ada"})

    assert sent.status_code == 303
    assert ran == ["apply"]

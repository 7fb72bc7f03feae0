"""What a screen reader is told of a form: the names, descriptions and states in Chromium's accessibility tree."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from browser.axe import violations
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Accept, Issue, UploadedFile, action
from sanic_actions.server import ActionsBlueprint, SQLiteStore, UploadFolder, form

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

COUNT = itertools.count()

GERMAN = {
    "missing": "Bitte angeben",
    "int_parsing": "Bitte eine Zahl angeben",
    "too_short": "Bitte auswählen",
    "must_be_true": "Bitte zustimmen",
    "add_row": "Weitere hinzufügen",
    "remove_row": "Entfernen",
    "switch": "Wählen",
    "upload": "Hochladen",
    "upload_kept": "Die Datei liegt vor",
    "drop_upload": "Datei verwerfen",
    "blank_choice": "-",
}


class Line(BaseModel):
    sku: Annotated[str, Field(title="Article")]
    count: int


class Card(BaseModel):
    kind: Literal["card"] = "card"
    number: str


class Transfer(BaseModel):
    kind: Literal["transfer"] = "transfer"
    iban: str


@action(accept="form")
async def order(  # a field of each kind
    name: Annotated[str, Field(title="Your name", description="As in your passport")],
    pay: Annotated[Literal["now", "later"], Field(json_schema_extra={"form": {"widget": "radio"}})],
    topics: Annotated[list[Literal["x", "y"]], Field(min_length=1, json_schema_extra={"form": {"widget": "checkbox"}})],
    lines: list[Line],
    notes: list[str],
    how: Annotated[Card | Transfer, Field(discriminator="kind")],
    cv: Annotated[UploadedFile, Accept(".pdf"), Field(title="Your CV")],
    agree: Literal[True],
) -> None: ...


def in_german(issue: Issue) -> str:
    return GERMAN.get(issue.type, issue.message)


@pytest.fixture
def open_order(serve: Callable[[Any], str], tmp_path: Any) -> Callable[..., None]:
    """``open_order(page, messages)`` shows a page with a form of all kinds of controls."""

    def open_order(page: Any, messages: Callable[[Issue], str] | None) -> None:
        app: Sanic[Any, Any] = Sanic(f"spoken{next(COUNT)}")
        app.config.AUTO_EXTEND = False
        store, uploads = SQLiteStore(tmp_path / "state.db"), UploadFolder(tmp_path / "uploads")
        app.blueprint(ActionsBlueprint({"order": order}, messages=messages, state=store, uploads=uploads))

        @app.get("/")
        async def home(request: Request) -> HTTPResponse:
            script = '<script type="module" src="/_actions/client.js"></script>'
            head = f"<!doctype html><html lang=en><title>Order</title>{script}"
            return html(f"{head}<body><main><h1>Order</h1>{form(order)}</main>")

        page.goto(serve(app))
        page.wait_for_load_state("networkidle")

    return open_order


def spoken(page: Any) -> dict[str, str]:
    """The description of each control and group by its role and name; of rows, the first one's."""
    session = page.context.new_cdp_session(page)
    said: dict[str, str] = {}
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if not node["ignored"] and role in ROLES:
            name = f"{role} {node['name']['value']}"
            assert role != "button" or name not in said, f"two are called {name!r}"
            said.setdefault(name, node.get("description", {}).get("value", ""))
    return said


ROLES = {"textbox", "spinbutton", "combobox", "checkbox", "radiogroup", "group", "button"}


def send_what_is_wrong(page: Any) -> None:
    """Send a file that is kept, and of all else nothing that is valid."""
    page.get_by_label("Your CV").set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    page.get_by_label("Count").fill("1")
    page.locator("form").evaluate("form => form.setAttribute('novalidate', '')")
    page.locator("form > button").last.click()
    page.wait_for_selector("[role=alert]")


ENGLISH = {
    "group Lines 1": "",
    "button Remove: Lines 1": "",
    "button Add another: Lines": "",
    "textbox Notes 1": "",
    "button Remove: Notes 1": "",
    "group How": "",
    "button Choose: How": "",
}

FAILED = {
    "textbox Your name": "As in your passport Enter your name",
    "radiogroup Pay": "Choose pay",
    "group Topics": "Choose at least 1",
    "textbox Article": "Enter article",
    "textbox Number": "Enter number",
    "button Your CV": "a.pdf is kept; choose another to replace it.",
    "checkbox Remove a.pdf": "",
    "checkbox Agree": "Must be accepted",
}

FAILED_IN_GERMAN = {
    "textbox Your name": "As in your passport Bitte angeben",
    "group Topics": "Bitte auswählen",
    "button Entfernen: Lines 1": "",
    "button Weitere hinzufügen: Lines": "",
    "button Wählen: How": "",
    "button Your CV": "Die Datei liegt vor",
    "checkbox Datei verwerfen": "",
    "checkbox Agree": "Bitte zustimmen",
}


@pytest.mark.parametrize(
    ("messages", "failed"), [(None, FAILED), (in_german, FAILED_IN_GERMAN)], ids=["english", "german"]
)
def test_each_control_has_a_name_of_its_own(
    page: Any, open_order: Callable[..., None], axe: str, messages: Any, failed: dict[str, str]
) -> None:
    """Each control, group and button says what it is, and what is wrong with it once; axe-core finds nothing."""
    open_order(page, messages)
    at_first = spoken(page)
    assert violations(page, axe) == []
    send_what_is_wrong(page)
    after = spoken(page)
    assert violations(page, axe) == []

    if messages is None:
        assert at_first | ENGLISH == at_first
    assert after | failed == after


def test_row_that_the_script_adds_has_a_name_of_its_own(page: Any, open_order: Callable[..., None]) -> None:
    """A copied row, its controls and its button are told from those of other rows by the row's place."""
    open_order(page, None)

    page.get_by_role("button", name="Add another: Lines").click()
    page.get_by_role("button", name="Add another: Notes").click()
    expect(page.get_by_role("group", name="Lines 2")).to_be_visible()
    page.get_by_role("group", name="Lines 2").get_by_role("button", name="Remove: Lines 2").click()

    expect(page.get_by_role("group", name="Lines 2")).to_have_count(0)
    expect(page.get_by_role("button", name="Remove: Notes 2")).to_be_visible()

"""What a form says of a blank field and of choices: as the best forms of the web say it, through one hook."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

import httpx2
import pytest
from pydantic import BaseModel, Field, SecretStr, StringConstraints
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionError, Err, Issue, UploadedFile, action
from sanic_actions.server import ActionsBlueprint, action_result, form, form_fields

Serve = Callable[[Sanic[Any, Any]], str]


class Size(enum.Enum):
    SMALL = "s"


class Line(BaseModel):
    sku: Annotated[str, Field(title="Article number")]


@action(accept=("json", "form"))
async def order(
    name: Annotated[str, Field(title="Your name")],
    cv: Annotated[UploadedFile, Field(title="Your CV")],
    size: Size,
    city: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)],
    born: Annotated[date, Field(title="Date of birth")],
    password: Annotated[SecretStr, Field(min_length=8, title="Password")],
    iban: Annotated[str, Field(title="IBAN")],
    e_mail: Annotated[str, Field(title="E-mail")],
    again: Annotated[str, Field(title="Repeat the e-mail")],
    why: Annotated[str, Field(title="Why do you want this?")],
    pay: Annotated[Literal["card", "cash"], Field(json_schema_extra={"form": {"widget": "radio", "label": "Payment"}})],
    terms: Annotated[Literal[True], Field(title="You may keep it")],
    lines: list[Line],
    notes: Annotated[list[str], Field(min_length=1)],
    topics: Annotated[list[str], Field(min_length=1)],
) -> str:
    return name


SENTENCES = {
    "name": "Enter your name",
    "cv": "Choose your CV",
    "size": "Choose size",
    "city": "Enter city",
    "born": "Enter date of birth",
    "password": "Enter password",
    "iban": "Enter IBAN",
    "e_mail": "Enter e-mail",
    "again": "Repeat the e-mail",
    "why": "This field is required",
    "pay": "Choose payment",
    "terms": "Must be accepted",
    "lines.0.sku": "Enter article number",
    "notes": "Must have at least 1 item",
}


def app_of(**options: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("wording")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"order": order}, **options))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        result = action_result(request, order)
        said = {} if result is None or result.error is None else {i.path: i.message for i in result.error.issues}  # type: ignore[attr-defined]  # it is invalid input
        return html(f"<pre>{said}</pre>{form(order, choices={'topics': ['a', 'b']})}")

    return app


BLANK = {
    "name": "",
    "city": "  ",
    "password": "",
    "lines.0.sku": "",
    "iban": "",
    "e_mail": "",
    "again": "",
    "why": "",
    "born": "",
}


@pytest.fixture
def page(serve: Serve) -> str:
    return httpx2.post(f"{serve(app_of())}?_action=order", data=BLANK).text


@pytest.mark.parametrize("path", SENTENCES)
def test_blank_field_is_asked_for_by_its_name(page: str, path: str) -> None:
    """The verb fits the control; a label that is a sentence of its own is no part of one."""
    assert f"{path!r}: {SENTENCES[path]!r}" in page


def test_choices_of_a_page_are_counted_as_choices(page: str) -> None:
    """A list that the page makes choices of is told in choices."""
    assert "<li>Choose at least 1</li>" in page


class Basket(BaseModel):
    sku: str
    count: int
    tags: Annotated[list[str], Field(min_length=1, max_length=2)]
    note: str


class Shelf(BaseModel):
    baskets: list[Basket]


@action(accept="form")
async def pack(  # as many fields as there are kinds
    sku: str,
    count: int,
    tags: Annotated[list[str], Field(min_length=1, max_length=2)],
    baskets: list[Basket],
    shelves: list[Shelf],
) -> None: ...


PLACES = {"": "", "baskets.0.": "baskets.*.", "shelves.0.baskets.1.": "shelves.*.baskets.*."}
OFFERED: dict[str, Any] = {"sku": ["a", "b"], "count": [1, 2], "tags": ["x", "y", "z"]}


def pack_page(serve: Serve, place: str, data: dict[str, Any], **options: Any) -> str:
    """What the page of a form says that offers choices at a place."""
    app: Sanic[Any, Any] = Sanic("packing")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"pack": pack}, **options))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(pack, choices={PLACES[place] + name: offer for name, offer in OFFERED.items()})))

    sent = {place + name: value for name, value in data.items()}
    return httpx2.post(f"{serve(app)}?_action=pack", data=sent).text


def error_at(page: str, path: str) -> str:
    """What is said at the control of a path."""
    said = re.search(rf"<[^>]* id=\"?pack-{path.replace('.', '-')}-errors\"?[^>]*>(?:<li>)?(.*?)</", page)
    assert said is not None, page
    return said[1]


@pytest.mark.parametrize("place", PLACES)
def test_choices_of_a_page_are_chosen(serve: Serve, place: str) -> None:
    """Of what the page makes a choice is said what to choose, at the top as in rows, and in rows of rows."""
    blank = pack_page(serve, place, {"sku": "", "count": "", "note": ""})
    wrong = pack_page(serve, place, {"sku": "a", "count": "x", "tags": ["x", "y", "z"], "note": "n"})

    assert error_at(blank, f"{place}sku") == "Choose sku"
    assert error_at(blank, f"{place}count") == "Choose count"
    assert error_at(blank, f"{place}tags") == "Choose at least 1"
    assert error_at(wrong, f"{place}count") == "Choose one of these"
    assert error_at(wrong, f"{place}tags") == "Choose at most 2"
    if place:
        assert error_at(blank, f"{place}note") == "Enter note"


def test_hook_is_told_of_choices_in_rows(serve: Serve) -> None:
    """Who says it in other words is asked with the sentence of a choice."""

    def doubled(issue: Issue) -> str:
        return f"{issue.message} (2x)" if issue.message.startswith("Choose") else issue.message

    text = pack_page(serve, "baskets.0.", {"sku": "", "count": "1", "note": "n"}, messages=doubled)

    assert error_at(text, "baskets.0.sku") == "Choose sku (2x)"
    assert error_at(text, "baskets.0.tags") == "Choose at least 1 (2x)"


def test_hook_is_told_the_label(serve: Serve) -> None:
    """A language that says it in another order has the type and the label."""

    def in_german(issue: Issue) -> str:
        if "label" in issue.values:
            return f"{issue.values['label']} ({issue.type}): bitte angeben"
        return "Bitte wählen" if issue.type == "too_short" else issue.message

    text = httpx2.post(f"{serve(app_of(messages=in_german))}?_action=order", data=BLANK).text

    assert "Your name (missing): bitte angeben" in text
    assert "<li>Bitte wählen</li>" in text
    assert "Enter" not in text


def test_where_rewording_ends(serve: Serve) -> None:
    """The message of an error is reworded where a form shows it; the error of the page and of JSON stays as raised."""

    @action(accept=("json", "form"))
    async def pay(n: int) -> int:
        raise ActionError("CONFLICT", "Not enough money")

    app: Sanic[Any, Any] = Sanic("bank")
    app.blueprint(ActionsBlueprint({"pay": pay}, messages=lambda issue: f"({issue.type})"))

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        result, fields = action_result(request, pay), form_fields(pay)
        assert isinstance(result, Err)
        return html(f"{result.error.message} | {fields.form_errors} | {fields.summary_html()}")

    url = serve(app)
    raised, errors, summary = httpx2.post(f"{url}?_action=pay", data={"n": "1"}).text.split(" | ")
    problem = httpx2.post(f"{url}/_actions/pay", json={"n": 1}).json()

    assert raised == problem["detail"] == "Not enough money"
    assert errors == "('(conflict)',)"
    assert "(conflict)" in summary


def test_scripts_are_told_as_before(serve: Serve) -> None:
    """A call has no labels: a missing field is required."""
    problem = httpx2.post(f"{serve(app_of())}/_actions/order", json={}).json()

    assert problem["fields"]["name"] == ["This field is required"]


class Card(BaseModel):
    kind: Literal["card"] = "card"
    number: str
    owner: Annotated[str, Field(title="Name on the card")]


class Transfer(BaseModel):
    kind: Literal["transfer"] = "transfer"
    iban: Annotated[str, Field(alias="IBAN", title="Account")]
    owner: Annotated[str, Field(title="Owner of the account")]


class Payment(BaseModel):
    by: Annotated[Card | Transfer, Field(discriminator="kind")]


@action(accept="form")
async def pay(
    by: Annotated[Card | Transfer, Field(discriminator="kind")], more: list[Payment], also: Card | None
) -> None: ...


def test_blank_fields_of_kinds_are_asked_for_by_their_names(serve: Serve) -> None:
    """A field of a member of a union is asked for like any other; not where two members call it differently."""
    app: Sanic[Any, Any] = Sanic("paying")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"pay": pay}))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(pay)))

    data = {"by.kind": "card", "by.number": "", "more.0.by.kind": "transfer", "more.0.by.IBAN": "", "also.owner": "A"}
    text = httpx2.post(f"{serve(app)}?_action=pay", data=data).text

    for message in (
        "By, Number: Enter number",
        "Name on the card: This field is required",
        "More 1, Account: Enter account",
    ):
        assert f">{message}<" in text


def of_kind(form: dict[str, Any]) -> Any:
    """What asks for a text with a pattern, in a control of a kind."""
    return Field(pattern=r"^[a-z]+$", json_schema_extra={"form": form})


@action(accept=("json", "form"))
async def reach(
    email: Annotated[str, of_kind({"widget": "email"})],
    mail: Annotated[str, of_kind({"type": "email"})],
    site: Annotated[str, of_kind({"widget": "url"})],
    phone: Annotated[str, of_kind({"widget": "tel"})],
    code: Annotated[str, of_kind({})],
    mails: list[Annotated[str, of_kind({"widget": "email"})]],
) -> None: ...


PATTERNS = {
    "email": "Enter an email address, such as ada@example.com",
    "mail": "Enter an email address, such as ada@example.com",
    "site": "Enter a URL, such as https://example.com",
    "phone": "Enter a phone number",
    "code": "Must match the pattern ^[a-z]+$",
}


def test_control_for_an_address_shows_no_pattern(serve: Serve) -> None:
    """What an email, a URL or a phone number must match is said without its pattern; a program is told the pattern."""
    app: Sanic[Any, Any] = Sanic("patterns")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"reach": reach}))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(reach)))

    url = serve(app)
    data = {**dict.fromkeys(PATTERNS, "1"), "mails.0": "1"}
    text = httpx2.post(f"{url}?_action=reach", data=data).text
    issues = httpx2.post(f"{url}/_actions/reach", json={**data, "mails": ["1"]}).json()["issues"]

    for path, sentence in PATTERNS.items():
        assert re.search(rf'id="?reach-{path}-errors[^>]*><li>{re.escape(sentence)}<', text), path
    assert {issue["message"] for issue in issues} == {"Must match the pattern ^[a-z]+$"}


@action(accept="form")
async def crash(name: str) -> None:
    raise RuntimeError("a secret")


@pytest.mark.parametrize("options", [{}, {"messages": lambda issue: f"({issue.values['id']}) {issue.message}"}])
def test_visitor_is_told_the_id_of_a_masked_failure(
    serve: Serve, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A form says under which id the log has the failure, and so do its parts in markup of one's own."""
    app: Sanic[Any, Any] = Sanic("crashes")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"crash": crash}, **options))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        fields = form_fields(crash)
        return html(f"{form(crash)}<p>{fields.form_errors[0]}</p>{form(crash, classes={'field': 'x'})}")

    text = httpx2.post(f"{serve(app)}?_action=crash", data={"name": "Ada"}).text
    identity = next(record.error_id for record in caplog.records if hasattr(record, "error_id"))

    sentence = f"The action failed. The server has logged why under the id {identity}."
    assert text.count(f">{f'({identity}) ' if options else ''}{sentence}<") == 3
    assert "given here" not in text

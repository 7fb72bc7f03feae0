"""Every sentence that a visitor can read goes through one hook: what it does not mark stands in no page."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import html5lib
import httpx2
import pytest
from conftest import running
from pydantic import AnyUrl, BaseModel, EmailStr, Field, PastDate, SecretStr
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Accept, ActionError, Issue, Limits, MaxBytes, UploadedFile, action
from sanic_actions._limits import DEFAULTS
from sanic_actions.server import ActionsBlueprint, SQLiteStore, form, form_fields
from sanic_actions.server._controls import words

MARK = "\N{CHECK MARK}"

Serve = Callable[[Sanic[Any, Any]], str]


def title(text: str) -> Any:
    """A title of the app's own, which the app marks itself."""
    return Field(title=f"{text} {MARK}")


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"

    @property
    def label(self) -> str:
        return f"{self.value} {MARK}"


class Card(BaseModel):
    kind: Annotated[Literal["card"], title("Kind")] = "card"
    number: Annotated[str, title("Number")]


class Transfer(BaseModel):
    kind: Annotated[Literal["transfer"], title("Kind")] = "transfer"
    iban: Annotated[str, Field(min_length=5, title=f"Iban {MARK}")]


class Line(BaseModel):
    sku: Annotated[str, Field(min_length=2, title=f"Sku {MARK}")]
    count: Annotated[int, Field(ge=1, title=f"Count {MARK}")] = 1


OPTIONS = {"form": {"options": {"card": f"Card {MARK}", "transfer": f"Transfer {MARK}"}}}


@action(accept="form")
async def everything(
    text: Annotated[str, title("Text")],
    line: Annotated[str, Field(pattern=r"^\d+$", title=f"Line {MARK}")],
    whole: Annotated[int, Field(ge=1, title=f"Whole {MARK}")],
    real: Annotated[float, title("Real")],
    price: Annotated[Decimal, Field(max_digits=3, title=f"Price {MARK}")],
    day: Annotated[PastDate, title("Day")],
    moment: Annotated[datetime, title("Moment")],
    clock: Annotated[time, title("Clock")],
    span: Annotated[timedelta, title("Span")],
    id: Annotated[UUID, title("Id")],
    email: Annotated[EmailStr, title("Email")],
    url: Annotated[AnyUrl, title("Url")],
    secret: Annotated[SecretStr, Field(min_length=8, title=f"Secret {MARK}")],
    size: Annotated[Size, title("Size")],
    sizes: Annotated[set[Size], Field(min_length=1, title=f"Sizes {MARK}")],
    perhaps: Annotated[bool | None, title("Perhaps")],
    terms: Annotated[Literal[True], title("Terms")],
    method: Annotated[Card | Transfer, Field(discriminator="kind", title=f"Method {MARK}", json_schema_extra=OPTIONS)],
    lines: Annotated[list[Line], Field(min_length=1, title=f"Lines {MARK}")],
    file: Annotated[UploadedFile, MaxBytes(100), Accept(".txt"), title("File")],
    files: Annotated[list[Annotated[UploadedFile, MaxBytes(100)]], title("Files")] = [],
    other: Annotated[date | None, title("Other")] = None,
) -> str:
    if text == "conflict":
        raise ActionError("CONFLICT", "is taken")
    raise RuntimeError("a secret")


@action(accept="form", limits=Limits(rate="1/day"))
async def rated(text: Annotated[str, title("Text")]) -> str:
    return text


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    def marked(issue: Issue) -> str:
        return f"{issue.message} {MARK}"

    app: Sanic[Any, Any] = Sanic("sentences")
    app.config.AUTO_EXTEND = False
    folder: Path = tmp_path_factory.mktemp("sentences")
    state = SQLiteStore(folder / "state.db")
    tree = {"everything": everything, "rated": rated}
    app.blueprint(ActionsBlueprint(tree, messages=marked, state=state, uploads=folder / "uploads"))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(f"<!doctype html><title>{MARK}</title>{form(everything)}{form(rated)}")

    @app.get("/own")
    async def own(request: Request) -> HTTPResponse:
        fields = form_fields(everything)
        markup = f"{fields.summary_html()}{fields}{fields.progress_html()}{fields.button_html()}"
        return html(f"<!doctype html><title>{MARK}</title><form{fields.words_html()}>{markup}</form>")

    with running(app) as url:
        yield url


SPOKEN = (
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "data-sanic-unanswered",
    "data-sanic-kept",
    "data-sanic-too-large",
)


def unmarked(markup: str) -> list[str]:
    """What of a page a visitor can read that went through no hook."""
    tree = html5lib.parse(markup, namespaceHTMLElements=False)
    texts: list[str | None] = []
    for element in tree.iter():
        texts += [element.get(name) for name in SPOKEN]
        texts += [child.tail for child in element]
        if element.tag not in ("textarea", "style"):
            texts.append(element.text)
    return [text for text in texts if text and text.strip() and MARK not in text]


FILE = ("file", ("a.txt", b"text", "text/plain"))
WRONG = {
    **dict.fromkeys(("line", "whole", "real", "price", "day", "moment", "clock", "span", "id", "email", "url"), "x"),
    "secret": "x",
    "size": "x",
    "sizes": "x",
    "terms": "no",
    "method.kind": "transfer",
    "method.iban": "x",
    "lines.0.sku": "x",
    "lines.0.count": "0",
    "perhaps": "x",
    "other": "x",
}
RIGHT = {
    "text": "a",
    "line": "1",
    "whole": "1",
    "real": "1",
    "price": "1",
    "day": "2001-01-01",
    "id": str(UUID(int=1)),
    "moment": "2001-01-01T10:00",
    "clock": "10:00",
    "span": "PT1M",
    "email": "ada@example.com",
    "url": "https://example.com/",
    "secret": "correct horse",
    "size": "s",
    "sizes": "s",
    "perhaps": "true",
    "terms": "true",
    "method.kind": "card",
    "method.number": "1",
    "lines.0.sku": "ab",
}
POSTS: dict[str, tuple[dict[str, str], list[Any], int]] = {
    "blank": ({}, [], 400),
    "wrong": (WRONG, [FILE], 400),
    "file of another type": ({}, [("file", ("a.bin", b"x", "x/y"))], 400),
    "file too large": ({}, [("file", ("a.txt", b"x" * 200, "text/plain"))], 400),
    "form too large": ({}, [("file", ("a.txt", b"x" * (DEFAULTS.body or 0) * 2, "text/plain"))], 413),
    "kept file that is gone": ({**RIGHT, "_action.upload": f"file={'x' * 32}"}, [], 400),
    "refused by the handler": ({**RIGHT, "text": "conflict"}, [FILE], 409),
    "masked": (RIGHT, [FILE], 500),
    "row added": ({"_action.add": "lines"}, [FILE], 200),
}


@pytest.mark.parametrize("case", POSTS)
def test_every_sentence_goes_through_the_hook(url: str, case: str) -> None:
    """Whatever the form shows and whatever went wrong with it, each sentence is marked."""
    data, files, status = POSTS[case]
    parts = [*((name, (None, text)) for name, text in data.items()), *files, ("_action.key", (None, ""))]

    response = httpx2.post(f"{url}/?_action=everything", files=parts, timeout=60)

    assert response.status_code == status
    assert unmarked(response.text) == []


def test_what_is_not_marked_is_seen() -> None:
    """The search finds words between elements, in them, and in attributes."""
    markup = f"<p aria-label=one>two<b>{MARK}</b>three<option>four</option></p>"

    assert sorted(unmarked(markup)) == ["four", "one", "three", "two"]


def test_untouched_pages(url: str) -> None:
    """Buttons, choices, progress and the script's own words are marked, also in markup of the page's own."""
    for path in ("/", "/own"):
        assert unmarked(httpx2.get(url + path).text) == [], path


def test_refusals(url: str) -> None:
    """Too many calls, and an unknown content type."""
    answers = [httpx2.post(f"{url}/?_action=rated", data={"text": "a"}) for _ in range(2)]
    answers.append(httpx2.post(f"{url}/?_action=everything", content=b"x", headers={"content-type": "text/plain"}))

    assert [answer.status_code for answer in answers] == [303, 429, 415]
    assert unmarked(answers[1].text) == unmarked(answers[2].text) == []


def test_sent_again(url: str) -> None:
    """The sentence for a form that is sent from Back after its result was shown."""
    with httpx2.Client(base_url=url) as client:
        other = f"{url}/?_action=rated"
        data = {"text": "again", "_action.token": "t" * 22}
        first = client.post(other, data=data, headers={"x-forwarded-for": "10.0.0.1"})
        assert first.status_code in (303, 429)
        assert unmarked(client.get("/").text) == []


def test_each_word_is_documented() -> None:
    """The words that the library puts into forms are listed with their types."""
    page = Path(__file__).parents[2].joinpath("docs/guides/forms.md").read_text()
    types = {word.type for word in vars(words).values() if isinstance(word, words.Word)}

    assert [each for each in sorted(types) if not re.search(rf"`{each}`", page)] == []

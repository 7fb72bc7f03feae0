"""What was typed is never lost, whatever a post fails by: its page renders with it, where a page can be rendered."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx2
import pytest
from browser_form import sent as sent_by
from conftest import running
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import Forbidden, ServiceUnavailable
from sanic.response import html

from sanic_actions import ActionContext, ActionError, InputError, Issue, Limits, MaxBytes, UploadedFile, action
from sanic_actions.server import ActionsBlueprint, SQLiteStore, action_result, form
from sanic_actions.server._call.site import MAX_REFUSALS

TYPED = "what was typed"
EVIL = {"origin": "https://evil.example"}


def signed_in(context: ActionContext) -> None:
    if "x-refuse" in context.headers:
        raise ActionError("UNAUTHORIZED", "Your session has ended")


@action(accept="form", guard=signed_in)
async def plain(
    text: str, number: int = 1, photo: Annotated[UploadedFile, MaxBytes("1MB")] | None = None, after: str = ""
) -> str:
    if text == "crash":
        raise RuntimeError("a secret")
    await asyncio.sleep(number / 1_000)
    return text


@action(accept="form", limits=Limits(rate="1/day"))
async def rated(text: str) -> str:
    return text


NARROW_RUNS, OTHER_IS_REFUSED = threading.Event(), threading.Event()


@action(accept="form", limits=Limits(concurrent=1))
async def narrow(text: str) -> str:
    NARROW_RUNS.set()
    await asyncio.to_thread(OTHER_IS_REFUSED.wait, 30)
    return text


@action(accept="form", limits=Limits(seconds=0.05))
async def slow(text: str) -> str:
    await asyncio.sleep(5)
    return text


@action
async def of_json(text: str) -> str:
    return text


@action(accept="form")
async def closed(text: str) -> str:
    return text


TREE = {"plain": plain, "rated": rated, "narrow": narrow, "slow": slow, "of_json": of_json}


def in_words(issue: Issue) -> str:
    return f"[{issue.type}] {issue.message}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app: Sanic[Any, Any] = Sanic("refused")
    app.config.AUTO_EXTEND = False
    maintained = ActionsBlueprint({"closed": closed}, prefix="/closed")
    state = SQLiteStore(tmp_path_factory.mktemp("state") / "state.db")
    app.blueprint(ActionsBlueprint(TREE, state=state))

    @maintained.on_request
    async def maintain(request: Request) -> None:
        errors = {
            "action": ActionError("SERVICE_UNAVAILABLE", "Back at noon"),
            "sanic": Forbidden("Not from here"),
            "sanic 503": ServiceUnavailable("Overloaded"),
            "bug": ZeroDivisionError("a secret"),
        }
        raise errors[request.headers.get("x-refuse", "action")]

    app.blueprint(maintained)

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html("".join(str(form(each, key="k")) for each in (plain, rated, narrow, slow, closed)))

    @app.get("/json")
    async def page_of_json(request: Request) -> HTTPResponse:
        return html(f"<p>JSON</p>{form(of_json)}")

    with running(app) as url:
        yield url


def sent(url: str, name: str, data: dict[str, str], **options: Any) -> httpx2.Response:
    """Post a form with a key, as a page with several forms has it."""
    return httpx2.post(f"{url}?_action={name}", data={"_action.key": "k", **data}, timeout=60, **options)


REFUSALS: dict[str, tuple[str, dict[str, str], dict[str, str], int, str]] = {
    "guard": ("plain", {}, {"x-refuse": "yes"}, 401, "Your session has ended"),
    "invalid": ("plain", {"number": "x"}, {}, 400, "Enter a whole number"),
    "masked": ("plain", {"text": "crash"}, {}, 500, "The action failed"),
    "time of the action": ("slow", {}, {}, 503, "took longer"),
    "deadline of the caller": ("plain", {"number": "900"}, {"request-timeout": "0.1"}, 504, ""),
    "middleware": ("closed", {}, {}, 503, "Back at noon"),
    "middleware: Sanic's refusal": ("closed", {}, {"x-refuse": "sanic"}, 403, "Not from here"),
    "middleware: Sanic's failure": ("closed", {}, {"x-refuse": "sanic 503"}, 503, "Overloaded"),
    "middleware: a bug": ("closed", {}, {"x-refuse": "bug"}, 500, "The action failed"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_words_stay(url: str, case: str) -> None:
    """The page has the status and the message of the failure, and all that was typed, in the form that was sent."""
    name, data, headers, status, message = REFUSALS[case]
    typed = {"text": TYPED, "after": "the end", **data}

    response = sent(url, name, typed, headers=headers)

    assert response.status_code == status
    assert message in response.text
    assert "a secret" not in response.text
    assert typed["text"] in response.text
    assert response.headers["content-type"].startswith("text/html")


def test_words_stay_when_there_were_too_many_calls(url: str) -> None:
    """Of one caller, and at once: nothing of the form was read to refuse it."""
    assert sent(url, "rated", {"text": "first"}).status_code == 303
    rated = sent(url, "rated", {"text": TYPED})

    async def both() -> list[httpx2.Response]:
        first = asyncio.create_task(asyncio.to_thread(sent, url, "narrow", {"text": "first"}))
        assert await asyncio.to_thread(NARROW_RUNS.wait, 30)
        second = await asyncio.to_thread(sent, url, "narrow", {"text": TYPED})
        OTHER_IS_REFUSED.set()
        return [await first, second]

    first, second = asyncio.run(both())

    assert (rated.status_code, TYPED in rated.text) == (429, True)
    assert (first.status_code, second.status_code, TYPED in second.text) == (303, 503, True)
    assert second.headers["retry-after"]


def test_words_stay_when_the_store_is_full(tmp_path: Path) -> None:
    """A form with a token that nothing has room for is refused, and shown again."""
    app: Sanic[Any, Any] = Sanic("full")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"plain": plain}, state=SQLiteStore(tmp_path / "state.db", max_bytes=20_000)))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(plain)))

    with running(app) as url:
        answers = [
            httpx2.post(f"{url}/?_action=plain", data={"text": f"{TYPED} {n}", "_action.token": f"{n:022}"})
            for n in range(60)
        ]

    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused
    assert TYPED in refused[-1].text


@pytest.mark.parametrize("multipart", [False, True], ids=["urlencoded", "multipart"])
@pytest.mark.parametrize("size", [10, 200_000])
def test_forms_of_any_size_that_a_guard_refuses(url: str, multipart: bool, size: int) -> None:
    """Whatever the encoding, and however the body arrives; what stands behind a file too."""
    fields = {"_action.key": "k", "text": TYPED + "x" * size, "after": "the end"}
    files = [("photo", ("a.png", b"x" * size, "image/png"))] if multipart else []
    parts = [(key, (None, value)) for key, value in fields.items()]
    options: Any = {"files": [*parts[:2], *files, *parts[2:]]} if multipart else {"data": fields}

    response = httpx2.post(f"{url}?_action=plain", headers={"x-refuse": "yes"}, timeout=60, **options)

    assert response.status_code == 401
    assert fields["text"] in response.text
    assert "the end" in response.text


@pytest.mark.parametrize("size", [2_500_000, 6_000_000])
def test_form_that_is_too_large_as_a_whole(url: str, size: int) -> None:
    """It is refused at the field of its largest file, and what was typed before and after the file stays."""
    parts: Any = [
        *((key, (None, value)) for key, value in {"_action.key": "k", "text": TYPED}.items()),
        ("photo", ("a.png", b"x" * size, "image/png")),
        ("after", (None, "the end")),
    ]

    response = httpx2.post(f"{url}?_action=plain", files=parts, timeout=60)

    assert response.status_code == 413
    assert '<li><a href="#plain-k-photo">Photo: Must be at most 1 MB</a></li>'.replace('"', "") in (
        response.text.replace('"', "")
    )
    assert TYPED in response.text
    assert "the end" in response.text


LONG: dict[str, tuple[int, bool, str]] = {
    "more than the action takes": (1_200_000, False, "text_too_large"),
    "in umlauts, each of six bytes on its way": (350_000, False, "text_too_large"),
    "more text than the action takes, with room for a file": (1_500_000, True, "text_too_large"),
    "more than is shown again": (5_000_000, False, "form_not_kept"),
    "more than is shown again, with a file": (5_000_000, True, "form_not_kept"),
}


@pytest.mark.parametrize("case", LONG)
def test_text_that_is_too_long(case: str) -> None:
    """A form whose text alone is too large comes back with all of it, up to four times what it takes."""
    size, has_file, type_ = LONG[case]
    unit = "ä" if "umlauts" in case else "x"
    fields = {"note": "a note", "text": TYPED + unit * size}
    parts: Any = [(key, (None, value)) for key, value in fields.items()]
    if has_file:
        parts.append(("photo", ("a.png", b"x" * 100, "image/png")))
    options: Any = {"files": parts} if has_file else {"data": fields}

    @action(accept="form")
    async def letter(text: str, note: str = "", photo: Annotated[UploadedFile, MaxBytes("8MB")] | None = None) -> int:
        return 0

    @action(accept="form")
    async def short(text: str, note: str = "") -> int:
        return 0

    app: Sanic[Any, Any] = Sanic("long")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"letter": letter, "short": short}, messages=in_words))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(letter)) + str(form(short)))

    with running(app) as url:
        name = "letter" if has_file else "short"
        response = httpx2.post(f"{url}/?_action={name}", timeout=60, **options)

    is_shown = type_ == "text_too_large"
    assert response.status_code == 413
    assert (fields["text"] in response.text, "a note" in response.text) == (is_shown, is_shown)
    assert f"[{type_}]" in response.text
    assert (f"<a href=#{name}-text>" in response.text.replace('"', "")) == is_shown


MANY: dict[str, tuple[int, int, int, bool, str]] = {
    "fields": (1_500, 0, 0, True, "[too_many_fields] Enter less: a form may have at most 1000 fields"),
    "fields, and a file": (1_500, 1, 0, True, "[too_many_fields] Enter less: a form may have at most 1000 fields"),
    "far too many fields": (5_000, 0, 0, False, "[fields_not_kept]"),
    "far too many fields, and a file": (5_000, 1, 0, False, "[fields_not_kept]"),
    "files": (1, 150, 0, True, "[too_many_files] Choose fewer files: at most 100 can be sent at once"),
    "far too many files": (1, 500, 0, False, "[files_not_kept]"),
    "bytes in a name": (1, 0, 5_000, False, "[name_not_kept]"),
    "bytes in the name of a file": (1, 1, 5_000, False, "[name_not_kept]"),
}


@pytest.mark.parametrize("case", MANY)
def test_each_limit_has_its_own_sentence(case: str) -> None:
    """A form with too many fields or files comes back, up to four times as many, and says which limit it is over."""
    fields, files, length, is_shown, message = MANY[case]

    @action(accept="form")
    async def tag(tags: list[str], text: str, photos: list[UploadedFile] | None = None) -> int:
        return 0

    app: Sanic[Any, Any] = Sanic("many")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"tag": tag}, messages=in_words))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(tag)))

    with running(app) as url:
        data: Any = {"text": TYPED, "tags": [f"t{number}" for number in range(fields)]}
        if length and not files:
            data["n" * length] = "x"
        photos = [("photos", (f"{number}" + "x" * length, b"x", "image/png")) for number in range(files)]
        response = httpx2.post(f"{url}/?_action=tag", data=data, files=photos or None, timeout=60)

    assert response.status_code == 413
    assert (TYPED in response.text, f"t{fields - 1}" in response.text) == (is_shown, is_shown)
    assert message in response.text
    assert "1 MB" not in response.text


@pytest.mark.parametrize(("size", "more", "status"), [(90_000_000, "a: b", 413), (5_000_000, "x-refuse: yes", 401)])
def test_what_is_far_too_large_is_not_read(url: str, exchange: Any, size: int, more: str, status: int) -> None:
    """Beyond what a form may cost, nothing is read: the answer comes while the body has yet to be sent.

    What a guard refuses costs no more than what the action takes.
    """
    head = f"POST /?_action=plain HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n{more}\r\n"
    head += "content-type: multipart/form-data; boundary=b\r\n\r\n"

    assert exchange(url, head.encode()).startswith(f"HTTP/1.1 {status}".encode())


@pytest.mark.parametrize("name", ["plain", "closed", "rated"])
def test_pages_of_others_see_nothing(url: str, name: str) -> None:
    """A post of another site renders nothing, and nothing of it is read, whoever else refuses it."""
    response = sent(url, name, {"text": TYPED}, headers=EVIL)

    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert TYPED not in response.text


def test_form_for_an_action_of_json(url: str) -> None:
    """The page of an action that takes no forms shows what was typed."""
    response = httpx2.post(f"{url}/json?_action=of_json", data={"text": TYPED})

    assert (response.status_code, TYPED in response.text) == (415, True)


def test_size_is_said_by_the_hook() -> None:
    """The sentence of a form that is too large goes through ``messages`` like all others."""

    @action(accept="form")
    async def two(first: UploadedFile, second: UploadedFile, note: Annotated[str, Field(max_length=9)] = "") -> int:
        return 0

    app: Sanic[Any, Any] = Sanic("size")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"two": two}, messages=in_words))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(two)))

    with running(app) as url:
        files = [("first", ("a", b"x", "a/b")), ("second", ("b", b"x" * 1_100_000, "a/b"))]
        response = httpx2.post(f"{url}/?_action=two", files=files, timeout=60)

    assert response.status_code == 413
    assert "Second: [form_too_large] Choose a smaller file: all that is sent may have at most 1 MB" in response.text


def test_mistakes_of_pages_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A form for an action that takes none, and one for an action that is not there, with the nearest name."""
    app: Sanic[Any, Any] = Sanic("mistakes")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(of_json)))

    with caplog.at_level(logging.WARNING, "sanic_actions"), running(app) as url:
        for _ in range(3):
            httpx2.get(url)
            assert httpx2.post(f"{url}/?_action=plian", data={"text": "x"}).status_code == 404
        for number in range(200):
            httpx2.post(f"{url}/?_action=made-up-{number}", data={})

    messages = [record.getMessage() for record in caplog.records if record.name == "sanic_actions"]
    assert messages[0] == "A page has a form for 'of_json', which takes JSON only: declare it with accept='form'."
    assert messages[1].endswith("'plian', which is not an action that this page can post to. Did you mean 'plain'?")
    assert messages.count(messages[0]) == messages.count(messages[1]) == 1
    assert len(messages) == MAX_REFUSALS


def test_form_whose_posts_an_old_route_takes_is_logged_when_it_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    """A page whose form goes to a route of the app for POST says so in the log, before anybody sends it."""
    app: Sanic[Any, Any] = Sanic("old")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))

    @app.get("/login/<number:int>")
    async def login(request: Request, number: int) -> HTTPResponse:
        return html(str(form(plain, request=request)))

    @app.post("/login/<number:int>")
    async def old_login(request: Request, number: int) -> HTTPResponse:
        return html("old")

    @app.get("/elsewhere")
    async def elsewhere(request: Request) -> HTTPResponse:
        return html(str(form(plain, path="/login/7", request=request)))

    @app.get("/right")
    async def right(request: Request) -> HTTPResponse:
        return html(f"{form(plain, request=request)}{form(plain, path='/right', request=request)}")

    with caplog.at_level(logging.WARNING, "sanic_actions"), running(app) as url:
        for path in ("/right", "/login/1", "/login/2", "/elsewhere"):
            assert httpx2.get(f"{url}{path}").status_code == 200
        assert httpx2.post(f"{url}/login/1?_action=plain", data={"text": "x"}).text == "old"
        assert httpx2.post(f"{url}/right?_action=plain", data={"text": "x"}).status_code == 303

    messages = [record.getMessage() for record in caplog.records if record.name == "sanic_actions"]
    assert len(messages) == 1
    assert messages[0].startswith(
        "'plain' will not be run by its form on the page 'old.login': the route 'old.old_login'"
    )


def test_forms_that_cannot_arrive_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A page that takes posts itself, so that no action runs; and a form that sends its files by name only."""
    app: Sanic[Any, Any] = Sanic("unsent")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(plain, request=request)))

    @app.route("/own", methods=["GET", "POST"])
    async def own(request: Request) -> HTTPResponse:
        return html(f"{action_result(request, plain)}{form(plain, request=request)}")

    with caplog.at_level(logging.WARNING, "sanic_actions"), running(app) as url:
        for _ in range(2):
            httpx2.post(f"{url}/own?_action=plain", data={"text": "x"})
            httpx2.post(f"{url}/?_action=plain", data={"text": "x", "photo": "me.png"})
        httpx2.post(f"{url}/?_action=plain", data={"text": "x", "photo": ""})
        httpx2.post(f"{url}/own", data={"text": "x"})

    messages = [record.getMessage() for record in caplog.records if record.name == "sanic_actions"]
    assert len(messages) == 2
    assert messages[0].startswith("'plain' was not run: the page 'unsent.own' takes posts itself")
    assert messages[1].startswith("A form for 'plain' sends its files by name only: write <form")


class Contact(BaseModel):
    email: str
    phone: str


class Letter(BaseModel):
    kind: Literal["letter"] = "letter"
    street: str


class Mail(BaseModel):
    kind: Literal["mail"] = "mail"
    address: str


@action(accept="form")
async def sign_up(
    number: int,
    size: Annotated[Literal["s", "m"], Field(json_schema_extra={"form": {"widget": "radio"}})],
    contact: Contact,
    by: Letter | Mail,
    people: list[Contact],
    terms: Literal[True],
) -> None:
    raise InputError.on("contact.emial", "is taken").on("contact.phone", "is taken").on("", "Try later")


def signing_up(name: str) -> Sanic[Any, Any]:
    """An app with the form on its page."""
    app: Sanic[Any, Any] = Sanic(name)
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"sign_up": sign_up}))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(sign_up, request=request)))

    return app


def test_controls_that_a_form_lacks_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A field that the form has no control for, and that has to be filled in; not what a visitor has left blank."""
    app = signing_up("lacking")
    blank = {"number": "", "contact.email": "", "contact[phone]": "", "by.kind": "mail", "people.0.email": "x"}
    with caplog.at_level(logging.WARNING, "sanic_actions"), running(app) as url:
        sign = dict(sent_by(httpx2.get(url).text))["_action.form"]
        for _ in range(2):
            for data in (
                {**blank, "_action.form": sign, "people.0.phone": ""},
                {"contact.email": "", "_action.form": sign, "_action.add": "people"},
                {"contact.email": ""},
                {**blank, "_action.form": sign},
                {"contact.email": "", "by.kind": "mail", "by.address": "x", "_action.form": sign},
            ):
                assert httpx2.post(f"{url}/?_action=sign_up", data=data).status_code in (200, 400)

    messages = [record.getMessage() for record in caplog.records if record.name == "sanic_actions"]
    assert [message.partition(",")[0] for message in messages] == [
        f"A form for 'sign_up' was sent without a control for {path!r}"
        for path in ("people.0.phone", "number", "contact.phone")
    ]
    assert "write {{ fields['number'] }}" in messages[1]


def test_message_about_no_field_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A misspelt path in an InputError, whose message is shown at no control."""
    app = signing_up("misspelt")
    data = {"number": "1", "size": "s", "contact.email": "x", "contact.phone": "x", "terms": "true"}
    data |= {"by.kind": "mail", "by.address": "x"}
    with caplog.at_level(logging.WARNING, "sanic_actions"), running(app) as url:
        for _ in range(2):
            assert "is taken" in httpx2.post(f"{url}/?_action=sign_up", data=data).text

    (message,) = [record.getMessage() for record in caplog.records if record.name == "sanic_actions"]
    assert message.startswith("'sign_up' raised an InputError about 'contact.emial', which is not a field")
    assert message.endswith("Did you mean 'contact.email'?")

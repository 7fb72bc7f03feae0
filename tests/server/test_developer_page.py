"""The page at the prefix: what it shows, what a call from it does, and that only apps in debug mode have it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from html import unescape
from typing import Annotated, Any, Literal

import httpx2
import pytest
from annotated_types import Ge, MinLen
from application.app import create_app
from conftest import running
from pydantic import BaseModel, Field, SecretStr
from sanic import Sanic

from sanic_actions import (
    ActionError,
    ApiKey,
    Bearer,
    Download,
    Injected,
    InputError,
    Namespace,
    SessionCookie,
    UploadedFile,
    action,
)
from sanic_actions._entry import Entry
from sanic_actions._wire import Codec
from sanic_actions.contract import describe
from sanic_actions.server import ActionContext, ActionsBlueprint
from sanic_actions.server._blueprint import mounts
from sanic_actions.server._developer_page.samples import Sampler

ran: list[object] = []


class Order(BaseModel):
    sku: str = Field(alias="stockKeepingUnit", min_length=1)
    count: Annotated[int, Ge(3)]


class SoldOut(ActionError, code="CONFLICT"):
    """Nothing is left."""

    sku: str


def members(context: ActionContext) -> None:
    raise ActionError("UNAUTHORIZED", "Sign in <first>.")


@action(raises=[SoldOut])
def buy(order: Order, note: str | None = None) -> Order:
    """Buy <b>something</b>.

    At once.
    """
    ran.append(order)
    return order


@action(accept="form")
def upload(name: Annotated[str, MinLen(1)], paper: UploadedFile) -> str:
    ran.append(name)
    return f"<script>{name}</script>"


@action
def ping() -> None:
    ran.append("ping")


@action(guard=members)
def secret() -> str:
    ran.append("secret")
    return "secret"


TREE = Namespace(shop=Namespace(buy=buy, upload=upload), ping=ping, secret=secret)
SAME = {"sec-fetch-site": "same-origin"}


def make_app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("developers")
    app.blueprint(ActionsBlueprint(TREE))
    return app


@pytest.fixture
def url() -> Any:
    """The URL of an app in debug mode."""
    ran.clear()
    with running(make_app(), debug=True) as url:
        yield f"{url}/_actions/"


def test_page_says_what_is_served(url: str) -> None:
    """Each action stands there with types, documentation, guards, errors, and how it is called; all of it escaped."""
    page = httpx2.get(url)

    assert page.status_code == httpx2.get(url.rstrip("/")).status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for part in (
        '<section id="shop.buy">',
        "Buy &lt;b>something",
        "<code>order: Order</code>",
        "<code>note: None | str = None</code>",
        "<code>count: int</code>  (ge 3)",
        "<code>SoldOut</code> 409",
        "<dd>members",
        "actions.shop.buy(order=Order(sku='text', count=3))",
        f"curl {url}shop.buy",
        "--form-string name=text -F paper=@file",
        f"curl {url}ping -X POST",
    ):
        assert part in page.text


@pytest.mark.parametrize("path", ["", "/", "/?try=ping"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
def test_no_page_outside_debug_mode(method: str, path: str) -> None:
    """Without debug mode there is no page, and nothing can be called through it."""
    ran.clear()
    with running(make_app()) as url:
        answer = httpx2.request(method, f"{url}/_actions{path}", headers=SAME)

    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"
    assert ran == []


def test_json_is_tried(url: str) -> None:
    """The JSON of the page's form is the input; the answer and what was typed are shown."""
    typed = '{"order": {"stockKeepingUnit": "</textarea>", "count": 3}}'
    page = httpx2.post(url, params={"try": "shop.buy"}, data={"input": typed}, headers=SAME)

    assert page.status_code == 200
    assert "Status 200" in page.text
    assert "{&quot;order&quot;" in page.text or '{"order"' in page.text
    assert '</textarea>"' not in page.text
    assert ran == [Order(stockKeepingUnit="</textarea>", count=3)]


@pytest.mark.parametrize("typed", ["", "{", '{"order": 1}', '{"order": {"stockKeepingUnit": "a", "count": 1}}'])
def test_wrong_json_is_shown_again(url: str, typed: str) -> None:
    """What cannot be read is answered as to any caller, beside what was typed."""
    page = httpx2.post(url, params={"try": "shop.buy"}, data={"input": typed}, headers=SAME)

    assert page.status_code == 400
    assert "Status 400" in page.text
    assert ran == []


def test_form_is_tried(url: str) -> None:
    """An action that takes only forms has its own form there, files too; its answer is text, whatever it holds."""
    page = httpx2.post(
        url, params={"try": "shop.upload"}, data={"name": "a"}, files={"paper": ("a.txt", b"x")}, headers=SAME
    )

    assert page.status_code == 200
    assert "&lt;script>a" in page.text
    assert 'enctype="multipart/form-data"' in page.text
    assert ran == ["a"]


def test_action_without_input_and_output_is_tried(url: str) -> None:
    """A call that gives nothing shows the status that a caller gets."""
    headers = {**SAME, "content-type": "application/x-www-form-urlencoded"}
    page = httpx2.post(url, params={"try": "ping"}, headers=headers, content=b"")

    assert page.status_code == 200
    assert "Status 204" in page.text
    assert ran == ["ping"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://evil.example"},
    ],
)
def test_pages_of_others_call_nothing(url: str, headers: dict[str, str]) -> None:
    """A form of another origin is refused, as everywhere."""
    page = httpx2.post(url, params={"try": "ping"}, data={"input": "{}"}, headers=headers)

    assert page.status_code == 403
    assert ran == []


@pytest.mark.parametrize(("name", "status"), [("secret", 401), ("nothing", 404), ("", 404)])
def test_checks_are_those_of_a_call(url: str, name: str, status: int) -> None:
    """Guards refuse, and unknown names are not found."""
    page = httpx2.post(url, params={"try": name}, data={"input": "{}"}, headers=SAME)

    assert page.status_code == status
    assert "Sign in <first>" not in page.text
    assert ran == []


def test_too_much(url: str) -> None:
    """The body has a limit like any other."""
    page = httpx2.post(url, params={"try": "shop.buy"}, data={"input": "x" * 4_000_000}, headers=SAME)

    assert page.status_code == 413
    assert ran == []


def entries() -> list[Entry]:
    """The actions of the test application that take JSON."""
    return [entry for entry in mounts(create_app())[0].entries.values() if entry.definition.input is not None]


def mistakes(codec: Codec[Any], sample: object) -> set[str]:
    """What is wrong with a sample, by the types of the issues."""
    try:
        codec.validate(sample)
    except InputError as error:
        return {issue.type for issue in error.issues}
    return set()


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_samples_are_valid(entry: Entry) -> None:
    """The input that the form starts with is one that the action takes, but for patterns."""
    assert entry.definition.input is not None
    contract = describe({entry.name: entry}).as_json()
    sample = Sampler(contract["inputs"]).fields(contract["actions"][entry.name]["input"])

    assert mistakes(Codec(entry.definition.input.annotation), sample) <= {"string_pattern_mismatch"}


class Line(BaseModel):
    sku: str
    count: int


@action(accept="form")
def book(
    supplier: str,
    lines: Annotated[list[Line], MinLen(1)],
    tags: list[str],
    urgent: bool,
    note: str | None,
    paper: UploadedFile,
) -> int:
    return len(lines)


def test_curl_line_of_a_form_is_taken(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The curl line sends rows, empty lists, boxes and files as a form does, and the typed call names the package."""
    (tmp_path / "pyproject.toml").write_text('[tool.sanic-actions]\napp = "x:app"\npackage = "shop_client"\n')
    monkeypatch.chdir(tmp_path)
    app: Sanic[Any, Any] = Sanic("curl")
    app.blueprint(ActionsBlueprint(Namespace(book=book)))
    with running(app, debug=True) as url:
        page = unescape(httpx2.get(f"{url}/_actions/").text)
        line = next(line for line in page.split("<code>") if line.startswith("curl")).partition("</code>")[0]
        words = shlex.split(line)
        flags = ("-F", "--form-string")
        pairs = [word.partition("=") for word, flag in zip(words[1:], words, strict=False) if flag in flags]
        files: Any = [
            (key, ("file", b"x", "text/plain") if value == "@file" else (None, value)) for key, _, value in pairs
        ]
        answer = httpx2.post(words[1], files=files)

    assert (answer.status_code, answer.text) == (200, "1")
    assert "from shop_client import actions" in page


# ---- Who calls, and what was tried


class User:
    def __init__(self, name: str) -> None:
        self.name = name


class Role:
    """A guard that is an object."""

    def __call__(self, context: ActionContext) -> None:
        """Let in."""


def find(token: str) -> User | None:
    return {"token-of-ada": User("ada")}.get(token)


@action(guard=Bearer(find))
def who(word: str, caller: Annotated[User, Injected]) -> str:
    return f"{caller.name}{word}"


@action(guard=SessionCookie("sid", find) | ApiKey("X-Key", find))
def key(caller: Annotated[User, Injected]) -> str:
    return caller.name


@action(accept=("json", "form"), guard=Role())
def both(name: Annotated[str, MinLen(2)], size: int = 1) -> str:
    return name * size


@action
def headers(context: ActionContext) -> list[str]:
    return sorted(name for name in context.headers if name in ("authorization", "x-key"))


@action
def count(to: int) -> Iterator[int]:
    yield from range(to)


@action
def paper() -> Download:
    return Download(b"paper", name="paper.txt")


@pytest.fixture
def page() -> Iterator[httpx2.Client]:
    """A browser without script, at the page of an app in debug mode."""
    app: Sanic[Any, Any] = Sanic("callers")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(Namespace(who=who, key=key, both=both, headers=headers, count=count, paper=paper)))
    with (
        running(app, debug=True) as url,
        httpx2.Client(base_url=f"{url}/_actions", headers=SAME, timeout=60) as client,
    ):
        yield client


FORM = {"content-type": "application/x-www-form-urlencoded"}
"""What a browser says of a form without controls."""


def section(name: str, answer: httpx2.Response) -> str:
    """The part of the page about one action."""
    return unescape(answer.text).partition(f"<section id={name}>")[2].partition("<section")[0]


def test_guards_are_called_as_people_know_them(page: httpx2.Client) -> None:
    """A guard is called by its function, with the kind of credential; one that is an object by its class."""
    answer = page.get("/")

    assert "Bearer(find)" in section("who", answer)
    assert "SessionCookie(find) | ApiKey(find)" in section("key", answer)
    assert "<dd>Role" in section("both", answer)


def test_credentials_are_typed_once(page: httpx2.Client) -> None:
    """A token that is typed into the page is sent with its calls, by which a guard finds out who calls."""
    before = page.post("/?try=who", data={"input": '{"word": "!"}'})
    kept = page.post("/?caller=yes", data={"authorization": " token-of-ada ", "x-key": "", "cookie": "a=b"})
    after = page.post("/?try=who", data={"input": '{"word": "!"}'})
    by_key = page.post("/?try=key", headers=FORM)

    assert (before.status_code, kept.status_code, kept.headers["location"]) == (401, 303, "?")
    assert kept.headers["set-cookie"].endswith("; SameSite=Strict; HttpOnly")
    assert (after.status_code, by_key.status_code) == (200, 401)
    assert '"ada!"' in section("who", after)
    assert "token-of-ada" in after.text
    assert "curl" in section("who", after)
    assert "token-of-ada" not in section("who", after)


def test_credentials_reach_only_who_reads_them(page: httpx2.Client) -> None:
    """What was typed goes to actions whose guards read that header, in calls from the page and no others."""
    page.post("/?caller=yes", data={"authorization": "token-of-ada", "x-key": "token-of-ada"})

    assert '"ada"' in section("key", page.post("/?try=key", headers=FORM))
    assert "[]" in section("headers", page.post("/?try=headers", headers=FORM))
    assert page.post("/who", json={"word": "!"}).status_code == 401


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_credentials_of_other_sites_are_refused(page: httpx2.Client, headers: dict[str, str]) -> None:
    """A page of another site does not choose who calls; nor does what no cookie can hold, or no form is."""
    if "origin" in headers:
        del page.headers["sec-fetch-site"]
    refused = page.post("/?caller=yes", data={"authorization": "x"}, headers=headers)
    page.headers["sec-fetch-site"] = "same-origin"
    long = page.post("/?caller=yes", data={"authorization": "x" * 4_000})
    no_form = page.post("/?caller=yes", json={"authorization": "x"})

    assert [answer.status_code for answer in (refused, long, no_form)] == [403, 413, 415]
    assert not any("set-cookie" in answer.headers for answer in (refused, long, no_form))


DEEP = b64encode(b"[" * 4_800).decode()
"""JSON that is nested too deep to be read."""


@pytest.mark.parametrize("cookie", ["x", "bm90IGpzb24=", "WzFd", "eyJhdXRob3JpemF0aW9uIjogMX0=", "é", DEEP])
def test_cookies_that_are_none_of_the_page(page: httpx2.Client, cookie: str) -> None:
    """A cookie that holds something else is nobody's credential."""
    headers = {b"cookie": f"sanic_actions_caller={cookie}".encode()}

    answer = page.post("/?try=who", data={"input": '{"word": ""}'}, headers=headers)

    assert answer.status_code == 401


def test_page_is_kept_by_no_cache(page: httpx2.Client) -> None:
    """The page shows credentials and what was typed, so that no cache keeps it, whatever came of a call."""
    kept = page.post("/?caller=yes", data={"authorization": "token-of-ada"})
    answers = [
        page.get("/"),
        page.post("/?try=who", data={"input": '{"word": "!"}'}),
        page.post("/?try=nothing", data={"input": ""}),
        page.post("/?try=both&as=form", data={"name": "Z"}),
        page.post("/?caller=yes", data={"authorization": "x" * 4_000}),
        kept,
    ]

    assert {answer.headers.get("cache-control") for answer in answers} == {"private, no-store"}


def test_lines_hold_what_was_tried(page: httpx2.Client) -> None:
    """After a call the lines in Python and for curl are those of that call, and other actions keep their samples."""
    by_json = page.post("/?try=both", data={"input": '{"name": "Zoe", "size": 3}'})
    by_form = page.post("/?try=both&as=form", data={"name": "@etc", "size": "2", "_action.token": "t"})
    broken = page.post("/?try=both", data={"input": '{"name": '})

    assert "actions.both(name='Zoe', size=3)" in section("both", by_json)
    assert """--data-raw '{"name": "Zoe", "size": 3}'""" in section("both", by_json)
    assert "actions.who(word='text')" in section("who", by_json)
    assert "actions.both(name='@etc', size=2)" in section("both", by_form)
    assert "--form-string name=@etc --form-string size=2</code>" in section("both", by_form)
    assert "actions.both(name='text')" in section("both", broken)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    "name", ['"a" and b', "Bob;type=x", "x;headers=@/etc/hostname", "@/etc/hostname", "<x", "a=b", "-x", "ä\\ 'b'"]
)
def test_curl_sends_what_was_typed(page: httpx2.Client, name: str) -> None:
    """The line of a tried form sends every value as it was typed, whatever curl would read into it."""
    tried = section("both", page.post("/?try=both&as=form", data={"name": name}))
    words = shlex.split(tried.partition("<code>curl ")[2].partition("</code>")[0])

    assert json.loads(subprocess.check_output(["curl", "-s", *words], timeout=10)) == name


def test_curl_reads_no_file_for_a_body(page: httpx2.Client) -> None:
    """A body that begins like the name of a file is sent as it stands."""
    answer = page.post("/?try=both", data={"input": "@/etc/hostname"})

    assert "--data-raw @/etc/hostname" in section("both", answer)


class Card(BaseModel):
    kind: Literal["card"]
    number: SecretStr


class Bank(BaseModel):
    kind: Literal["bank"]
    iban: str


@action(accept=("json", "form"))
def pay(
    name: str,
    fast: bool,
    tags: list[str],
    colors: set[Literal["r", "g"]],
    pin: SecretStr,
    code: Annotated[str, Field(json_schema_extra={"form": {"widget": "password"}})],
    note: Annotated[SecretStr, Field(json_schema_extra={"form": {"widget": "textarea"}})],
    keys: list[SecretStr],
    spare: dict[str, SecretStr],
    how: Card | Bank,
) -> None: ...


@action(accept="form")
def enter(input: SecretStr) -> None: ...


@pytest.mark.parametrize("kind", ["card", "bank"])
def test_page_shows_no_secret_of_a_form(kind: str) -> None:
    """What a form leaves blank when it is shown again, the lines above leave out as well; the rest is in them."""
    secrets = {"pin": "HIDE1", "code": "HIDE2", "note": "HIDE3", "keys.0": "HIDE4", "spare.a": "HIDE5"}
    plain = {"name": "Zoe", "fast": "true", "tags.0": "new", "colors": "g", "how.kind": kind}
    typed = {**plain, **secrets, "how.number": "HIDE6"}
    app: Sanic[Any, Any] = Sanic("secrets")
    app.blueprint(ActionsBlueprint(Namespace(pay=pay, enter=enter)))
    with running(app, debug=True) as url:
        paid = httpx2.post(f"{url}/_actions/?try=pay&as=form", data=typed, headers=SAME, timeout=60)
        no_json = httpx2.post(f"{url}/_actions/?try=pay", data=typed, headers=SAME, timeout=60)
        signed = httpx2.post(f"{url}/_actions/?try=enter", data={"input": "HIDE7"}, headers=SAME, timeout=60)

    for answer in (paid, no_json, signed):
        assert "HIDE" not in answer.text
    for name, value in {**plain, **dict.fromkeys(secrets, "SECRET")}.items():
        assert f"--form-string {name}={value}" in section("pay", paid)
    assert "pin=pydantic.SecretStr('SECRET')" in section("pay", paid)
    assert "--form-string input=SECRET" in section("enter", signed)


def test_what_takes_both_is_tried_as_either(page: httpx2.Client) -> None:
    """An action of two encodings has a form for JSON and one of its own, which is open with what was typed."""
    untouched = section("both", page.get("/"))
    failed = page.post("/?try=both&as=form", data={"name": "Z"})
    as_form = section("both", failed)

    assert "<details><summary>As a form" in untouched
    assert failed.status_code == 400
    assert "<details open><summary>As a form" in as_form
    assert "value=Z" in as_form
    assert "<textarea name=input" in as_form
    assert "Must be at least 2 characters" in as_form


def test_what_has_no_form_says_so(page: httpx2.Client) -> None:
    """A stream is called by the lines above; a download is saved; a credential is named."""
    answer = page.get("/")

    assert "A stream has no form here" in section("count", answer)
    assert "<form" not in section("count", answer)
    assert "The answer is a file" in section("paper", answer)
    assert "curl" in section("paper", answer)
    assert "-O -J" in section("paper", answer)
    assert "Needs a cookie 'sid', or a key in the header 'X-Key'." in section("key", answer)
    assert "-H 'authorization: Bearer TOKEN'" in section("who", answer)
    assert page.post("/?try=paper", headers=FORM).content == b"paper"


def test_page_below_a_path_that_a_proxy_strips() -> None:
    """Its forms lead to where the browser sees the page, and its lines to where callers see the app."""
    forwarded = {"x-forwarded-for": "192.0.2.1", "x-forwarded-path": "/shop/_actions/"}
    app: Sanic[Any, Any] = Sanic("stripped")
    app.config.AUTO_EXTEND = False
    app.config.PROXIES_COUNT = 1
    app.blueprint(ActionsBlueprint(Namespace(who=who, both=both)))
    with running(app, debug=True) as url:
        text = httpx2.get(f"{url}/_actions/", headers=forwarded).text

    assert set(re.findall(r"action=\"?(\?[a-z]+=\w+)", text)) == {"?caller=yes", "?try=who", "?try=both"}
    assert 'action="/' not in text
    assert "/shop/_actions/who" in text

"""The page at the prefix: what it shows, what a call from it does, and that only apps in debug mode have it."""

from __future__ import annotations

import shlex
from html import unescape
from typing import Annotated, Any

import httpx2
import pytest
from annotated_types import Ge, MinLen
from application.app import create_app
from conftest import running
from pydantic import BaseModel, Field
from sanic import Sanic

from sanic_actions import ActionError, InputError, Namespace, UploadedFile, action
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
        "-F name=text -F paper=@file",
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
        pairs = [word.partition("=") for word, flag in zip(words[1:], words, strict=False) if flag == "-F"]
        files: Any = [
            (key, ("file", b"x", "text/plain") if value == "@file" else (None, value)) for key, _, value in pairs
        ]
        answer = httpx2.post(words[1], files=files)

    assert (answer.status_code, answer.text) == (200, "1")
    assert "from shop_client import actions" in page

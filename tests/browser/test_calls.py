"""What scripts of a page get from actions: the outcomes of the Python client."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html, redirect

from sanic_actions import ActionError, InputError, Namespace, UploadedFile, action
from sanic_actions._errors import CODE_OF
from sanic_actions.server import ActionsBlueprint

Ask = Callable[[str], Any]


class OutOfStock(ActionError, code="CONFLICT"):
    """There is not enough of it."""

    sku: str
    left: int


@action
async def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@action
async def nothing() -> None:
    """Return nothing."""


@action(raises=[OutOfStock])
async def buy(sku: str) -> str:
    """Fail in the way that is asked for."""
    if sku == "none":
        raise OutOfStock("Sold out", sku=sku, left=0)
    if sku == "taken":
        raise InputError.on("sku", "is taken").on("", "Try another one")
    if sku == "crash":
        raise RuntimeError("private")
    raise ActionError("FORBIDDEN", "Not for you")


@action(accept="form")
async def upload(title: Annotated[str, Field(min_length=1)], file: UploadedFile) -> list[str]:
    """Tell what came."""
    return [title, file.name, (await file.read()).decode()]


@pytest.fixture
def ask(page: Any, serve: Callable[[Any], str]) -> Ask:
    """``ask(javascript)`` evaluates an expression on a page that has imported ``actions``."""
    app: Sanic[Any, Any] = Sanic(f"calls{next(_COUNT)}")
    app.config.AUTO_EXTEND = False
    server = Namespace(add=add, nothing=nothing, buy=buy, files=Namespace(upload=upload))
    app.blueprint(ActionsBlueprint(server, prefix="/rpc", url_prefix="/shop", version=1))

    @app.get("/")
    async def home(request: Request[Any, Any]) -> HTTPResponse:
        return html("<!doctype html><html lang=en><title>Home</title>")

    @app.get("/login")
    async def login(request: Request[Any, Any]) -> HTTPResponse:
        return html("Log in")

    @app.post("/v1/shop/rpc/elsewhere")
    async def elsewhere(request: Request[Any, Any]) -> HTTPResponse:
        return redirect("/login", status=303)

    page.goto(serve(app))
    page.evaluate("async () => Object.assign(window, await import('/v1/shop/rpc/client.js'))")

    def ask(expression: str) -> Any:
        return page.evaluate(f"async () => {expression}")

    return ask


_COUNT = itertools.count()

CAUGHT = """.catch((error) => ({ ...error, message: error.message, ours: error instanceof ActionError }))"""


def test_results(ask: Ask) -> None:
    """A call gives the action's output; null where there is none."""
    assert ask("await actions.add({ a: 1, b: 2 })") == 3
    assert ask("await actions.nothing() === null") is True
    assert ask("await actions.add.safe({ a: 1 })") == {"data": 2, "error": None}


def test_form_data(ask: Ask) -> None:
    """Form data goes as a form, files included."""
    made = "const d = new FormData(); d.append('title', 'T'); d.append('file', new Blob(['miau']), 'cat.txt');"

    assert ask(f"{{ {made} return await actions.files.upload(d) }}") == ["T", "cat.txt", "miau"]


def test_input_errors(ask: Ask) -> None:
    """An invalid input rejects with its issues, sorted by field and for the whole form."""
    error = ask(f"await actions.buy({{ sku: 'taken' }}){CAUGHT}")

    assert error["ours"] is True
    assert [error[key] for key in ("name", "code", "status", "cause")] == ["InputError", "BAD_REQUEST", 400, "server"]
    assert error["fields"] == {"sku": ["is taken"]}
    assert error["formErrors"] == ["Try another one"]
    assert [issue["path"] for issue in error["issues"]] == ["sku", ""]
    assert ask(f"await actions.add({{ a: 'x' }}){CAUGHT}")["issues"][0]["path"] == "a"


def test_declared_errors(ask: Ask) -> None:
    """A declared error has its class's name and its fields."""
    error = ask(f"await actions.buy({{ sku: 'none' }}){CAUGHT}")

    assert [error[key] for key in ("name", "code", "status", "message")] == ["OutOfStock", "CONFLICT", 409, "Sold out"]
    assert error["data"] == {"sku": "none", "left": 0}


def test_other_errors(ask: Ask) -> None:
    """Any other error is a CallError with code and message; a masked one has the id of the log."""
    refused = ask(f"await actions.buy({{ sku: 'x' }}){CAUGHT}")
    masked = ask(f"await actions.buy({{ sku: 'crash' }}){CAUGHT}")
    unknown = ask(f"await actions.no.such({{}}){CAUGHT}")

    assert [refused[key] for key in ("name", "code", "message")] == ["CallError", "FORBIDDEN", "Not for you"]
    assert masked["code"] == "INTERNAL_SERVER_ERROR"
    assert len(masked["id"]) == 12
    assert [unknown[key] for key in ("code", "status", "cause")] == ["NOT_FOUND", 404, "server"]


def test_safe_gives_errors_as_values(ask: Ask) -> None:
    """`.safe` resolves to data or error, and throws only what no call can cause."""
    found = ask("{ const { data, error } = await actions.buy.safe({ sku: 'none' }); return [data, error.data] }")

    assert found == [None, {"sku": "none", "left": 0}]
    assert ask("await actions.add.safe({ a: 1n }).catch((error) => error.name)") == "TypeError"


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        ({"status": 200, "content_type": "text/html", "body": "Log in"}, "BAD_GATEWAY", 200),
        ({"status": 200, "content_type": "application/json", "body": "{"}, "BAD_GATEWAY", 200),
        ({"status": 200, "body": ""}, "BAD_GATEWAY", 200),
        ({"status": 418, "body": "tea"}, "BAD_GATEWAY", 418),
        ({"status": 413, "content_type": "text/html", "body": "<h1>413"}, "CONTENT_TOO_LARGE", 413),
        ({"status": 502, "content_type": "application/problem+json", "body": '{"code": "NO"}'}, "BAD_GATEWAY", 502),
        ({"status": 503, "content_type": "application/problem+json", "body": "null"}, "SERVICE_UNAVAILABLE", 503),
    ],
)
def test_answers_that_are_not_ours(ask: Ask, page: Any, answer: dict[str, Any], code: str, status: int) -> None:
    """What no action has answered is a CallError with the code of its status, or BAD_GATEWAY; the status is kept."""
    page.route("**/rpc/add", lambda route: route.fulfill(**answer))

    error = ask(f"await actions.add({{ a: 1 }}){CAUGHT}")

    assert [error[key] for key in ("name", "cause", "code", "status")] == ["CallError", "protocol", code, status]


def test_codes_of_all_statuses(ask: Ask, page: Any) -> None:
    """The script knows the same codes as Python."""
    page.route("**/rpc/s*", lambda route: route.fulfill(status=int(route.request.url[-3:]), body="?"))

    codes = ask(
        """{
        const codes = {};
        for (let status = 400; status < 600; status++)
          codes[status] = (await actions[`s${status}`].safe()).error.code;
        return codes }"""
    )

    assert codes == {str(status): CODE_OF.get(status, "BAD_GATEWAY") for status in range(400, 600)}


def test_redirects_are_not_followed(ask: Ask) -> None:
    """A redirect, to a login page for one, is no answer of an action."""
    error = ask(f"await actions.elsewhere(){CAUGHT}")

    assert [error[key] for key in ("cause", "code", "status")] == ["protocol", "BAD_GATEWAY", None]


def test_no_answer(ask: Ask, page: Any) -> None:
    """No connection and no answer in time are errors too; a call that its caller gave up rejects with that."""
    page.route("**/rpc/nothing", lambda route: None)

    late = ask(f"await actions.nothing(undefined, {{ signal: AbortSignal.timeout(50) }}){CAUGHT}")
    given_up = ask("await actions.nothing.safe(undefined, { signal: AbortSignal.abort() }).catch((e) => e.name)")
    page.context.set_offline(True)
    lost = ask(f"await actions.add({{ a: 1 }}){CAUGHT}")

    assert [late[key] for key in ("cause", "code", "status")] == ["timeout", "GATEWAY_TIMEOUT", None]
    assert given_up == "AbortError"
    assert [lost[key] for key in ("cause", "code", "status")] == ["connect", "SERVICE_UNAVAILABLE", None]


def test_names_are_no_promises(ask: Ask, page: Any) -> None:
    """Awaiting or printing a name calls nothing."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    assert ask("{ const found = await actions.files; console.log(found); return typeof found.upload }") == "function"
    assert ask("{ return [`${actions.files.upload}`, String(actions.add), JSON.stringify([actions.add])] }") == [
        "files.upload",
        "add",
        '["add"]',
    ]
    assert asked == []

"""A page of another origin: what a browser lets its scripts and forms do, as the documentation says it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionContext, ActionError, Event, Limits, action
from sanic_actions.server import ActionsBlueprint, SQLiteStore

AnySanic = Sanic[Any, Any]
Serve = Callable[[AnySanic], str]

CALL = """
async ([url, options]) => {
    try {
        const answer = await fetch(url, {method: "POST", ...options})
        return [answer.status, await answer.text()]
    } catch (error) {
        return [0, error.name]
    }
}
"""
JSON = {"headers": {"content-type": "application/json"}, "body": '{"name": "tea"}'}
KEYED = {**JSON, "headers": {**JSON["headers"], "idempotency-key": "a-key-of-sixteen-letters"}}  # type: ignore[dict-item]  # the headers are a dict


class Shop:
    """The API, and which calls of it have run."""

    url: str

    def __init__(self) -> None:
        self.ran: list[str] = []


@pytest.fixture
def page_url(serve: Serve) -> str:
    """The URL of a page of another origin."""
    app: AnySanic = Sanic("stranger")

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        form = f'<form method="post" action="{request.args.get("form", "")}">'
        return html(f'{form}<input name="name" value="tea"><button>Send</button></form>')

    return serve(app)


@pytest.fixture
def open_shop(serve: Serve, page_url: str, tmp_path: Path) -> Callable[..., Shop]:
    """``open_shop(is_trusted=..., has_cors=...)`` serves the API."""

    def open_shop(*, is_trusted: bool, has_cors: bool) -> Shop:
        shop = Shop()

        @action(accept=("json", "form"), once=True)
        async def buy(name: str, context: ActionContext) -> str:
            shop.ran.append(name)
            if context.cookies.get("session"):
                return f"{name} for somebody"
            return f"{name} for nobody"

        @action
        async def refuse() -> None:
            raise ActionError("CONFLICT", "Sold out")

        @action(limits=Limits(rate="1/hour"))
        async def scarce() -> None: ...

        @action
        async def prices(context: ActionContext) -> AsyncIterator[Event[int]]:
            if "last-event-id" not in context.headers:
                yield Event(1, id="a")
                await asyncio.sleep(0.1)
                context.request.transport.abort()  # type: ignore[attr-defined]  # as a network that fails
            yield Event(2, id=context.headers.get("last-event-id"))

        app: AnySanic = Sanic("shop")
        if has_cors:
            app.config.CORS_ORIGINS = page_url
            app.config.CORS_SUPPORTS_CREDENTIALS = True
            app.config.CORS_ALLOW_HEADERS = ["content-type", "idempotency-key", "last-event-id"]
            app.config.CORS_EXPOSE_HEADERS = ["retry-after"]
        tree = {"buy": buy, "refuse": refuse, "scarce": scarce, "prices": prices}
        trusted = [page_url] if is_trusted else []
        store = SQLiteStore(tmp_path / "state.sqlite3")  # nothing that an earlier run has counted
        app.blueprint(ActionsBlueprint(tree, trusted_origins=trusted, state=store))

        @app.get("/page")
        async def page(request: Request[Any, Any]) -> HTTPResponse:
            return html("<p>the shop</p>")

        shop.url = serve(app)
        return shop

    return open_shop


@pytest.mark.parametrize(
    ("is_trusted", "has_cors", "answer"),
    [
        (False, False, [0, "TypeError"]),
        (True, False, [0, "TypeError"]),
        (False, True, [403, "trusted_origins"]),
        (True, True, [200, '"tea for nobody"']),
    ],
)
def test_a_script_needs_trust_and_cors(
    page: Any, page_url: str, open_shop: Any, is_trusted: bool, has_cors: bool, answer: list[Any]
) -> None:
    """Without CORS the browser asks for permission and gets none; without trust the server refuses; nothing runs."""
    shop = open_shop(is_trusted=is_trusted, has_cors=has_cors)
    page.goto(page_url)

    status, body = page.evaluate(CALL, [f"{shop.url}/_actions/buy", JSON])

    assert status == answer[0]
    assert answer[1] in body
    assert shop.ran == ["tea"] * (status == 200)


def test_a_script_with_trust_and_cors_sends_and_reads_all(page: Any, page_url: str, open_shop: Any) -> None:
    """Cookies, idempotency keys and the problems of calls that fail."""
    shop = open_shop(is_trusted=True, has_cors=True)
    page.goto(page_url)
    page.context.add_cookies([{"name": "session", "value": "s", "url": shop.url}])

    known = page.evaluate(CALL, [f"{shop.url}/_actions/buy", {**KEYED, "credentials": "include"}])
    again = page.evaluate(CALL, [f"{shop.url}/_actions/buy", {**KEYED, "credentials": "include"}])
    status, problem = page.evaluate(CALL, [f"{shop.url}/_actions/refuse", {"credentials": "include"}])

    assert known == again == [200, '"tea for somebody"']
    assert shop.ran == ["tea"]
    assert (status, "Sold out" in problem) == (409, True)


SCRIPT = """
async ([url]) => {
    const {actions} = await import(url + "/_actions/client.js")
    const options = {credentials: "include", retries: 2}
    const items = []
    for await (const item of actions.prices({}, options)) items.push(item)
    const bought = await actions.buy({name: "tea"}, options)
    const {error} = await actions.unknown.safe({}, options)
    await actions.scarce(undefined, options)
    const limited = await fetch(url + "/_actions/scarce", {method: "POST", ...options})
    return [items, bought, error.status, limited.status, limited.headers.get("retry-after") > 0]
}
"""


def test_the_script_itself_works_across_origins(page: Any, page_url: str, open_shop: Any) -> None:
    """With the documented headers: calls, a stream that is resumed, an unknown name, and when to try again."""
    shop = open_shop(is_trusted=True, has_cors=True)
    page.goto(page_url)

    assert page.evaluate(SCRIPT, [shop.url]) == [[1, 2], "tea for nobody", 404, 429, True]


@pytest.mark.parametrize("is_trusted", [False, True])
def test_a_form_needs_trust_alone(page: Any, page_url: str, open_shop: Any, is_trusted: bool) -> None:
    """Browsers ask no permission for the form of a page, so that trust decides."""
    shop = open_shop(is_trusted=is_trusted, has_cors=False)
    page.goto(f"{page_url}/?form={shop.url}/page%3F_action%3Dbuy")

    with page.expect_response(lambda response: response.request.method == "POST") as response:
        page.get_by_role("button", name="Send").click()

    assert response.value.status == (303 if is_trusted else 403)
    assert shop.ran == ["tea"] * is_trusted


@pytest.mark.parametrize(("site", "answer"), [("127.0.0.1", "tea for somebody"), ("localhost", "tea for nobody")])
def test_cookies_of_another_site(page: Any, page_url: str, open_shop: Any, site: str, answer: str) -> None:
    """A script sends cookies that are SameSite=Lax to another port, which is no other site, and not to another host."""
    shop = open_shop(is_trusted=True, has_cors=True)
    url = shop.url.replace("127.0.0.1", site)
    page.context.add_cookies([{"name": "session", "value": "s", "url": url, "sameSite": "Lax"}])
    page.goto(page_url)

    assert page.evaluate(CALL, [f"{url}/_actions/buy", {**JSON, "credentials": "include"}]) == [200, f'"{answer}"']

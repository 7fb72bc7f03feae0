"""Pages below a prefix that a proxy strips: forms, redirects and results stay below it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Issue, Ok, Redirect, action
from sanic_actions._testing.app import LocalApp
from sanic_actions.server import ActionsBlueprint, SQLiteStore, action_result, call_url, form, form_action


@action(accept="form")
def buy(item: str) -> Redirect[str]:
    """Buy something; what is bought leads to a place of its own."""
    return Redirect("/shop/thanks" if item == "thanked" else "", item)


@pytest.fixture
def make_shop(tmp_path: Any) -> Callable[..., Sanic[Any, Any]]:
    """``make_shop(**options)`` is an app with two pages, which knows nothing of where it stands."""

    def make_shop(**options: Any) -> Sanic[Any, Any]:
        app: Sanic[Any, Any] = Sanic("subpaths")
        app.config.AUTO_EXTEND = False
        app.blueprint(ActionsBlueprint({"buy": buy}, state=SQLiteStore(tmp_path / "state.db"), **options))

        async def page(request: Request[Any, Any]) -> HTTPResponse:
            result = action_result(request, buy)
            said = f"bought {result.data.data}" if isinstance(result, Ok) else "-"
            urls = f"{form_action(buy)} {form_action(buy, base=True)} {call_url(buy)}"
            return html(f"{urls} {said} {form(buy)}")

        app.add_route(page, "/page")
        app.add_route(page, "/thanks", name="thanks")
        return app

    return make_shop


FORWARDED = {"x-forwarded-for": "192.0.2.1", "x-forwarded-path": "/shop/page"}


def test_page_below_a_forwarded_path(make_shop: Callable[..., Sanic[Any, Any]], serve: Callable[[Any], str]) -> None:
    """What a proxy says of the path is part of a page's own path; a form's query alone needs no path."""
    app = make_shop()
    app.config.PROXIES_COUNT = 1
    url = serve(app)

    with httpx2.Client(base_url=url) as client:
        page = client.get("/page?tab=2", headers=FORWARDED).text
        plain = client.get("/page", headers={"x-forwarded-path": "/shop/page"}).text

    assert page.startswith("?tab=2&_action=buy /shop/page?tab=2&_action=buy /shop/_actions/buy ")
    assert plain.startswith("?_action=buy /page?_action=buy /_actions/buy ")


def test_result_is_shown_where_the_redirect_leads(
    make_shop: Callable[..., Sanic[Any, Any]], serve: Callable[[Any], str]
) -> None:
    """A redirect to a page's public path shows the result there, once."""
    app = make_shop()
    app.config.PROXIES_COUNT = 1
    url = serve(app)

    with httpx2.Client(base_url=url) as client:
        for item, location, path in (("thanked", "/shop/thanks", "/thanks"), ("tea", "?", "/page")):
            answer = client.post("/page?_action=buy", data={"item": item}, headers=FORWARDED)
            pages = [client.get(path).text for _ in range(2)]

            assert (answer.status_code, answer.headers["location"]) == (303, location)
            assert [f"bought {item}" in page for page in pages] == [True, False]


@pytest.mark.parametrize("source", ["", "http://example.org/shop/page"])
def test_result_is_shown_below_a_prefix_that_nobody_names(
    make_shop: Callable[..., Sanic[Any, Any]], serve: Callable[[Any], str], source: str
) -> None:
    """Where a proxy strips a prefix and does not say so, a redirect to the public path shows its result, once."""
    headers = {"referer": source} if source else {}

    with httpx2.Client(base_url=serve(make_shop())) as client:
        answer = client.post("/page?_action=buy", data={"item": "thanked"}, headers=headers)
        pages = [client.get("/thanks").text for _ in range(2)]

    assert (answer.status_code, answer.headers["location"]) == (303, "/shop/thanks")
    assert ["bought thanked" in page for page in pages] == [True, False]


def test_result_for_another_app_is_not_shown_here(
    make_shop: Callable[..., Sanic[Any, Any]], serve: Callable[[Any], str], caplog: pytest.LogCaptureFixture
) -> None:
    """A redirect that leaves the prefix of the page is another app's: nothing is shown here, and the log says so."""
    headers = {"referer": "http://example.org/page"}

    with caplog.at_level("INFO", "sanic_actions"), httpx2.Client(base_url=serve(make_shop())) as client:
        for _ in range(2):
            client.post("/page?_action=buy", data={"item": "thanked"}, headers=headers)
        page = client.get("/thanks").text

    messages = [record.getMessage() for record in caplog.records if "is shown nowhere" in record.getMessage()]
    assert "bought thanked" not in page
    assert len(messages) == 1
    assert "its redirect leads to '/shop/thanks'" in messages[0]


def test_page_below_a_root_path(make_shop: Callable[..., Sanic[Any, Any]]) -> None:
    """An ASGI server says by ``root_path`` below which prefix an app stands."""
    body = asyncio.run(page_over_asgi(make_shop(), "/page", root_path="/shop"))

    assert body.startswith("?tab=2&_action=buy /shop/page?tab=2&_action=buy /shop/_actions/buy ")


async def page_over_asgi(app: Any, path: str, *, root_path: str) -> str:
    """Start the app, ask for a page and return what it sends."""
    local_app = LocalApp(app)
    await local_app.start()
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": root_path,
        "query_string": b"tab=2",
        "headers": [(b"host", b"shop.example")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    await local_app.stop()
    return b"".join(message.get("body", b"") for message in sent).decode()


def test_form_that_is_sent_from_back_says_so_in_words_of_the_app(
    make_shop: Callable[..., Sanic[Any, Any]], serve: Callable[[Any], str]
) -> None:
    """That a form was sent already goes through ``messages`` like every sentence that a visitor reads."""
    types: list[str] = []

    def say(issue: Issue) -> str:
        if issue.message.startswith("This form has been sent already"):
            types.append(issue.type)
            return "Schon abgeschickt"
        return issue.message

    sent = {"item": "tea", "_action.token": "t" * 20}

    with httpx2.Client(base_url=serve(make_shop(messages=say))) as client:
        client.post("/page?_action=buy", data=sent)
        assert "bought tea" in client.get("/page").text
        again = client.post("/page?_action=buy", data=sent)

    assert again.status_code == 409
    assert "Schon abgeschickt" in again.text
    assert set(types) == {"sent_before"}  # not that of the app's own conflicts

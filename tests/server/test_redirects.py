"""Where an answer may send a browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Sanic
from server.page_site import TREE, page, ran

from sanic_actions.server import ActionsBlueprint

AnySanic = Sanic[Any, Any]


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.forget()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A site whose forms may lead to one other origin."""
    app: AnySanic = Sanic("redirects")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, redirect_origins=["https://SSO.example:443", "https://bücher.example"]))
    app.add_route(page, "/", name="home")
    app.add_route(page, "/post/<post_id>", name="page")
    with running(app) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, timeout=60) as client:
        yield client


def go(client: httpx2.Client, to: str) -> httpx2.Response:
    """Post the form that leads there."""
    return client.post("/post/1?tab=2&_action=go", data={"to": to})


SAME_SITE = {
    "/": "/",
    "/post/7": "/post/7",
    "/post/7?a=1&b=%20#c": "/post/7?a=1&b=%20#c",
    "7": "7",
    "?tab=3": "?tab=3",
    "../x": "../x",
    "": "?tab=2",
    "#comments": "?tab=2#comments",
    "/a b": "/a%20b",
    "/é": "/%C3%A9",
    "/x?next=https://evil.example": "/x?next=https://evil.example",
}


@pytest.mark.parametrize("to", SAME_SITE)
def test_redirect_within_the_site(client: httpx2.Client, to: str) -> None:
    """A handler's ``Redirect`` is the answer's location; one without a path stays on the page, without our query."""
    answer = go(client, to)

    assert answer.status_code == 303
    assert answer.headers["location"] == SAME_SITE[to]
    assert any(cookie.startswith("seen=yes") for cookie in answer.headers.get_list("set-cookie"))


FOREIGN = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example/x",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/post\\x",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/x\r\nset-cookie: a=b",
    "/x\0",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "https:evil.example",
    "https:/evil.example",
    "https://sso.example@evil.example/",
    "https://sso.example.evil.example/",
    "https://sso.example:444/",
    "http://sso.example/",
    "mailto:ada@example.com",
    "//\N{SNOWMAN}",
    "https://xn--bcher-kva.example:444/",
    "https://bucher.example/",
]


@pytest.mark.parametrize("to", FOREIGN, ids=range(len(FOREIGN)))
def test_redirect_to_another_site_is_masked(client: httpx2.Client, caplog: pytest.LogCaptureFixture, to: str) -> None:
    """A target on another site, or that is no URL, is a failure of the action: masked, logged, and led nowhere."""
    with caplog.at_level(logging.ERROR, "sanic_actions"):
        answer = go(client, to)

    assert answer.status_code == 500
    assert answer.json()["go"]["type"] == "CallError"
    assert "location" not in answer.headers
    assert "evil" not in answer.json()["go"]["message"]
    assert [record.name for record in caplog.records] == ["sanic_actions"]


@pytest.mark.parametrize("to", ["https://sso.example/x", "HTTPS://SSO.example/x"])
def test_allowed_origin(client: httpx2.Client, to: str) -> None:
    """An origin that the blueprint names may be led to; the result then waits nowhere."""
    answer = go(client, to)

    assert answer.status_code == 303
    assert answer.headers["location"].lower() == "https://sso.example/x"
    assert not any("sanic-actions" in cookie for cookie in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("https://sso.example:443/x", "https://sso.example:443/x"),
        ("https://bücher.example/x", "https://b%C3%BCcher.example/x"),
        ("https://xn--bcher-kva.example/x", "https://xn--bcher-kva.example/x"),
    ],
)
def test_one_origin_in_two_spellings(client: httpx2.Client, to: str, location: str) -> None:
    """A default port may be written or not, and a host in its own letters or as it goes over the wire."""
    answer = go(client, to)

    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_own_origin_in_full(client: httpx2.Client) -> None:
    """The site's own origin may be written out, without a path, too."""
    to = str(client.base_url).rstrip("/")

    assert go(client, to).headers["location"] == to
    assert client.get("/").json()["go"] == {"ok": {"body": "gone", "size": 0}}


def test_result_is_shown_where_it_leads(client: httpx2.Client) -> None:
    """The result of a form is shown at the redirect's target, and not at another page in between."""
    go(client, "/post/7?x=1#there")

    assert client.get("/").json()["go"] is None
    assert client.get("/post/7?x=1").json()["go"] == {"ok": {"body": "gone", "size": 0}}


def test_script_may_be_led_on(client: httpx2.Client) -> None:
    """The script is told of a redirect in a header of its own."""
    answer = client.post("/post/1?_action=go", data={"to": "/post/7"}, headers={"sanic-action": "script"})

    assert (answer.status_code, answer.headers["sanic-action-location"]) == (204, "/post/7")


def test_programs_get_the_target_as_a_value(client: httpx2.Client) -> None:
    """Over the actions' own path the same outcome is a value."""
    answer = client.post("/_actions/go", data={"to": "/post/7"})

    assert answer.json() == {"location": "/post/7", "data": {"body": "gone", "size": 0}}

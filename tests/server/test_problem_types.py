"""The ``type`` of a problem: what the library itself refuses is told by a word, never by a sentence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sanic import HTTPResponse, Request
from sanic.response import text

from sanic_actions import ActionError, action
from sanic_actions.server import Limits


@action
def greet(name: str = "Ada") -> str:
    return f"Hello {name}"


@action
def fail() -> None:
    raise ActionError("NOT_FOUND", "There is no action of this name.")


@action(limits=Limits(seconds=0.05))
async def slow() -> None:
    await asyncio.sleep(60)


@action
async def waits() -> None:
    await asyncio.sleep(60)


@action(once=True)
def pay(amount: int) -> int:
    return amount


@action(once=True)
async def crawl() -> None:
    await asyncio.sleep(0.5)


TREE = {"greet": greet, "fail": fail, "slow": slow, "waits": waits, "pay": pay, "crawl": crawl}
KEY = {"idempotency-key": "0123456789abcdef"}

REFUSALS: dict[str, tuple[str, dict[str, str], int, str]] = {
    "name": ("/_actions/none", {}, 404, "no-such-action"),
    "name of a page's form": ("/?_action=none", {}, 404, "no-such-action"),
    "origin": ("/_actions/greet", {"origin": "https://evil.example"}, 403, "foreign-origin"),
    "site": ("/_actions/greet", {"sec-fetch-site": "cross-site"}, 403, "foreign-origin"),
    "limit of time": ("/_actions/slow", {}, 503, "out-of-time"),
    "deadline": ("/_actions/waits", {"request-timeout": "0.05"}, 504, "deadline"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_has_a_type(case: str, plain_app: Any, connect: Any) -> None:
    """A refusal of the library has a type of its own, the same from each entrance."""
    path, headers, status, kind = REFUSALS[case]
    app = plain_app(TREE)

    async def page(request: Request) -> HTTPResponse:
        return text("page")

    app.add_route(page, "/")
    answer = connect(app, "").post(path, headers=headers)

    assert answer.status_code == status
    if answer.headers["content-type"] == "application/problem+json":
        assert answer.json()["type"] == f"urn:sanic-actions:{kind}"


def test_other_input_under_one_key(plain_app: Any, connect: Any) -> None:
    """A key that is used with another input is refused with a type."""
    client = connect(plain_app(TREE))
    client.post("/pay", json={"amount": 1}, headers=KEY)

    assert client.post("/pay", json={"amount": 2}, headers=KEY).json()["type"] == "urn:sanic-actions:other-input"


def test_errors_of_the_app_have_none(plain_app: Any, connect: Any) -> None:
    """What a handler raises is told by its code, even where it says the library's own sentence."""
    client = connect(plain_app(TREE))

    assert client.post("/fail").json()["type"] == "about:blank"
    assert client.post("/greet", json={"name": 1}).json()["type"] == "about:blank"

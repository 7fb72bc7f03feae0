"""Deadlines: no work goes on for a caller who has left."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from sanic_actions import ActionContext, action
from sanic_actions.server import call_action

ENDED: list[str] = []


@action
async def slow() -> int:
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        ENDED.append("slow")
        raise
    return 1


@action
async def own_timeout() -> int:
    async with asyncio.timeout(0.01):
        await asyncio.sleep(20)
    return 1


@action
async def stubborn() -> int:
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        return 7
    return 1


@action
async def inside(context: ActionContext) -> str:
    """Call as a part of the call's own work."""
    return type(await call_action(context.request, slow)).__name__


@action
async def beside(context: ActionContext) -> list[str]:
    """Call in tasks of their own, of which one calls further."""
    calls = [call_action(context.request, slow), call_action(context.request, inside)]
    return [type(result).__name__ for result in await asyncio.gather(*calls)]


TREE = {"inside": inside, "beside": beside, "slow": slow, "own_timeout": own_timeout, "stubborn": stubborn}


def test_deadline_ends_the_handler(plain_app: Any, connect: Any) -> None:
    """When the time is over that the caller waits, the handler is cancelled and the answer is GATEWAY_TIMEOUT."""
    ENDED.clear()
    client, began = connect(plain_app(TREE)), time.monotonic()

    answer = client.post("/slow", headers={"request-timeout": "0.2"})

    assert (answer.status_code, answer.json()["code"]) == (504, "GATEWAY_TIMEOUT")
    assert time.monotonic() - began < 5
    assert ENDED == ["slow"]


def test_deadline_that_is_not_met(plain_app: Any, connect: Any) -> None:
    """A timeout of the handler's own is a failure like any other; one that ends in time after all gives its result."""
    client = connect(plain_app(TREE))

    assert client.post("/own_timeout", headers={"request-timeout": "5"}).status_code == 500
    assert client.post("/stubborn", headers={"request-timeout": "0.1"}).json() == 7


@pytest.mark.parametrize(("name", "calls"), [("inside", 1), ("beside", 2)])
def test_deadline_is_that_of_all_calls_inside(plain_app: Any, connect: Any, name: str, calls: int) -> None:
    """What a handler calls, in its own task or in others, ends with the call around it, once."""
    ENDED.clear()
    client, began = connect(plain_app(TREE)), time.monotonic()

    answer = client.post(f"/{name}", headers={"request-timeout": "0.2"})

    assert (answer.status_code, answer.json()["code"]) == (504, "GATEWAY_TIMEOUT")
    assert time.monotonic() - began < 5
    assert ["slow"] * calls == ENDED


def test_deadline_that_is_none(plain_app: Any, connect: Any) -> None:
    """A deadline that is no positive number of seconds is refused."""
    client = connect(plain_app(TREE))

    for value in (
        "",
        "soon",
        "0",
        "-1",
        "+1",
        "nan",
        "inf",
        "1e999",
        "9" * 30,
        "1_0",
        "1.2.3",
        ".",
        "e1",
        "1e",
        "\u0663",
        "\uff11",
    ):
        answer = client.post("/slow", headers={"request-timeout": value.encode()})
        assert (answer.status_code, "Request-Timeout" in answer.json()["detail"]) == (400, True), value

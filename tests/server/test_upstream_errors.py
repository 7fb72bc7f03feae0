"""Errors that a client of ours raised inside a handler are failures of another service: nobody else is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import httpx2
import pytest
from sanic import Sanic

from sanic_actions import ActionError, ApiKey, Bearer, Err, Injected, InputError, action
from sanic_actions.client import AsyncClient, call, raises
from sanic_actions.server import ActionContext, ActionsBlueprint

Serve = Callable[[Sanic[Any, Any]], str]


class Gone(ActionError, code="GONE"):
    since: int


@action(raises=[Gone])
async def left(sku: str) -> int:
    match sku:
        case "gone":
            raise Gone("long gone", since=3)
        case "none":
            raise ActionError("NOT_FOUND", "no such sku")
        case "invalid":
            raise InputError.on("sku", "is not for sale")
        case _:
            raise ZeroDivisionError("secret")


class Stock(AsyncClient):
    @raises(Gone)
    def left(self, sku: str) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


def app_of(name: str, tree: Any, **options: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(name)
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(tree, **options))
    return app


SKUS = pytest.mark.parametrize("sku", ["gone", "none", "invalid", "broken"])


def shop(serve: Serve, place: str) -> str:
    """A shop that asks a stock from a handler or a guard."""
    stock = serve(app_of("stock", {"left": left}))

    async def ask(sku: str) -> int:
        async with Stock(stock) as client:
            return await client.left(sku=sku)

    async def guard(context: ActionContext, sku: str) -> None:
        if place == "guard":
            await ask(sku)

    @action(raises=[Gone], guard=guard)
    async def buy(sku: str) -> int:
        if place == "handler":
            return await ask(sku)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(ask(sku))
        return task.result()

    return serve(app_of("shop", {"buy": buy}))


@SKUS
@pytest.mark.parametrize("place", ["handler", "guard", "task group of the handler"])
def test_what_another_service_says_is_masked(
    serve: Serve, place: str, sku: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller did not call that service; the log names its action."""
    response = httpx2.post(f"{shop(serve, place)}/_actions/buy", json={"sku": sku})

    problem = response.json()
    assert problem["code"] == "INTERNAL_SERVER_ERROR"
    assert {"issues", "data", "error"} & problem.keys() == set()
    messages = [record.getMessage() for record in caplog.records if "'buy'" in record.getMessage()]
    assert messages == [f"'buy' failed: its call of 'left' failed, and nothing caught that (id {problem['id']})."]


@SKUS
def test_no_map_of_errors_lets_them_through(serve: Serve, sku: str) -> None:
    """Not even one that maps every exception: the words of another service are none of this one's."""
    stock = serve(app_of("stock", {"left": left}))

    @action(raises=[Gone], errors={Exception: lambda error: ActionError("CONFLICT", str(error))})
    async def buy(sku: str) -> int:
        async with Stock(stock if sku != "broken" else "http://127.0.0.1:9") as client:
            return await client.left(sku=sku)

    response = httpx2.post(f"{serve(app_of('shop', {'buy': buy}))}/_actions/buy", json={"sku": sku})

    assert response.json()["code"] == "INTERNAL_SERVER_ERROR"


@action
async def owner(token: str) -> str:
    raise ActionError("UNAUTHORIZED", "Who is asking?")


class Users(AsyncClient):
    @call
    def owner(self, token: str) -> str: ...  # type: ignore[empty-body]  # as in generated stubs


@pytest.mark.parametrize("is_one_of_two", [False, True])
def test_a_service_that_knows_no_credentials_of_ours_says_nothing_of_the_caller(
    serve: Serve, is_one_of_two: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Its 401 is about the one who asks whose a token is, so that no other credential is asked for."""
    users = serve(app_of("users", {"owner": owner}))

    async def find(token: str) -> str | None:
        async with Users(users) as client:
            return await client.owner(token=token)

    async def anybody(key: str) -> str:
        return key

    guard = Bearer(find) | ApiKey("X-Key", anybody) if is_one_of_two else Bearer(find)

    @action(guard=guard)
    async def buy(user: Annotated[str, Injected]) -> str:
        return user

    headers = {"authorization": "Bearer a", "x-key": "b"}
    response = httpx2.post(f"{serve(app_of('shop', {'buy': buy}))}/_actions/buy", json={}, headers=headers)

    assert (response.status_code, response.json()["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert "www-authenticate" not in response.headers
    assert "'buy' failed: its call of 'owner' failed" in caplog.text


def test_an_error_of_the_handler_itself_is_not_masked(serve: Serve) -> None:
    """What it raises in place of what it caught is its own."""
    stock = serve(app_of("stock", {"left": left}))

    @action(raises=[Gone])
    async def buy(sku: str) -> int:
        async with Stock(stock) as client:
            result = await client.left.safe(sku=sku)
            assert isinstance(result, Err)
            assert isinstance(result.error, Gone)
            raise Gone("sold out", since=result.error.since) from result.error

    response = httpx2.post(f"{serve(app_of('shop', {'buy': buy}))}/_actions/buy", json={"sku": "gone"})

    assert (response.status_code, response.json()["data"]) == (410, {"since": 3})

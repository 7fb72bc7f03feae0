# ruff: noqa: B018
"""What type checkers must see of a generated package: checked by test_types.py, never run."""

from __future__ import annotations

from typing import assert_never, assert_type

import httpx2
import pydantic
from zoo import AsyncClient, Client, actions
from zoo.models.shop import Circle, Forbidden, Likes, OutOfStock, Receipt

from sanic_actions.client import (
    AsyncHttpx2Transport,
    AsyncPyqwestTransport,
    CallError,
    Err,
    Httpx2Transport,
    InputError,
    Ok,
    PyqwestTransport,
    Redirect,
)

assert_type(actions, Client)
assert_type(actions.like(post_id="p"), Likes)
assert_type(actions.like.safe(post_id="p"), Ok[Likes] | Err[InputError | CallError])
assert_type(actions.buy.safe(sku="s"), Ok[Receipt] | Err[OutOfStock | Forbidden | InputError | CallError])
assert_type(actions.blog.comment(author="a", body="b"), str)
assert_type(actions.blog.upload(title="t", photo=b"", more=[("n", b"")]), list[str])
assert_type(actions.blog.admin.remove(post_id="p"), int)
assert_type(actions.area(Circle(radius=1)), float)
assert_type(actions.move(to="x"), Redirect[Likes])
assert_type(actions.price(sku="s"), int)
assert_type(actions.pay.safe(sku="s"), Ok[int] | Err[OutOfStock | InputError | CallError])
assert_type(actions.login(password=pydantic.SecretStr("x")), bool)
assert_type(actions.with_options(timeout=2, headers={"a": "b"}), Client)
assert_type(actions.keep(self="me", more=1), dict[str, int | str])
actions.ping()

Client("https://x", transport=Httpx2Transport())
Client("https://x", transport=Httpx2Transport(httpx2.Client(auth=("a", "b"))))
Client("https://x", transport=PyqwestTransport())
AsyncClient("https://x", transport=AsyncHttpx2Transport())
AsyncClient("https://x", transport=AsyncHttpx2Transport(httpx2.AsyncClient()))
AsyncClient("https://x", transport=AsyncPyqwestTransport())


async def awaited(client: AsyncClient) -> None:
    async with client as entered:
        assert_type(entered, AsyncClient)
    assert_type(await client.like(post_id="p"), Likes)
    assert_type(await client.blog.admin.remove.safe(post_id="p"), Ok[int] | Err[InputError | CallError])


def handled() -> int:
    result = actions.buy.safe(sku="s")
    if result.error is None:
        return result.data.left
    match result.error:
        case OutOfStock():
            return result.error.left
        case Forbidden() | InputError() | CallError():
            return 0
        case _:
            assert_never(result.error)


def wrong() -> None:
    actions.like(post_id=1)  # type: ignore[arg-type]  # the mistake under test
    actions.like()  # type: ignore[call-arg]  # the mistake under test
    actions.like("p")  # type: ignore[call-arg]  # the mistake under test
    actions.like(post_id="p", nope=1)  # type: ignore[call-arg]  # the mistake under test
    actions.like.safe(post_id=1)  # type: ignore[arg-type]  # the mistake under test
    actions.nope()  # type: ignore[attr-defined]  # the mistake under test
    actions.blog.nope()  # type: ignore[attr-defined]  # the mistake under test
    actions.blog.upload(title="t", photo="cat.png")  # type: ignore[arg-type]  # the mistake under test
    actions.like.safe(post_id="p").data.likes  # type: ignore[union-attr]  # the mistake under test
    Client("https://x", transport=AsyncHttpx2Transport())  # type: ignore[arg-type]  # the mistake under test
    Httpx2Transport(httpx2.AsyncClient())  # type: ignore[arg-type]  # the mistake under test
    AsyncHttpx2Transport(httpx2.Client())  # type: ignore[arg-type]  # the mistake under test


async def unawaited(client: AsyncClient) -> None:
    client.like(post_id="p").likes  # type: ignore[attr-defined]  # the mistake under test

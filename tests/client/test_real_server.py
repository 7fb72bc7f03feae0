"""The client against the library's own server: what a handler returns or raises is what the caller gets."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel, Field, SecretStr
from sanic import Sanic

from sanic_actions import (
    ActionError,
    CallError,
    Code,
    InputError,
    Issue,
    Namespace,
    Ok,
    Redirect,
    UploadedFile,
    action,
    define_action,
)
from sanic_actions.server import ActionsBlueprint

Ask = Callable[..., Any]
Serve = Callable[[Sanic[Any, Any]], str]


class OutOfStock(ActionError, code="CONFLICT"):
    sku: str
    left: int
    since: datetime.date


class Likes(BaseModel):
    post_id: str
    likes: int


class Receipt(BaseModel):
    sku: str
    left: int


class Address(BaseModel):
    city: str
    floor: int | None = None


class Shape(BaseModel):
    kind: str
    side: float


class Zoo(BaseModel):
    at: datetime.datetime
    price: decimal.Decimal
    tags: set[str]
    span: datetime.timedelta
    by_id: dict[int, str]


@action
def like(post_id: str) -> Likes:
    if post_id == "boom":
        raise RuntimeError("the secret of the handler")
    if post_id == "locked":
        raise ActionError("LOCKED", "Not now")
    if post_id == "taken":
        raise InputError.on("post_id", "is taken").on("", "try another")
    return Likes(post_id=post_id, likes=1)


@action(raises=[OutOfStock])
async def buy(sku: str, count: Annotated[int, Field(gt=0)] = 1) -> Receipt:
    if count > 2:
        raise OutOfStock("Only two", sku=sku, left=2, since=datetime.date(2026, 1, 2))
    return Receipt(sku=sku, left=2 - count)


@action
def echo(
    at: datetime.datetime,
    price: decimal.Decimal,
    tags: set[str],
    span: datetime.timedelta,
    by_id: dict[int, str],
    raw: bytes,
) -> Zoo:
    assert raw == b"\x00\xff"
    return Zoo(at=at, price=price, tags=tags, span=span, by_id=by_id)


@action
def ping() -> None: ...


@action
def login(password: SecretStr) -> bool:
    return password.get_secret_value() == "hunter2"


@action
def move(to: str) -> Redirect[Likes]:
    return Redirect(to, Likes(post_id="p", likes=1))


@action(accept="form")
def comment(author: str, body: str, topics: list[str] = [], address: Address | None = None) -> str:
    return f"{author}|{body}|{topics}|{address and address.floor}"


@action(accept="form")
async def upload(
    title: str,
    photo: UploadedFile,
    more: list[UploadedFile] = [],
    cover: UploadedFile | None = None,
) -> list[str]:
    files = [photo, *more, *([cover] if cover else [])]
    return [title, *[f"{f.name} {f.content_type} {len(await f.read())}" for f in files]]


@action(accept=("json", "form"))
async def note(text: str, attachment: UploadedFile | None = None) -> str:
    return f"{text} {len(await attachment.read()) if attachment else None}"


def area(shape: Shape) -> float:
    return shape.side**2


@pytest.fixture
def url(serve: Serve) -> str:
    app: Sanic[Any, Any] = Sanic("real")
    tree = Namespace(
        like=like,
        buy=buy,
        echo=echo,
        ping=ping,
        login=login,
        move=move,
        area=define_action(input=Shape, handler=area),
        blog=Namespace(comment=comment, upload=upload, note=note),
    )
    app.blueprint(ActionsBlueprint(tree))
    return serve(app)


def test_outputs(ask: Ask, url: str) -> None:
    """Outputs come back equal and of the same types."""
    from zoo.models.shop import Colour, Likes, Receipt, Square, Zoo

    rich: dict[str, Any] = {
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC),
        "price": decimal.Decimal("0.10"),
        "tags": {"a", "b"},
        "span": datetime.timedelta(days=-1, microseconds=3),
        "by_id": {7: Colour.RED},
    }

    assert ask(url, lambda c: c.like(post_id="p")) == Likes(post_id="p", likes=1)
    assert ask(url, lambda c: c.buy.safe(sku="s")) == Ok(Receipt(sku="s", left=1))
    assert ask(url, lambda c: c.echo(**rich, raw=b"\x00\xff")) == Zoo(**rich)
    assert ask(url, lambda c: c.ping.safe()) == Ok(None)
    assert ask(url, lambda c: c.login(password=SecretStr("hunter2"))) is True
    assert ask(url, lambda c: c.move(to="/x")) == Redirect("/x", Likes(post_id="p", likes=1))
    assert ask(url, lambda c: c.area(Square(side=3))) == 9.0


def test_errors(ask: Ask, url: str) -> None:
    """Each kind of failure arrives as its class, with what belongs to it."""
    from zoo.models.shop import OutOfStock

    locked, taken, sold = (
        ask(url, use).error
        for use in (
            lambda c: c.like.safe(post_id="locked"),
            lambda c: c.like.safe(post_id="taken"),
            lambda c: c.buy.safe(sku="s", count=3),
        )
    )

    assert isinstance(locked, CallError)
    assert (locked.code, locked.status, locked.message, locked.cause) == ("LOCKED", 423, "Not now", "server")
    assert isinstance(taken, InputError)
    assert list(taken.issues) == [Issue("post_id", "is taken"), Issue("", "try another")]
    assert type(sold) is OutOfStock
    assert (sold.message, sold.sku, sold.left, sold.since) == ("Only two", "s", 2, datetime.date(2026, 1, 2))


def test_every_code(ask: Ask, serve: Serve) -> None:
    """Any code of an action arrives with its status and its message; request and response are there to dig in."""
    app: Sanic[Any, Any] = Sanic("codes")

    @action
    def like(post_id: Code) -> Likes:
        raise ActionError(post_id, f"because of {post_id}")

    app.blueprint(ActionsBlueprint({"like": like}))
    codes = get_args(Code)

    def failures(client: Any) -> Any:
        results = [client.like.safe(post_id=code) for code in codes]
        return asyncio.gather(*results) if asyncio.iscoroutine(results[0]) else results

    for code, result in zip(codes, ask(serve(app), failures), strict=True):
        error = result.error
        assert (error.code, error.status, error.cause) == (code, ActionError(code).status, "server")
        assert error.message == f"because of {code}"
        assert error.request.url.endswith("/_actions/like")
        assert error.response.status == error.status


def test_masked_exception(ask: Ask, url: str, caplog: pytest.LogCaptureFixture) -> None:
    """An exception arrives as an id that the server's log knows, and never as its text."""
    with caplog.at_level(logging.ERROR):
        error = ask(url, lambda c: c.like.safe(post_id="boom")).error

    assert (error.code, error.status, error.cause) == ("INTERNAL_SERVER_ERROR", 500, "server")
    assert "secret" not in error.message
    assert error.id
    assert error.id in caplog.text


def test_unknown_action(ask: Ask, url: str) -> None:
    """An action that the server no longer has is a CallError that says how to go on."""
    error = ask(url, lambda c: c.blog.admin.remove.safe(post_id="p")).error

    assert (error.code, error.status, error.cause) == ("NOT_FOUND", 404, "server")
    assert "sanic-actions generate" in error.message


def test_forms(ask: Ask, url: str, tmp_path: Path) -> None:
    """Form actions take nested values, lists and files by keyword."""
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"x" * 300_000)

    def use(client: Any) -> Any:
        return client.blog.upload(title="t", photo=picture, more=[b"ab", ("c.txt", b"abc")], cover=None)

    assert ask(url, use) == [
        "t",
        "cat.png image/png 300000",
        "upload application/octet-stream 2",
        "c.txt text/plain 3",
    ]
    assert (
        ask(url, lambda c: c.blog.comment(author="Ä&=", body="", topics=["a"], address={"city": "Rom"}))
        == "Ä&=||['a']|None"
    )
    assert ask(url, lambda c: c.blog.comment(author="a", body="b", topics=[], address=None)) == "a|b|[]|None"
    assert ask(url, lambda c: c.blog.note(text="t")) == "t None"
    assert ask(url, lambda c: c.blog.note(text="t", attachment=None)) == "t None"
    assert ask(url, lambda c: c.blog.note(text="t", attachment=b"1234")) == "t 4"

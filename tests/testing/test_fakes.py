"""``Fake``: a client whose calls the test answers, held to what its actions declare."""

from __future__ import annotations

import asyncio
import datetime
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import iscoroutine
from io import BytesIO
from operator import attrgetter
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest
from pydantic import BaseModel
from zoo import AsyncClient, Client
from zoo.models.shop import Circle, Forbidden, Likes, OutOfStock, Receipt

from sanic_actions import ActionError, Err, Event, InputError, Issue, Ok, Redirect
from sanic_actions.client import CallError
from sanic_actions.testing import Fake

EMPTY = OutOfStock("None left", sku="tea", left=0, since=datetime.date(2026, 1, 2))


def buys(*, sku: str, count: int = 1) -> Receipt:
    if count > 2:
        raise EMPTY
    return Receipt(sku=sku, left=2 - count)


def test_returns() -> None:
    """A call gives what the test says, and the arguments are noted with their defaults."""
    fake = Fake(Client)
    fake.on(fake.client.buy).returns(Receipt(sku="tea", left=2))

    assert isinstance(fake.client, Client)
    assert fake.client.buy(sku="tea") == Receipt(sku="tea", left=2)
    assert fake.client.buy.safe(sku="jam", count=3) == Ok(Receipt(sku="tea", left=2))
    assert fake.on(fake.client.buy).calls == [{"sku": "tea", "count": 1}, {"sku": "jam", "count": 3}]


def test_mock_in_the_place_of_an_action() -> None:
    """A mock of ``unittest.mock`` stands in for one action of a client, or of all clients, until its block ends."""
    shop = AsyncClient("http://127.0.0.1:1")

    async def main() -> list[object]:
        with patch.object(shop, "buy", AsyncMock(return_value=1)) as mock:
            outputs: list[object] = [
                await shop.buy(sku="tea"),
                await shop.buy.safe(sku="jam") is mock.safe.return_value,
            ]
        with patch.object(AsyncClient, "like", AsyncMock(return_value=2)):
            outputs.append(await AsyncClient("http://x").like(post_id="p"))
        return [*outputs, (await shop.buy.safe(sku="tea")).error is None]

    assert asyncio.run(main()) == [1, True, 2, False]


def test_headers_and_cookies() -> None:
    """A caller finds those of the test where it finds a server's, until the test answers otherwise."""
    fake = Fake(Client)
    faked = fake.on(fake.client.buy)
    refusal = CallError("TOO_MANY_REQUESTS", "later", status=429)

    faked.returns(Receipt(sku="tea", left=2), headers={"X-Total": "7", "Set-Cookie": "seen=tea; Path=/"})
    result = fake.client.buy.safe(sku="tea")
    faked.raises(refusal, headers={"Retry-After": "60"})
    refused = fake.client.buy.safe(sku="tea")
    faked.returns(Receipt(sku="tea", left=2))
    plain = fake.client.buy.safe(sku="tea")
    faked.raises(EMPTY)
    empty = fake.client.buy.safe(sku="tea")

    assert (result.headers["x-total"], result.cookies) == ("7", {"seen": "tea"})
    assert (refused.headers, refusal.headers) == ({"retry-after": "60"}, {"retry-after": "60"})
    assert (plain.headers, plain.cookies, empty.headers) == ({}, {}, {})


def fails_by(error: CallError) -> Callable[..., Receipt]:
    def buys(*, sku: str, count: int = 1) -> Receipt:
        raise error

    return buys


LATER = "429 TOO_MANY_REQUESTS"
CALM = "420 TOO_MANY_REQUESTS"


@pytest.mark.parametrize(
    ("way", "error", "seen"),
    [
        ("raises", CallError("TOO_MANY_REQUESTS", "later"), LATER),
        ("raises", CallError("TOO_MANY_REQUESTS", "later", status=420), CALM),
        ("raises", CallError("SERVICE_UNAVAILABLE", "away", cause="connect"), "SERVICE_UNAVAILABLE"),
        ("raises with headers", CallError("TOO_MANY_REQUESTS", "later"), LATER),
        ("raises with headers", CallError("TOO_MANY_REQUESTS", "later", status=420), CALM),
        ("runs", CallError("TOO_MANY_REQUESTS", "later"), LATER),
        ("runs", CallError("SERVICE_UNAVAILABLE", "away", cause="connect"), "SERVICE_UNAVAILABLE"),
    ],
    ids=range(7),
)
def test_status_of_an_answer(way: str, error: CallError, seen: str) -> None:
    """An error that stands for a server's answer has a status, as each answer does."""
    fake = Fake(Client)
    faked = fake.on(fake.client.buy)
    if way == "raises":
        faked.raises(error)
    elif way == "runs":
        faked.runs(fails_by(error))
    else:
        faked.raises(error, headers={"Retry-After": "60"})

    with pytest.raises(CallError) as failure:
        fake.client.buy(sku="tea")

    assert f"buy failed: {seen} at " in str(failure.value)
    assert failure.value.status == (int(seen[:3]) if seen[0].isdigit() else None)
    if way == "raises with headers":
        assert getattr(failure.value.response, "status", None) == failure.value.status


def test_asynchronous() -> None:
    """The same for an asynchronous client: calls are awaited."""
    fake = Fake(AsyncClient)
    fake.on(fake.client.buy).returns(Receipt(sku="tea", left=2))
    fake.on(fake.client.blog.admin.remove).returns(1)

    async def main() -> None:
        assert (await fake.client.buy(sku="tea")).left == 2
        assert await fake.client.buy.safe(sku="tea") == Ok(Receipt(sku="tea", left=2))
        assert await asyncio.gather(*(fake.client.blog.admin.remove(post_id=str(n)) for n in range(3))) == [1, 1, 1]

    asyncio.run(main())

    assert isinstance(fake.client, AsyncClient)
    assert fake.on(fake.client.buy).calls == [{"sku": "tea", "count": 1}] * 2
    assert [call["post_id"] for call in fake.on(fake.client.blog.admin.remove).calls] == ["0", "1", "2"]


def test_raises() -> None:
    """A call raises what the test says, with the name of the action; ``safe`` gives it."""
    fake = Fake(Client)
    fake.on(fake.client.buy).raises(EMPTY)

    with pytest.raises(OutOfStock) as raised:
        fake.client.buy(sku="tea")
    assert str(raised.value).startswith("buy failed: 409 CONFLICT")
    assert fake.client.buy.safe(sku="tea") == Err(EMPTY)
    for error in (InputError.on("sku", "No such sku"), CallError("SERVICE_UNAVAILABLE", "down"), Forbidden("No")):
        fake.on(fake.client.buy).raises(error)
        assert fake.client.buy.safe(sku="tea").error is error


def test_runs() -> None:
    """A call runs a function of the test with its arguments."""
    fake = Fake(Client)
    fake.on(fake.client.buy).runs(buys)
    fake.on(fake.client.area).runs(lambda shape: 3.5)
    fake.on(fake.client.keep).runs(lambda **named: dict(named))

    assert fake.client.buy(sku="tea").left == 1
    assert fake.client.buy.safe(sku="tea", count=3).error is EMPTY
    assert fake.client.area(Circle(radius=1)) == 3.5
    assert fake.client.keep(self="me", more=1) == {"self": "me", "more": 1}
    assert fake.on(fake.client.area).calls == [{"shape": Circle(radius=1)}]
    assert fake.on(fake.client.keep).calls == [{"self": "me", "more": 1}]


OUTPUTS = [
    *(None, 3, "tea", {"sku": "tea", "left": 2}, Likes(post_id="p", likes=1), Receipt),
    Receipt.model_construct(sku="tea", left="2"),
]


@pytest.mark.parametrize("output", OUTPUTS)
def test_output_of_another_type(output: Any) -> None:
    """What the action does not return is an error where the test says it, and where its function returns it."""
    fake = Fake(Client)

    with pytest.raises(TypeError, match=r"^buy does not return"):
        fake.on(fake.client.buy).returns(output)
    fake.on(fake.client.buy).runs(lambda **_: output)
    with pytest.raises(TypeError, match=r"^buy does not return"):
        fake.client.buy.safe(sku="tea")


def test_outputs_are_not_converted() -> None:
    """A string of digits is no integer here either, and None is the output of what returns nothing."""
    fake = Fake(Client)

    with pytest.raises(TypeError, match="price does not return '3'"):
        fake.on(fake.client.price).returns("3")  # type: ignore[arg-type]  # the mistake under test
    fake.on(fake.client.area).returns(3)
    fake.on(fake.client.ping).returns(None)
    fake.on(fake.client.move).returns(Redirect("/p", Likes(post_id="p", likes=1)))

    assert fake.client.area(Circle(radius=1)) == 3.0
    fake.client.ping()
    assert fake.client.move(to="/p").data.likes == 1


async def later(**_: object) -> object: ...


async def items_later(**_: object) -> AsyncIterator[int]:
    yield 1


def yields(**_: object) -> Iterator[int]:
    yield 1


WITHOUT_ASYNC = "write the function of runs(...) without 'async'."
WRONG_ANSWERS = {
    "coroutine": ("buy", later, WITHOUT_ASYNC),
    "generator": ("buy", yields, "write 'return' in place of 'yield' in the function of runs(...)."),
    "Ok": ("buy", lambda **_: Ok(Receipt(sku="tea", left=1)), "pass its data alone."),
    "Err": ("buy", lambda **_: Err(EMPTY), "write raises(...) with the error."),
    "error": ("buy", lambda **_: EMPTY, "write raises(...) with the error."),
    "class": ("buy", lambda **_: Receipt, "pass an object of the class."),
    "coroutine of a stream": ("streams.numbers", later, WITHOUT_ASYNC),
    "items of a stream": ("streams.numbers", items_later, WITHOUT_ASYNC),
    "event": ("streams.log", lambda **_: [Event("a", id="1")], "pass its data alone."),
    "coroutine of a download": ("everything", later, WITHOUT_ASYNC),
}


@pytest.mark.parametrize("case", WRONG_ANSWERS)
def test_what_a_wrong_answer_should_be(case: str) -> None:
    """It is said with the mistake, by ``returns`` and after ``runs``; a coroutine is closed, so that none warns."""
    name, function, advice = WRONG_ANSWERS[case]
    fake: Any = Fake(Client if name == "buy" else import_module("golden_streams").Client)
    call = attrgetter(name)(fake.client)
    output: Any = function()

    with pytest.raises(TypeError) as told:
        fake.on(call).returns(output)
    fake.on(call).runs(function)
    with pytest.raises(TypeError) as raised:
        read(name, call)

    assert str(told.value).endswith(advice)
    assert str(raised.value).endswith(advice)
    assert not iscoroutine(output) or output.cr_frame is None


def read(name: str, call: Any) -> object:
    """Call, and read what comes in parts."""
    if name == "buy":
        return call(sku="tea")
    return call().read() if name == "everything" else list(call())


def test_function_of_other_parameters() -> None:
    """A function that cannot take a call is told with the name of the action and what it is called with."""
    fake = Fake(Client)

    fake.on(fake.client.buy).runs(lambda product: buys(sku=product))  # type: ignore[misc,arg-type]  # the mistake under test

    sentence = r"The function of buy is called with sku, count: .*'product'\. Write it with def, .* parameters"
    with pytest.raises(TypeError, match=sentence):
        fake.client.buy(sku="tea")


@pytest.mark.parametrize("left", ["two", "2", None, 2.5])
def test_error_whose_field_has_another_type(left: Any) -> None:
    """An error that the server could not send is refused where the test says it, and where its function raises it."""
    fake = Fake(Client)
    error = OutOfStock("None left", sku="tea", left=left, since=EMPTY.since)

    def fails(*, sku: str, count: int = 1) -> Receipt:
        raise error

    sentence = rf"buy does not raise this OutOfStock: its 'left' is {left!r}: Input should be a valid integer"
    with pytest.raises(TypeError, match=sentence):
        fake.on(fake.client.buy).raises(error)
    fake.on(fake.client.buy).runs(fails)
    with pytest.raises(TypeError, match=sentence):
        fake.client.buy(sku="tea")


class Other(ActionError, code="GONE"):
    pass


@pytest.mark.parametrize("error", [Other("x"), ActionError("GONE", "x"), ValueError("x"), OutOfStock, "x"])
def test_undeclared_error(error: Any) -> None:
    """What the action does not declare is an error where the test says it."""
    fake = Fake(Client)

    with pytest.raises(TypeError, match="buy raises an object of one of OutOfStock, Forbidden, InputError, CallError"):
        fake.on(fake.client.buy).raises(error)


@pytest.mark.parametrize("error", [Other("x"), ActionError("GONE", "x")])
def test_error_of_a_handler(error: Any) -> None:
    """What a handler raises without declaring it, callers get as a ``CallError``."""
    fake = Fake(Client)

    with pytest.raises(TypeError, match=r"callers get a CallError instead of it, CallError\('GONE', \.\.\.\)\.$"):
        fake.on(fake.client.buy).raises(error)


def test_error_of_the_server_of_the_same_name() -> None:
    """The server's own class in place of the client's is told with both modules, and what to import."""
    server: Any = type("OutOfStock", (ActionError,), {"__module__": "shop.errors"}, code="CONFLICT")
    fake = Fake(Client)

    for wrong in (server("none"), server):
        with pytest.raises(TypeError, match=r"not OutOfStock of shop\.errors") as caught:
            fake.on(fake.client.buy).raises(wrong)
        assert f"Import it with 'from {OutOfStock.__module__} import OutOfStock'" in str(caught.value)


class Reading(BaseModel):
    sku: str = "tea"
    left: int = 2


def of_the_server(name: str, base: type) -> Any:
    """Return a class as the server has it, which the client's is called after."""
    return type(name, (base,), {"__module__": "shop.orders"})


NAMESAKES: dict[str, tuple[Callable[[Client], Any], Any]] = {
    "an object": (lambda client: client.buy, of_the_server("Receipt", Reading)()),
    "a dataclass": (lambda client: client.buy, dataclass(of_the_server("Receipt", object))()),
    "the class": (lambda client: client.buy, of_the_server("Receipt", Reading)),
    "in a redirect": (lambda client: client.move, Redirect("/p", of_the_server("Likes", Reading)())),
    "further in": (lambda client: client.echo, {"by_id": {1: of_the_server("Colour", Reading)()}}),
}


@pytest.mark.parametrize("case", NAMESAKES)
def test_output_of_the_server_of_the_same_name(case: str) -> None:
    """The server's own class in place of the client's is told with both modules, wherever it stands in the output."""
    action, output = NAMESAKES[case]
    fake = Fake(Client)

    with pytest.raises(TypeError, match=r"^\w+ does not return .*(Receipt|Likes|Colour) of shop\.orders\. ") as caught:
        fake.on(action(fake.client)).returns(output)

    assert re.search(r"Import it with 'from zoo\.models\.shop import (Receipt|Likes|Colour)'\.$", str(caught.value))


def test_undeclared_error_of_a_function() -> None:
    """A function of the test may raise what the action declares; its own mistakes reach the test as they are."""
    fake = Fake(Client)

    def fails(**_: Any) -> Receipt:
        raise errors.pop()

    errors: list[Exception] = [KeyError("mistake"), Other("x")]
    fake.on(fake.client.buy).runs(fails)
    with pytest.raises(TypeError, match="not Other"):
        fake.client.buy.safe(sku="tea")
    with pytest.raises(KeyError, match="mistake"):
        fake.client.buy.safe(sku="tea")


def test_arguments_are_checked() -> None:
    """Arguments are checked as the real client checks them, and a call that it would not send is not noted."""
    fake = Fake(Client)
    fake.on(fake.client.buy).returns(Receipt(sku="tea", left=2))
    client: Any = fake.client

    with pytest.raises(TypeError, match=r"buy\(\) .*Did you mean 'sku'\?"):
        client.buy(skuu="tea")
    with pytest.raises(TypeError, match=r"write buy\(sku=\.\.\.\)"):
        client.buy("tea")
    with pytest.raises(InputError) as raised:
        client.buy(sku="tea", count=0)
    assert [issue.path for issue in raised.value.issues] == ["count"]
    assert client.buy.safe(sku=3).error.issues[0] == Issue("sku", raised_message(client, sku=3), "string_type")
    assert fake.on(fake.client.buy).calls == []


def raised_message(client: Any, **arguments: Any) -> str:
    with pytest.raises(InputError) as raised:
        client.buy(**arguments)
    return raised.value.issues[0].message


def test_unanswered_call() -> None:
    """A call that the test says nothing of fails with its name and what to write; ``safe`` does not swallow it."""
    fake = Fake(Client)

    with pytest.raises(AssertionError, match=r"blog.admin.remove was called.*fake.on\(fake.client.blog.admin.remove\)"):
        fake.client.blog.admin.remove.safe(post_id="p")
    assert fake.on(fake.client.blog.admin.remove).calls == [{"post_id": "p"}]


def test_copies_and_closing() -> None:
    """Copies with other options share the answers, and a closed client refuses calls as a real one does."""
    fake = Fake(Client)
    fake.on(fake.client.with_options(timeout=2).buy).returns(Receipt(sku="tea", left=2))

    with fake.client as client:
        assert client.with_options(headers={"authorization": "x"}).buy(sku="tea").left == 2
        assert len(fake.on(client.buy).calls) == 1
    error = fake.client.buy.safe(sku="tea").error
    assert isinstance(error, CallError)
    assert "closed" in error.message


def test_files_and_defaults_of_the_server() -> None:
    """Files arrive as they were passed, and a default that only the server knows is not made up."""
    fake = Fake(Client)
    fake.on(fake.client.blog.upload).returns(["a"])
    fake.on(fake.client.blog.comment).returns("c1")
    picture = BytesIO(b"x")

    fake.client.blog.upload(title="t", photo=picture)
    fake.client.blog.comment(author="a", body="b")

    assert fake.on(fake.client.blog.upload).calls == [{"title": "t", "photo": picture, "cover": None}]
    assert fake.on(fake.client.blog.comment).calls == [{"author": "a", "body": "b", "address": None}]


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call opens a socket, with a base URL in the environment or without."""
    monkeypatch.setenv("ZOO_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(socket, "socket", None)
    fake = Fake(Client)
    fake.on(fake.client.ping).returns(None)

    fake.client.ping()

    assert fake.on(fake.client.ping).calls == [{}]


def test_wrong_subjects() -> None:
    """Only the actions of this fake's client have answers, and only classes of clients have fakes."""
    fake, other = Fake(Client), Fake(Client)

    subjects: list[Any] = [other.client.buy, Client("http://x").buy, fake.client.blog, 3]
    for subject in subjects:
        with pytest.raises(TypeError, match="an action of this fake's client"):
            fake.on(subject)
    classes: list[Any] = [Client("http://x"), Receipt, None]
    for cls in classes:
        with pytest.raises(TypeError, match="the class Client or AsyncClient"):
            Fake(cls)
    with pytest.raises(TypeError, match="takes a function"):
        fake.on(fake.client.buy).runs(3)  # type: ignore[arg-type]  # the mistake under test


def test_people_look_at_it() -> None:
    """A fake, its actions and their notes say what they are."""
    fake = Fake(Client)

    assert repr(fake) == "<fake of zoo.Client>"
    assert repr(fake.on(fake.client.buy)) == "<fake of buy, 0 calls>"
    assert "Buy something." in (fake.client.buy.__doc__ or "")

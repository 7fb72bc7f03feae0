"""Streams of a fake."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import pytest

from sanic_actions import Err, InputError, Ok
from sanic_actions.testing import Fake

Client: Any = import_module("golden_streams").Client
AsyncClient: Any = import_module("golden_streams").AsyncClient
models: Any = import_module("golden_streams.models.case_streams")
Overloaded, Token = models.Overloaded, models.Token


def test_streams_of_a_fake() -> None:
    """A fake's stream gives the items of the test, ends with its error, and notes its calls."""
    fake = Fake(Client)
    error = Overloaded("busy", seconds=3)

    def answers(*, question: str, words: int = 3) -> Any:
        yield Token(text=question)
        raise error

    fake.on(fake.client.answer).returns([Token(text="a"), Token(text="b")])
    assert [token.text for token in fake.client.answer(question="why")] == ["a", "b"]
    fake.on(fake.client.answer).runs(answers)
    assert list(fake.client.answer(question="how").safe()) == [Ok(Token(text="how")), Err(error)]
    fake.on(fake.client.answer).raises(error)
    with pytest.raises(Overloaded), fake.client.answer(question="who", words=1) as tokens:
        next(tokens)

    assert fake.on(fake.client.answer).calls == [
        {"question": "why", "words": 3},
        {"question": "how", "words": 3},
        {"question": "who", "words": 1},
    ]


def test_headers_of_streams() -> None:
    """Each item of a safe stream has those of its answer."""
    fake, awaiting = Fake(Client), Fake(AsyncClient)
    fake.on(fake.client.answer).returns([Token(text="a")], headers={"X-Total": "1"})
    awaiting.on(awaiting.client.answer).returns([Token(text="a")], headers={"X-Total": "1"})

    async def headers() -> list[Any]:
        return [item.headers async for item in awaiting.client.answer(question="why").safe()]

    assert [item.headers for item in fake.client.answer(question="why").safe()] == [{"x-total": "1"}]
    assert asyncio.run(headers()) == [{"x-total": "1"}]


def test_streams_of_an_asynchronous_fake() -> None:
    """The same with ``async for``, in namespaces too."""
    fake = Fake(AsyncClient)
    fake.on(fake.client.answer).returns([Token(text="a")])
    fake.on(fake.client.streams.numbers).returns(iter([1, 2]))

    async def main() -> None:
        assert [token.text async for token in fake.client.answer(question="why")] == ["a"]
        assert [number async for number in fake.client.streams.numbers()] == [1, 2]
        assert [number async for number in fake.client.streams.numbers().safe()] == [Ok(1), Ok(2)]

    asyncio.run(main())


def test_wrong_items() -> None:
    """Items of another type are refused, and so are inputs; a stream that nobody answers fails."""
    fake = Fake(Client)
    client = fake.client

    for items in ([Token(text="a"), 3], 3, "abc", b"abc", {"a": 1}, Token(text="a")):
        with pytest.raises(TypeError, match="answer"):
            fake.on(client.answer).returns(items)
    with pytest.raises(AssertionError, match="answer was called"):
        next(client.answer(question="why"))
    (result,) = client.answer(question=3).safe()
    assert isinstance(result.error, InputError)

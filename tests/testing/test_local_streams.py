"""Streams of an app in the same process: items as they come, and what happens when the caller leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

import pytest
from case_streams import Closed, Overloaded, Token
from sanic import Sanic

from sanic_actions import action
from sanic_actions._testing.exchange import Exchange
from sanic_actions.client import CallError, Request
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import local

Client: Any = import_module("golden_streams").Client
AsyncClient: Any = import_module("golden_streams").AsyncClient

ended: list[str] = []


@action(raises=[Overloaded, Closed])
async def answer(question: str, words: int = 3) -> AsyncIterator[Token]:
    """Answer a question, word by word."""
    try:
        for number in range(words):
            if question == "slow" and number:
                await asyncio.sleep(3600)
            yield Token(text=f"{question} {number}")
    finally:
        ended.append(question)


@action
def numbers() -> Iterator[int]:
    try:
        yield from range(100_000)
    finally:
        ended.append("numbers")


def app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("streams")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"answer": answer, "streams": {"numbers": numbers}}))
    return app


def test_blocking_client() -> None:
    """Items arrive from an app on another thread."""
    with local(app(), Client) as client:
        assert [token.text for token in client.answer(question="why", words=2)] == ["why 0", "why 1"]


def test_asynchronous_client() -> None:
    """Items arrive from an app on the same event loop."""

    async def main() -> list[str]:
        context: Any = local(app(), AsyncClient)
        async with context as client:
            return [token.text async for token in client.answer(question="why", words=2)]

    assert asyncio.run(main()) == ["why 0", "why 1"]


@pytest.mark.parametrize(("question", "items"), [("fast", 1), ("fast", 2), ("fast", 5), ("slow", 1)])
def test_blocking_caller_leaves(question: str, items: int) -> None:
    """Leaving ends the stream and its generator, whether the app waits to send an item or has none yet."""
    ended.clear()
    with local(app(), Client) as client:
        with client.answer(question=question, words=1000) as tokens:
            texts = [next(tokens).text for _ in range(items)]
        assert texts == [f"{question} {number}" for number in range(items)]
        assert ended == [question]

        with client.streams.numbers() as values:
            assert next(values) == 0
        assert [token.text for token in client.answer(question="next", words=1)] == ["next 0"]

    assert sorted(ended) == sorted([question, "numbers", "next"])


@pytest.mark.parametrize("question", ["fast", "slow"])
def test_asynchronous_caller_leaves(question: str) -> None:
    """The same on one event loop, once the app has had its turns or before."""

    async def main(turns: int) -> None:
        context: Any = local(app(), AsyncClient)
        async with context as client:
            async with client.answer(question=question, words=1000) as tokens:
                assert (await anext(tokens)).text == f"{question} 0"
                for _ in range(turns):
                    await asyncio.sleep(0)
            assert ended == [question]

    for turns in (0, 1, 50):
        ended.clear()
        asyncio.run(main(turns))


@pytest.mark.parametrize("question", ["fast", "slow"])
def test_caller_gives_up(question: str) -> None:
    """A task that is cancelled while it reads ends the stream as one that leaves."""
    ended.clear()

    async def reads(client: Any) -> None:
        async with client.answer(question=question, words=1000) as tokens:
            async for _ in tokens:
                await asyncio.sleep(0)

    async def main() -> None:
        context: Any = local(app(), AsyncClient)
        async with context as client:
            task = asyncio.create_task(reads(client))
            for _ in range(100):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert ended == [question]

    asyncio.run(main())


def test_gap_is_too_long() -> None:
    """The time of a client is the gap between two items, and its end closes the generator."""
    ended.clear()
    with local(app(), Client) as client:
        first, second = client.with_options(timeout=1).answer(question="slow").safe()

    assert first.data.text == "slow 0"
    assert isinstance(second.error, CallError)
    assert second.error.code == "GATEWAY_TIMEOUT"
    assert ended == ["slow"]


def test_app_that_sends_after_the_end() -> None:
    """What an app sends when nobody reads any more is dropped, as a closed socket drops it."""
    sent: list[int] = []

    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
        except asyncio.CancelledError:
            for number in range(3):
                await send({"type": "http.response.body", "body": b"bye", "more_body": number < 2})
                sent.append(number)

    async def main() -> None:
        async with Exchange(stubborn, Request("http://127.0.0.1/", {}, b"", 5)):
            for _ in range(10):
                await asyncio.sleep(0)

    asyncio.run(main())

    assert sent == [0, 1, 2]

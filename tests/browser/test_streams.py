"""Streams in a browser: ``for await`` over an action, its errors, and what ends it early."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionContext, ActionError, Event, action
from sanic_actions.server import ActionsBlueprint

Ask = Callable[[str], Any]
CLOSED: list[str] = []
"""The names of the streams whose ``finally`` has run."""
ASKED: list[str | None] = []
"""The last ids with which the stream that breaks was asked for."""


class Overloaded(ActionError, code="SERVICE_UNAVAILABLE"):
    seconds: int


@action(raises=[Overloaded])
async def answer(words: list[str], fail_at: int = -1) -> AsyncIterator[str]:
    for number, word in enumerate(words):
        if number == fail_at:
            raise Overloaded("Too much", seconds=number)
        yield word


@action
async def waiting(name: str) -> AsyncIterator[int]:
    try:
        yield 1
        await asyncio.sleep(60)
    finally:
        CLOSED.append(name)


@action(idempotent=True)
async def breaking(context: ActionContext, ids: bool = True) -> AsyncIterator[Event[int]]:
    """Break off after three items, the first two times."""
    ASKED.append(context.last_event_id)
    start = 0 if context.last_event_id is None else int(context.last_event_id) + 1
    for number in range(start, 10):
        yield Event(number, id=str(number) if ids else None)
        if number == start + 2 and len(ASKED) < 3:
            await asyncio.sleep(0.1)
            context.request.transport.abort()  # type: ignore[attr-defined]  # as a network that fails


@action
async def plain() -> int:
    return 3


@pytest.fixture
def ask(page: Any, serve: Callable[[Any], str]) -> Ask:
    """``ask(javascript)`` evaluates an expression on a page that has imported ``actions``."""
    app: Sanic[Any, Any] = Sanic(f"streams{next(_COUNT)}")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"answer": answer, "waiting": waiting, "breaking": breaking, "plain": plain}))

    @app.get("/")
    async def home(request: Request[Any, Any]) -> HTTPResponse:
        return html("<!doctype html><html lang=en><title>Home</title>")

    ASKED.clear()
    page.set_default_timeout(20_000)
    page.goto(serve(app))
    page.evaluate("async () => Object.assign(window, await import('/_actions/client.js'))")
    page.evaluate(COLLECT)
    return lambda expression: page.evaluate(f"async () => {expression}")


_COUNT = itertools.count()

COLLECT = """() => {
  window.collect = async (stream, most = Infinity) => {
    const items = [];
    try {
      for await (const item of stream) if (items.push(item) >= most) break;
    } catch ({ name, code, status, cause, message, data }) {
      return { items, name, code, status, cause, message, data };
    }
    return items;
  };
}"""


def is_closed(name: str) -> bool:
    """Wait for the ``finally`` of a stream, as long as a busy machine may take."""
    ends = time.monotonic() + 10
    while name not in CLOSED and time.monotonic() < ends:
        time.sleep(0.01)
    return name in CLOSED


def test_items_arrive_in_order(ask: Ask) -> None:
    """`for await` gives the items in their order, whatever is in them; awaiting gives what to iterate over."""
    words = [f"{number} é \\n\\r\\n\\u2028" for number in range(200)]
    expected = [word.encode().decode("unicode_escape").replace("Ã©", "é") for word in words]
    listed = "[" + ",".join(f'"{word}"' for word in words) + "]"

    assert ask(f"collect(actions.answer({{ words: {listed} }}))") == expected
    assert ask("collect(actions.answer({ words: [] }))") == []
    assert ask("collect(await actions.answer({ words: ['a'] }))") == ["a"]
    assert ask("collect((await actions.answer.safe({ words: ['a', 'b'] })).data)") == ["a", "b"]


@pytest.mark.parametrize("fail_at", [0, 2])
def test_errors(ask: Ask, fail_at: int) -> None:
    """An error before the first item, and one in the middle, reject as those of any action."""
    failed = ask(f"collect(actions.answer({{ words: ['a', 'b', 'c'], fail_at: {fail_at} }}))")

    assert failed["items"] == ["a", "b", "c"][:fail_at]
    assert [failed[key] for key in ("name", "code", "status", "cause")] == [
        "Overloaded",
        "SERVICE_UNAVAILABLE",
        503,
        "server",
    ]
    assert failed["data"] == {"seconds": fail_at}


def test_invalid_input(ask: Ask) -> None:
    """An input that is not valid rejects before the first item; what is not a stream cannot be iterated over."""
    assert ask("collect(actions.answer({ words: 3 }))")["name"] == "InputError"
    assert ask("collect(actions.plain())")["name"] == "TypeError"


def test_leaving_the_loop_hangs_up(ask: Ask) -> None:
    """Who leaves the loop closes the generator."""
    assert ask("collect(actions.waiting({ name: 'left' }), 1)") == [1]
    assert is_closed("left")


def test_an_abort_hangs_up(ask: Ask) -> None:
    """An abort rejects as the caller's own doing, and closes the generator."""
    aborted = ask(
        "{ const end = new AbortController(); setTimeout(() => end.abort(), 300);"
        " return collect(actions.waiting({ name: 'aborted' }, { signal: end.signal })) }"
    )

    assert (aborted["items"], aborted["name"]) == ([1], "AbortError")
    assert is_closed("aborted")


def test_a_stream_is_taken_up_again(ask: Ask) -> None:
    """With `retries` a stream that breaks off goes on behind its last item that has an id."""
    assert ask("collect(actions.breaking({}, { retries: 2 }))") == list(range(10))
    assert ASKED == [None, "2", "5"]


@pytest.mark.parametrize("call", ["{}, { retries: 1 }", "{}", "{ ids: false }, { retries: 2 }"])
def test_a_stream_that_stays_broken(ask: Ask, call: str) -> None:
    """Without attempts that are left, or without ids, a stream that breaks off is an error."""
    failed = ask(f"collect(actions.breaking({call}))")

    assert failed["items"] == list(range(len(failed["items"])))
    assert failed["name"] == "CallError"
    assert failed["code"] in ("SERVICE_UNAVAILABLE", "BAD_GATEWAY")

"""Observers on the client: told of each attempt of a call, and able to add headers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from sanic import Request, Sanic
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from sanic_actions import Err, Ok
from sanic_actions.client import AsyncClient, Client, ObservedCall, Observer, call

Serve = Callable[[Sanic[Any, Any]], str]


class Shop(Client):
    @call(idempotent=True)
    def buy(self, count: int) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


class AsyncShop(AsyncClient):
    @call(idempotent=True)
    def buy(self, count: int) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


class Notes(Observer):
    """An observer that keeps what it hears, and marks requests."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.ended: list[Any] = []

    def on_start(self, call: ObservedCall) -> int:
        self.started.append((call.name, call.side, call.called_from, call.attempt))
        call.headers["x-mark"] = f"mark {call.attempt}"
        return call.attempt

    def on_end(self, token: Any, call: ObservedCall, outcome: Any, exception: BaseException | None) -> None:
        self.ended.append((token, outcome, exception))


def shop_app(marks: list[Any], failures: int = 0) -> Sanic[Any, Any]:
    """A server that answers 503 for some time."""
    app: Sanic[Any, Any] = Sanic("shop")
    app.config.AUTO_EXTEND = False

    @app.post("/_actions/buy")
    async def buy(request: Request) -> HTTPResponse:
        marks.append(request.headers.get("x-mark"))
        if len(marks) <= failures:
            return json_response({"code": "SERVICE_UNAVAILABLE"}, 503, content_type="application/problem+json")
        return json_response(7)

    return app


def ask(mode: str, url: str, observers: list[Any], **arguments: Any) -> Any:
    """Call with one kind of client."""
    if mode == "blocking":
        with Shop(url, observers=observers, retries=2) as client:
            return client.buy.safe(**arguments)

    async def main() -> Any:
        async with AsyncShop(url, observers=observers, retries=2) as awaiting:
            return await awaiting.buy.safe(**arguments)

    return asyncio.run(main())


MODES = pytest.mark.parametrize("mode", ["blocking", "asynchronous"])


@MODES
def test_a_call_is_told_with_its_outcome(mode: str, serve: Serve) -> None:
    """The outcome is what the caller gets, and what an observer puts into the headers is sent."""
    marks: list[Any] = []
    notes = Notes()

    ask(mode, serve(shop_app(marks)), [notes], count=1)

    (token, outcome, exception) = notes.ended[0]
    assert notes.started == [("buy", "client", "client", 1)]
    assert (token, exception, marks) == (1, None, ["mark 1"])
    assert isinstance(outcome, Ok)
    assert outcome.data == 7


@MODES
def test_each_attempt_is_told(mode: str, serve: Serve) -> None:
    """With its number, its own headers and its own outcome."""
    marks: list[Any] = []
    notes = Notes()

    result = ask(mode, serve(shop_app(marks, failures=1)), [notes], count=1)

    assert isinstance(result, Ok)
    assert [start[3] for start in notes.started] == [1, 2]
    assert [type(end[1]) for end in notes.ended] == [Err, Ok]
    assert marks == ["mark 1", "mark 2"]


@MODES
def test_a_call_that_reaches_nobody_is_told_with_the_reason(mode: str) -> None:
    """The exception of the transport stands beside the error that the caller gets."""
    notes = Notes()

    ask(mode, "http://127.0.0.1:9", [notes], count=1)

    assert len(notes.started) == len(notes.ended) == 3
    assert all(isinstance(end[1], Err) and isinstance(end[2], Exception) for end in notes.ended)


@MODES
def test_an_invalid_input_is_told_though_nothing_is_sent(mode: str, serve: Serve) -> None:
    """A call starts and ends, whether or not there is a request."""
    marks: list[Any] = []
    notes = Notes()

    ask(mode, serve(shop_app(marks)), [notes], count="many")

    assert marks == []
    assert len(notes.started) == 1
    assert notes.ended[0][1].error.code == "BAD_REQUEST"


@MODES
def test_an_observer_that_raises_changes_nothing(mode: str, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the call goes on."""

    class Broken(Notes):
        def on_start(self, call: ObservedCall) -> int:
            raise RuntimeError("start")

    with caplog.at_level(logging.ERROR, "sanic_actions"):
        result = ask(mode, serve(shop_app([])), [Broken(), notes := Notes()], count=1)

    assert isinstance(result, Ok)
    assert len(notes.ended) == 1
    assert "failed at the start" in caplog.text


ADDED: list[tuple[Any, Any]] = [
    ("x-number", 3),
    ("x-nothing", None),
    ("x-bytes", b"a"),
    ("x-lines", "a\r\nx-evil: b"),
    ("x-letters", "é"),
    ("x-name\r\nx-evil", "b"),
    (3, "a"),
    ("content-length", "0"),
    ("Content-Type", "text/plain"),
    ("transfer-encoding", "chunked"),
]


@MODES
def test_headers_that_cannot_be_sent_change_nothing(mode: str, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """They are left out and logged; what can be sent is, and what the call has itself is not taken away."""

    class Adds(Notes):
        def on_start(self, call: ObservedCall) -> int:
            call.headers.clear()
            headers: Any = call.headers
            headers.update(ADDED)
            call.headers["X-Added"] = "yes"
            return super().on_start(call)

    headers: list[Any] = []
    app = shop_app([])

    async def note(request: Request[Any, Any]) -> None:
        headers.append(request.headers)

    app.on_request(note)
    with caplog.at_level(logging.ERROR, "sanic_actions"):
        result = ask(mode, serve(app), [Adds()], count=1)

    assert isinstance(result, Ok)
    assert headers[-1]["x-added"] == "yes"
    assert not {"x-evil", "x-number", "x-nothing", "x-bytes", "x-lines", "x-letters"} & set(headers[-1])
    assert caplog.text.count("A header that an observer has added to a call of 'buy' is not sent") == len(ADDED)


@MODES
def test_wrong_arguments_are_no_call(mode: str) -> None:
    """They are a mistake in the program, of which observers hear nothing."""
    notes = Notes()

    with pytest.raises(TypeError):
        ask(mode, "http://127.0.0.1:9", [notes], number=1)

    assert notes.started == notes.ended == []


def test_copies_of_a_client_have_its_observers(serve: Serve) -> None:
    """``with_options`` leaves them as they are."""
    notes = Notes()
    with Shop(serve(shop_app([])), observers=[notes]) as client:
        client.with_options(timeout=5).buy(count=1)

    assert len(notes.ended) == 1

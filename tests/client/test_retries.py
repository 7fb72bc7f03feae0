"""Retries: what is sent again, how often, how long after, and what never is."""

from __future__ import annotations

import asyncio
import email.utils
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import free_port
from sanic import Request, Sanic
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from sanic_actions import CallError, Err, Ok
from sanic_actions.client import NotSent, Response
from sanic_actions.client import Request as ClientRequest
from sanic_actions.client._retries import Attempts, _retry_after

Ask = Callable[..., Any]
Serve = Callable[[Sanic[Any, Any]], str]
Script = Callable[[socket.socket], None]
Misbehave = Callable[[Script], str]


def answer(status: int, body: bytes = b"7", *more: str) -> Script:
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *more]
    return lambda connection: connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n1")


def silent(connection: socket.socket) -> None:
    """Say nothing until the caller hangs up."""
    connection.settimeout(60)
    connection.recv(1)


OK = answer(200)
MASKED = answer(500, json.dumps({"code": "INTERNAL_SERVER_ERROR", "id": "x"}).encode())

# name, action, what the server does attempt by attempt (the last for all later ones), attempts made
TABLE: list[tuple[str, str, list[Script], int]] = [
    ("plain, busy", "like", [answer(503)], 1),
    ("plain, lost", "like", [reset], 1),
    ("plain, cut", "like", [cut], 1),
    ("idempotent, lost", "price", [reset, OK], 2),
    ("idempotent, hung up", "price", [lambda connection: None, OK], 2),
    ("idempotent, cut", "price", [cut, OK], 2),
    ("idempotent, late", "price", [silent, OK], 2),
    *((f"idempotent, {status}", "price", [answer(status), OK], 2) for status in (429, 502, 503, 504)),
    *((f"idempotent, {status}", "price", [answer(status)], 1) for status in (400, 401, 404, 409, 413, 302, 201)),
    ("idempotent, masked", "price", [MASKED], 1),
    ("idempotent, never well", "price", [answer(503)], 3),
    ("idempotent, well at last", "price", [reset, answer(503), OK], 3),
    ("once, lost", "pay", [reset, OK], 2),
    ("once, still running", "pay", [answer(409, b"", "Retry-After: 0"), OK], 2),
    ("once, running for long", "pay", [*[answer(409, b"", "Retry-After: 0")] * 6, OK], 7),
    ("once, conflict", "pay", [answer(409, b"")], 1),
]


@pytest.mark.parametrize(("action", "scripts", "made"), [r[1:] for r in TABLE], ids=[r[0] for r in TABLE])
def test_what_is_sent_again(ask: Ask, misbehave: Misbehave, action: str, scripts: list[Script], made: int) -> None:
    """Only actions that say that it does no harm are sent again when they may have run, and only where it may help."""
    seen: list[Script] = []

    def script(connection: socket.socket) -> None:
        seen.append(scripts[min(len(seen), len(scripts) - 1)])
        seen[-1](connection)

    call = {
        "like": lambda c: c.like.safe(post_id="p"),
        "price": lambda c: c.price.safe(sku="s"),
        "pay": lambda c: c.pay.safe(sku="s"),
    }
    result = ask(misbehave(script), call[action], retries=2, timeout=9 if silent in scripts else 60)

    assert len(seen) == made
    assert isinstance(result, Ok if scripts[-1] is OK else Err)


def test_retries_are_off_by_default(ask: Ask, misbehave: Misbehave) -> None:
    """Who asks for no retries gets none, whatever the action says."""
    seen: list[int] = []

    def script(connection: socket.socket) -> None:
        seen.append(1)
        answer(503)(connection)

    assert ask(misbehave(script), lambda c: c.price.safe(sku="s")).error.status == 503
    assert len(seen) == 1


def test_never_reached(ask: Ask) -> None:
    """Any call is sent again that found nobody to talk to; here the server comes up in between."""
    port = free_port()
    stop = threading.Event()

    def serve() -> None:
        stop.wait(0.1)
        with socket.create_server(("127.0.0.1", port)) as listener:
            listener.settimeout(60)
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                answer(200, b'{"post_id": "p", "likes": 1}')(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    result = ask(f"http://127.0.0.1:{port}", lambda c: c.like.safe(post_id="p"), retries=50, timeout=250)
    thread.join(30)

    assert isinstance(result, Ok), result


def recording(failures: int) -> tuple[Sanic[Any, Any], list[Request[Any, Any]]]:
    """An app whose actions fail with 503 at first, then give 7, and keep their requests."""
    app: Sanic[Any, Any] = Sanic("recording")
    seen: list[Request[Any, Any]] = []

    @app.post("/_actions/<name>")
    async def handle(request: Request[Any, Any], name: str) -> HTTPResponse:
        seen.append(request)
        return json_response(7, status=503 if len(seen) <= failures else 200)

    return app, seen


def test_key_of_a_call(ask: Ask, serve: Serve) -> None:
    """A call of an action that runs once has a random key, which stays for all attempts; a given key is kept."""
    app, seen = recording(failures=2)
    url = serve(app)

    assert ask(url, lambda c: c.pay(sku="s"), retries=2) == 7
    ask(url, lambda c: c.pay(sku="s"))
    ask(url, lambda c: c.pay(sku="s"), headers={"Idempotency-Key": "mine"})
    ask(url, lambda c: c.price(sku="s"))

    keys = [request.headers.get("idempotency-key") for request in seen]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert len(keys[0] or "") == 32
    assert keys[4:] == ["mine", None]


def test_deadline_travels(ask: Ask, serve: Serve) -> None:
    """The server is told how long the caller still waits: less with each attempt, and all of it where it runs once."""
    app, seen = recording(failures=1)
    url = serve(app)

    ask(url, lambda c: c.price(sku="s"), retries=1, timeout=60)
    ask(url, lambda c: c.pay(sku="s"), retries=1, timeout=60)
    ask(url, lambda c: c.with_options(timeout=25).like.safe(post_id="p"), retries=1, timeout=60)

    told = [float(request.headers["request-timeout"]) for request in seen]
    assert told[0] == 30.0
    assert 40 < told[1] < 60
    assert told[2:] == [60.0, 25.0]


def test_retry_after(ask: Ask, misbehave: Misbehave) -> None:
    """The server's Retry-After is obeyed; what would not be answered in time is given up at once."""
    started: list[float] = []

    def soon(connection: socket.socket) -> None:
        started.append(time.monotonic())
        (OK if len(started) == 2 else answer(429, b"", "Retry-After: 1"))(connection)

    assert ask(misbehave(soon), lambda c: c.price(sku="s"), retries=1) == 7
    assert started[1] - started[0] > 0.95

    began = time.monotonic()
    late = ask(misbehave(answer(503, b"", "Retry-After: 60")), lambda c: c.price.safe(sku="s"), retries=5, timeout=50)
    assert late.error.status == 503
    assert time.monotonic() - began < 20


def test_total_time(ask: Ask, misbehave: Misbehave) -> None:
    """All attempts and pauses together end with the timeout."""
    began = time.monotonic()

    result = ask(misbehave(silent), lambda c: c.price.safe(sku="s"), retries=9, timeout=0.6)

    assert time.monotonic() - began < 4  # ten attempts of 0.6 seconds would take 6
    if result.error.cause == "connect":  # the last attempts are short: on a busy machine one does not even connect
        assert result.error.code == "SERVICE_UNAVAILABLE"
    else:
        assert (result.error.code, result.error.cause) == ("GATEWAY_TIMEOUT", "timeout")
        assert "within 0.6 seconds" in result.error.message


def test_time_of_the_only_retry(ask: Ask, misbehave: Misbehave) -> None:
    """The message says how long the whole call took, not its last attempt."""
    result = ask(misbehave(silent), lambda c: c.price.safe(sku="s"), retries=1, timeout=2)

    assert (result.error.code, result.error.cause) == ("GATEWAY_TIMEOUT", "timeout")
    assert "within 2 seconds" in result.error.message


def test_cancellation_between_attempts(misbehave: Misbehave) -> None:
    """A task that is cancelled while it waits for the next attempt ends at once."""
    import zoo

    answered = threading.Event()

    def busy(connection: socket.socket) -> None:
        answer(503, b"", "Retry-After: 40")(connection)
        answered.set()

    url = misbehave(busy)

    async def main() -> float:
        async with zoo.AsyncClient(url, retries=3, timeout=300) as client:
            task = asyncio.create_task(client.price.safe(sku="s"))
            assert await asyncio.to_thread(answered.wait, 30)
            await asyncio.sleep(0.1)  # in which the answer is read
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return time.monotonic() - began

    assert asyncio.run(main()) < 10


@pytest.mark.parametrize("retries", [-1, 0.5, None, "2"])
def test_retries_that_are_no_number(retries: Any) -> None:
    """Retries are a number of times."""
    import zoo

    with pytest.raises(ValueError, match="how often"):
        zoo.Client("http://x", retries=retries)


class Stream:
    """A body that can be read once."""

    length = None

    def __iter__(self) -> Any: ...

    def __aiter__(self) -> Any: ...


def test_stream_is_not_sent_again() -> None:
    """A body that cannot be rewound is sent once, even when there was no connection."""
    assert Attempts(ClientRequest("u", {}, Stream(), 9), 5, repeatable=True).pause(NotSent("x")) is None


def test_pauses_are_jittered() -> None:
    """Pauses are spread over the whole of a span that doubles from attempt to attempt, up to a longest one."""
    spans = []
    for made in range(9):
        pauses = []
        for _ in range(200):
            attempts = Attempts(ClientRequest("u", {}, b"", 1000), 20, repeatable=False)
            for _ in range(made):
                attempts.pause(NotSent("x"))
            pauses.append(attempts.pause(NotSent("x")) or 0)
        spans.append(max(pauses))
        assert min(pauses) < max(pauses) / 4
    assert 0.08 < spans[0] <= 0.1 < spans[1] <= 0.2
    assert 4 < spans[8] <= 5


def test_retry_after_as_a_date() -> None:
    """Retry-After may be a date; what is neither date nor number asks for nothing."""
    soon = email.utils.formatdate(time.time() + 30, usegmt=True)

    assert 28 < _retry_after(Response(503, {"retry-after": soon}, b"")) <= 30
    for other in ("soon", "-1", "", "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert _retry_after(Response(503, {"retry-after": other}, b"")) == 0


def test_error_after_retries_is_the_last_one(ask: Ask, misbehave: Misbehave) -> None:
    """What the caller gets is what the last attempt met, with its request and response."""
    seen: list[int] = []

    def script(connection: socket.socket) -> None:
        seen.append(1)
        answer(500 + len(seen) + 1)(connection)

    error = ask(misbehave(script), lambda c: c.price.safe(sku="s"), retries=1).error

    assert isinstance(error, CallError)
    assert (error.status, error.response.status) == (503, 503)  # type: ignore[attr-defined]  # a transport's response

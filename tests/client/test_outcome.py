"""What callers get for every kind of answer, and for none: the same for both clients, over both libraries."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from sanic_actions import CallError, Err, InputError, Issue, Ok

Ask = Callable[..., Any]
Misbehave = Callable[[Callable[[socket.socket], None]], str]


def answer(status: int, content_type: str, body: bytes, *more: str) -> Callable[[socket.socket], None]:
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *more]
    return lambda connection: connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def problem(status: int, **members: object) -> Callable[[socket.socket], None]:
    return answer(status, "application/problem+json", json.dumps({"type": "about:blank"} | members).encode())


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection: socket.socket) -> None:
    """Say nothing until the caller hangs up."""
    connection.settimeout(60)
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(600):
        connection.sendall(b" ")
        time.sleep(0.1)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


HTML = "text/html; charset=utf-8"
JSON = "application/json"
BOMB = gzip.compress(b'"' + b"0" * 50_000_000 + b'"')
CUT = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
CUT_CHUNK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"

# name, what the server does, code, status, cause, and words that the message must hold
TABLE: list[tuple[str, Callable[[socket.socket], None], str, int | None, str, str]] = [
    ("reset", reset, "SERVICE_UNAVAILABLE", None, "connect", "Check that the server runs"),
    ("hang up", lambda connection: None, "SERVICE_UNAVAILABLE", None, "connect", "Check that the server runs"),
    ("silence", silent, "GATEWAY_TIMEOUT", None, "timeout", "with_options(timeout=...)"),
    ("dripping", drip, "GATEWAY_TIMEOUT", None, "timeout", "within 1.5 seconds"),
    ("no HTTP", lambda c: c.sendall(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), "BAD_GATEWAY", None, "protocol", "not an answer"),
    ("cut body", lambda c: c.sendall(CUT), "BAD_GATEWAY", 200, "protocol", "breaks off"),
    ("cut chunk", lambda c: c.sendall(CUT_CHUNK), "BAD_GATEWAY", 200, "protocol", "breaks off"),
    ("endless", endless, "BAD_GATEWAY", 200, "protocol", "more than 1048576 bytes"),
    ("huge", answer(200, JSON, b'"' + b"0" * 2_000_000 + b'"'), "BAD_GATEWAY", 200, "protocol", "more than 1048576"),
    ("bomb", answer(200, JSON, BOMB, "Content-Encoding: gzip"), "BAD_GATEWAY", 200, "protocol", "'gzip'"),
    ("login page", answer(302, HTML, b"", "Location: /login"), "BAD_GATEWAY", 302, "protocol", "'/login'"),
    ("other origin", answer(307, HTML, b"", "Location: http://evil.example/"), "BAD_GATEWAY", 307, "protocol", "evil"),
    ("401 text", answer(401, "text/plain", b"no"), "UNAUTHORIZED", 401, "protocol", "headers=..."),
    ("404 HTML", answer(404, HTML, b"<h1>"), "NOT_FOUND", 404, "protocol", "base URL leads to"),
    ("413 HTML", answer(413, HTML, b"<h1>"), "CONTENT_TOO_LARGE", 413, "protocol", "larger"),
    ("418", answer(418, "text/plain", b"short and stout"), "BAD_GATEWAY", 418, "protocol", "418 text/plain"),
    ("502 HTML", answer(502, HTML, b"<h1>nginx"), "BAD_GATEWAY", 502, "protocol", "proxy"),
    ("503 text", answer(503, "text/plain", b"busy"), "SERVICE_UNAVAILABLE", 503, "protocol", "later"),
    ("200 HTML", answer(200, HTML, b"<h1>"), "BAD_GATEWAY", 200, "protocol", "text/html"),
    ("201", answer(201, JSON, b"{}"), "BAD_GATEWAY", 201, "protocol", "201"),
    ("no JSON", answer(200, JSON, b"{nope"), "BAD_GATEWAY", 200, "protocol", "does not fit"),
    ("other shape", answer(200, JSON, b'{"post_id": 3}'), "BAD_GATEWAY", 200, "protocol", "likes: This field is"),
    ("empty 200", answer(200, JSON, b""), "BAD_GATEWAY", 200, "protocol", "does not fit"),
    ("204 for a model", answer(204, JSON, b""), "BAD_GATEWAY", 204, "protocol", "no content that does"),
    ("problem of others", problem(404, title="Not Found"), "NOT_FOUND", 404, "protocol", "not an answer of an action"),
    ("dunder code", problem(400, code="__class__"), "BAD_REQUEST", 400, "protocol", "not an answer of an action"),
    ("code no text", problem(400, code=["CONFLICT"]), "BAD_REQUEST", 400, "protocol", "not an answer of an action"),
    ("problem no object", answer(400, "application/problem+json", b"[]"), "BAD_REQUEST", 400, "protocol", "no"),
    ("unknown action", problem(404, code="NOT_FOUND", detail="There is no action of this name."), "NOT_FOUND", 404,
     "server", "sanic-actions generate"),
    ("unknown action by type", problem(404, code="NOT_FOUND", detail="?", type="urn:sanic-actions:no-such-action"),
     "NOT_FOUND", 404, "server", "sanic-actions generate"),
    ("undeclared code", problem(423, code="LOCKED", detail="Not now"), "LOCKED", 423, "server", "Not now"),
    ("undeclared class", problem(409, code="CONFLICT", detail="x", error="ActionError", data={"__class__": 1}),
     "CONFLICT", 409, "server", "x"),
    ("other fields", problem(409, code="CONFLICT", error="OutOfStock", data={"sku": 1}), "CONFLICT", 409, "protocol",
     "OutOfStock with other fields than declared: sku: "),
    ("fields no object", problem(409, code="CONFLICT", error="OutOfStock", data=[]), "CONFLICT", 409, "protocol",
     "OutOfStock with other fields"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "code", "status", "cause", "words"), [r[1:] for r in TABLE], ids=[r[0] for r in TABLE]
)
def test_bad_answer(
    ask: Ask, misbehave: Misbehave, script: Any, code: str, status: int | None, cause: str, words: str
) -> None:
    """Whatever comes back, ``.safe`` gives a CallError with a code that fits, the HTTP status, a cause and advice."""
    use = "buy" if "OutOfStock" in words else "like"
    url = misbehave(script)

    result = ask(
        url,
        lambda c: c.buy.safe(sku="s") if use == "buy" else c.like.safe(post_id="p"),
        timeout=1.5 if cause == "timeout" else 60,
    )

    assert isinstance(result, Err)
    assert isinstance(result.error, CallError)
    assert (result.error.code, result.error.status, result.error.cause) == (code, status, cause)
    assert words in result.error.message
    assert result.error.request.url.startswith(url)  # type: ignore[attr-defined]  # a transport's request
    got_whole = cause in ("protocol", "server") and result.error.response is not None
    assert not got_whole or result.error.response.status == status  # type: ignore[attr-defined]  # a CallError has a response


def test_bad_answer_is_raised_by_a_plain_call(ask: Ask, misbehave: Misbehave) -> None:
    """A plain call raises what ``.safe`` gives, with the transport's own exception as its cause."""
    with pytest.raises(CallError) as caught:
        ask(misbehave(reset), lambda c: c.like(post_id="p"))

    assert isinstance(caught.value.__cause__, ConnectionError)


def test_refused(ask: Ask) -> None:
    """A server that is down gives SERVICE_UNAVAILABLE without a status."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        result = ask(f"http://127.0.0.1:{free.getsockname()[1]}", lambda c: c.like.safe(post_id="p"))

    assert (result.error.code, result.error.status, result.error.cause) == ("SERVICE_UNAVAILABLE", None, "connect")


def test_tls_to_a_server_without(misbehave: Misbehave) -> None:
    """Where no connection comes to be in time, the action cannot have run, and the caller is told so."""
    import zoo

    url = misbehave(silent).replace("http", "https")

    async def awaited() -> Any:
        async with zoo.AsyncClient("http://127.0.0.1:1") as first:
            await first.like.safe(post_id="p")  # which imports what makes connections
        async with zoo.AsyncClient(url, timeout=1) as client:
            return await client.like.safe(post_id="p")

    with zoo.Client(url, timeout=1) as client:
        results = [client.like.safe(post_id="p"), asyncio.run(awaited())]

    assert [(r.error.code, r.error.cause) for r in results] == [("SERVICE_UNAVAILABLE", "connect")] * 2
    assert all("no connection in time" in r.error.message for r in results)


def test_unknown_host(ask: Ask) -> None:
    """A host that does not exist gives SERVICE_UNAVAILABLE without a status."""
    result = ask("http://nowhere.invalid", lambda c: c.like.safe(post_id="p"), timeout=5)

    assert result.error.status is None
    assert result.error.code in ("SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT")


def test_untrusted_certificate(ask: Ask) -> None:
    """A server whose certificate nobody vouches for gets no request."""
    import ssl
    import threading

    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    result = ask(f"https://localhost:{listener.getsockname()[1]}", lambda c: c.like.safe(post_id="p"))
    thread.join(30)
    listener.close()

    assert (result.error.code, result.error.status, result.error.cause) == ("SERVICE_UNAVAILABLE", None, "connect")


def test_problem_with_issues(ask: Ask, misbehave: Misbehave) -> None:
    """Issues of the server arrive as an InputError with path, message and type."""
    issues = [
        {"path": "post_id", "message": "is taken", "type": "taken"},
        {"path": "", "message": "no", "type": "x"},
        7,
    ]
    url = misbehave(problem(400, code="BAD_REQUEST", detail="Two things", issues=issues))

    result = ask(url, lambda c: c.like.safe(post_id="p"))

    assert isinstance(result.error, InputError)
    assert list(result.error.issues) == [Issue("post_id", "is taken", "taken"), Issue("", "no", "x")]
    assert (result.error.message, result.error.fields, result.error.form_errors) == (
        "Two things",
        {"post_id": ["is taken"]},
        ["no"],
    )


def test_problem_with_declared_error(ask: Ask, misbehave: Misbehave) -> None:
    """A declared error arrives as its class, its fields decoded to their types."""
    import datetime

    from zoo.models.shop import OutOfStock

    data = {"sku": "A-1", "left": 2, "since": "2026-01-02", "code": "GONE", "__class__": "int"}
    url = misbehave(problem(409, code="CONFLICT", detail="Only two", error="OutOfStock", data=data))

    result = ask(url, lambda c: c.buy.safe(sku="A-1"))

    assert type(result.error) is OutOfStock
    assert (result.error.code, result.error.status, result.error.message) == ("CONFLICT", 409, "Only two")
    assert result.error.data == {"sku": "A-1", "left": 2, "since": datetime.date(2026, 1, 2)}


def test_problem_with_id(ask: Ask, misbehave: Misbehave) -> None:
    """A masked exception arrives with the id under which the server logged it, and the response is there to dig in."""
    url = misbehave(problem(500, code="INTERNAL_SERVER_ERROR", detail="The action failed.", id="a1b2"))

    error = ask(url, lambda c: c.like.safe(post_id="p")).error

    assert (error.code, error.status, error.cause, error.id) == ("INTERNAL_SERVER_ERROR", 500, "server", "a1b2")
    assert error.response.status == 500
    assert b"a1b2" in error.response.body


@pytest.mark.parametrize(
    ("use", "body", "output"),
    [("maybe", b"null", None), ("maybe", b'""', ""), ("area", b"0.0", 0.0), ("ping", b"", None)],
)
def test_output_that_is_falsy(ask: Ask, misbehave: Misbehave, use: str, body: bytes, output: object) -> None:
    """Nothing, zero and an empty text are outputs like any other; 204 is an output of None."""
    url = misbehave(answer(200 if body else 204, "application/json; charset=utf-8", body))
    calls = {
        "maybe": lambda c: c.maybe.safe(),
        "area": lambda c: c.area.safe({"kind": "circle", "radius": 0}),
        "ping": lambda c: c.ping.safe(),
    }

    assert ask(url, calls[use]) == Ok(output)


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_contract_is_not_blamed(ask: Ask, misbehave: Misbehave, row: Any) -> None:
    """Nothing says that the actions have changed but the server's word that an action is not there."""
    name, script, _, _, cause, words = row
    call = (lambda c: c.buy.safe(sku="s")) if "OutOfStock" in words else (lambda c: c.like.safe(post_id="p"))

    result = ask(misbehave(script), call, timeout=1.5 if cause == "timeout" else 60)

    assert ("generate" in str(result.error)) == name.startswith("unknown action")

"""Servers that want to hold a caller up, fill its memory or make it raise: every call ends in time, as a result."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sanic_actions import CallError, Err, InputError, Ok
from sanic_actions.client import AsyncHttpx2Transport, Httpx2Transport

Ask = Callable[..., Any]
Script = Callable[[socket.socket], None]
Misbehave = Callable[[Script], str]

LIKES = b'{"post_id": "p", "likes": 1}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(LIKES)
WHOLE = HEAD + LENGTH + LIKES
PATIENCE = 8.0
"""Seconds that a script holds its caller up before it answers after all."""

Slow = Callable[[socket.socket, list[str]], None]
"""A script that notes in the list that its caller was still there when all its patience was over."""


def slowly(piece: bytes, before: bytes = b"", after: bytes = b"", pause: float = 0.02) -> Slow:
    """Send something, then a piece again and again; what completes the answer comes too late."""

    def script(connection: socket.socket, notes: list[str]) -> None:
        ends = time.monotonic() + PATIENCE
        connection.sendall(before)
        while time.monotonic() < ends:
            connection.sendall(piece)
            time.sleep(pause)
        notes.append("still there")
        connection.sendall(after)

    return script


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SLOW: dict[str, Slow] = {
    "endless 102": slowly(b"HTTP/1.1 102 Processing\r\n\r\n", after=WHOLE),
    "endless 103": slowly(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", after=WHOLE),
    "endless 100": slowly(b"HTTP/1.1 100 Continue\r\n\r\n", after=WHOLE),
    "status line": slowly(b"A", before=b"HTTP/1.1 200 ", after=b"\r\n" + HEAD.partition(b"\r\n")[2] + LENGTH + LIKES),
    "one header": slowly(b"a", before=HEAD + b"X-A: ", after=b"\r\n" + LENGTH + LIKES),
    "many headers": slowly(b"X-A: b\r\n", before=HEAD, after=LENGTH + LIKES),
    "headers of a 102": slowly(b"X-A: b\r\n", before=b"HTTP/1.1 102 X\r\n", after=b"\r\n" + WHOLE),
    "body": slowly(b" ", before=HEAD + b"\r\n", after=LIKES),
    "chunks": slowly(b"1\r\n \r\n", before=CHUNKED, after=b"%x\r\n%b\r\n0\r\n\r\n" % (len(LIKES), LIKES)),
    "a chunk's extension": slowly(b"x", before=CHUNKED + b"1c;a=", after=b"\r\n" + LIKES + b"\r\n0\r\n\r\n"),
    "trailers": slowly(b"X-A: b\r\n", before=CHUNKED + b"1c\r\n" + LIKES + b"\r\n0\r\n", after=b"\r\n"),
    "flood of 102": slowly(b"HTTP/1.1 102 Processing\r\n\r\n" * 100, after=WHOLE, pause=0),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_server_that_never_comes_to_an_end(ask: Ask, misbehave: Misbehave, script: Slow) -> None:
    """The timeout holds for the whole exchange, whatever the server sends in small pieces."""
    notes: list[str] = []
    url = misbehave(lambda connection: script(connection, notes))

    result = ask(url, lambda c: c.like.safe(post_id="p"), timeout=1)

    assert notes == []
    assert isinstance(result.error, CallError)
    assert (result.error.code, result.error.cause) == ("GATEWAY_TIMEOUT", "timeout")


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_client_of_the_user_and_a_slow_server(misbehave: Misbehave, script: Slow) -> None:
    """The timeout holds for the whole exchange over an httpx2 client of the user's too."""
    import zoo

    notes: list[str] = []
    url = misbehave(lambda connection: script(connection, notes))

    async def awaited() -> Any:
        async with httpx2.AsyncClient() as mine:
            return await zoo.AsyncClient(url, timeout=1, transport=AsyncHttpx2Transport(mine)).like.safe(post_id="p")

    with httpx2.Client() as mine:
        blocking = zoo.Client(url, timeout=1, transport=Httpx2Transport(mine)).like.safe(post_id="p")
    results = [blocking, asyncio.run(awaited())]

    assert notes == []
    assert [result.error.code for result in results] == ["GATEWAY_TIMEOUT"] * 2


@contextlib.contextmanager
def listening(serve: Script) -> Iterator[str]:
    """Serve one connection by a script that reads the request itself; gives the base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                serve(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(30)


def test_server_that_reads_slowly(ask: Ask) -> None:
    """The timeout holds while a large request is sent, a little at a time."""
    notes: list[str] = []

    def serve(connection: socket.socket) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and connection.recv(200_000):
            time.sleep(0.02)
        if time.monotonic() >= ends:
            notes.append("still there")

    with listening(serve) as url:
        result = ask(url, lambda c: c.blog.note.safe(text="x" * 30_000_000), timeout=1)
        assert notes == []

    assert result.error.code == "GATEWAY_TIMEOUT"


HUGE = [
    pytest.param(HEAD + b"X-A: " + b"a" * 10_000_000 + b"\r\n" + LENGTH + LIKES, id="one header"),
    pytest.param(HEAD + b"X-A: b\r\n" * 1_000_000 + LENGTH + LIKES, id="many headers"),
    pytest.param(b"HTTP/1.1 200 " + b"a" * 10_000_000 + b"\r\n" + LENGTH + LIKES, id="reason"),
]


@pytest.mark.parametrize("answer", HUGE)
def test_huge_head(ask: Ask, misbehave: Misbehave, answer: bytes) -> None:
    """A head of megabytes is not read to its end."""
    result = ask(misbehave(lambda connection: connection.sendall(answer)), lambda c: c.like.safe(post_id="p"))

    assert isinstance(result.error, CallError)
    assert result.error.code in ("BAD_GATEWAY", "SERVICE_UNAVAILABLE")


def problem(body: bytes, status: int = 400, *more: str) -> Script:
    lines = [
        f"HTTP/1.1 {status} X",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *more,
    ]
    return lambda connection: connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


MANY = {
    "empty issues": b'{"code":"BAD_REQUEST","issues":[' + b"{}," * 18_000_000 + b"{}]}",
    "issues": b'{"code":"BAD_REQUEST","issues":[' + b'{"path":"a","message":"b"},' * 2_000_000 + b"{}]}",
    "numbers": b'{"code":"BAD_REQUEST","issues":[' + b"1," * 28_000_000 + b"1]}",
    "fields of an error": b'{"code":"CONFLICT","error":"OutOfStock","data":{"sku":[' + b"[]," * 18_000_000 + b"1]}}",
    "members": b'{"code":"BAD_REQUEST"' + b',"a":[]' * 8_000_000 + b"}",
}

PROGRAM = """
    import asyncio, resource, sys
    sys.path.insert(0, {packages!r})
    import zoo
    from sanic_actions.client import {transport}

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    def use(client):
        return client.buy.safe(sku="s")

    async def awaited():
        async with zoo.AsyncClient({url!r}, transport={transport}()) as client:
            return await use(client)

    before = peak()
    if {transport!r}.startswith("Async"):
        error = asyncio.run(awaited()).error
    else:
        error = use(zoo.Client({url!r}, transport={transport}())).error
    print(peak() - before, error.status, type(error).__name__)
"""


@pytest.mark.parametrize("transport", ["Httpx2Transport", "AsyncHttpx2Transport", "PyqwestTransport"])
@pytest.mark.parametrize("body", MANY.values(), ids=MANY)
def test_memory_of_a_huge_problem(misbehave: Misbehave, packages: Path, body: bytes, transport: str) -> None:
    """A problem of 56 MB costs the caller no more memory than a few times what was sent."""
    url = misbehave(problem(body))
    program = textwrap.dedent(PROGRAM).format(packages=str(packages), url=url, transport=transport)

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    megabytes, status, kind = done.stdout.split()

    assert (status, kind) == ("400", "CallError")
    assert int(megabytes) < 4 * len(body) / 2**20


RETRY_AFTER = [
    "Mon, 01 Jan 2001 99999999999999999999:00:00 GMT",
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 99999999999999999999 Jan 2001 00:00:00 GMT",
    "Mon, 01 Jan 2001 00:00:00 +99999999999999999999",
    "Mon, 01 Jan 0000 00:00:00 GMT",
    "Mon, 01 Jan 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 01 Jan 2001",
    "Mon,",
    ",",
    ":",
    "Jan",
    "GMT",
    "9" * 5_000,
    "1e999",
    "-1",
    "nan",
    "inf",
    "0x10",
    "\u00b2",
    "\u0663",
    "(" * 3_000,
    "a b c d e f g h",
    "1 Jan 1 1:1:1:1:1 1",
]


@pytest.mark.parametrize("value", RETRY_AFTER)
def test_retry_after(ask: Ask, misbehave: Misbehave, value: str) -> None:
    """Nonsense in ``Retry-After`` is no reason to raise, nor to wait longer than the call may take."""
    head = b"HTTP/1.1 503 X\r\nContent-Length: 0\r\nRetry-After: " + value.encode() + b"\r\nConnection: close\r\n\r\n"
    url = misbehave(lambda connection: connection.sendall(head))

    result = ask(url, lambda c: c.price.safe(sku="s"), retries=1, timeout=60)

    assert isinstance(result.error, CallError)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def json_object(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


DEEP = [100, 199, 201, 260, 1_000, 5_000, 100_000]


@pytest.mark.parametrize("depth", DEEP)
@pytest.mark.parametrize("where", ["list", "object", "problem", "issues", "data"])
def test_deep_answer(ask: Ask, misbehave: Misbehave, depth: int, where: str) -> None:
    """An answer as deep as one likes is a result, not an exception of the decoder."""
    deep = "[" * depth + "1" + "]" * depth
    if where == "object":
        deep = '{"a":' * depth + "1" + "}" * depth
    bodies = {
        "problem": f'{{"code":"BAD_REQUEST","x":{deep}}}',
        "issues": f'{{"code":"BAD_REQUEST","issues":[{{"path":{deep}}}]}}',
        "data": f'{{"code":"CONFLICT","error":"OutOfStock","data":{deep}}}',
    }
    body = bodies.get(where, deep).encode()
    plain = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    url = misbehave(problem(body) if where in bodies else lambda connection: connection.sendall(plain))

    result = ask(url, lambda c: c.buy.safe(sku="s") if where == "data" else c.any.safe(value=1))

    assert isinstance(result, Ok) or isinstance(result.error, CallError | InputError)


@pytest.mark.parametrize("depth", DEEP)
@pytest.mark.parametrize("make", [nested, json_object], ids=["list", "object"])
def test_deep_input(ask: Ask, misbehave: Misbehave, depth: int, make: Callable[[int], Any]) -> None:
    """An input too deep to be written is an InputError, before there is a request."""
    url = misbehave(lambda connection: connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1\r\n"
                                                          b"Content-Type: application/json\r\n\r\n1"))  # fmt: skip

    result = ask(url, lambda c: c.any.safe(value=make(depth)))

    assert result == Ok(1) or isinstance(result.error, InputError)
    assert isinstance(result, Err) or depth < 260


ODD = {
    "status 999": b"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n",
    "status 101": b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "status 000": b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n",
    "length": b"HTTP/1.1 200 X\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    "lengths": b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1",
    "length of -1": b"HTTP/1.1 200 X\r\nContent-Length: -1\r\n\r\n1",
    "chunk of nothing": CHUNKED + b"g\r\n",
    "chunk of all": CHUNKED + b"f" * 40 + b"\r\n",
    "encodings": HEAD + b"Content-Encoding: gzip, br, x\r\n" + LENGTH + LIKES,
    "type": b"HTTP/1.1 200 X\r\nContent-Type: \xff\xfe; charset=\x80\r\nContent-Length: 1\r\n\r\n1",
    "location": b"HTTP/1.1 302 X\r\nLocation: \xff\xfe" + b"a" * 50_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "surrogates": HEAD + b'Content-Length: 8\r\n\r\n"\\ud800"',
    "not UTF-8": HEAD + b'Content-Length: 4\r\n\r\n"\xff\xfe"',
    "number": HEAD + b"Content-Length: 5000\r\n\r\n" + b"9" * 5_000,
    "HTTP/0.9": LIKES,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "zeros": b"\x00" * 1_000,
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_odd_answer(ask: Ask, misbehave: Misbehave, answer: bytes) -> None:
    """What no server should say is an error as a value."""
    result = ask(
        misbehave(lambda connection: connection.sendall(answer)), lambda c: c.like.safe(post_id="p"), timeout=60
    )

    assert isinstance(result.error, CallError)
    assert len(str(result.error)) < 2_000


ODD_PROBLEMS: dict[str, object] = {
    "members of other types": {"code": "CONFLICT", "detail": [], "id": {}, "error": [], "data": 3, "issues": "x"},
    "issues of other types": {"code": "BAD_REQUEST", "issues": [None, [], {"path": 1, "message": [], "type": {}}]},
    "data of another type": {"code": "CONFLICT", "error": "OutOfStock", "data": "x"},
    "dunders": {"code": "CONFLICT", "error": "__class__", "data": {"__dict__": {}, "args": 1}},
    "code of another type": {"code": {"a": 1}},
    "number": {"code": "CONFLICT", "error": "OutOfStock", "data": {"sku": "s", "left": 10**4000, "since": "x"}},
}


@pytest.mark.parametrize("members", ODD_PROBLEMS.values(), ids=ODD_PROBLEMS)
def test_odd_problem(ask: Ask, misbehave: Misbehave, members: object) -> None:
    """A problem whose members are of other types than they should be is an error as a value."""
    sys.set_int_max_str_digits(0)
    body = json.dumps(members).encode()
    sys.set_int_max_str_digits(4300)

    result = ask(misbehave(problem(body, 409)), lambda c: c.buy.safe(sku="s"))

    assert isinstance(result.error, CallError | InputError)

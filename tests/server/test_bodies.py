"""Bodies as bytes: their size, their pace, their end, and the connection afterwards."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from typing import Any

import httpx2
import pytest
from sanic import Request

from sanic_actions import UploadedFile, action
from sanic_actions.server import ActionContext

ran: list[object] = []
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


@action
def length(text: str) -> int:
    ran.append(len(text))
    return len(text)


@action(max_body_size=100)
def short(text: str) -> int:
    return length(text)


@action(max_body_size=2 * MIB)
def long(text: str) -> int:
    return length(text)


@action(accept="form", max_body_size=2 * MIB)
async def upload(file: UploadedFile, fail: bool = False) -> int:
    ran.append(file)
    if fail:
        raise ValueError
    return len(await file.read())


TREE = {"length": length, "short": short, "long": long, "upload": upload}
HEAD = b"POST /_actions/length HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


def json_of(size: int) -> bytes:
    return b'{"text": "%b"}' % (b"x" * (size - 12))


def test_limits(make_app: Any, connect: Any) -> None:
    """A body may be as long as its action's limit, else the blueprint's, and not a byte longer."""
    client: httpx2.Client = connect(make_app(TREE))

    for name, limit in (("length", MIB), ("short", 100), ("long", 2 * MIB)):
        for body, status in ((json_of(limit), 200), (json_of(limit + 1), 413)):
            for content in (body, iter([body[:50], body[50:]])):
                answer = client.post(f"/{name}", content=content, headers={"content-type": "application/json"})

                assert answer.status_code == status, (name, len(body))
        assert str(limit) in answer.json()["detail"]
        assert answer.json()["code"] == "CONTENT_TOO_LARGE"
    assert len(ran) == 6


def test_limit_of_the_blueprint(make_app: Any, connect: Any) -> None:
    """The blueprint's limit holds for actions without one, in forms as well."""
    client: httpx2.Client = connect(make_app(TREE, max_body_size=1_000))

    assert client.post("/length", json={"text": "x" * 1_000}).status_code == 413
    assert client.post("/long", json={"text": "x" * 1_000}).status_code == 200


def test_too_large_is_said_early(make_app: Any, serve: Any, exchange: Any) -> None:
    """A length beyond the limit is refused before a byte of the body is sent."""
    answer = exchange(serve(make_app(TREE)), HEAD + b"content-length: 10000000\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413")
    assert ran == []


def test_too_large_is_said_while_reading(make_app: Any, serve: Any, exchange: Any) -> None:
    """A body in chunks is refused as soon as it exceeds the limit, whatever is still to come."""
    chunk = b"%x\r\n%b\r\n" % (2 * MIB, b" " * (2 * MIB))

    answer = exchange(serve(make_app(TREE)), HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunk)

    assert answer.startswith(b"HTTP/1.1 413")


def test_connection_survives_an_early_refusal(make_app: Any, serve: Any) -> None:
    """After an early refusal the rest of the body is dropped, and the connection serves the next call."""
    url = httpx2.URL(serve(make_app(TREE)))
    second = HEAD + b"content-length: 13\r\n\r\n" + json_of(13)
    with socket.create_connection((url.host, url.port), timeout=30) as sock:
        sock.sendall(HEAD.replace(b"length", b"none") + b"content-length: 2000000\r\n\r\n")
        time.sleep(0.1)
        sock.sendall(b" " * 2_000_000 + second)
        answer = b""
        while not answer.endswith(b"\r\n\r\n1"):
            answer += sock.recv(65536)

    assert answer.startswith(b"HTTP/1.1 404")
    assert b"HTTP/1.1 200" in answer


def test_body_in_many_pieces(make_app: Any, serve: Any) -> None:
    """A body may come in any pieces, its head too."""
    url = httpx2.URL(serve(make_app(TREE)))
    message = HEAD + b"content-length: 15\r\n\r\n" + json_of(15)
    with socket.create_connection((url.host, url.port), timeout=30) as sock:
        for position in range(len(message)):
            sock.sendall(message[position : position + 1])
            time.sleep(0.001)

        assert sock.recv(65536).endswith(b"\r\n\r\n3")


def test_stalling_body(make_app: Any, serve: Any, exchange: Any) -> None:
    """A body that stops coming is 408, and the connection is closed."""
    url = serve(make_app(TREE, read_timeout=0.2))

    answer = exchange(url, HEAD + b"content-length: 13\r\n\r\n{")

    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"REQUEST_TIMEOUT"' in answer
    assert b"connection: close" in answer
    assert ran == []


def test_dripping_body(make_app: Any, serve: Any) -> None:
    """A body that drips is 408 as well; each byte does not buy new time."""
    url = httpx2.URL(serve(make_app(TREE, read_timeout=0.3)))
    with socket.create_connection((url.host, url.port), timeout=30) as sock:
        sock.sendall(HEAD + b"content-length: 1000\r\n\r\n")
        ends = time.monotonic() + 20  # with a byte each 0.05 s the whole body takes 50
        sock.settimeout(0.05)
        answer = b""
        while not answer and time.monotonic() < ends:
            sock.sendall(b" ")
            try:
                answer = sock.recv(65536)
            except TimeoutError:
                continue

    assert answer.startswith(b"HTTP/1.1 408")


def test_body_cut_short(make_app: Any, serve: Any, exchange: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A body cut short by the end of the connection runs no handler and logs no failure."""
    url = serve(make_app(TREE))
    where = httpx2.URL(url)
    for rest in (
        b'content-length: 100\r\n\r\n{"text": "a"}',
        b'transfer-encoding: chunked\r\n\r\nd\r\n{"text": "a"}\r\n',
    ):
        with socket.create_connection((where.host, where.port)) as sock:
            sock.sendall(HEAD + rest)
    time.sleep(0.2)

    assert ran == []
    assert not [record for record in caplog.records if record.name == "sanic_actions"]


BROKEN = {
    "size that is none": b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "negative size": b"transfer-encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    "trailer": b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: 1\r\n\r\n",
    "negative length": b"content-length: -1\r\n\r\n",
    "length that is none": b"content-length: many\r\n\r\n",
    "two lengths": b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "length and chunks": b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
}


def test_broken_framing(
    make_app: Any, serve: Any, exchange: Any, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    """Broken framing is the sender's mistake: 400, and no failure of ours in the log."""
    url = serve(make_app(TREE))

    for case, rest in BROKEN.items():
        with subtests.test(case):
            assert exchange(url, HEAD + rest).startswith(b"HTTP/1.1 400")
    assert ran == []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR and "failed" in record.message]


def test_expect_continue(make_app: Any, serve: Any, exchange: Any) -> None:
    """A sender that waits for 100 Continue gets it, unless its body is refused unseen."""
    url = httpx2.URL(serve(make_app(TREE)))
    with socket.create_connection((url.host, url.port), timeout=30) as sock:
        sock.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: 14\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 100")
        sock.sendall(json_of(14))

        assert sock.recv(65536).endswith(b"\r\n\r\n2")


def test_body_read_by_middleware(make_app: Any, connect: Any) -> None:
    """A body that a middleware has read is used as it is, its limit checked, and what follows it left alone."""
    app = make_app(TREE)

    async def read_ahead(request: Request[Any, Any]) -> None:
        await request.receive_body()

    app.on_request(read_ahead)
    client: httpx2.Client = connect(app)

    for size, status in ((20, 200), (100, 200), (101, 413)):
        body = json_of(size)
        for content in (body, iter([body])):
            answer = client.post("/short", content=content, headers={"content-type": "application/json"})
            assert answer.status_code == status
    assert client.post("/upload", files={"file": b"abc"}).json() == 3


def test_uploads_are_closed(make_app: Any, connect: Any, subtests: pytest.Subtests) -> None:
    """An uploaded file is closed after success, failure and invalid input."""
    client: httpx2.Client = connect(make_app(TREE))

    for content in (b"small", b"x" * MIB):
        for data, status in (({}, 200), ({"fail": "on"}, 500), ({"fail": "perhaps"}, 400)):
            with subtests.test(f"{len(content)} {status}"):
                answer = client.post("/upload", data=data, files={"file": ("a.txt", content)})

                assert answer.status_code == status
                assert status != 200 or answer.json() == len(content)
    assert len(ran) == 4
    assert all(file.file.closed for file in ran if isinstance(file, UploadedFile))


def test_pipelined_calls(make_app: Any, serve: Any) -> None:
    """Calls sent at once on one connection are answered in their order."""
    url = httpx2.URL(serve(make_app(TREE)))
    calls = b"".join(HEAD + b"content-length: %d\r\n\r\n%b" % (size, json_of(size)) for size in (13, 14, 15))
    with socket.create_connection((url.host, url.port), timeout=30) as sock:
        sock.sendall(calls)
        answer = b""
        while answer.count(b"HTTP/1.1 200") < 3 or not answer.endswith(b"3"):
            answer += sock.recv(65536)

    assert [part.rpartition(b"\r\n\r\n")[2][:1] for part in answer.split(b"HTTP/1.1 200")[1:]] == [b"1", b"2", b"3"]


def test_disconnect_cancels_the_handler(make_app: Any, serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A handler whose caller has gone is cancelled, which is no failure."""
    began, ended = threading.Event(), threading.Event()

    @action
    async def wait(context: ActionContext) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ran.append("cancelled")
            raise
        finally:
            ended.set()

    url = httpx2.URL(serve(make_app({"wait": wait})))
    with socket.create_connection((url.host, url.port)) as sock:
        sock.sendall(b"POST /_actions/wait HTTP/1.1\r\nhost: x\r\n\r\n")
        assert began.wait(30)
    assert ended.wait(30)
    time.sleep(0.1)  # in which a failure would be logged

    assert ran == ["cancelled"]
    assert not [record for record in caplog.records if record.name == "sanic_actions"]

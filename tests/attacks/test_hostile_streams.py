"""Streams whose callers hang up anywhere or ask for any id, and observers that end programs, on every server."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from attacks.conftest import UNDER
from conftest import AnySanic, running
from sanic import Sanic

from sanic_actions import ActionContext, Event, Limits, action
from sanic_actions.server import ActionsBlueprint

streams: list[str] = []


@action(idempotent=True, limits=Limits(concurrent=1))
async def ticks(context: ActionContext, count: int) -> AsyncIterator[Event[str]]:
    streams.append("open")
    try:
        for number in range(count):
            await asyncio.sleep(0.002)
            yield Event(str(context.last_event_id), id=str(number))
    finally:
        streams.append("closed")


class Ends:
    """Ends the program, if it can, as a call begins and as it ends."""

    def on_start(self, call: object) -> None:
        raise SystemExit

    def on_end(self, token: object, call: object, outcome: object, exception: object) -> None:
        raise KeyboardInterrupt


class EndsLast(Ends):
    def on_start(self, call: object) -> None: ...


@pytest.fixture(scope="module", params=["sanic", *UNDER])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    app: AnySanic = Sanic("hostile_streams")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"ticks": ticks}, observers=[Ends(), EndsLast()]))
    with (running if request.param == "sanic" else UNDER[request.param])(app) as url:
        yield url


def post(url: str, body: bytes, header: bytes = b"") -> socket.socket:
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)
    length = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
    connection.sendall(b"POST /_actions/ticks HTTP/1.1\r\nhost: x\r\n%b%b\r\n%b" % (length, header, body))
    return connection


@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
def test_hang_ups_free_what_they_held(url: str, is_reset: bool) -> None:
    """Wherever a caller hangs up, the generator is closed and its place is free for the next caller."""
    streams.clear()
    for size in (1, 40, 160, 400, 900):
        connection = post(url, b'{"count": 100000}')
        received = 0
        while received < size:
            received += len(connection.recv(min(64, size - received)))
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        for _ in range(3_000):  # thirty seconds at most
            if streams.count("closed") == streams.count("open"):
                break
            time.sleep(0.01)

    assert streams.count("closed") == streams.count("open") == 5
    assert httpx2.post(f"{url}/_actions/ticks", json={"count": 1}, timeout=30).status_code == 200


@pytest.mark.parametrize(
    ("header", "read"),
    [(b"1", "1"), ("é✓".encode(), "é✓"), (b"\xff\xfe", "\N{REPLACEMENT CHARACTER}" * 2), (b"a b", "a b")],
)
def test_last_event_id_of_any_bytes(url: str, header: bytes, read: str) -> None:
    """An id is read as UTF-8 on every server; what is not UTF-8 is replaced, and never a failure."""
    answer = b""
    with post(url, b'{"count": 1}', b"connection: close\r\nlast-event-id: %b\r\n" % header) as connection:
        while part := connection.recv(4_096):
            answer += part

    assert answer.split()[1] == b"200"
    assert f'data: "{read}"'.encode() in answer

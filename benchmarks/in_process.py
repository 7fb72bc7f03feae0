"""Sanic's own protocol with a transport that goes nowhere: what one request costs, without a network's noise.

Everything between bytes in and bytes out is real; only the socket is not.
"""

from __future__ import annotations

import asyncio
from typing import Any

import uvloop
from sanic.server.protocols.http_protocol import HttpProtocol

from benchmarks._measure import Round, Row, compare, per_await, table
from benchmarks.apps.sanics import make_app

BODY = b'{"post_id":"p1","author":"Ada Lovelace","body":"Hello, world! This is a comment."}'
FORM = b"post_id=p1&author=Ada+Lovelace&body=Hello%2C+world%21+This+is+a+comment."
INVALID = b'{"post_id":"p1","author":"","body":"Hello"}'
URLENCODED = "application/x-www-form-urlencoded"


class Nowhere(asyncio.Transport):
    """Takes what is written, and wakes whoever waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: asyncio.Future[bytes] | None = None

    def write(self, data: Any) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(bytes(data))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...
    def abort(self) -> None: ...
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Connection:
    """One kept-alive connection to an app."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.transport = loop, Nowhere()
        self.protocol: Any = HttpProtocol(loop=loop, app=app, signal=None, connections=set())
        self.protocol.connection_made(self.transport)

    async def send(self, request: bytes) -> bytes:
        """The answer's bytes."""
        self.transport.answer = answer = self.loop.create_future()
        self.protocol.data_received(request)
        found: bytes = await answer
        return found


def request(path: str, body: bytes = b"", content_type: str = "application/json") -> bytes:
    """A request as a client of ours sends it."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "accept: */*", f"content-length: {len(body)}"]
    lines += [f"content-type: {content_type}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


PARTS = {
    "JSON": {
        "by hand": (request("/json", BODY), 200),
        "action": (request("/_actions/json", BODY), 200),
        "action, parameters": (request("/_actions/spread", BODY), 200),
        "nothing in, {} out, bare Sanic": (request("/bare"), 200),
        "nothing in, nothing out, action": (request("/_actions/nothing"), 204),
    },
    "Form": {
        "by hand (request.form)": (request("/form", FORM, URLENCODED), 200),
        "by hand (parse_qsl)": (request("/parse_qsl", FORM, URLENCODED), 200),
        "action": (request("/_actions/form", FORM, URLENCODED), 200),
    },
    "Errors": {
        "action, result": (request("/_actions/json", BODY), 200),
        "action, ActionError": (request("/_actions/refuse"), 404),
        "action, invalid input": (request("/_actions/json", INVALID), 400),
        "by hand, invalid input": (request("/invalid", INVALID), 400),
    },
}


class Sender:
    """An app with one connection to it, and the loop on which both run."""

    def __init__(self, app: Any) -> None:
        self.loop = uvloop.new_event_loop()
        self.loop.run_until_complete(_started(app))
        self._connection = Connection(app, self.loop)

    def send(self, raw: bytes) -> bytes:
        """The answer to one request."""
        return self.loop.run_until_complete(self._connection.send(raw))

    def repeat(self, raw: bytes, times: int) -> None:
        """Send the same request again and again."""
        self.loop.run_until_complete(self._repeated(raw, times))

    def round(self, raw: bytes, times: int) -> Round:
        """A round of that many requests."""
        return per_await(lambda: self._connection.send(raw), times, self.loop.run_until_complete)

    async def _repeated(self, raw: bytes, times: int) -> None:
        for _ in range(times):
            await self._connection.send(raw)


async def _started(app: Any) -> None:
    server = await app.create_server(port=0, return_asyncio_server=True, access_log=False)
    await server.startup()


def measure(*, rounds: int = 30, times: int = 300) -> dict[str, list[Row]]:
    """Microseconds of CPU per request."""
    sender = Sender(make_app("in_process"))
    found = {}
    for part, candidates in PARTS.items():
        for raw, status in candidates.values():
            answer = sender.send(raw)
            if f" {status} ".encode() not in answer[:16]:
                raise SystemExit(f"{raw!r}\nwas answered with\n{answer!r}")
        found[part] = compare({name: sender.round(raw, times) for name, (raw, _) in candidates.items()}, rounds)
    return found


if __name__ == "__main__":
    for part, rows in measure().items():
        print(f"\n{part}\n\n{table(rows)}")

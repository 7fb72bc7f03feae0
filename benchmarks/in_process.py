"""Sanic's own protocol with a transport that goes nowhere: what one request costs, without a network's noise.

Everything between bytes in and bytes out is real; only the socket is not.
"""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Any
from urllib.parse import urljoin

import uvloop
from sanic.server.protocols.http_protocol import HttpProtocol

from benchmarks._measure import Round, Row, compare, per_await, table

BODY = b'{"post_id":"p1","author":"Ada Lovelace","body":"Hello, world! This is a comment."}'
FORM = b"post_id=p1&author=Ada+Lovelace&body=Hello%2C+world%21+This+is+a+comment."
INVALID = b'{"post_id":"p1","author":"","body":"Hello"}'
BAD_FORM = b"post_id=p1&author=&body=Hello"
FROM_PAGE = {"origin": "http://localhost", "sec_fetch_site": "same-origin"}
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


def request(path: str, body: bytes = b"", content_type: str = "application/json", **more: str) -> bytes:
    """A request as a client of ours sends it, with more headers if need be."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "accept: */*", f"content-length: {len(body)}"]
    lines += [f"content-type: {content_type}"] if body else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def page(path: str, cookie: str = "") -> bytes:
    """A browser's request for a page."""
    lines = [f"GET {path} HTTP/1.1", "host: localhost", "accept: */*", *([f"cookie: {cookie}"] if cookie else [])]
    return "\r\n".join([*lines, "", ""]).encode()


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
    "JSON, invalid": {
        "by hand": (request("/invalid", INVALID), 400),
        "action": (request("/_actions/json", INVALID), 400),
    },
    "JSON, from a page of the same origin": {
        "by hand": (request("/json", BODY, **FROM_PAGE), 200),
        "action": (request("/_actions/json", BODY, **FROM_PAGE), 200),
    },
    "JSON, with a deadline": {
        "by hand": (request("/json", BODY, request_timeout="30"), 200),
        "action": (request("/_actions/json", BODY, request_timeout="30"), 200),
    },
    "What is asked of a call": {
        "action": (request("/_actions/json", BODY), 200),
        "from a page of the same origin": (request("/_actions/json", BODY, **FROM_PAGE), 200),
        "with a deadline": (request("/_actions/json", BODY, request_timeout="30"), 200),
        "with a limit of depth": (request("/_limited/deep", BODY), 200),
        "with limits of time and calls at once": (request("/_limited/gated", BODY), 200),
        "with a guard": (request("/_limited/guarded", BODY), 200),
    },
    "What stands around a call": {
        "action": (request("/_actions/json", BODY), 200),
        "in an interceptor that only proceeds": (request("/_intercepted/json", BODY), 200),
        "with an observer that does nothing": (request("/_observed/json", BODY), 200),
    },
    "Page with a form, asked for": {
        "by hand": (page("/page-by-hand"), 200),
        "with an action": (page("/page"), 200),
    },
    "Page with a whole form, untouched": {
        "by hand": (page("/whole-by-hand"), 200),
        "form()": (page("/page-whole"), 200),
    },
    "Page with a whole form and a hidden value": {
        "by hand": (page("/hidden-by-hand"), 200),
        "form()": (page("/page-hidden"), 200),
    },
    "Page with a whole form that edits": {
        "by hand": (page("/edit-by-hand"), 200),
        "form()": (page("/page-edit"), 200),
    },
    "Page post, invalid, whole form": {
        "by hand": (request("/whole-by-hand", BAD_FORM, URLENCODED, **FROM_PAGE), 400),
        "form()": (request("/page-whole?_action=form", BAD_FORM, URLENCODED, **FROM_PAGE), 400),
    },
    "Page post, invalid": {
        "by hand": (request("/page-by-hand", BAD_FORM, URLENCODED, **FROM_PAGE), 400),
        "action": (request("/page?_action=form", BAD_FORM, URLENCODED, **FROM_PAGE), 400),
    },
}

FOLLOWED = {
    "by hand": request("/page-by-hand", FORM, URLENCODED, **FROM_PAGE),
    "action": request("/page?_action=form", FORM, URLENCODED, **FROM_PAGE),
}
"""Posts that lead to the page again, which then says that it went well."""


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

    def repeat_followed(self, raw: bytes, times: int) -> None:
        """Send the same post again and again, and ask for the page to which it leads."""

        async def repeat() -> None:
            for _ in range(times):
                await self.followed(raw)

        self.loop.run_until_complete(repeat())

    def round(self, raw: bytes, times: int) -> Round:
        """A round of that many requests."""
        return per_await(lambda: self._connection.send(raw), times, self.loop.run_until_complete)

    def round_followed(self, raw: bytes, times: int) -> Round:
        """A round of that many posts, each with the page to which it leads."""
        return per_await(lambda: self.followed(raw), times, self.loop.run_until_complete)

    async def followed(self, raw: bytes) -> bytes:
        """The page to which a post leads."""
        head = (await self._connection.send(raw)).decode()
        location, cookie = _LOCATION.search(head), _COOKIE.search(head)
        if location is None:
            raise SystemExit(f"The post was answered with\n{head}")
        target = urljoin(raw.split(b" ", 2)[1].decode(), location[1])
        return await self._connection.send(page(target, cookie[1] if cookie else ""))

    async def _repeated(self, raw: bytes, times: int) -> None:
        for _ in range(times):
            await self._connection.send(raw)


_LOCATION = re.compile(r"^location: (\S+)", re.MULTILINE | re.IGNORECASE)
_COOKIE = re.compile(r"^set-cookie: ([^;\r]+)", re.MULTILINE | re.IGNORECASE)


async def _started(app: Any) -> None:
    free = socket.socket()  # Sanic takes port 0 for its usual one
    free.bind(("127.0.0.1", 0))
    server = await app.create_server(sock=free, return_asyncio_server=True, access_log=False)
    await server.startup()


def measure(*, rounds: int = 30, times: int = 300) -> dict[str, list[Row]]:
    """Microseconds of CPU per request."""
    from benchmarks.apps.sanics import make_app

    sender = Sender(make_app("in_process"))
    found = {}
    for part, candidates in PARTS.items():
        for raw, status in candidates.values():
            answer = sender.send(raw)
            if f" {status} ".encode() not in answer[:16]:
                raise SystemExit(f"{raw!r}\nwas answered with\n{answer!r}")
        found[part] = compare({name: sender.round(raw, times) for name, (raw, _) in candidates.items()}, rounds)
    for raw in FOLLOWED.values():
        answer = sender.loop.run_until_complete(sender.followed(raw))
        if b"Saved." not in answer:
            raise SystemExit(f"{raw!r}\nled to\n{answer!r}")
    posts = {name: sender.round_followed(raw, times) for name, raw in FOLLOWED.items()}
    found["Page post, and the page after it"] = compare(posts, rounds)
    return found


if __name__ == "__main__":
    for part, rows in measure().items():
        print(f"\n{part}\n\n{table(rows)}")

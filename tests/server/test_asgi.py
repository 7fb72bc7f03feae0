"""Under an ASGI server: bodies come as messages, and a lost connection is one of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from sanic_actions import ActionContext, action

ran: list[str] = []

Message = dict[str, Any]


@action
def echo(text: str) -> str:
    ran.append(text)
    return text


async def pass_all(context: ActionContext) -> None: ...


async def pass_text(context: ActionContext, text: str) -> None: ...


@action(guard=pass_all)
def guarded(text: str) -> str:
    return text


@action(guard=pass_text)
def guarded_text(text: str) -> str:
    return text


@action
def nothing() -> None:
    ran.append("nothing")


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


def call(app: Any, messages: Iterable[Message], path: str = "/_actions/echo", **headers: str) -> list[Message]:
    """Start the app, give it one request and the messages of its body, and collect what it sends."""

    async def main() -> list[Message]:
        to_lifespan: asyncio.Queue[Message] = asyncio.Queue()
        started: asyncio.Queue[Message] = asyncio.Queue()
        lifespan = asyncio.create_task(app({"type": "lifespan"}, to_lifespan.get, started.put))
        await to_lifespan.put({"type": "lifespan.startup"})
        assert (await started.get())["type"] == "lifespan.startup.complete"
        sent: list[Message] = []
        coming = iter(messages)

        async def receive() -> Message:
            for message in coming:
                return message
            return await asyncio.Future[Message]()

        async def send(message: Message) -> None:
            sent.append({**message, "headers": list(message.get("headers", ()))})

        names = {"host": "x", "content-type": "application/json", **headers}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in names.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        await app(scope, receive, send)
        await to_lifespan.put({"type": "lifespan.shutdown"})
        await lifespan
        return sent

    return asyncio.run(asyncio.wait_for(main(), 30))


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


GONE: Message = {"type": "http.disconnect"}
WHOLE = b'{"text": "hi"}'


def test_body_in_messages(make_app: Any) -> None:
    """A body may come in any number of messages, empty ones too; the answer has a length of ours."""
    start, body = call(
        make_app({"echo": echo}),
        [
            part(b"", more=True),
            part(WHOLE[:5], more=True),
            part(WHOLE[5:], more=True),
            part(b"", more=False),
        ],
    )

    assert (start["status"], body["body"]) == (200, b'"hi"')
    assert (b"content-length", b"4") in start["headers"]
    assert (b"cache-control", b"private, no-store") in start["headers"]


def test_answers_without_a_body(make_app: Any) -> None:
    """A result of nothing has neither body nor length."""
    start, *_ = call(make_app({"nothing": nothing}), [part(b"", more=False)], "/_actions/nothing")

    assert start["status"] == 204
    assert b"content-length" not in dict(start["headers"])


CUT: dict[str, tuple[list[Message], dict[str, str]]] = {
    "lost in the middle": ([part(WHOLE, more=True), GONE], {}),
    "lost with a length": ([part(WHOLE, more=True), GONE], {"content_length": "14"}),
    "shorter than its length": ([part(WHOLE, more=False)], {"content_length": "20"}),
    "longer than its length": ([part(WHOLE, more=False)], {"content_length": "5"}),
    "lost at once": ([GONE], {}),
    "length that is none": ([part(WHOLE, more=False)], {"content_length": "many"}),
    "negative length": ([part(WHOLE, more=False)], {"content_length": "-14"}),
}


def test_body_cut_short(make_app: Any, subtests: pytest.Subtests) -> None:
    """A body that is not whole runs no handler, be it complete JSON by chance."""
    app = make_app({"echo": echo})

    for case, (messages, headers) in CUT.items():
        with subtests.test(case):
            start, body = call(app, messages, **headers)

            assert start["status"] == 400
            assert json.loads(body["body"])["code"] == "BAD_REQUEST"
    assert ran == []


def test_limit_under_asgi(make_app: Any) -> None:
    """The limit holds where the host does not enforce one."""
    app = make_app({"echo": echo}, max_body_size=10)

    start, _ = call(app, [part(WHOLE, more=True), part(WHOLE, more=True)])

    assert start["status"] == 413


@pytest.mark.parametrize("name", ["echo", "guarded", "guarded_text"])
def test_an_app_without_a_response_timeout(plain_app: Any, name: str) -> None:
    """ASGI servers know no ``RESPONSE_TIMEOUT``, so None is a value for it: nothing cuts the handler or its guards."""
    app = plain_app({"echo": echo, "guarded": guarded, "guarded_text": guarded_text})
    app.config.RESPONSE_TIMEOUT = None

    start, body = call(app, [part(WHOLE, more=False)], path=f"/_actions/{name}")

    assert (start["status"], body["body"]) == (200, b'"hi"')


def test_stalling_body_under_asgi(make_app: Any) -> None:
    """A body that stops coming is 408."""
    start, _ = call(make_app({"echo": echo}, read_timeout=0.1), [part(WHOLE, more=True)])

    assert start["status"] == 408

"""Answers that are sent with a remembered head: byte for byte what Sanic itself sends."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit

import pytest
from pydantic import Field
from sanic import Request, Sanic
from sanic.response import HTTPResponse

from sanic_actions import ActionContext, ActionError, action
from sanic_actions.server import ActionsBlueprint, _host

Serve = Callable[[Sanic[Any, Any]], str]
Short = Annotated[str, Field(max_length=8)]


@action(accept=("json", "form"))
async def echo(text: Short = "") -> str:
    """Return what was sent."""
    return text


@action
async def nothing() -> None:
    """Return nothing."""


@action
async def refuse() -> None:
    """Refuse."""
    raise ActionError("CONFLICT", "100 % taken")


@action
async def with_cookie(context: ActionContext) -> int:
    """Set a cookie and a header."""
    context.set_cookie("seen", "1")
    context.set_header("x-mine", "yes")
    return 1


TREE = {"echo": echo, "nothing": nothing, "refuse": refuse, "with_cookie": with_cookie}


def request_of(name: str, body: bytes = b"", *lines: str, version: str = "1.1", method: str = "POST") -> bytes:
    """The bytes of a request."""
    head = [f"{method} /_actions/{name} HTTP/{version}", "host: localhost", f"content-length: {len(body)}", *lines]
    if body:
        head.append("content-type: application/json")
    return "\r\n".join([*head, "", ""]).encode() + body


def answers(url: str, *requests: bytes) -> list[bytes]:
    """What comes back for each of these requests, on one connection each."""
    place = urlsplit(url)
    collected = []
    for request in requests:
        with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            collected.append(b"".join(iter(partial(connection.recv, 65_536), b"")))
    return collected


def change_header(request: Request, response: HTTPResponse) -> None:
    response.headers["x-added"] = "a\r\nb"


def change_body(request: Request, response: HTTPResponse) -> None:
    response.body = b'"another, and longer"'


def change_type(request: Request, response: HTTPResponse) -> None:
    response.content_type = "text/plain; x=100%d"


def change_status(request: Request, response: HTTPResponse) -> None:
    response.status = 202


def empty(request: Request, response: HTTPResponse) -> None:
    response.status = 204


def fill(request: Request, response: HTTPResponse) -> None:
    response.body, response.status = b"full", 200


MIDDLEWARE = [None, change_header, change_body, change_type, change_status, empty, fill]
REQUESTS = {
    "output": request_of("echo", b'{"text":"a"}'),
    "longer output": request_of("echo", b'{"text":"12345678"}'),
    "percent": request_of("echo", b'{"text":"%d %s"}'),
    "no body": request_of("nothing"),
    "error": request_of("refuse"),
    "invalid": request_of("echo", b'{"text":"123456789"}'),
    "no such action": request_of("none"),
    "method": request_of("echo", method="GET"),
    "head": request_of("openapi.json", method="HEAD"),
    "closed": request_of("echo", b"{}", "connection: close"),
    "HTTP/1.0": request_of("echo", b"{}", version="1.0"),
    "HTTP/1.0 kept alive": request_of("echo", b"{}", "connection: keep-alive", version="1.0"),
    "expected": request_of("echo", b"{}", "expect: 100-continue"),
    "cookie": request_of("with_cookie"),
}


@pytest.fixture(autouse=True)
def _no_heads() -> Iterator[None]:
    _host._HEADS.clear()
    yield
    _host._HEADS.clear()


def app_of(middleware: Any) -> Sanic[Any, Any]:
    """An app whose responses a middleware changes."""
    app: Sanic[Any, Any] = Sanic("heads")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, openapi=True))
    if middleware is not None:
        app.on_response(middleware)
    return app


@pytest.mark.parametrize("middleware", MIDDLEWARE, ids=lambda middleware: getattr(middleware, "__name__", "none"))
def test_remembered_head_is_that_of_sanic(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, middleware: Callable[[Request, HTTPResponse], None] | None
) -> None:
    """Whatever is asked, and whatever middleware changes, the answer is the one that Sanic would send."""
    url = serve(app_of(middleware))
    remembered = answers(url, *REQUESTS.values(), *REQUESTS.values())
    monkeypatch.setattr(_host, "_is_special", lambda stream: True)
    by_sanic = answers(url, *REQUESTS.values())

    shown = dict(zip(REQUESTS, by_sanic, strict=True))
    assert dict(zip(REQUESTS, remembered[: len(REQUESTS)], strict=True)) == shown
    assert dict(zip(REQUESTS, remembered[len(REQUESTS) :], strict=True)) == shown
    assert all(by_sanic)


def test_usual_answers_have_remembered_heads(serve: Serve) -> None:
    """One for each kind of answer, however long its body is."""
    url = serve(app_of(None))
    answers(url, *(REQUESTS[name] for name in ("output", "longer output", "percent", "no body", "error", "invalid")))

    assert len(_host._HEADS) == 4  # 200, 204, 409 and 400


def test_answers_with_something_of_their_own_have_none(serve: Serve) -> None:
    """A cookie of one caller is never sent to another."""
    answers(serve(app_of(None)), REQUESTS["cookie"], REQUESTS["cookie"])

    assert _host._HEADS == {}


def test_number_of_heads_is_bounded(serve: Serve) -> None:
    """A media type of each request's own fills no memory."""
    counted = iter(range(1_000))

    def change(request: Request, response: HTTPResponse) -> None:
        response.content_type = f"text/{next(counted)}"

    answers(serve(app_of(change)), *[REQUESTS["output"]] * (_host.MAX_HEADS + 10))

    assert len(_host._HEADS) == 10


def test_access_log_has_each_answer(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Sanic writes the log while it sends."""
    app = app_of(None)
    url = serve(app)
    app.config.ACCESS_LOG = True  # Sanic asks for it at each new connection
    with caplog.at_level(logging.INFO, "sanic.access"):
        answers(url, *[REQUESTS["output"]] * 3)

    logged = [record for record in caplog.records if record.name == "sanic.access"]
    assert [record.__dict__["status"] for record in logged] == [200] * 3

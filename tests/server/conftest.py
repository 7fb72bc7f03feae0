"""What the tests of the server share: an app around a tree, a client at its actions, and bytes as they are."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import httpx2
import pytest
from sanic import Sanic

from sanic_actions.server import ActionsBlueprint

AnySanic = Sanic[Any, Any]


class MakeApp(Protocol):
    """The type of ``make_app``."""

    def __call__(self, tree: Mapping[str, object] | None = None, **options: Any) -> AnySanic: ...


class Exchange(Protocol):
    """The type of ``exchange``."""

    def __call__(self, url: str | httpx2.URL, data: bytes, seconds: float = 30) -> bytes: ...


@pytest.fixture(params=[False, True], ids=["sanic", "sanic-ext"])
def make_app(request: pytest.FixtureRequest) -> MakeApp:
    """``make_app(tree, **options)`` makes an app that serves a tree; each test runs with and without sanic-ext."""

    def make(tree: Mapping[str, object] | None = None, **options: Any) -> AnySanic:
        app: AnySanic = Sanic("test")
        app.config.AUTO_EXTEND = request.param
        if tree is not None:
            app.blueprint(ActionsBlueprint(tree, **options))
        return app

    return make


@pytest.fixture
def plain_app() -> MakeApp:
    """The same without sanic-ext, for what it has no part in."""

    def make(tree: Mapping[str, object] | None = None, **options: Any) -> AnySanic:
        app: AnySanic = Sanic("test")
        app.config.AUTO_EXTEND = False
        app.blueprint(ActionsBlueprint(tree or {}, **options))
        return app

    return make


@pytest.fixture
def connect(serve: Callable[[AnySanic], str]) -> Iterator[Callable[..., httpx2.Client]]:
    """``connect(app)`` serves an app and gives a client at its actions, or at ``path``."""
    with contextlib.ExitStack() as clients:

        def open_client(app: AnySanic, path: str = "/_actions") -> httpx2.Client:
            return clients.enter_context(httpx2.Client(base_url=serve(app) + path, timeout=60))

        yield open_client


@pytest.fixture
def exchange() -> Exchange:
    """``exchange(url, data)`` sends bytes over a socket of its own and gives the whole answer, or what came in time."""

    def send(url: str | httpx2.URL, data: bytes, seconds: float = 30) -> bytes:
        where = httpx2.URL(url)
        answer = b""
        with socket.create_connection((where.host, where.port or 80), timeout=seconds) as sock:
            sock.sendall(data)
            with contextlib.suppress(TimeoutError, ConnectionError):
                while not _is_whole(answer) and (chunk := sock.recv(65536)):
                    answer += chunk
        return answer

    return send


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    return bool(end) and len(body) >= int(length[0] if length else 0)

"""A client package as the generator writes it, servers to call, and one way to call them with every client."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PACKAGES = Path(__file__).parent / "packages"

Script = Callable[[socket.socket], None]
Ask = Callable[..., Any]


@pytest.fixture(autouse=True, scope="session")
def packages() -> Iterator[Path]:
    """Make the hand-written client package importable; gives the folder that holds it."""
    sys.path.insert(0, str(PACKAGES))
    yield PACKAGES
    sys.path.remove(str(PACKAGES))


@pytest.fixture(autouse=True)
def defaults_of_the_process() -> None:
    """Sanic's test client leaves uvloop's policy and a handler of SIGINT behind in the process that ran it."""
    asyncio.set_event_loop_policy(None)  # type: ignore[deprecated]  # for as long as Sanic sets one
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["sync httpx2", "async httpx2", "sync pyqwest", "async pyqwest"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """``ask(url, lambda client: client.like(...), **options)`` calls with one kind of client and gives what it gave."""
    from sanic_actions import client

    mode, library = request.param.split()
    name = f"{'Async' if mode == 'async' else ''}{library.capitalize()}Transport"

    def ask(url: str | None, use: Callable[[Any], Any], *, max_bytes: int = 2**20, **options: Any) -> Any:
        import zoo

        transport = getattr(client, name)(max_bytes=max_bytes)
        if mode == "sync":
            with zoo.Client(url, transport=transport, **options) as blocking:
                return use(blocking)

        async def main() -> Any:
            async with zoo.AsyncClient(url, transport=transport, **options) as awaiting:
                return await use(awaiting)

        return asyncio.run(main())

    return ask


@pytest.fixture
def misbehave() -> Iterator[Callable[[Script], str]]:
    """``misbehave(script)`` serves every connection, once its request was read, by the script; gives the base URL."""
    with contextlib.ExitStack() as servers:
        yield lambda script: servers.enter_context(_scripted(script))


@contextlib.contextmanager
def _scripted(script: Script) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    def handle(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            _read_request(connection)
            script(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(30)


def _read_request(connection: socket.socket) -> None:
    read = b""
    while b"\r\n\r\n" not in read:
        chunk = connection.recv(65536)
        if not chunk:
            return
        read += chunk
    head, _, body = read.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0)
    while len(body) < length:
        body += connection.recv(65536)

"""The servers under attack: Sanic's own, with sanic-ext in debug mode, and two ASGI servers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import hypercorn
import pytest
import uvicorn
from attacks.arena import Arena, log_records
from attacks.site import make_site, ran
from conftest import free_port, running
from granian.constants import Interfaces
from granian.server.embed import Server
from hypercorn.asyncio import serve
from sanic import Sanic

Sanic.test_mode = True


@contextlib.contextmanager
def under_uvicorn(app: Sanic[Any, Any]) -> Iterator[str]:
    """Serve an app by an ASGI server in a thread, and give its base URL."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as sock:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(60)


@contextlib.contextmanager
def under_granian(app: Sanic[Any, Any]) -> Iterator[str]:
    """The same by granian, whose protocol code is not Python; within this process, so that its cost can be measured."""
    port = free_port()
    server = Server(
        app,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
        backlog=4_096,
        backpressure=4_096,  # else 128 idle connections are all that it takes
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    while thread.is_alive():
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            break
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(60)
        loop.close()


@contextlib.contextmanager
def under_hypercorn(app: Sanic[Any, Any]) -> Iterator[str]:
    """The same by hypercorn."""
    config = hypercorn.Config()
    config.errorlog = None
    config.graceful_timeout = 5
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    config.bind = [f"fd://{sock.detach()}"]
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    serving: Any = serve(app, config, shutdown_trigger=stop.wait)
    thread = threading.Thread(target=lambda: loop.run_until_complete(serving), daemon=True)
    thread.start()  # connections wait in the queue of the socket until it serves
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


SERVERS = ("sanic", "sanic-ext in debug", "uvicorn", "granian")
UNDER = {"uvicorn": under_uvicorn, "granian": under_granian, "hypercorn": under_hypercorn}


@pytest.fixture(scope="session", params=SERVERS)
def arena_of_session(request: pytest.FixtureRequest) -> Iterator[Arena]:
    """One running site for all attacks."""
    app = make_site(extend=request.param != "sanic")
    under = UNDER.get(request.param)
    serving = under(app) if under else running(app, debug="debug" in request.param)
    with log_records() as records, serving as url:
        yield Arena(request.param, url, records)


@pytest.fixture
def arena(arena_of_session: Arena) -> Arena:
    """The running site, with nothing remembered of earlier attacks."""
    ran.clear()
    arena_of_session.records.clear()
    return arena_of_session

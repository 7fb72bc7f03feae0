"""What all tests share: Sanic in test mode, and a real server on a socket of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import hypothesis
import pytest
from httpx2._config import DEFAULT_TIMEOUT_CONFIG
from sanic import Sanic

Sanic.test_mode = True

# Processes that share the tests must name them alike, and the order of a set in a name is that of hashes.
os.environ.setdefault("PYTHONHASHSEED", str(random.randrange(2**32)))

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
"""How long properties are tested: ``quick``, ``ci`` or ``full``."""


def examples(number: int, *, full: int = 10_000) -> int:
    """How many examples a property takes that takes a number of them in CI."""
    return {"quick": max(number // 5, 5), "ci": number, "full": full}[PROFILE]


SLOW = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much, hypothesis.HealthCheck.data_too_large]
hypothesis.settings.register_profile(
    "chosen", max_examples=examples(100), deadline=None, derandomize=PROFILE != "full", suppress_health_check=SLOW
)
hypothesis.settings.load_profile("chosen")

AnySanic = Sanic[Any, Any]

# What httpx2 waits for unless it is told how long: more than its five seconds, for which a busy machine may stall.
for phase in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, phase, 30.0)


def free_port() -> int:
    """Return a port for a server in a process of its own, which the system gives to nobody else meanwhile.

    Linux gives those from 32,768 on to connections and to servers that ask for any port.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)  # whatever a test has seeded
        with contextlib.suppress(OSError), socket.socket() as trial:
            trial.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running(app: AnySanic, *, debug: bool = False) -> Iterator[str]:
    """Serve an app over a loopback socket, by Sanic's own server in a thread, and give its base URL."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(128)
        started, stop = threading.Event(), threading.Event()
        failures: list[BaseException] = []

        async def main() -> None:
            try:
                server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False, debug=debug)
                assert server is not None
                await server.startup()
                await server.before_start()
                await server.after_start()
                started.set()
                await asyncio.to_thread(stop.wait)
                await server.before_stop()
                # What is open when the loop ends would be a warning in whichever test runs when it is collected: a
                # connection that the server accepts while it closes, or whose end it has not read yet.
                asyncio.get_running_loop().remove_reader(sock)
                for _ in range(5):
                    await asyncio.sleep(0)
                closed = server.close()
                while server.connections:
                    for connection in tuple(server.connections):
                        connection.abort()
                    await asyncio.sleep(0)
                await closed
                await server.after_stop()
            except BaseException as error:
                failures.append(error)
                started.set()

        thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        thread.start()
        started.wait(30)
        try:
            if not failures:
                yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(30)
        if failures:
            raise failures[0]


@pytest.fixture
def serve() -> Iterator[Callable[[AnySanic], str]]:
    """``serve(app)`` starts a real server for the test and gives its base URL."""
    with contextlib.ExitStack() as servers:
        yield lambda app: servers.enter_context(running(app))


@pytest.fixture(autouse=True)
def _same_event_loops() -> Iterator[None]:
    """Keep one test's kind of event loop from the next: Sanic's own test client sets uvloop for the whole process."""
    if sys.version_info >= (3, 14):  # where policies are deprecated, and Sanic's test client is not run
        yield
        return
    policies: Any = asyncio  # type checkers know these functions as deprecated
    policy = policies.get_event_loop_policy()
    yield
    if policies.get_event_loop_policy() is not policy:
        policies.set_event_loop_policy(policy)


ASGI: Final = Sanic.__call__


@pytest.fixture(autouse=True)
def _same_asgi() -> Iterator[None]:
    """Give Sanic its own ASGI entrance back: that of sanic-testing's ASGI client knows no lifespan, and stays."""
    yield
    Sanic.__call__ = ASGI  # type: ignore[method-assign]  # as the client does


def printed_by(folder: Path, *command: str, **env: str) -> str:
    """Run a Python module or file in a folder, and return what it prints."""
    process = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "MYPYPATH": ".", "PYTHONPATH": ".", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def wait_for(server: subprocess.Popen[bytes], url: str) -> None:
    """Wait until a server in a process of its own answers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx2.get(url)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server of {url} did not start")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names of tests that hold an address: processes that share the tests would not agree on them."""
    strange = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if strange:
        raise pytest.UsageError(f"Give these tests ids of their own: {strange[:3]}")

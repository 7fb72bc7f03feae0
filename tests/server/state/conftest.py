"""Places for stores, worker processes that use them, and a real redis-server."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import free_port

from sanic_actions.server._state.redis import RedisStore
from sanic_actions.server._state.sqlite import SQLiteStore
from sanic_actions.server._state.store import StateStore


class RedisServer:
    """A redis-server of our own on a free port; it can be paused, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self, *options: str) -> None:
        """Start it, and wait until it takes connections."""
        base = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([*base, "--dir", str(self._folder), *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 30).close()
            except ConnectionRefusedError:
                assert self._process.poll() is None, "redis-server ended at once"
                assert time.monotonic() < deadline, "redis-server takes no connections"
                time.sleep(0.02)

    def ask(self, *command: str) -> list[str]:
        """The lines that redis-cli answers."""
        answer = subprocess.run(
            ["redis-cli", "-p", str(self.port), *command], check=True, capture_output=True, text=True
        )
        return answer.stdout.split("\n")[:-1]

    def pause(self) -> None:
        """Let it take connections and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """Kill it, as a crash would."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A redis-server, where Debian's package is installed."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed (apt-get install -y redis-server)")
    server = RedisServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "redis"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The place of a store, for this process and for others."""
    if request.param == "redis":
        url: str = request.getfixturevalue("redis_server").url
        return url
    return str(tmp_path / "state.sqlite3")


@pytest.fixture
def open_small_store(where: str) -> Callable[[int], StateStore]:
    """Makes a store at that place that keeps no more than some bytes."""

    def open_small(max_bytes: int) -> StateStore:
        if "://" in where:
            return RedisStore(where, max_bytes=max_bytes, timeout=30)
        return SQLiteStore(where, max_bytes=max_bytes, timeout=30)

    return open_small


@pytest.fixture
def open_store(where: str) -> Callable[[], StateStore]:
    """Makes a store at that place, each call another one."""
    return lambda: RedisStore(where, timeout=30) if "://" in where else SQLiteStore(where, timeout=30)


class WorkerProcess:
    """A process that uses stores, started afresh as Sanic starts its workers."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("process.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, *command: object) -> None:
        """Give it a command: the name of a function in process.py and its arguments."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """The next line that it answers."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def kill(self) -> None:
        """End it in the middle of its work."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start_process() -> Iterator[Callable[[], WorkerProcess]]:
    """Starts a worker process, which is gone after the test."""
    with contextlib.ExitStack() as started:

        def start() -> WorkerProcess:
            process = WorkerProcess()
            started.callback(process.kill)
            return process

        yield start


@pytest.fixture(scope="session")
def together() -> Iterator[Callable[..., list[Any]]]:
    """Gives four worker processes the same command, to be begun at one moment, and collects their answers."""
    processes = [WorkerProcess() for _ in range(4)]

    def run(*command: object) -> list[Any]:
        start = time.time() + 0.3
        for process in processes:
            process.tell(*command, start)
        return [process.answer() for process in processes]

    for process in processes:
        process.tell("ready")
        process.answer()
    yield run
    for process in processes:
        process.kill()

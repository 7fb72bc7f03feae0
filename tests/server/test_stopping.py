"""Servers that are stopped while a stream is open: they end in their time of grace, and nobody takes half for whole."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from sanic_actions import CallError
from sanic_actions.client import Calls, Client, Sync, stream

APP = """
import asyncio, sys
from collections.abc import AsyncIterator
from pathlib import Path
from sanic import Sanic
from sanic_actions import ActionContext, Proceed, action
from sanic_actions.server import ActionsBlueprint

def note(text):
    with Path(__file__).with_name("notes").open("a") as notes:
        notes.write(f"{text}\\n")

async def in_transaction(context: ActionContext, proceed: Proceed[None]) -> object:
    try:
        return await proceed()
    except BaseException:
        note("rolled back")
        raise

@action(interceptors=[in_transaction])
async def tick(pause: float) -> AsyncIterator[int]:
    try:
        yield 1
        await asyncio.sleep(pause)
        for number in range(100_000):
            yield number
            await asyncio.sleep(0.01)
    finally:
        note("closed")

@action
async def late() -> AsyncIterator[int]:
    await asyncio.sleep(60)
    yield 1

app = Sanic("stopped")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"tick": tick, "late": late}))

@app.after_server_stop
async def stop(app):
    note("stopped")

if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), single_process=True)
"""

COMMANDS = {
    "sanic": ["app.py", "{port}"],
    "uvicorn": ["-m", "uvicorn", "app:app", "--port", "{port}"],
    "uvicorn h11": ["-m", "uvicorn", "app:app", "--port", "{port}", "--http", "h11"],
    "hypercorn": ["-m", "hypercorn", "app:app", "--bind", "127.0.0.1:{port}", "-w", "0", "--graceful-timeout", "1"],
    "granian": ["-m", "granian", "app:app", "--interface", "asgi", "--port", "{port}", "--workers-kill-timeout", "1"],
}

M_co = TypeVar("M_co", covariant=True)


class TickCalls(Calls[M_co]):
    """What ``generate`` writes for this app."""

    @stream()
    def tick(self, /, *, pause: float) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @stream()
    def late(self, /) -> int: ...  # type: ignore[empty-body]  # a declaration


class TickClient(TickCalls[Sync], Client):
    pass


@pytest.mark.parametrize(
    ("server", "pause"),
    [
        ("sanic", 0),
        ("sanic", 60),
        ("uvicorn", 0),
        ("uvicorn", 60),
        ("uvicorn h11", 60),
        ("hypercorn", 0),
        ("granian", 0),
    ],
)
def test_servers_that_stop_while_a_stream_is_open(server: str, pause: float, tmp_path: Path) -> None:
    """The caller gets an error that says so, the server ends, and what surrounds the stream learns of it.

    Granian's worker is killed after its time of grace, so that nothing of Python runs in it any more.
    """
    with started(server, tmp_path) as (process, client):
        with client.tick(pause=pause) as numbers:
            assert next(numbers) == 1
            process.terminate()
            with pytest.raises(CallError, match=r"it breaks off|stops before its end") as caught:
                list(numbers)
        process.wait(20)

    assert caught.value.cause in ("protocol", "connect")
    assert caught.value.status in (None, 200)
    if server != "hypercorn":  # which logs that it cancels its own task
        assert "Traceback" not in (tmp_path / "log").read_text()
    assert "Task was destroyed" not in (tmp_path / "log").read_text()
    assert "failed (id" not in (tmp_path / "log").read_text()  # being stopped is not a fault of the action
    notes = tmp_path / "notes"
    if server == "granian":
        assert not notes.exists()
    else:
        assert notes.read_text().split("\n") == ["closed", "rolled back", "stopped", ""]


@pytest.mark.parametrize("server", ["sanic", "uvicorn"])
def test_servers_that_stop_before_a_stream_has_begun(server: str, tmp_path: Path) -> None:
    """Its caller hears that the server stops, and may try again; nothing is logged as a fault."""
    with started(server, tmp_path) as (process, client):
        with ThreadPoolExecutor(1) as thread:
            result = thread.submit(lambda: [step.error for step in client.late().safe()])
            time.sleep(1)
            process.terminate()
            (error,) = result.result(20)
        process.wait(20)

    assert isinstance(error, CallError)
    assert (error.code, error.status) == ("SERVICE_UNAVAILABLE", 503)
    assert "Traceback" not in (tmp_path / "log").read_text()


@contextmanager
def started(server: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], TickClient]]:
    """Start a server that logs to a file in a folder, and give its process and a client of it."""
    (folder / "app.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    paths = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    environment = {**os.environ, "PYTHONPATH": paths, "XDG_RUNTIME_DIR": str(folder)}
    command = [sys.executable, *(word.format(port=port) for word in COMMANDS[server])]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(port, process, folder / "log")
        with TickClient(f"http://127.0.0.1:{port}", timeout=30) as client:
            yield process, client
    finally:
        process.kill()
        process.wait(10)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server listens, and Sanic's own is ready: until then it does not hear that it is to stop."""
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
            continue
        if "Goin' Fast" not in log.read_text() or "Worker ready" in log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())

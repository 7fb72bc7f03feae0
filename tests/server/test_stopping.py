"""Servers that are stopped while a stream is open: they end in their time of grace, and nobody takes half for whole."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest
from conftest import free_port

from sanic_actions import CallError
from sanic_actions.client import Calls, Client, Sync, call, stream

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
    note("late is awaited")
    await asyncio.sleep(60)
    yield 1

@action
async def wait(file: str = "") -> str:
    return await seen(file)

async def seen(file):
    # Wait until a file is there.
    if file:
        note(f"{file} is awaited")
    while file and not Path(__file__).with_name(file).exists():
        await asyncio.sleep(0.01)
    return file

app = Sanic("stopped")
app.config.AUTO_EXTEND = False
app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 60  # more than a test waits
app.blueprint(ActionsBlueprint({"tick": tick, "late": late, "wait": wait}))

@app.before_server_stop
async def linger(app):
    if "--slow" in sys.argv:
        await seen("stop")

@app.after_server_stop
async def stop(app):
    note("stopped")

if __name__ == "__main__":
    options = {"workers": 2} if "--two" in sys.argv else {"single_process": True}
    app.run(port=int(sys.argv[1]), **options)
"""

COMMANDS = {
    "sanic": ["app.py", "{port}"],
    "sanic, slow": ["app.py", "{port}", "--slow"],
    "sanic, slow, two workers": ["app.py", "{port}", "--slow", "--two"],
    "uvicorn": ["-m", "uvicorn", "app:app", "--port", "{port}"],
    "uvicorn h11": ["-m", "uvicorn", "app:app", "--port", "{port}", "--http", "h11"],
    "hypercorn": ["-m", "hypercorn", "app:app", "--bind", "127.0.0.1:{port}", "-w", "0", "--graceful-timeout", "1"],
    "hypercorn, patient": [
        "-m",
        "hypercorn",
        "app:app",
        "-b",
        "127.0.0.1:{port}",
        "-w",
        "0",
        "--graceful-timeout",
        "20",
    ],
    "granian": ["-m", "granian", "app:app", "--interface", "asgi", "--port", "{port}", "--workers-kill-timeout", "1"],
    "granian, patient": ["-m", "granian", "app:app", "--interface", "asgi", "--port", "{port}"],
}

M_co = TypeVar("M_co", covariant=True)


class TickCalls(Calls[M_co]):
    """What ``generate`` writes for this app."""

    @stream()
    def tick(self, /, *, pause: float) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @stream()
    def late(self, /) -> int: ...  # type: ignore[empty-body]  # a declaration

    @call
    def wait(self, /, *, file: str = "") -> str: ...  # type: ignore[empty-body]  # a declaration


class TickClient(TickCalls[Sync], Client):
    pass


# Its ``await server.wait_closed()`` waits for every connection since Python 3.12, and stands before its own limit.
WAITS_FOR_CONNECTIONS = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="from Python 3.12 on an open stream holds hypercorn without a limit"
)


@pytest.mark.parametrize(
    ("server", "pause"),
    [
        ("sanic", 0),
        ("sanic", 60),
        ("uvicorn", 0),
        ("uvicorn", 60),
        ("uvicorn h11", 60),
        pytest.param("hypercorn", 0, marks=WAITS_FOR_CONNECTIONS),
        ("granian", 0),
    ],
)
def test_servers_that_stop_while_a_stream_is_open(server: str, pause: float, tmp_path: Path) -> None:
    """The caller gets an error that says so, the server ends, and what surrounds the stream learns of it.

    Granian's worker is killed after its time of grace, so that nothing of Python runs in it any more.
    """
    with started(server, tmp_path) as (process, client, _):
        with client.tick(pause=pause) as numbers:
            assert next(numbers) == 1
            process.terminate()
            with pytest.raises(CallError, match=r"it breaks off|stops before its end") as caught:
                list(numbers)
        process.wait(60)

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
    with started(server, tmp_path) as (process, client, _):
        with ThreadPoolExecutor(1) as thread:
            result = thread.submit(lambda: [step.error for step in client.late().safe()])
            wait_for_notes(tmp_path, "late is awaited")
            process.terminate()
            (error,) = result.result(60)
        process.wait(60)

    assert isinstance(error, CallError)
    assert (error.code, error.status) == ("SERVICE_UNAVAILABLE", 503)
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("server", ["sanic, slow", "sanic, slow, two workers"])
def test_servers_that_stop_while_connections_are_kept(server: str, tmp_path: Path) -> None:
    """Answers close their connection from then on, whenever their call began, and the server ends with the last one."""
    workers = 2 if "two" in server else 1
    with started(server, tmp_path) as (process, _, port), ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        kept, quick, busy, *idle = [stack.enter_context(connection(port)) for _ in range(7)]
        assert "connection: keep-alive" in exchanged(kept)
        early = threads.submit(exchanged, quick, "early")
        answer = threads.submit(exchanged, busy, "answer")
        wait_for_notes(tmp_path, "early is awaited")
        wait_for_notes(tmp_path, "answer is awaited")
        process.terminate()
        wait_for_notes(tmp_path, "stop is awaited", workers)

        (tmp_path / "early").touch()
        assert "connection: close" in early.result(60)
        assert "connection: close" in exchanged(kept)
        assert quick.recv(1) == kept.recv(1) == b""

        (tmp_path / "stop").touch()
        assert [each.recv(1) for each in idle] == [b""] * 4  # the server waits for calls that run
        (tmp_path / "answer").touch()
        assert "connection: close" in answer.result(60)
        assert busy.recv(1) == b""
        # Which takes less than the server would wait for a connection that is open. Its main process may not end:
        # Sanic's waits for ever where it is stopped before it has heard that both workers are there.
        wait_for_notes(tmp_path, "stopped", workers)


def test_clients_of_a_server_that_stops(tmp_path: Path) -> None:
    """The call that runs is answered, and the next one of the same client goes to a connection of its own."""
    with started("sanic, slow", tmp_path) as (process, client, port), connection(port) as idle:
        assert client.wait() == ""
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(client.wait.safe, file="answer")
            wait_for_notes(tmp_path, "answer is awaited")
            process.terminate()
            (tmp_path / "stop").touch()
            assert idle.recv(1) == b""  # the server waits for calls that run
            (tmp_path / "answer").touch()
            assert answer.result(60).data == "answer"

        error = client.wait.safe().error

    assert isinstance(error, CallError)
    assert (error.cause, error.code) == ("connect", "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn, patient", "granian, patient"])
def test_other_servers_that_stop_while_a_call_runs(server: str, tmp_path: Path) -> None:
    """The call is answered, a connection without a call does not hold the server, and the app stops last."""
    with (
        started(server, tmp_path) as (process, client, port),
        connection(port) as kept,
        ThreadPoolExecutor(1) as thread,
    ):
        assert exchanged(kept)
        answer = thread.submit(client.wait.safe, file="answer")
        wait_for_notes(tmp_path, "answer is awaited")
        process.terminate()
        wait_until_refused(port)
        (tmp_path / "answer").touch()

        assert answer.result(60).data == "answer"
        process.wait(60)

    assert (tmp_path / "notes").read_text().split("\n") == ["answer is awaited", "stopped", ""]
    assert "Traceback" not in (tmp_path / "log").read_text()


def wait_until_refused(port: int) -> None:
    """Wait until a server takes no connection any more."""
    for _ in range(1_000):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            return
        time.sleep(0.01)
    raise AssertionError("the server goes on")


@contextmanager
def connection(port: int) -> Iterator[socket.socket]:
    """Connect to a server."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as open_connection:
        yield open_connection


def exchanged(open_connection: socket.socket, file: str = "") -> str:
    """Call ``wait`` on a connection, and return the answer in lower case."""
    body = json.dumps({"file": file}).encode()
    head = "POST /_actions/wait HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    open_connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return open_connection.recv(65_536).decode().lower()


def wait_for_notes(folder: Path, note: str, times: int = 1) -> None:
    """Wait until the app has noted something, each of its workers if need be."""
    for _ in range(2_000):
        if (folder / "notes").exists() and (folder / "notes").read_text().count(note) >= times:
            return
        time.sleep(0.01)
    raise AssertionError((folder / "log").read_text())


@contextmanager
def started(server: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], TickClient, int]]:
    """Start a server that logs to a file in a folder, and give its process, a client of it and its port."""
    (folder / "app.py").write_text(APP)
    port = free_port()
    paths = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    environment = {**os.environ, "PYTHONPATH": paths, "XDG_RUNTIME_DIR": str(folder)}
    command = [sys.executable, *(word.format(port=port) for word in COMMANDS[server])]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(port, process, folder / "log")
        with TickClient(f"http://127.0.0.1:{port}", timeout=30) as client:
            yield process, client, port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with the workers of a main process that is gone
        process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server listens, and Sanic's own is ready: until then it does not hear that it is to stop."""
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
            continue
        text = log.read_text()
        if "Goin' Fast" not in text or text.count("Worker ready") == (1 if "single worker" in text else 2):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())

"""Starting for real: by Sanic's command line with workers, by ``python -m``, by sanic-testing, and how fast."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import free_port
from sanic import Sanic

from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint

APP = """
import os, sys
from typing import Annotated
from sanic import Sanic
from sanic_actions import Injected, Namespace, action
from sanic_actions.server import ActionContext, ActionsBlueprint

@action
async def add(a: int, b: int = 1) -> int:
    return a + b

@action
def worker() -> int:
    return os.getpid()

@action
def broken(user: Annotated[Exception, Injected]) -> int:
    return 1

app = Sanic("started")
app.blueprint(ActionsBlueprint(Namespace(math=Namespace(add=add), worker=worker)))
if "BROKEN" in os.environ:
    app.blueprint(ActionsBlueprint({"broken": broken}, prefix="/broken"))

if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]), single_process=True)
"""


@contextlib.contextmanager
def started(folder: Path, *command: str) -> Iterator[str]:
    """Run a command that serves the app on a free port, and give its URL once it answers."""
    (folder / "served.py").write_text(APP)
    port = free_port()
    process = subprocess.Popen(
        [part.format(port=port) for part in command],
        cwd=folder,
        env={**os.environ, "PORT": str(port), "PYTHONPATH": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/_actions"
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with the workers of a main process that does not end
        process.wait()


SANIC = (sys.executable, "-m", "sanic", "served:app", "--port", "{port}")


@pytest.mark.parametrize(
    "command",
    [
        (*SANIC, "--workers", "2"),
        (sys.executable, "-m", "served"),
        (*SANIC, "--single-process", "--debug"),
    ],
    ids=["two workers", "python -m", "debug"],
)
def test_started_by(tmp_path: Path, command: tuple[str, ...]) -> None:
    """The app serves its actions however it is started."""
    with started(tmp_path, *command) as url:
        assert httpx2.post(f"{url}/math.add", json={"a": 2}, timeout=60).json() == 3
        assert httpx2.post(f"{url}/none", timeout=60).json()["code"] == "NOT_FOUND"


def test_all_workers_serve(tmp_path: Path) -> None:
    """Each of several workers serves the tree."""
    with started(tmp_path, *SANIC, "--workers", "2") as url:
        workers: set[int] = set()
        deadline = time.monotonic() + 20
        while len(workers) < 2 and time.monotonic() < deadline:
            workers.add(httpx2.post(f"{url}/worker", timeout=60).json())

    assert len(workers) == 2


def test_start_fails_with_the_reason(tmp_path: Path) -> None:
    """A parameter that nothing supplies keeps the server from starting, and says so."""
    (tmp_path / "served.py").write_text(APP)
    port = free_port()

    done = subprocess.run(
        [sys.executable, "-m", "served"],
        cwd=tmp_path,
        env={**os.environ, "PORT": str(port), "BROKEN": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "nothing supplies parameter 'user'" in done.stdout + done.stderr


def test_sanic_testing(make_app: Any) -> None:
    """Sanic's own test client works, as its users expect."""

    @action
    def add(a: int, b: int = 1) -> int:
        return a + b

    app: Sanic[Any, Any] = make_app({"add": add})

    _, answer = app.test_client.post("/_actions/add", json={"a": 1})
    assert (answer.status, answer.json) == (200, 2)


BESIDE = """
import asyncio
from sanic import Sanic
from sanic_actions import action
from sanic_actions.client import Client
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import local

@action
async def ping() -> int:
    return 7

def make(name):
    app = Sanic(name)
    app.blueprint(ActionsBlueprint({"ping": ping}))
    return app

async def started(app):
    events, answers = asyncio.Queue(), asyncio.Queue()
    serving = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, events.get, answers.put))
    for moment in "startup", "shutdown":
        await events.put({"type": f"lifespan.{moment}"})
        assert (await answers.get())["type"] == f"lifespan.{moment}.complete"
    await serving

one, other = make("one"), make("other")
asyncio.run(started(one))
for app in other, one:
    with local(app, Client):
        print("started", app.name)
"""


def test_local_after_a_start_of_another_kind(tmp_path: Path) -> None:
    """An app that an ASGI server has started for real keeps no app of the process from being called by ``local``."""
    (tmp_path / "beside.py").write_text(BESIDE)

    done = subprocess.run(
        [sys.executable, "beside.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )

    assert [line for line in done.stdout.splitlines() if line.startswith("started")] == [
        "started other",
        "started one",
    ], done.stderr


def test_a_thousand_actions() -> None:
    """A blueprint of a thousand actions adds routes for the tree, not for each action, and builds no validator."""

    def make(number: int) -> Any:
        def handler(a: int, b: str = "x") -> str:
            return f"{a}{b}{number}"

        return action(handler)

    members = {f"n{number}": make(number) for number in range(1_000)}
    app: Sanic[Any, Any] = Sanic("thousand")

    blueprint = ActionsBlueprint(Namespace(members))
    app.blueprint(blueprint)

    assert len(app.router.routes) == 4
    assert not any("codec" in vars(blueprint.served(member)[0]) for member in members.values())

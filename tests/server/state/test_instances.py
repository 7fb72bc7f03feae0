"""Instances of one app on one machine: each has a store of its own by default, which its workers share."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from conftest import free_port

APP = """
import os, sys
from sanic import Sanic
from sanic_actions import action
from sanic_actions.server import ActionsBlueprint

@action(once=True)
def ping(who: str) -> str:
    return f"{who} for {os.environ.get('APP_ENV', 'nobody')}"

app = Sanic("instances")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"ping": ping}))

@app.on_response
async def sign(request, response):
    response.headers["x-worker"] = str(os.getpid())

if __name__ == "__main__":
    app.run(port=int(os.environ["LISTEN_ON"]), access_log=False, motd=False, workers=2)
"""

SCRIPT = "{python} served.py"
SERVERS = {
    "sanic": "{python} -m sanic served:app --port {port} --workers 2 --no-access-logs",
    "uvicorn": "{python} -m uvicorn served:app --port {port} --workers 2",
}
KEY = {"idempotency-key": "the same key for all of them"}


class Instance:
    """A server in two workers, started as users start it."""

    def __init__(self, server: str, folder: Path, port: int, env: dict[str, str]) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "served.py").write_text(APP)
        self.url = f"http://127.0.0.1:{port}"
        command = [part.format(python=sys.executable, port=port) for part in server.split()]
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(folder), "LISTEN_ON": str(port), **env},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.log = folder / "log"

    def ping(self, who: str, *, workers: int = 1) -> set[str]:
        """The answers to one call and its repetitions, until several workers have given one."""
        answers: dict[str, str] = {}
        deadline = time.monotonic() + 30
        while len(answers) < workers and time.monotonic() < deadline:
            with contextlib.suppress(httpx2.TransportError):
                answer = httpx2.post(f"{self.url}/_actions/ping", json={"who": who}, headers=KEY, timeout=5)
                answers[answer.headers["x-worker"]] = answer.text
        assert len(answers) == workers, self.log.read_text()
        return set(answers.values())

    def stop(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # workers that were just starting
        self._process.wait()


Start = Callable[..., Instance]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts instances that share a machine: one runtime folder, one temporary folder, one user."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    shared = {"XDG_RUNTIME_DIR": str(runtime), "TMPDIR": str(tmp_path)}
    with contextlib.ExitStack() as instances:

        def start_one(server: str, folder: str, port: int, **env: str) -> Instance:
            instance = Instance(server, tmp_path / folder, port, {**shared, **env})
            instances.callback(instance.stop)
            return instance

        yield start_one


@pytest.mark.parametrize("server", SERVERS.values(), ids=list(SERVERS))
def test_instances_are_apart_and_workers_are_not(start: Start, server: str) -> None:
    """Staging and production answer a key each for itself; the workers of one answer it alike, and after a restart."""
    ports = [free_port(), free_port()]
    staging = start(server, "one", ports[0], APP_ENV="staging")
    production = start(server, "one", ports[1], APP_ENV="production")

    answers = [staging.ping("you", workers=2), production.ping("you", workers=2)]
    production.stop()
    again = start(server, "one", ports[1], APP_ENV="production")

    assert answers == [{'"you for staging"'}, {'"you for production"'}]
    assert again.ping("you") == {'"you for production"'}
    assert another_input(again) == 422


def another_input(instance: Instance) -> int:
    """The status of the same key with another input, which a store that knows the key refuses."""
    return httpx2.post(f"{instance.url}/_actions/ping", json={"who": "other"}, headers=KEY, timeout=5).status_code


@pytest.mark.parametrize("differs", ["folder", "port", "environment"])
def test_whatever_tells_instances_apart(start: Start, differs: str) -> None:
    """One thing is enough to tell two instances apart: working folder, port, or a setting of the environment."""
    port = free_port()
    first = start(SCRIPT, "one", port, APP_ENV="one")
    assert first.ping("first") == {'"first for one"'}
    if differs != "port":
        first.stop()  # only one can listen on a port
    folder = "two" if differs == "folder" else "one"
    other_port = free_port() if differs == "port" else port

    second = start(SCRIPT, folder, other_port, APP_ENV="two" if differs == "environment" else "one")

    assert second.ping("second") == {f'"second for {"two" if differs == "environment" else "one"}"'}

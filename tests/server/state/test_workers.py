"""Pages of an app with two workers, over the default store and over Redis: all workers know what one of them did."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import free_port
from server.state.conftest import RedisServer

APP = """
import asyncio, os
from pathlib import Path
from sanic import Sanic
from sanic.response import empty, json
from sanic_actions import Limits, action
from sanic_actions.server import ActionsBlueprint, RedisStore, action_result

@action(accept="form", once=True)
async def say(text: str) -> str:
    await asyncio.sleep(0.2)
    with Path("ran").open("a") as log:
        log.write(f"{text} {os.getpid()}\\n")
    return f"{text} by {os.getpid()}"

@action(limits=Limits(rate="5/minute"))
async def limited() -> int:
    return 1

app = Sanic("workers")
app.config.AUTO_EXTEND = False
redis = os.environ.get("REDIS_URL")
app.blueprint(ActionsBlueprint({"say": say, "limited": limited}, state=RedisStore(redis) if redis else None))

@app.get("/")
async def page(request):
    found = action_result(request, say)
    return json({"shown": found.data if found else None, "by": os.getpid()})

@app.post("/restart")
async def restart(request):
    request.app.m.restart()  # the worker that answers
    return empty()

@app.on_response
async def sign(request, response):
    response.headers["x-worker"] = str(os.getpid())
"""


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app runs, and with it the default store."""
    return tmp_path_factory.mktemp(request.param)


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """The app with two workers, started as users start it."""
    over_redis = {}
    if folder.name.startswith("redis"):
        if shutil.which("redis-server") is None:
            pytest.skip("redis-server is not installed (apt-get install -y redis-server)")
        redis = RedisServer(folder)
        over_redis["REDIS_URL"] = redis.url
    (folder / "served.py").write_text(APP)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "sanic", "served:app", "--port", str(port), "--workers", "2"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "TMPDIR": str(folder), **over_redis},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        if over_redis:
            redis.stop()


def both_workers(url: str) -> set[str]:
    """Wait until both workers answer."""
    found: set[str] = set()
    deadline = time.monotonic() + 30
    while len(found) < 2 and time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            found.add(httpx2.get(url, timeout=5).headers["x-worker"])
    return found


def test_result_is_shown_by_any_worker(url: str) -> None:
    """The worker that answers after the redirect shows the result, whichever ran the action, and only once."""
    assert len(both_workers(url)) == 2
    across = 0
    deadline = time.monotonic() + 30

    while not across and time.monotonic() < deadline:
        posted = httpx2.post(f"{url}/?_action=say", data={"text": "hello"}, timeout=10)
        cookie = {"cookie": posted.headers["set-cookie"].split(";")[0]}
        first, second = (httpx2.get(url, headers=cookie, timeout=10).json() for _ in range(2))
        assert first["shown"] == f"hello by {posted.headers['x-worker']}"
        assert second["shown"] is None
        across += str(first["by"]) != posted.headers["x-worker"]

    assert across


def test_double_submit_runs_once_for_all_workers(url: str, folder: Path) -> None:
    """A form that several workers are given at once runs in one of them, and all answers show its result."""
    assert len(both_workers(url)) == 2
    deadline = time.monotonic() + 30
    workers: set[str] = set()
    tries = 0

    while len(workers) < 2 and time.monotonic() < deadline:
        tries += 1
        posted = asyncio.run(at_once(f"{url}/?_action=say", {"text": "once", "_action.token": f"token {tries}"}))
        workers = {answer.headers["x-worker"] for answer in posted}
        assert {answer.status_code for answer in posted} == {303}
        shown = {
            httpx2.get(url, headers={"cookie": answer.headers["set-cookie"].split(";")[0]}).json()["shown"]
            for answer in posted
        }
        assert len(shown) == 1

    assert len(workers) == 2
    assert runs(folder, "once") == tries


def test_key_runs_once_for_all_workers(url: str, folder: Path) -> None:
    """A call that is sent with one key to several workers at once runs in one of them."""
    assert len(both_workers(url)) == 2
    headers = {"idempotency-key": "one key for all of them"}

    first = asyncio.run(at_once(f"{url}/_actions/say", {"text": "keyed"}, headers=headers))
    later = httpx2.post(f"{url}/_actions/say", data={"text": "keyed"}, headers=headers)

    assert {answer.status_code for answer in first} <= {200, 409}
    assert {answer.text for answer in first if answer.status_code == 200} == {later.text}
    assert runs(folder, "keyed") == 1


def test_rate_is_that_of_all_workers(url: str) -> None:
    """Workers count together, whatever they are asked at once."""
    assert len(both_workers(url)) == 2

    answers = [
        *asyncio.run(at_once(f"{url}/_actions/limited", {})),
        *asyncio.run(at_once(f"{url}/_actions/limited", {})),
    ]

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 11
    workers = {answer.headers["x-worker"] for answer in answers}
    deadline = time.monotonic() + 30
    while len(workers) < 2 and time.monotonic() < deadline:  # the system gives connections to whom it likes
        (*more,) = asyncio.run(at_once(f"{url}/_actions/limited", {}))
        assert {answer.status_code for answer in more} == {429}
        workers |= {answer.headers["x-worker"] for answer in more}
    assert len(workers) == 2


def test_worker_that_is_started_again(url: str, folder: Path) -> None:
    """While a worker is replaced, callers with a key get every answer, and nothing runs twice."""
    assert len(both_workers(url)) == 2
    before = both_workers(url)

    async def keep_calling(caller: int) -> list[int]:
        statuses = []
        async with httpx2.AsyncClient(timeout=20) as client:
            for number in range(12):
                headers = {"idempotency-key": f"{caller}, {number}, while a worker starts"}
                form = {"text": f"restarted-{caller}-{number}"}
                try:
                    answer = await client.post(f"{url}/_actions/say", data=form, headers=headers)
                except httpx2.TransportError:  # sent on a connection at the moment of its end
                    answer = await client.post(f"{url}/_actions/say", data=form, headers=headers)
                statuses.append(answer.status_code)
                if (caller, number) == (0, 3):
                    await client.post(f"{url}/restart")
        return statuses

    async def main() -> list[list[int]]:
        return await asyncio.gather(*(keep_calling(caller) for caller in range(4)))

    assert asyncio.run(main()) == [[200] * 12] * 4
    assert [runs(folder, f"restarted-{caller}-{number}") for caller in range(4) for number in range(12)] == [1] * 48
    assert both_workers(url) != before


def runs(folder: Path, text: str) -> int:
    """How often the handler ran with a text."""
    return sum(line.startswith(f"{text} ") for line in (folder / "ran").read_text().splitlines())


async def at_once(url: str, fields: dict[str, str], **options: Any) -> list[httpx2.Response]:
    """Post a form several times at one moment, each over a connection of its own."""
    async with httpx2.AsyncClient(timeout=20) as client:
        return await asyncio.gather(*(client.post(url, data=fields, **options) for _ in range(8)))

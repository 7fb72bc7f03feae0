"""Workers die again and again under load and a flood of forms: what was acknowledged is there, and nothing twice.

``SOAK_SECONDS=600 pytest tests/soak`` runs it longer; ``nox -s soak`` does so.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from conftest import free_port

from sanic_actions import Ok
from sanic_actions.client import AsyncClient, CallError, call

SECONDS = float(os.environ.get("SOAK_SECONDS", "4"))
CALLERS = 8
STRANGERS = 3
STATE_BYTES = int(max(4, SECONDS / 4)) * 2**20
"""Room for the keys of that many seconds, while what strangers post fills theirs."""
ROOT = Path(__file__).parents[2]


class Shop(AsyncClient):
    @call(once=True)
    def pay(self, /, *, payment: str) -> int:  # type: ignore[empty-body]  # a declaration, as generated code has it
        ...


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The app in two workers; its URL and the id of the process that starts them anew."""
    port = free_port()
    command = [sys.executable, "-m", "sanic", "tests.soak.shop:app", f"--port={port}", "--workers=2", "--no-access-log"]
    with (tmp_path / "log").open("wb") as log:
        env = {**os.environ, "SOAK_FOLDER": str(tmp_path), "SOAK_STATE_BYTES": str(STATE_BYTES)}
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(url)
        yield url, process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_up(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            httpx2.get(f"{url}/worker", timeout=2)
            return
        time.sleep(0.1)
    raise TimeoutError("The server did not start.")


def is_child_of(pid: int, parent: int) -> bool:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) == parent
    return False


async def kill_workers(url: str, manager: int, over: asyncio.Event) -> int:
    """Kill whichever worker answers and have the other one bring it back, twice at least; gives how many times."""
    killed: set[int] = set()
    began = time.monotonic()
    while time.monotonic() < began + SECONDS or (len(killed) < 2 and time.monotonic() < began + SECONDS + 60):
        with contextlib.suppress(httpx2.TransportError):
            async with httpx2.AsyncClient(base_url=url, timeout=5) as client:
                pid, _, name = (await client.get("/worker")).text.partition(" ")
                if int(pid) not in killed and is_child_of(int(pid), manager):
                    os.kill(int(pid), signal.SIGKILL)
                    killed.add(int(pid))
                    await until_there_are_two(url, name)
        await asyncio.sleep(random.random() * 0.5)
    over.set()
    return len(killed)


async def until_there_are_two(url: str, killed: str) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
        await client.post(f"/revive/{killed}")
        names: set[str] = set()
        while len(names) < 2:
            names.add((await client.get("/worker", headers={"connection": "close"})).text.partition(" ")[2])
            await asyncio.sleep(0.05)


async def pay_on(shop: Shop, caller: int, over: asyncio.Event) -> dict[str, Ok[int] | CallError]:
    """Pay again and again; gives what became of each payment."""
    outcomes: dict[str, Ok[int] | CallError] = {}
    while not over.is_set():
        payment = f"{caller}-{len(outcomes)}"
        result = await shop.pay.safe(payment=payment)
        if result.error is not None:
            assert isinstance(result.error, CallError)
            outcomes[payment] = result.error
        else:
            outcomes[payment] = result
    return outcomes


@dataclass
class Flood:
    """What became of the forms of strangers: by number of the note the statuses of its posts, and of refused input."""

    notes: dict[str, list[int]] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)

    async def post_on(self, url: str, stranger: int, over: asyncio.Event) -> None:
        """Post forms with fresh tokens: valid ones twice, each beside two with invalid input."""
        async with httpx2.AsyncClient(base_url=url, timeout=15) as client:
            while not over.is_set():
                number = f"{stranger}-{len(self.notes)}"
                valid = {"number": number, "words": "w" * 30_000, "_action.token": number}
                invalid = {"words": "w" * 50_000, "_action.token": f"{number} invalid"}
                self.notes[number] = []
                for form, statuses in (
                    (valid, self.notes[number]),
                    (invalid, self.refused),
                    (valid, self.notes[number]),
                ):
                    with contextlib.suppress(httpx2.TransportError):
                        answer = await client.post("/?_action=note", data=form)
                        statuses.append(answer.status_code)


def test_workers_that_die(server: tuple[str, int], tmp_path: Path) -> None:
    """Every acknowledged write is there once, none is there twice, and every failure says honestly what it is."""
    url, manager = server

    flood = Flood()

    async def main() -> tuple[int, dict[str, Ok[int] | CallError]]:
        over = asyncio.Event()
        async with Shop(url, retries=8, timeout=8) as shop:
            killing = asyncio.create_task(kill_workers(url, manager, over))
            strangers = [asyncio.create_task(flood.post_on(url, stranger, over)) for stranger in range(STRANGERS)]
            paid = await asyncio.gather(*(pay_on(shop, caller, over) for caller in range(CALLERS)))
            await asyncio.gather(*strangers)
        return await killing, {payment: outcome for outcomes in paid for payment, outcome in outcomes.items()}

    killed, outcomes = asyncio.run(main())

    with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite3")) as db:
        rows = dict(db.execute("SELECT payment, count(*) FROM payments GROUP BY payment").fetchall())
        numbers = dict(db.execute("SELECT payment, id FROM payments").fetchall())
        notes = dict(db.execute("SELECT note, count(*) FROM notes GROUP BY note").fetchall())
    failed = {payment: outcome for payment, outcome in outcomes.items() if isinstance(outcome, CallError)}
    told = collections.Counter((error.code, error.cause) for error in failed.values())
    statuses = collections.Counter(status for posts in flood.notes.values() for status in posts)
    print(
        f"{len(flood.notes)} forms of strangers, {dict(statuses)}; invalid {dict(collections.Counter(flood.refused))}"
    )
    print(f"{killed} workers killed, {len(outcomes)} calls, failed: {dict(told)}")
    assert killed > 1, (tmp_path / "log").read_text()
    assert len(outcomes) - len(failed) > 10
    assert [payment for payment, count in rows.items() if count != 1] == []
    assert all(outcome.data == numbers[p] for p, outcome in outcomes.items() if isinstance(outcome, Ok))
    assert {code for code, _ in told} <= {"CONFLICT", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT", "BAD_GATEWAY"}
    assert all(error.message and (error.status or error.__cause__) for error in failed.values())
    assert [note for note, count in notes.items() if count != 1] == []
    assert all(note in notes for note, posts in flood.notes.items() if 303 in posts)
    assert [note for note, posts in flood.notes.items() if posts == [503, 503] and note in notes] == []
    assert set(flood.refused) <= {400, 503}
    assert set(statuses) <= {303, 409, 503}
    assert sum(statuses.values()) > 10

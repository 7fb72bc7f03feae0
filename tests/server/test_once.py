"""What runs once, whoever asks for it how often."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sanic_actions import ActionError
from sanic_actions.server import SQLiteStore, StateFull, _once
from sanic_actions.server._once import Fleeting, once
from sanic_actions.server._state import rows
from sanic_actions.server._state.clock import Clock

T = TypeVar("T")


def use(folder: Path, work: Callable[[SQLiteStore], Awaitable[T]]) -> T:
    """Do the work with a store in a loop of its own."""

    async def main() -> T:
        store = SQLiteStore(folder / "state.db", timeout=30)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(main())


class Runner:
    """Counts its runs; each takes a moment."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.runs = 0
        self.seconds = seconds

    async def __call__(self) -> bytes:
        self.runs += 1
        await asyncio.sleep(self.seconds)
        return b"outcome %d" % self.runs


class HeldRunner(Runner):
    """Counts its runs; each takes until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> bytes:
        self.runs += 1
        self.begun.set()
        async with asyncio.timeout(60):  # a run that nobody expects is never let go
            await self.goes_on.wait()
        return b"outcome %d" % self.runs


class CountingStore(SQLiteStore):
    """A store that says how often a claim was taken, and how often it was asked to renew one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, timeout=30)
        self.claims = self.renewals = 0

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        there = await super().claim(key, value, ttl)
        self.claims += there is None
        return there

    async def renew(self, key: str, ttl: float) -> bool:
        is_there = await super().renew(key, ttl)
        self.renewals += 1
        return is_there


async def until(is_true: Callable[[], bool]) -> None:
    """Wait for what another task does."""
    async with asyncio.timeout(30):
        while not is_true():  # noqa: ASYNC110  # what it waits for sets no event
            await asyncio.sleep(0.005)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of the clock by which the store lets things expire, in a list; the test sets it."""
    seconds = [1_000.0]
    set_clock = Clock("set by a test", lambda: seconds[0])
    monkeypatch.setattr(rows, "machine_clock", lambda: set_clock)
    return seconds


def test_many_at_once_run_once(tmp_path: Path) -> None:
    """Of many who ask at once one runs it, and all get its outcome; so does who asks later."""
    run = Runner()

    async def work(store: SQLiteStore) -> list[bytes | None]:
        first = await asyncio.gather(*(once(store, "k", run, 60) for _ in range(10)))
        return [*first, await once(store, "k", run, 60)]

    assert set(use(tmp_path, work)) == {b"outcome 1"}
    assert run.runs == 1


def test_keys_are_apart(tmp_path: Path) -> None:
    """Different keys run by themselves."""
    run = Runner(0)

    async def work(store: SQLiteStore) -> list[bytes | None]:
        return [await once(store, key, run, 60) for key in ("a", "b", "a")]

    assert use(tmp_path, work) == [b"outcome 1", b"outcome 2", b"outcome 1"]


def test_patience_ends(tmp_path: Path) -> None:
    """Who waits for an outcome longer than the patience lasts gets none, and runs nothing."""

    async def work(store: SQLiteStore) -> list[object]:
        run = HeldRunner()
        first = asyncio.ensure_future(once(store, "k", run, 60))
        await run.begun.wait()
        second = await once(store, "k", run, 0.1)
        run.goes_on.set()
        return [await first, second, run.runs]

    assert use(tmp_path, work) == [b"outcome 1", None, 1]


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
def test_a_run_that_is_cut_off_can_be_run_again(tmp_path: Path, error: type[BaseException]) -> None:
    """After a run that brought no outcome, the next one who asks runs it."""
    run = Runner(0)

    async def cut_off() -> bytes:
        raise error

    async def work(store: SQLiteStore) -> bytes | None:
        with contextlib.suppress(error):
            await once(store, "k", cut_off, 60)
        return await once(store, "k", run, 60)

    assert use(tmp_path, work) == b"outcome 1"


def test_cancelled_run_frees_its_key(tmp_path: Path) -> None:
    """A task that is cancelled while it runs leaves no claim behind."""
    run = Runner(0)

    async def work(store: SQLiteStore) -> bytes | None:
        held = HeldRunner()
        task = asyncio.ensure_future(once(store, "k", held, 60))
        await held.begun.wait()
        task.cancel()
        await asyncio.wait([task])
        return await once(store, "k", run, 60)

    assert use(tmp_path, work) == b"outcome 1"


def test_store_that_fails_costs_the_protection_only(tmp_path: Path, caplog: Any) -> None:
    """Without a store each call runs by itself, and the log says so."""
    run = Runner(0)

    async def work(unused: SQLiteStore) -> list[bytes | None]:
        broken = SQLiteStore(tmp_path / "no" / "state.db", timeout=0.1)
        try:
            return [await once(broken, "k", run, 60) for _ in range(2)]
        finally:
            await broken.close()

    assert use(tmp_path, work) == [b"outcome 1", b"outcome 2"]
    assert "would run again" in caplog.text


@pytest.mark.parametrize("strict", [True, False])
def test_claim_is_renewed_while_its_run_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: list[float], strict: bool
) -> None:
    """A run that takes longer than a claim lasts is not run beside itself."""
    monkeypatch.setattr(_once, "RENEWAL", 0.01)

    async def work(unused: SQLiteStore) -> list[bytes | None]:
        store = CountingStore(tmp_path / "counting.db")
        run = HeldRunner()
        first = asyncio.ensure_future(once(store, "call:k", run, 60, strict=strict))
        await run.begun.wait()
        others = []
        for _ in range(4):
            clock[0] += 0.9 * _once.LIFETIME
            renewals = store.renewals + 1  # one may be under way
            await until(lambda renewals=renewals: store.renewals > renewals)  # type: ignore[misc]  # mypy infers no type for it
            others.append(await once(store, "call:k", run, 0, strict=strict))
        run.goes_on.set()
        outcomes = [*others, await first]
        await store.close()
        assert store.claims == 1  # and was never lost, to be taken again
        return outcomes

    assert use(tmp_path, work) == [None, None, None, None, b"outcome 1"]


def test_claim_of_a_dead_worker_lapses(tmp_path: Path, clock: list[float]) -> None:
    """A claim that nobody renews keeps its key for its lifetime, and no longer."""
    run = Runner(0)

    async def work(store: SQLiteStore) -> list[bytes | None]:
        await store.claim("call:k", b"?", _once.LIFETIME)
        clock[0] += 0.9 * _once.LIFETIME
        early = await once(store, "call:k", run, 0, strict=True)
        clock[0] += 0.2 * _once.LIFETIME
        return [early, await once(store, "call:k", run, 0, strict=True)]

    assert use(tmp_path, work) == [None, b"outcome 1"]


def test_claim_that_is_lost_is_claimed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that goes before its time, as when somebody sets the clock of a Redis, is claimed anew by its run."""
    monkeypatch.setattr(_once, "RENEWAL", 0.01)

    async def work(unused: SQLiteStore) -> list[bytes | None]:
        store = CountingStore(tmp_path / "counting.db")
        run = HeldRunner()
        first = asyncio.ensure_future(once(store, "call:k", run, 60, strict=True))
        await run.begun.wait()
        await store.pop("call:k")
        await until(lambda: store.claims > 1)
        second = await once(store, "call:k", run, 0, strict=True)
        run.goes_on.set()
        outcomes = [second, await first]
        await store.close()
        return outcomes

    assert use(tmp_path, work) == [None, b"outcome 1"]


@pytest.mark.parametrize("years", [-10, 10])
def test_clock_that_is_set_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, years: int) -> None:
    """Neither a claim nor an outcome ends early or lasts longer because somebody sets the clock."""
    run = Runner(0)
    now = time.time

    async def work(store: SQLiteStore) -> list[bytes | None]:
        await store.claim("call:running", b"?", 3)
        await store.claim("call:done", b"=kept", 3)
        monkeypatch.setattr(time, "time", lambda: now() + years * 31_536_000)
        early = [await once(store, key, run, 0, strict=True) for key in ("call:running", "call:done")]
        await asyncio.sleep(3.1)
        late = [await once(store, key, run, 0, strict=True) for key in ("call:running", "call:done")]
        return [*early, *late]

    assert use(tmp_path, work) == [None, b"kept", b"outcome 1", b"outcome 2"]


@pytest.mark.parametrize("strict", [True, False])
def test_full_store_runs_nothing(tmp_path: Path, strict: bool) -> None:
    """A store that has no room for a claim refuses the call with a sentence, and nothing runs."""
    run = Runner(0)

    async def work(_: SQLiteStore) -> None:
        full = SQLiteStore(tmp_path / "full.db", max_bytes=20_000)
        try:
            with contextlib.suppress(StateFull):
                for n in range(1_000):
                    await full.claim(f"call:{n:03}", b"?", 60)
            with pytest.raises(ActionError, match="was not run") as refusal:
                await once(full, "call:new", run, 0, strict=strict)
            assert refusal.value.code == "SERVICE_UNAVAILABLE"
        finally:
            await full.close()

    use(tmp_path, work)
    assert run.runs == 0


@pytest.mark.parametrize("strict", [True, False])
def test_outcome_without_room_is_answered_honestly(tmp_path: Path, strict: bool) -> None:
    """A run whose outcome has no room answers once; a repeated call learns that it was run, and nothing runs again."""
    runs = []

    async def large() -> bytes:
        runs.append(1)
        return b"v" * 10_000

    async def work(_: SQLiteStore) -> bytes | None:
        store = SQLiteStore(tmp_path / "small.db", max_bytes=20_000)
        try:
            first = await once(store, "call:k", large, 0, strict=strict)
            with pytest.raises(ActionError, match="has been run") as refusal:
                await once(store, "call:k", large, 0, strict=strict)
            assert refusal.value.code == "CONFLICT"
            return first
        finally:
            await store.close()

    assert use(tmp_path, work) == b"v" * 10_000
    assert len(runs) == 1


def test_fleeting_outcome_is_shared_and_forgotten(tmp_path: Path, clock: list[float]) -> None:
    """An outcome that is not to be kept reaches those who wait for it; a moment later the key runs again."""
    run = Runner()

    async def fleeting() -> bytes:
        return Fleeting(await run())

    async def work(store: SQLiteStore) -> list[bytes | None]:
        first = await asyncio.gather(*(once(store, "form:k", fleeting, 60) for _ in range(5)))
        clock[0] += _once.BRIEFLY + 1
        return [*first, await once(store, "form:k", fleeting, 60)]

    assert use(tmp_path, work) == [b"outcome 1"] * 5 + [b"outcome 2"]

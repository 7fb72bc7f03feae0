"""What runs once, whoever asks for it how often."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sanic_actions.server import SQLiteStore
from sanic_actions.server._once import once

T = TypeVar("T")


def use(folder: Path, work: Callable[[SQLiteStore], Awaitable[T]]) -> T:
    """Do the work with a store in a loop of its own."""

    async def main() -> T:
        store = SQLiteStore(folder / "state.db", timeout=0.5)
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


def test_many_at_once_run_once(tmp_path: Path) -> None:
    """Of many who ask at once one runs it, and all get its outcome; so does who asks later."""
    run = Runner()

    async def work(store: SQLiteStore) -> list[bytes | None]:
        first = await asyncio.gather(*(once(store, "k", run, 5) for _ in range(10)))
        return [*first, await once(store, "k", run, 5)]

    assert set(use(tmp_path, work)) == {b"outcome 1"}
    assert run.runs == 1


def test_keys_are_apart(tmp_path: Path) -> None:
    """Different keys run by themselves."""
    run = Runner(0)

    async def work(store: SQLiteStore) -> list[bytes | None]:
        return [await once(store, key, run, 5) for key in ("a", "b", "a")]

    assert use(tmp_path, work) == [b"outcome 1", b"outcome 2", b"outcome 1"]


def test_patience_ends(tmp_path: Path) -> None:
    """Who waits for an outcome longer than the patience lasts gets none, and runs nothing."""
    run = Runner(0.5)

    async def work(store: SQLiteStore) -> list[bytes | None]:
        return list(await asyncio.gather(once(store, "k", run, 5), once(store, "k", run, 0.1)))

    assert use(tmp_path, work) == [b"outcome 1", None]
    assert run.runs == 1


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
def test_a_run_that_is_cut_off_can_be_run_again(tmp_path: Path, error: type[BaseException]) -> None:
    """After a run that brought no outcome, the next one who asks runs it."""
    run = Runner(0)

    async def cut_off() -> bytes:
        raise error

    async def work(store: SQLiteStore) -> bytes | None:
        with contextlib.suppress(error):
            await once(store, "k", cut_off, 5)
        return await once(store, "k", run, 5)

    assert use(tmp_path, work) == b"outcome 1"


def test_cancelled_run_frees_its_key(tmp_path: Path) -> None:
    """A task that is cancelled while it runs leaves no claim behind."""
    run = Runner(0)

    async def work(store: SQLiteStore) -> bytes | None:
        task = asyncio.ensure_future(once(store, "k", Runner(5), 5))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        return await once(store, "k", run, 5)

    assert use(tmp_path, work) == b"outcome 1"


def test_store_that_fails_costs_the_protection_only(tmp_path: Path, caplog: Any) -> None:
    """Without a store each call runs by itself, and the log says so."""
    run = Runner(0)

    async def work(_: SQLiteStore) -> list[bytes | None]:
        broken = SQLiteStore(tmp_path / "no" / "state.db", timeout=0.1)
        try:
            return [await once(broken, "k", run, 5) for _ in range(2)]
        finally:
            await broken.close()

    assert use(tmp_path, work) == [b"outcome 1", b"outcome 2"]
    assert "would run again" in caplog.text

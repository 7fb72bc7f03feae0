"""What every store promises, tried on each."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from sanic_actions.server._state.store import StateStore

T = TypeVar("T")
Open = Callable[[], StateStore]


def use(store: StateStore, work: Callable[[StateStore], Awaitable[T]]) -> T:
    """Do the work with the store in a loop of its own, and close the store there."""

    async def main() -> T:
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(main())


def test_pop_gives_a_value_once(open_store: Open) -> None:
    """A value can be taken out once, whatever bytes it is made of; then there is none."""
    value = bytes(range(256)) * 1000

    async def work(store: StateStore) -> list[bytes | None]:
        await store.put("k", value, 60)
        return [await store.pop("k"), await store.pop("k"), await store.pop("never")]

    assert use(open_store(), work) == [value, None, None]


def test_empty_value_is_a_value(open_store: Open) -> None:
    """An empty value is told apart from none."""

    async def work(store: StateStore) -> list[bytes | None]:
        return [await store.claim("k", b"", 60), await store.claim("k", b"x", 60), await store.pop("k")]

    assert use(open_store(), work) == [None, b"", b""]


def test_claim_is_the_first_callers(open_store: Open) -> None:
    """The first claim keeps its value; later ones see what is there, first the claim and then the outcome."""

    async def work(store: StateStore) -> list[bytes | None]:
        claims = [await store.claim("k", b"running 1", 60), await store.claim("k", b"running 2", 60)]
        await store.put("k", b"outcome", 60)
        return [*claims, await store.claim("k", b"running 3", 60), await store.pop("k")]

    assert use(open_store(), work) == [None, b"running 1", b"outcome", b"outcome"]


def test_popped_claim_is_free_again(open_store: Open) -> None:
    """A claim that was taken out may be claimed again: so a call that must be repeated is let go."""

    async def work(store: StateStore) -> list[bytes | None]:
        await store.claim("k", b"1", 60)
        await store.pop("k")
        return [await store.claim("k", b"2", 60), await store.pop("k")]

    assert use(open_store(), work) == [None, b"2"]


def test_values_expire(open_store: Open) -> None:
    """After its time a value is neither popped nor in the way of a claim; the last write sets the time."""

    async def work(store: StateStore) -> list[bytes | None]:
        await store.put("popped", b"old", 0.05)
        await store.claim("claimed", b"old", 0.05)
        await store.put("renewed", b"old", 0.05)
        await store.put("renewed", b"new", 60)
        await asyncio.sleep(0.1)
        return [await store.pop("popped"), await store.claim("claimed", b"new", 60), await store.pop("renewed")]

    assert use(open_store(), work) == [None, None, b"new"]


@pytest.mark.parametrize("key", ["", "a b\r\n\0c", "é☃", "\udce9", "'; DROP TABLE state; --", "*", "k" * 10_000])
def test_keys_are_any_text(open_store: Open, key: str) -> None:
    """A key may hold anything that a header or a cookie brings, and means no other key."""

    async def work(store: StateStore) -> list[bytes | None]:
        await store.put(key, b"1", 60)
        await store.put(f"{key}.", b"2", 60)
        return [await store.pop(key), await store.pop(key), await store.pop(f"{key}.")]

    assert use(open_store(), work) == [b"1", None, b"2"]


def test_value_outlives_the_process_that_wrote_it(where: str, start_process: Callable[[], Any]) -> None:
    """What one worker put another one pops, also after the first is gone."""
    one, other = start_process(), start_process()
    one.tell("put", where, "k", "v")
    one.answer()
    one.kill()
    other.tell("pop", where, "k")

    assert other.answer() == "v"


@pytest.mark.parametrize("method", ["pop", "claim"])
def test_race_between_tasks_has_one_winner(open_store: Open, method: str) -> None:
    """Of many tasks of one worker that pop or claim a key at once, exactly one gets it."""

    async def work(store: StateStore) -> list[bool]:
        if method == "pop":
            await store.put("k", b"v", 60)
            return [found is not None for found in await asyncio.gather(*(store.pop("k") for _ in range(50)))]
        claims = (store.claim("k", str(n).encode(), 60) for n in range(50))
        return [found is None for found in await asyncio.gather(*claims)]

    assert sum(use(open_store(), work)) == 1


def test_race_between_processes_has_one_winner(where: str, together: Callable[..., list[list[int]]]) -> None:
    """Of several workers that claim, then pop the same 100 keys at once, for each key exactly one gets it."""
    for method in ("claim", "pop"):
        won = together("race", where, method)

        assert sorted(n for winners in won for n in winners) == list(range(100))


def test_store_opens_again_after_close(open_store: Open) -> None:
    """A store that was closed, twice even, works again, also in another event loop."""
    store = open_store()

    use(store, lambda store: store.put("k", b"v", 60))
    use(store, lambda store: store.close())

    assert use(store, lambda store: store.pop("k")) == b"v"


def test_store_made_before_a_fork_works_in_the_child(open_store: Open) -> None:
    """A child forked after the first use opens the store for itself, and the parent's goes on working."""
    fork = multiprocessing.get_context("fork")

    async def work(store: StateStore) -> list[bytes | None]:
        await store.put("parent", b"1", 60)
        child = fork.Process(target=lambda: use(store, lambda store: store.put("child", b"2", 60)))
        child.start()
        await asyncio.to_thread(child.join, 10)
        assert child.exitcode == 0
        return [await store.pop("parent"), await store.pop("child")]

    assert use(open_store(), work) == [b"1", b"2"]


def test_cancelled_call_leaves_the_store_usable(open_store: Open) -> None:
    """Callers who give up, before or while the store works for them, do no harm to the next ones."""

    async def work(store: StateStore) -> bytes | None:
        calls = [asyncio.ensure_future(store.put(f"k{n}", b"v", 60)) for n in range(50)]
        await asyncio.sleep(0.002)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await store.put("k", b"v", 60)
        return await store.pop("k")

    assert use(open_store(), work) == b"v"


def test_store_behaves_like_a_dict(open_store: Open) -> None:
    """Any sequence of steps gives what a dict whose entries expire would give."""

    class Steps(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.loop = asyncio.Runner()
            self.store = open_store()
            self.model: dict[str, bytes] = {}
            for key in "abc":
                self.loop.run(self.store.pop(key))

        @rule(key=st.sampled_from("abc"), value=st.binary(max_size=8), lasting=st.booleans())
        def put(self, key: str, value: bytes, lasting: bool) -> None:
            self.loop.run(self.store.put(key, value, 60 if lasting else 0.001))
            self.model[key] = value
            self.expire([] if lasting else [key])

        @rule(key=st.sampled_from("abc"), value=st.binary(max_size=8), lasting=st.booleans())
        def claim(self, key: str, value: bytes, lasting: bool) -> None:
            there = self.model.get(key)
            assert self.loop.run(self.store.claim(key, value, 60 if lasting else 0.001)) == there
            self.model.setdefault(key, value)
            self.expire([] if lasting or there is not None else [key])

        @rule(key=st.sampled_from("abc"))
        def pop(self, key: str) -> None:
            assert self.loop.run(self.store.pop(key)) == self.model.pop(key, None)

        @rule()
        def reopen(self) -> None:
            self.loop.run(self.store.close())

        def expire(self, keys: list[str]) -> None:
            for key in keys:
                time.sleep(0.003)
                del self.model[key]

        def teardown(self) -> None:
            self.loop.run(self.store.close())
            self.loop.close()

    run_state_machine_as_test(Steps, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))

"""What every store promises, tried on each."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from server.state.one_loop import use

from sanic_actions.server._state.store import StateError, StateFull, StateStore

T = TypeVar("T")
Open = Callable[[], StateStore]
OpenSmall = Callable[[int], StateStore]


def test_pop_gives_a_value_once(open_store: Open) -> None:
    """A value can be taken out once, whatever bytes it is made of; then there is none."""
    value = bytes(range(256)) * 1000

    async def work(store: StateStore) -> list[bytes | None]:
        await store.put("k", value, 60)
        return [await store.pop("k"), await store.pop("k"), await store.pop("never")]

    assert use(open_store(), work) == [value, None, None]


@pytest.mark.parametrize("kind", ["result", "form", "other"])
def test_value_takes_the_place_of_an_earlier_one(open_store: Open, kind: str) -> None:
    """A value that is put under a key takes the place of what was there, of whatever kind."""

    async def work(store: StateStore) -> list[bytes | None]:
        await store.put(f"{kind}:key", b"first", 60)
        await store.put(f"{kind}:key", b"second", 60)
        return [await store.pop(f"{kind}:key"), await store.pop(f"{kind}:key")]

    assert use(open_store(), work) == [b"second", None]


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


def test_counts_and_values_never_meet(open_store: Open) -> None:
    """One key may have a value and a count."""

    async def work(store: StateStore) -> list[object]:
        await store.put("k", b"v", 60)
        counts = [await store.count("k", 60), await store.count("k", 60)]
        return [*counts, await store.pop("k"), await store.pop("k"), await store.count("k", 60)]

    assert use(open_store(), work) == [1, 2, b"v", None, 3]


def test_counts_of_many_at_once_are_all_counted(open_store: Open) -> None:
    """Of many who count at once each gets another number."""

    async def work(store: StateStore) -> list[int]:
        return await asyncio.gather(*(store.count("k", 60) for _ in range(100)))

    assert sorted(use(open_store(), work)) == list(range(1, 101))


@pytest.mark.parametrize("size", [0, 3_000])
@pytest.mark.parametrize("flood", ["form:", "result:", "call:", "count"])
def test_flood_of_one_kind_takes_no_room_from_another(open_small_store: OpenSmall, flood: str, size: int) -> None:
    """However much of one kind comes, claims, outcomes and results of the others stay, and more of them are taken."""
    kinds = [kind for kind in ("form:", "result:", "call:") if kind != flood]

    async def work(store: StateStore) -> list[bytes | None]:
        for kind in kinds:
            await store.claim(f"{kind}claimed", b"running", 60)
            await store.claim(f"{kind}done", b"running", 60)
            await store.put(f"{kind}done", b"outcome", 60)
        for n in range(1_000):
            try:
                await (store.count(f"{n}", 60) if flood == "count" else store.claim(f"{flood}{n}", b"v" * size, 60))
            except StateFull:
                break
        for kind in kinds:
            await store.claim(f"{kind}more", b"more", 60)
        names = [f"{kind}{name}" for kind in kinds for name in ("claimed", "done", "more")]
        return [await store.pop(name) for name in names]

    assert use(open_small_store(100_000), work) == [b"running", b"outcome", b"more"] * len(kinds)


@pytest.mark.parametrize("method", ["put", "claim"])
@pytest.mark.parametrize("kind", ["call:", "form:"])
def test_full_store_refuses_and_keeps_what_it_has(open_small_store: OpenSmall, kind: str, method: str) -> None:
    """Claims and outcomes are never dropped before their time: one too many is an error, and changes nothing."""

    async def work(store: StateStore) -> tuple[int, list[bytes | None]]:
        number = 0
        with contextlib.suppress(StateFull):
            while number < 1_000:
                await getattr(store, method)(f"{kind}{number:04}", b"v", 60)
                number += 1
        there = [await store.claim(f"{kind}{n:04}", b"other", 60) for n in range(number)]
        with pytest.raises(StateFull, match="max_bytes"):
            await getattr(store, method)(f"{kind}more", b"v", 60)
        await store.pop(f"{kind}0000")
        await getattr(store, method)(f"{kind}more", b"v", 60)
        return number, there

    number, there = use(open_small_store(40_000), work)

    assert 10 < number < 100
    assert there == [b"v"] * number


def test_outcome_without_room_leaves_the_claim(open_small_store: OpenSmall) -> None:
    """An outcome that is too large for what is left is an error, and its claim goes on; as small a value fits."""

    async def work(store: StateStore) -> list[bytes | None]:
        await store.claim("call:k", b"?", 60)
        with contextlib.suppress(StateFull):
            for n in range(1_000):
                await store.claim(f"call:{n}", b"?", 60)
        with pytest.raises(StateFull):
            await store.put("call:k", b"v" * 5_000, 60)
        there = [await store.claim("call:k", b"other", 60)]
        await store.put("call:k", b"-", 60)
        return [*there, await store.pop("call:k")]

    assert use(open_small_store(40_000), work) == [b"?", b"-"]


@pytest.mark.parametrize("kind", ["call:", "form:"])
def test_large_outcomes_leave_room_for_claims(open_small_store: OpenSmall, kind: str) -> None:
    """However many outcomes are kept, half of the room of their kind is for the claims of others."""

    async def work(store: StateStore) -> int:
        with contextlib.suppress(StateFull):
            for n in range(1_000):
                await store.claim(f"{kind}{n:04}", b"?", 60)
                await store.put(f"{kind}{n:04}", b"v" * 1_000, 60)
        number = 0
        with contextlib.suppress(StateFull):
            while number < 1_000:
                await store.claim(f"{kind}more{number:04}", b"?", 60)
                number += 1
        return number

    assert use(open_small_store(160_000), work) > 50


@pytest.mark.parametrize("kind", ["call:", "form:", "result:"])
def test_expired_entries_make_room(open_small_store: OpenSmall, kind: str) -> None:
    """What has expired takes no room, of any kind, however much there was of it."""

    async def work(store: StateStore) -> bytes | None:
        for _ in range(4):
            for n in range(60):
                await store.claim(f"{kind}{n}", b"v" * 20, 0.05)
            await asyncio.sleep(0.1)
        return await store.claim(f"{kind}lasting", b"v", 60)

    assert use(open_small_store(60_000), work) is None


def test_dropped_results_are_logged(open_small_store: OpenSmall, caplog: pytest.LogCaptureFixture) -> None:
    """The oldest results go first where there is no room, which the log says; not at each write."""

    async def work(store: StateStore) -> list[bytes | None]:
        for n in range(300):
            await store.put(f"result:{n}", b"v" * 100, 60)
        return [await store.pop("result:0"), await store.pop("result:299")]

    assert use(open_small_store(100_000), work) == [None, b"v" * 100]
    lines = [record.getMessage() for record in caplog.records if "were dropped" in record.getMessage()]
    assert 1 <= len(lines) < 60
    assert "'result'" in lines[0]


def test_value_that_no_room_is_enough_for_is_refused(open_small_store: OpenSmall) -> None:
    """A value of more than a kind's share is an error that names the remedy; nothing is lost for it."""

    async def work(store: StateStore) -> bytes | None:
        await store.put("result:k", b"v", 60)
        for kind in ("result:", "form:", "call:"):
            with pytest.raises(StateError, match="max_bytes"):
                await store.put(f"{kind}large", b"v" * 30_000, 60)
        return await store.pop("result:k")

    assert use(open_small_store(100_000), work) == b"v"


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
        await asyncio.to_thread(child.join, 30)
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

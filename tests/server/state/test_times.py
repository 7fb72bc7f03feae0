"""What time does to what is stored, on each store: these tests wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.state.one_loop import use

from sanic_actions.server._state.store import StateStore

Open = Callable[[], StateStore]


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


def test_renewed_value_lasts(open_store: Open) -> None:
    """A value of any kind that is renewed in time lasts from then on; one that has expired is not brought back."""
    keys = ["call:k", "form:k", "result:k", "k"]

    async def work(store: StateStore) -> tuple[list[bytes | None], list[bool]]:
        for key in keys:
            await store.claim(key, b"v", 6)
            assert await store.renew(key, 6)
        await asyncio.sleep(3)
        assert [await store.renew(key, 6) for key in keys] == [True] * 4
        await asyncio.sleep(3.2)  # longer than they would have lasted otherwise
        there = [await store.pop(key) for key in keys]
        for key in keys:
            await store.put(key, b"v", 0.05)
        await asyncio.sleep(0.1)
        return there, [await store.renew(key, 60) for key in (*keys, "never")]

    assert use(open_store(), work) == ([b"v"] * 4, [False] * 5)


def test_counts_begin_anew_with_each_window(open_store: Open) -> None:
    """A key counts by itself, from 1 to the end of its window, and from 1 again in the next one."""

    async def work(store: StateStore) -> list[int]:
        counts = [await store.count("a", 3) for _ in range(3)]
        counts.append(await store.count("b", 3))
        await asyncio.sleep(3.1)
        return [*counts, await store.count("a", 3)]

    assert use(open_store(), work) == [1, 2, 3, 1, 1]


def test_counting_does_not_make_a_window_longer(open_store: Open) -> None:
    """Who goes on calling is counted from the window's beginning: refused callers are let in again."""

    async def work(store: StateStore) -> list[int]:
        counts = [await store.count("k", 3)]
        await asyncio.sleep(1)
        counts.append(await store.count("k", 3))
        await asyncio.sleep(2.2)
        return [*counts, await store.count("k", 3)]

    assert use(open_store(), work) == [1, 2, 1]

"""What the Redis store promises beyond the contract: keys, limits of time, and servers that fail."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from typing import Any

import pytest
from server.state.one_loop import use

from sanic_actions.server._state.redis import RedisStore
from sanic_actions.server._state.store import StateError, StateStore


def test_redis_keys_have_the_prefix_and_expire(redis_server: Any) -> None:
    """Stores with different prefixes do not meet, and no key stays for ever."""
    one, other = (RedisStore(redis_server.url, prefix=prefix, timeout=30) for prefix in ("one:", "other:"))
    use(one, lambda store: store.put("k", b"1", 60))
    use(one, lambda store: store.claim("c", b"1", 60))

    assert use(other, lambda store: store.pop("k")) is None
    assert sorted(redis_server.ask("KEYS", "*")) == ["one:c", "one:k"]
    assert all(0 < int(redis_server.ask("TTL", key)[0]) <= 60 for key in ("one:k", "one:c"))


def test_redis_that_restarts_is_used_again(redis_server: Any) -> None:
    """While the server is down each call is an error; the first call after its return works."""

    async def work(store: StateStore) -> bytes | None:
        await asyncio.gather(*(store.put(str(n), b"v", 60) for n in range(5)))
        redis_server.stop()
        for _ in range(2):
            with pytest.raises(StateError, match="See that it runs"):
                await store.pop("0")
        redis_server.start()
        await store.put("k", b"v", 60)
        return await store.pop("k")

    assert use(RedisStore(redis_server.url, timeout=30), work) == b"v"


def test_redis_restart_between_two_calls_goes_unnoticed(redis_server: Any) -> None:
    """Connections that died while they were idle cost no call."""

    async def work(store: StateStore) -> bytes | None:
        await store.put("k", b"v", 60)
        redis_server.stop()
        redis_server.start()
        await asyncio.sleep(0.05)  # the loop learns that its connection was closed
        await store.put("k", b"v", 60)
        return await store.pop("k")

    assert use(RedisStore(redis_server.url, timeout=30), work) == b"v"


def test_redis_that_does_not_answer_is_an_error_in_time(redis_server: Any) -> None:
    """A server that hangs, with connections open or none, costs each call the timeout and no more."""

    async def work(store: StateStore) -> tuple[list[object], float]:
        await store.put("k", b"v", 60)
        redis_server.pause()
        started = time.monotonic()
        failed = await asyncio.gather(*(store.pop("k") for _ in range(20)), return_exceptions=True)
        return list(failed), time.monotonic() - started

    failed, took = use(RedisStore(redis_server.url, timeout=1.5, max_connections=4), work)

    assert [type(error) for error in failed] == [StateError] * 20
    assert all("1.5 seconds" in str(error) or "Timeout" in str(error) for error in failed)
    assert took < 4.9  # redis-py's own limits are 5 seconds


def test_redis_full_server_is_an_error(redis_server: Any) -> None:
    """A server without memory left refuses writes with the one error; what is there can be popped."""

    async def work(store: StateStore) -> bytes | None:
        await store.put("k", b"v", 60)
        redis_server.ask("CONFIG", "SET", "maxmemory", "1")
        for method in (store.put, store.claim):
            with pytest.raises(StateError, match="used memory > 'maxmemory'"):
                await method("more", b"v", 60)
        return await store.pop("k")

    assert use(RedisStore(redis_server.url, timeout=30), work) == b"v"


def test_redis_connections_are_bounded(redis_server: Any) -> None:
    """Any number of calls at once share a few connections, and close gives those back."""

    async def work(store: StateStore) -> int:
        await asyncio.gather(*(store.put(str(n), b"v", 60) for n in range(200)))
        return len([line for line in redis_server.ask("CLIENT", "LIST") if "cmd=set" in line])

    assert 1 <= use(RedisStore(redis_server.url, max_connections=4, timeout=30), work) <= 4
    assert len(redis_server.ask("CLIENT", "LIST")) == 1


def test_redis_password_is_never_shown(redis_server: Any) -> None:
    """The password in a URL is in no error and no repr."""
    redis_server.stop()
    redis_server.start("--requirepass", "secret1")
    wrong = RedisStore(redis_server.url.replace("//", "//:secret2@"))

    with pytest.raises(StateError) as caught:
        use(wrong, lambda store: store.pop("k"))

    assert "secret" not in f"{caught.value!r} {caught.value} {wrong!r}"
    right = RedisStore(redis_server.url.replace("//", "//:secret1@"), timeout=30)
    assert use(right, lambda store: store.pop("k")) is None


def test_redis_without_a_server_is_an_error() -> None:
    """A port where nothing listens gives the one error."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        store = RedisStore(f"redis://127.0.0.1:{closed.getsockname()[1]}")

        with pytest.raises(StateError, match="Redis server of the state store failed"):
            use(store, lambda store: store.pop("k"))


def test_redis_url_that_is_none_is_an_error_at_once() -> None:
    """A URL of another scheme is refused where it is given."""
    with pytest.raises(ValueError, match="redis://"):
        RedisStore("http://localhost")


def test_redis_store_without_redis_py_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the store says how to install it."""
    monkeypatch.setitem(sys.modules, "redis.asyncio.connection", None)

    with pytest.raises(ImportError, match=r"pip install 'sanic-actions\[redis\]'"):
        RedisStore()

"""A worker process of these tests: reads one command a line, answers with one line, both JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable

from sanic_actions.server._state.redis import RedisStore
from sanic_actions.server._state.sqlite import SQLiteStore
from sanic_actions.server._state.store import StateError, StateStore


def open_store(where: str) -> StateStore:
    """The store at a URL or a path."""
    return RedisStore(where) if "://" in where else SQLiteStore(where)


def ready() -> None:
    """Answers when everything is imported."""


def put(where: str, key: str, value: str) -> None:
    """Put a value, and let go of the store."""

    async def main() -> None:
        store = open_store(where)
        await store.put(key, value.encode(), 60)
        await store.close()

    asyncio.run(main())


def pop(where: str, key: str) -> str | None:
    """Pop a value, and let go of the store."""

    async def main() -> str | None:
        store = open_store(where)
        found = await store.pop(key)
        await store.close()
        return None if found is None else found.decode()

    return asyncio.run(main())


def race(where: str, method: str, start: float) -> list[int]:
    """From one moment on claim or pop 100 keys; which of them were won."""

    async def main() -> list[int]:
        store = open_store(where)
        await store.pop("opened beforehand")
        await asyncio.sleep(start - time.time())
        if method == "claim":
            won = [n for n in range(100) if await store.claim(str(n), b"v", 60) is None]
        else:
            won = [n for n in range(100) if await store.pop(str(n)) is not None]
        await store.close()
        return won

    return asyncio.run(main())


def begin(path: str, start: float) -> list[str]:
    """From one moment on open, use and close a file ten times; the errors."""

    async def main() -> list[str]:
        errors = []
        await asyncio.sleep(start - time.time())
        for n in range(10):
            store, key = SQLiteStore(path, timeout=10), f"{os.getpid()}-{n}"
            try:
                await store.put(key, b"v", 60)
                errors += [] if await store.pop(key) == b"v" else [f"{key} is lost"]
            except StateError as error:
                errors.append(str(error))
            await store.close()
        return errors

    return asyncio.run(main())


def write_for_ever(path: str) -> None:
    """Put keys 0, 1, 2, ... and print each when it is confirmed."""

    async def main() -> None:
        store, n = SQLiteStore(path), 0
        while True:
            await store.put(str(n), b"v", 60)
            print(n, flush=True)
            n += 1

    asyncio.run(main())


def put_as_nobody(path: str) -> str:
    """Put a value without the rights of root; the error."""
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        put(path, "k", "v")
    except StateError as error:
        return str(error)
    return ""


COMMANDS: dict[str, Callable[..., object]] = {
    function.__name__: function for function in (ready, put, pop, race, begin, write_for_ever, put_as_nobody)
}

if __name__ == "__main__":
    for line in sys.stdin:
        command, *args = json.loads(line)
        print(json.dumps(COMMANDS[command](*args)), flush=True)

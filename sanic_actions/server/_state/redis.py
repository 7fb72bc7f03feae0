"""A store in Redis, for an app that spans machines.

Each method is one command, so each is atomic. Commands are never repeated: a claim whose answer was lost would meet
itself, and be taken for somebody else's.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

from .store import StateError

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")


class RedisStore:
    """A ``StateStore`` in a Redis (7.0 or later) or Valkey server; needs ``pip install 'sanic-actions[redis]'``.

    Its size is the server's to bound: set ``maxmemory``. With the policy ``noeviction`` a full server refuses to write;
    with the others it may forget idempotency keys early.

    Args:
        url: ``redis://``, ``rediss://`` (TLS) or ``unix://``, with user, password and options as redis-py reads them.
        prefix: What all keys begin with; give each app on one server its own.
        timeout: Seconds for one call, connecting included.
        max_connections: How many connections one worker opens at most; further calls wait for one.
    """

    __slots__ = ("_client", "_inherited", "_loop", "_options", "_pid", "_prefix", "_timeout")

    def __init__(
        self,
        url: str = "redis://127.0.0.1:6379/0",
        *,
        prefix: str = "sanic-actions:",
        timeout: float = 2.0,
        max_connections: int = 32,
    ) -> None:
        try:
            from redis.asyncio.connection import parse_url
        except ImportError as error:
            raise ImportError("RedisStore needs redis-py: pip install 'sanic-actions[redis]'") from error
        limits = {"socket_timeout": timeout, "socket_connect_timeout": timeout, "max_connections": max_connections}
        given = {**limits, "health_check_interval": 30, **parse_url(url)}
        self._options: dict[str, Any] = {**given, "timeout": None, "decode_responses": False}
        self._prefix = prefix
        self._timeout = timeout
        self._client: Redis | None = None
        self._inherited: list[Redis] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = os.getpid()

    def __repr__(self) -> str:
        # Not the URL: it may hold a password.
        return f"RedisStore(prefix={self._prefix!r})"

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """See ``StateStore.put``."""
        await self._run(self._here().set(self._stored(key), value, px=_milliseconds(ttl)))

    async def pop(self, key: str) -> bytes | None:
        """See ``StateStore.pop``."""
        return _found(await self._run(self._here().getdel(self._stored(key))))

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """See ``StateStore.claim``."""
        command = self._here().set(self._stored(key), value, px=_milliseconds(ttl), nx=True, get=True)
        return _found(await self._run(command))

    async def close(self) -> None:
        """See ``StateStore.close``."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await self._run(client.aclose())

    def _here(self) -> Redis:
        """The client of this event loop: connections belong to the loop that opened them."""
        loop = asyncio.get_running_loop()
        if self._client is not None and self._pid != os.getpid():
            # After a fork the connections are the parent's. Dropping them here would make asyncio take their sockets
            # out of the epoll object that both processes share, and the parent would wait for ever.
            self._inherited.append(self._client)
            self._client = None
        if self._client is None or self._loop is not loop:
            self._client, self._loop, self._pid = _client(self._options), loop, os.getpid()
        return self._client

    async def _run(self, command: Awaitable[T]) -> T:
        from redis.exceptions import RedisError

        try:
            # One limit for waiting, connecting, sending and reading together. The limits on each step stay: before
            # Python 3.12 wait_for, which redis-py sends with, now and then swallows the cancellation.
            async with asyncio.timeout(self._timeout):
                return await command
        except (OSError, RedisError) as error:
            reason = str(error) or f"no answer within {self._timeout} seconds"
            raise StateError(
                f"The Redis server of the state store failed: {reason}. "
                "See that it runs, has memory left and may be reached under the URL given to RedisStore."
            ) from error

    def _stored(self, key: str) -> bytes:
        # Header values may hold lone surrogates, which redis-py would refuse to encode.
        return f"{self._prefix}{key}".encode("utf-8", "surrogatepass")


def _client(options: dict[str, Any]) -> Redis:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig

    # With notifications on, redis-py takes a connection that the server has closed for one with news, and uses it.
    quiet = MaintNotificationsConfig(enabled=False)
    retry = Retry(NoBackoff(), 0)
    return Redis.from_pool(BlockingConnectionPool(retry=retry, maint_notifications_config=quiet, **options))


def _milliseconds(ttl: float) -> int:
    return max(1, math.ceil(ttl * 1000))


def _found(answer: object) -> bytes | None:
    return answer if isinstance(answer, bytes) else None

"""A store in Redis, for an app that spans machines.

Each method is one command or one script, so each is atomic. No command is ever sent a second time:
a claim whose answer was lost would meet itself in the store, and take itself for another caller's.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Awaitable
from inspect import signature
from typing import TYPE_CHECKING, Any, Final, TypeVar

from . import redis_scripts as scripts
from .budgets import DROPPED_MESSAGE, HELD, REST, SHARES, charge_of, full_message, kind_of, refuse_tiny, short_key
from .store import StateError, StateFull

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

logger: Final = logging.getLogger("sanic_actions")


class RedisStore:
    """A ``StateStore`` in a Redis (7.0 or later) or Valkey server; needs ``pip install 'sanic-actions[redis]'``.

    What the library keeps there never takes more than ``max_bytes``, a quarter of it for each of:
    results that wait for a page, tokens of forms, idempotency keys, and counts. Of the first and
    the last the oldest go first, with a line in the log; the others refuse until something expires.
    Every key has a time to live.

    Give the server a ``maxmemory`` above that, and the policy ``noeviction``: with any other a full
    server forgets idempotency keys early, and calls run twice. The app says at start when it is
    another one. A Redis expires keys by the wall clock of its machine; claims of calls that run are
    renewed, and claimed again when they are gone.

    Args:
        url: ``redis://``, ``rediss://`` (TLS) or ``unix://``, with user, password and options as
            redis-py reads them.
        prefix: Put before every key; give each app and each instance of it (staging, production)
            its own.
        max_bytes: Largest size of what is kept.
        timeout: Seconds for one call, connecting included.
        max_connections: How many connections one worker opens at most; further calls wait for one.
    """

    __slots__ = ("_client", "_inherited", "_loop", "_max_bytes", "_options", "_pid", "_prefix", "_timeout")

    def __init__(
        self,
        url: str = "redis://127.0.0.1:6379/0",
        *,
        prefix: str = "sanic-actions:",
        max_bytes: int = 256 * 2**20,
        timeout: float = 2.0,
        max_connections: int = 32,
    ) -> None:
        try:
            from redis.asyncio.connection import parse_url
        except ImportError as error:
            # Sanic's command line reads the name of an ImportError, and cannot do without it.
            message = "RedisStore needs redis-py: pip install 'sanic-actions[redis]'"
            raise ImportError(message, name="redis") from error
        limits = {"socket_timeout": timeout, "socket_connect_timeout": timeout, "max_connections": max_connections}
        # A ping before the use of a connection that was idle: firewalls drop those without a word.
        options = {**limits, "health_check_interval": 30, **parse_url(url)}
        # Whatever the URL says: ``_run`` limits the time, and values are bytes.
        self._options: dict[str, Any] = {**options, "timeout": None, "decode_responses": False}
        self._max_bytes = max_bytes
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
        if kind_of(key) == REST:
            await self._run(self._loop_client().set(self._entry_name(key), value, px=_milliseconds(ttl)))
        else:
            self._report(kind_of(key), await self._write(scripts.PUT, key, value, ttl))

    async def pop(self, key: str) -> bytes | None:
        """See ``StateStore.pop``."""
        if kind_of(key) == REST:
            return _bytes_or_none(await self._run(self._loop_client().getdel(self._entry_name(key))))
        return _bytes_or_none(await self._script(scripts.POP, kind_of(key), key))

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """See ``StateStore.claim``."""
        if kind_of(key) == REST:
            command = self._loop_client().set(self._entry_name(key), value, px=_milliseconds(ttl), nx=True, get=True)
            return _bytes_or_none(await self._run(command))
        answer = await self._write(scripts.CLAIM, key, value, ttl)
        self._report(kind_of(key), answer)
        return _bytes_or_none(answer)

    async def renew(self, key: str, ttl: float) -> bool:
        """See ``StateStore.renew``."""
        if kind_of(key) == REST:
            return bool(await self._run(self._loop_client().pexpire(self._entry_name(key), _milliseconds(ttl))))
        return bool(await self._script(scripts.RENEW, kind_of(key), key, _milliseconds(ttl)))

    async def count(self, key: str, window: float) -> int:
        """See ``StateStore.count``."""
        name = f"count:{key}"
        limits = [_milliseconds(window), charge_of(self._entry_name(name), b""), self._max_bytes // SHARES]
        answer: Any = await self._script(scripts.COUNT, "count", name, *limits)
        self._report("count", answer[1])
        return int(answer[0])

    async def window_left(self, key: str) -> float:
        """See ``StateStore``."""
        milliseconds: Any = await self._run(self._loop_client().pttl(self._entry_name(f"count:{key}")))
        return max(int(milliseconds), 0) / 1_000  # negative where there is none

    async def check(self) -> None:
        """Ask for the server's eviction policy, and log a warning if it may drop keys early.

        Raises:
            StateError: The server cannot be used.
        """
        # From INFO, since hosted servers often forbid CONFIG GET.
        memory: Any = await self._run(self._loop_client().info("memory"))
        policy = memory.get("maxmemory_policy", "noeviction")
        if memory.get("maxmemory") and policy != "noeviction":
            logger.warning(
                "The Redis server of the state store has maxmemory-policy %s: when it is full it forgets idempotency "
                "keys, and calls may run twice. Set it to noeviction.",
                policy,
            )

    async def close(self) -> None:
        """See ``StateStore.close``."""
        client, self._client = self._client, None
        # Connections belong to their event loop, and cannot be closed from another one.
        if client is not None and self._loop is asyncio.get_running_loop():
            await self._run(client.aclose())

    async def _write(self, script: str, key: str, value: bytes, ttl: float) -> object:
        """Write an entry by a script within its kind's budget; return the script's answer."""
        kind, budget = kind_of(key), self._max_bytes // SHARES
        refuse_tiny(self._entry_name(key), budget)
        charge = charge_of(self._entry_name(key), value)
        if charge > budget:
            raise StateFull(
                f"A value of {len(value)} bytes is too large for {self!r}, which takes {budget} of "
                f"each kind. Raise its max_bytes, {self._max_bytes}, to more than four times the "
                "largest value."
            )
        return await self._script(script, kind, key, value, _milliseconds(ttl), charge, budget, int(kind not in HELD))

    async def _script(self, script: str, kind: str, key: str, *arguments: bytes | int) -> object:
        """Run a script on an entry and the two accounts of its kind; see ``redis_scripts``."""
        # All three are passed as keys: Redis wants every key that a script touches to be declared.
        accounts = [f"{self._prefix}!{account}:{kind}".encode() for account in ("index", "charges")]
        # EVAL rather than EVALSHA: a server that was restarted knows no digest, and the script
        # would have to be sent in a second command.
        command: Any = self._loop_client().eval(script, 3, self._entry_name(key), *accounts, *arguments)
        return await self._run(command)

    @staticmethod
    def _report(kind: str, number: object) -> None:
        """Log how many entries a script has dropped, if it answers with a number above 0."""
        if isinstance(number, int) and number:
            logger.warning(DROPPED_MESSAGE, number, kind)

    def _loop_client(self) -> Redis:
        """Return the client of this event loop: connections belong to the loop that opened them."""
        loop = asyncio.get_running_loop()
        if self._client is not None and self._pid != os.getpid():
            # After a fork the connections are the parent's. Dropping them here would make asyncio
            # take their sockets out of the epoll object that both processes share, and the parent
            # would wait for ever.
            self._inherited.append(self._client)
            self._client = None
        if self._client is None or self._loop is not loop:
            self._client, self._loop, self._pid = _client(self._options), loop, os.getpid()
        return self._client

    async def _run(self, command: Awaitable[T]) -> T:
        """Await the answer to a command, at most as long as the timeout of the store.

        Raises:
            StateFull: There is no room.
            StateError: The server did not answer, or with an error.
        """
        from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

        try:
            # One limit for waiting, connecting, sending and reading together. The limits on each
            # step stay: before Python 3.12 wait_for, which redis-py sends with, now and then
            # swallows the cancellation.
            async with asyncio.timeout(self._timeout):
                return await command
        except (OSError, RedisError) as error:
            # The word that ``write`` in ``redis_scripts`` replies with; the kind follows it.
            if isinstance(error, ResponseError) and str(error).startswith("FULL"):
                raise StateFull(full_message(str(error).partition(" ")[2])) from None
            reason = str(error).rstrip(".") or f"no answer within {self._timeout} seconds"
            failure = StateFull if isinstance(error, OutOfMemoryError) else StateError
            raise failure(
                f"The Redis server of the state store failed: {reason}. See that it runs, has "
                "memory left and may be reached under the URL given to RedisStore."
            ) from error

    def _entry_name(self, key: str) -> bytes:
        # Header values may hold lone surrogates, which redis-py would refuse to encode.
        return f"{self._prefix}{short_key(key)}".encode("utf-8", "surrogatepass")


def _client(options: dict[str, Any]) -> Redis:
    """Return a client that opens connections as they are needed, and sends each command once."""
    from redis.asyncio import BlockingConnectionPool, Connection, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig

    # With maintenance notifications on, redis-py takes a connection that the server has closed for
    # one that has data to read, and uses it. Version 8.0 has none of them for asyncio.
    if any("maint_notifications_config" in signature(kind).parameters for kind in Connection.__mro__):
        options = {**options, "maint_notifications_config": MaintNotificationsConfig(enabled=False)}
    # Without retries: by default redis-py sends a command again after a lost connection.
    return Redis.from_pool(BlockingConnectionPool(retry=Retry(NoBackoff(), 0), **options))


def _milliseconds(ttl: float) -> int:
    """Return a time to live in whole milliseconds; a 0 would end the entry at once."""
    return max(1, math.ceil(ttl * 1000))


def _bytes_or_none(answer: object) -> bytes | None:
    if isinstance(answer, bytes):
        return answer
    return None

"""Many connections at once, most of which say little or nothing."""

from __future__ import annotations

import contextlib
import resource
import socket
import statistics
import time

import httpx2
from attacks.arena import CALL, Arena, post

CONNECTIONS = 1_000


def seconds_of_a_call(arena: Arena) -> float:
    """The median of a few calls."""

    def one() -> float:
        started = time.perf_counter()
        assert arena.send(CALL).status == 200
        return time.perf_counter() - started

    return statistics.median(one() for _ in range(9))


def test_idle_and_slow_connections(arena: Arena) -> None:
    """A thousand connections that are idle, slow or in the middle of a body do not keep a call waiting."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(max(soft, 4 * CONNECTIONS), hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    where = httpx2.URL(arena.url)
    ordinary = seconds_of_a_call(arena)
    said = [b"", b"POST /_actions/text HTT", post("text", b"x" * 1_000)[:-990]]
    with contextlib.ExitStack() as open_sockets:
        for number in range(min(CONNECTIONS, (wanted - 200) // 2)):
            sock = open_sockets.enter_context(socket.create_connection((where.host, where.port or 80)))
            sock.sendall(said[number % 3])
        under_load = min(seconds_of_a_call(arena) for _ in range(3))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert under_load < 30 * ordinary

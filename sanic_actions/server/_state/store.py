"""What must outlive one request, and be seen by every worker: the promise that each store keeps.

Two features need it. A page's result crosses one redirect: ``put``, then ``pop`` exactly once. A call with an
idempotency key runs once: ``claim`` says who runs it, ``put`` keeps the outcome, ``pop`` forgets a claim.
Values are opaque here, and whoever writes them reads them. A store never decides what an action answers: when it
cannot do its part it raises ``StateError``, and the caller goes on without it or refuses.
"""

from __future__ import annotations

from typing import Protocol


class StateError(Exception):
    """A store is locked, full, damaged or gone; whether a write took effect is unknown when an answer was lost."""


class StateStore(Protocol):
    """A small shared memory of byte strings that expire.

    Every method is one atomic step, also between processes. Keys are any text; ``ttl`` is in seconds, more than 0.
    Each may raise ``StateError``, within a few seconds at the latest, and nothing else. A store is made when the app
    is defined and opens itself at its first use, so that it works in workers however they were started.
    """

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep ``value`` under ``key`` for ``ttl`` seconds, in place of what was there."""

    async def pop(self, key: str) -> bytes | None:
        """Take out the value of ``key``: of several callers one gets it, the others get None."""

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """Keep ``value`` if ``key`` has none, and give None; else give the value that is there and change nothing."""

    async def close(self) -> None:
        """Let go of files and connections; a later call opens them anew."""

"""The protocol of a state store, for what must outlive one request and be seen by every worker.

A page's result crosses one redirect: ``put``, then ``pop`` exactly once. A call with an idempotency
key runs once: ``claim`` decides who runs it, ``renew`` keeps the claim while it runs, ``put`` keeps
the outcome, ``pop`` gives a claim up. A rate limit asks ``count``. A store does not read the
values: the module that writes a value also reads it. Nor does a store decide what an action
answers: when it cannot do its part it raises ``StateError``, and the caller refuses the call or
goes on without the store.
"""

from __future__ import annotations

from typing import Protocol


class StateError(Exception):
    """A store is locked, damaged or gone.

    Whether a write took effect is unknown when an answer was lost.
    """


class StateFull(StateError):  # a state of the store, like queue.Full
    """A store has no room for a value, and nothing was written.

    Unexpired claims and outcomes are never dropped.
    """


class StateStore(Protocol):
    """A small shared memory of byte strings that expire.

    Every method is one atomic step, also between processes. Keys are any strings; ``ttl`` and
    ``window`` are in seconds, more than 0. Each may raise ``StateError``, within a few seconds at
    the latest, and nothing else. A store is made when the app is defined and opens itself at its
    first use, so that it works in workers however they were started.

    The part of a key before its first colon is its kind: ``result`` (waits for the page after a
    redirect), ``form`` (a form's token), ``call`` (an idempotency key). A store bounds each kind
    apart, so that strangers who post forms take no room from keyed calls. It may drop the oldest
    results and counts, and logs that it did. What was claimed is kept until it expires or is
    popped, and so is the outcome that was put in its place: a store without room for more raises
    ``StateFull``.

    A store may also have ``async def window_left(self, key: str) -> float``: the seconds until the
    current window of ``count`` ends. Callers beyond a rate are then told to wait that long, and
    otherwise for a whole window.
    """

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep ``value`` under ``key`` for ``ttl`` seconds, in place of what was there."""

    async def pop(self, key: str) -> bytes | None:
        """Remove and return the value of ``key``: one caller gets it, the others get None."""

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """Keep ``value`` and return None; if ``key`` has one, return that and change nothing."""

    async def renew(self, key: str, ttl: float) -> bool:
        """Keep the value of ``key`` for ``ttl`` seconds from now; False if there is none."""

    async def count(self, key: str, window: float) -> int:
        """Count one more for ``key``; return the number in the current window, this one included.

        A window begins with the first count and ends ``window`` seconds later. Counts and values
        never meet: a key may have both.
        """

    async def close(self) -> None:
        """Close files and connections; a later call opens them anew."""

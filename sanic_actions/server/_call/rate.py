"""Bound how often one caller calls an action, counted in the store for all workers together."""

from __future__ import annotations

import hashlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from inspect import iscoroutine
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

from sanic import Request

from ..._limits import Limits, parsed_rate
from ..._server_mistakes import type_error
from .._state.store import StateError, StateStore
from .settings import RateKey


class RateLimiter:
    """What the calls of an action with ``Limits(rate=...)`` pass through; others pass none.

    Args:
        rate: As in ``Limits``.
    """

    __slots__ = ("_most", "rate", "window")

    def __init__(self, rate: str) -> None:
        self.rate = rate
        self._most, self.window = parsed_rate(rate)

    @classmethod
    def of(cls, limits: Limits, *, before_guards: bool) -> RateLimiter | None:
        """Return the limiter of a place among the checks; None where nothing is counted there."""
        if limits.rate is None or limits.before_guards != before_guards:
            return None
        return cls(limits.rate)

    async def allows(self, caller: str, store: StateStore) -> bool:
        """Count a call, and return whether it is not one too many.

        Args:
            caller: What tells a caller and an action from all others.
            store: Where calls are counted.

        Raises:
            StateError: They cannot be.
        """
        return await store.count(_key_of(caller), self.window) <= self._most

    async def seconds_left(self, caller: str, store: StateStore) -> int:
        """Return how long a refused caller has to wait: the whole window if no more is known."""
        window_left: Callable[[str], Awaitable[float]] | None = getattr(store, "window_left", None)
        if window_left is None:
            return self.window
        try:
            seconds = await window_left(_key_of(caller))
        except StateError:
            return self.window
        return min(max(math.ceil(seconds), 1), self.window)


def _key_of(caller: str) -> str:
    # Whatever callers send has one length here, and no secret of theirs is kept.
    return f"rate:{hashlib.sha256(caller.encode(errors='replace')).hexdigest()}"


def counted_caller(request: Request[Any, Any], rate_key: RateKey | None) -> object:
    """Return whose calls a request is counted among: what ``rate_key`` says, or else the address.

    Raises:
        TypeError: It says something that is different each time, so that nothing would be limited.
    """
    if rate_key is None:
        return address_of(request)
    key: object = rate_key(request) or address_of(request)
    if type(key) is not str and _is_unique(key):
        if iscoroutine(key):
            key.close()  # or Python would warn that it was never awaited
        kind = type(key).__name__
        raise type_error(f"rate_key returned a {kind}, which no two calls have in common. Return a string, or None.")
    return key


def _is_unique(key: object) -> bool:
    """Return whether an object's string differs from all others', as an address does."""
    kind = type(key)
    # The string of a plain object is its address: each call would have a window of its own.
    has_words = kind.__str__ is not object.__str__ or kind.__repr__ is not object.__repr__
    return not has_words or callable(key) or isinstance(key, Awaitable | Iterator | AsyncIterator)


def _without_port(client: str) -> str:
    """Return an address alone; some proxies write a port behind it, as RFC 7239 (6) allows."""
    if client.startswith("["):
        return client[1:].partition("]")[0]
    host, _, port = client.partition(":")
    if port.isdigit():
        return host
    return client


def address_of(request: Request[Any, Any]) -> str:
    """Return a caller's address, as the app believes it; of IPv6 one customer's network."""
    client = _without_port(request.client_ip)
    try:
        address = ip_address(client)
    except ValueError:  # a socket in the file system, or what a proxy says
        return client
    if not isinstance(address, IPv6Address):
        return client
    customer = address.ipv4_mapped or address.sixtofour or _translated(address)
    if customer is not None:
        return str(customer)
    # Every customer has a /64 at least, with 2**64 addresses to call from.
    return address.packed[:8].hex()


def _translated(address: IPv6Address) -> IPv4Address | None:
    """Return whose address a translator has put into its own network, which stands for all of IPv4."""
    if not address.packed.startswith(_TRANSLATORS):
        return None
    return IPv4Address(address.packed[12:])


_TRANSLATORS: Final = IPv6Address("64:ff9b::").packed[:12]
"""The first bytes of the network that translators of IPv4 use (RFC 6052, 2.1)."""

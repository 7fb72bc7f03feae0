"""Connections of httpx2 that keep one deadline for a whole exchange, however many steps it takes.

A blocking socket has a timeout for each step. Over TCP a server can take as many steps as it likes,
so the time that is left is asked for before each of them.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from math import ceil
from time import monotonic
from typing import Any, Final

import httpcore2
import httpx2

# As many kept as used: with httpx2's own 20, a client with more calls at once opens connections anew all the time.
LIMITS: Final = httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=5.0)


class Deadline:
    """The end of an exchange, in the place of a timeout in seconds.

    ``socket.settimeout()``, which httpx2 calls before every step, asks an object that is not a
    float for its ``__index__``: so any client's sockets keep the deadline, though in whole seconds
    where nothing arrives at all. The pool of a ``Httpx2Sender`` asks for the exact time that is
    left.
    """

    __slots__ = ("_ends",)

    def __init__(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    def renew(self, seconds: float) -> None:
        """Begin anew: the next step of a stream has so many seconds."""
        self._ends = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: None are.
        """
        seconds = self._ends - monotonic()
        if seconds <= 0:
            raise TimeoutError("the time is over")
        return seconds

    def __index__(self) -> int:
        return ceil(self.left())

    def __float__(self) -> float:
        return self.left()


class PunctualTransport(httpx2.HTTPTransport):
    """httpx2's transport over connections that keep a ``Deadline`` exactly."""

    def __init__(self) -> None:
        # The base class makes the same pool but for its network, which it has no argument for.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=_PunctualNetwork(),
        )


class _PunctualNetwork(httpcore2.SyncBackend):
    """Opens connections that keep a ``Deadline`` exactly."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Any = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers; the deadline is that of all together."""
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        failure: Exception = httpcore2.ConnectError(f"no address for {host}")
        for index, address in enumerate(addresses):
            # An address that drops packets must leave time for the next one.
            seconds = _left(timeout) / (len(addresses) - index)
            try:
                stream = super().connect_tcp(str(address[4][0]), port, seconds, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _PunctualStream(stream)
        raise failure


class _PunctualStream(httpcore2.NetworkStream):
    """A connection that keeps a ``Deadline`` exactly."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def read(self, max_bytes: int, timeout: Any = None) -> bytes:
        try:
            seconds = timeout.left()
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        return self._stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: Any = None) -> None:
        self._stream.write(buffer, timeout)  # asks before each of its parts

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: Any = None
    ) -> httpcore2.NetworkStream:
        return _PunctualStream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))


def _left(timeout: Deadline) -> float:
    """Return the seconds in which a connection must come to be."""
    try:
        return timeout.left()
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(str(error)) from error

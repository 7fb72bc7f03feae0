"""What the objects of one client share: where to call, with which headers and limits, over which connections."""

from __future__ import annotations

from .._typing import Generic, TypeVar
from ._address import checked_base_url, checked_headers, checked_retries, checked_timeout
from ._outcome import unanswered
from ._transport import Body, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final, Self

    from ._plan import Plan

    Make = Callable[[tuple[Any, ...], dict[str, Any]], Request]
    """From the arguments of a call to its request. Raises InputError for one that does not fit its declared type."""

T = TypeVar("T")

VARIABLE: Final = "ACTIONS_URL"
"""The environment variable with the base URL of a client that was made without one."""


class Connections(Generic[T]):
    """A transport that is made at the first call and shared by a client and its ``with_options`` copies."""

    def __init__(self, given: T | None, make: Callable[[], T]) -> None:
        self._made = {} if given is None else {"transport": given}
        self._make = make
        self._closed = False

    def open(self) -> T:
        """The transport.

        Raises:
            CallError: The client is closed.
        """
        if self._closed:
            message = "This client is closed. Make another, or call inside its 'with' block."
            raise unanswered("SERVICE_UNAVAILABLE", "connect", message)
        if transport := self._made.get("transport"):
            return transport
        # setdefault() is atomic. A lock could be held by another thread at a fork, and hang the child.
        return self._made.setdefault("transport", self._make())

    def close(self) -> T | None:
        """Refuse further calls; gives the transport for the caller to close, if there is one."""
        self._closed = True
        return self._made.pop("transport", None)


class Session(Generic[T]):
    """The options of one client; never changed, so that threads and tasks may share it."""

    __slots__ = ("_base_url", "_headers", "_prefix", "_typed", "call", "connections", "retries", "timeout")

    def __init__(
        self,
        *,
        call: Any,
        connections: Connections[T],
        base_url: str | None,
        prefix: str,
        headers: Mapping[str, str] | None,
        timeout: float,
        retries: int,
    ) -> None:
        self.call: Any = call
        self.connections: Connections[T] = connections
        self.timeout: float = checked_timeout(timeout)
        self._base_url = None if base_url is None else checked_base_url(base_url)
        self._prefix = prefix
        self._headers = checked_headers(headers)
        self.retries: int = checked_retries(retries)
        self._typed: dict[str | None, dict[str, str]] = {}

    def replaced(self, *, timeout: float | None, headers: Mapping[str, str] | None) -> Self:
        """The same session with another timeout and more headers."""
        return type(self)(
            call=self.call,
            connections=self.connections,
            base_url=self._base_url,
            prefix=self._prefix,
            headers={**self._headers, **checked_headers(headers)},
            timeout=self.timeout if timeout is None else timeout,
            retries=self.retries,
        )

    def requests(self, plan: Plan, name: str) -> Make:
        """What makes the requests of an action; all that is the same for each call of it is decided here, once.

        Raises:
            CallError: Nobody said where the server is.
        """
        url = f"{self._base_url or self._from_environment()}{self._prefix}/{name}"
        encode, typed, timeout = plan.encode, self._typed, self.timeout

        def make(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
            content_type, body = encode(args, kwargs)
            return Request(url, typed.get(content_type) or self._headers_for(content_type, body), body, timeout)

        return _keyed(make) if plan.once else make

    def __repr__(self) -> str:
        return self._base_url or f"${VARIABLE}"

    def _headers_for(self, content_type: str | None, body: bytes | Body) -> dict[str, str]:
        headers = self._typed_as(content_type)
        if isinstance(body, bytes):
            self._typed[content_type] = headers
        elif body.length is not None:
            headers["content-length"] = str(body.length)
        return headers

    def _typed_as(self, content_type: str | None) -> dict[str, str]:
        headers = {
            "accept": "application/json, application/problem+json",
            "accept-encoding": "identity",
            "user-agent": "sanic-actions",
            "request-timeout": f"{self.timeout:.3f}",
            **self._headers,
        }
        if content_type is None:
            headers["content-length"] = "0"  # RFC 9110, 8.6; pyqwest leaves it out
        else:
            headers["content-type"] = content_type
        return headers

    def _from_environment(self) -> str:
        from os import environ

        url = environ.get(VARIABLE)
        if not url:
            message = f"No base URL: set the environment variable {VARIABLE}, or pass one: Client('https://...')."
            raise unanswered("SERVICE_UNAVAILABLE", "connect", message)
        try:
            self._base_url = checked_base_url(url)
        except ValueError as error:
            message = f"The environment variable {VARIABLE}: {error}"
            raise unanswered("SERVICE_UNAVAILABLE", "connect", message) from None
        return self._base_url


def _keyed(make: Make) -> Make:
    """Each request has a key of its own, by which the server runs its action once."""
    from os import urandom

    def made(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
        request = make(args, kwargs)
        request.headers = {"idempotency-key": urandom(16).hex(), **request.headers}
        return request

    return made

"""The state that the objects of one client share: URL, headers, timeouts and connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .._literals import CONTRACT_HEADER
from ._address import checked_base_url, checked_headers, checked_retries, checked_timeout, duration
from ._contract_changed import checked_choice
from ._outcome import IN_PROCESS, unanswered
from ._transport import Request

if TYPE_CHECKING:
    from typing import Self

    from .._observers import Observers
    from ._contract_changed import OnChange
    from ._plan import Plan

    MakeRequest = Callable[[tuple[Any, ...], dict[str, Any]], Request]
    """From a call's arguments to its request; InputError for one of a wrong type."""

T = TypeVar("T")


class Connections(Generic[T]):
    """A transport, made at the first call, of a client and its ``with_options`` copies."""

    def __init__(self, transport: T | None, make_transport: Callable[[], T]) -> None:
        self._transports: dict[str, T] = {}
        if transport is not None:
            _check_transport(transport, getattr(make_transport, "__name__", "Httpx2Transport"))
            self._transports["transport"] = transport
        self._make_transport = make_transport
        self._is_closed = False
        self._has_warned = False
        self._differing: set[str] = set()
        self._is_own = transport is None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the transport that was made here: each copy and process makes its own."""
        if self._is_own:
            return {**self.__dict__, "_transports": {}}
        return self.__dict__

    def open(self) -> T:
        """Return the transport.

        Raises:
            CallError: The client is closed.
        """
        if self._is_closed:
            message = "This client is closed. Make another, or call inside its 'with' block."
            raise unanswered("SERVICE_UNAVAILABLE", "connect", message)
        if transport := self._transports.get("transport"):
            return transport
        # setdefault() is atomic. A lock could be held by another thread at a fork, and hang the child.
        return self._transports.setdefault("transport", self._make_transport())

    def close(self) -> T | None:
        """Refuse further calls; return the transport, if there is one, for the caller to close."""
        self._is_closed = True
        return self._transports.pop("transport", None)

    def warn_of_blocking(self, action: str, keyword: str = "await") -> None:
        """Warn, once for a client, that a call stops the event loop that it is made in.

        Args:
            action: The name of the action.
            keyword: The keyword before the same call of an ``AsyncClient``, such as ``await``.
        """
        if self._has_warned:
            return
        self._has_warned = True
        import warnings

        from ._caller import caller_level

        message = (
            f"The blocking call of {action} stops the event loop of this thread until it is "
            f"answered: write '{keyword} client.{action}(...)' with an AsyncClient."
        )
        warnings.warn(message, RuntimeWarning, stacklevel=caller_level())

    def is_first_difference(self, action: str) -> bool:
        """Return whether nobody was warned yet of the server's other contract of an action."""
        if action in self._differing:
            return False
        self._differing.add(action)
        return True


class Session(Generic[T]):
    """The options of one client; never changed, so that threads and tasks may share it."""

    __slots__ = (
        "_authorized",
        "_base_url",
        "_headers",
        "_latest_url",
        "_prefix",
        "_variable",
        "auth",
        "call",
        "connections",
        "observers",
        "on_change",
        "open",
        "package",
        "retries",
        "timeout",
    )

    def __init__(
        self,
        *,
        call: Any,
        connections: Connections[T],
        base_url: str | None,
        package: str,
        prefix: str,
        headers: Mapping[str, str] | None,
        auth: Any,
        authorized: Any,
        timeout: float,
        retries: int,
        observers: Observers = (),
        on_change: OnChange,
    ) -> None:
        self.call: Any = call
        self.observers: Observers = observers
        self.connections: Connections[T] = connections
        if auth is not None:
            _check_auth(auth)
        self.auth: Any = auth
        self._authorized = authorized
        self.open: Callable[[], T] = connections.open if auth is None else self._open_authorized
        self.package: str = package
        self.on_change: OnChange = checked_choice(on_change)
        self._variable = f"{package.rpartition('.')[2].upper()}_URL"
        self._latest_url = ("", "")
        self.timeout: float = checked_timeout(timeout)
        if base_url is None:
            self._base_url = None
        else:
            self._base_url = checked_base_url(base_url)
        self._prefix = prefix
        self._headers = checked_headers(headers)
        self.retries: int = checked_retries(retries)

    def replaced(self, *, timeout: float | None, headers: Mapping[str, str] | None) -> Self:
        """Return the same session with another timeout and more headers."""
        return type(self)(
            call=self.call,
            connections=self.connections,
            base_url=self._base_url,
            package=self.package,
            prefix=self._prefix,
            headers={**self._headers, **checked_headers(headers)},
            auth=self.auth,
            authorized=self._authorized,
            timeout=self.timeout if timeout is None else timeout,
            retries=self.retries,
            observers=self.observers,
            on_change=self.on_change,
        )

    def request_maker(self, plan: Plan, name: str) -> MakeRequest:
        """Return a function that makes the requests of an action, from what all its calls share."""
        base_url, path = self._base_url, f"{self._prefix}/{_in_url(name)}"
        if base_url is None:
            url = None
        else:
            url = f"{base_url}{path}"
        encode, contract, timeout = plan.encode, plan.contract, self.timeout
        header_sets: dict[str | None, dict[str, str]] = {}

        def make_request(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
            content_type, body = encode(args, kwargs)
            headers = header_sets.get(content_type)
            if headers is None:
                headers = self._headers_for(content_type, contract)
                # Kept for the next call; the boundary and length of an upload are its own.
                if isinstance(body, bytes):
                    header_sets[content_type] = headers
                elif body.length is not None:
                    headers["content-length"] = str(body.length)
            return Request(url or f"{self._configured_url()}{path}", headers, body, timeout)

        if plan.once:
            return _with_key(make_request)
        return make_request

    def _open_authorized(self) -> T:
        transport: T = self._authorized(self.connections.open(), self.auth)
        return transport

    def __repr__(self) -> str:
        return self._base_url or f"${self._variable}"

    def _headers_for(self, content_type: str | None, contract: str) -> dict[str, str]:
        headers = {
            "accept": "application/json, application/problem+json",
            "accept-encoding": "identity",
            "user-agent": "sanic-actions",
            "request-timeout": duration(self.timeout),
            **self._headers,
        }
        if content_type is None:
            headers["content-length"] = "0"  # RFC 9110, 8.6; pyqwest leaves it out
        else:
            headers["content-type"] = content_type
        if contract:
            headers[CONTRACT_HEADER] = contract
        return headers

    def _configured_url(self) -> str:
        """Return the base URL of the environment, read at each call: programs may change it.

        Raises:
            CallError: There is none, or none that can be used.
        """
        from os import environ

        value = environ.get(self._variable)
        # Both in one go: another thread may read another value meanwhile.
        latest_value, url = self._latest_url
        if value and latest_value == value:
            return url
        if not value:
            message = f"No base URL: set the environment variable {self._variable}, or pass one: Client('https://...')."
            raise unanswered("PRECONDITION_FAILED", "configuration", message)
        try:
            url = checked_base_url(value)
        except ValueError as error:
            message = f"The environment variable {self._variable}: {error}"
            raise unanswered("PRECONDITION_FAILED", "configuration", message) from None
        self._latest_url = value, url
        return url


def _check_transport(transport: object, default: str) -> None:
    """Refuse what is often passed in place of a transport, such as an HTTP client or an app.

    Raises:
        ValueError: It is not a transport.
    """
    if hasattr(transport, "build_request"):  # a client of httpx2, which has "send" too
        advice = f"write transport={default}(...) around it"
        raise ValueError(f"transport= takes a transport, not an HTTP client: {advice}.")
    if isinstance(transport, type) or not callable(getattr(transport, "send", None)):
        advice = ""
        if hasattr(transport, "test_mode") or hasattr(transport, "app"):
            advice = f" {IN_PROCESS}"  # an app of Sanic, or httpx2's way to one
        raise ValueError(f"transport= takes a transport, such as {default}(), not {transport!r:.60}.{advice}")


def _check_auth(auth: object) -> None:
    """Refuse what gives no header.

    Raises:
        ValueError: It is not a function that can be called without arguments.
    """
    if not callable(auth):
        advice = "a fixed one is passed with headers={'Authorization': 'Bearer ...'}"
        raise ValueError(f"auth= takes a function that returns the header; {advice}.")
    from inspect import signature  # takes long to import, and most clients have no such function

    try:
        function = signature(auth)
    except (TypeError, ValueError):  # one in C, which does not say
        return
    try:
        function.bind()
    except TypeError as error:
        reason = f"{auth!r:.80} cannot be called without arguments: {error}"
        raise ValueError(f"auth= takes a function that returns the header; {reason}.") from None


def _in_url(name: str) -> str:
    """Return a name as a part of a path: identifiers may hold letters that no URL has."""
    if name.isascii():
        return name
    from urllib.parse import quote

    return quote(name)


def _with_key(make_request: MakeRequest) -> MakeRequest:
    """Add a key to each request, by which the server runs its action once."""
    from os import urandom

    def make_with_key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
        request = make_request(args, kwargs)
        request.headers = {"idempotency-key": urandom(16).hex(), **request.headers}
        return request

    return make_with_key

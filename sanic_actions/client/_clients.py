"""The bases of the generated clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .._known_options import known_options
from .._observers import Observer, observers_of
from ._builtin_transports import AsyncHttpx2Transport, Httpx2Transport
from ._calls import AnyCall, AsyncCall, Call
from ._contract_changed import OnChange
from ._namespaces import Async, Calls, M_co, Sync
from ._session import Connections, Session
from ._transport import AsyncTransport, Transport

_ADVICE = {
    **dict.fromkeys(("url", "base", "host"), "The URL stands first: Client('https://blog.example')."),
    "token": "Write headers={'Authorization': 'Bearer ...'}, or auth=..., a function that returns the header.",
}
_OF_CLIENT = {
    name: f"It belongs to the client itself: Client({name}=...)."
    for name in ("base_url", "retries", "auth", "observers", "on_change", "transport")
}
_SETTINGS = frozenset({*_OF_CLIENT, *_ADVICE, "timeout", "headers"})


class _AnyClient(Calls[M_co]):
    """The part that both clients share."""

    _prefix: ClassVar[str] = "/_actions"
    """The path below the base URL at which the server serves its actions."""

    if not TYPE_CHECKING:  # or type checkers would let any attribute be set

        def __setattr__(self, name: str, value: object) -> None:
            # Nobody would read it. Anything else may be set: tests put something in the place of actions,
            # and a class that is derived from the generated one has attributes of its own.
            is_setting = name in _SETTINGS and name not in dir(self)
            if is_setting and type(self).__module__ == self._package():
                place = type(self).__name__
                advice = f"options are given when a client is made, {place}(...), or for a copy, with_options(...)"
                raise AttributeError(f"{place} has no setting {name!r}: {advice}", name=name, obj=self)
            super().__setattr__(name, value)

    @known_options("with_options", advice=_OF_CLIENT)
    def with_options(
        self,
        *,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the same client with other options, over the same connections.

        Args:
            timeout: Seconds that a call may take from its first byte to its last.
            headers: Headers to send besides those of this client, or in their place.

        Raises:
            ValueError: An option cannot be used.
        """
        return self._with(self._session.replaced(timeout=timeout, headers=headers))

    @classmethod
    def _package(cls) -> str:
        """Return the name of the generated package, after which the URL's variable is called."""
        # Users may derive from the generated class: it is the one right below the library's own.
        bases = [base for base in cls.__mro__ if base.__module__ != __name__ and issubclass(base, _AnyClient)]
        if bases:
            return bases[-1].__module__
        return "actions"

    def _with(self, session: Session[Any]) -> Self:
        copy = type(self).__new__(type(self))
        # Actions and namespaces that were used already are bound to the other session.
        copy.__dict__.update((k, v) for k, v in self.__dict__.items() if not isinstance(v, Calls | AnyCall))
        copy._session = session
        return copy


class Client(_AnyClient[Sync]):
    """Calls actions and waits for the answers. Threads may share it; a forked child opens connections of its own.

    It keeps no cookies and follows no redirects, so that calls do not depend on each other.
    """

    @known_options("Client", advice=_ADVICE)
    def __init__(
        self,
        base_url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        auth: Callable[[], str] | None = None,
        timeout: float = 30.0,
        retries: int = 0,
        observers: Iterable[Observer] = (),
        on_change: OnChange = "warn",
        transport: Transport | None = None,
    ) -> None:
        """Make a client; nothing is opened before the first call.

        Args:
            base_url: Where the app is, with a path if it has one. None reads ``<PACKAGE>_URL`` at
                each call.
            headers: Headers to send with every call.
            auth: A function that returns the value of the ``Authorization`` header; called for
                every call, and once more after a 401.
            timeout: Seconds that a call may take, all attempts included. The server gives up then
                too.
            retries: How often a call is sent again: any that did not reach the server, and, if the
                action is ``idempotent`` or runs ``once``, also one whose answer was lost, late,
                429, 502, 503 or 504.
            observers: Notified when each attempt of a call starts and ends; headers that they add
                are sent.
            transport: What sends the requests; closed with the client. By default an
                ``Httpx2Transport``.
            on_change: What to do if the server has a different contract of an action than this
                package was generated from, and does not say that they are compatible: "warn" once
                for each action (``ContractChanged``), "raise" a ``CallError`` with the cause
                "contract", or "ignore" it.

        Raises:
            ValueError: An option cannot be used.
        """
        self._path = ""
        watching = observers_of(observers)
        self._session = Session(
            call=_observing_call() if watching else Call,
            connections=Connections(transport, Httpx2Transport),
            base_url=base_url,
            package=self._package(),
            prefix=self._prefix,
            headers=headers,
            auth=auth,
            authorized=_authorized,
            timeout=timeout,
            retries=retries,
            observers=watching,
            on_change=on_change,
        )

    def close(self) -> None:
        """Close the connections, for ``with_options`` copies too; later calls fail."""
        if transport := self._session.connections.close():
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncClient(_AnyClient[Async]):
    """Calls actions without blocking. Tasks may share it; each event loop gets connections of its own.

    It keeps no cookies and follows no redirects, so that calls do not depend on each other.
    """

    @known_options("AsyncClient", advice=_ADVICE)
    def __init__(
        self,
        base_url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        auth: Callable[[], str | Awaitable[str]] | None = None,
        timeout: float = 30.0,
        retries: int = 0,
        observers: Iterable[Observer] = (),
        on_change: OnChange = "warn",
        transport: AsyncTransport | None = None,
    ) -> None:
        """Make a client; nothing is opened before the first call.

        Args:
            base_url: Where the app is, with a path if it has one. None reads ``<PACKAGE>_URL`` at
                each call.
            headers: Headers to send with every call.
            auth: A function, plain or asynchronous, that returns the value of the ``Authorization``
                header; called for every call, and once more after a 401.
            timeout: Seconds that a call may take, all attempts included. The server gives up then
                too.
            retries: How often a call is sent again: any that did not reach the server, and, if the
                action is ``idempotent`` or runs ``once``, also one whose answer was lost, late,
                429, 502, 503 or 504.
            observers: Notified when each attempt of a call starts and ends; headers that they add
                are sent.
            transport: What sends the requests; closed with the client. By default an
                ``AsyncHttpx2Transport``.
            on_change: What to do if the server has a different contract of an action than this
                package was generated from, and does not say that they are compatible: "warn" once
                for each action (``ContractChanged``), "raise" a ``CallError`` with the cause
                "contract", or "ignore" it.

        Raises:
            ValueError: An option cannot be used.
        """
        self._path = ""
        watching = observers_of(observers)
        self._session = Session(
            call=_observing_async_call() if watching else AsyncCall,
            connections=Connections(transport, AsyncHttpx2Transport),
            base_url=base_url,
            package=self._package(),
            prefix=self._prefix,
            headers=headers,
            auth=auth,
            authorized=_async_authorized,
            timeout=timeout,
            retries=retries,
            observers=watching,
            on_change=on_change,
        )

    async def aclose(self) -> None:
        """Close the connections, for ``with_options`` copies too; later calls fail."""
        if transport := self._session.connections.close():
            await transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


# Imported where a client has auth=... or observers=..., which few have at their start.


def _authorized(transport: Transport, auth: Callable[[], str]) -> Transport:
    from ._authorization import Authorized

    return Authorized(transport, auth)


def _async_authorized(
    transport: AsyncTransport,
    auth: Callable[[], str | Awaitable[str]],
) -> AsyncTransport:
    from ._authorization import AsyncAuthorized

    return AsyncAuthorized(transport, auth)


def _observing_call() -> type[Call[..., Any, Any]]:
    from ._observed import ObservingCall

    return ObservingCall


def _observing_async_call() -> type[AsyncCall[..., Any, Any]]:
    from ._observed import ObservingAsyncCall

    return ObservingAsyncCall

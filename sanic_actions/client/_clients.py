"""The bases of the generated clients."""

from __future__ import annotations

from .._typing import abc, typing
from ._declared import Async, AsyncCall, Call, Calls, M_co, Sync
from ._session import Connections, Session
from ._transport import AsyncTransport, Transport
from ._transports import AsyncHttpx2Transport, Httpx2Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _AnyClient(Calls[M_co]):
    """What both clients have in common."""

    _prefix: typing.ClassVar[str] = "/_actions"
    """The path below the base URL at which the server serves its actions."""

    def with_options(
        self, *, timeout: float | None = None, headers: abc.Mapping[str, str] | None = None
    ) -> typing.Self:
        """The same client with other options, over the same connections.

        Args:
            timeout: Seconds that a call may take from its first byte to its last.
            headers: Headers to send besides those of this client, or in their place.

        Raises:
            ValueError: An option cannot be used.
        """
        return self._with(self._session.replaced(timeout=timeout, headers=headers))

    def _with(self, session: Session[Any]) -> typing.Self:
        copy = type(self).__new__(type(self))
        # Actions and namespaces that were used already are bound to the other session.
        copy.__dict__.update((k, v) for k, v in self.__dict__.items() if not isinstance(v, Calls | Call | AsyncCall))
        copy._session = session
        return copy


class Client(_AnyClient[Sync]):
    """Calls actions and waits for the answers. Threads may share it; a forked child opens connections of its own.

    It keeps no cookies and follows no redirects, so that calls do not depend on each other.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        headers: abc.Mapping[str, str] | None = None,
        timeout: float = 30.0,
        retries: int = 0,
        transport: Transport | None = None,
    ) -> None:
        """Make a client; nothing is opened before the first call.

        Args:
            base_url: Where the app is, with a path if it has one. None reads ``ACTIONS_URL`` at the first call.
            headers: Headers to send with every call.
            timeout: Seconds that a call may take, with all attempts. The server is told, and gives up at it too.
            retries: How often a call is sent again: one that never reached the server, and one whose action is
                ``idempotent`` or to run ``once`` also when the answer was lost, late, 429, 502, 503 or 504.
            transport: What sends the requests; closed with the client. By default an ``Httpx2Transport``.

        Raises:
            ValueError: An option cannot be used.
        """
        self._path = ""
        self._session = Session(
            call=Call,
            connections=Connections(transport, Httpx2Transport),
            base_url=base_url,
            prefix=self._prefix,
            headers=headers,
            timeout=timeout,
            retries=retries,
        )

    def close(self) -> None:
        """Close the connections, for ``with_options`` copies too; later calls fail."""
        if transport := self._session.connections.close():
            transport.close()

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncClient(_AnyClient[Async]):
    """Calls actions without blocking. Tasks may share it; each event loop gets connections of its own.

    It keeps no cookies and follows no redirects, so that calls do not depend on each other.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        headers: abc.Mapping[str, str] | None = None,
        timeout: float = 30.0,
        retries: int = 0,
        transport: AsyncTransport | None = None,
    ) -> None:
        """Make a client; nothing is opened before the first call.

        Args:
            base_url: Where the app is, with a path if it has one. None reads ``ACTIONS_URL`` at the first call.
            headers: Headers to send with every call.
            timeout: Seconds that a call may take, with all attempts. The server is told, and gives up at it too.
            retries: How often a call is sent again: one that never reached the server, and one whose action is
                ``idempotent`` or to run ``once`` also when the answer was lost, late, 429, 502, 503 or 504.
            transport: What sends the requests; closed with the client. By default an ``AsyncHttpx2Transport``.

        Raises:
            ValueError: An option cannot be used.
        """
        self._path = ""
        self._session = Session(
            call=AsyncCall,
            connections=Connections(transport, AsyncHttpx2Transport),
            base_url=base_url,
            prefix=self._prefix,
            headers=headers,
            timeout=timeout,
            retries=retries,
        )

    async def aclose(self) -> None:
        """Close the connections, for ``with_options`` copies too; later calls fail."""
        if transport := self._session.connections.close():
            await transport.close()

    async def __aenter__(self) -> typing.Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

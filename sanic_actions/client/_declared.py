"""Actions as generated packages declare them: once for both clients, and for ``.safe``.

A declared action is a descriptor of the class of a namespace. On an instance it gives the call of
the client that the instance belongs to. ``_decorators`` makes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from .._errors import ActionError
from .._server_mistakes import type_error
from ._calls import AsyncCall, Call
from ._declaration import Declaration
from ._namespaces import Async, Calls, Sync

if TYPE_CHECKING:
    from typing import Self

    from ._async_downloads import AsyncDownloadCall
    from ._downloads import DownloadCall
    from ._streams import AsyncStreamCall, StreamCall

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)


class AnyDeclared(Generic[P, R_co, E_co]):
    """The declaration that any action has."""

    def __init__(self, action: Declaration) -> None:
        self._action = action
        self._declaration = action.function
        self._name = self._declaration.__name__
        self.__doc__ = self._declaration.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"<declared action {self._name}>"

    if not TYPE_CHECKING:

        def __call__(self, *args: object, **kwargs: object) -> object:
            advice = "make a client first, such as Client('https://...')"
            raise type_error(f"{self._name} was called on the class: {advice}.")

    def _bound(self, calls: Any, kind: Any) -> Any:
        """Return the call of one client."""
        # Kept in the instance, where Python finds it from now on without this descriptor. The
        # attributes are underscored only to leave all other names to actions.
        call = calls.__dict__[self._name] = kind(self._action, calls._session, calls._path + self._name)
        return call


class _Bound(AnyDeclared[P, R_co, E_co]):
    """What an instance gives for an action depends on the client that it belongs to."""

    # Not in Declared itself: of an inherited method mypy asks only whether its receiver is of the
    # class, of an own one for each overload whether all type arguments fit.
    @overload
    def __get__(self, obj: Calls[Sync], owner: Any = None) -> Call[P, R_co, E_co]: ...
    @overload
    def __get__(self, obj: Calls[Async], owner: Any = None) -> AsyncCall[P, R_co, E_co]: ...
    @overload
    def __get__(self, obj: None, owner: Any = None) -> Self: ...
    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        return self._bound(obj, obj._session.call)


class Declared(_Bound[P, R_co, E_co]):
    """An action as its class declares it."""


class DeclaredStream(AnyDeclared[P, R_co, E_co]):
    """An action that is a stream, as its class declares it."""

    @overload
    def __get__(self, obj: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self, obj: Calls[Sync], owner: Any = None) -> StreamCall[P, R_co, E_co]: ...
    @overload
    def __get__(self, obj: Calls[Async], owner: Any = None) -> AsyncStreamCall[P, R_co, E_co]: ...
    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        from ._streams import AsyncStreamCall, StreamCall  # for those who have a stream

        return self._bound(obj, _kind_of_call(obj, "stream_call", StreamCall, AsyncStreamCall))


class DeclaredDownload(AnyDeclared[P, bytes, E_co]):
    """An action that gives a file, as its class declares it."""

    @overload
    def __get__(self, obj: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self, obj: Calls[Sync], owner: Any = None) -> DownloadCall[P, E_co]: ...
    @overload
    def __get__(self, obj: Calls[Async], owner: Any = None) -> AsyncDownloadCall[P, E_co]: ...
    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        from ._async_downloads import AsyncDownloadCall  # for those who have a download
        from ._downloads import DownloadCall

        return self._bound(obj, _kind_of_call(obj, "download_call", DownloadCall, AsyncDownloadCall))


def _kind_of_call(calls: Any, fake: str, blocking: Any, awaiting: Any) -> Any:
    """Return the kind of call that suits a client, or the one that a fake of tests brings."""
    own = calls._session.call
    kind = getattr(own, fake, None)
    if kind is not None:
        return kind
    if issubclass(own, AsyncCall):
        return awaiting
    return blocking

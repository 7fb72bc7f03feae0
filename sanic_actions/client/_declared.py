"""Actions as generated packages declare them: once, for the blocking client, the asynchronous one, and ``.safe``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from .._errors import ActionError, CallError, InputError
from ._calls import AsyncCall, Call
from ._declaration import Declaration
from ._namespaces import Async, Calls, Sync

if TYPE_CHECKING:
    from typing import Self, Unpack

    from ._async_downloads import AsyncDownloadCall
    from ._downloads import DownloadCall
    from ._options import Options
    from ._streams import AsyncStreamCall, StreamCall

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)


class AnyDeclared(Generic[P, R_co, E_co]):
    """What is declared of any action."""

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
            raise TypeError(f"{self._name} was called on the class: {advice}.")

    def _bound(self, calls: Any, kind: Any) -> Any:
        """Return the call of one client."""
        # Kept in the instance, where Python finds it from now on without this descriptor. The
        # attributes are underscored only to leave all other names to actions.
        call = calls.__dict__[self._name] = kind(self._action, calls._session, calls._path + self._name)
        return call


class Declared(AnyDeclared[P, R_co, E_co]):
    """An action as its class declares it; what an instance gives depends on the client that it belongs to."""

    @overload
    def __get__(self, obj: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self, obj: Calls[Sync], owner: Any = None) -> Call[P, R_co, E_co]: ...
    @overload
    def __get__(self, obj: Calls[Async], owner: Any = None) -> AsyncCall[P, R_co, E_co]: ...
    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        return self._bound(obj, obj._session.call)


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

        own = obj._session.call
        kind: Any = getattr(own, "stream_call", None)  # fakes of tests bring one
        if kind is None:
            kind = AsyncStreamCall if issubclass(own, AsyncCall) else StreamCall
        return self._bound(obj, kind)


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

        own = obj._session.call
        kind: Any = getattr(own, "download_call", None)  # fakes of tests bring one
        if kind is None:
            kind = AsyncDownloadCall if issubclass(own, AsyncCall) else DownloadCall
        return self._bound(obj, kind)


@overload
def call(declaration: Callable[Concatenate[Any, P], R], /) -> Declared[P, R, InputError | CallError]: ...
@overload
def call(
    **options: Unpack[Options],
) -> Callable[[Callable[Concatenate[Any, P], R]], Declared[P, R, InputError | CallError]]: ...
def call(declaration: Any = None, /, **options: Any) -> Any:
    """Declare an action that declares no errors.

    Args:
        declaration: The method whose signature is the action's.
        options: See ``Options``.
    """
    if declaration is not None:
        return Declared(Declaration(declaration, (), options))
    return lambda declaration: Declared(Declaration(declaration, (), options))


if TYPE_CHECKING:
    from typing import Never

    from typing_extensions import TypeVar as TypeVarWithDefault

    # One signature for any number of errors up to 32: an error that is left out is Never, which
    # vanishes in a union. Overloads for each number would be 32 signatures, three times.
    E1 = TypeVarWithDefault("E1", bound=ActionError, default=Never)
    E2 = TypeVarWithDefault("E2", bound=ActionError, default=Never)
    E3 = TypeVarWithDefault("E3", bound=ActionError, default=Never)
    E4 = TypeVarWithDefault("E4", bound=ActionError, default=Never)
    E5 = TypeVarWithDefault("E5", bound=ActionError, default=Never)
    E6 = TypeVarWithDefault("E6", bound=ActionError, default=Never)
    E7 = TypeVarWithDefault("E7", bound=ActionError, default=Never)
    E8 = TypeVarWithDefault("E8", bound=ActionError, default=Never)
    E9 = TypeVarWithDefault("E9", bound=ActionError, default=Never)
    E10 = TypeVarWithDefault("E10", bound=ActionError, default=Never)
    E11 = TypeVarWithDefault("E11", bound=ActionError, default=Never)
    E12 = TypeVarWithDefault("E12", bound=ActionError, default=Never)
    E13 = TypeVarWithDefault("E13", bound=ActionError, default=Never)
    E14 = TypeVarWithDefault("E14", bound=ActionError, default=Never)
    E15 = TypeVarWithDefault("E15", bound=ActionError, default=Never)
    E16 = TypeVarWithDefault("E16", bound=ActionError, default=Never)
    E17 = TypeVarWithDefault("E17", bound=ActionError, default=Never)
    E18 = TypeVarWithDefault("E18", bound=ActionError, default=Never)
    E19 = TypeVarWithDefault("E19", bound=ActionError, default=Never)
    E20 = TypeVarWithDefault("E20", bound=ActionError, default=Never)
    E21 = TypeVarWithDefault("E21", bound=ActionError, default=Never)
    E22 = TypeVarWithDefault("E22", bound=ActionError, default=Never)
    E23 = TypeVarWithDefault("E23", bound=ActionError, default=Never)
    E24 = TypeVarWithDefault("E24", bound=ActionError, default=Never)
    E25 = TypeVarWithDefault("E25", bound=ActionError, default=Never)
    E26 = TypeVarWithDefault("E26", bound=ActionError, default=Never)
    E27 = TypeVarWithDefault("E27", bound=ActionError, default=Never)
    E28 = TypeVarWithDefault("E28", bound=ActionError, default=Never)
    E29 = TypeVarWithDefault("E29", bound=ActionError, default=Never)
    E30 = TypeVarWithDefault("E30", bound=ActionError, default=Never)
    E31 = TypeVarWithDefault("E31", bound=ActionError, default=Never)
    E32 = TypeVarWithDefault("E32", bound=ActionError, default=Never)

    # Three signatures that differ in the class that they return: Python has no type for a generic
    # class whose last argument is still open, which one signature for all would need.
    # fmt: off
    def raises(  # noqa: PLR0917  # one place for each error
        e1: type[E1] = ..., e2: type[E2] = ..., e3: type[E3] = ..., e4: type[E4] = ...,
        e5: type[E5] = ..., e6: type[E6] = ..., e7: type[E7] = ..., e8: type[E8] = ...,
        e9: type[E9] = ..., e10: type[E10] = ..., e11: type[E11] = ..., e12: type[E12] = ...,
        e13: type[E13] = ..., e14: type[E14] = ..., e15: type[E15] = ..., e16: type[E16] = ...,
        e17: type[E17] = ..., e18: type[E18] = ..., e19: type[E19] = ..., e20: type[E20] = ...,
        e21: type[E21] = ..., e22: type[E22] = ..., e23: type[E23] = ..., e24: type[E24] = ...,
        e25: type[E25] = ..., e26: type[E26] = ..., e27: type[E27] = ..., e28: type[E28] = ...,
        e29: type[E29] = ..., e30: type[E30] = ..., e31: type[E31] = ..., e32: type[E32] = ...,
        /,
        **options: Unpack[Options],
    ) -> Callable[
        [Callable[Concatenate[Any, P], R]],
        Declared[P, R,
            E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8 | E9 | E10 | E11
            | E12 | E13 | E14 | E15 | E16 | E17 | E18 | E19 | E20 | E21 | E22
            | E23 | E24 | E25 | E26 | E27 | E28 | E29 | E30 | E31 | E32 | InputError | CallError],
    ]: ...

    def stream(  # noqa: PLR0917  # one place for each error
        e1: type[E1] = ..., e2: type[E2] = ..., e3: type[E3] = ..., e4: type[E4] = ...,
        e5: type[E5] = ..., e6: type[E6] = ..., e7: type[E7] = ..., e8: type[E8] = ...,
        e9: type[E9] = ..., e10: type[E10] = ..., e11: type[E11] = ..., e12: type[E12] = ...,
        e13: type[E13] = ..., e14: type[E14] = ..., e15: type[E15] = ..., e16: type[E16] = ...,
        e17: type[E17] = ..., e18: type[E18] = ..., e19: type[E19] = ..., e20: type[E20] = ...,
        e21: type[E21] = ..., e22: type[E22] = ..., e23: type[E23] = ..., e24: type[E24] = ...,
        e25: type[E25] = ..., e26: type[E26] = ..., e27: type[E27] = ..., e28: type[E28] = ...,
        e29: type[E29] = ..., e30: type[E30] = ..., e31: type[E31] = ..., e32: type[E32] = ...,
        /,
        **options: Unpack[Options],
    ) -> Callable[
        [Callable[Concatenate[Any, P], R]],
        DeclaredStream[P, R,
            E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8 | E9 | E10 | E11
            | E12 | E13 | E14 | E15 | E16 | E17 | E18 | E19 | E20 | E21 | E22
            | E23 | E24 | E25 | E26 | E27 | E28 | E29 | E30 | E31 | E32 | InputError | CallError],
    ]: ...

    def download(  # noqa: PLR0917  # one place for each error
        e1: type[E1] = ..., e2: type[E2] = ..., e3: type[E3] = ..., e4: type[E4] = ...,
        e5: type[E5] = ..., e6: type[E6] = ..., e7: type[E7] = ..., e8: type[E8] = ...,
        e9: type[E9] = ..., e10: type[E10] = ..., e11: type[E11] = ..., e12: type[E12] = ...,
        e13: type[E13] = ..., e14: type[E14] = ..., e15: type[E15] = ..., e16: type[E16] = ...,
        e17: type[E17] = ..., e18: type[E18] = ..., e19: type[E19] = ..., e20: type[E20] = ...,
        e21: type[E21] = ..., e22: type[E22] = ..., e23: type[E23] = ..., e24: type[E24] = ...,
        e25: type[E25] = ..., e26: type[E26] = ..., e27: type[E27] = ..., e28: type[E28] = ...,
        e29: type[E29] = ..., e30: type[E30] = ..., e31: type[E31] = ..., e32: type[E32] = ...,
        /,
        **options: Unpack[Options],
    ) -> Callable[
        [Callable[Concatenate[Any, P], bytes]],
        DeclaredDownload[P,
            E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8 | E9 | E10 | E11
            | E12 | E13 | E14 | E15 | E16 | E17 | E18 | E19 | E20 | E21 | E22
            | E23 | E24 | E25 | E26 | E27 | E28 | E29 | E30 | E31 | E32 | InputError | CallError],
    ]: ...
    # fmt: on

else:

    def raises(*errors: Any, **options: Any) -> Any:
        """Declare an action with the errors that it declares.

        Args:
            errors: The classes; in generated code, dotted strings that the module resolves at the first call.
            options: See ``Options``.
        """
        return lambda declaration: Declared(Declaration(declaration, errors, options))

    def stream(*errors: Any, **options: Any) -> Any:
        """Declare an action that is a stream, with the errors that it declares; its return type is that of an item.

        Args:
            errors: As of ``raises``.
            options: See ``Options``.
        """
        return lambda declaration: DeclaredStream(Declaration(declaration, errors, options))

    def download(*errors: Any, **options: Any) -> Any:
        """Declare an action that gives a file, with the errors that it declares; its return type is ``bytes``.

        Args:
            errors: As of ``raises``.
            options: See ``Options``.
        """
        return lambda declaration: DeclaredDownload(Declaration(declaration, errors, options))

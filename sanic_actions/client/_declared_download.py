"""Actions that give a file, as generated packages declare them; see ``_declared``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, overload

from .._errors import ActionError, CallError, InputError
from ._calls import AsyncCall
from ._declaration import Declaration
from ._declared import AnyDeclared
from ._namespaces import Async, Calls, Sync

if TYPE_CHECKING:
    from typing import Self, Unpack

    from ._declared import (
        E1,
        E2,
        E3,
        E4,
        E5,
        E6,
        E7,
        E8,
        E9,
        E10,
        E11,
        E12,
        E13,
        E14,
        E15,
        E16,
        E17,
        E18,
        E19,
        E20,
        E21,
        E22,
        E23,
        E24,
        E25,
        E26,
        E27,
        E28,
        E29,
        E30,
        E31,
        E32,
    )
    from ._downloads import AsyncDownloadCall, DownloadCall
    from ._options import Options

P = ParamSpec("P")
E_co = TypeVar("E_co", bound=ActionError, covariant=True)


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
        from ._downloads import AsyncDownloadCall, DownloadCall  # for those who have a download

        session = obj._session
        kind: Any = getattr(session.call, "download_call", None)  # a fake's
        if kind is None:
            kind = AsyncDownloadCall if issubclass(session.call, AsyncCall) else DownloadCall
        call = obj.__dict__[self._name] = kind(self._action, session, obj._path + self._name)
        return call


if TYPE_CHECKING:

    def download(  # noqa: PLR0917  # one place for each error
        e1: type[E1] = ...,
        e2: type[E2] = ...,
        e3: type[E3] = ...,
        e4: type[E4] = ...,
        e5: type[E5] = ...,
        e6: type[E6] = ...,
        e7: type[E7] = ...,
        e8: type[E8] = ...,
        e9: type[E9] = ...,
        e10: type[E10] = ...,
        e11: type[E11] = ...,
        e12: type[E12] = ...,
        e13: type[E13] = ...,
        e14: type[E14] = ...,
        e15: type[E15] = ...,
        e16: type[E16] = ...,
        e17: type[E17] = ...,
        e18: type[E18] = ...,
        e19: type[E19] = ...,
        e20: type[E20] = ...,
        e21: type[E21] = ...,
        e22: type[E22] = ...,
        e23: type[E23] = ...,
        e24: type[E24] = ...,
        e25: type[E25] = ...,
        e26: type[E26] = ...,
        e27: type[E27] = ...,
        e28: type[E28] = ...,
        e29: type[E29] = ...,
        e30: type[E30] = ...,
        e31: type[E31] = ...,
        e32: type[E32] = ...,
        /,
        **options: Unpack[Options],
    ) -> Callable[
        [Callable[Concatenate[Any, P], bytes]],
        DeclaredDownload[
            P,
            E1
            | E2
            | E3
            | E4
            | E5
            | E6
            | E7
            | E8
            | E9
            | E10
            | E11
            | E12
            | E13
            | E14
            | E15
            | E16
            | E17
            | E18
            | E19
            | E20
            | E21
            | E22
            | E23
            | E24
            | E25
            | E26
            | E27
            | E28
            | E29
            | E30
            | E31
            | E32
            | InputError
            | CallError,
        ],
    ]: ...

else:

    def download(*errors: Any, **options: Any) -> Any:
        """Declare an action that gives a file, with the errors that it declares; its return type is ``bytes``.

        Args:
            errors: As of ``raises``.
            options: See ``Options``.
        """
        return lambda declaration: DeclaredDownload(Declaration(declaration, errors, options))

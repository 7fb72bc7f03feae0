"""The decorators of generated packages: ``call``, ``raises``, ``stream`` and ``download``, with their signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, overload

from .._errors import ActionError, CallError, InputError
from ._declaration import Declaration
from ._declared import Declared, DeclaredDownload, DeclaredStream

if TYPE_CHECKING:
    from typing import Unpack

    from ._options import Options

P = ParamSpec("P")
R = TypeVar("R")


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
            errors: The classes; in generated code, dotted strings that the module resolves at the
                first call.
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

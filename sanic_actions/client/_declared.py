"""Actions as generated packages declare them: once, for the blocking client, the asynchronous one, and ``.safe``."""

from __future__ import annotations

from time import sleep

from .._errors import ActionError, CallError, InputError
from .._results import Err, Ok
from .._typing import Generic, ParamSpec, TypeVar, abc, overload, typing
from ._lazy import dotted
from ._outcome import failure, read
from ._retries import Attempts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Concatenate, Self, Unpack

    from ._options import Options
    from ._plan import Plan
    from ._session import Make, Session
    from ._transport import AsyncTransport, Request, Transport

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)
M_co = TypeVar("M_co", covariant=True)
E1 = TypeVar("E1", bound=ActionError)
E2 = TypeVar("E2", bound=ActionError)
E3 = TypeVar("E3", bound=ActionError)
E4 = TypeVar("E4", bound=ActionError)
E5 = TypeVar("E5", bound=ActionError)
E6 = TypeVar("E6", bound=ActionError)
E7 = TypeVar("E7", bound=ActionError)
E8 = TypeVar("E8", bound=ActionError)


class Sync:
    """Says that calls block: ``Calls[Sync]``."""


class Async:
    """Says that calls are awaited: ``Calls[Async]``."""


class Calls(Generic[M_co]):
    """A namespace of actions in a client: an attribute for each action, and one for each namespace inside."""

    if TYPE_CHECKING:
        _mode: M_co
        _session: Session[Any]
        _path: str
    else:

        def __class_getitem__(cls, mode: object) -> type:
            return cls  # one class serves both modes

        def __init__(self, session: Session[Any], path: str) -> None:
            self._session = session
            self._path = path

        def __getattr__(self, name: str) -> object:
            owner = None if name.startswith("_") else _owner(type(self), name)
            if owner is None:
                raise AttributeError(
                    f"The client has no action {self.__dict__.get('_path', '')}{name}", name=name, obj=self
                )
            namespace = _class_named(owner.__annotations__[name], owner)(self._session, f"{self._path}{name}.")
            self.__dict__[name] = namespace
            return namespace

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for cls in type(self).__mro__ for name in _namespaces(cls))})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._path.rstrip('.') or 'client'} of {self._session!r}>"


def _namespaces(cls: type) -> list[str]:
    return [name for name in getattr(cls, "__annotations__", {}) if not name.startswith("_")]


def _owner(cls: type, name: str) -> type | None:
    """The class that declares the namespace of this name."""
    return next((base for base in cls.__mro__ if name in _namespaces(base)), None)


def _class_named(annotation: str, owner: type) -> Callable[[Session[Any], str], object]:
    """The class behind an annotation such as ``_calls.blog.Blog[_M]``, as its module knows it."""
    import sys

    names = vars(sys.modules[owner.__module__])
    cls: Callable[[Session[Any], str], object] = dotted(annotation.partition("[")[0], names)
    return cls


class _AnyCall(Generic[P, R_co, E_co]):
    """What both kinds of calls have in common: all that comes before the network."""

    __slots__ = ("_declared", "_make", "_name", "_session")

    def __init__(self, declared: Declared[P, R_co, E_co], session: Session[Any], name: str) -> None:
        self._declared = declared
        self._session = session
        self._name = name
        self._make: Make | None = None

    def _begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Plan, Request, Attempts | None]:
        """The request of a call, and when to send it again; None where it is sent once, whatever happens."""
        declared, session = self._declared, self._session
        declared._declaration(None, *args, **kwargs)  # its body is empty, so Python itself checks the arguments
        plan = declared._plan or declared._planned()
        make = self._make or self._maker(plan)
        request = make(args, kwargs)
        if not session.retries:
            return plan, request, None
        attempts = Attempts(request, session.retries, plan.repeatable)
        return plan, attempts.request, attempts

    def _maker(self, plan: Plan) -> Make:
        self._make = make = self._session.requests(plan, self._name)
        return make

    def __repr__(self) -> str:
        return f"<action {self._name} of {self._session!r}>"


class Call(_AnyCall[P, R_co, E_co]):
    """An action of a ``Client``: call it for its output, or call ``safe`` for a result."""

    __slots__ = ()

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the action.

        Raises:
            InputError: The input is invalid; no request was made if the client itself found it so.
            ActionError: The action failed as it declares.
            CallError: The call failed in any other way.
        """
        return self._call(args, kwargs)

    def safe(self, /, *args: P.args, **kwargs: P.kwargs) -> Ok[R_co] | Err[E_co]:
        """Call the action; give ``Ok`` with its output, or ``Err`` with the error that a plain call would raise."""
        try:
            return Ok(self._call(args, kwargs))
        except ActionError as error:
            return Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> R_co:
        plan, request, attempts = self._begin(args, kwargs)
        transport: Transport = self._session.connections.open()
        while True:
            try:
                response = transport.send(request)
            except Exception as error:
                if attempts is None or (pause := attempts.pause(error)) is None:
                    raise failure(error, request) from error
            else:
                if attempts is None or (pause := attempts.pause(response)) is None:
                    output: R_co = read(plan, request, response)
                    return output
            sleep(pause)
            request = attempts.request


class AsyncCall(_AnyCall[P, R_co, E_co]):
    """An action of an ``AsyncClient``: await a call for its output, or one of ``safe`` for a result."""

    __slots__ = ()

    async def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the action.

        Raises:
            InputError: The input is invalid; no request was made if the client itself found it so.
            ActionError: The action failed as it declares.
            CallError: The call failed in any other way.
        """
        return await self._call(args, kwargs)

    async def safe(self, /, *args: P.args, **kwargs: P.kwargs) -> Ok[R_co] | Err[E_co]:
        """Call the action; give ``Ok`` with its output, or ``Err`` with the error that a plain call would raise."""
        try:
            return Ok(await self._call(args, kwargs))
        except ActionError as error:
            return Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other

    async def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> R_co:
        plan, request, attempts = self._begin(args, kwargs)
        transport: AsyncTransport = self._session.connections.open()
        while True:
            try:
                response = await transport.send(request)
            except Exception as error:
                if attempts is None or (pause := attempts.pause(error)) is None:
                    raise failure(error, request) from error
            else:
                if attempts is None or (pause := attempts.pause(response)) is None:
                    output: R_co = read(plan, request, response)
                    return output
            from asyncio import sleep  # long loaded by whoever awaits, but not when a blocking client starts

            await sleep(pause)
            request = attempts.request


class Declared(Generic[P, R_co, E_co]):
    """An action as its class declares it; what an instance gives depends on the client that it belongs to."""

    def __init__(
        self, declaration: abc.Callable[..., typing.Any], errors: tuple[typing.Any, ...], options: dict[str, bool]
    ) -> None:
        self._declaration = declaration
        self._errors = errors
        self._options = options
        self._plan: Plan | None = None
        self._name = declaration.__name__
        self.__doc__ = declaration.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, obj: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self, obj: Calls[Sync], owner: Any = None) -> Call[P, R_co, E_co]: ...
    @overload
    def __get__(self, obj: Calls[Async], owner: Any = None) -> AsyncCall[P, R_co, E_co]: ...
    def __get__(self, obj: typing.Any, owner: typing.Any = None) -> typing.Any:
        if obj is None:
            return self
        session = obj._session  # underscored only to leave the names to actions
        made = obj.__dict__[self._name] = session.call(self, session, obj._path + self._name)
        return made  # from here on it is found without this descriptor

    def _planned(self) -> Plan:
        """How to make calls, read from the declaration at the first one."""
        from ._plan import Plan

        self._plan = plan = Plan(self._declaration, self._errors, **self._options)
        return plan


@overload
def call(declaration: Callable[Concatenate[Any, P], R], /) -> Declared[P, R, InputError | CallError]: ...
@overload
def call(
    **options: Unpack[Options],
) -> Callable[[Callable[Concatenate[Any, P], R]], Declared[P, R, InputError | CallError]]: ...
def call(declaration: typing.Any = None, /, **options: bool) -> typing.Any:
    """Declare an action that declares no errors.

    Args:
        declaration: The method whose signature is the action's.
        options: See ``Options``.
    """
    if declaration is not None:
        return Declared(declaration, (), options)
    return lambda declaration: Declared(declaration, (), options)


@overload
def raises(
    e1: type[E1], /, **options: Unpack[Options]
) -> Callable[[Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | InputError | CallError]]: ...
@overload
def raises(
    e1: type[E1], e2: type[E2], /, **options: Unpack[Options]
) -> Callable[[Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | E2 | InputError | CallError]]: ...
@overload
def raises(
    e1: type[E1], e2: type[E2], e3: type[E3], /, **options: Unpack[Options]
) -> Callable[[Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | E2 | E3 | InputError | CallError]]: ...
@overload
def raises(
    e1: type[E1], e2: type[E2], e3: type[E3], e4: type[E4], /, **options: Unpack[Options]
) -> Callable[[Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | E2 | E3 | E4 | InputError | CallError]]: ...
@overload
def raises(
    e1: type[E1], e2: type[E2], e3: type[E3], e4: type[E4], e5: type[E5], /, **options: Unpack[Options]
) -> Callable[[Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | E2 | E3 | E4 | E5 | InputError | CallError]]: ...
@overload
def raises(
    e1: type[E1],
    e2: type[E2],
    e3: type[E3],
    e4: type[E4],
    e5: type[E5],
    e6: type[E6],
    /,
    **options: Unpack[Options],
) -> Callable[
    [Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | E2 | E3 | E4 | E5 | E6 | InputError | CallError]
]: ...
@overload
def raises(
    e1: type[E1],
    e2: type[E2],
    e3: type[E3],
    e4: type[E4],
    e5: type[E5],
    e6: type[E6],
    e7: type[E7],
    /,
    **options: Unpack[Options],
) -> Callable[
    [Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | E2 | E3 | E4 | E5 | E6 | E7 | InputError | CallError]
]: ...
@overload
def raises(
    e1: type[E1],
    e2: type[E2],
    e3: type[E3],
    e4: type[E4],
    e5: type[E5],
    e6: type[E6],
    e7: type[E7],
    e8: type[E8],
    /,
    **options: Unpack[Options],
) -> Callable[
    [Callable[Concatenate[Any, P], R]], Declared[P, R, E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8 | InputError | CallError]
]: ...
def raises(*errors: typing.Any, **options: bool) -> typing.Any:
    """Declare an action with the errors that it declares, at most eight.

    Args:
        errors: The classes; in generated code, dotted texts that the module resolves at the first call.
        options: See ``Options``.
    """
    return lambda declaration: Declared(declaration, errors, options)

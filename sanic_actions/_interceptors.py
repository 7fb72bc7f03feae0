"""Check interceptors when actions are defined.

An interceptor is called with the context and ``proceed``. It awaits ``proceed`` to run the next
interceptor, and at last the handler with the check of its output. A value that it passes to
``proceed`` is injected into the handler, so the type of that value is read here.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from types import NoneType
from typing import Any, Final, Protocol, TypeVar, cast, get_args, get_origin, overload

from ._callables import describe, functions_behind, hints_of
from ._definition_error import Problem
from ._guards import may_be_context
from ._injection import ANY
from ._types.annotations import bare

S_contra = TypeVar("S_contra", contravariant=True)


class Proceed(Protocol[S_contra]):
    """Runs what an interceptor surrounds.

    ``Proceed[Connection]`` is given a connection, ``Proceed[None]`` nothing.

    What it is given is injected into the handler's parameter of that type,
    ``db: Annotated[Connection, Injected]``. It returns the handler's output, checked; it raises
    what the handler raised. It can be called once.
    """

    @overload
    def __call__(self: Proceed[None], /) -> Coroutine[Any, Any, object]: ...
    @overload
    def __call__(self, supplied: S_contra, /) -> Coroutine[Any, Any, object]: ...


Interceptor = Callable[[Any, Proceed[Any]], Awaitable[object]]
"""A coroutine function of the context and ``proceed`` that surrounds calls after all checks."""

NO_VALUE: Final = NoneType
"""The type that an interceptor supplies which calls ``proceed()`` without a value."""


def supplied_by(interceptor: Interceptor) -> Any:
    """Return the type of the value that an interceptor passes to ``proceed``; or ``NO_VALUE``.

    Raises:
        TypeError: Its annotation does not say.
    """
    annotation = bare(hints_of(interceptor).get(_second_parameter(interceptor)))
    arguments = get_args(annotation)
    if get_origin(annotation) is not Proceed or arguments[0] in ANY or isinstance(arguments[0], TypeVar):
        raise TypeError("it does not say what it supplies")
    if arguments[0] is None:
        return NO_VALUE
    return arguments[0]


class NotListed:
    """Keeps a wrong value of ``interceptors`` until the walk over the tree reports it."""

    def __init__(self, value: object) -> None:
        self.value = value


def interceptor_tuple(interceptors: Iterable[Interceptor]) -> tuple[Interceptor, ...]:
    """Return ``interceptors`` as a tuple; what is not a list is kept for the tree to report."""
    value: Any = interceptors
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(value)
    return (cast("Interceptor", NotListed(value)),)


def interceptor_problem(interceptor: object) -> Problem | None:
    """Return what is wrong with an interceptor, as far as its definition tells."""
    if isinstance(interceptor, NotListed):
        name = getattr(interceptor.value, "__name__", "")
        reason = f"interceptors={name or repr(interceptor.value)} is not a list of interceptors."
        return Problem(reason=reason, remedy=f"Write interceptors=[{name}].")
    if not callable(interceptor):
        return Problem(reason=f"the interceptor {interceptor!r:.60} is not a function.", remedy=_WRITE)
    name = describe(interceptor, article="the", noun="interceptor")
    return _kind_problem(interceptor, name) or _signature_problem(interceptor, name)


def _signature_problem(interceptor: Interceptor, name: str) -> Problem | None:
    """Return why an interceptor cannot be called, or why the type that it supplies is unknown."""
    try:
        inspect.signature(interceptor).bind(None, None)
    except TypeError as error:
        reason = f"{name} cannot be called with the context and proceed: {error}."
        return Problem(reason=reason, remedy=_WRITE)
    except ValueError:  # a function written in C may have no signature
        return None
    first = next(iter(inspect.signature(interceptor).parameters))
    annotation = hints_of(interceptor).get(first, Any)
    # A protocol may be that of a context, and this one is that of the second parameter.
    if not may_be_context(annotation) or Proceed in (annotation, get_origin(annotation)):
        return Problem(reason=f"{name} takes {first!r}, and is called with the context first.", remedy=_WRITE)
    try:
        supplied_by(interceptor)
    except TypeError:
        reason = f"{name} does not say what it supplies to the handler."
        return Problem(reason=reason, remedy=_ANNOTATE)
    return None


def _kind_problem(interceptor: Any, name: str) -> Problem | None:
    """Return why a call of the interceptor would not make a coroutine around the call."""
    for function in functions_behind(interceptor):
        if isinstance(function, type):
            return Problem(reason=f"{name} is a class.", remedy=_WRITE)
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            remedy = "Write 'return await proceed(...)' where it yields; what comes after it stays."
            return Problem(reason=f"{name} is a generator.", remedy=remedy)
        if inspect.iscoroutinefunction(function):
            return None
    return Problem(reason=f"{name} is not a coroutine function.", remedy=_WRITE)


def _second_parameter(interceptor: Interceptor) -> str:
    names = list(inspect.signature(interceptor).parameters)
    if len(names) > 1:
        return names[1]
    return ""


_WRITE: Final = (
    "Write 'async def interceptor(context: ActionContext, proceed: Proceed[None]) -> object: return await proceed()'."
)
_ANNOTATE: Final = (
    "Annotate 'proceed: Proceed[Connection]' with the type that it gives to the handler, or "
    "'proceed: Proceed[None]' if it gives nothing. Import both names for real, not only under "
    "TYPE_CHECKING."
)

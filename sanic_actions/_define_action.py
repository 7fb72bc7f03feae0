"""The two ways to define an action, ``@action`` on a handler and ``define_action``, with types.

Each overload states an action's type: with ``raises=`` the declared errors are a part of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Never, ParamSpec, Unpack, overload

from typing_extensions import TypeVar

from ._actions import Action
from ._errors import ActionError, CallError, InputError
from ._known_options import hint_for
from ._options import UNSET, ActionOptions, Context, G, Guard, GuardOf, UntypedOptions

if TYPE_CHECKING:
    from typing_extensions import TypeForm

P = ParamSpec("P")
R = TypeVar("R")
I = TypeVar("I")  # noqa: E741  # the input, as P and R are the parameters and the result
C = TypeVar("C", bound=Context)
E = TypeVar("E", bound=ActionError)
E1 = TypeVar("E1", bound=ActionError)
E2 = TypeVar("E2", bound=ActionError)
E3 = TypeVar("E3", bound=ActionError)
E4 = TypeVar("E4", bound=ActionError)


# Three shapes of a handler (no input, an input, an input and the context), with and without
# raises=. Without it the third type argument keeps its default, so that ``Action[P, R]`` reads as
# users write it.
@overload
def define_action(
    *,
    handler: Callable[[], R],
    input: Never = ...,  # for ty, which takes any other keyword for an option
    raises: Iterable[type[E]],
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Action[[], R, E | InputError | CallError]: ...
@overload
def define_action(
    *,
    input: TypeForm[I],
    handler: Callable[[I], R],
    raises: Iterable[type[E]],
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Action[[I], R, E | InputError | CallError]: ...
@overload
def define_action(
    *,
    input: TypeForm[I],
    handler: Callable[[I, C], R],
    raises: Iterable[type[E]],
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Action[[I, C], R, E | InputError | CallError]: ...
@overload
def define_action(
    *,
    handler: Callable[[], R],
    input: Never = ...,  # for ty, which takes any other keyword for an option
    raises: Never = ...,  # for ty, likewise
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Action[[], R]: ...
@overload
def define_action(
    *,
    input: TypeForm[I],
    handler: Callable[[I], R],
    raises: Never = ...,  # for ty, likewise
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Action[[I], R]: ...
@overload
def define_action(
    *,
    input: TypeForm[I],
    handler: Callable[[I, C], R],
    raises: Never = ...,  # for ty, likewise
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Action[[I, C], R]: ...
def define_action(
    *,
    handler: Callable[..., Any],
    input: Any = UNSET,
    guard: Guard = UNSET,
    **options: Unpack[ActionOptions],
) -> Action[..., Any]:
    """Define an action explicitly: an input type, and a handler of it and perhaps the context.

    Args:
        handler: ``async def`` or ``def``, with a return annotation.
        input: The input's type: a model, a dataclass, a list, a union, ...; left out for an action
            without input.
        accept: ``"json"``, ``"form"`` or both: the content type of the input.
        raises: Typed errors that callers are told about.
        guard: Called with the context before the body is read; refuses by raising ``ActionError``.
        public: True skips the blueprint's ``default_guard``; if left out, the innermost namespace
            that sets it decides. Guards of namespaces and of the action itself run in any case.
        max_body_size: The largest input in bytes, short for ``limits=Limits(body=...)``.
        limits: What a call may cost; the blueprint's limits apply to what is left out.
        idempotent: Running it twice has the effect of running it once, so clients with ``retries``
            may repeat a call even if they do not know whether it ran.
        once: Each call has a key, and the server runs it once for each key: a repetition gets the
            first outcome.
        interceptors: Coroutine functions of the context and ``proceed`` that surround the handler
            and the check of its output, outermost first, inside those of namespaces and of the
            blueprint.
        errors: The errors that callers see in place of exceptions, by class:
            ``{KeyError: lambda error: ...}``.
        thread: A ``def`` handler runs in a thread with its context variables, so that it does not
            hold its worker.
    """
    _refuse_unknown("define_action", options, ("input", "handler"))
    return Action(handler, input=input, guard=guard, explicit=True, namespace=_local_names(handler, 1), **options)


# Tuples of two to four errors have overloads of their own: mypy joins the members of a longer one,
# or of a list, to their common base, ActionError.
@overload
def action(handler: Callable[P, R], /) -> Action[P, R]: ...
@overload
def action(
    *,
    raises: tuple[type[E1], type[E2]],
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Callable[[Callable[P, R]], Action[P, R, E1 | E2 | InputError | CallError]]: ...
@overload
def action(
    *,
    raises: tuple[type[E1], type[E2], type[E3]],
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Callable[[Callable[P, R]], Action[P, R, E1 | E2 | E3 | InputError | CallError]]: ...
@overload
def action(
    *,
    raises: tuple[type[E1], type[E2], type[E3], type[E4]],
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Callable[[Callable[P, R]], Action[P, R, E1 | E2 | E3 | E4 | InputError | CallError]]: ...
@overload
def action(
    *,
    raises: Iterable[type[E]],
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Callable[[Callable[P, R]], Action[P, R, E | InputError | CallError]]: ...
@overload
def action(
    *,
    raises: Never = ...,  # for ty, which takes any other keyword for an option
    guard: GuardOf[G] = ...,
    **options: Unpack[UntypedOptions],
) -> Callable[[Callable[P, R]], Action[P, R]]: ...
def action(handler: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make an action of a function whose parameters are the input.

    A parameter annotated ``ActionContext`` or Sanic's ``Request`` is injected wherever it stands;
    other types only when marked ``Annotated[User, Injected]``. The options are those of
    ``define_action``.
    """
    _refuse_unknown("action", options)
    if handler is not None:
        _refuse_value(handler)
        return Action(handler, namespace=_local_names(handler, 1), **options)

    def decorate(handler: Callable[..., Any]) -> Action[..., Any]:
        return Action(handler, namespace=_local_names(handler, 1), **options)

    return decorate


def _refuse_value(handler: object) -> None:
    """Raise TypeError for ``@action("name")``; the tree reports other values."""
    if isinstance(handler, str):
        raise TypeError(
            f"action() takes a function, not {handler!r}. Options are passed by keyword; "
            "the name of an action is its key in the tree: Namespace(like=like)."
        )


_OPTIONS: Final = tuple(sorted({*ActionOptions.__annotations__, "guard"}))


def _refuse_unknown(function: str, options: Iterable[str], more: tuple[str, ...] = ()) -> None:
    """Raise TypeError for an option that does not exist, with the nearest one that does."""
    names = (*_OPTIONS, *more)
    for name in options:
        if name not in names:
            raise TypeError(f"{function}() has no option {name!r}. {hint_for(name, names, _ADVICE)}")


_ADVICE: Final[Mapping[str, str]] = {
    "name": "The name of an action is its key in the tree: Namespace(like=like).",
}


def _local_names(handler: Any, depth: int) -> dict[str, Any] | None:
    """Return the local names around a handler inside a function, for its annotations."""
    if "<locals>" not in getattr(handler, "__qualname__", "") or not any(
        isinstance(annotation, str) for annotation in getattr(handler, "__annotations__", {}).values()
    ):
        return None
    # A copy: from Python 3.13 on (PEP 667) f_locals is a view that keeps the frame alive.
    return dict(sys._getframe(depth + 1).f_locals)

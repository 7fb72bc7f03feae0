"""Actions: handlers with the options that were declared for them; nothing is read from them yet.

Declaring never fails for a function's shape. ``_handler_reader`` reads the shape, and the walk over
the tree reports what is wrong with it, so that all mistakes come at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import WRAPPER_ASSIGNMENTS, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Never, NoReturn, ParamSpec, Unpack, overload

from typing_extensions import TypeVar

from ._definition import Definition
from ._errors import ActionError, CallError, InputError
from ._handler_reader import read_definition
from ._interceptors import interceptor_tuple
from ._limits import Limits, limits_of
from ._options import (
    NO_OPTIONS,
    UNSET,
    ActionOptions,
    Context,
    G,
    Guard,
    GuardOf,
    SharedOptions,
    UntypedOptions,
    error_tuple,
    guard_tuple,
)
from ._options import Encoding as Encoding  # noqa: PLC0414  # the rooms take it from here

if TYPE_CHECKING:
    from typing_extensions import TypeForm

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
I = TypeVar("I")  # noqa: E741  # the input, as P and R are the parameters and the result
C = TypeVar("C", bound=Context)
E = TypeVar("E", bound=ActionError)
E1 = TypeVar("E1", bound=ActionError)
E2 = TypeVar("E2", bound=ActionError)
E3 = TypeVar("E3", bound=ActionError)
E4 = TypeVar("E4", bound=ActionError)
E_co = TypeVar("E_co", bound=ActionError, covariant=True, default=ActionError)


class Action(Generic[P, R_co, E_co]):
    """A typed function that is callable over HTTP.

    Made by ``define_action`` and ``@action``. In server code it is called like the handler it wraps: no validation, no
    HTTP. It does not know its name; the tree does. Its type is ``Action[P, R]``, or ``Action[P, R, E]`` with what
    ``call_action`` may give in its ``Err``: the declared errors, ``InputError`` and ``CallError``.

    Attributes:
        handler: The function behind it.
        accept: The content types of the input.
        input: The declared input type of the explicit form, else ``UNSET``.
        raises: The typed errors that callers are told about.
        guards: Called in order before the body is read.
        public: Whether the blueprint's default guard is left out; None for what the namespace says.
        limits: What a call may cost, where that differs from the blueprint's limits.
        idempotent: Whether running it twice does what running it once does.
        once: Whether each call runs once, however often it is sent.
        thread: Whether the handler runs in a thread.
    """

    __sanic_actions_action__: ClassVar[bool] = True

    handler: Callable[P, R_co]
    accept: tuple[Encoding, ...]
    input: Any
    raises: tuple[type[E_co], ...]
    guards: tuple[Guard, ...]
    public: bool | None
    limits: Limits
    idempotent: bool
    once: bool
    thread: bool

    def __init__(
        self,
        handler: Callable[P, R_co],
        *,
        input: Any = UNSET,
        guard: Guard = UNSET,
        explicit: bool = False,
        namespace: Mapping[str, Any] | None = None,
        **options: Unpack[ActionOptions],
    ) -> None:
        # As functools.update_wrapper does: tools that look at an action see the handler.
        names = [name for name in WRAPPER_ASSIGNMENTS if hasattr(handler, name)]
        attributes: dict[str, object] = {name: getattr(handler, name) for name in names}
        accept = options.get("accept", "json")
        settings = SharedOptions(
            raises=error_tuple(options.get("raises", ())),
            guards=guard_tuple(guard),
            public=options.get("public"),
            limits=limits_of(options.get("limits")).with_body(options.get("max_body_size")),
            interceptors=interceptor_tuple(options.get("interceptors", ())),
            errors=(options["errors"],) if "errors" in options else (),
        )
        self.__dict__.update(
            attributes,
            __wrapped__=handler,
            handler=handler,
            input=input,
            accept=tuple(accept) if isinstance(accept, list | tuple) else (accept,),
            idempotent=options.get("idempotent", False),
            once=options.get("once", False),
            thread=options.get("thread", False),
            _explicit=explicit,
            _local_names=namespace,
            _origin=self,
        )
        self._set_shared(settings)

    def _set_shared(self, settings: SharedOptions) -> None:
        self.__dict__.update(
            raises=settings.raises,
            guards=settings.guards,
            public=settings.public,
            limits=settings.limits,
            _shared=settings,
        )

    @property
    def shared(self) -> SharedOptions:
        """The options that namespaces may have too: errors, guards, ``public`` and limits."""
        settings: SharedOptions = self.__dict__["_shared"]
        return settings

    @property
    def origin(self) -> Action[P, R_co, E_co]:
        """The action as it was defined, of one that was taken out of a namespace with options."""
        origin: Action[P, R_co, E_co] = self.__dict__["_origin"]
        return origin

    def inside(self, outer: SharedOptions) -> Action[P, R_co, E_co]:
        """Return the same action with the options of a namespace laid around its own."""
        if outer == NO_OPTIONS:
            return self
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__.pop("definition", None)
        copy._set_shared(outer.around(self.shared))
        return copy

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Action):
            return NotImplemented
        return self.origin is other.origin

    def __hash__(self) -> int:
        return hash(id(self.__dict__["_origin"]))  # looked up several times for a page

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        return self.handler(*args, **kwargs)

    @property
    def max_body_size(self) -> int | None:
        """The largest input in bytes; None for the blueprint's limit."""
        return self.limits.body

    @cached_property
    def definition(self) -> Definition:
        """The handler's shape, read once: input, output, what is injected, and every problem found on the way."""
        if self.origin is not self:
            return self.origin.definition
        names = self.__dict__["_local_names"]
        return read_definition(
            self.handler, explicit=self.__dict__["_explicit"], input=self.input, unset=UNSET, names=names
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        if name == "__deprecated__":
            raise AttributeError("Write @action above @deprecated, so that the function below it is deprecated.")
        raise AttributeError(f"Actions are frozen: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Actions are frozen: cannot delete {name!r}")

    def __copy__(self) -> Action[P, R_co, E_co]:
        return self

    def __deepcopy__(self, memo: object) -> Action[P, R_co, E_co]:
        return self  # Blueprint.copy() copies deeply; an action is the same action in every copy

    def __repr__(self) -> str:
        return f"<Action {getattr(self.handler, '__qualname__', self.handler)!s}>"


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
    """Define an action explicitly: an input type, and a handler that takes it and, if it likes, the context.

    Args:
        handler: ``async def`` or ``def``, with a return annotation.
        input: The input's type: a model, a dataclass, a list, a union, ...; left out for an action without input.
        accept: ``"json"``, ``"form"`` or both: the content type of the input.
        raises: Typed errors that callers are told about.
        guard: Called with the context before the body is read; refuses by raising ``ActionError``.
        public: True leaves out the blueprint's ``default_guard``; when left out, the innermost namespace that says so
            decides. Guards of namespaces and of the action itself run all the same.
        max_body_size: The largest input in bytes, short for ``limits=Limits(body=...)``.
        limits: What a call may cost; the blueprint's limits count for what is left out.
        idempotent: Running it twice does what running it once does, so that clients with ``retries`` may send a call
            again of which they do not know whether it ran.
        once: Each call has a key, and the server runs it once for the key: sent again, it gives the first outcome.
        interceptors: Coroutine functions of the context and ``proceed`` that surround the handler and the check of its
            output, outermost first, inside those of namespaces and of the blueprint.
        errors: The errors that callers see in place of exceptions, by class: ``{KeyError: lambda error: ...}``.
        thread: A ``def`` handler runs in a thread with its context variables, so that it does not hold its worker.
    """
    _refuse_unknown("define_action", options, ("input", "handler"))
    return Action(handler, input=input, guard=guard, explicit=True, namespace=_local_names(handler, 1), **options)


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

    A parameter annotated ``ActionContext`` or Sanic's ``Request`` is injected wherever it stands; other types only when
    marked ``Annotated[User, Injected]``. The options are those of ``define_action``.
    """
    _refuse_unknown("action", options)
    if handler is not None:
        _refuse_value(handler)
        return Action(handler, namespace=_local_names(handler, 1), **options)

    def decorate(handler: Callable[..., Any]) -> Action[..., Any]:
        return Action(handler, namespace=_local_names(handler, 1), **options)

    return decorate


def _refuse_value(handler: object) -> None:
    """Raise TypeError for a name in place of the function; what else cannot be a handler is for the tree to report."""
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
            near = get_close_matches(name, names, 1)
            if name == "name":
                hint = "The name of an action is its key in the tree: Namespace(like=like)."
            elif near:
                hint = f"Did you mean {near[0]!r}?"
            else:
                hint = f"There are {', '.join(names)}."
            raise TypeError(f"{function}() has no option {name!r}. {hint}")


def _local_names(handler: Any, depth: int) -> dict[str, Any] | None:
    """Return the local names around a handler that is defined inside a function: its annotations may name them."""
    if "<locals>" not in getattr(handler, "__qualname__", "") or not any(
        isinstance(annotation, str) for annotation in getattr(handler, "__annotations__", {}).values()
    ):
        return None
    return dict(sys._getframe(depth + 1).f_locals)

"""The options of actions, and those that a whole namespace can have.

The options of a namespace travel with its members. ``SharedOptions`` are values that are combined
from the outside in, so that a member keeps the options of a namespace that it is taken out of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, Literal, Protocol, TypeAlias, TypedDict, TypeVar

from ._error_maps import ErrorMap
from ._errors import ActionError
from ._interceptors import Interceptor
from ._limits import Limits

Encoding = Literal["json", "form"]
AcceptOption = Encoding | tuple[Encoding, ...]

UNSET: Final[Any] = type("_Unset", (), {"__repr__": lambda self: "UNSET"})()
"""Marks an option that was left out: None is a type of input, and a mistaken guard."""


class Context(Protocol):
    """The part of ``ActionContext`` that is known here: enough to type a function of one."""

    @property
    def name(self) -> str:
        """The dotted name of the action."""

    @property
    def called_from(self) -> Literal["rpc", "form", "local"]:
        """Which entrance the call came through."""


G = TypeVar("G", bound=Context)
H = TypeVar("H", bound=Context)

Guard = Callable[..., object]
"""A function of the context, sync or async, that is called before the body is read; or one of the context and of fields
of the input by their names, that is called once the input is valid.

It raises ``ActionError`` to refuse, and may return what parameters marked ``Injected`` need. Where
one is passed, type checkers compare its parameter with ``ActionContext``.
"""


def error_tuple(raises: Iterable[type[ActionError]]) -> tuple[type[ActionError], ...]:
    """Return ``raises`` as a tuple; what is not a list of classes is for the tree to report."""
    value: Any = raises
    is_one = isinstance(value, type | str) or not isinstance(value, Iterable)
    if is_one:
        return (value,)
    return tuple(value)


def guard_tuple(guard: Guard) -> tuple[Guard, ...]:
    """Return the guard of an option ``guard``, if it was passed.

    None is kept, for the walk over the tree to report: a factory of guards that forgets its
    ``return`` gives it.
    """
    if guard is UNSET:
        return ()
    return (guard,)


GuardOf: TypeAlias = Callable[Concatenate[G, ...], object]
"""A guard for type checkers, which compare its arguments. mypy takes no lambda: write ``def``."""


class UntypedOptions(TypedDict, total=False):
    """The options of an action that do not count for its type; ``define_action`` explains them."""

    accept: AcceptOption
    """The content type of the input: ``"json"``, ``"form"`` or both."""
    public: bool | None
    """Whether the blueprint's ``default_guard`` is left out."""
    max_body_size: int | None
    """The largest input in bytes, short for ``limits=Limits(body=...)``."""
    limits: Limits | None
    """What a call may cost; the blueprint's limits apply to what is left out."""
    idempotent: bool
    """Whether running it twice has the effect of running it once."""
    once: bool
    """Whether each call runs once for its key, however often it is sent."""
    interceptors: Iterable[Interceptor]
    """What surrounds the handler and the check of its output, outermost first."""
    errors: ErrorMap
    """The errors that callers see in place of exceptions, by class."""
    thread: bool
    """Whether a ``def`` handler runs in a thread, so that it does not hold its worker."""


class ActionOptions(UntypedOptions, total=False):
    """The options of an action beside its handler, its input and its guard."""

    raises: Iterable[type[ActionError]]
    """Typed errors that callers are told about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """The options that an action and the namespaces around it can have."""

    raises: tuple[type[ActionError], ...] = ()
    """Declared errors, those of outer namespaces first."""
    guards: tuple[Guard, ...] = ()
    """In the order in which they are called, outermost first."""
    public: bool | None = None
    """Whether the blueprint's default guard is left out; None leaves it to what is around."""
    kept_guards: tuple[Guard, ...] | None = None
    """The guards around ``public=True``, which run all the same; None where not asked yet."""
    limits: Limits = field(default_factory=Limits)
    """What a call may cost; each None in it leaves a limit to what is around."""
    interceptors: tuple[Interceptor, ...] = ()
    """In the order in which they surround the handler, outermost first."""
    errors: tuple[ErrorMap, ...] = ()
    """The errors that callers see in place of exceptions; the last one of a class counts."""

    def around(self, inner: SharedOptions) -> SharedOptions:
        """Return these options around a member's, whose guards run last and whose values win."""
        return SharedOptions(
            raises=(*self.raises, *inner.raises),
            guards=(*self.guards, *inner.guards),
            public=self.public if inner.public is None else inner.public,
            kept_guards=self._kept_guards(inner),
            limits=inner.limits.within(self.limits),
            interceptors=(*self.interceptors, *inner.interceptors),
            errors=(*self.errors, *inner.errors),
        )

    def _kept_guards(self, inner: SharedOptions) -> tuple[Guard, ...] | None:
        if inner.public is None:
            return self._own_kept_guards()
        kept = inner._own_kept_guards()
        if kept is None:
            return None
        return (*self.guards, *kept)

    def _own_kept_guards(self) -> tuple[Guard, ...] | None:
        """Return the guards that ``public=True`` does not leave out; None where it speaks of the default guard alone.

        Members that were taken out of a namespace have its options already, and may be put into
        another one.
        """
        # Beside a guard of its own, ``public`` speaks of the default guard for sure.
        if self.kept_guards is None and self.public and not self.guards:
            return ()
        return self.kept_guards


NO_OPTIONS = SharedOptions()
"""The options of a namespace that sets none."""

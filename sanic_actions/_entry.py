"""An action in its place in a tree, with its guards, its interceptors and what they supply.

``_guard_plans`` decides that when the tree is read; a call only follows the plan.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._actions import Action
from ._callables import Function, describe, is_named, written_return
from ._definition import Definition
from ._error_maps import ErrorMap
from ._errors import ActionError
from ._guards import named_fields
from ._injection import ANY, UNKNOWN, accepts_none, is_inert, is_value_of
from ._interceptors import Interceptor
from ._limits import Limits
from ._results import Err, Ok
from ._server_mistakes import type_error
from ._types.type_names import short_name_of


class GuardCall:
    """One guard of an action, and what it may return.

    Attributes:
        function: The guard.
        returned: Its return annotation, without the awaitable around it; ``UNKNOWN`` where it
            cannot be read.
        wanted: The types of the parameters marked ``Injected``, of all actions that it guards.
        fields: The fields of the input that it names.
        must_answer: Whether its annotation rules out that it returns None.
    """

    __slots__ = ("fields", "function", "must_answer", "returned", "wanted")

    def __init__(
        self,
        function: Function,
        return_type: Any,
        parameter_types: tuple[Any, ...],
    ) -> None:
        self.function = function
        self.returned = return_type
        self.wanted = parameter_types
        self.fields = named_fields(function)
        self.must_answer = not self._may_return_none()

    def _may_return_none(self) -> bool:
        """Return whether None is a value that the guard declares; without a readable annotation it is."""
        types = (self.returned, *self.wanted)
        return self.returned is UNKNOWN or any(each in ANY or accepts_none(each) for each in types)

    def check(self, value: object) -> None:
        """Refuse a call whose guard returned an unused value: it may have meant to refuse.

        Raises:
            TypeError: The value is neither what the guard declares, nor what an action asks for,
                nor None where no annotation rules that out.
        """
        if value is None:
            if self.must_answer and not is_value_of(None, self.returned):
                raise type_error(self._nobody())
            return
        if self._is_meant(value):
            return
        if inspect.iscoroutine(value) or inspect.isgenerator(value):
            value.close()  # or Python would warn that it was never awaited
        # The log gets no values, which may be secret; True and False say more than "bool" and
        # reveal nothing.
        if isinstance(value, bool):
            kind = repr(value)
        else:
            kind = type(value).__name__
        raise type_error(
            f"{describe(self.function)} returned {kind}, which no action asks for and its "
            "annotation does not declare, so the call is refused. A guard refuses by raising "
            "ActionError; it returns None, or what it declares."
        )

    def _nobody(self) -> str:
        kind = short_name_of(self.returned)
        return (
            f"{describe(self.function)} returned None, which refuses nobody and is not the {kind} that it declares, so "
            f"the call is refused: raise ActionError('UNAUTHORIZED') in it instead, or declare '{kind} | None'."
        )

    def _is_meant(self, value: object) -> bool:
        if self.returned is UNKNOWN:
            # The annotation names a class that is imported for type checkers only: its name is all
            # there is.
            if is_named(value, self.function):
                return True
        elif self.returned not in ANY and is_value_of(value, self.returned):
            return True
        is_of_owner = hasattr(type(self.function), "definition_problem") and not written_return(self.function)
        # A function of Bearer and its like returns an owner: whatever is not a verdict or a failure.
        if is_of_owner and is_inert(value) and not isinstance(value, Ok | Err):
            return True
        return any(is_value_of(value, parameter_type) for parameter_type in self.wanted)


class InterceptorCall:
    """One interceptor of an action.

    Attributes:
        function: The interceptor.
        supplied: The type of what it gives to ``proceed``; ``NO_VALUE`` if it gives nothing.
        names: The handler's parameters that this is injected into.
        doubtful: Those of them, with their types, that not every value of ``supplied`` suits.
    """

    __slots__ = ("doubtful", "function", "names", "supplied")

    def __init__(self, function: Interceptor, supply_type: Any) -> None:
        self.function = function
        self.supplied = supply_type
        self.names: tuple[str, ...] = ()
        self.doubtful: Mapping[str, Any] = {}


class GuardPlan:
    """The guards and interceptors of one action in order, and which parameters they supply.

    Attributes:
        calls: The guards, outermost first.
        field_calls: Those that name fields, outermost first.
        suppliers: The positions of the guards that supply each marked parameter: one, or several
            candidates if their annotations do not tell; none if an interceptor supplies it. Guards
            that name fields count after the others.
        interceptors: The interceptors, outermost first.
        proceeded: The marked parameters that interceptors supply.
    """

    __slots__ = ("calls", "field_calls", "interceptors", "proceeded", "suppliers")

    # Filled in after it is made: who supplies what is known only once all entries of a tree are.
    def __init__(self) -> None:
        self.calls: tuple[GuardCall, ...] = ()
        self.field_calls: tuple[GuardCall, ...] = ()
        self.suppliers: Mapping[str, tuple[int, ...]] = {}
        self.interceptors: tuple[InterceptorCall, ...] = ()
        self.proceeded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An action in its place in the tree."""

    name: str
    """The dotted name."""
    action: Action[..., Any]
    raises: tuple[type[ActionError], ...]
    """Declared errors, those of the namespaces first."""
    guards: tuple[Function, ...]
    """The guards that run before the body is read, outermost first."""
    field_guards: tuple[Function, ...] = ()
    """The guards that name fields of the input and run after its validation, outermost first."""
    public: bool = False
    """Whether it is left out of the blueprint's default guard."""
    kept_guards: tuple[Function, ...] = ()
    """The guards around what made it public, which run all the same."""
    limits: Limits = field(default_factory=Limits)
    """What a call may cost, where that differs from the blueprint's limits."""
    interceptors: tuple[Interceptor, ...] = ()
    """What surrounds the handler, outermost first."""
    errors: tuple[ErrorMap, ...] = ()
    """The errors that callers see for exceptions, by class; the last one of a class counts."""
    plan: GuardPlan = field(default_factory=GuardPlan, repr=False, compare=False)
    """The plan of its guards and interceptors, by ``plan_guards``, ``plan_interceptors``."""

    @property
    def definition(self) -> Definition:
        """The shape of the handler."""
        return self.action.definition

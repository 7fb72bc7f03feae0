"""An action in its place in a tree, and what its guards do there: their order, and who supplies which parameter."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MethodType
from typing import Any

from ._actions import Action
from ._definition import Definition
from ._definition_error import Problem
from ._error_maps import ErrorMap, error_map_problems
from ._errors import ActionError
from ._guards import Function, answer_problem, describe, field_type, guard_problem, is_named, named_fields, returned_by
from ._injection import ANY, UNKNOWN, Fit, fit, is_value_of
from ._interceptors import NOTHING, Interceptor, interceptor_problem, supplied_by
from ._limits import Limits


class GuardCall:
    """One guard of an action, and what it may return.

    Attributes:
        function: The guard.
        returned: Its return annotation, without the awaitable around it; ``UNKNOWN`` where it cannot be read.
        wanted: The types of the marked parameters of all actions that it guards.
        fields: The fields of the input that it names.
    """

    __slots__ = ("fields", "function", "returned", "wanted")

    def __init__(self, function: Function, return_type: Any, parameter_types: tuple[Any, ...]) -> None:
        self.function = function
        self.returned = return_type
        self.wanted = parameter_types
        self.fields = named_fields(function)

    def check(self, value: object) -> None:
        """Refuse a call whose guard returned something that stands for nothing.

        Raises:
            TypeError: The value is neither None, nor what the guard declares, nor what an action asks for.
        """
        if value is None or self._is_meant(value):
            return
        if inspect.iscoroutine(value) or inspect.isgenerator(value):
            value.close()  # it never runs, and Python would warn of that
        if isinstance(value, bool):
            kind = repr(value)
        else:
            kind = type(value).__name__
        raise TypeError(
            f"{describe(self.function)} returned {kind}, which no action asks for and its annotation does not declare, "
            "so the call is refused. A guard refuses by raising ActionError; it returns None, or what it declares."
        )

    def _is_meant(self, value: object) -> bool:
        if self.returned is UNKNOWN:
            if is_named(value, self.function):
                return True
        elif self.returned not in ANY and is_value_of(value, self.returned):
            return True
        return any(is_value_of(value, parameter_type) for parameter_type in self.wanted)


class InterceptorCall:
    """One interceptor of an action.

    Attributes:
        function: The interceptor.
        supplied: The type of what it gives to ``proceed``; ``NOTHING`` if it gives nothing.
        names: The handler's parameters that this is injected into.
    """

    __slots__ = ("function", "names", "supplied")

    def __init__(self, function: Interceptor, supply_type: Any) -> None:
        self.function = function
        self.supplied = supply_type
        self.names: tuple[str, ...] = ()


class GuardPlan:
    """The guards and interceptors of one action in their order, and which of them supply which parameter.

    Attributes:
        calls: The guards, outermost first.
        field_calls: Those that name fields, outermost first.
        suppliers: For each marked parameter the positions of the guards that supply it: one, or those of which the
            annotations do not say; none where an interceptor does. Those that name fields come after the others.
        interceptors: The interceptors, outermost first.
        proceeded: The marked parameters that interceptors supply.
    """

    __slots__ = ("calls", "field_calls", "interceptors", "proceeded", "suppliers")

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
    """Those that run before the body is read, outermost first."""
    field_guards: tuple[Function, ...] = ()
    """Those that name fields of the input and run after its validation, outermost first."""
    public: bool = False
    """Whether it is left out of the blueprint's default guard."""
    limits: Limits = field(default_factory=Limits)
    """What a call may cost, where that differs from the blueprint's limits."""
    interceptors: tuple[Interceptor, ...] = ()
    """What surrounds the handler, outermost first."""
    errors: tuple[ErrorMap, ...] = ()
    """The errors that callers see in place of exceptions, by class; what is said last counts."""
    plan: GuardPlan = field(default_factory=GuardPlan, repr=False, compare=False)
    """What its guards and interceptors do, as ``plan_guards`` and ``plan_interceptors`` have found."""

    @property
    def definition(self) -> Definition:
        """The shape of the handler."""
        return self.action.definition


def _injected_types(entries: Iterable[Entry]) -> list[Any]:
    types: list[Any] = []
    for entry in entries:
        types.extend(entry.definition.injected.values())
    return types


def plan_guards(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Fill the plan of each entry, and report guards that cannot be one and parameters that two guards supply."""
    guards: dict[int, tuple[Function, list[Entry]]] = {}
    all_entries = list(entries)
    for entry in all_entries:
        for guard in (*entry.guards, *entry.field_guards):
            guards.setdefault(id(guard), (guard, []))[1].append(entry)
    calls: dict[int, GuardCall] = {}
    answers: list[tuple[Problem, list[Entry]]] = []
    for key, (guard, places) in guards.items():
        parameter_types = _injected_types(places)
        answer_type = returned_by(guard)
        if problem := guard_problem(guard, parameter_types):
            yield problem.at(places[0].name, *places[0].definition.place)
        elif answer := answer_problem(guard, parameter_types):
            answers.append((answer, places))
            answer_type = None  # what it answers refuses the call, wherever this is not the error that is raised
        calls[key] = GuardCall(guard, answer_type, _distinct(parameter_types))
    for entry in all_entries:
        entry.plan.calls = tuple(calls[id(guard)] for guard in entry.guards)
        entry.plan.field_calls = tuple(calls[id(guard)] for guard in entry.field_guards)
        yield from _field_problems(entry)
        if entry.definition.injected:
            yield from _plan_suppliers(entry)
    for answer, places in answers:
        if not any(map(_lacks_suppliers, places)):  # else it is said what nothing supplies
            yield answer.at(places[0].name, *places[0].definition.place)


def _lacks_suppliers(entry: Entry) -> bool:
    return not all(entry.plan.suppliers.get(name) for name in entry.definition.injected)


def _plan_suppliers(entry: Entry) -> Iterator[Problem]:
    suppliers: dict[str, tuple[int, ...]] = {}
    guard_calls = (*entry.plan.calls, *entry.plan.field_calls)
    for name, parameter_type in entry.definition.injected.items():
        fits = [fit(call.returned, parameter_type) for call in guard_calls]
        best = min(fits, default=Fit.NEVER)
        if best is Fit.NEVER:
            positions = []
        else:
            positions = [position for position, each in enumerate(fits) if each is best]
        suppliers[name] = tuple(positions)
        if best < Fit.UNKNOWN and len(positions) > 1:
            rivals = [describe(guard_calls[position].function, article="") for position in positions]
            yield Problem(
                reason=f"{' and '.join(rivals)} may both supply parameter {name!r}.",
                remedy="Let one guard return its type, or give each type a class of its own.",
            ).at(entry.name, *entry.definition.place)
    entry.plan.suppliers = suppliers


def _field_problems(entry: Entry) -> Iterator[Problem]:
    """Yield the fields that guards name and the input does not have, or has with another type."""
    handler_input = entry.definition.input
    if handler_input:
        fields = {field.name: field for field in (handler_input.fields or ())}
    else:
        fields = {}
    for call in entry.plan.field_calls:
        guard = describe(call.function, article="the")
        for name in call.fields:
            problem: Problem | None = None
            annotation = field_type(call.function, name)
            if name not in fields:
                near = get_close_matches(name, fields, 1)
                if near:
                    remedy = f"Did you mean {near[0]!r}? "
                else:
                    remedy = ""
                remedy += "A guard takes the context, and then fields of the input by their names."
                problem = Problem(reason=f"{guard} names {name!r}, which is not a field of the input.", remedy=remedy)
            elif annotation not in ANY and fit(fields[name].annotation, annotation) > Fit.SUBCLASS:
                label = getattr(annotation, "__name__", repr(annotation))
                reason = f"{guard} takes {name!r} as {label}, which is not the type of that field."
                problem = Problem(reason=reason, remedy="Annotate it as the action does.")
            if problem is not None:
                yield problem.at(entry.name, *entry.definition.place)


def plan_interceptors(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Fill in the interceptors of each entry, after its guards, and report those that cannot be one."""
    verdicts: dict[int, Problem | None] = {}
    maps: set[int] = set()
    for entry in entries:
        place = entry.definition.place
        for errors in entry.errors:
            if id(errors) not in maps:  # of a blueprint or a namespace each action has the same
                maps.add(id(errors))
                for problem in error_map_problems(errors):
                    yield problem.at(entry.name, *place)
        calls: list[InterceptorCall] = []
        for interceptor in entry.interceptors:
            if id(interceptor) not in verdicts:
                verdicts[id(interceptor)] = interceptor_problem(interceptor)
                if verdict := verdicts[id(interceptor)]:
                    yield verdict.at(entry.name, *place)
            if verdicts[id(interceptor)] is None:
                calls.append(InterceptorCall(interceptor, supplied_by(interceptor)))
        entry.plan.interceptors = tuple(calls)
        if calls and entry.definition.injected:
            yield from _plan_proceeded(entry)


def _plan_proceeded(entry: Entry) -> Iterator[Problem]:
    """Decide which marked parameters interceptors supply: those that they suit better than any guard."""
    plan = entry.plan
    guard_calls = (*plan.calls, *plan.field_calls)
    suppliers = dict(plan.suppliers)
    for name, parameter_type in entry.definition.injected.items():
        fits = [_interceptor_fit(call, parameter_type) for call in plan.interceptors]
        best = min(fits)
        best_guard = min((fit(call.returned, parameter_type) for call in guard_calls), default=Fit.NEVER)
        if best >= Fit.UNKNOWN or best > best_guard:
            continue
        rivals: list[object] = []
        for call, each in zip(plan.interceptors, fits, strict=True):
            if each is best:
                rivals.append(call.function)
        if best is best_guard:
            rivals += [guard_calls[position].function for position in suppliers[name]]
        if len(rivals) > 1:
            label = " and ".join(describe(rival, article="", noun="") for rival in rivals)
            reason = f"{label} may both supply parameter {name!r}."
            remedy = "Let one of them supply its type, or give each type a class of its own."
            yield Problem(reason=reason, remedy=remedy).at(entry.name, *entry.definition.place)
        supplier = plan.interceptors[fits.index(best)]
        supplier.names = (*supplier.names, name)
        suppliers[name] = ()
    plan.suppliers = suppliers
    plan.proceeded = frozenset(name for call in plan.interceptors for name in call.names)


def _interceptor_fit(call: InterceptorCall, parameter_type: Any) -> Fit:
    if call.supplied is NOTHING:
        return Fit.NEVER
    return fit(call.supplied, parameter_type)


def _distinct(annotations: Iterable[Any]) -> tuple[Any, ...]:
    distinct: list[Any] = []
    for annotation in annotations:
        if annotation not in distinct:
            distinct.append(annotation)
    return tuple(distinct)


def without_repetition(guards: Iterable[Function]) -> tuple[Function, ...]:
    """Return the guards in their order, each of them once: where it stands first."""
    distinct: list[Function] = []
    for guard in guards:
        if not any(_is_same(guard, earlier) for earlier in distinct):
            distinct.append(guard)
    return tuple(distinct)


def _is_same(guard: object, earlier: object) -> bool:
    """Compare two guards: a bound method is another object each time that it is asked for."""
    if isinstance(guard, MethodType) and isinstance(earlier, MethodType):
        return guard.__func__ is earlier.__func__ and guard.__self__ is earlier.__self__
    return guard is earlier

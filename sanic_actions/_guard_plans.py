"""Decide which guard or interceptor supplies which parameter, when the tree of actions is read.

Two that fit equally well are a problem, and order never decides: adding a guard somewhere must not
change who is injected as the user.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from types import MethodType
from typing import Any, Final

from ._callables import Function, describe, returned_by
from ._definition_error import Problem
from ._entry import Entry, GuardCall, InterceptorCall
from ._error_maps import error_map_problems
from ._guards import answer_problem, defaulted_parameters, field_type, guard_problem
from ._handler_parameters import is_injected
from ._injection import ANY, Fit, accepts_none, fit
from ._interceptors import NO_VALUE, interceptor_problem, supplied_by


def _injected_types(entries: Iterable[Entry]) -> list[Any]:
    types: list[Any] = []
    for entry in entries:
        types.extend(entry.definition.injected.values())
    return types


def plan_guards(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Fill the plan of each entry; report what cannot be a guard, and parameters supplied twice."""
    # By identity: a guard may be any callable, and need not have a hash.
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
            # A value that nobody asks for never supplies a parameter, whatever else is reported.
            answer_type = None
        calls[key] = GuardCall(guard, answer_type, _distinct(parameter_types))
    for entry in all_entries:
        entry.plan.calls = tuple(calls[id(guard)] for guard in entry.guards)
        entry.plan.field_calls = tuple(calls[id(guard)] for guard in entry.field_guards)
        yield from _field_problems(entry)
        if entry.definition.injected:
            yield from _plan_suppliers(entry)
    for answer, places in answers:
        if not any(map(_lacks_suppliers, places)):  # a missing supplier is reported instead
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
    yield from _unseen_fields(entry, fields)
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
                if is_injected(annotation):
                    remedy += _BEFORE_INTERCEPTORS
                problem = Problem(reason=f"{guard} names {name!r}, which is not a field of the input.", remedy=remedy)
            elif annotation not in ANY and fit(fields[name].annotation, annotation) > Fit.SUBCLASS:
                label = getattr(annotation, "__name__", repr(annotation))
                reason = f"{guard} takes {name!r} as {label}, which is not the type of that field."
                problem = Problem(reason=reason, remedy="Annotate it as the action does.")
            if problem is not None:
                yield problem.at(entry.name, *entry.definition.place)


def _unseen_fields(entry: Entry, fields: Collection[str]) -> Iterator[Problem]:
    """Yield the fields that a guard is never called with, as it has defaults for them."""
    for call in (*entry.plan.calls, *entry.plan.field_calls):
        for name in defaulted_parameters(call.function):
            if name in fields:
                guard = describe(call.function, article="the")
                subject = f"{guard} has a default for {name!r}, a field of the input"
                remedy = (
                    "Leave out the default, and the guard gets what the handler gets. "
                    f"If {name!r} is not meant to be the field, give it another name."
                )
                problem = Problem(f"{subject}, and is called without it.", remedy)
                yield problem.at(entry.name, *entry.definition.place)


def plan_interceptors(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Fill in the interceptors of each entry, after its guards, and report unusable ones."""
    verdicts: dict[int, Problem | None] = {}
    maps: set[int] = set()
    for entry in entries:
        place = entry.definition.place
        for errors in entry.errors:
            if id(errors) not in maps:  # all actions of a namespace share its map: report it once
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
    """Decide which marked parameters interceptors supply: those that they fit best."""
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
            yield _rivalry(rivals, name).at(entry.name, *entry.definition.place)
        supplier = plan.interceptors[fits.index(best)]
        supplier.names = (*supplier.names, name)
        if best is Fit.SUPERCLASS or (accepts_none(supplier.supplied) and not accepts_none(parameter_type)):
            supplier.doubtful = {**supplier.doubtful, name: parameter_type}
        suppliers[name] = ()
    plan.suppliers = suppliers
    plan.proceeded = frozenset(name for call in plan.interceptors for name in call.names)


def _rivalry(rivals: list[object], name: str) -> Problem:
    """Return what is wrong where several supply one parameter, or one does several times."""
    if all(_is_same(rival, rivals[0]) for rival in rivals):
        label = describe(rivals[0], article="the", noun="interceptor")
        return Problem(
            reason=f"{label} is around it {len(rivals)} times, and supplies parameter {name!r} each time.",
            remedy="Name it once: for the action, for its namespace or for the blueprint.",
        )
    label = " and ".join(describe(rival, article="", noun="") for rival in rivals)
    return Problem(
        reason=f"{label} may both supply parameter {name!r}.",
        remedy="Let one of them supply its type, or give each type a class of its own.",
    )


def _interceptor_fit(call: InterceptorCall, parameter_type: Any) -> Fit:
    if call.supplied is NO_VALUE:
        return Fit.NEVER
    return fit(call.supplied, parameter_type)


def _distinct(annotations: Iterable[Any]) -> tuple[Any, ...]:
    # Not as keys of a dictionary: a type with metadata need not have a hash.
    distinct: list[Any] = []
    for annotation in annotations:
        if annotation not in distinct:
            distinct.append(annotation)
    return tuple(distinct)


def without_repetition(guards: Iterable[Function]) -> tuple[Function, ...]:
    """Return the guards in their order without repetitions."""
    distinct: list[Function] = []
    for guard in guards:
        if not any(_is_same(guard, earlier) for earlier in distinct):
            distinct.append(guard)
    return tuple(distinct)


def _is_same(guard: object, earlier: object) -> bool:
    """Return whether two guards are one; each access of a bound method makes another object."""
    if isinstance(guard, MethodType) and isinstance(earlier, MethodType):
        return guard.__func__ is earlier.__func__ and guard.__self__ is earlier.__self__
    return guard is earlier


_BEFORE_INTERCEPTORS: Final = (
    " Nothing is injected into it: it runs before interceptors. It opens what it needs itself, "
    "such as a connection from a pool in 'context.app.ctx'."
)

"""Run guards, and find the arguments of ``Injected`` parameters: from guards or sanic-ext."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sanic import Sanic

from .._callables import describe
from .._context import ActionContext
from .._definition_error import Problem
from .._entry import Entry, GuardCall
from .._injection import accepts_none, classes_of, is_value_of
from .._mismatch import with_article
from .._server_mistakes import lookup_error
from .._types.type_names import name_of, short_name_of
from ._call.site import page_parameters
from ._host import dependencies_of, may_add_dependencies

_NONE: Final[Mapping[str, object]] = {}


async def run_guards(
    calls: Iterable[GuardCall], context: ActionContext, fields: Mapping[str, object] = _NONE
) -> list[object]:
    """Run guards, outermost first, and return what they return.

    Args:
        calls: The guards.
        context: The context that they are called with.
        fields: The validated fields of the input, for guards that name some.

    Raises:
        ActionError: A guard refuses.
        TypeError: A guard returned a value that nothing uses, so it may have meant to refuse.
    """
    values: list[object] = []
    # One after the other, so that a guard can rely on the ones before it.
    for call in calls:
        value: Any = call.function(context, **{name: fields[name] for name in call.fields})
        if value is not None:
            if inspect.isawaitable(value):
                value = await value
            call.check(value)
        elif call.must_answer:
            call.check(value)
        values.append(value)
    return values


async def injected_arguments(
    entry: Entry, values: list[object], context: ActionContext, earlier: Mapping[str, object] = _NONE
) -> dict[str, object]:
    """Return the arguments of marked parameters, from what guards returned; ``earlier`` ones come first.

    Raises:
        LookupError: Nothing supplied a marked parameter.
    """
    arguments: dict[str, object] = {}
    for name in entry.definition.injected:
        if name in earlier:
            arguments[name] = earlier[name]
        elif name not in entry.plan.proceeded:
            arguments[name] = await _value(entry, name, values, context)
    return arguments


async def _value(entry: Entry, name: str, values: list[object], context: ActionContext) -> object:
    annotation = entry.definition.injected[name]
    # No guards run for a job, so there may be fewer values than guards.
    candidates = [values[position] for position in entry.plan.suppliers[name] if position < len(values)]
    suitable = [value for value in candidates if value is not None and is_value_of(value, annotation)]
    if len(suitable) > 1:  # from guards without a return annotation; the others were sorted at definition
        suitable = [value for value in suitable if type(value) in classes_of(annotation)]
    if len(suitable) == 1:
        return suitable[0]
    # Then sanic-ext, which knows a dependency by its annotation or by its class.
    registry = dependencies_of(context.app)
    for kind in (annotation, *classes_of(annotation)):
        if kind in registry:
            return await registry[kind](context.request, **page_parameters(context.request))
    if accepts_none(annotation) and not any(value is not None for value in candidates):
        return None
    if suitable:
        number = "More than one guard"
    else:
        number = "No guard"
    raise lookup_error(
        f"{number} supplied parameter {name!r} of {context.name!r} with {with_article(short_name_of(annotation))}."
        f"{_advice(entry, name, values)}"
    )


def _advice(entry: Entry, name: str, values: list[object]) -> str:
    """Return what to do if nothing, or too much, was supplied for a parameter."""
    if not values:
        return f" A job passes it: injected={{{name!r}: ...}}."
    guards = (*entry.plan.calls, *entry.plan.field_calls)
    silent = [position for position in entry.plan.suppliers[name] if values[position] is None]
    if not silent:
        return ""
    guard = describe(guards[silent[0]].function, noun="guard")
    return f" {guard} returned None, which refuses nobody: raise ActionError('UNAUTHORIZED') in it instead."


def surely_unsupplied(entries: Iterable[Entry], app: Sanic[Any, Any]) -> Iterator[Problem]:
    """Yield an app's unsupplied parameters before its start, if no listener can supply them."""
    if not may_add_dependencies(app):
        yield from unsupplied(entries, app)


def unsupplied(entries: Iterable[Entry], app: Sanic[Any, Any]) -> Iterator[Problem]:
    """Yield the marked parameters that neither a guard nor sanic-ext can supply."""
    registry = dependencies_of(app)
    for entry in entries:
        for name, annotation in entry.definition.injected.items():
            classes = classes_of(annotation)
            is_known = accepts_none(annotation) or any(kind in registry for kind in (annotation, *classes))
            if is_known or entry.plan.suppliers[name] or name in entry.plan.proceeded:
                continue
            kind = name_of(annotation)
            yield Problem(
                reason=f"nothing supplies parameter {name!r}, which is marked Injected.",
                remedy=f"Return a {kind} from a guard annotated '-> {kind}', give one to 'proceed: Proceed[{kind}]' in "
                f"an interceptor, or register one with sanic-ext: app.ext.add_dependency({kind}, ...).",
            ).at(entry.name, *entry.definition.place)

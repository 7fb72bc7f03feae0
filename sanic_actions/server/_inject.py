"""Runs guards, and finds what parameters marked ``Injected`` need: from the guards, else from sanic-ext."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

from sanic import Sanic

from .._actions import Guard
from .._definition import underlying_function
from .._errors import Problem
from .._namespace import Entry
from .._types.annotations import bare, is_union
from ._call.context import ActionContext

_NONE: Final[Mapping[str, object]] = {}


async def run_guards(entry: Entry, context: ActionContext, given: Mapping[str, object] = _NONE) -> dict[str, object]:
    """Run the guards, outermost first, and gather the injected arguments by parameter name; those given stay.

    Raises:
        ActionError: A guard refuses.
        LookupError: Nothing supplied a marked parameter.
    """
    supplied: list[object] = []
    for guard in entry.guards:
        answer: Any = guard(context)  # type: ignore[arg-type]  # a guard may declare its own kind of context
        supplied.append(await answer if inspect.isawaitable(answer) else answer)
    injected = entry.definition.injected
    return {
        name: given[name] if name in given else await _value(name, wanted, supplied, context)
        for name, wanted in injected.items()
    }


async def _value(name: str, wanted: Any, supplied: list[object], context: ActionContext) -> object:
    classes = _classes(wanted)
    for given in reversed(supplied):
        if given is not None and isinstance(given, classes):
            return given
    registry = dependencies_of(context.app)
    for kind in (wanted, *classes):
        if kind in registry:
            return await registry[kind](context.request, **context.request.match_info)
    if NoneType in classes:
        return None
    raise LookupError(f"Nothing supplied parameter {name!r} of {context.name!r}: no guard returned a {wanted}.")


def unsupplied(entries: Iterable[Entry], app: Sanic[Any, Any]) -> Iterator[Problem]:
    """The marked parameters that no guard of their action and no dependency of sanic-ext can supply."""
    registry = dependencies_of(app)
    for entry in entries:
        definition = entry.definition
        for name, wanted in definition.injected.items():
            classes = _classes(wanted)
            known = NoneType in classes or wanted in registry or any(kind in registry for kind in classes)
            if not known and not any(_may_return(guard, classes) for guard in entry.guards):
                kind = " | ".join(kind.__name__ for kind in classes)
                yield Problem(
                    action=entry.name,
                    file=definition.file,
                    line=definition.line,
                    reason=f"nothing supplies parameter {name!r}, which is marked Injected.",
                    remedy=f"Return a {kind} from a guard annotated '-> {kind}', or register one with sanic-ext: "
                    f"app.ext.add_dependency({kind}, ...).",
                )


def dependencies_of(app: Sanic[Any, Any]) -> Mapping[Any, Any]:
    """What sanic-ext can make, by type; nothing when it is not loaded."""
    registry: Any = getattr(getattr(app, "_ext", None), "_injection_registry", None)
    return {} if registry is None else registry


def _classes(annotation: Any) -> tuple[type, ...]:
    """The classes that values of a type can have; ``object`` for a type that says nothing of its class."""
    annotation = bare(annotation)
    if is_union(annotation):
        return tuple(kind for member in get_args(annotation) for kind in _classes(member))
    if annotation is None:
        return (NoneType,)
    kind = get_origin(annotation) or annotation
    return (kind,) if isinstance(kind, type) else (object,)


def _may_return(guard: Guard, wanted: tuple[type, ...]) -> bool:
    """Whether a guard's return annotation allows one of the classes; a guard without one may return anything."""
    try:
        annotation = get_type_hints(underlying_function(guard)).get("return", object)
    except Exception:
        return True  # a name that is known to type checkers only
    while getattr(get_origin(annotation), "__name__", "") in ("Coroutine", "Awaitable"):
        annotation = get_args(annotation)[-1]
    returned = [kind for kind in _classes(annotation) if kind is not NoneType]
    return any(issubclass(one, other) or issubclass(other, one) for one in returned for other in wanted)

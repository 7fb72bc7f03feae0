"""Problems of the errors that an action declares, as far as their classes show them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from types import FunctionType
from typing import Any, Final

from pydantic import ConfigDict

from ._definition_error import Problem
from ._entry import Entry
from ._errors import RESERVED_FIELDS, ActionError, CallError, InputError, error_fields
from ._types.crossed_names import crossing_problem, has_alias
from ._types.defaults import default_problem
from ._types.fields import fields_of, parameters_type
from ._types.hints import class_hints, hint_problem
from ._types.representable import problems_of

MAX_RAISES: Final = 8
"""Most typed errors one action may declare. Callers match on each; ``raises`` has places for 32."""

_OURS: Final = (ActionError, InputError, CallError)


def raises_problems(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with the errors of an action, and with each of their classes."""
    place = entry.definition.place
    if len(entry.raises) > MAX_RAISES:
        reason = f"it declares {len(entry.raises)} errors; callers can tell at most {MAX_RAISES} apart."
        remedy = "Make one error of several, with a field that tells them apart."
        yield Problem(reason=reason, remedy=remedy).at(entry.name, *place)
    classes: dict[str, type] = {}
    errors: tuple[Any, ...] = entry.raises  # anything may have been passed: this is the check
    for error in errors:
        if not isinstance(error, type) or not issubclass(error, ActionError) or error in _OURS:
            yield _undeclarable(error).at(entry.name, *place)
            continue
        problems = _class_problems(error)  # type: ignore[arg-type]  # a class has a hash, whatever its instances have
        yield from (problem.at(entry.name, *place) for problem in problems)
        if classes.setdefault(error.__name__, error) is not error:
            reason = f"it declares two errors called {error.__name__}."
            yield Problem(reason=reason, remedy="Rename one of the classes.").at(entry.name, *place)


def _undeclarable(error: object) -> Problem:
    """Return why something cannot be in ``raises``."""
    reason = f"raises={error!r} is not a subclass of ActionError."
    remedy = "Declare your own subclasses only."
    if any(error is each for each in _OURS):
        remedy += " Every action may raise this one."
    elif isinstance(error, ActionError):
        remedy = f"Declare the class itself: raises=[{type(error).__name__}]."
    elif isinstance(error, type) and issubclass(error, Exception):
        function = 'lambda error: ActionError("NOT_FOUND", "What callers may read")'
        name = error.__name__
        remedy += f" To make one of a {name}, write errors={{{name}: {function}}}."
    elif isinstance(error, str):
        remedy = 'Declare your own subclasses only, such as class Conflict(ActionError, code="CONFLICT").'
    return Problem(reason, remedy)


@lru_cache(maxsize=1024)
def _class_problems(error: type[ActionError]) -> tuple[Problem, ...]:
    """Return what is wrong with a typed error, whichever action declares it."""
    return tuple(_found_in(error))


def _found_in(error: type[ActionError]) -> Iterator[Problem]:
    name, fields = error.__name__, error_fields(error)
    if error._class_code is None:
        remedy = f'Write class {name}(ActionError, code="CONFLICT").'
        yield Problem(reason=f"{name} has no code.", remedy=remedy)
    for field in sorted(RESERVED_FIELDS & fields.keys()):
        reason = f"{name} has a field {field!r}, which every ActionError has."
        yield Problem(reason=reason, remedy="Rename the field.")
    yield from _constructor_problems(error)
    try:
        hints = class_hints(error)
    except NameError as cause:
        problem = hint_problem(cause, error)
        yield Problem(f"in {name}, {problem.reason}", problem.remedy)
        return
    for field in fields:
        problems = problems_of(hints[field], is_input=False)
        for problem in problems:
            yield problem.below(field).below(name)
        if not problems and hasattr(error, field) and field not in RESERVED_FIELDS:
            default = default_problem(field, getattr(error, field), hints[field])
            if default is not None:
                yield default.below(name)
    if any(has_alias(hints[field]) for field in fields):
        types = {field: (hints[field], True) for field in fields}
        shape = fields_of(parameters_type(name, types, ConfigDict()))
        clash = crossing_problem(shape or (), (), is_input=False)
        if clash is not None:
            yield clash.below(name)


def _constructor_problems(error: type[ActionError]) -> Iterator[Problem]:
    """Yield the attributes that a class sets in ``__init__``, beside fields: callers miss them."""
    fields = error_fields(error)
    for attribute in dict.fromkeys(_own_attributes(error)):
        if attribute in fields or attribute in RESERVED_FIELDS or attribute.startswith("_"):
            continue
        name = error.__name__
        reason = f"{name}.__init__ sets {attribute!r}, which is not a field: callers would not get it."
        remedy = (
            f"Write '{attribute}: int', with its type, in place of __init__, and raise {name}('...', {attribute}=...); "
        )
        remedy += f"or call it '_{attribute}', which stays on the server."
        yield Problem(reason, remedy)


def _own_attributes(error: type[ActionError]) -> Iterator[str]:
    """Yield the attributes that the constructors of a typed error set."""
    for base in error.__mro__:
        constructor = vars(base).get("__init__")
        if base in _OURS or not issubclass(base, ActionError) or not isinstance(constructor, FunctionType):
            continue
        from dis import get_instructions  # takes long to import, and few errors have a constructor

        first = constructor.__code__.co_varnames[:1]
        target: object = None
        # Bytecode rather than source, which an installed package need not have; bounded by what
        # somebody wrote.
        for step in get_instructions(constructor):
            if step.opname == "STORE_ATTR" and _is_self(target, first):
                yield str(step.argval)
            target = step.argval


def _is_self(target: object, first: tuple[str, ...]) -> bool:
    """Return whether the first parameter was loaded last; Python 3.13 loads two at once."""
    return (target,) == first or (isinstance(target, tuple) and target[-1:] == first)

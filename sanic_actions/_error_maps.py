"""Check ``errors=``: functions that turn an exception into the error that callers see instead.

The rule: the text of an exception was not written for callers, so only a function that does so
explicitly passes it on. An error class in place of a function would take the exception as its
message.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ._callables import describe, functions_behind
from ._definition_error import Problem
from ._errors import ActionError, CallError, InputError, error_fields

ErrorMap = Mapping[type[Exception], Callable[[Any], ActionError]]
"""Which error callers see in place of an exception, by its class or the nearest of its bases."""

_OURS: Final = (ActionError.__init__, InputError.__init__, CallError.__init__)
"""Constructors whose first argument is a message or something else that an exception is not."""


def error_map_problems(errors: object) -> Iterator[Problem]:
    """Yield what is wrong with ``errors=``."""
    if not isinstance(errors, Mapping):
        yield Problem(reason=f"errors={errors!r:.60} is not a mapping.", remedy=_write("NoResultFound"))
        return
    for kind, convert in errors.items():
        problem = _key_problem(kind) or _function_problem(kind.__name__, convert)
        if problem is not None:
            yield problem


def _key_problem(kind: Any) -> Problem | None:
    if not isinstance(kind, type) or not issubclass(kind, Exception):
        name = getattr(kind, "__name__", repr(kind))
        reason = f"errors= has {name}, which is not a class of exceptions."
        return Problem(reason=reason, remedy=_write("NoResultFound"))
    if issubclass(kind, ActionError):
        remedy = "Raise the other ActionError instead, or declare it with raises=[...]."
        return Problem(reason=f"errors= has {kind.__name__}, which callers see already.", remedy=remedy)
    return None


def _function_problem(name: str, convert: Any) -> Problem | None:
    """Return why a value of the mapping does not turn an exception into an error."""
    if isinstance(convert, ActionError):
        reason = f"errors= has one error for {name}, and each call needs its own."
        return Problem(reason=reason, remedy=_write(name, type(convert)))
    if not callable(convert):
        return Problem(reason=f"errors= has no function for {name}.", remedy=_write(name))
    target = convert
    while isinstance(target, functools.partial):  # of partials of partials Python makes one
        target = target.func
    if isinstance(target, type):
        return _class_problem(name, target)
    return _call_problem(name, convert)


def _class_problem(name: str, target: type) -> Problem | None:
    if not issubclass(target, ActionError):
        reason = f"errors= has {target.__name__} for {name}, which makes no ActionError."
        return Problem(reason=reason, remedy=_write(name))
    if target.__init__ in _OURS:
        reason = f"errors= has the class {target.__name__} for {name}, which would take the exception for its message, "
        reason += "and callers would read that."
        return Problem(reason=reason, remedy=_write(name, target))
    return None  # its own constructor says what it does with an exception


def _call_problem(name: str, convert: Any) -> Problem | None:
    label = describe(convert, article="the", noun="function")
    if any(map(inspect.iscoroutinefunction, functions_behind(convert))):
        return Problem(reason=f"errors= has {label} for {name}, which is async.", remedy="Write it without 'async'.")
    # Bound, not called: what it does with an exception may depend on the exception.
    try:
        inspect.signature(convert).bind(None)
    except TypeError as error:
        reason = f"errors= has {label} for {name}, which cannot be called with the exception alone: {error}."
        return Problem(reason=reason, remedy=_write(name))
    except ValueError:  # a function written in C may have no signature
        pass
    return None


def _write(exception: str, error_class: type[ActionError] = ActionError) -> str:
    if error_class.__init__ is not ActionError.__init__ or error_class._class_code is None:
        call = 'ActionError("NOT_FOUND", "What callers may read")'
    else:
        fields = "".join(f", {name}=..." for name in error_fields(error_class))
        call = f'{error_class.__name__}("What callers may read"{fields})'
    return f"Write errors={{{exception}: lambda error: {call}}}."

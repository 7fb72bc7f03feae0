"""Check guards when actions are defined.

A guard refuses by raising. A function that looks like a guard and could never refuse, such as a
generator or one that returns False, is a definition error if its signature, annotations or code
show it. Otherwise its first call is refused.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from enum import Enum
from types import FunctionType, MethodType
from typing import Any, Final, cast, get_origin

from ._callables import (
    Function,
    describe,
    functions_behind,
    hints_of,
    returned_by,
    written_return,
    written_words,
)
from ._definition import is_context, is_request
from ._definition_error import Problem
from ._injection import ANY, UNKNOWN, Fit, classes_of, fit
from ._results import Err, Ok
from ._types.other_frameworks import unsupplied_problem
from ._types.type_names import name_of


def guard_problem(guard: object, parameter_types: Iterable[Any] = ()) -> Problem | None:
    """Return what is wrong with a guard, as far as its definition tells.

    Args:
        guard: What was passed as ``guard`` or ``default_guard``.
        parameter_types: The types of the marked parameters of the actions that it guards: what they
            ask for it may return, be it a function or a context manager.
    """
    if not callable(guard):
        remedy = _write(guard)
        if guard is None:
            remedy += " What makes a guard has to return it. To guard nothing, leave the option out."
        if inspect.iscoroutine(guard):
            guard.close()  # or Python would warn that it was never awaited
            remedy = f"It was called: name it alone, guard={guard.__name__}. What makes a guard is written with 'def'."
        if isinstance(guard, list | tuple):
            remedy = "Pass one function, which may call the others; a namespace and the blueprint add theirs."
        return Problem(reason=f"the guard {guard!r:.60} is not a function.", remedy=remedy)
    own_problem = getattr(type(guard), "definition_problem", None)
    if own_problem is not None and (problem := own_problem(guard)):
        return cast("Problem", problem)
    problem = _kind_problem(guard)
    if problem is not None:
        return Problem(f"{describe(guard, article='the')} {problem.reason}", problem.remedy)
    return _call_problem(guard) or _annotation_problem(guard, parameter_types)


def _kind_problem(guard: Any) -> Problem | None:
    """Return why a call of it would not run a check: an action, a class, a generator."""
    if hasattr(guard, "__sanic_actions_action__"):
        return Problem("is an action.", "Pass the function that checks, not an action.")
    if hasattr(type(guard), "__enter__") or hasattr(type(guard), "__aenter__"):
        return Problem("is a context manager, which nobody enters.", _INSTEAD)
    for function in functions_behind(guard):
        if isinstance(function, type):
            return Problem("is a class: an object of it would be made, and nothing more.", _write_object(function))
        code = getattr(function, "__code__", None)
        if code is not None and _yields(code.co_flags):
            if _is_from_contextlib(guard):
                return Problem("makes a context manager, which nobody enters.", _INSTEAD)
            return Problem("is a generator, of which nothing would run.", _INSTEAD)
    return None


def _yields(flags: int) -> bool:
    # A function of types.coroutine is to be awaited, not iterated.
    is_coroutine = flags & inspect.CO_ITERABLE_COROUTINE
    return bool(flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR)) and not is_coroutine


def _is_from_contextlib(guard: Any) -> bool:
    modules = [getattr(function, "__globals__", {}).get("__name__") for function in functions_behind(guard)]
    return "contextlib" in modules


def named_fields(guard: Function) -> tuple[str, ...]:
    """Return the input fields that a guard names: parameters after the context, no defaults.

    Such a guard runs after validation, and is called with the values of these fields by name.
    """
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = _parameters_after_context(guard)
    return tuple(each.name for each in parameters if each.default is each.empty and each.kind in by_name)


def _parameters_after_context(guard: Function) -> list[inspect.Parameter]:
    """Return the parameters that follow the context; those of a decorated guard if its wrapper passes on any name."""
    try:
        parameters = list(inspect.signature(guard, follow_wrapped=False).parameters.values())
        if all(each.kind is not each.VAR_KEYWORD for each in parameters):
            return parameters[1:]
        inner_parameters = list(inspect.signature(guard).parameters.values())[1:]
    except (TypeError, ValueError):
        return []
    names = [each.name for each in parameters]
    passed_on = _passed_on(guard)
    return parameters[1:] + [each for each in inner_parameters if each.name in passed_on and each.name not in names]


def _passed_on(guard: Function) -> tuple[str, ...]:
    """Return the parameters of the function that is called with whatever the wrappers around it are called with."""
    for function in functions_behind(guard):
        code = getattr(function, "__code__", None)
        if code is not None and not code.co_flags & inspect.CO_VARKEYWORDS:
            return tuple(inspect.signature(function, follow_wrapped=False).parameters)
    return ()


def defaulted_parameters(guard: Function) -> tuple[str, ...]:
    """Return the parameters that a guard is never called with, because it has defaults for them.

    Arguments of a ``functools.partial`` are left out: they were filled in on purpose.
    """
    filled_in = getattr(guard, "keywords", None) or {}
    names: list[str] = []
    for parameter in _parameters_after_context(guard):
        if parameter.default is not parameter.empty and parameter.name not in filled_in:
            names.append(parameter.name)
    return tuple(names)


def field_type(guard: Function, name: str) -> Any:
    """Return the annotation of a field that a guard names; ``Any`` where none can be read."""
    return hints_of(guard).get(name, Any)


def _call_problem(guard: Function) -> Problem | None:
    """Return why a guard cannot be called with the context and the fields that it names."""
    name = describe(guard, article="the")
    try:
        # The wrapper is what gets called.
        signature = inspect.signature(guard, follow_wrapped=False)
        fields = named_fields(guard)
        signature.bind(None, **dict.fromkeys(fields))
    except TypeError as error:
        arguments = "the context and fields of the input" if fields else "the context alone"
        return Problem(reason=f"{name} cannot be called with {arguments}: {error}.", remedy=_write(guard))
    except ValueError:  # a function written in C may have no signature
        return None
    for parameter in signature.parameters.values():
        if problem := unsupplied_problem(parameter.default):
            reason = f"{name} has a parameter {parameter.name!r}: {problem.reason}"
            return Problem(reason=reason, remedy=_NO_MARK)
    first = next(iter(signature.parameters), "")
    annotation = hints_of(guard).get(first, Any)
    if may_be_context(annotation):
        return None
    type_name = getattr(annotation, "__name__", repr(annotation))
    remedy = _write(guard)
    if is_request(annotation):
        remedy += " The request is context.request."
    elif isinstance(guard, FunctionType):
        remedy += f" If {guard.__name__!r} makes a guard, pass what it makes: guard={guard.__name__}(...)."
    return Problem(reason=f"{name} takes {first!r}, a {type_name}, and is called with the context.", remedy=remedy)


def may_be_context(annotation: Any) -> bool:
    """Return whether a parameter of this type takes the context."""
    if annotation in ANY:
        return True
    classes = classes_of(annotation)
    return not classes or any(kind is object or is_context(kind) or _is_protocol(kind) for kind in classes)


def _annotation_problem(guard: Function, parameter_types: Iterable[Any]) -> Problem | None:
    """Return why a guard with this return annotation would let everybody in."""
    return_type = returned_by(guard)
    if return_type is UNKNOWN or return_type in ANY:
        return _written_problem(guard) if return_type is UNKNOWN else None
    name = describe(guard, article="the")
    classes = classes_of(return_type)
    if bool in classes or _guards_a_type(return_type):
        return Problem(reason=f"{name} is annotated '-> bool': False would let in as True does.", remedy=_RAISE)
    if any(issubclass(kind, BaseException) for kind in classes):
        return Problem(reason=f"{name} is annotated to return an exception, which lets in.", remedy=_RAISE)
    # A Sanic response, which this layer cannot import.
    if any(hasattr(kind, "processed_headers") for kind in classes):
        return Problem(reason=f"{name} is annotated to return a response, which nobody would send.", remedy=_RAISE)
    pending = next((words for kind in classes for words, is_such in _NEVER_RUN if is_such(kind)), None)
    is_wanted = any(fit(return_type, each) <= Fit.SUPERCLASS for each in parameter_types)
    if pending is None or is_wanted:
        return None
    remedy = _INSTEAD
    if pending == "a function" and isinstance(guard, FunctionType):
        remedy = f"If {guard.__name__!r} makes a guard, pass what it makes: guard={guard.__name__}(...)."
    return Problem(reason=f"{name} is annotated to return {pending}, which nobody would run.", remedy=remedy)


def answer_problem(guard: Function, parameter_types: Iterable[Any]) -> Problem | None:
    """Return why a guard may not return a plain value that no action asks for.

    An object of a class, such as a user, is the result of a check. A string, a pair or a member of
    an enum is likely a verdict ("denied"), which nobody would read.
    """
    if hasattr(type(guard), "definition_problem"):
        return None  # Bearer and its like read what their function returns
    return_type = returned_by(guard)
    if return_type is UNKNOWN or return_type in ANY or not any(map(_is_answer, classes_of(return_type))):
        return None
    classes = set(classes_of(return_type))
    if any(fit(return_type, each) <= Fit.SUPERCLASS or classes & {*classes_of(each)} for each in parameter_types):
        return None  # an action asks for values of this class, so the guard returns them on purpose
    shown = name_of(return_type)
    name = describe(guard, article="the")
    reason = f"{name} is annotated '-> {shown}', which no action that it guards asks for: whatever it answers lets in."
    return Problem(reason=reason, remedy=f"{_RAISE} An action asks for it with Annotated[{shown}, Injected].")


def _is_answer(kind: type) -> bool:
    is_plain = kind.__module__ == "builtins" and kind is not object
    return is_plain or issubclass(kind, (Enum, Ok, Err))


def _guards_a_type(annotation: Any) -> bool:
    """Return whether this is ``TypeGuard[User]`` or ``TypeIs[User]``: bool by another name."""
    return getattr(get_origin(annotation), "_name", getattr(get_origin(annotation), "__name__", "")) in _BOOLS


_BOOLS: Final = ("TypeGuard", "TypeIs")


def _written_problem(guard: Function) -> Problem | None:
    """Return why a guard lets everybody in, by an annotation that only checkers can read."""
    name, annotation, words = describe(guard, article="the"), written_return(guard), written_words(guard)
    if "bool" in words or words & {*_BOOLS}:
        reason = f"{name} is annotated '-> {annotation}': False would let in as True does."
        return Problem(reason=reason, remedy=_RAISE)
    if words & _STREAM_WORDS:
        reason = f"{name} is annotated '-> {annotation}', which nobody would run."
        return Problem(reason=reason, remedy=_INSTEAD)
    return None


_STREAM_WORDS: Final = {"Iterator", "AsyncIterator", "Generator", "AsyncGenerator", "Callable"}

_FUNCTIONS: Final[tuple[Any, ...]] = (Callable, FunctionType, MethodType, functools.partial, type)

_NEVER_RUN: Final[tuple[tuple[str, Callable[[type], bool]], ...]] = (
    ("an iterator", lambda kind: hasattr(kind, "__next__") or hasattr(kind, "__anext__")),
    ("a context manager", lambda kind: hasattr(kind, "__enter__") or hasattr(kind, "__aenter__")),
    ("a function", lambda kind: kind in _FUNCTIONS or (_is_protocol(kind) and "__call__" in vars(kind))),
    ("an awaitable", lambda kind: hasattr(kind, "__await__")),
)


def _is_protocol(kind: type) -> bool:
    return getattr(kind, "_is_protocol", False) is True


_NO_MARK: Final = "A guard takes the context, and fields of the input by their names: call that function in the guard."
_INSTEAD: Final = (
    "A guard raises ActionError to refuse, and returns before the handler runs. What surrounds the "
    "handler is an interceptor: interceptors=[...]."
)
_RAISE: Final = "Raise ActionError(\"FORBIDDEN\", ...) to refuse, and annotate '-> None', or what is injected."


def _write(guard: object) -> str:
    name = getattr(guard, "__name__", "guard")
    name = name if name.isidentifier() and not isinstance(guard, type) else "guard"
    return f"Write 'async def {name}(context: ActionContext) -> ...'."


def _write_object(kind: type) -> str:
    """Return what to pass in place of a class: for one of ours, a reader of a credential."""
    if not hasattr(kind, "definition_problem"):
        return _write(kind)
    arguments = ", ".join(list(inspect.signature(kind).parameters))
    return f"Write {kind.__name__}({arguments}), where 'find' is your function that says whose a credential is."

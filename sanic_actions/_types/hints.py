"""Read the parameters of a function, and their types.

Annotations are read all at once, which is fast. If that fails they are read one by one, so that
every mistake in them is reported.
"""

from __future__ import annotations

import builtins
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any, Final, NamedTuple, TypeGuard, get_type_hints

from .._definition_error import Problem


class Parameter(NamedTuple):
    """One parameter of a handler, as in ``inspect.Parameter``."""

    name: str
    kind: Any
    default: Any


def is_plain(handler: Any) -> TypeGuard[FunctionType]:
    """Return whether nothing wraps a function, so that its code has the signature."""
    return type(handler) is FunctionType and not handler.__dict__


def parameters_of(handler: Any) -> list[Parameter]:
    """Return the parameters in their order.

    Raises:
        TypeError: It is not callable.
        ValueError: It has no signature.
    """
    if is_plain(handler):
        return list(_code_parameters(handler))
    parameters = inspect.signature(handler).parameters.values()
    return [Parameter(parameter.name, parameter.kind, parameter.default) for parameter in parameters]


def wrapper_problem(handler: Any, parameters: list[Parameter]) -> Problem | None:
    """Return why a decorator breaks the call of a handler, whose parameters are passed by name."""
    if not hasattr(handler, "__wrapped__") or not isinstance(handler, FunctionType):
        return None
    names = [parameter.name for parameter in parameters if parameter.kind not in _STARS]
    try:
        inspect.signature(handler, follow_wrapped=False).bind(**dict.fromkeys(names))
    except ValueError:
        return None
    except TypeError as error:
        code = handler.__code__
        name = code.co_qualname.partition(".<locals>")[0]
        reason = (
            f"the decorator {name!r} ({code.co_filename}:{code.co_firstlineno}) cannot be called "
            f"with the parameters of the handler by name: {error}."
        )
        remedy = "Take it off: what it checks is a matter of a guard, @action(guard=...), which has the context."
        return Problem(reason, remedy)
    return None


_STARS: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _code_parameters(function: FunctionType) -> Iterator[Parameter]:
    """Yield the parameters that ``inspect.signature`` would find, in a fifth of the time.

    Every start of an app reads every handler.
    """
    code = function.__code__
    kinds = inspect.Parameter
    # The names of all variables: positional parameters, keyword-only ones, *args, **kwargs, locals.
    names = iter(code.co_varnames)
    defaults = function.__defaults__ or ()
    first_default = code.co_argcount - len(defaults)
    for number, name in enumerate(islice(names, code.co_argcount)):
        kind: Any = kinds.POSITIONAL_OR_KEYWORD
        if number < code.co_posonlyargcount:
            kind = kinds.POSITIONAL_ONLY
        default = kinds.empty
        if number >= first_default:
            default = defaults[number - first_default]
        yield Parameter(name, kind, default)
    keyword_names = list(islice(names, code.co_kwonlyargcount))
    if code.co_flags & inspect.CO_VARARGS:
        yield Parameter(next(names), kinds.VAR_POSITIONAL, kinds.empty)
    keyword_defaults = function.__kwdefaults__ or {}
    for name in keyword_names:
        yield Parameter(name, kinds.KEYWORD_ONLY, keyword_defaults.get(name, kinds.empty))
    if code.co_flags & inspect.CO_VARKEYWORDS:
        yield Parameter(next(names), kinds.VAR_KEYWORD, kinds.empty)


def read_hints(
    function: Any,
    names: Mapping[str, Any] | None,
) -> tuple[dict[str, Any], dict[str, Problem]]:
    """Return a function's types, with ``return``, and the problems of those it cannot read.

    Args:
        function: The function whose annotations they are.
        names: The local names around it, if it stands inside a function.
    """
    try:
        return _at_once(function, names or {}), {}
    except Exception:  # reading one may raise anything; one by one shows which
        return _one_by_one(function, names or {})


def _at_once(function: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of ``get_type_hints``, but faster for classes and the names of classes."""
    globals_ = getattr(function, "__globals__", {})
    scope = globals_
    if names:
        scope = {**globals_, **names}
    hints: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, annotation in getattr(function, "__annotations__", {}).items():
        hint = annotation
        if type(annotation) is str:
            hint = _value(annotation, scope)
        hints[name] = hint
        if not isinstance(hint, type):  # None, and what may have strings inside
            rest[name] = hint
    if rest:
        holder = SimpleNamespace(__annotations__=rest)
        hints |= get_type_hints(holder, globalns=globals_, localns=dict(names) or None, include_extras=True)
    return hints


def _value(text: str, scope: dict[str, Any]) -> Any:
    for names in (scope, vars(builtins)):
        if text in names:
            return names[text]
    return eval(_compiled(text), scope)  # noqa: S307  # as get_type_hints does


@lru_cache(maxsize=1024)
def _compiled(text: str) -> CodeType:
    """Compile an annotation; cached, as many handlers have the same ones and compiling is slow."""
    return compile(text, "<annotation>", "eval", dont_inherit=True)


def _one_by_one(
    function: Any,
    names: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Problem]]:
    hints: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    globals_ = {**getattr(function, "__globals__", {}), **names}
    for name, annotation in inspect.get_annotations(function).items():
        holder = SimpleNamespace(__annotations__={name: annotation})
        try:
            hints |= get_type_hints(holder, globalns=globals_, include_extras=True)
        except NameError as error:
            problems[name] = undefined(str(error.name), globals_)
        except Exception as error:
            problems[name] = _unreadable(annotation, error, globals_)
    return hints, problems


class UnreadableHintError(NameError):
    """An annotation of a class that raises when it is read, whatever it raises.

    Whoever waits for a name that is not defined waits for this too.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def class_hints(cls: Any) -> dict[str, Any]:
    """Return the types of the fields of a dataclass, a typed dict, a named tuple or an error.

    Raises:
        NameError: An annotation names something undefined, or raises anything else.
    """
    try:
        return get_type_hints(cls, include_extras=True)
    except NameError:
        raise
    except Exception as error:  # an annotation can be any expression
        raise UnreadableHintError(_problem_in(cls, error)) from error


def _problem_in(cls: Any, error: Exception) -> Problem:
    """Return the problem of the first annotation of a class that cannot be read."""
    for owner in reversed(cls.__mro__):
        globals_ = vars(sys.modules.get(owner.__module__, sys))
        for name, annotation in inspect.get_annotations(owner).items():
            holder = SimpleNamespace(__annotations__={name: annotation})
            try:
                get_type_hints(holder, globals_, include_extras=True)
            except Exception as cause:
                text = getattr(annotation, "__forward_arg__", annotation)
                problem = _unreadable(text, cause, globals_)
                return Problem(f"field {name!r}: {problem.reason}", problem.remedy)
    return Problem(f"an annotation cannot be read: {_sentence(error)}", _TYPE_REMEDY)


def hint_problem(error: NameError, cls: Any) -> Problem:
    """Return the problem of a class whose annotations could not be read."""
    if isinstance(error, UnreadableHintError):
        return error.problem
    return undefined(str(error.name), vars(sys.modules.get(cls.__module__, sys)))


def alias_problem(alias: Any, error: Exception) -> Problem:
    """Return the problem of an alias whose value could not be read."""
    globals_ = vars(sys.modules.get(alias.__module__, sys))
    if isinstance(error, NameError):
        problem = undefined(str(error.name), globals_)
    else:
        problem = Problem(f"its value cannot be read: {_sentence(error)}", _TYPE_REMEDY)
    return Problem(f"in the alias {alias.__name__}, {problem.reason}", problem.remedy)


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."


_TYPE_REMEDY: Final = "Write it as a type."


def _unreadable(annotation: object, error: Exception, globals_: Mapping[str, Any]) -> Problem:
    """Return the problem of an annotation that fails: ``list[str]`` below an action ``list``."""
    for name in _WORD.findall(str(annotation)):
        if name in globals_ and name in vars(builtins):
            value = _shown(globals_[name])
            reason = f"in the annotation {annotation!r}, {name!r} is {value} of this module."
            remedy = f"Give that another name in the module; in the tree it may be called {name!r}."
            return Problem(reason, remedy)
    return Problem(f"the annotation {annotation!r} cannot be read: {_sentence(error)}", _TYPE_REMEDY)


_WORD: Final = re.compile(r"[A-Za-z_]\w*")


def _shown(value: object) -> str:
    return f"{value!r:.60}"


def undefined(name: str, globals_: Mapping[str, Any]) -> Problem:
    """Return the problem of an annotation that names something undefined."""
    near = get_close_matches(name, globals_, 1, cutoff=0.75)
    remedy = "Import it for real, not only under TYPE_CHECKING: actions are read at run time."
    if near:
        remedy += f" Or did you mean {near[0]!r}?"
    return Problem(f"the annotation names {name!r}, which is not defined.", remedy)

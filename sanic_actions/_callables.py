"""Read callables that users pass, such as guards and interceptors: names, and what they return.

Whatever wraps a function (a partial, a method, ``functools.wraps``, an object with ``__call__``) is
looked through, so that messages and checks are about the function that somebody wrote.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import FunctionType, MethodType
from typing import Any, Final, cast, get_args, get_origin

from ._definition import place_of
from ._injection import UNKNOWN
from ._types.hints import read_hints

Function = Callable[[Any], object]

MAX_WRAPPERS: Final = 100
"""Most wrappers around one function that are looked through; more are a circle."""


def describe(guard: object, *, article: str = "The", noun: str = "guard") -> str:
    """Return the name of a guard for messages, with its file and line."""
    if hasattr(type(guard), "definition_problem"):  # one of this library's, such as Bearer(...)
        parts = list(cast("Any", guard).parts())
        if len(parts) > 1:  # of a | b either may be meant
            names = " or ".join(describe(part, article="", noun="") for part in parts)
            return " ".join(filter(None, (article, noun, names)))
    function: FunctionType | None = None
    # The last one is the innermost: the function that somebody wrote, not what wraps it.
    for each in functions_behind(guard):
        if isinstance(each, FunctionType):
            function = each
    name = getattr(guard, "__name__", getattr(function, "__qualname__", repr(guard)))
    name = name.rpartition(">.")[2]  # "outer.<locals>.guard" is called "guard"
    file, line = place_of(function)
    where = f" ({file}:{line})" if file else ""
    return " ".join(word for word in (article, noun, f"{name!r}{where}") if word)


def functions_behind(guard: object) -> Iterator[Any]:
    """Yield the functions, or a called class, that a call of a guard goes through from outside."""
    for _ in range(MAX_WRAPPERS):
        if isinstance(guard, functools.partial):
            guard = guard.func
            continue
        if isinstance(guard, MethodType | staticmethod | classmethod):
            guard = guard.__func__
            continue
        inner = getattr(guard, "__wrapped__", None)
        if isinstance(guard, type):
            yield guard
            return
        if isinstance(guard, FunctionType):
            yield guard
        elif inner is None and not inspect.isroutine(guard):
            # From the class, as Python itself looks up __call__: an attribute of the object does
            # not count.
            inner = next((vars(base)["__call__"] for base in type(guard).__mro__ if "__call__" in vars(base)), None)
        if inner is None:
            return
        guard = inner


def without_deprecation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function behind ``@deprecated``, for a call that comes from another process.

    A warning in the server would point into this library, and name neither the action nor its
    caller. The generated client warns the caller instead.
    """
    module = getattr(function, "__globals__", {}).get("__name__")
    qualname = getattr(getattr(function, "__code__", None), "co_qualname", "")
    if module in _DEPRECATORS and qualname == "deprecated.__call__.<locals>.wrapper":
        inner: Callable[..., Any] = vars(function)["__wrapped__"]
        return inner
    return function


_DEPRECATORS: Final = ("warnings", "_py_warnings", "typing_extensions")
"""The modules whose decorator of that name wraps a function."""


def returned_by(guard: Function) -> Any:
    """Return the type that a guard returns, awaited; ``UNKNOWN`` without a readable annotation."""
    function = _annotated_function(guard)
    return_type = hints_of(guard).get("return", UNKNOWN)
    # What wraps a coroutine function may return something else, so its annotation is taken as it is
    # written.
    is_async = inspect.iscoroutinefunction(function) and not hasattr(function, "__wrapped__")
    if is_async or not hasattr(get_origin(return_type) or return_type, "__await__"):
        return return_type
    # Awaitable[T] has its result as the only argument, Coroutine[Any, Any, T] as the last one.
    arguments = get_args(return_type)
    return arguments[-1] if arguments else UNKNOWN


def _annotated_function(guard: object) -> FunctionType | None:
    """Return the outermost function of a guard that has annotations of what a guard takes or returns."""
    wrapper: FunctionType | None = None
    for function in functions_behind(guard):
        if not isinstance(function, FunctionType) or not function.__annotations__:
            continue
        if not _passes_everything_on(function):
            return function
        wrapper = wrapper or function
    return wrapper


def _passes_everything_on(function: FunctionType) -> bool:
    """Return whether a wrapper is annotated as one that takes anything.

    ``functools.wraps`` gives it the annotations of a function, but those of a partial or of an
    object with ``__call__`` it does not find; of such an object it takes those of its attributes.
    """
    if not hasattr(function, "__wrapped__"):
        return False
    code = function.__code__
    names = {*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]}
    with suppress(TypeError, ValueError):  # a function written in C may have no signature
        names.update(inspect.signature(function).parameters)
    return names.isdisjoint(function.__annotations__)


def hints_of(guard: object) -> Mapping[str, Any]:
    """Return the annotations of a guard that can be read."""
    function = _annotated_function(guard)
    return {} if function is None else read_hints(function, None)[0]


def written_return(guard: object) -> str:
    """Return the return annotation as it is written; empty without one."""
    function = _annotated_function(guard)
    return "" if function is None else str(function.__annotations__.get("return", ""))


def written_words(guard: object) -> frozenset[str]:
    """Return the words of a return annotation that only type checkers can read, as class names."""
    return frozenset(re.findall(r"\w+", written_return(guard)))


def is_named(value: object, guard: object) -> bool:
    """Return whether an annotation that only type checkers can read names the class of a value."""
    words = written_words(guard)
    # Without ``object``, which every value is; and True is an int, though nobody means it by that.
    return not isinstance(value, bool) and any(kind.__name__ in words for kind in type(value).__mro__[:-1])

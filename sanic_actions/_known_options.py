"""Calls with an argument that a function does not take: the sentence names the one that was meant.

Clients import this file, so ``difflib`` is imported only to write a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar, cast

from ._server_mistakes import type_error

F = TypeVar("F", bound=Callable[..., Any])


def known_options(
    label: str, *, advice: Mapping[str, str] | None = None, sentence: Callable[[str, object], str] | None = None
) -> Callable[[F], F]:
    """Return a decorator that raises TypeError for unknown options with the option that was meant.

    Args:
        label: The name of the function, for the sentence.
        advice: What to write in place of a name, where it differs from what ``_meant_options``
            says.
        sentence: Returns what to write for a name and its value, or an empty string.
    """

    def decorate(function: F) -> F:
        # From the code object: a client starts without importing inspect.
        code = function.__code__
        count = code.co_argcount
        arguments = code.co_varnames[: count + code.co_kwonlyargcount]
        names = tuple(name for name in arguments if name != "self")

        @wraps(function)
        def checked(*args: Any, **options: Any) -> Any:
            for name, value in options.items():
                if name not in names:
                    hint = sentence(name, value) if sentence is not None else ""
                    raise type_error(f"{label}() has no option {name!r}. {hint or hint_for(name, names, advice or {})}")
            if len(args) > count:
                value = f"{args[count]!r:.60}"
                first = arguments[count]
                hint = sentence(first, args[count]) if sentence is not None else ""
                advice_for_value = f". {hint}" if hint else f", such as {first}={value}."
                raise type_error(f"{label}() takes {value} by name only{advice_for_value}")
            return function(*args, **options)

        return cast("F", checked)

    return decorate


def hint_for(name: str, names: Iterable[str], advice: Mapping[str, str]) -> str:
    """Return what to write in place of an option that does not exist."""
    from difflib import get_close_matches

    from ._meant_options import meant

    options = list(names)
    sentence = advice.get(name) or meant(name, options)
    if sentence:
        return sentence
    near = get_close_matches(name, options, 1, LIKENESS)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"There are {', '.join(options)}."


LIKENESS: Final = 0.75
"""The smallest likeness of a misspelt option; ``rate`` is not meant as ``state``."""

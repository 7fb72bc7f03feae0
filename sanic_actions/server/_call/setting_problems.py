"""Check the settings of a blueprint whose wrong value would open something, or fail with the first call.

A coroutine in place of an answer is another one each time: as the key of a rate it would count nobody twice.
"""

from __future__ import annotations

import inspect
from math import inf
from typing import Any, Final, TypeVar

from ..._callables import functions_behind

F = TypeVar("F")


def plain_function(setting: str, function: F, parameter: str) -> F:
    """Return a setting that is a plain function of one argument, or None where it was left out.

    Args:
        setting: The setting's name.
        function: Its value.
        parameter: What the argument is, for the remedy.

    Raises:
        TypeError: It is not one.
    """
    if function is None and setting in _OPTIONAL:
        return function
    problem = _call_problem(function, 1)
    if problem is None and any(map(inspect.iscoroutinefunction, functions_behind(function))):
        problem = "is async, and its answer is needed at once"
    if problem is not None:
        raise TypeError(f"{setting}={function!r:.80} {problem}. Write 'def {setting}({parameter}) -> str: ...'.")
    return function


def tracker(function: F) -> F:
    """Return the setting ``on_error``, which may be async; None where it was left out.

    Raises:
        TypeError: Nobody can call it with an exception, a name and an id.
    """
    if function is not None and (problem := _call_problem(function, 3)):
        raise TypeError(f"on_error={function!r:.80} {problem}. Write 'def on_error(error, name, id) -> None: ...'.")
    return function


def seconds_of(setting: str, seconds: Any) -> float:
    """Return a setting that is a time.

    Raises:
        ValueError: It is not a number above 0.
    """
    if type(seconds) not in _NUMBERS or not 0 < seconds < inf:
        raise ValueError(f"{setting}={seconds!r} is not a time; write a number of seconds above 0.")
    return float(seconds)


def _call_problem(function: Any, arguments: int) -> str | None:
    if not callable(function):
        return "is not a function"
    try:
        inspect.signature(function).bind(*[None] * arguments)
    except TypeError as error:
        return f"cannot be called with {_ARGUMENTS[arguments]}: {error}"
    except ValueError:  # one in C, which does not say
        pass
    return None


_OPTIONAL: Final = ("messages", "rate_key")
"""Without them issues are said in English, and rates count for addresses: None opens nothing."""
_NUMBERS: Final = (int, float)
_ARGUMENTS: Final = {1: "one argument", 3: "three arguments"}

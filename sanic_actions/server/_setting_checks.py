"""Check a blueprint's settings, whose wrong value would open something or fail at a call.

A string in place of a switch would be on, whatever it says: ``openapi="0"`` would show the actions
to anyone. A coroutine in place of an answer is another one each time: as the key of a rate it would
count nobody twice.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from math import inf
from types import NoneType
from typing import Any, Final, NamedTuple, TypeVar

from .._actions import Action
from .._callables import functions_behind
from .._namespace import Namespace
from ..contract import Lock
from ._state.store import StateStore
from ._upload_folder import UploadFolder

F = TypeVar("F")


class _Kind(NamedTuple):
    """What a setting may be."""

    classes: tuple[type, ...]
    name: str
    example: str


def check_kinds(settings: Mapping[str, Any]) -> None:
    """Check the settings that have one kind.

    Raises:
        TypeError: A value is of another one.
    """
    for setting, kind in _KINDS.items():
        value = settings[setting]
        if not isinstance(value, kind.classes) or (isinstance(value, bool) and bool not in kind.classes):
            raise TypeError(f"{setting}={value!r:.60} is not {kind.name}. Write {setting}={kind.example}.")
    if not _is_host(settings["host"]):
        raise TypeError(f"host={settings['host']!r:.60} is not a host or a list of them. Write host='blog.example'.")


def _is_host(host: object) -> bool:
    """Return whether this is a host or a collection of hosts; None is for all other hosts."""
    if isinstance(host, list | tuple | set | frozenset):
        return all(isinstance(name, str | NoneType) for name in host)
    return isinstance(host, str | NoneType)


def state_store(state: Any) -> StateStore | None:
    """Return the store of a setting, or None where it was left out.

    Raises:
        TypeError: It is not a store.
    """
    if state is None:
        return None
    # One method will do: a store for a test may have only those that the test needs.
    is_store = any(callable(getattr(state, name, None)) for name in _METHODS)
    if is_store and not isinstance(state, type):
        store: StateStore = state
        return store
    if isinstance(state, type):
        advice = f"an object of it: state={state.__name__}(...)"
    elif isinstance(state, str) and "://" in state:
        advice = f"state=RedisStore({state!r:.60})"
    elif isinstance(state, str | os.PathLike):
        advice = f"state=SQLiteStore({os.fspath(state)!r:.60})"
    else:
        advice = "state=SQLiteStore('state.db'), or RedisStore(...) where several machines serve the app"
    raise TypeError(f"state={state!r:.60} is not a store. Write {advice}.")


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
    if any(isinstance(inner, type) for inner in functions_behind(function)):
        return "is a class, of which each call makes an object"
    try:
        inspect.signature(function).bind(*[None] * arguments)
    except TypeError as error:
        return f"cannot be called with {_ARGUMENTS[arguments]}: {error}"
    except ValueError:  # one in C, which does not say
        pass
    return None


def tree_advice(name: str, value: object) -> str:
    """Return where an action or a namespace goes that was passed by its name; else empty."""
    if isinstance(value, Action | Namespace):
        return f"The tree of actions stands first: ActionsBlueprint(Namespace({name}={name}))."
    if isinstance(value, Mapping) and any(isinstance(member, Action | Namespace) for member in value.values()):
        return "The tree of actions stands first, and the app takes the rest: app.blueprint(ActionsBlueprint(tree))."
    return ""


_METHODS: Final = ("claim", "renew", "put")
_SWITCH: Final = _Kind((bool,), "True or False", "True")
_KINDS: Final[Mapping[str, _Kind]] = {
    "prefix": _Kind((str,), "a path", "'/_actions'"),
    "name": _Kind((str, NoneType), "a string", "'actions'"),
    "uploads": _Kind((UploadFolder, os.PathLike, str, NoneType), "a folder", "UploadFolder('uploads')"),
    "forms": _SWITCH,
    "openapi": _SWITCH,
    "contract": _SWITCH,
    "lock": _Kind((Lock, os.PathLike, str, NoneType), "a lock or its path", "'actions.lock.json'"),
    "url_prefix": _Kind((str, NoneType), "a path", "'/api'"),
    "version": _Kind((int, str, float, NoneType), "a version", "1"),
    "version_prefix": _Kind((str,), "a string", "'/v'"),
    "strict_slashes": _Kind((bool, NoneType), "True or False", "True"),
}
_OPTIONAL: Final = ("messages", "rate_key")
"""Without them issues are said in English, and rates count for addresses: None opens nothing."""
_NUMBERS: Final = (int, float)
_ARGUMENTS: Final = {1: "one argument", 3: "three arguments"}

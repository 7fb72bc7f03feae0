"""Describe for the log an output that does not fit its declared type, without any value: it may be secret."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ._errors import InputError
from ._results import Err, Ok
from ._types.type_names import name_of

MOST_KEYS: Final = 12
"""How many keys of a dictionary are named."""


def mismatch(result: object, annotation: Any, error: InputError) -> str:
    """Return a sentence with the type that was returned, the declared type, and where they differ."""
    where = "; ".join(f"{issue.path or 'the value'}: {issue.message}" for issue in error.issues)
    short = _MODULES.sub("", name_of(annotation))
    return f"returned {_described(result)} where it declares {short}: {where}{_remedy(result)}"


def _remedy(result: object) -> str:
    for is_such, remedy in _REMEDIES:
        if is_such(result):
            return f". {remedy}"
    return ""


def _is_pair(result: object) -> bool:
    """Return whether a handler returned a value with a status, as in Flask: ``return body, 404``."""
    return isinstance(result, tuple) and len(result) > 1 and result[1] in STATUS_CODES


def _is_response(result: object) -> bool:
    # By name: this file is a part of the model, which does not import Sanic.
    return any(kind.__name__ == "BaseHTTPResponse" for kind in type(result).__mro__)


STATUS_CODES: Final = range(100, 600)

_REMEDIES: Final[tuple[tuple[Callable[[object], bool], str], ...]] = (
    (inspect.isawaitable, "Await it."),
    (lambda result: isinstance(result, Ok | Err), "Return result.data, and raise result.error."),
    (lambda result: isinstance(result, BaseException), "Raise it."),
    (_is_response, "Return the value itself: the library makes the response of it."),
    (_is_pair, "Return the value alone: a status is that of an error which is raised."),
)
"""What to write instead, where it can be known from what was returned."""

_MODULES: Final = re.compile(r"\b(?:\w+\.|<locals>\.)+(?=\w)")
"""The modules before the names of classes."""


def _described(result: object) -> str:
    # Names of keys and classes only: the log of a server is read by more people than its data.
    kind = type(result).__name__
    if isinstance(result, Mapping):
        keys = [str(key) for key in result if isinstance(key, str)]
        return f"a {kind} with the keys {', '.join(map(repr, keys[:MOST_KEYS])) or '(none)'}"
    if isinstance(result, list | tuple) and result:
        return f"a {kind} that begins with {_described(result[0])}"
    article = "an" if kind[:1] in "AEIOUaeiou" else "a"
    return f"{article} {kind}"

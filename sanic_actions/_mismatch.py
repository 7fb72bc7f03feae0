"""What the log says of a handler that returned something else than it declares: never a value, which may be secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ._errors import InputError
from ._types.type_problems import name_of

MOST_KEYS: Final = 12
"""How many keys of a dictionary are named."""


def mismatch(result: object, annotation: Any, error: InputError) -> str:
    """Return what was returned, what was declared, and where they differ."""
    where = "; ".join(f"{issue.path or 'the value'}: {issue.message}" for issue in error.issues)
    short = _MODULES.sub("", name_of(annotation))
    return f"returned {_described(result)} where it declares {short}: {where}"


_MODULES: Final = re.compile(r"\b(?:\w+\.|<locals>\.)+(?=\w)")
"""The modules before the names of classes."""


def _described(result: object) -> str:
    kind = type(result).__name__
    if isinstance(result, Mapping):
        keys = [str(key) for key in result if isinstance(key, str)]
        return f"a {kind} with the keys {', '.join(map(repr, keys[:MOST_KEYS])) or '(none)'}"
    if isinstance(result, list | tuple) and result:
        return f"a {kind} that begins with {_described(result[0])}"
    return f"a {kind}"

"""The bound, the constraints and the default of a type variable, which matter to type checkers only.

No value is checked against them, so a limit that the client cannot have is left out of its copy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, Final, get_origin, get_type_hints

from ._catalog import parts_of


def limits_of(variable: Any) -> dict[str, tuple[Any, ...]]:
    """Return the types that limit a type variable, by the keyword of ``TypeVar``: empty for constraints.

    One that cannot be read, such as the name of a class that only type checkers import, is left out.
    """
    limits: dict[str, tuple[Any, ...]] = {}
    for keyword, read in _READERS.items():
        with suppress(Exception):  # a limit can be any expression, and Python may not have read it before
            types = _without_strings(read(variable), variable)
            if types and not any(map(_takes_functions, types)):
                limits[keyword] = types
    return limits


def _bound(variable: Any) -> tuple[Any, ...]:
    if variable.__bound__ is None:
        return ()
    return (variable.__bound__,)


def _default(variable: Any) -> tuple[Any, ...]:
    if not getattr(variable, "has_default", bool)():  # typing's own has it since Python 3.13
        return ()
    return (variable.__default__,)


def _constraints(variable: Any) -> tuple[Any, ...]:
    constraints: tuple[Any, ...] = variable.__constraints__
    return constraints


_READERS: Final[Mapping[str, Callable[[Any], tuple[Any, ...]]]] = {
    "": _constraints,
    "bound": _bound,
    "default": _default,
}


def _without_strings(types: tuple[Any, ...], variable: Any) -> tuple[Any, ...]:
    """Return types with classes in place of their names."""
    names = vars(sys.modules.get(variable.__module__, sys))
    # Python resolves the names in annotations, so the types stand as those of an object.
    annotations = {str(place): type_ for place, type_ in enumerate(types)}
    holder = SimpleNamespace(__annotations__=annotations)
    return tuple(get_type_hints(holder, names, include_extras=True).values())


def _takes_functions(limit: Any) -> bool:
    """Return whether a limit holds a type of functions, which no value that travels has."""
    return any(get_origin(part) is Callable for part in parts_of(limit))

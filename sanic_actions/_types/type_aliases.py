"""Read ``type X = ...`` aliases of Python and typing_extensions; refuse those without an end.

A recursive alias is fine if each turn is a value inside another one, as in
``type Tree = list[Tree] | int``. ``type Loop = Loop | None`` has no such value: following it would
never end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from .._definition_error import DefinitionError, Problem
from .hints import alias_problem


class EndlessAliasError(DefinitionError):
    """An alias that leads back to itself without a value in between, or grows with each turn."""


class UnreadableAliasError(EndlessAliasError):
    """An alias whose value raises when it is read, so that no step can look into it either."""


def is_alias(annotation: Any) -> bool:
    """Return whether this is a ``type X = ...`` alias, of Python itself or of typing_extensions."""
    return type(annotation).__name__ == "TypeAliasType"


@lru_cache(maxsize=256)
def value_of(alias: Any) -> Any:
    """Return what an alias stands for.

    Raises:
        EndlessAliasError: It stands for itself, or for more of itself at each turn.
    """
    if alias in _straight(_statement(alias), set()):
        reason = f"the alias {alias.__name__} leads back to itself with no value on the way."
        raise EndlessAliasError([Problem(reason, _NO_VALUE_REMEDY)])
    if _grows(alias):
        reason = f"the alias {alias.__name__} contains itself with longer type arguments at each turn."
        raise EndlessAliasError([Problem(reason, _GROWTH_REMEDY)])
    return _statement(alias)


def endless_aliases(hints: Mapping[str, Any]) -> list[tuple[str, Problem]]:
    """Return the annotations of a handler that never end, by the names of their parameters."""
    problems = []
    for name, hint in hints.items():
        if isinstance(hint, type):  # most are
            continue
        try:
            _look_into(hint)
        except EndlessAliasError as error:
            problems.append((name, error.problems[0]))
    return problems


def _look_into(annotation: Any) -> None:
    pending = [annotation]
    # The parts of what one annotation says, which are as many as were written.
    while pending:
        part = pending.pop()
        alias = get_origin(part) or part
        if is_alias(alias):
            value_of(alias)
        pending += get_args(part)


_NO_VALUE_REMEDY: Final = "Let each turn be a value inside another one: type Tree = list[Tree] | int."
_GROWTH_REMEDY: Final = "Pass its type variables on as they are: type Tree[T] = list[Tree[T]] | T."


@lru_cache(maxsize=256)
def _statement(alias: Any) -> Any:
    """Return what the statement of an alias says.

    One that was made without a ``type`` statement names itself, and what comes later, in strings.
    """
    # Cached: forms ask for it at each of their places, and reading the strings takes a hundred
    # times as long.
    names = vars(sys.modules[alias.__module__])
    try:
        holder = SimpleNamespace(__annotations__={"value": alias.__value__})
        return get_type_hints(holder, names, include_extras=True)["value"]
    except Exception as error:  # a value can be any expression
        raise UnreadableAliasError([alias_problem(alias, error)]) from error


_UNIONS: Final = frozenset({Union, UnionType})


def _straight(annotation: Any, visits: set[Any]) -> Iterator[Any]:
    """Yield the aliases and type variables that an annotation may be, with no type around them."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    alias = origin or annotation
    if origin is Annotated:
        yield from _straight(arguments[0], visits)
    elif origin in _UNIONS:
        for argument in arguments:
            yield from _straight(argument, visits)
    elif hasattr(annotation, "__supertype__"):
        yield from _straight(annotation.__supertype__, visits)
    elif isinstance(annotation, TypeVar):
        yield annotation
    elif is_alias(alias):
        yield alias
        # Each alias is entered once, so this ends.
        if alias not in visits:
            visits.add(alias)
            yield from _straight(_statement(alias), visits)
        for parameter, argument in zip(alias.__type_params__, arguments, strict=False):
            if parameter in _straight(_statement(alias), {alias}):
                yield from _straight(argument, visits)


def _grows(alias: Any) -> bool:
    """Return whether an alias mentions itself with its own type variables inside other types."""
    if not alias.__type_params__:
        return False
    pending = [_statement(alias)]
    # The parts of what one statement says, which are as many as were written.
    while pending:
        part = pending.pop()
        arguments = get_args(part)
        if get_origin(part) is alias and any(getattr(argument, "__parameters__", ()) for argument in arguments):
            return True
        pending += arguments
    return False

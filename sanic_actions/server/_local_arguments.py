"""The arguments of ``call_action``, by the names of the handler's parameters.

Type checkers cannot see what is injected, so a wrong argument is found here: the mistake is the
calling code's, and a TypeError, as of any function that is called wrongly.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from sanic import Request

from .._actions import Action
from .._context import ActionContext
from .._injection import is_value_of
from .._mismatch import with_article
from .._server_mistakes import type_error
from .._types.type_names import name_of


def supplied_arguments(action: Action[..., Any], injected: Any) -> Mapping[str, object]:
    """Return what ``injected=`` supplies.

    Raises:
        TypeError: The handler has no parameter of a name that is marked ``Injected``.
    """
    if not isinstance(injected, Mapping):
        name = next(iter(action.definition.injected), "user")
        raise type_error(
            f"injected= takes values by the names of parameters, not {injected!r:.60}. "
            f"Write injected={{{name!r}: ...}}."
        )
    for name in injected:
        if name not in action.definition.injected:
            names = ", ".join(map(repr, action.definition.injected)) or "none"
            raise type_error(f"injected= supplies {name!r}, and the parameters of {action!r} to supply are {names}.")
    return injected


def injected_of(action: Action[..., Any], arguments: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments that guards would supply, which no validation sees.

    Raises:
        TypeError: One is not of its parameter's type, as where a guard returns it.
    """
    values: dict[str, object] = {}
    for name, annotation in action.definition.injected.items():
        if name not in arguments:
            continue
        value = arguments[name]
        if not is_value_of(value, annotation):
            kind, label = with_article(type(value).__name__), with_article(name_of(annotation))
            raise type_error(f"call_action of {action!r}: {name!r} is {kind}, not {label}, which it injects.")
        values[name] = value
    return values


def bound_arguments(action: Action[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments by parameter name; validation reports missing ones.

    Raises:
        TypeError: The handler has no such parameter.
    """
    signature = _without_injected(inspect.signature(action.handler), action, args)
    try:
        return signature.bind_partial(*args, **kwargs).arguments
    except TypeError as error:
        unknown = [name for name in kwargs if name not in signature.parameters]
        reason = f"call_action of {action!r}: {error}."
        raise type_error(f"{reason}{_hint(unknown, signature)}") from None


def _without_injected(
    signature: inspect.Signature, action: Action[..., Any], args: tuple[Any, ...]
) -> inspect.Signature:
    """Return a signature whose injected parameters accept only positional values of their own type.

    So ``call_action(request, buy, order)`` works for a handler that takes its context first, too.
    """
    definition = action.definition
    types: dict[Any, Any] = {**definition.injected, definition.context: ActionContext, definition.request: Request}
    positional: list[inspect.Parameter] = []
    by_name: list[inspect.Parameter] = []
    values = iter(args)
    value = next(values, _NONE)
    for parameter in signature.parameters.values():
        is_left_out = parameter.name in types and not is_value_of(value, types[parameter.name])
        if parameter.kind is parameter.KEYWORD_ONLY:
            by_name.append(parameter)
        elif value is not _NONE and is_left_out:
            by_name.append(parameter.replace(kind=parameter.KEYWORD_ONLY))
        else:
            positional.append(parameter)
            value = next(values, _NONE)
    return signature.replace(parameters=[*positional, *by_name])


def _hint(unknown: list[str], signature: inspect.Signature) -> str:
    """Return the argument that was probably meant, or a list of all."""
    for name in unknown:
        if matches := get_close_matches(name, signature.parameters, 1):
            return f" Did you mean {matches[0]!r}?"
    return f" It takes {', '.join(map(repr, signature.parameters)) or 'no arguments'}."


_NONE: Final = object()
"""Marks the end of the arguments, since None may be one."""

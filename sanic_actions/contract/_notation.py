"""Described types, values and defaults as a person reads them in a difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ._plain_data import Json


def on_one_line(text: str) -> str:
    """Return a string with control characters escaped: an unknown server may choose names."""
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return repr(character)[1:-1]  # as Python writes it in a string


def shown(description: Any) -> str:
    """Return a described type in Python's notation, as far as that is short."""
    if not isinstance(description, dict):
        return str(description)
    kind, content = next(iter(description.items()))
    if kind in _NOTATIONS:
        return _NOTATIONS[kind](content)
    if isinstance(content, list):
        parts = content
    else:
        parts = [content]
    return f"{kind}[{', '.join(map(shown, parts))}]"


_NOTATIONS: Final[Mapping[str, Callable[[Any], str]]] = {
    "of": shown,
    "class": lambda name: str(name).rpartition(".")[2],
    "new": lambda name: str(name).rpartition(".")[2],
    "union": lambda members: " | ".join(map(shown, members)),
    "literal": lambda values: f"Literal[{', '.join(map(shown_value, values))}]",
    "items": lambda item: f"tuple[{shown(item)}, ...]",
}


def shown_value(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("member") or value.get("value"))
    return repr(value)


def shown_default(default: Json) -> str:
    if "value" in default:
        return repr(default["value"])
    return "(made by the server)"


def or_none(value: Any) -> str:
    if value is None:
        return "(none)"
    return repr(value)

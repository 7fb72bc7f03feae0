"""Encodes JSON values as the form controls that a client sends; ``plan`` reads them back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from .._schemas.walk import Node, children, choices_of, definitions_of, unwrapped
from .form_json import is_json_value
from .form_scalars import plain_value
from .markers import EMPTY, NULL, TEXT
from .names import control_text, control_under, members_of


def encode_fields(value: object, *, marks_texts: bool = False) -> list[tuple[str, str]]:
    """Return the controls for a JSON value: ``{"items": [{"title": "a"}]}`` gives ``("items.0.title", "a")``.

    Three values need a marker, since no control can express them: ``("_action.null",
    "field.path")`` for None, ``_action.empty`` for a list or an object without members, and
    ``_action.text`` beside an empty string, which would otherwise count as not filled in.

    Args:
        value: The value.
        marks_texts: Whether ``_action.text`` stands beside strings like ``"1"`` and ``"true"`` too,
            for types that would read something else from them (see ``mixes_texts``).
    """
    return list(_controls(value, "", _is_marked if marks_texts else _is_blank))


def _controls(value: Any, name: str, is_marked: Callable[[Any], bool]) -> Iterator[tuple[str, str]]:
    if value is None:
        yield NULL, name
    elif not isinstance(value, dict | list):
        if is_marked(value):
            yield TEXT, name
        yield name, control_text(value)
    elif not value:
        yield EMPTY, name
    else:
        for key, member in members_of(value):
            yield from _controls(member, control_under(name, key), is_marked)


def _is_blank(value: object) -> bool:
    return value == ""


def _is_marked(value: object) -> bool:
    return isinstance(value, str) and _LIKE_ANOTHER.fullmatch(value) is not None


# An empty string, and whatever a control is read from as something else than a string.
_LIKE_ANOTHER: Final = re.compile(r"(?:-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|-?inf|nan)?")


def mixes_texts(schema: Node) -> bool:
    """Return whether a type has a place for strings and other single values, as ``int | str``."""
    definitions = definitions_of(schema)
    pending = [schema]
    while pending:
        node = pending.pop()
        if is_json_value(node) or _is_mixed(node, definitions):
            return True
        pending.extend(children(node))
    return False


def _is_mixed(node: Node, definitions: Mapping[str, Node]) -> bool:
    kinds: set[bool] = set()
    if node["type"] == "union":
        for choice in choices_of(node):
            kinds |= _kinds_of(unwrapped(choice, definitions))
    elif node["type"] in _FIXED:
        kinds = _kinds_of(node)
    return len(kinds) > 1


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _kinds_of(node: Node) -> set[bool]:
    """Return whether single values of a type are strings in JSON: both answers if some are."""
    kind = node["type"]
    if kind in _FIXED:
        values = set(map(plain_value, node.get("expected") or node["members"])) - {None}
        return set(map(_is_text, values))
    if kind in _NOT_SINGLE:
        return set()
    return {kind not in _NUMBERS}


_FIXED: Final = frozenset({"literal", "enum"})
_NUMBERS: Final = frozenset({"int", "float", "bool"})
_NOT_SINGLE: Final = frozenset(
    {
        *("none", "nullable", "list", "tuple", "set", "frozenset", "dict", "union", "tagged-union"),
        *("model", "model-fields", "dataclass", "dataclass-args", "typed-dict", "call"),
    }
)
"""Nodes that are not single values; a union inside a union is looked at by itself."""

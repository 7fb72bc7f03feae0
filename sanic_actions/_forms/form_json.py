"""Reads values of any JSON (``pydantic.JsonValue``): the names of the controls tell lists from objects.

The rule of this file: the text of a control is a number or a bool if JSON would write one so. Any
other is a string, such as ``007``, and so is a blank one.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any, Final

from .form_containers import UnsentNode
from .form_scalars import NOTHING, FormReading, Schema, add_shape_issue
from .markers import TEXT
from .names import is_index, under
from .tree import FormTree

# JSON's own grammar: no leading zeros. Bounded, as int() refuses more than 4,300 digits.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")


class JsonNode(UnsentNode):
    """Any value of JSON."""

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        return self._value(tree, path, reading)

    def absent(self, path: str, reading: FormReading) -> Any:
        return NOTHING

    def empty(self, path: str, reading: FormReading) -> Any:
        return []

    def items(self, tree: FormTree, path: str, reading: FormReading) -> list[Any]:
        """Return the items of a list whose controls have numbers, or texts under one name."""
        rows: list[Any] = []
        for step in sorted(tree.below, key=int):  # as many as were sent
            rows.append(self._value(tree.below[step], under(path, step), reading))
        for text in tree.values:
            rows.append(self._single(text, path, reading))
        return [value for value in rows if value is not NOTHING]

    def _value(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        """Return the value at a place, as deep as the names that were sent."""
        if tree.is_null:
            return None
        if tree.values and tree.below:
            return add_shape_issue(tree, path, reading, "")
        if tree.mark == TEXT and tree.is_one_text:
            return tree.values[0]
        if not tree.below and len(tree.values) == 1:
            return self._single(tree.values[0], path, reading)
        if all(map(is_index, tree.below)):
            return self.items(tree, path, reading)
        members: dict[str, Any] = {}
        for step, below in tree.below.items():
            value = self._value(below, under(path, step), reading)
            if value is not NOTHING:
                members[step] = value
        return members

    def _single(self, value: str | int, path: str, reading: FormReading) -> Any:
        if not isinstance(value, str):
            return reading.add_issue(path, "A text is expected, not a file", "text_expected")
        if value in _WORDS:
            return _WORDS[value]
        match = _NUMBER.fullmatch(value)
        if match is None:
            return value
        if not (match[1] or match[2]):
            return int(value)
        number = float(value)
        if isfinite(number):
            return number
        return value  # JSON has no form for an infinite one


_WORDS: Final = {"true": True, "false": False}

JSON: Final = JsonNode()


def is_json_value(schema: Schema) -> bool:
    """Return whether a schema is that of ``pydantic.JsonValue``."""
    return schema["type"] == "json-or-python" and str(schema.get("ref")).startswith("pydantic.types.JsonValue:")

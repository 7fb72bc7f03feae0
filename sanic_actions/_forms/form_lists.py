"""Reads lists, sets and tuples: from numbered items, or from several values under one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from .._messages import REQUIRED
from .form_containers import ContainerNode
from .form_scalars import ANY, NOTHING, FormReading, Schema, Slot, add_shape_issue
from .names import MAX_INDEX, is_index, under
from .tree import NO_TREE, FormTree


class ListNode(ContainerNode):
    """A list, a set or a tuple: items with types of their own, then any number of one type."""

    @cached_property
    def first(self) -> tuple[Slot, ...]:
        if self._schema["type"] == "named-tuple":
            return tuple(self._slot_of(spec["schema"]) for spec in self._schema["fields"])
        items = self._schema.get("items_schema")
        if not isinstance(items, list):
            return ()
        fixed_items = items[: self._schema.get("variadic_item_index", len(items))]
        return tuple(map(self._slot_of, fixed_items))

    @cached_property
    def defaults(self) -> tuple[Any, ...]:
        """The JSON values of the places of a named tuple that are not sent; NOTHING where there is no default."""
        if self._schema["type"] != "named-tuple":
            return ()
        return tuple(_default_of(spec["schema"]) for spec in self._schema["fields"])

    @cached_property
    def rest(self) -> Slot:
        items = self._schema.get("items_schema")
        if isinstance(items, list):
            variadic = self._schema.get("variadic_item_index")
            if variadic is None:
                items = None
            else:
                items = items[variadic]
        return self._slot_of(items or ANY)

    @property
    def has_empty_value(self) -> bool:
        return not self.first

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        items_by_number = dict(tree.below)
        more = items_by_number.pop("", NO_TREE)
        values = [*tree.values, *more.values]
        if more.below:
            return reading.add_issue(path, f"Number the items: '{path}.0', '{path}.1' and so on", "index_missing")
        if values and items_by_number:
            return add_shape_issue(tree, path, reading, "Its items are given both with and without numbers")
        if values == [""]:
            return self._read_empty_control(path, reading)
        if values:
            return self._read_texts(values, path, reading)
        return self._read_numbered(items_by_number, path, reading)

    def absent(self, path: str, reading: FormReading) -> Any:
        if self.has_empty_value:
            return []
        return NOTHING

    def empty(self, path: str, reading: FormReading) -> Any:
        return []

    def slot(self, index: int) -> Slot:
        """Return the slot of an item."""
        if index < len(self.first):
            return self.first[index]
        return self.rest

    def _read_empty_control(self, path: str, reading: FormReading) -> Any:
        """Read one empty control: not sent, or one empty item if its type has such a value."""
        if self in reading.opened:
            return NOTHING
        reading.opened.add(self)
        try:
            if self._is_nothing(reading):
                return NOTHING
            return self._collect({0: FormTree("")}, path, reading)
        finally:
            reading.opened.discard(self)

    def _read_texts(self, values: Sequence[str | int], path: str, reading: FormReading) -> Any:
        """Read items without numbers; a list of itself is refused, for each item would be a list."""
        if self in reading.opened:
            return reading.add_issue(path, f"Items are expected, named like '{path}.0', not one text", "shape")
        reading.opened.add(self)
        try:
            items = dict(enumerate(map(FormTree, values)))
            return self._collect(items, path, reading)
        finally:
            reading.opened.discard(self)

    def _is_nothing(self, reading: FormReading) -> bool:
        slot, attempt = self.slot(0), FormReading()  # its issues are seen by nobody
        attempt.opened = reading.opened
        return not slot.nullable and slot.read(FormTree(""), "", attempt) is NOTHING

    def _read_numbered(self, trees: Mapping[str, FormTree], path: str, reading: FormReading) -> Any:
        for step in trees:  # bounded by the fields sent; the first that is not a number ends it
            if not is_index(step):
                message = f"Number the items from 0 to {MAX_INDEX}: '{path}.0', '{path}.1' and so on"
                return reading.add_issue(path, message, "index")
        return self._collect({int(step): tree for step, tree in trees.items()}, path, reading)

    def _collect(self, items: Mapping[int, FormTree], path: str, reading: FormReading) -> Any:
        """Return the items in the order of their numbers, which may have gaps: pages add and remove rows."""
        values = []
        numbers = []
        # The items sent and the fixed positions of a tuple, so that a large gap between numbers
        # costs nothing.
        for index in sorted({*items, *range(len(self.first))}):
            value = self._item(index, items.get(index), path, reading)
            if value is not NOTHING:
                values.append(value)
                numbers.append(index)
        # With gaps, validation counts otherwise than the sender, and its paths are translated.
        if numbers and numbers[-1] >= len(numbers):
            reading.numbers[path] = numbers
        return values

    def _item(self, index: int, tree: FormTree | None, path: str, reading: FormReading) -> Any:
        slot, item_path, value = self.slot(index), under(path, index), NOTHING
        # A position is a field by another name: one that has to be filled in.
        is_missing = index < len(self.first) and slot.needs_text and tree is not None and tree.is_blank_text
        if tree is not None and not is_missing:
            value = slot.read(tree, item_path, reading)
        if value is NOTHING:
            value = slot.fill(item_path, reading)
        if value is NOTHING and slot.optional and index < len(self.defaults):
            return self.defaults[index]  # or the places behind it would shift
        if value is NOTHING and not slot.optional:
            # Without it the positions of a tuple shift, and validation would complain of the wrong ones.
            return reading.add_issue(item_path, REQUIRED, "missing", covers=path if self.first else item_path)
        return value


def _default_of(schema: Schema) -> Any:
    """Return the JSON value of a default; NOTHING where there is none, or none that JSON holds."""
    if schema["type"] != "default" or "default" not in schema:
        return NOTHING
    try:
        return to_jsonable_python(schema["default"])
    except PydanticSerializationError:
        return NOTHING

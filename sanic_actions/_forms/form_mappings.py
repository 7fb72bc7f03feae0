"""Reads mappings: the next step of a name is the key, and all values have one type."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from .._messages import REQUIRED
from .form_containers import ContainerNode
from .form_scalars import ANY, NOTHING, FormReading, Slot
from .names import under
from .tree import FormTree


class MappingNode(ContainerNode):
    """A mapping: any keys, values of one type."""

    @property
    def has_empty_value(self) -> bool:
        return True

    @cached_property
    def value(self) -> Slot:
        return self._slot_of(self._schema.get("values_schema") or ANY)

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        if tree.values:
            return self.values_issue(tree, path, reading)
        # One entry for each child of the tree, which the number of fields bounds.
        entries: dict[str, Any] = {}
        for key, child in tree.below.items():
            value = self._entry(child, under(path, key), reading)
            if value is not NOTHING:
                entries[key] = value
        return entries

    def absent(self, path: str, reading: FormReading) -> Any:
        return {}

    empty = absent

    def mismatch(self, tree: FormTree) -> int:
        return 1  # a mapping takes any name, so an object that fits exactly goes first

    def _entry(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        value = self.value.read(tree, path, reading)
        if value is not NOTHING:
            return value
        if self.value.nullable:
            return None
        return reading.add_issue(path, REQUIRED, "missing")

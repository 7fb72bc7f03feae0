"""What the nodes of types with members have in common, whatever their members are called.

The rule of these nodes: every member is read by its own type, and an issue is on the path that was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .form_scalars import NOTHING, FormReading, Schema, Slot, add_shape_issue
from .tree import FormTree

SlotOf = Callable[[Schema], Slot]
"""Compiles the slot of a member."""


class ContainerNode:
    """What containers have in common: an empty control says nothing, and without controls there is no value."""

    @property
    def blank_value(self) -> Any:
        return NOTHING

    @property
    def has_empty_value(self) -> bool:
        return False

    def __init__(self, slot_of: SlotOf, schema: Schema) -> None:
        self._slot_of = slot_of
        self._schema = schema

    def values_issue(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        """Add the issue of values where fields below are expected; blank ones are NOTHING."""
        if not tree.below and tree.is_blank:
            return NOTHING
        return add_shape_issue(tree, path, reading, f"A group of fields is expected, named like '{path}.name'")

"""The bases of the nodes for types with members: lists, mappings, objects and unions of them.

The rule of these nodes: every member is read by its own type, and an issue is on the path that was
sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .form_scalars import NOTHING, FormReading, Schema, Slot, add_shape_issue
from .tree import FormTree

SlotOf = Callable[[Schema], Slot]
"""Compiles the slot of a member."""


class UnsentNode:
    """A type of which an empty control counts as not sent, and then there is no value."""

    @property
    def blank_value(self) -> Any:
        return NOTHING

    @property
    def has_empty_value(self) -> bool:
        return False


class ContainerNode(UnsentNode):
    """A type with members."""

    def __init__(self, slot_of: SlotOf, schema: Schema) -> None:
        # Members are compiled when they are first needed, or a recursive type would be compiled
        # without end.
        self._slot_of = slot_of
        self._schema = schema

    def values_issue(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        """Add the issue of texts where fields are expected; blank texts count as not sent."""
        if not tree.below and tree.is_blank:
            return NOTHING
        return add_shape_issue(tree, path, reading, f"A group of fields is expected, named like '{path}.name'")

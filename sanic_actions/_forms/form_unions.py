"""Reads unions: finds the member that was meant.

The rule of this file: a tag decides if the union has one; otherwise the shape and the names of what
was sent decide.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from .form_containers import ContainerNode
from .form_lists import ListNode
from .form_mappings import MappingNode
from .form_objects import ObjectNode, plain_aliases
from .form_scalars import NOTHING, FormNode, FormReading, FormScalar, plain_value
from .names import control_text, is_index, under
from .tree import FormTree


class AnyOf(ContainerNode):
    """A union without a tag that has objects or lists among its members."""

    def __init__(self, members: list[FormNode]) -> None:
        self.members: list[FormNode] = []
        self._list: ListNode | None = None
        self._objects: list[ObjectNode | MappingNode | TaggedUnion] = []
        self._scalar: FormScalar | None = None
        for node in members:
            if isinstance(node, AnyOf):
                self.members += node.members
            else:
                self.members.append(node)
        for node in self.members:
            if isinstance(node, ListNode) and self._list is None:
                self._list = node
            elif isinstance(node, ObjectNode | MappingNode | TaggedUnion):
                self._objects.append(node)
            elif isinstance(node, FormScalar) and self._scalar is not None:
                self._scalar |= node
            elif isinstance(node, FormScalar):
                self._scalar = node

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        return self._member(tree).read(tree, path, reading)

    def absent(self, path: str, reading: FormReading) -> Any:
        return NOTHING

    def empty(self, path: str, reading: FormReading) -> Any:
        if self._list is not None:
            return self._list.empty(path, reading)
        return self._best_object(FormTree()).empty(path, reading)

    def mismatch(self, tree: FormTree) -> int:
        return min((node.mismatch(tree) for node in self._objects), default=1000)

    def _member(self, tree: FormTree) -> FormNode:
        # Names tell objects apart and numbers tell lists; one text may be any scalar.
        is_numbered = bool(tree.below) and all(step == "" or is_index(step) for step in tree.below)
        if self._list and (is_numbered or len(tree.values) > 1):
            return self._list
        if self._scalar and not tree.below:
            return self._scalar
        if self._objects:
            return self._best_object(tree)
        return self._list or self.members[0]

    def _best_object(self, tree: FormTree) -> FormNode:
        return min(self._objects, key=lambda node: node.mismatch(tree))


class TaggedUnion(ContainerNode):
    """A discriminated union: one field, the tag, names the member."""

    @cached_property
    def members(self) -> dict[str, FormNode]:
        members = {}
        for tag, schema in self._schema["choices"].items():
            members[control_text(plain_value(tag))] = self._slot_of(schema).node
        return members

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The names under which the tag may be sent."""
        return plain_aliases(self._schema["discriminator"])

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        if tree.values:
            return self.values_issue(tree, path, reading)
        member = self._member(tree)
        if member is not None:
            return member.read(tree, path, reading)
        if tree.is_blank:
            return NOTHING
        if tree.below.keys().isdisjoint(self.tags):
            return self._tag_issue(path, reading, "union_tag_not_found")
        return self._tag_issue(path, reading, "union_tag_invalid")

    def absent(self, path: str, reading: FormReading) -> Any:
        return self._tag_issue(path, reading, "union_tag_not_found")

    empty = absent

    def mismatch(self, tree: FormTree) -> int:
        if self._member(tree) is None:
            return 1000
        return 0

    def _tag_issue(self, path: str, reading: FormReading, type: str) -> Any:
        message = f"Choose one of: {', '.join(map(repr, self.members))}"
        return reading.add_issue(under(path, self.tags[0]), message, type, covers=path)

    def _member(self, tree: FormTree) -> FormNode | None:
        for tag in self.tags:
            if tag in tree.below and tree.below[tag].values:
                value = tree.below[tag].values[0]
                if isinstance(value, str):
                    return self.members.get(value)
                return None
        return None

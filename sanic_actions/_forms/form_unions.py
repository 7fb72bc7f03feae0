"""What controls mean to a union: which member was meant.

The rule of this file: a tag decides where there is one; else what was sent does, by its shape and its names.
"""

from __future__ import annotations

import enum
from functools import cached_property, reduce
from operator import or_
from typing import Any

from .form_groups import ContainerNode, ListNode, MappingNode, ObjectNode, plain_aliases
from .form_scalars import NOTHING, FormNode, FormReading, FormScalar
from .names import control_text, is_index, under
from .tree import FormTree


class AnyOf(ContainerNode):
    """A union with objects or lists in it: what was sent shows which member is meant."""

    def __init__(self, members: list[FormNode]) -> None:
        self.members: list[FormNode] = []
        for node in members:
            self.members += node.members if isinstance(node, AnyOf) else [node]
        self._list = next((node for node in self.members if isinstance(node, ListNode)), None)
        self._objects = [node for node in self.members if isinstance(node, ObjectNode | MappingNode | TaggedUnion)]
        scalars = [node for node in self.members if isinstance(node, FormScalar)]
        self._scalar = reduce(or_, scalars) if scalars else None

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
    """A discriminated union: one field says which member is meant."""

    @cached_property
    def members(self) -> dict[str, FormNode]:
        members = {}
        for tag, schema in self._schema["choices"].items():
            plain = tag.value if isinstance(tag, enum.Enum) else tag
            members[control_text(plain)] = self._slot_of(schema).node
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
        has_tag = any(tag in tree.below for tag in self.tags)
        return self._tag_issue(path, reading, "union_tag_invalid" if has_tag else "union_tag_not_found")

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
            values = tree.below[tag].values if tag in tree.below else ()
            if values:
                if isinstance(values[0], str):
                    return self.members.get(values[0])
                return None
        return None

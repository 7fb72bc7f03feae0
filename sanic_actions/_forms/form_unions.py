"""Reads unions: finds the member that was meant.

The rule of this file: a tag decides if the union has one; otherwise the shape and the names of what
was sent decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import compress
from typing import Any, Final

from .form_containers import ContainerNode
from .form_lists import ListNode
from .form_mappings import MappingNode
from .form_objects import MISPLACED, ObjectNode, plain_aliases
from .form_scalars import NOTHING, FormNode, FormReading, FormScalar, plain_value
from .names import control_text, is_index, under
from .tree import FormTree

_MISFIT: Final = 1000
"""The mismatch of what fits no member at all: any object that could be meant goes first."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The members of a union by the texts of the field that tells them apart: the choice on a page.

    Attributes:
        names: The names under which that field may be sent.
        members: The members by its texts.
    """

    names: Collection[str]
    members: Mapping[str, FormNode]

    def chosen(self, tree: FormTree) -> FormNode | None:
        """Return the member that was chosen; None if none was, or an unknown one."""
        for name in self.names:
            if name in tree.below and tree.below[name].values:
                value = tree.below[name].values[0]
                if isinstance(value, str):
                    return self.members.get(value)
                return None
        return None

    def is_left_blank(self, tree: FormTree) -> bool:
        """Return whether the choice was sent, and nothing was chosen."""
        return any(name in tree.below and tree.below[name].is_blank_text for name in self.names)

    def of_chosen(self, tree: FormTree) -> FormTree:
        """Return what was sent, less the fields of the kind that the page has shown, if another was chosen.

        Without a script the form is sent with these fields; their controls are gone when it is
        shown again.
        """
        before, member = self.members.get(tree.kind), self.chosen(tree)
        if before is member or not isinstance(before, ObjectNode):
            return tree
        if tree.below.keys().isdisjoint(self.names):
            return tree
        rest = FormTree(*tree.values, mark=tree.mark)
        for name, below in tree.below.items():
            if name in self.names or not _is_left(name, before, member):
                rest.below[name] = below
        return rest


def _is_left(name: str, before: ObjectNode, member: FormNode | None) -> bool:
    """Return whether a field is of the kind that a page has shown and not of the one that was chosen.

    Nor is the only value that a field of the first kind may have: nobody has chosen it for the
    other.
    """
    field = before.by_name.get(name)
    if field is None:
        return False
    own_field = member.by_name.get(name) if isinstance(member, ObjectNode) else None
    if own_field is None:
        return True
    table, own_table = _table_of(field.slot.node), _table_of(own_field.slot.node)
    return len(table) == 1 and table.keys().isdisjoint(own_table)


def _table_of(node: FormNode) -> Mapping[str, Any]:
    """Return the fixed values of a type by their texts; empty for any other type."""
    return node.table if isinstance(node, FormScalar) else {}


def _kinds_of(objects: Sequence[FormNode]) -> Kinds | None:
    """Return the kinds of objects that a field of fixed values tells apart; None without one.

    It is the field that a page makes a choice of.
    """
    nodes = [node for node in objects if isinstance(node, ObjectNode)]
    if len(nodes) < 2 or len(nodes) < len(objects):
        return None
    for member in nodes[0].members:
        kinds = _kinds_by(member.name, nodes)
        if kinds is not None:
            return kinds
    return None


def _kinds_by(name: str, nodes: Sequence[ObjectNode]) -> Kinds | None:
    """Return the kinds by a field; None unless each object has fixed values in it, all different."""
    names, members = {name}, dict[str, FormNode]()
    for node in nodes:
        field = next((member for member in node.members if member.name == name), None)
        if field is None or not isinstance(field.slot.node, FormScalar) or not field.slot.node.table:
            return None
        if not members.keys().isdisjoint(field.slot.node.table):
            return None
        names.update(field.aliases)
        members |= dict.fromkeys(field.slot.node.table, node)
    return Kinds(names, members)


class AnyOf(ContainerNode):
    """A union without a tag that has objects or lists among its members."""

    def __init__(self, members: list[FormNode]) -> None:
        self.members: list[FormNode] = []
        self._lists: list[ListNode] = []
        self._objects: list[ObjectNode | MappingNode | TaggedUnion] = []
        self._scalar: FormScalar | None = None
        for node in members:
            if isinstance(node, AnyOf):
                self.members += node.members
            else:
                self.members.append(node)
        for node in self.members:
            if isinstance(node, ListNode):
                self._lists.append(node)
            elif isinstance(node, ObjectNode | MappingNode | TaggedUnion):
                self._objects.append(node)
            elif isinstance(node, FormScalar) and self._scalar is not None:
                self._scalar |= node
            elif isinstance(node, FormScalar):
                self._scalar = node

    @cached_property
    def _kinds(self) -> Kinds | None:
        return _kinds_of(self._objects)

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        if self._kinds is not None and not tree.values:
            tree = self._kinds.of_chosen(tree)
            if self._kinds.is_left_blank(tree) and tree.is_blank:
                return NOTHING  # or the first object without a required field would count as chosen
        member = self._member(tree)
        value = member.read(tree, path, reading)
        is_untagged = self._kinds is None and value is not NOTHING
        if is_untagged and isinstance(member, ObjectNode):
            reading.shown[path] = partial(self._shown_fields, tree)
            if self._is_meant(member, tree):
                reading.meant.append((path, member.cls, value))
        return value

    def _shown_fields(self, tree: FormTree) -> Collection[str]:
        """Return the fields of the object that a page shows: the first with most of what was sent.

        It need not be the one that fits best, which may lack fewer fields.
        """
        objects: list[ObjectNode] = []
        for node in self._objects:
            members = node.members.values() if isinstance(node, TaggedUnion) else (node,)
            objects += [member for member in members if isinstance(member, ObjectNode)]
        return max(objects, key=lambda node: sum(member.name in tree.below for member in node.members)).by_name

    def _is_meant(self, member: ObjectNode, tree: FormTree) -> bool:
        """Return whether something was entered that no other object has a field for."""
        names = self._entered(tree)
        if not names or member.cls is None:
            return False
        for node in self._objects:
            if node is member or isinstance(node, TaggedUnion):
                continue
            if isinstance(node, MappingNode) or node.has_fields(names):
                return False
        return len(self._objects) > 1

    def _entered(self, tree: FormTree) -> set[str]:
        """Return the names of the fields in which something other than a default was entered."""
        objects = [node for node in self._objects if isinstance(node, ObjectNode)]
        names = {name for name, below in tree.below.items() if not below.looks_blank}
        for node in objects:
            names = {name for name in names if not node.is_untouched(name, tree.below[name])}
        return names

    def absent(self, path: str, reading: FormReading) -> Any:
        return NOTHING

    def empty(self, path: str, reading: FormReading) -> Any:
        if self._lists:
            return self._lists[0].empty(path, reading)
        return self._best_object(FormTree()).empty(path, reading)

    def mismatch(self, tree: FormTree) -> int:
        return min((node.mismatch(tree) for node in self._objects), default=_MISFIT)

    def _member(self, tree: FormTree) -> FormNode:
        # Names tell objects apart and numbers tell lists; one text may be any scalar.
        is_numbered = bool(tree.below) and all(step == "" or is_index(step) for step in tree.below)
        if self._lists and (is_numbered or len(tree.values) > 1):
            return _best_inside(self._lists, tree)
        if self._scalar and (tree.values or not self._objects) and not tree.below:
            return self._scalar
        if self._objects:
            return self._best_object(tree)
        return self._lists[0] if self._lists else self.members[0]

    def _best_object(self, tree: FormTree) -> FormNode:
        names = self._entered(tree)
        mismatches = []
        for node in self._objects:
            mismatch, losses = node.mismatch(tree), 0
            if isinstance(node, ObjectNode):
                losses = node.count_unknown(names)
            # A control that was only sent, blank or with its default, decides last.
            mismatches.append((mismatch // MISPLACED, losses, mismatch))
        least = min(mismatches)
        return _best_inside(list(compress(self._objects, map(least.__eq__, mismatches))), tree)


def _best_inside(nodes: Sequence[FormNode], tree: FormTree) -> FormNode:
    """Return the type whose inner objects fit best what was sent, of types that fit it alike themselves."""
    if len(nodes) == 1:
        return nodes[0]
    return min(nodes, key=lambda node: _mismatch_inside(node, tree))


def _mismatch_inside(node: FormNode, tree: FormTree) -> int:
    """Return how badly the objects inside a value fit what was sent, at all depths."""
    total = 0
    waiting = [(node, tree)]
    # Each place of the tree is visited once, and it has one for each step of each name that was sent.
    while waiting:
        for inner, child in _parts(*waiting.pop()):
            if isinstance(inner, ObjectNode | TaggedUnion | AnyOf):
                total += inner.mismatch(child)
            waiting.append((inner, child))
    return total


def _parts(node: FormNode, tree: FormTree) -> Iterator[tuple[FormNode, FormTree]]:
    """Yield the types of what a value holds, with what was sent of each."""
    for step, child in tree.below.items():
        if isinstance(node, ObjectNode) and step in node.by_name:
            yield node.by_name[step].slot.node, child
        elif isinstance(node, ListNode) and is_index(step):
            yield node.slot(int(step)).node, child
        elif isinstance(node, MappingNode):
            yield node.value.node, child


class TaggedUnion(ContainerNode):
    """A discriminated union: one field, the tag, names the member."""

    @cached_property
    def members(self) -> dict[str, FormNode]:
        members = {}
        for tag, schema in self._schema["choices"].items():
            text = control_text(plain_value(tag))
            node = self._slot_of(schema).node
            # One inside the other by the same tag are one choice to a page.
            while isinstance(node, TaggedUnion) and node.tags == self.tags:
                node = node.members[text]
            members[text] = node
        return members

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The names under which the tag may be sent."""
        return plain_aliases(self._schema["discriminator"])

    @cached_property
    def _kinds(self) -> Kinds:
        return Kinds(self.tags, self.members)

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        if tree.values:
            return self.values_issue(tree, path, reading)
        tree = self._kinds.of_chosen(tree)
        member = self._kinds.chosen(tree)
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
        if self._kinds.chosen(tree) is None:
            return _MISFIT
        return 0

    def _tag_issue(self, path: str, reading: FormReading, type: str) -> Any:
        message = f"Choose one of: {', '.join(map(repr, self.members))}"
        return reading.add_issue(under(path, self.tags[0]), message, type, covers=path)

"""What controls mean to types with members: objects, lists, mappings.

The rule of this file: every member is read by its own type, and an issue is on the path that was sent. Members are
compiled when they are first needed, so recursive types end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from .._messages import REQUIRED
from .form_scalars import NOTHING, FormNode, FormReading, FormScalar, Schema, Slot, add_shape_issue
from .names import MAX_INDEX, is_index, under
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


@dataclass(frozen=True, slots=True)
class Member:
    """One field of an object."""

    name: str
    key: str
    """The key in JSON: the alias, which validation looks for first, or the name."""
    aliases: tuple[str, ...]
    slot: Slot
    needs_text: bool
    """Whether an empty text counts as not sent."""


class ObjectNode(ContainerNode):
    """A model, a dataclass, a typed dict."""

    def __init__(self, slot_of: SlotOf, schema: Schema, extra: str) -> None:
        super().__init__(slot_of, schema)
        self._extra = extra

    @cached_property
    def members(self) -> tuple[Member, ...]:
        fields = self._schema["fields"]
        members: list[Member] = []
        for key in fields:
            if isinstance(fields, dict):
                name, spec = key, fields[key]
            else:  # a dataclass has them in a list
                name, spec = key["name"], key
            if spec.get("init", True):
                members.append(self._member(name, spec))
        return tuple(members)

    @cached_property
    def by_name(self) -> dict[str, Member]:
        """Members by every accepted name; an alias goes before the name of another field, as in validation."""
        members = {member.name: member for member in self.members}
        for member in self.members:
            members |= dict.fromkeys(member.aliases, member)
        return members

    @cached_property
    def extras(self) -> Slot | None:
        schema = self._schema.get("extras_schema")
        if schema is None:
            return None
        return self._slot_of(schema)

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        if tree.values:
            return self.values_issue(tree, path, reading)
        data: dict[str, Any] = {}
        # The tree has a place for each step of each name that was sent, and is MAX_DEPTH deep at most.
        for name, child in tree.below.items():
            member = self.by_name.get(name)
            if member is None:
                self._read_unknown(name, child, data, path, reading)
            elif member.key in data:
                reading.add_issue(under(path, member.name), "It is given under two names", "repeated")
            elif not (member.needs_text and _is_blank_text(child)):
                value = member.slot.read(child, under(path, member.name), reading)
                if value is not NOTHING:
                    data[member.key] = value
        self.complete(data, path, reading)
        return data

    def complete(self, data: dict[str, Any], path: str, reading: FormReading) -> None:
        """Add what the fields stand for that were not sent."""
        for member in self.members:
            if member.slot.optional or member.key in data:
                continue
            member_path = under(path, member.name)
            if member_path in reading.covered:
                continue
            value = member.slot.fill(member_path, reading)
            if value is not NOTHING:
                data[member.key] = value

    def absent(self, path: str, reading: FormReading) -> Any:
        if self in reading.filling:
            return NOTHING
        reading.filling.add(self)
        try:
            return self.read(FormTree(), path, reading)
        finally:
            reading.filling.discard(self)

    empty = absent

    def mismatch(self, tree: FormTree) -> int:
        """Return how badly what was sent fits; zero for what could be this object."""
        children = {}
        for name, child in tree.below.items():
            member = self.by_name.get(name)
            if member is not None:
                children[member.name] = member, child
        total = 0
        if self._extra != "allow":
            total += len(tree.below) - len(children)
        for member in self.members:
            if member.name not in children:
                total += member.slot.needed
        for member, child in children.values():
            # One contrary field says more than any number of missing ones.
            total += 100 * _is_of_another(member.slot.node, child)
        return total

    def _member(self, name: str, spec: Mapping[str, Any]) -> Member:
        aliases = plain_aliases(spec.get("validation_alias"))
        is_key = spec["type"] == "typed-dict-field"
        slot = self._slot_of(spec["schema"])
        if is_key and not spec.get("required", self._schema.get("total", True)):
            slot = slot._replace(optional=True)
        return Member(name, (aliases or (name,))[0], aliases, slot, slot.needs_text)

    def _read_unknown(self, name: str, tree: FormTree, data: dict[str, Any], path: str, reading: FormReading) -> None:
        if self._extra == "forbid":
            data[name] = ""  # validation complains of it
        if self._extra != "allow":
            return
        if self.extras is None or isinstance(self.extras.node, FormScalar):
            data.update(_texts(name, tree, path, reading))
            return
        value = self.extras.read(tree, under(path, name), reading)
        if value is not NOTHING:
            data[name] = value


def plain_aliases(alias: str | list[Any] | None) -> tuple[str, ...]:
    """Return the plain names among a field's aliases; a path into another field is not the name of a control."""
    if alias is None:
        return ()
    if isinstance(alias, str):
        return (alias,)
    if not isinstance(alias[0], list):
        alias = [alias]
    return tuple(path[0] for path in alias if len(path) == 1)


def _is_blank_text(tree: FormTree) -> bool:
    return tree.values == [""] and tree.mark is None and not tree.below


def _is_of_another(node: FormNode, tree: FormTree) -> bool:
    """Return whether a field of fixed values was sent with another value, as in another member of a union."""
    if not isinstance(node, FormScalar) or not node.table:
        return False
    return node.table.keys().isdisjoint(tree.values)


def _texts(name: str, tree: FormTree, path: str, reading: FormReading) -> Iterator[tuple[str, Any]]:
    """Give what was sent under a name that the model does not know but takes: texts, under their full names."""
    texts = tree.texts
    if len(texts) < len(tree.values):
        reading.add_issue(under(path, name), "A text is expected, not a file", "text_expected")
    if len(texts) == 1:
        yield name, texts[0]
    elif texts:
        yield name, texts
    for step, child in tree.below.items():
        yield from _texts(f"{name}.{step}", child, path, reading)


class ListNode(ContainerNode):
    """A list, a set, a tuple: fixed positions first, then any number of one type."""

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
    def rest(self) -> Slot:
        items = self._schema.get("items_schema")
        if isinstance(items, list):
            variadic = self._schema.get("variadic_item_index")
            if variadic is None:
                items = None
            else:
                items = items[variadic]
        return self._slot_of(items or {"type": "any"})

    @property
    def has_empty_value(self) -> bool:
        return not self.first

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        items_by_number = dict(tree.below)
        more = items_by_number.pop("", _NO_TREE)
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
        """Read one empty control: it stands for no items, or for one that is empty."""
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
        """Read items without numbers; in a list of itself each would be such a list, without end."""
        if self in reading.opened:
            return reading.add_issue(path, f"Items are expected, named like '{path}.0', not one text", "shape")
        reading.opened.add(self)
        try:
            items = dict(enumerate(map(FormTree, values)))
            return self._collect(items, path, reading)
        finally:
            reading.opened.discard(self)

    def _is_nothing(self, reading: FormReading) -> bool:
        slot, attempt = self.slot(0), FormReading()
        attempt.opened = reading.opened
        return not slot.nullable and slot.read(FormTree(""), "", attempt) is NOTHING

    def _read_numbered(self, trees: Mapping[str, FormTree], path: str, reading: FormReading) -> Any:
        for step in trees:  # as many as were sent; the first that is not a number ends it
            if not is_index(step):
                message = f"Number the items from 0 to {MAX_INDEX}: '{path}.0', '{path}.1' and so on"
                return reading.add_issue(path, message, "index")
        return self._collect({int(step): tree for step, tree in trees.items()}, path, reading)

    def _collect(self, items: Mapping[int, FormTree], path: str, reading: FormReading) -> Any:
        """Return the items in the order of their numbers, which may have gaps: pages add and remove rows."""
        values = []
        numbers = []
        # Those that were sent and the fixed positions of a tuple; a gap between numbers costs nothing.
        for index in sorted({*items, *range(len(self.first))}):
            value = self._item(index, items.get(index), path, reading)
            if value is not NOTHING:
                values.append(value)
                numbers.append(index)
        if numbers and numbers[-1] >= len(numbers):
            reading.numbers[path] = numbers
        return values

    def _item(self, index: int, tree: FormTree | None, path: str, reading: FormReading) -> Any:
        slot, item_path, value = self.slot(index), under(path, index), NOTHING
        if tree is not None:
            value = slot.read(tree, item_path, reading)
        if value is NOTHING:
            value = slot.fill(item_path, reading)
        if value is NOTHING and not slot.optional:
            # Without it the positions of a tuple shift, and validation would complain of the wrong ones.
            return reading.add_issue(item_path, REQUIRED, "missing", covers=path if self.first else item_path)
        return value


_NO_TREE: Final = FormTree()


class MappingNode(ContainerNode):
    """A mapping: any keys, values of one type."""

    @property
    def has_empty_value(self) -> bool:
        return True

    @cached_property
    def value(self) -> Slot:
        return self._slot_of(self._schema.get("values_schema") or {"type": "any"})

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
        return 1  # an object that fits exactly goes first

    def _entry(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        value = self.value.read(tree, path, reading)
        if value is not NOTHING:
            return value
        if self.value.nullable:
            return None
        return reading.add_issue(path, REQUIRED, "missing")

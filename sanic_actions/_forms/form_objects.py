"""Reads models, dataclasses and typed dicts: every member by its own type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from .form_containers import ContainerNode, SlotOf
from .form_lists import ListNode
from .form_scalars import NOTHING, FormNode, FormReading, FormScalar, Schema, Slot, plain_value
from .markers import EMPTY
from .names import control_text, is_index, under
from .tree import FormTree

MISPLACED: Final = 100
"""The mismatch of a field whose value belongs to another member of a union."""


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
    strips: bool
    """Whether spaces alone are an empty text."""
    default: object
    """The default in Python; NOTHING for a factory and where there is none."""


class ObjectNode(ContainerNode):
    """A model, a dataclass or a typed dict."""

    def __init__(self, slot_of: SlotOf, schema: Schema, extra: str, *, strips: bool, cls: Any) -> None:
        super().__init__(slot_of, schema)
        self.cls = cls
        self._extra = extra
        self._strips = strips

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
        """Members by every accepted name; an alias wins over another field's name, as in pydantic."""
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
        start = f"{path}." if path else ""
        # The tree has a place for each step of each name that was sent, and is MAX_DEPTH deep at most.
        for name, child in tree.below.items():
            member = self.by_name.get(name)
            if member is None:
                self._read_unknown(name, child, data, path, reading)
            elif member.key in data:
                reading.add_issue(start + member.name, "It is given under two names", "repeated")
            elif not (member.needs_text and _is_blank_text(child, strips=member.strips)):
                value = member.slot.read(child, start + member.name, reading)
                if value is not NOTHING:
                    data[member.key] = value
        self.complete(data, path, reading)
        return data

    def complete(self, data: dict[str, Any], path: str, reading: FormReading) -> None:
        """Add the values of fields that were not sent; validation adds those that have a default."""
        start = f"{path}." if path else ""
        for member in self.members:
            if member.key in data or member.slot.optional:
                continue
            member_path = start + member.name
            if member_path in reading.covered:
                continue
            value = member.slot.fill(member_path, reading)
            if value is not NOTHING:
                data[member.key] = value

    def absent(self, path: str, reading: FormReading) -> Any:
        # A type that requires itself has no finite value; validation reports the innermost as
        # missing.
        if self in reading.filling:
            return NOTHING
        reading.filling.add(self)
        try:
            return self.read(FormTree(), path, reading)
        finally:
            reading.filling.discard(self)

    empty = absent

    def has_fields(self, names: Iterable[str]) -> bool:
        """Return whether all of these names are fields of it, or allowed besides."""
        return self.count_unknown(names) == 0

    def count_unknown(self, names: Iterable[str]) -> int:
        """Return how many of these names are not fields of it, and not allowed besides."""
        if self._extra == "allow":
            return 0
        return len({*names} - self.by_name.keys())

    def is_untouched(self, name: str, tree: FormTree) -> bool:
        """Return whether a field was sent with its default, which nobody changed on the page."""
        member = self.by_name.get(name)
        if member is None or member.default is NOTHING:
            return False
        if tree.below or not isinstance(member.slot.node, FormScalar):
            return False
        return tree.values == [control_text(plain_value(member.default))]

    def mismatch(self, tree: FormTree) -> int:
        """Return how badly the fields sent fit this object: zero if they could be it."""
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
            # A field whose value belongs to another member outweighs any number of missing fields.
            total += MISPLACED * _is_of_another(member.slot.node, child)
        return total

    def _member(self, name: str, spec: Mapping[str, Any]) -> Member:
        aliases = plain_aliases(spec.get("validation_alias"))
        is_key = spec["type"] == "typed-dict-field"
        slot = self._slot_of(spec["schema"])
        if is_key and not spec.get("required", self._schema.get("total", True)):
            slot = slot._replace(optional=True)
        needs_text = slot.needs_text
        strips = self._strips or (isinstance(slot.node, FormScalar) and slot.node.strips)
        default = spec["schema"].get("default", NOTHING)
        return Member(name, (aliases or (name,))[0], aliases, slot, needs_text, strips, default)

    def _read_unknown(self, name: str, tree: FormTree, data: dict[str, Any], path: str, reading: FormReading) -> None:
        if self._extra == "forbid":
            data[name] = ""  # validation adds the issue, and needs only the name
        if self._extra != "allow":
            return
        if self.extras is None or isinstance(self.extras.node, FormScalar):
            data.update(_texts(name, tree, path, reading))
            return
        value = self.extras.read(tree, under(path, name), reading)
        if value is not NOTHING:
            data[name] = value


def plain_aliases(alias: str | list[Any] | None) -> tuple[str, ...]:
    """Return the plain names among a field's aliases.

    An alias can also be a path into another field's value, which is not the name of a control.
    """
    if alias is None:
        return ()
    if isinstance(alias, str):
        return (alias,)
    if not isinstance(alias[0], list):
        alias = [alias]
    return tuple(path[0] for path in alias if len(path) == 1)


def _is_blank_text(tree: FormTree, *, strips: bool) -> bool:
    """Return whether one blank text was sent, and no mark says that it is meant; spaces count where they are kept."""
    if tree.mark is not None or tree.below or len(tree.values) != 1:
        return False
    text = tree.values[0]
    if strips and isinstance(text, str):
        text = text.strip()
    return text == ""


def _is_of_another(node: FormNode, tree: FormTree) -> bool:
    """Return whether a field was sent as it cannot be, as in another member of a union."""
    is_numbered = bool(tree.below) and all(map(is_index, tree.below))
    if isinstance(node, ListNode):
        return bool(tree.below) and not is_numbered and "" not in tree.below
    if isinstance(node, ObjectNode):
        return is_numbered and node.by_name.keys().isdisjoint(tree.below)
    return isinstance(node, FormScalar) and _is_another_value(node, tree)


def _is_another_value(node: FormScalar, tree: FormTree) -> bool:
    if node.table:
        values = {*tree.values} - {""}  # a choice that is left blank is of no other member
        return bool(values) and node.table.keys().isdisjoint(values)
    return node.words and any(node.text(text) is None for text in tree.texts)


def _texts(name: str, tree: FormTree, path: str, reading: FormReading) -> Iterator[tuple[str, Any]]:
    """Yield the texts of a name that the model allows undeclared, under their full names."""
    texts = tree.texts
    if len(texts) < len(tree.values):
        reading.add_issue(under(path, name), "A text is expected, not a file", "text_expected")
    if tree.is_null:
        yield name, None
    elif tree.mark == EMPTY:
        yield name, []
    elif not tree.values and tree.below and all(map(is_index, tree.below)):
        yield name, _items(tree, under(path, name), reading)
        return
    elif len(texts) == 1:
        yield name, texts[0]
    elif texts:
        yield name, texts
    for step, child in tree.below.items():
        yield from _texts(f"{name}.{step}", child, path, reading)


def _items(tree: FormTree, path: str, reading: FormReading) -> list[Any]:
    """Return the texts of a list that the model allows undeclared, by their numbers, and of lists in it."""
    items: list[Any] = []
    for step in sorted(tree.below, key=int):
        # Fields inside an item keep their full names, like those of an object.
        values = dict(_texts(step, tree.below[step], path, reading))
        items.append(values.get(step, values))
    return items

"""What controls mean to a union: which member was meant.

The law of this file: a tag decides where there is one; else what was sent does, by its shape and its names.
"""

from __future__ import annotations

import enum
from functools import cached_property, reduce
from operator import or_
from typing import Any

from .groups import Entries, Fields, Group, Items, plain_aliases
from .leaves import ABSENT, Leaf, Node, Reading
from .names import Sent, control_text, is_index, under


class Choice(Group):
    """A union with objects or lists in it: what was sent shows which member is meant."""

    def __init__(self, members: list[Node]) -> None:
        self.members: list[Node] = []
        for node in members:
            self.members += node.members if isinstance(node, Choice) else [node]
        self._items = next((node for node in self.members if isinstance(node, Items)), None)
        self._objects = [node for node in self.members if isinstance(node, Fields | Entries | Tagged)]
        leaves = [node for node in self.members if isinstance(node, Leaf)]
        self._leaf = reduce(or_, leaves) if leaves else None

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        return self._meant(sent).read(sent, path, reading)

    def absent(self, path: str, reading: Reading) -> Any:
        return ABSENT

    def empty(self, path: str, reading: Reading) -> Any:
        group: Node = self._items or min(self._objects, key=lambda node: node.misfit(Sent()))
        return group.empty(path, reading)

    def misfit(self, sent: Sent) -> int:
        return min((node.misfit(sent) for node in self._objects), default=1000)

    def _meant(self, sent: Sent) -> Node:
        numbered = bool(sent.inside) and all(key == "" or is_index(key) for key in sent.inside)
        if self._items and (numbered or len(sent.values) > 1):
            return self._items
        if self._leaf and not sent.inside:
            return self._leaf
        if self._objects:
            return min(self._objects, key=lambda node: node.misfit(sent))
        return self._items or self.members[0]


class Tagged(Group):
    """A discriminated union: one field says which member is meant."""

    @cached_property
    def choices(self) -> dict[str, Node]:
        return {control_text(_plain(tag)): self._place_of(s).node for tag, s in self._schema["choices"].items()}

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The names under which the tag may be sent."""
        return plain_aliases(self._schema["discriminator"])

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.values:
            return self.no_group(sent, path, reading)
        if chosen := self._chosen(sent):
            return chosen.read(sent, path, reading)
        if sent.blank:
            return ABSENT
        tagged = any(tag in sent.inside for tag in self.tags)
        return self._unknown(path, reading, "union_tag_invalid" if tagged else "union_tag_not_found")

    def absent(self, path: str, reading: Reading) -> Any:
        return self._unknown(path, reading, "union_tag_not_found")

    empty = absent

    def misfit(self, sent: Sent) -> int:
        return 0 if self._chosen(sent) else 1000

    def _unknown(self, path: str, reading: Reading, kind: str) -> Any:
        message = f"Choose one of: {', '.join(map(repr, self.choices))}"
        return reading.complain(under(path, self.tags[0]), message, kind, covers=path)

    def _chosen(self, sent: Sent) -> Node | None:
        values = [value for tag in self.tags if tag in sent.inside for value in sent.inside[tag].values]
        return self.choices.get(values[0]) if values and isinstance(values[0], str) else None


def _plain(tag: Any) -> Any:
    return tag.value if isinstance(tag, enum.Enum) else tag

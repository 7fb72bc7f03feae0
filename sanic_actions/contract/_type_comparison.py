"""Compare two described types; the classes in them are compared after them, by ``_class_comparison``.

Types are compared as sets of values. A value that only the older type has was *removed*, one that
only the newer type has was *added*. Of an input a removal is breaking, since callers still send the
value; of an output an addition, since callers do not know it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ._canonical_json import canonical
from ._change import Change
from ._constraints import Loosening, crossed_edges, loosening
from ._contract import Contract, Role
from ._described import (
    as_constrained,
    behind_new,
    closed,
    discriminator,
    is_constrained,
    is_part_of,
    is_same,
    last_name,
    members_of,
    mentions_class,
    places,
    shape,
)
from ._name_comparison import NameComparison
from ._notation import or_none, shown, shown_value
from ._plain_data import Json


class TypeComparison:
    """The comparison of the types of one action in two contracts.

    Attributes:
        pending: The pairs of classes that the types compared so far have led to: the role, both
            names, and the place.
    """

    def __init__(self, action: str, older: Contract, newer: Contract, names: NameComparison) -> None:
        self._action = action
        self._older = older
        self._newer = newer
        self._names = names
        # Classes wait here and are not compared where they are met: a chain of them may be longer
        # than Python's stack.
        self.pending: deque[tuple[Role, str, str, str]] = deque()

    def change(self, place: str, text: str, kind: str) -> Change:
        """Return a change of the action."""
        return Change(self._action, place, text, kind)

    def type(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield the changes from one type to another; the classes in them are added to ``pending``."""
        # The same name of a class says nothing of what the class holds in the two contracts.
        if is_same(old, new) and not mentions_class(old):
            return
        old_members = members_of(old)
        new_members = members_of(new)
        if len(old_members) == len(new_members) == 1:
            yield from self._single(role, old_members[0], new_members[0], place)
        else:
            yield from self._unions(role, old, new, place)

    def _unions(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield the changes of a union: members that are alike are compared, others are new or gone."""
        old_tag = discriminator(old)
        new_tag = discriminator(new)
        if old_tag and new_tag and old_tag != new_tag:
            yield self.change(place, "its discriminator changed", "discriminator changed")
        yield from self._closed(role, closed(old), closed(new), place)
        new_members = members_of(new)
        removed_members: list[Any] = []
        for member in members_of(old):
            partner = self._partner(member, new_members)
            if partner is None:
                removed_members.append(member)
                continue
            new_members = [candidate for candidate in new_members if candidate is not partner]
            yield from self._single(role, member, partner, place)
        for member in removed_members:
            text = f"{shown(member)} was removed{self._names.farewell(role, member)}"
            yield self.change(place, text, f"{role} narrowed")
        for member in new_members:
            yield self.change(place, f"{shown(member)} was added", f"{role} widened")

    def _closed(self, role: Role, old: frozenset[str], new: frozenset[str], place: str) -> Iterator[Change]:
        """Yield which members of an output's union began or ceased to refuse other fields."""
        for name in sorted(old ^ new):
            if name in old:
                words = "accepts"
            else:
                words = "refuses"
            yield self.change(place, f"{shown({'class': name})} {words} unknown fields", f"{role} narrowed")

    def _partner(self, member: Any, members: list[Any]) -> Any | None:
        """Return the member of another union that took a member's place."""
        # An equal one first: with two lists in a union, the first list need not be the right one.
        for candidate in members:
            if is_same(candidate, member):
                return candidate
        for candidate in members:
            if shape(candidate) == shape(member):
                return candidate
        return None

    def _single(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield the changes from one type to another, neither of them a union."""
        # A NewType first: its constraints are those of the type behind it.
        if (behind_new(old) is old) != (behind_new(new) is new):
            yield from self._names_of_type(role, old, new, place)
        elif is_constrained(old) or is_constrained(new):
            yield from self._constraints(role, as_constrained(old), as_constrained(new), place)
        elif not isinstance(old, dict) or not isinstance(new, dict) or old.keys() != new.keys():
            yield from self._replacement(role, old, new, place)
        elif "class" in old:
            self.pending.append((role, old["class"], new["class"], place))
        elif "literal" in old:
            yield from self._literals(role, old["literal"], new["literal"], place)
        elif "new" in old:
            if old["new"] != new["new"]:
                yield self.renamed(place, old["new"], new["new"])
            yield from self.type(role, old["type"], new["type"], place)
        else:
            yield from self.parts(role, old, new, place)

    def _names_of_type(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield the change from a type to a ``NewType`` of it, or back, and what else they differ in.

        On the wire they are the same; to callers the second is a part of the first.
        """
        is_narrower = behind_new(old) is old
        if is_narrower and role == "output":
            kind = "output narrowed"
        elif not is_narrower and role == "input":
            kind = "input widened"
        else:
            kind = "class renamed"
        yield self.change(place, f"{shown(old)} became {shown(new)}", kind)
        yield from self.type(role, behind_new(old), behind_new(new), place)

    def parts(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes between the items of two collections of one kind."""
        ((kind, old_items),) = old.items()
        ((_, new_items),) = new.items()
        if not isinstance(old_items, list) and not isinstance(new_items, list):
            if kind != "redirect":  # which holds one value, and not items
                place += "[]"
            yield from self.type(role, old_items, new_items, place)
        elif type(old_items) is not type(new_items) or len(old_items) != len(new_items):
            yield self.change(place, f"{shown(old)} became {shown(new)}", "type changed")
        else:
            for number, (old_item, new_item) in enumerate(zip(old_items, new_items, strict=True)):
                yield from self.type(role, old_item, new_item, f"{place}[{number}]")

    def _constraints(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        names = {*old, *new} - {"of"}
        for name, other, effect in crossed_edges(old, new):
            names -= {name, other}
            text = f"{name}={old[name]} became {other}={new[other]}"
            yield from self.limit(role, text, effect, place)
        for name in sorted(names):
            old_limit = old.get(name)
            new_limit = new.get(name)
            text = f"{name} {or_none(old_limit)} became {or_none(new_limit)}"
            yield from self.limit(role, text, loosening(name, old_limit, new_limit), place)
        yield from self.type(role, old["of"], new["of"], place)

    def limit(self, role: Role, text: str, effect: Loosening | None, place: str) -> Iterator[Change]:
        """Yield the change of a constraint, by what it does to the values of its type."""
        if effect == "both":
            yield self.change(place, text, "type changed")
        elif effect is not None:
            yield self.change(place, text, f"{role} {effect}")

    def _replacement(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        text = f"{shown(old)} became {shown(new)}"
        # "int" became "int | str": every old value is still one, and there are more.
        if is_part_of(old, new):
            yield self.change(place, text, f"{role} widened")
        elif is_part_of(new, old):
            yield self.change(place, text, f"{role} narrowed")
        elif old != new:
            yield self.change(place, text, "type changed")

    def _literals(self, role: Role, old: list[Any], new: list[Any], place: str) -> Iterator[Change]:
        # As JSON: to Python, 1 and True would be one value.
        old_keys = {*map(canonical, old)}
        new_keys = {*map(canonical, new)}
        for value in old:
            if canonical(value) not in new_keys:
                text = f"{shown_value(value)} was removed{self._names.farewell(role, value)}"
                yield self.change(place, text, f"{role} narrowed")
        for value in new:
            if canonical(value) not in old_keys:
                yield self.change(place, f"{shown_value(value)} was added", f"{role} widened")

    def renamed(self, place: str, old: str, new: str) -> Change:
        """Return the change for a class of another name, or of the same one in another module."""
        text = f"{old} became {new}"
        if self._names.is_known:
            is_move = self._names.is_move(old, new)
        else:
            is_move = self._is_unique(new)
        if is_move and last_name(old) == last_name(new):
            return self.change(place, text, "class moved")
        return self.change(place, text, "class renamed")

    def _is_unique(self, name: str) -> bool:
        """Return whether ``package.models`` offers a class by its name, as far as classes say it."""
        last = last_name(name).partition("[")[0]
        return places(self._older).get(last, 1) == 1 and places(self._newer).get(last, 1) == 1

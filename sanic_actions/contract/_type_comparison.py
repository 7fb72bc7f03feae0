"""Compare two described types, and the classes that they lead to.

Types are compared as sets of values. A value that only the older type has was *removed*, one that
only the newer type has was *added*. Of an input a removal is breaking, since callers still send the
value; of an output an addition, since callers do not know it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ._change import Change
from ._constraints import Loosening, crossed_edges, loosening
from ._contract import Contract, Role, canonical
from ._described import (
    behind_new,
    closed,
    discriminator,
    is_constrained,
    is_part_of,
    is_same,
    members_of,
    mentions_class,
    places,
    shape,
    with_of,
)
from ._name_comparison import NameComparison
from ._notation import or_none, shown, shown_default, shown_value
from ._plain_data import Json

CONSTRAINTS: Final = frozenset({"allow_inf_nan", "str_max_length", "str_min_length", "strict"})
"""Settings of a class that constrain its values as constraints of its fields do."""


class TypeComparison:
    """The comparison of the types of one action in two contracts."""

    def __init__(self, action: str, older: Contract, newer: Contract, names: NameComparison) -> None:
        self._action = action
        self._older = older
        self._newer = newer
        self._names = names
        self._compared: set[tuple[Role, str, str]] = set()
        # Classes wait here and are not compared where they are met: a chain of them may be longer
        # than Python's stack.
        self._pending: deque[tuple[Role, str, str, str]] = deque()

    def change(self, place: str, text: str, kind: str) -> Change:
        """Return a change of the action."""
        return Change(self._action, place, text, kind)

    def classes(self) -> Iterator[Change]:
        """Yield the changes of the classes that the types compared so far have led to."""
        # Each pair of classes is compared once, so this ends.
        while self._pending:
            yield from self._classes(*self._pending.popleft())

    def type(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield the changes from one type to another; the classes in them wait for ``classes``."""
        # The same name of a class says nothing of what the class holds in the two contracts.
        if is_same(old, new) and not mentions_class(old):
            return
        old_members, new_members = members_of(old), members_of(new)
        if len(old_members) == 1 == len(new_members):
            yield from self._single(role, old_members[0], new_members[0], place)
        else:
            yield from self._unions(role, old, new, place)

    def _unions(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield the changes of a union: members that are alike are compared, others are new or gone."""
        if discriminator(old) != discriminator(new) and discriminator(old) and discriminator(new):
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
            yield from self._constraints(role, with_of(old), with_of(new), place)
        elif not isinstance(old, dict) or not isinstance(new, dict) or old.keys() != new.keys():
            yield from self._replacement(role, old, new, place)
        elif "class" in old:
            self._pending.append((role, old["class"], new["class"], place))
        elif "literal" in old:
            yield from self._literals(role, old["literal"], new["literal"], place)
        elif "new" in old:
            if old["new"] != new["new"]:
                yield self.renamed(place, old["new"], new["new"])
            yield from self.type(role, old["type"], new["type"], place)
        else:
            yield from self._parts(role, old, new, place)

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

    def _parts(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes between the items of two collections of one kind."""
        ((kind, old_items),), ((_, new_items),) = old.items(), new.items()
        if not isinstance(old_items, list) and not isinstance(new_items, list):
            if kind == "redirect":
                suffix = ""
            else:
                suffix = "[]"
            yield from self.type(role, old_items, new_items, f"{place}{suffix}")
        elif type(old_items) is not type(new_items) or len(old_items) != len(new_items):
            yield self.change(place, f"{shown(old)} became {shown(new)}", "type changed")
        else:
            for number, (old_item, new_item) in enumerate(zip(old_items, new_items, strict=True)):
                yield from self.type(role, old_item, new_item, f"{place}[{number}]")

    def _constraints(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        names = {*old, *new} - {"of"}
        for name, other, looser in crossed_edges(old, new):
            names -= {name, other}
            text = f"{name}={old[name]} became {other}={new[other]}"
            yield from self._limit(role, text, looser, place)
        for name in sorted(names):
            text = f"{name} {or_none(old.get(name))} became {or_none(new.get(name))}"
            yield from self._limit(role, text, loosening(name, old.get(name), new.get(name)), place)
        yield from self.type(role, old["of"], new["of"], place)

    def _limit(self, role: Role, text: str, looser: Loosening | None, place: str) -> Iterator[Change]:
        if looser == "both":
            yield self.change(place, text, "type changed")
        elif looser is not None:
            yield self.change(place, text, f"{role} {looser}")

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
        old_keys, new_keys = {*map(canonical, old)}, {*map(canonical, new)}
        for value in old:
            if canonical(value) not in new_keys:
                text = f"{shown_value(value)} was removed{self._names.farewell(role, value)}"
                yield self.change(place, text, f"{role} narrowed")
        for value in new:
            if canonical(value) not in old_keys:
                yield self.change(place, f"{shown_value(value)} was added", f"{role} widened")

    def _classes(self, role: Role, old_name: str, new_name: str, place: str) -> Iterator[Change]:
        pair = (role, old_name, new_name)
        if pair in self._compared:  # so that the comparison of recursive classes ends
            return
        self._compared.add(pair)
        if old_name != new_name:
            yield self.renamed(place, old_name, new_name)
        old, new = self._class_of(self._older, role, old_name), self._class_of(self._newer, role, new_name)
        if is_same(old, new) and not mentions_class(old):
            return
        if old.get("kind") != new.get("kind"):
            yield self.change(place, f"{old.get('kind')} became {new.get('kind')}", "type changed")
            return
        # Callers' copies of such a class refuse unknown fields, as the class itself does.
        is_closed = role == "output" and old_name.partition("[")[0] in self._older.closed_members
        for change in self._content(role, old, new, place):
            if is_closed and change.kind == "output field added":
                yield replace(change, kind="output field added, extra forbidden")
            else:
                yield change
        yield from self._switches(old, new, place)
        yield from self._order(old, new, place)
        yield from self.bases(old, new, place)

    def _content(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes between the contents of two classes of one kind."""
        if "members" in old:
            yield from self._enum_members(role, old["members"], new["members"], place)
        elif "fields" in old:
            yield from self.members(role, old, new, place)
        elif "tuple" in old:
            yield from self._named_tuples(role, old, new, place)
        else:
            yield from self.type(role, old["type"], new["type"], place)

    def _named_tuples(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes between two named tuples by place: an array on the wire has no names.

        A place can be left out at the end of an array only.
        """
        # Another name in the same place is another field: which one callers mean is unknown, so
        # their values are not compared.
        old_names, new_names = old["names"], new["names"]
        old_defaults, new_defaults = old.get("defaults", {}), new.get("defaults", {})
        count = min(len(old_names), len(new_names))
        if old_names[:count] != new_names[:count]:
            yield self.change(place, "its fields were renamed", "type changed")
            return
        yield from self._parts(role, {"tuple": old["tuple"][:count]}, {"tuple": new["tuple"][:count]}, place)
        for name in old_names[count:]:
            yield self.change(f"{place}.{name}", "the field was removed", "type changed")
        for name in new_names[count:]:
            is_fine = role == "input" and name in new_defaults
            if is_fine:
                kind = "input field added, optional"
            else:
                kind = "type changed"
            yield self.change(f"{place}.{name}", "the field was added", kind)
        for name in old_names[:count]:
            yield from self._place_default(role, name, old_defaults, new_defaults, f"{place}.{name}")

    def _place_default(self, role: Role, name: str, old: Json, new: Json, place: str) -> Iterator[Change]:
        if name in old and name in new and not is_same(old[name], new[name]):
            yield self.change(place, f"its default {old[name]!r} became {new[name]!r}", "default changed")
        elif (name in old) != (name in new) and role == "input":
            if name in new:
                need = "optional"
            else:
                need = "required"
            yield self.change(place, f"it became {need}", f"input became {need}")
        elif (name in old) != (name in new):
            if name in new:
                change = "added"
            else:
                change = "removed"
            yield self.change(place, f"its default was {change}", f"default {change}")

    def _switches(self, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield what callers can do with values of one class only, such as sorting them."""
        for key, (name, words) in _SWITCHES.items():
            if bool(old.get(key)) == bool(new.get(key)):
                continue
            if new.get(key):
                yield self.change(place, f"it became {words}", f"{name} turned on")
            else:
                yield self.change(place, f"it is not {words} any more", f"{name} turned off")

    def _order(self, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield a change if values that are passed by position would arrive in other fields."""
        # A removed field is a change of its own.
        order = [name for name in old.get("positional", ()) if name in new.get("fields", {})]
        new_order = new.get("positional", [])
        if new_order[: len(order)] != order:
            old_names, new_names = ", ".join(old["positional"]), ", ".join(new_order)
            text = f"its fields are passed by place as ({new_names}), not ({old_names})"
            yield self.change(place, text, "field order changed")

    def bases(self, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the base classes that were added or removed, which ``isinstance`` notices."""
        losses, gains = _without(old, new), _without(new, old)
        # A base class that only moved to another module is the same to callers.
        by_last = {_last(name): name for name in gains}
        moves = {name: by_last[_last(name)] for name in losses if _last(name) in by_last}
        for name, new_name in moves.items():
            yield self.renamed(place, name, new_name)
        losses = [name for name in losses if name not in moves]
        gains = [name for name in gains if name not in moves.values()]
        if losses:
            text = f"it is not {' and '.join(losses)} any more"
            yield self.change(place, text, "base class removed")
        if gains:
            yield self.change(place, f"it is {' and '.join(gains)} too", "base class added")

    def _class_of(self, contract: Contract, role: Role, name: str) -> Json:
        classes: Mapping[str, Json] = contract.inputs if role == "input" else contract.outputs
        return classes[name]

    def renamed(self, place: str, old: str, new: str) -> Change:
        """Return the change for a class of another name, or of the same one in another module."""
        text = f"{old} became {new}"
        if self._names.is_known:
            is_move = self._names.is_move(old, new)
        else:
            is_move = self._is_unique(new)
        if is_move and _last(old) == _last(new):
            return self.change(place, text, "class moved")
        return self.change(place, text, "class renamed")

    def _is_unique(self, name: str) -> bool:
        """Return whether ``package.models`` offers a class by its name, as far as classes say it."""
        last = _last(name).partition("[")[0]
        return max(places(self._older).get(last, 1), places(self._newer).get(last, 1)) == 1

    def _enum_members(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        # By their repr: values from a file may be lists, which have no hash, and 1 == True.
        names_by_value = {repr(value): name for name, value in new.items()}
        for name, value in old.items():
            if is_same(new.get(name, _MISSING), value):
                continue
            if repr(value) in names_by_value and name not in new:
                text = f"{name} was renamed to {names_by_value[repr(value)]}"
                yield self.change(place, text, "member renamed")
            elif name in new:
                yield self.change(place, f"{name} is written as {new[name]!r}", "encoding changed")
            else:
                yield self.change(place, f"{name} was removed", f"{role} narrowed")
        old_values = list(map(repr, old.values()))
        for name, value in new.items():
            if name not in old and repr(value) not in old_values:
                yield self.change(place, f"{name} was added", f"{role} widened")

    def members(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes from one object type to another."""
        yield from self._extra(role, old.get("extra"), new.get("extra"), place)
        yield from self._config(role, old.get("config", {}), new.get("config", {}), place)
        yield from self.fields(role, old, new, place)

    def _config(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes of a configuration: its constraints, and how values are written."""
        for name in sorted(CONSTRAINTS & {*old, *new}):
            limit, text = name.removeprefix("str_"), f"{name} {or_none(old.get(name))} became {or_none(new.get(name))}"
            yield from self._limit(role, text, loosening(limit, old.get(name), new.get(name)), place)
        rest = {*old, *new} - CONSTRAINTS
        if any(old.get(name) != new.get(name) for name in rest):
            yield self.change(place, "its values are written in another way", "encoding changed")

    def _extra(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        if old == new:
            return
        if new == "forbidden":
            yield self.change(place, "unknown fields are refused", f"{role} narrowed")
        elif old == "forbidden":
            yield self.change(place, "unknown fields are accepted", f"{role} widened")
        elif new is None:
            yield self.change(place, "other fields are not kept any more", f"{role} field removed")
        elif old is None:
            yield self.change(place, "other fields are kept", _EXTRA_ADDED[role])
        else:
            yield from self.type(role, old, new, f"{place}.*")

    def fields(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        old_fields, new_fields = old["fields"], new["fields"]
        additions = [name for name in new_fields if name not in old_fields]
        for name in old_fields:
            if name in new_fields:
                yield from self._field(role, old_fields[name], new_fields[name], f"{place}.{name}")
            else:
                yield self._removed(role, old_fields[name], new, f"{place}.{name}", additions)
        for name in additions:
            yield self._added(role, new_fields[name], f"{place}.{name}")

    def _removed(self, role: Role, old: Json, new: Json, place: str, additions: list[str]) -> Change:
        # Only the author knows whether a field was renamed. A single new field of the same type is
        # named as a hint; the verdict is that of a removal.
        text = "the field was removed"
        alike = [name for name in additions if new["fields"][name]["type"] == old["type"]]
        if len(alike) == 1:
            text += f" (or renamed to {alike[0]!r})"
        kind = f"{role} field removed"
        if role == "input" and new.get("extra") == "forbidden":
            kind += ", extra forbidden"
        elif role == "input":
            text += "; what callers send is dropped"
        elif "value" in old.get("default", {}):
            text += "; clients that have it read its default"
        return self.change(place, text, kind)

    def _added(self, role: Role, new: Json, place: str) -> Change:
        if role == "output":
            return self.change(place, "the field was added", "output field added")
        if new.get("optional"):
            need = "optional"
        else:
            need = "required"
        return self.change(place, f"the field was added, {need}", f"input field added, {need}")

    def _field(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        if bool(old.get("optional")) != bool(new.get("optional")):
            if new.get("optional"):
                need = "optional"
            else:
                need = "required"
            yield self.change(place, f"it became {need}", f"{role} became {need}")
        if old.get("alias") != new.get("alias"):
            name = place.rpartition(".")[2]
            old_name, new_name = old.get("alias") or name, new.get("alias") or name
            yield self.change(place, f"it is written as {new_name!r}, not {old_name!r}", "alias changed")
        yield from self._defaults(role, old.get("default"), new.get("default"), place)
        yield from self.type(role, old["type"], new["type"], place)

    def _defaults(self, role: Role, old: Json | None, new: Json | None, place: str) -> Iterator[Change]:
        if is_same(old, new):
            return
        if old is not None and new is not None:
            text = f"its default {shown_default(old)} became {shown_default(new)}"
            yield self.change(place, text, "default changed")
        elif role == "output":
            if old is None:
                change = "added"
            else:
                change = "removed"
            yield self.change(place, f"its default was {change}", f"default {change}")


_EXTRA_ADDED: Final[Mapping[Role, str]] = {
    "input": "input field added, optional",
    "output": "output field added",
}
"""The kind of change where fields that the type does not have are kept."""


def _without(description: Json, other: Json) -> list[str]:
    """Return the bases of one class that another does not have."""
    return [name for name in description.get("bases", ()) if name not in other.get("bases", ())]


def _last(name: str) -> str:
    """Return the name of a class without modules, those of its type arguments neither."""
    return re.sub(r"[^\[\], ]*\.", "", name)


_SWITCHES: Final = {
    "frozen": ("frozen", "frozen"),
    "hashable": ("hash", "hashable"),
    "ordered": ("order", "ordered"),
}
"""Properties of a class by their keys in a description: the name in the table of verdicts, and the
word in a sentence."""
_MISSING: Final = object()

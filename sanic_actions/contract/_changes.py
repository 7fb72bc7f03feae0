"""What separates two contracts: every change with its place and its verdict.

Types are compared as sets of values. What only the older type has was *removed*, what only the newer one has was
*added*: for an input the first is breaking (callers still send it), for an output the second (callers do not know it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ._constraints import loosening
from ._contract import DOWNLOAD, Contract, canonical
from ._described import (
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
from ._notation import or_none, printable, shown, shown_default, shown_value
from ._types import Json
from ._verdicts import VERDICTS, Level, Verdict, Wire

__all__ = ["Change", "Level", "Verdict", "Wire", "breaks", "compare"]

Role = Literal["input", "output"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two contracts.

    Attributes:
        action: The action that callers would notice it at.
        place: Where in it, such as ``input items[].qty``; empty for the action itself.
        text: What changed, in words.
        kind: The row of the table of verdicts.
    """

    action: str
    place: str
    text: str
    kind: str

    @property
    def verdict(self) -> Verdict:
        """What the change means to callers."""
        return VERDICTS[self.kind]

    def __str__(self) -> str:
        if self.place:
            place = f" {self.place}"
        else:
            place = ""
        return printable(f"{self.action}{place}: {self.text} ({self.verdict})")


def breaks(change: Change, level: Level) -> bool:
    """Return whether a change breaks callers at a level; at ``source``, what breaks the wire counts too."""
    if change.verdict.wire == "breaking":
        return True
    return level == "source" and change.verdict.source == "breaking"


def compare(older: Contract, newer: Contract) -> list[Change]:
    """Return every change from one contract to another, by action."""
    changes: list[Change] = []
    for name in sorted(older.actions.keys() | newer.actions.keys()):
        if name not in newer.actions:
            changes.append(Change(name, "", "the action was removed", "action removed"))
        elif name not in older.actions:
            changes.append(Change(name, "", "the action was added", "action added"))
        elif older.hashes[name] != newer.hashes[name]:
            changes.extend(_ActionComparison(name, older, newer).changes())
    return changes


class _ActionComparison:
    """The comparison of one action in two contracts."""

    def __init__(self, name: str, older: Contract, newer: Contract) -> None:
        self._name = name
        self._older = older
        self._newer = newer
        self._compared: set[tuple[Role, str, str]] = set()
        # Not compared where they are met: a chain of classes may be longer than Python's stack.
        self._pending: deque[tuple[Role, str, str, str]] = deque()

    def changes(self) -> Iterator[Change]:
        old, new = self._older.actions[self._name], self._newer.actions[self._name]
        yield from self._encodings(old["accept"], new["accept"])
        yield from self._switches(old, new)
        if old.get("stream", False) != new.get("stream", False):
            yield self._change("", "it became or stopped being a stream", "stream changed")
        output = self._output(old["output"], new["output"])
        for part in (self._input(old["input"], new["input"]), output, self._errors(old["errors"], new["errors"])):
            yield from part
            # Each pair of classes comes in once.
            while self._pending:
                yield from self._classes(*self._pending.popleft())

    def _output(self, old: Any, new: Any) -> Iterator[Change]:
        if (old == DOWNLOAD) != (new == DOWNLOAD):
            yield self._change("", "it became or stopped being a download", "download changed")
        else:
            yield from self._type("output", old, new, "output")

    def _change(self, place: str, text: str, kind: str) -> Change:
        return Change(self._name, place, text, kind)

    def _switches(self, old: Json, new: Json) -> Iterator[Change]:
        for key, (name, words) in _SWITCHES.items():
            if bool(old.get(key)) == bool(new.get(key)):
                continue
            if new.get(key):
                state = "on"
            else:
                state = "off"
            yield self._change("", f"{words} turned {state}", f"{name} turned {state}")

    def _encodings(self, old: list[str], new: list[str]) -> Iterator[Change]:
        for encoding in sorted({*new} - {*old}):
            yield self._change("", f"it takes {encoding} too", "encoding added")
        for encoding in sorted({*old} - {*new}):
            yield self._change("", f"it does not take {encoding} any more", "encoding removed")

    def _input(self, old: Json | None, new: Json | None) -> Iterator[Change]:
        if old is None or new is None:
            yield from self._appearance(old, new)
        elif ("value" in old) != ("value" in new):
            yield self._change("input", "it is passed in another way", "type changed")
        elif "value" in old:
            yield from self._type("input", old["value"], new["value"], "input")
        else:
            yield from self._members("input", old, new, "input")

    def _appearance(self, old: Json | None, new: Json | None) -> Iterator[Change]:
        if old is None and new is not None:
            fields = new.get("fields")
            optional = fields is not None and all(field.get("optional") for field in fields.values())
            if optional:
                kind = "optional input appeared"
            else:
                kind = "input appeared"
            yield self._change("input", "it takes an input now", kind)
        elif old is not None:
            yield self._change("input", "it does not take an input any more", "input disappeared")

    def _errors(self, old: Json, new: Json) -> Iterator[Change]:
        for name in sorted({*new} - {*old}):
            yield self._change(f"error {name}", "the error was added", "error added")
        for name in sorted({*old} - {*new}):
            yield self._change(f"error {name}", "the error was removed", "error removed")
        for name in sorted({*old} & {*new}):
            place = f"error {name}"
            if old[name]["code"] != new[name]["code"]:
                text = f"its code {old[name]['code']} became {new[name]['code']}"
                yield self._change(place, text, "error code changed")
            if old[name]["class"] != new[name]["class"]:
                yield self._renamed(place, old[name]["class"], new[name]["class"])
            yield from self._fields("output", old[name], new[name], place)

    # Types

    def _type(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield what separates two described types."""
        if is_same(old, new) and not mentions_class(old):
            return
        old_members, new_members = members_of(old), members_of(new)
        if len(old_members) == 1 == len(new_members):
            yield from self._single(role, old_members[0], new_members[0], place)
        else:
            yield from self._unions(role, old, new, place)

    def _unions(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield what separates two unions: members that are alike are compared, the rest was removed or added."""
        if discriminator(old) != discriminator(new) and discriminator(old) and discriminator(new):
            yield self._change(place, "its discriminator changed", "discriminator changed")
        rest_new = members_of(new)
        losses: list[Any] = []
        for member in members_of(old):
            partner = self._partner(member, rest_new)
            if partner is None:
                losses.append(member)
                continue
            rest_new = [candidate for candidate in rest_new if candidate is not partner]
            yield from self._single(role, member, partner, place)
        for member in losses:
            yield self._change(place, f"{shown(member)} was removed", f"{role} narrowed")
        for member in rest_new:
            yield self._change(place, f"{shown(member)} was added", f"{role} widened")

    def _partner(self, member: Any, members: list[Any]) -> Any | None:
        """Return the member of another union that took a member's place."""
        for candidate in members:
            if is_same(candidate, member):
                return candidate
        for candidate in members:
            if shape(candidate) == shape(member):
                return candidate
        return None

    def _single(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        """Yield what separates two types that are not unions."""
        if is_constrained(old) or is_constrained(new):
            yield from self._constraints(role, with_of(old), with_of(new), place)
        elif not isinstance(old, dict) or not isinstance(new, dict) or old.keys() != new.keys():
            yield from self._replaced(role, old, new, place)
        elif "class" in old:
            self._pending.append((role, old["class"], new["class"], place))
        elif "literal" in old:
            yield from self._literals(role, old["literal"], new["literal"], place)
        elif "new" in old:
            if old["new"] != new["new"]:
                yield self._renamed(place, old["new"], new["new"])
            yield from self._type(role, old["type"], new["type"], place)
        else:
            yield from self._parts(role, old, new, place)

    def _parts(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield what separates what two collections of one kind hold."""
        ((kind, old_items),), ((_, new_items),) = old.items(), new.items()
        if not isinstance(old_items, list) and not isinstance(new_items, list):
            if kind == "redirect":
                suffix = ""
            else:
                suffix = "[]"
            yield from self._type(role, old_items, new_items, f"{place}{suffix}")
        elif type(old_items) is not type(new_items) or len(old_items) != len(new_items):
            yield self._change(place, f"{shown(old)} became {shown(new)}", "type changed")
        else:
            for number, (old_item, new_item) in enumerate(zip(old_items, new_items, strict=True)):
                yield from self._type(role, old_item, new_item, f"{place}[{number}]")

    def _constraints(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        for name in sorted({*old, *new} - {"of"}):
            looser = loosening(name, old.get(name), new.get(name))
            if looser is None:
                continue
            text = f"{name} {or_none(old.get(name))} became {or_none(new.get(name))}"
            if looser == "both":
                yield self._change(place, text, "type changed")
            else:
                yield self._change(place, text, f"{role} {looser}")
        yield from self._type(role, old["of"], new["of"], place)

    def _replaced(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        text = f"{shown(old)} became {shown(new)}"
        if is_part_of(old, new):
            yield self._change(place, text, f"{role} widened")
        elif is_part_of(new, old):
            yield self._change(place, text, f"{role} narrowed")
        elif old != new:
            yield self._change(place, text, "type changed")

    def _literals(self, role: Role, old: list[Any], new: list[Any], place: str) -> Iterator[Change]:
        old_keys, new_keys = {*map(canonical, old)}, {*map(canonical, new)}
        for value in old:
            if canonical(value) not in new_keys:
                yield self._change(place, f"{shown_value(value)} was removed", f"{role} narrowed")
        for value in new:
            if canonical(value) not in old_keys:
                yield self._change(place, f"{shown_value(value)} was added", f"{role} widened")

    # Classes

    def _classes(self, role: Role, old_name: str, new_name: str, place: str) -> Iterator[Change]:
        pair = (role, old_name, new_name)
        if pair in self._compared:  # which also ends the comparison of recursive classes
            return
        self._compared.add(pair)
        if old_name != new_name:
            yield self._renamed(place, old_name, new_name)
        old, new = self._class_of(self._older, role, old_name), self._class_of(self._newer, role, new_name)
        if is_same(old, new) and not mentions_class(old):
            return
        if old.get("kind") != new.get("kind"):
            yield self._change(place, f"{old.get('kind')} became {new.get('kind')}", "type changed")
        elif "members" in old:
            yield from self._enum_members(role, old["members"], new["members"], place)
        elif "fields" in old:
            yield from self._members(role, old, new, place)
        elif "tuple" in old:
            yield from self._named_tuples(role, old, new, place)
        else:
            yield from self._type(role, old["type"], new["type"], place)

    def _named_tuples(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield what separates two tuples by their places: an array has no names, and only its end can be left out."""
        old_names, new_names = old["names"], new["names"]
        old_defaults, new_defaults = old.get("defaults", {}), new.get("defaults", {})
        count = min(len(old_names), len(new_names))
        if old_names[:count] != new_names[:count]:
            yield self._change(place, "its fields were renamed", "type changed")
            return
        yield from self._parts(role, {"tuple": old["tuple"][:count]}, {"tuple": new["tuple"][:count]}, place)
        for name in old_names[count:]:
            yield self._change(f"{place}.{name}", "the field was removed", "type changed")
        for name in new_names[count:]:
            is_fine = role == "input" and name in new_defaults
            if is_fine:
                kind = "input field added, optional"
            else:
                kind = "type changed"
            yield self._change(f"{place}.{name}", "the field was added", kind)
        for name in old_names[:count]:
            yield from self._place_default(role, name, old_defaults, new_defaults, f"{place}.{name}")

    def _place_default(self, role: Role, name: str, old: Json, new: Json, place: str) -> Iterator[Change]:
        if name in old and name in new and not is_same(old[name], new[name]):
            yield self._change(place, f"its default {old[name]!r} became {new[name]!r}", "default changed")
        elif (name in old) != (name in new) and role == "input":
            if name in new:
                need = "optional"
            else:
                need = "required"
            yield self._change(place, f"it became {need}", f"input became {need}")
        elif (name in old) != (name in new):
            if name in new:
                change = "added"
            else:
                change = "removed"
            yield self._change(place, f"its default was {change}", f"default {change}")

    def _class_of(self, contract: Contract, role: Role, name: str) -> Json:
        classes: Mapping[str, Json] = contract.inputs if role == "input" else contract.outputs
        return classes[name]

    def _renamed(self, place: str, old: str, new: str) -> Change:
        text = f"{old} became {new}"
        if old.rpartition(".")[2] == new.rpartition(".")[2] and self._is_unique(new):
            return self._change(place, text, "class moved")
        return self._change(place, text, "class renamed")

    def _is_unique(self, name: str) -> bool:
        """Return whether ``package.models`` offers a class by its name alone, before and after."""
        last = name.rpartition(".")[2]
        return max(places(self._older).get(last, 1), places(self._newer).get(last, 1)) == 1

    def _enum_members(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        names_by_value = {repr(value): name for name, value in new.items()}
        for name, value in old.items():
            if is_same(new.get(name, _MISSING), value):
                continue
            if repr(value) in names_by_value and name not in new:
                text = f"{name} was renamed to {names_by_value[repr(value)]}"
                yield self._change(place, text, "member renamed")
            elif name in new:
                yield self._change(place, f"{name} is written as {new[name]!r}", "encoding changed")
            else:
                yield self._change(place, f"{name} was removed", f"{role} narrowed")
        old_values = list(map(repr, old.values()))
        for name, value in new.items():
            if name not in old and repr(value) not in old_values:
                yield self._change(place, f"{name} was added", f"{role} widened")

    def _members(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield what separates two object types."""
        yield from self._extra(role, old.get("extra"), new.get("extra"), place)
        if old.get("config") != new.get("config"):
            yield self._change(place, "its values are written in another way", "encoding changed")
        yield from self._fields(role, old, new, place)

    def _extra(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        if old == new:
            return
        if new == "forbidden":
            yield self._change(place, "unknown fields are refused", f"{role} narrowed")
        elif old == "forbidden":
            yield self._change(place, "unknown fields are accepted", f"{role} widened")
        elif new is None:
            if role == "input":
                kind = "input field removed"
            else:
                kind = "output field removed"
            yield self._change(place, "other fields are not kept any more", kind)
        elif old is None:
            yield self._change(
                place,
                "other fields are kept",
                f"{role} field added, optional" if role == "input" else "output field added",
            )
        else:
            yield from self._type(role, old, new, f"{place}.*")

    def _fields(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
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
        text = "the field was removed"
        alike = [name for name in additions if new["fields"][name]["type"] == old["type"]]
        if len(alike) == 1:
            text += f" (or renamed to {alike[0]!r})"
        kind = f"{role} field removed"
        if role == "input" and new.get("extra") == "forbidden":
            kind += ", extra forbidden"
        elif role == "input":
            text += "; what callers send is dropped"
        return self._change(place, text, kind)

    def _added(self, role: Role, new: Json, place: str) -> Change:
        if role == "output":
            return self._change(place, "the field was added", "output field added")
        if new.get("optional"):
            need = "optional"
        else:
            need = "required"
        return self._change(place, f"the field was added, {need}", f"input field added, {need}")

    def _field(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        if bool(old.get("optional")) != bool(new.get("optional")):
            if new.get("optional"):
                need = "optional"
            else:
                need = "required"
            yield self._change(place, f"it became {need}", f"{role} became {need}")
        if old.get("alias") != new.get("alias"):
            name = place.rpartition(".")[2]
            old_name, new_name = old.get("alias") or name, new.get("alias") or name
            yield self._change(place, f"it is written as {new_name!r}, not {old_name!r}", "alias changed")
        yield from self._defaults(role, old.get("default"), new.get("default"), place)
        yield from self._type(role, old["type"], new["type"], place)

    def _defaults(self, role: Role, old: Json | None, new: Json | None, place: str) -> Iterator[Change]:
        if is_same(old, new):
            return
        if old is not None and new is not None:
            text = f"its default {shown_default(old)} became {shown_default(new)}"
            yield self._change(place, text, "default changed")
        elif role == "output":
            if old is None:
                change = "added"
            else:
                change = "removed"
            yield self._change(place, f"its default was {change}", f"default {change}")


_SWITCHES: Final = {
    "once": ("once", "once was"),
    "idempotent": ("idempotent", "idempotent was"),
    "ids": ("event ids", "the ids of its items were"),
}
"""What an action does or does not, by its key in a description: how rows of the table and how sentences call it."""

_MISSING: Final = object()

"""Compare the classes that described types lead to: fields, members, settings, and what code can do with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ._change import Change
from ._constraints import loosening
from ._contract import Contract, Role
from ._described import is_same, last_name, mentions_class
from ._notation import or_none, shown_default
from ._plain_data import Json
from ._type_comparison import TypeComparison

CONSTRAINTS: Final = frozenset({"allow_inf_nan", "str_max_length", "str_min_length", "strict"})
"""Settings of a class that constrain its values as constraints of its fields do."""


class ClassComparison:
    """The comparison of the classes that one action leads to in two contracts."""

    def __init__(self, older: Contract, newer: Contract, types: TypeComparison) -> None:
        self._older = older
        self._newer = newer
        self._types = types
        self._compared: set[tuple[Role, str, str]] = set()

    def changes(self) -> Iterator[Change]:
        """Yield the changes of the classes that the types compared so far have led to."""
        # Each pair of classes is compared once, so this ends.
        while self._types.pending:
            yield from self._classes(*self._types.pending.popleft())

    def _classes(self, role: Role, old_name: str, new_name: str, place: str) -> Iterator[Change]:
        pair = role, old_name, new_name
        if pair in self._compared:  # so that the comparison of recursive classes ends
            return
        self._compared.add(pair)
        if old_name != new_name:
            yield self._types.renamed(place, old_name, new_name)
        old = _classes_of(self._older, role)[old_name]
        new = _classes_of(self._newer, role)[new_name]
        if is_same(old, new) and not mentions_class(old):
            return
        if old.get("kind") != new.get("kind"):
            yield self._types.change(place, f"{old.get('kind')} became {new.get('kind')}", "type changed")
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
            yield from self._types.type(role, old["type"], new["type"], place)

    def _named_tuples(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes between two named tuples by place: an array on the wire has no names.

        A place can be left out at the end of an array only.
        """
        # Another name in the same place is another field: which one callers mean is unknown, so
        # their values are not compared.
        old_names = old["names"]
        new_names = new["names"]
        old_defaults = old.get("defaults", {})
        new_defaults = new.get("defaults", {})
        count = min(len(old_names), len(new_names))
        if old_names[:count] != new_names[:count]:
            yield self._types.change(place, "its fields were renamed", "type changed")
            return
        yield from self._types.parts(role, {"tuple": old["tuple"][:count]}, {"tuple": new["tuple"][:count]}, place)
        for name in old_names[count:]:
            yield self._types.change(f"{place}.{name}", "the field was removed", "type changed")
        for name in new_names[count:]:
            kind = "type changed"
            if role == "input" and name in new_defaults:
                kind = "input field added, optional"
            yield self._types.change(f"{place}.{name}", "the field was added", kind)
        for name in old_names[:count]:
            yield from self._place_default(role, name, old_defaults, new_defaults, f"{place}.{name}")

    def _place_default(self, role: Role, name: str, old: Json, new: Json, place: str) -> Iterator[Change]:
        if name in old and name in new and not is_same(old[name], new[name]):
            yield self._types.change(place, f"its default {old[name]!r} became {new[name]!r}", "default changed")
        elif (name in old) != (name in new) and role == "input":
            if name in new:
                need = "optional"
            else:
                need = "required"
            yield self._types.change(place, f"it became {need}", f"input became {need}")
        elif (name in old) != (name in new):
            if name in new:
                change = "added"
            else:
                change = "removed"
            yield self._types.change(place, f"its default was {change}", f"default {change}")

    def _switches(self, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield what callers can do with values of one class only, such as sorting them."""
        for key, (name, words) in _SWITCHES.items():
            if bool(old.get(key)) == bool(new.get(key)):
                continue
            if new.get(key):
                yield self._types.change(place, f"it became {words}", f"{name} turned on")
            else:
                yield self._types.change(place, f"it is not {words} any more", f"{name} turned off")

    def _order(self, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield a change if values that are passed by position would arrive in other fields."""
        # A removed field is a change of its own.
        order = [name for name in old.get("positional", ()) if name in new.get("fields", {})]
        new_order = new.get("positional", [])
        if new_order[: len(order)] != order:
            old_names = ", ".join(old["positional"])
            new_names = ", ".join(new_order)
            text = f"its fields are passed by place as ({new_names}), not ({old_names})"
            yield self._types.change(place, text, "field order changed")

    def bases(self, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the base classes that were added or removed, which ``isinstance`` notices."""
        losses = _without(old, new)
        gains = _without(new, old)
        # A base class that only moved to another module is the same to callers.
        by_last = {last_name(name): name for name in gains}
        moves = {name: by_last[last_name(name)] for name in losses if last_name(name) in by_last}
        for name, new_name in moves.items():
            yield self._types.renamed(place, name, new_name)
        losses = [name for name in losses if name not in moves]
        gains = [name for name in gains if name not in moves.values()]
        if losses:
            text = f"it is not {' and '.join(losses)} any more"
            yield self._types.change(place, text, "base class removed")
        if gains:
            yield self._types.change(place, f"it is {' and '.join(gains)} too", "base class added")

    def _enum_members(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        # By their repr: values from a file may be lists, which have no hash, and 1 == True.
        names_by_value = {repr(value): name for name, value in new.items()}
        for name, value in old.items():
            if is_same(new.get(name, _MISSING), value):
                continue
            if repr(value) in names_by_value and name not in new:
                text = f"{name} was renamed to {names_by_value[repr(value)]}"
                yield self._types.change(place, text, "member renamed")
            elif name in new:
                yield self._types.change(place, f"{name} is written as {new[name]!r}", "encoding changed")
            else:
                yield self._types.change(place, f"{name} was removed", f"{role} narrowed")
        old_values = list(map(repr, old.values()))
        for name, value in new.items():
            if name not in old and repr(value) not in old_values:
                yield self._types.change(place, f"{name} was added", f"{role} widened")

    def members(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes from one object type to another."""
        yield from self._extra(role, old.get("extra"), new.get("extra"), place)
        yield from self._config(role, old.get("config", {}), new.get("config", {}), place)
        yield from self.fields(role, old, new, place)

    def _config(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes of a configuration: its constraints, and how values are written."""
        for name in sorted(CONSTRAINTS & {*old, *new}):
            old_limit = old.get(name)
            new_limit = new.get(name)
            text = f"{name} {or_none(old_limit)} became {or_none(new_limit)}"
            effect = loosening(name.removeprefix("str_"), old_limit, new_limit)
            yield from self._types.limit(role, text, effect, place)
        rest = {*old, *new} - CONSTRAINTS
        if any(old.get(name) != new.get(name) for name in rest):
            yield self._types.change(place, "its values are written in another way", "encoding changed")

    def _extra(self, role: Role, old: Any, new: Any, place: str) -> Iterator[Change]:
        if old == new:
            return
        if new == "forbidden":
            yield self._types.change(place, "unknown fields are refused", f"{role} narrowed")
        elif old == "forbidden":
            yield self._types.change(place, "unknown fields are accepted", f"{role} widened")
        elif new is None:
            yield self._types.change(place, "other fields are not kept any more", f"{role} field removed")
        elif old is None:
            yield self._types.change(place, "other fields are kept", _EXTRA_ADDED[role])
        else:
            yield from self._types.type(role, old, new, f"{place}.*")

    def fields(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        """Yield the changes of fields, which are compared by their names."""
        old_fields = old["fields"]
        new_fields = new["fields"]
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
        return self._types.change(place, text, kind)

    def _added(self, role: Role, new: Json, place: str) -> Change:
        if role == "output":
            return self._types.change(place, "the field was added", "output field added")
        if new.get("optional"):
            need = "optional"
        else:
            need = "required"
        return self._types.change(place, f"the field was added, {need}", f"input field added, {need}")

    def _field(self, role: Role, old: Json, new: Json, place: str) -> Iterator[Change]:
        if bool(old.get("optional")) != bool(new.get("optional")):
            if new.get("optional"):
                need = "optional"
            else:
                need = "required"
            yield self._types.change(place, f"it became {need}", f"{role} became {need}")
        if old.get("alias") != new.get("alias"):
            name = place.rpartition(".")[2]
            old_name = old.get("alias") or name
            new_name = new.get("alias") or name
            yield self._types.change(place, f"it is written as {new_name!r}, not {old_name!r}", "alias changed")
        yield from self._defaults(role, old.get("default"), new.get("default"), place)
        yield from self._types.type(role, old["type"], new["type"], place)

    def _defaults(self, role: Role, old: Json | None, new: Json | None, place: str) -> Iterator[Change]:
        if is_same(old, new):
            return
        if old is not None and new is not None:
            text = f"its default {shown_default(old)} became {shown_default(new)}"
            yield self._types.change(place, text, "default changed")
        elif role == "output":
            if old is None:
                change = "added"
            else:
                change = "removed"
            yield self._types.change(place, f"its default was {change}", f"default {change}")


_EXTRA_ADDED: Final[Mapping[Role, str]] = {
    "input": "input field added, optional",
    "output": "output field added",
}
"""The kind of change where fields that the type does not have are kept."""


def _classes_of(contract: Contract, role: Role) -> Mapping[str, Json]:
    if role == "input":
        return contract.inputs
    return contract.outputs


def _without(description: Json, other: Json) -> list[str]:
    """Return the bases of one class that another does not have."""
    return [name for name in description.get("bases", ()) if name not in other.get("bases", ())]


_SWITCHES: Final = {
    "frozen": ("frozen", "frozen"),
    "hashable": ("hash", "hashable"),
    "ordered": ("order", "ordered"),
}
"""Properties of a class by their keys in a description: the name in the table of verdicts, and the
word in a sentence."""
_MISSING: Final = object()

"""Compare two contracts: every change with its place and its verdict, action by action."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from ._change import Change
from ._class_comparison import ClassComparison
from ._contract import DOWNLOAD, Contract
from ._name_comparison import NameComparison
from ._plain_data import Json
from ._type_comparison import TypeComparison


def compare(older: Contract, newer: Contract) -> list[Change]:
    """Return every change from one contract to another, by action."""
    changes: list[Change] = []
    names = NameComparison(older, newer)
    for name in sorted(older.actions.keys() | newer.actions.keys()):
        if name not in newer.actions:
            text = f"the action was removed{_new_name(name, older, newer)}"
            changes.append(Change(name, "", text, "action removed"))
        elif name not in older.actions:
            changes.append(Change(name, "", "the action was added", "action added"))
        # Equal hashes are equal actions: nearly all actions of a large app end here.
        elif older.hashes[name] != newer.hashes[name]:
            changes.extend(_ActionComparison(name, older, newer, names).changes())
    changes.extend(names.remaining(tuple(changes)))
    return sorted(changes, key=attrgetter("action"))


def _new_name(name: str, older: Contract, newer: Contract) -> str:
    """Return a hint to the only new action with the same contract: it may be the old one renamed."""
    names: list[str] = []
    for candidate, digest in newer.hashes.items():
        if digest == older.hashes[name] and candidate not in older.actions:
            names.append(candidate)
    if len(names) == 1:
        return f" (or renamed to {names[0]!r})"
    return ""


class _ActionComparison:
    """The comparison of one action in two contracts."""

    def __init__(self, name: str, older: Contract, newer: Contract, names: NameComparison) -> None:
        self._name = name
        self._older = older
        self._newer = newer
        self._names = names
        self._types = TypeComparison(name, older, newer, names)
        self._classes = ClassComparison(older, newer, self._types)

    def changes(self) -> Iterator[Change]:
        """Yield the changes; those of a class come right after the part that mentions it."""
        old = self._older.actions[self._name]
        new = self._newer.actions[self._name]
        yield from self._encodings(old["accept"], new["accept"])
        yield from self._switches(old, new)
        if old.get("stream", False) != new.get("stream", False):
            yield self._change("", "it became or stopped being a stream", "stream changed")
        parts = [
            self._input(old["input"], new["input"]),
            self._output(old["output"], new["output"]),
            self._errors(old["errors"], new["errors"]),
        ]
        for part in parts:
            yield from part
            yield from self._classes.changes()

    def _change(self, place: str, text: str, kind: str) -> Change:
        return Change(self._name, place, text, kind)

    def _output(self, old: Any, new: Any) -> Iterator[Change]:
        if (old == DOWNLOAD) != (new == DOWNLOAD):
            yield self._change("", "it became or stopped being a download", "download changed")
        else:
            yield from self._types.type("output", old, new, "output")

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
            yield from self._types.type("input", old["value"], new["value"], "input")
        else:
            yield from self._classes.members("input", old, new, "input")

    def _appearance(self, old: Json | None, new: Json | None) -> Iterator[Change]:
        if old is None and new is not None:
            kind = "input appeared"
            fields = new.get("fields")
            if fields is not None and all(field.get("optional") for field in fields.values()):
                kind = "optional input appeared"
            yield self._change("input", "it takes an input now", kind)
        elif old is not None:
            yield self._change("input", "it does not take an input any more", "input disappeared")

    def _errors(self, old: Json, new: Json) -> Iterator[Change]:
        for name in sorted({*new} - {*old}):
            yield self._change(f"error {name}", "the error was added", "error added")
        for name in sorted({*old} - {*new}):
            text = f"the error was removed{self._names.farewell('output', old[name])}"
            yield self._change(f"error {name}", text, "error removed")
        for name in sorted({*old} & {*new}):
            yield from self._error(old[name], new[name], f"error {name}")

    def _error(self, old: Json, new: Json, place: str) -> Iterator[Change]:
        if old["code"] != new["code"]:
            text = f"its code {old['code']} became {new['code']}"
            yield self._change(place, text, "error code changed")
        if old["class"] != new["class"]:
            yield self._types.renamed(place, old["class"], new["class"])
        yield from self._classes.fields("output", old, new, place)
        yield from self._classes.bases(old, new, place)


_SWITCHES: Final = {
    "once": ("once", "once was"),
    "idempotent": ("idempotent", "idempotent was"),
    "ids": ("event ids", "the ids of its items were"),
}
"""Options that are on or off, by their keys in a description: the name in the table of verdicts,
and the words of a sentence."""

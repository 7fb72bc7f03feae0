"""Compare the names that callers import from the packages of two contracts.

A name can go though no action changes: when a class of another module has it too, or when an alias
is renamed, of which a description shows only what stands behind it. And with a part of an action
that callers can do without, such as an error, the class of it goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ._change import Change, breaks
from ._contract import Contract, Role
from ._offered_names import Modules, flat_names, split, top

Name = tuple[str, str]
"""A module, and a top-level name in it."""


class NameComparison:
    """The comparison of the names of two contracts; nothing separates names that are not known."""

    def __init__(self, older: Contract, newer: Contract) -> None:
        self._older = older
        self._newer = newer
        self.is_known = older.modules is not None and newer.modules is not None
        self._old: Modules = {}
        self._new: Modules = {}
        if older.modules is not None and newer.modules is not None:
            self._old = older.modules
            self._new = newer.modules
        self._old_flat = flat_names(self._old)
        self._new_flat = flat_names(self._new)
        self._old_names = _all_names(self._old)
        self._new_names = _all_names(self._new)
        self._old_aliases = _all_aliases(older)
        self._new_aliases = _all_aliases(newer)
        self._moves: set[tuple[Name, Name]] = set()
        self._farewells: set[Name] = set()

    def is_move(self, old: str, new: str) -> bool:
        """Return whether a class of another module is imported as before, by its name alone."""
        old_module, old_path = split(old, self._old)
        new_module, new_path = split(new, self._new)
        name = old_path.partition(".")[0]
        is_flat = self._old_flat.get(name) == old_module and self._new_flat.get(name) == new_module
        if is_flat and old_path == new_path:
            self._moves.add(((old_module, name), (new_module, name)))
            return True
        return False

    def farewell(self, role: Role, description: Any) -> str:
        """Return what to add to the sentence about a part that went: which classes went with it."""
        if self._old_names <= self._new_names:
            return ""
        names = {top(name, self._old) for name in self._older.names_behind(role, description)}
        losses = set(filter(self._is_gone, names & self._old_names))
        if not losses:
            return ""
        self._farewells |= losses
        return f"; {_gone(losses)}"

    def remaining(self, changes: Collection[Change]) -> Iterator[Change]:
        """Yield the changes of names of which these changes say nothing."""
        losses = sorted(filter(self._is_lost, self._old_names))
        if losses:
            yield from self._losses(losses, changes)
        gains = sorted(self._new_names - self._old_names)
        if gains:
            yield from self._gains(gains, changes)

    def _home(self, name: Name) -> Name:
        """Return what a name alone stands for in the newer package."""
        return self._new_flat.get(name[1], ""), name[1]

    def _is_lost(self, name: Name) -> bool:
        """Return whether callers cannot import a name as they did, or get another class."""
        if self._old_flat.get(name[1]) == name[0]:
            home = self._home(name)
            return home != name and (name, home) not in self._moves
        return name not in self._new_names

    def _is_gone(self, name: Name) -> bool:
        """Return whether nothing of the newer package can be meant by a name."""
        if name in self._new_names:
            return False
        is_replaced = self._old_flat.get(name[1]) == name[0] and name[1] in self._new_flat
        return not is_replaced

    def _losses(self, losses: list[Name], changes: Collection[Change]) -> Iterator[Change]:
        users = _users(self._older, self._old, losses)
        breaking_actions = {change.action for change in changes if breaks(change, "source")}
        for name in losses:
            if self._is_gone(name) and self._is_reported(name, users[name], breaking_actions):
                continue
            actions = [action for action in users[name] if action in self._newer.actions]
            if action := min(actions or users[name] or self._older.actions, default=None):
                yield self._loss(action, name)

    def _is_reported(self, name: Name, users: set[str], breaking_actions: set[str]) -> bool:
        """Return whether another change says already that a name is gone."""
        if name in self._old_aliases:  # of an alias, only the removal of all its actions does
            return self._newer.actions.keys().isdisjoint(users)
        return name in self._farewells or not breaking_actions.isdisjoint(users)

    def _loss(self, action: str, name: Name) -> Change:
        home = self._home(name)
        old = ".".join(name)
        new = ".".join(home)
        place = f"models.{name[1]}"
        if self._is_gone(name):
            return Change(action, place, _gone({name}), "class renamed")
        if name in self._new_names:
            text = f"{_rivals(name, self._new)}, so {old} is imported from models.{name[0]} only"
            return Change(action, place, text, "class renamed")
        if name in self._old_aliases and home in self._new_aliases:
            return Change(action, place, f"{old} became {new}", "class moved")
        text = f"{old} is gone, and the name is that of {new}"
        return Change(action, place, text, "class renamed")

    def _gains(self, gains: list[Name], changes: Collection[Change]) -> Iterator[Change]:
        """Yield the names that joined without another change: those of aliases, as a rule."""
        users = _users(self._newer, self._new, gains)
        for name in gains:
            actions = [action for action in users[name] if action in self._older.actions]
            is_moved = name in self._new_aliases and self._old_flat.get(name[1]) is not None
            if not actions or is_moved or (changes and name not in self._new_aliases):
                continue
            text = f"{'.'.join(name)} is there too"
            yield Change(min(actions), f"models.{name[1]}", text, "class moved")


def _all_names(modules: Modules) -> set[Name]:
    names: set[Name] = set()
    for module, top_names in modules.items():
        names.update((module, name) for name in top_names)
    return names


def _all_aliases(contract: Contract) -> set[Name]:
    aliases: set[Name] = set()
    for names in contract.aliases.values():
        for name in names:
            module, _, last = name.rpartition(".")
            aliases.add((module, last))
    return aliases


def _users(contract: Contract, modules: Modules, names: Iterable[Name]) -> dict[Name, set[str]]:
    """Return the actions that lead to each name."""
    users: dict[Name, set[str]] = {name: set() for name in names}
    for action in contract.actions:
        for path in contract.names_of(action):
            name = top(path, modules)
            if name in users:
                users[name].add(action)
    return users


def _gone(names: Iterable[Name]) -> str:
    words = sorted(map(".".join, names))
    if len(words) == 1:
        return f"{words[0]} is not in the package any more, so whoever imports it has to change that line"
    subjects = " and ".join(words)
    return f"{subjects} are not in the package any more, so whoever imports them has to change those lines"


def _rivals(name: Name, modules: Modules) -> str:
    """Return why a name is not offered by itself, though it is there."""
    rivals: list[str] = []
    for module, names in modules.items():
        if module != name[0] and name[1] in names:
            rivals.append(f"{module}.{name[1]}")
    if rivals:
        return f"{' and '.join(rivals)} has that name too"
    return f"{name[1]} is a package of models too"

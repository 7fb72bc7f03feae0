"""The names that callers import from a client package, as far as a contract says them.

``models.shop.Item`` names a class by its module, and ``models.Item`` works too if the name is
unique in the package. Both belong to a contract, although they are never sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._types.annotations import generic_parts, is_foreign

Modules = Mapping[str, Iterable[str]]
"""The top-level names of each module of models."""


def flat_names(modules: Modules) -> dict[str, str]:
    """Return the unique names, which the package of models itself offers, each with its module."""
    homes: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for module, names in modules.items():
        for name in names:
            counts[name] += 1
            homes[name] = module
    packages = {module.partition(".")[0] for module in modules}
    # Two classes cannot both be `models.Name`, and a package of that name is an attribute already.
    for name, count in counts.items():
        if count > 1 or name in packages or name.startswith("_"):
            del homes[name]
    return dict(sorted(homes.items()))


def split(name: str, modules: Modules) -> tuple[str, str]:
    """Return the module of a described name and its path there: ``("shop", "Order.Line")``."""
    name = name.partition("[")[0]
    module = name.rpartition(".")[0]
    # Each turn is shorter by one part of the name.
    while module and module not in modules:
        module = module.rpartition(".")[0]
    path = name[len(module) :].lstrip(".")
    return module, path.rpartition("<locals>.")[2]


def top(name: str, modules: Modules) -> tuple[str, str]:
    """Return the module of a described name and the top-level name, which callers import."""
    module, path = split(name, modules)
    return module, path.partition(".")[0]


def names_in(description: Any) -> Iterator[str]:
    """Yield the names in a description: of classes, their bases, new types and enums."""
    pending = [description]
    # Each part of the description is visited once.
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, dict):
            yield from _own_names(part)
            pending.extend(part.values())


def _own_names(part: Mapping[str, Any]) -> Iterator[str]:
    for key in ("class", "new"):
        if isinstance(name := part.get(key), str):
            yield name
    if isinstance(member := part.get("member"), str):
        yield member.rpartition(".")[0]
    bases = part.get("bases")
    if isinstance(bases, list):
        for base in bases:
            if isinstance(base, str):
                yield base


class NameNotes:
    """Collects the names of the server's types that a walk over types meets.

    Attributes:
        modules: The top-level names of each module.
        aliases: The aliases in each described class, and under "" those outside of classes. A
            description shows what stands behind an alias and not its name.
        owner: The class that is described.
    """

    def __init__(self) -> None:
        self.modules: dict[str, set[str]] = {}
        self.aliases: dict[str, set[str]] = {}
        self.owner = ""

    @contextmanager
    def inside(self, owner: str) -> Iterator[None]:
        """Collect the names of the following block as parts of a class."""
        outer = self.owner
        self.owner = owner
        try:
            yield
        finally:
            self.owner = outer

    def note(self, annotation: Any) -> None:
        """Note the name of a class, an alias or a new type, unless every client has it."""
        target = generic_parts(annotation)[0] or annotation
        module = str(target.__module__)
        if is_foreign(target) or module == "builtins":
            return
        name = str(getattr(target, "__qualname__", None) or target.__name__)
        # A class in a function, make.<locals>.Item, is copied to the top of its module.
        path = name.rpartition("<locals>.")[2]
        self.modules.setdefault(module, set()).add(path.partition(".")[0])

    def note_alias(self, alias: Any) -> None:
        """Note an alias, and where it stands."""
        self.note(alias)
        if not is_foreign(alias):
            self.aliases.setdefault(self.owner, set()).add(f"{alias.__module__}.{alias.__name__}")

    def outside(self) -> set[str]:
        """Return and forget the aliases outside of classes that were collected so far."""
        return self.aliases.pop("", set())

    def merged(self, more_notes: NameNotes) -> NameNotes:
        """Return these notes and those of another walk."""
        notes = NameNotes()
        for part in (self, more_notes):
            for module, names in part.modules.items():
                notes.modules.setdefault(module, set()).update(names)
            for owner, names in part.aliases.items():
                notes.aliases.setdefault(owner, set()).update(names)
        return notes

"""Modules that import each other: how their classes are ordered, so that whichever is imported first can load.

Python runs a module from top to bottom, and where it meets an import it runs that module before it
goes on. A module of such a circle therefore begins with the classes that need none of the others.
Then it imports the others one by one, each right before the first class that needs it at once, for
a base class or a default. Whatever only annotations name waits for the first use: pydantic
completes such models then, and looks up their annotations again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

Top = tuple[str, str]
"""A module, and a top-level class in it."""


def circle_of(module: str, links: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the other modules that a module needs and that need it, directly or through others."""
    closure = _reached(module, links) - {module}
    return frozenset(name for name in closure if module in _reached(name, links))


def _reached(start: str, links: Mapping[str, Iterable[str]]) -> set[str]:
    closure: set[str] = set()
    pending = [start]
    # Each module is followed once.
    while pending:
        module = pending.pop()
        if module not in closure:
            closure.add(module)
            pending += links.get(module, ())
    return closure


def stuck(orders: Mapping[str, Mapping[str, Iterable[Top]]]) -> Iterator[tuple[Top, Top]]:
    """Yield the classes that cannot be defined if some module is imported first, each with one it lacks.

    Args:
        orders: By module, its classes in order, each with the classes of other modules that must
            exist before it.
    """
    # Any module of a circle may be the first that a program imports, so each is tried as the first.
    for start in orders:
        yield from _loaded(start, orders, set(), set())


def _loaded(
    module: str, orders: Mapping[str, Mapping[str, Iterable[Top]]], modules: set[str], classes: set[Top]
) -> Iterator[tuple[Top, Top]]:
    # Recorded before its classes are defined, as Python does in sys.modules. So a circle that leads
    # back here ends.
    modules.add(module)
    for top, needs in orders[module].items():
        for need in needs:
            if need[0] not in modules and need[0] in orders:
                yield from _loaded(need[0], orders, modules, classes)
            if need[0] in orders and need not in classes:
                yield (module, top), need
        classes.add((module, top))

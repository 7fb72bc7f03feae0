"""Modules that import each other: an order of their classes that works whichever module is imported first.

Python runs a module from top to bottom, and runs an imported module at the import. A module of such
a circle therefore begins with the classes that need no other module. It imports the others one by
one, each right before the first class that needs it to be defined, for a base class or a default.
Names in annotations only can wait: pydantic completes such models at their first use.
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
    while pending:  # each module is followed once
        module = pending.pop()
        if module not in closure:
            closure.add(module)
            pending += links.get(module, ())
    return closure


def undefinable(orders: Mapping[str, Mapping[str, Iterable[Top]]]) -> Iterator[tuple[Top, Top]]:
    """Yield classes that cannot be defined if some module comes first, each with what it lacks.

    Args:
        orders: By module, its classes in order, each with the classes of other modules that must
            exist before it.
    """
    # Any module of a circle may be the first that a program imports, so each is tried as the first.
    for start in orders:
        yield from _undefinable_from(start, orders, set(), set())


def _undefinable_from(
    module: str, orders: Mapping[str, Mapping[str, Iterable[Top]]], modules: set[str], classes: set[Top]
) -> Iterator[tuple[Top, Top]]:
    # Recorded before its classes are defined, as Python does in sys.modules, so circles end.
    modules.add(module)
    for top, needs in orders[module].items():
        for need in needs:
            if need[0] not in modules and need[0] in orders:
                yield from _undefinable_from(need[0], orders, modules, classes)
            if need[0] in orders and need not in classes:
                yield (module, top), need
        classes.add((module, top))

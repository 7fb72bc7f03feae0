"""Modules and classes on first use: importing a generated package must cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def submodules(package: str, /, *names: str, **homes: str) -> Callable[[str], object]:
    """Return a ``__getattr__`` for a package, which imports submodules on first use (PEP 562).

    Args:
        package: The package.
        names: The submodules.
        homes: Names that the package offers too, each with the submodule that has it.
    """

    def __getattr__(name: str) -> object:
        # A package that is only imported does without importlib.
        from importlib import import_module

        if name in names:
            return import_module(f"{package}.{name}")
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return __getattr__


def dotted(path: str, names: Mapping[str, Any]) -> Any:
    """Return what ``a.b.c`` means where ``a`` is one of the names."""
    first, *rest = path.split(".")
    value = names[first]
    for name in rest:
        value = getattr(value, name)
    return value

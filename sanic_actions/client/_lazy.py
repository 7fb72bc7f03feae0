"""Modules and classes on first use: importing a generated package must cost next to nothing."""

from __future__ import annotations

from .._typing import abc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def submodules(package: str, *names: str) -> abc.Callable[[str], object]:
    """A ``__getattr__`` for a package, which imports the named submodules on first use (PEP 562)."""

    def __getattr__(name: str) -> object:  # noqa: N807  # it is one
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        return import_module(f"{package}.{name}")

    return __getattr__


def dotted(path: str, names: abc.Mapping[str, Any]) -> Any:
    """What ``a.b.c`` means where ``a`` is one of the names."""
    first, *rest = path.split(".")
    value = names[first]
    for name in rest:
        value = getattr(value, name)
    return value

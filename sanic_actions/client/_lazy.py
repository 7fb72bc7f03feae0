"""Modules on first use: importing a generated package must cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class _Lazy:
    """Stands for a module until one of its attributes is wanted."""

    def __init__(self, module: str) -> None:
        self.__module = module

    def __getattr__(self, name: str) -> object:
        from importlib import import_module

        try:
            value: object = getattr(import_module(self.__module), name)
        except AttributeError:
            if name.startswith("__"):
                raise
            # Of two modules that need each other one is half loaded here; pydantic comes back after a NameError.
            raise NameError(f"{self.__module} has no {name!r}", name=name) from None
        self.__dict__[name] = value
        return value


def lazy(module: str) -> _Lazy:
    """A stand-in for a module, which is imported when an attribute of it is read."""
    return _Lazy(module)


def submodules(package: str, *names: str) -> Callable[[str], object]:
    """A ``__getattr__`` for a package, which imports the named submodules on first use (PEP 562)."""

    def __getattr__(name: str) -> object:  # noqa: N807  # it is one
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        return import_module(f"{package}.{name}")

    return __getattr__


def dotted(path: str, names: Mapping[str, Any]) -> Any:
    """What ``a.b.c`` means where ``a`` is one of the names."""
    first, *rest = path.split(".")
    value = names[first]
    for name in rest:
        value = getattr(value, name)
    return value

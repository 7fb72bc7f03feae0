"""Modules on first use: importing a generated package must cost next to nothing."""

from __future__ import annotations


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
            # One of two modules that need each other is half loaded at this point. pydantic takes a
            # NameError for a type that is not defined yet, and tries again later.
            raise NameError(f"{self.__module} has no {name!r}", name=name) from None
        self.__dict__[name] = value  # so that the next access does not come here
        return value


def lazy(module: str) -> _Lazy:
    """Return a stand-in for a module, which is imported when an attribute of it is read."""
    return _Lazy(module)

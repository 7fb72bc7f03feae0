"""Names of a package that are imported when they are first read (PEP 562).

A door lists what it promises; importing the door loads none of it, so that a program pays for what
it uses.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping


def no_more_names(package: str) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package that imports all its names at once."""

    def __getattr__(name: str) -> object:
        raise _absent(package, name)

    return __getattr__


def _absent(package: str, name: str) -> Exception:
    """Return the error for a name that a package lacks: an ImportError if another door has it.

    ``from package import name`` hides the message of an AttributeError, and shows that of an
    ImportError.
    """
    if not name.startswith("_"):
        from ._doors import wrong_door

        if error := wrong_door(package, name):
            return error
    return AttributeError(f"module {package!r} has no attribute {name!r}")


def lazy_names(
    package: str,
    homes: Mapping[str, str],
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and the ``__dir__`` of a package.

    Args:
        package: The package's ``__name__``.
        homes: The module of each name, relative to the package: ``{"Action": "._actions"}``.
    """

    def __getattr__(name: str) -> object:
        if name not in homes:
            raise _absent(package, name)
        from importlib import import_module

        value: object = getattr(import_module(homes[name], package), name)
        # Python asks __getattr__ only for names that are missing: the next access costs nothing.
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return __getattr__, __dir__

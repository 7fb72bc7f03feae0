"""The imports of a file, and the lines that make submodules attributes of a package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

CLIENT: Final = "sanic_actions.generated"
CLIENT_ALIAS: Final = "_client"
CLIENT_IMPORT: Final = f"from sanic_actions import generated as {CLIENT_ALIAS}"

_NO_HOMES: Final[Mapping[str, str]] = {}


def absolute_imports(modules: Iterable[str], alias: Callable[[str], str]) -> list[str]:
    """Return imports that run when the file is loaded."""
    return [_absolute(module, alias(module)) for module in sorted(modules)]


def _absolute(module: str, alias: str) -> str:
    if module == CLIENT:
        return f"from sanic_actions import generated as {alias}"
    return f"import {module} as {alias}"


def lazy_imports(modules: Iterable[str], alias: Callable[[str], str]) -> list[str]:
    """Return stand-ins for modules, which are imported when a declaration is first used."""
    # Annotations are strings, so an action that is never called needs none of their modules.
    others = sorted({*modules} - {CLIENT})
    return [f"{alias(module)} = {CLIENT_ALIAS}.lazy({module!r})" for module in others]


def models_import(module: str, depth: int, alias: str, models: str = "") -> str:
    """Return the import of a file of models by one ``depth`` packages below ``models``."""
    package, _, name = module.rpartition(".")
    home = ".".join(filter(None, [models, package]))
    dots = "." * (depth + 1)
    return f"from {dots}{home} import {name} as {alias}"


def module_tree(modules: Iterable[Sequence[str]]) -> dict[tuple[str, ...], set[str]]:
    """Return every module and package above it, each with the names right below it.

    The root package is ``()``.
    """
    tree: dict[tuple[str, ...], set[str]] = {}
    for path in modules:
        for length, part in enumerate(path):
            tree.setdefault(tuple(path[:length]), set()).add(part)
        tree.setdefault(tuple(path), set())
    return tree


def submodules(children: Iterable[str], suffix: str, homes: Mapping[str, str] = _NO_HOMES) -> list[str]:
    """Return the lines that make submodules attributes of their package; at run time they load on first use.

    Args:
        children: The submodules.
        suffix: ``.py`` or ``.pyi``.
        homes: Names that the package offers too, each with the module that has it.
    """
    names = sorted(children)
    if not names:
        return []
    # In a stub `as name` marks a re-export (PEP 484); a module asks __getattr__ on first use (PEP
    # 562).
    if suffix == ".pyi":
        imports = [f"from . import {name} as {name}" for name in names]
        for name, module in homes.items():
            imports.append(f"from .{module} import {name} as {name}")
        return imports
    arguments = ["__name__", *map(repr, names)]
    for name, module in homes.items():
        arguments.append(f"{name}={module!r}")
    return [f"__getattr__ = {CLIENT_ALIAS}.submodules({', '.join(arguments)})"]

"""The import statements of a file, and what makes a package show its submodules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

CLIENT: Final = "sanic_actions.generated"
CLIENT_ALIAS: Final = "_client"
CLIENT_IMPORT: Final = f"from sanic_actions import generated as {CLIENT_ALIAS}"


def absolute_imports(imports: Mapping[str, str]) -> list[str]:
    """Imports under aliases that are made at once."""
    return [_absolute(module, imports[module]) for module in sorted(imports)]


def _absolute(module: str, alias: str) -> str:
    if module == CLIENT:
        return f"from sanic_actions import generated as {alias}"
    return f"import {module} as {alias}"


def lazy_imports(imports: Mapping[str, str]) -> list[str]:
    """Stand-ins for modules, which are imported when a declaration is first used."""
    return [f"{imports[module]} = _client.lazy({module!r})" for module in sorted(imports) if module != CLIENT]


def models_import(module: str, depth: int, alias: str, models: str = "") -> str:
    """The import of a file of models, from ``depth`` packages below the package ``models``; its own when left out."""
    *packages, name = filter(None, [models, *module.split(".")])
    return f"from {'.' * (depth + 1)}{'.'.join(packages)} import {name} as {alias}"


def module_tree(modules: Iterable[Sequence[str]]) -> dict[tuple[str, ...], set[str]]:
    """Every module and the packages above it, the root package being ``()``, each with the names right below it."""
    tree: dict[tuple[str, ...], set[str]] = {}
    for path in modules:
        for length, part in enumerate(path):
            tree.setdefault(tuple(path[:length]), set()).add(part)
        tree.setdefault(tuple(path), set())
    return tree


def submodules(children: Iterable[str], suffix: str) -> list[str]:
    """What makes submodules attributes of their package: for checkers, and at run time on first use."""
    ordered = sorted(children)
    if not ordered or suffix == ".pyi":
        return [f"from . import {child} as {child}" for child in ordered]
    return [f"__getattr__ = _client.submodules(__name__, {', '.join(map(repr, ordered))})"]

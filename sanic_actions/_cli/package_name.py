"""Refuse the name of a package that would hide a module: Python's, a dependency's, or the app's."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import all_suffixes
from itertools import count
from pathlib import Path
from typing import Final

from ..codegen._text import MARK
from .usage_error import UsageError

NEEDED: Final = frozenset(
    {"sanic_actions", "pydantic", "pydantic_core", "typing_extensions", "httpx2", "pyqwest"}
    | {"sanic", "multipart", "html5tagger", "cyclopts", "redis"}
)
"""The packages that the library imports, on either side."""

DEFAULT_PACKAGE: Final = "actions"
"""The default name of a client package."""


def refuse_taken(package: str) -> None:
    """Raise for the name of a module of Python or of a dependency, which the package would hide."""
    owner = ""
    if package in NEEDED:
        owner = f"the package {package!r}, which sanic_actions needs,"
    elif package in sys.stdlib_module_names:
        owner = f"Python's own module {package!r}"
    if owner:
        raise UsageError(f"--package {package}: beside it, {owner} could not be imported. Choose another name.")


def refuse_hidden(out: Path, package: str) -> None:
    """Raise for a package that would hide a module: one beside it, or one of the app's own."""
    # In one folder Python prefers a package to a module of the same name.
    beside = _beside(out, package)
    # Loaded by the app: the package would come before it on the path, or in its place.
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None)
    if not beside and file is not None and not _is_generated(Path(file)):
        beside = [Path(file)]
    if beside:
        raise UsageError(
            f"The package {package!r} would hide the module {_shown(beside[0])}, so nothing was "
            f"written. Give the package another name: --package {package}_client"
        )


_MODULE_SUFFIXES: Final = (*all_suffixes(), ".pyi")


def free_package(roots: Sequence[Path]) -> str:
    """Return "actions", or a name like it where that would hide something of the project.

    Args:
        roots: The folders that modules are imported from; the package goes into the first.
    """
    if not _is_taken(DEFAULT_PACKAGE, roots):
        return DEFAULT_PACKAGE
    second = f"{DEFAULT_PACKAGE}_client"
    if not _is_taken(second, roots):
        return second
    for number in count(2):  # ends at the first name that no file of the project has
        name = f"{second}_{number}"
        if not _is_taken(name, roots):
            break
    return name


def _is_taken(name: str, roots: Sequence[Path]) -> bool:
    init = roots[0] / name / "__init__.py"
    if init.is_file() and _is_generated(init):
        return False  # a client package that `generate` will bring up to date
    if importlib.util.find_spec(name) is not None:
        return True
    # A folder without modules is a namespace package for Python (PEP 420).
    return any((root / name).exists() or _beside(root, name) for root in roots)


def _beside(folder: Path, name: str) -> list[Path]:
    """Return the modules of a name in a folder."""
    return [path for path in sorted(folder.glob(f"{name}.*")) if path.name.endswith(_MODULE_SUFFIXES)]


def _is_generated(file: Path) -> bool:
    # As bytes: a module that is not ours may be in any encoding.
    with file.open("rb") as stream:
        return stream.readline().rstrip(b"\r\n") == MARK.encode()


def _shown(path: Path) -> str:
    """Return a path as somebody in the current folder would write it."""
    path = path.resolve()
    here = Path.cwd().resolve()
    if path.is_relative_to(here):
        path = path.relative_to(here)
    return path.as_posix()

"""Refuse the name of a package that would hide a module: Python's, a dependency's, or the app's."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import all_suffixes
from itertools import chain, count
from pathlib import Path
from typing import Final

from ..codegen._text import MARK
from .target import UsageError

NEEDED: Final = frozenset(
    {"sanic_actions", "pydantic", "pydantic_core", "typing_extensions", "httpx2", "pyqwest"}
    | {"sanic", "multipart", "html5tagger", "cyclopts", "redis"}
)
"""The packages that the library imports, on either side."""

DEFAULT_PACKAGE: Final = "actions"
"""The name of a client package that is given no other."""


def refuse_taken(package: str) -> None:
    """Raise for the name of a module that everybody needs, which the package would hide."""
    owner = f"Python's own module {package!r}" if package in sys.stdlib_module_names else None
    owner = f"the package {package!r}, which sanic_actions needs," if package in NEEDED else owner
    if owner is not None:
        raise UsageError(f"--package {package}: beside it, {owner} could not be imported. Choose another name.")


def refuse_hidden(out: Path, package: str) -> None:
    """Raise for a package that would hide a module: one beside it, or one of the app's own."""
    # In one folder Python prefers a package to a module of the same name.
    beside = [path for path in sorted(out.glob(f"{package}.*")) if path.name.endswith(_MODULE_SUFFIXES)]
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None)
    if not beside and file is not None and not _is_generated(Path(file)):
        beside = [Path(file)]
    if beside:
        raise UsageError(
            f"The package {package!r} would hide the module {_shown(beside[0])}, so nothing was written. "
            f"Give the package another name: --package {package}_client"
        )


_MODULE_SUFFIXES: Final = (*all_suffixes(), ".pyi")


def free_package(roots: Sequence[Path]) -> str:
    """Return "actions", or a name like it where that would hide something of the project or its environment.

    Args:
        roots: The folders that the project's modules are imported from; the package goes into the first.
    """
    if not _is_taken(DEFAULT_PACKAGE, roots):
        return DEFAULT_PACKAGE
    second = f"{DEFAULT_PACKAGE}_client"
    # Ends at the first name that nobody has taken yet.
    names = chain([second], (f"{second}_{number}" for number in count(2)))
    return next(name for name in names if not _is_taken(name, roots))


def _is_taken(name: str, roots: Sequence[Path]) -> bool:
    init = roots[0] / name / "__init__.py"
    if init.is_file() and _is_generated(init):
        return False  # by an earlier "generate", which the next one brings up to date
    places = [root / f"{name}{suffix}" for root in roots for suffix in ("", *_MODULE_SUFFIXES)]
    return any(place.exists() for place in places) or importlib.util.find_spec(name) is not None


def _is_generated(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.readline().rstrip(b"\r\n") == MARK.encode()


def _shown(path: Path) -> str:
    """Return a path as somebody in the current folder would write it."""
    path = path.resolve()
    here = Path.cwd().resolve()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()

"""The files of a client package: ``generate`` is a pure function from the tree of actions to their texts."""

from __future__ import annotations

import hashlib
import keyword
from collections.abc import Iterable, Mapping, Sequence

from .._errors import DefinitionError, Problem
from .._namespace import Entry, entries
from ._calls import calls_files
from ._models import models_files
from ._problems import name_problems, path_problems, validator_problems
from ._reach import Reach
from ._text import HEADER, MARK, RUN_TIME_HEADER, Doc

Files = dict[str, list[str]]
"""Path inside the package to the lines of the file, without its header."""


def generate(
    server: object,
    *,
    package: str = "actions",
    prefix: str = "/_actions",
    share: Sequence[str] = (),
    target: tuple[int, int] = (3, 11),
) -> dict[str, str]:
    """Write the client package of a tree of actions.

    Args:
        server: A ``Namespace`` or a nested mapping of actions.
        package: The name of the package.
        prefix: The path below which the server serves its actions.
        share: Modules of the server that the client imports instead of copying their types.
        target: The oldest Python that the package is for.

    Returns:
        Relative POSIX path to text, such as ``actions/__init__.pyi``.

    Raises:
        DefinitionError: With every problem that was found, also by building each validator.
        ValueError: ``package`` is no name for a package, or ``share`` names a module that no action uses.
    """
    return generate_entries(entries(server), package=package, prefix=prefix, share=share, target=target)


def generate_entries(
    found: Mapping[str, Entry],
    *,
    package: str = "actions",
    prefix: str = "/_actions",
    share: Sequence[str] = (),
    target: tuple[int, int] = (3, 11),
) -> dict[str, str]:
    """The same for the actions of a tree that is read already."""
    if not package.isidentifier() or keyword.iskeyword(package):
        raise ValueError(f"{package!r} is no name for a package; it must be a Python name without dots.")
    _raise_for(path_problems(found.values()))
    _raise_for(validator_problems(found.values()))
    reach = Reach(share)
    for entry in found.values():
        reach.entry(entry)
    _raise_for([*reach.problems, *name_problems(reach)])
    if unused := reach.unused():
        known = ", ".join(sorted({*reach.shared, *(this.module for this, _ in reach.found.values())})) or "none"
        names = " or ".join(map(repr, unused))
        raise ValueError(f"No action uses a type of {names}, so there is nothing to share. Modules: {known}.")
    files: Files = {}
    problems: list[Problem] = []
    for suffix in (".py", ".pyi"):
        files |= models_files(reach, suffix, target, problems)
        files |= calls_files(found, reach, suffix, prefix, problems)
    _raise_for(problems)
    return _texts(package, files)


def pyproject(package: str, target: tuple[int, int] = (3, 11)) -> str:
    """A pyproject.toml beside the package, so that it builds as a wheel."""
    return f"""\
{MARK}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{package}"
version = "0.0.0"
requires-python = ">={target[0]}.{target[1]}"
dependencies = ["sanic-actions"]

[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""


def _raise_for(problems: Iterable[Problem]) -> None:
    if once := dict.fromkeys(problems):
        raise DefinitionError(once)


def _texts(package: str, files: Files) -> dict[str, str]:
    contract = _contract(files)
    texts = {f"{package}/{path}": _text(path, files[path], contract) for path in sorted(files)}
    return {**texts, f"{package}/py.typed": ""}


def _text(path: str, lines: Iterable[str], contract: str) -> str:
    # Only the root tells the contract: any other file changes when its own content does.
    told = [f"# Contract: {contract}"] if path.startswith("__init__.") else []
    future = ["from __future__ import annotations", ""] if path.endswith(".py") else []
    head = [HEADER[0], *told, *HEADER[1:], *(RUN_TIME_HEADER if future else ())]
    return "\n".join([*head, "", *future, *lines, ""])


def _contract(files: Files) -> str:
    """A hash of everything but documentation."""
    digest = hashlib.sha256()
    for path, lines in sorted(files.items()):
        told = "\n".join([path, *(line for line in lines if not isinstance(line, Doc))])
        digest.update(told.encode())
    return digest.hexdigest()[:16]

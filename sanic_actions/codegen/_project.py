"""What makes a folder with a client package a project: its pyproject.toml and its README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from .._entry import Entry
from ..contract import UNLOCKED_VERSION, Lock
from ._text import MARK

README_MARK: Final = f"<!-- {MARK.removeprefix('# ')} -->"
"""The first line of a generated README, which may therefore be overwritten."""


def project_files(
    package: str,
    entries: Mapping[str, Entry],
    lock: Lock,
    *,
    library: str,
    call: str,
    target: tuple[int, int] = (3, 11),
) -> dict[str, str]:
    """Return the files beside a package, so that it builds as a wheel.

    Args:
        package: The name of the package.
        entries: The actions.
        lock: The contract of the package, whose version is that of the project.
        library: The version of sanic-actions that writes the package.
        call: A line that calls an action of a client called ``client``, for the README.
        target: The oldest Python that the package is for.
    """
    return {
        "pyproject.toml": _pyproject(package, lock, library, target),
        "README.md": "\n".join(_readme(package, entries, call)) + "\n",
    }


def project_version(lock: Lock) -> str:
    """Return the version of a project.

    Without a lock it has a digest of the contract, so that installers notice another package.
    """
    if lock.version == UNLOCKED_VERSION:
        return f"{lock.version}+{lock.contract.digest}"
    return lock.version


def project_name(package: str) -> str:
    """Return the name under which a package is installed, as installers write it."""
    return package.strip("_").replace("_", "-").lower() or package


def _pyproject(package: str, lock: Lock, library: str, target: tuple[int, int]) -> str:
    return f"""\
{MARK}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{project_name(package)}"
version = "{project_version(lock)}"
description = "Typed calls to the actions of a server."
readme = "README.md"
requires-python = ">={target[0]}.{target[1]}"
dependencies = ["sanic-actions{_bounds(library)}"]

[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""


def _bounds(library: str) -> str:
    """Return the versions of the library that fit a package: its own and compatible ones."""
    major, minor = map(int, library.split(".")[:2])
    if major == 0:  # a minor version may break (Semantic Versioning 2.0.0, item 4)
        return f">=0.{minor},<0.{minor + 1}"
    return f">={major}.{minor},<{major + 1}"


def _readme(package: str, entries: Mapping[str, Entry], call: str) -> Iterator[str]:
    yield from (README_MARK, "", f"# {project_name(package)}", "")
    yield from ("Typed calls to the actions of a server:", "", "```python")
    yield from (f"from {package} import Client", "", 'with Client("http://localhost:8000") as client:')
    yield from (f"    {call or 'pass'}", "```", "")
    yield f"`from {package} import actions` calls the server whose URL the environment variable"
    yield from (f"`{package.upper()}_URL` holds.", "", "## Actions", "")
    for _, entry in sorted(entries.items()):
        yield _line(entry)


def _line(entry: Entry) -> str:
    """Return an action with the first line of its docstring."""
    summary = (entry.definition.doc or "").partition("\n")[0].strip()
    return f"- `{entry.name}`: {summary}".removesuffix(": ")

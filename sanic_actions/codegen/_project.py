"""What makes a folder with a client package a project that installs: its pyproject.toml and its README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from .._namespace import Entry
from ..contract import UNLOCKED_VERSION, Lock
from ._text import MARK

README_MARK: Final = f"<!-- {MARK.removeprefix('# ')} -->"
"""The first line of a README, by which it is known as ours to overwrite."""


def project_files(
    package: str, entries: Mapping[str, Entry], lock: Lock, library: str, target: tuple[int, int] = (3, 11)
) -> dict[str, str]:
    """Return the files beside a package, so that it builds as a wheel.

    Args:
        package: The name of the package.
        entries: The actions.
        lock: The contract of the package, whose version is that of the project.
        library: The version of sanic-actions that writes the package.
        target: The oldest Python that the package is for.
    """
    return {
        "pyproject.toml": _pyproject(package, lock, library, target),
        "README.md": "\n".join(_readme(package, entries)) + "\n",
    }


def project_version(lock: Lock) -> str:
    """Return the version of a project; without a lock one that changes with the contract, so that it installs anew."""
    return f"{lock.version}+{lock.contract.digest}" if lock.version == UNLOCKED_VERSION else lock.version


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
    """Return the versions of the library that a package works with: from the one that wrote it to the next breaking."""
    major, minor = (int(part) for part in library.split(".")[:2])
    following = f"0.{minor + 1}" if major == 0 else f"{major + 1}"
    return f">={major}.{minor},<{following}"


def _readme(package: str, entries: Mapping[str, Entry]) -> Iterator[str]:
    yield from (README_MARK, "", f"# {project_name(package)}", "", "Typed calls to the actions of a server:", "")
    yield from ("```python", f"from {package} import Client", "", 'with Client("https://...") as client:')
    yield from ("    client...", "```", "")
    yield f"`from {package} import actions` calls the server whose URL the environment variable"
    yield from (f"`{package.upper()}_URL` holds.", "", "## Actions", "")
    for name, entry in sorted(entries.items()):
        summary = (entry.definition.doc or "").strip().partition("\n")[0].strip()
        yield f"- `{name}`: {summary}" if summary else f"- `{name}`"

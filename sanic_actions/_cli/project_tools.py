"""How a project is installed: commands for CI, and settings that keep its wheel as it was."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .import_lines import ACTIONS_MODULE
from .project_app import ProjectApp, read_source

CHECK: Final = "sanic-actions check"
"""The command that CI runs in the environment of the project."""

_SELF: Final = '"sanic-actions[server]"'


def is_installable(folder: Path, tables: Mapping[str, Any]) -> bool:
    """Return whether pip can install the project.

    Args:
        folder: The folder of the project.
        tables: What its pyproject.toml says.
    """
    if (folder / "setup.py").is_file():
        return True
    poetry = tables.get("tool", {}).get("poetry", {})
    return ("project" in tables or "build-system" in tables) and poetry.get("package-mode", True)


def ci_commands(folder: Path, tables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the commands that install and check the project in CI, with its own tool."""
    # By the lock file that is there: a project may have pyproject.toml tables of several tools.
    if (folder / "uv.lock").is_file():
        yield "pip install uv"
        yield f"uv run --with {_SELF} {CHECK}"
    elif (folder / "poetry.lock").is_file():
        yield "pip install poetry"
        yield "poetry install"
        yield f"poetry run pip install {_SELF}"
        yield f"poetry run {CHECK}"
    else:
        yield f"pip install {_requirements(folder, tables)}{_SELF}"
        yield CHECK


def installs_project(folder: Path, tables: Mapping[str, Any]) -> bool:
    """Return whether these commands install the modules of the project, and not only what it needs.

    Args:
        folder: The folder of the project.
        tables: What its pyproject.toml says.
    """
    if (folder / "uv.lock").is_file():
        is_package: bool = tables.get("tool", {}).get("uv", {}).get("package", "build-system" in tables)
        return is_package
    requirements = folder / "requirements.txt"
    if requirements.is_file() and not (folder / "poetry.lock").is_file():
        return _ITSELF.search(read_source(requirements)) is not None
    return is_installable(folder, tables)


_ITSELF: Final = re.compile(r"^\s*(-e\s*|--editable[ =])?\.(?=[\s\[/]|$)", re.MULTILINE)
"""A line of requirements that installs the project that it is in."""


def _requirements(folder: Path, tables: Mapping[str, Any]) -> str:
    if (folder / "requirements.txt").is_file():
        return "-r requirements.txt "
    if is_installable(folder, tables):
        return "-e . "
    return ""


def with_dependency(source: str, folder: Path, tables: Mapping[str, Any]) -> str:
    """Return pyproject.toml with the library as a dependency; unchanged without such a list.

    Args:
        source: The text of the file.
        folder: The folder of the project.
        tables: What the text says.
    """
    dependencies = tables.get("project", {}).get("dependencies")
    if dependencies is None or _names_library(dependencies) or (folder / "uv.lock").is_file():
        return source
    # Edited as text, which keeps comments and order; parsed again, to be sure of what was edited.
    text = _LIST.sub(_with_library, source, count=1)
    try:
        project = tomllib.loads(text)["project"]
    except (tomllib.TOMLDecodeError, KeyError):
        return source
    if project["dependencies"] != [json.loads(_SELF), *dependencies]:
        return source  # the first list of that name belongs to another table
    return text


def _with_library(beginning: re.Match[str]) -> str:
    space = beginning[2]
    return f"{beginning[1]}{space}{_SELF},{space or ' '}"


_LIST: Final = re.compile(r"^(dependencies\s*=\s*\[)(\s*)(?=[\"'\]])", re.MULTILINE)
"""The beginning of a list of dependencies, with the space before the first."""


def missing_dependency(folder: Path, tables: Mapping[str, Any]) -> str:
    """Return how to add the library to the project's dependencies; empty if not needed.

    Args:
        folder: The folder of the project.
        tables: What its pyproject.toml says.
    """
    project = tables.get("project", {})
    poetry = tables.get("tool", {}).get("poetry", {})
    requirements = folder / "requirements.txt"
    if _names_library([*project.get("dependencies", ()), *poetry.get("dependencies", ())]):
        return ""
    if (folder / "uv.lock").is_file():
        return f"uv add {_SELF}"
    if "dependencies" in poetry or (folder / "poetry.lock").is_file():
        return f"poetry add {_SELF}"
    if requirements.is_file() and not _names_library(read_source(requirements).splitlines()):
        return "add to requirements.txt: sanic-actions[server]"
    if "dependencies" in (*project, *project.get("dynamic", ())) or (folder / "setup.py").is_file():
        return f"add to the dependencies of the project: {_SELF}"
    return ""


def _names_library(dependencies: Iterable[str]) -> bool:
    # One requirement on each line, so that "^" matches the names only.
    lines = "\n".join(dependencies).lower().replace("_", "-")
    return re.search(r"^\s*sanic-actions\b", lines, re.MULTILINE) is not None


def setuptools_setting(folder: Path, tables: Mapping[str, Any], app: ProjectApp) -> str:
    """Return the setting with which setuptools builds what it built before; empty if it needs none.

    For a single package in the folder of pyproject.toml, setuptools needs no settings. It refuses
    to choose between two, and the client package is the second. It leaves out a single module as
    soon as there is a package.
    """
    if not _is_discovered(folder, tables):
        return ""
    if len(app.path.parts) > 1:
        package = app.path.parts[0]
        names = json.dumps([package, f"{package}.*"])
        return f"\n[tool.setuptools.packages.find]\ninclude = {names}\n"
    if "build-system" in tables and "setuptools" not in tables.get("tool", {}):
        return f"\n[tool.setuptools]\npy-modules = {json.dumps([app.module, ACTIONS_MODULE])}\n"
    return ""


def _is_discovered(folder: Path, tables: Mapping[str, Any]) -> bool:
    """Return whether setuptools looks for packages by itself, beside pyproject.toml."""
    backend = tables.get("build-system", {}).get("build-backend", "setuptools")
    settings = tables.get("tool", {}).get("setuptools", {})
    if "project" not in tables or not backend.startswith("setuptools"):
        return False
    # setup.py and setup.cfg may list the packages themselves; below src/ all of them are found.
    names = {path.name for path in folder.iterdir()}
    if names & {"setup.py", "setup.cfg", "src"}:
        return False
    return not {"packages", "py-modules"} & set(settings)

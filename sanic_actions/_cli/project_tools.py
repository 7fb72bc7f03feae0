"""How a project is installed: what CI runs for it, and what keeps its wheel as it was beside a client package."""

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
"""What CI runs, in the environment of the project."""

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
    """Yield the commands that install the project in CI and check it, by the tool that has locked what it needs."""
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


def _requirements(folder: Path, tables: Mapping[str, Any]) -> str:
    if (folder / "requirements.txt").is_file():
        return "-r requirements.txt "
    if is_installable(folder, tables):
        return "-e . "
    return ""


def with_dependency(source: str, folder: Path, tables: Mapping[str, Any]) -> str:
    """Return pyproject.toml with the library among the dependencies that it lists; as it was where it lists none.

    Args:
        source: The text of the file.
        folder: The folder of the project.
        tables: What the text says.
    """
    dependencies = tables.get("project", {}).get("dependencies")
    if dependencies is None or _names_library(dependencies) or (folder / "uv.lock").is_file():
        return source
    longer = _LIST.sub(lambda match: f"{match[1]}{match[2]}{_SELF},{match[2] or ' '}", source, count=1)
    if longer == source:
        return source
    try:
        dependency = tomllib.loads(longer)["project"]["dependencies"]
    except (tomllib.TOMLDecodeError, KeyError):
        return source
    return longer if dependency == [json.loads(_SELF), *dependencies] else source


_LIST: Final = re.compile(r"^(dependencies\s*=\s*\[)(\s*)(?=[\"'\]])", re.MULTILINE)
"""The beginning of a list of dependencies, with the space before the first."""


def missing_dependency(folder: Path, tables: Mapping[str, Any]) -> str:
    """Return what adds the library to the dependencies of the project; empty where nothing lists them, or they have it.

    Args:
        folder: The folder of the project.
        tables: What its pyproject.toml says.
    """
    project, poetry = tables.get("project", {}), tables.get("tool", {}).get("poetry", {})
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
    names = [dependency.strip().lower().replace("_", "-") for dependency in dependencies]
    return any(name.startswith("sanic-actions") for name in names)


def setuptools_setting(folder: Path, tables: Mapping[str, Any], app: ProjectApp) -> str:
    """Return the setting with which setuptools goes on to build what it builds; empty where it needs none.

    Beside a single package in the folder of pyproject.toml, setuptools needs no settings. It refuses to choose
    between two, and the client package is the second. A single module it leaves out as soon as there is a package.
    """
    if not _is_discovered(folder, tables):
        return ""
    if len(app.path.parts) > 1:
        package = app.path.parts[0]
        return f"\n[tool.setuptools.packages.find]\ninclude = {json.dumps([package, f'{package}.*'])}\n"
    if "build-system" in tables and "setuptools" not in tables.get("tool", {}):
        return f"\n[tool.setuptools]\npy-modules = {json.dumps([app.module, ACTIONS_MODULE])}\n"
    return ""


def _is_discovered(folder: Path, tables: Mapping[str, Any]) -> bool:
    """Return whether setuptools looks for the project's packages in the folder of pyproject.toml by itself."""
    backend = tables.get("build-system", {}).get("build-backend", "setuptools")
    settings = tables.get("tool", {}).get("setuptools", {})
    if "project" not in tables or not backend.startswith("setuptools"):
        return False
    if any((folder / name).exists() for name in ("setup.py", "setup.cfg", "src")):
        return False
    return not {"packages", "py-modules"} & set(settings)

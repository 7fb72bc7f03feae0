"""How a project is installed: what CI runs for it, and what keeps its wheel as it was beside a client package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .import_lines import ACTIONS_MODULE
from .project_app import ProjectApp

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

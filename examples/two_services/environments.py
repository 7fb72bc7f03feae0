"""Environments and wheels, by uv where it is installed and by venv and pip where it is not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

WHEELS: Final = "published"
"""The folder that stands for the package index on which both teams agree."""


def uv() -> str | None:
    """Return the program, beside this Python or on the path."""
    beside = Path(sys.executable).with_name("uv")
    if beside.is_file():
        return str(beside)
    return shutil.which("uv")


def create(environment: Path) -> list[str]:
    """Return the command that makes an empty environment."""
    if program := uv():
        return [program, "venv", "--quiet", "--python", sys.executable, str(environment)]
    return [sys.executable, "-m", "venv", str(environment)]


def install(environment: Path, wheels: Path, requirements: Sequence[str]) -> list[str]:
    """Return the command that installs requirements, ours from a folder of wheels."""
    options = ["--quiet", "--find-links", str(wheels), *requirements]
    if program := uv():
        python = str(environment / "bin" / "python")
        return [program, "pip", "install", "--python", python, "--reinstall-package", "sanic-actions", *options]
    return [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", *options]


def build(project: Path, wheels: Path, pip: Path) -> list[str]:
    """Return the command that builds the wheel of a project; ``pip`` is an environment that has it."""
    if program := uv():
        return [program, "build", "--quiet", "--wheel", "--out-dir", str(wheels), str(project)]
    python = str(pip / "bin" / "python")
    return [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(project)]

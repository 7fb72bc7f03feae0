"""The golden packages: what the cases generate, kept so that a change of the output shows in a diff.

``python -m codegen.golden`` in ``tests`` writes them anew.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

from sanic_actions.codegen import generate

HERE = Path(__file__).parent
CASES = HERE / "cases"
PACKAGES = HERE / "packages"
NAMES = ("blog", "circle", "streams", "types", "zoo")


def run(code: str, *arguments: str, seed: str = "random") -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that can import the golden packages; a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=PACKAGES,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def texts(name: str) -> dict[str, str]:
    """What a case generates, as a package of the name ``golden_<case>``."""
    if str(CASES) not in sys.path:
        sys.path.insert(0, str(CASES))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is using the `ReadOnly` qualifier")
        return generate(importlib.import_module(f"case_{name}").server, package=f"golden_{name}")


def kept(name: str) -> dict[str, str]:
    """What is kept of a case."""
    paths = (
        path for path in (PACKAGES / f"golden_{name}").rglob("*") if path.suffix in (".py", ".pyi", ".typed", ".json")
    )
    return {path.relative_to(PACKAGES).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def write(name: str) -> None:
    """Write a case anew."""
    shutil.rmtree(PACKAGES / f"golden_{name}", ignore_errors=True)
    put(PACKAGES, texts(name))


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Write generated files into a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for case in NAMES:
        write(case)

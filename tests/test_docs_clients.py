"""docs/guides/clients.md: its programs are what four type checkers accept, and those without a server run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAMS = dict(
    re.findall(r"```python\n# (\w+\.py)\n(.*?)```", (ROOT / "docs/guides/clients.md").read_text(), re.DOTALL)
)
STUBS = ROOT / "stubs"
BIN = Path(sys.executable).parent

CHECKERS = {
    "mypy": ["mypy", "--strict"],
    "pyright": ["pyright", "-p", "pyrightconfig.json"],
    "ty": ["ty", "check", "--extra-search-path", str(STUBS), "--error-on-warning"],
    "pyrefly": ["pyrefly", "check", "--search-path", str(STUBS)],
}


def write_programs(folder: Path) -> list[str]:
    for name, text in PROGRAMS.items():
        (folder / name).write_text(text)
    settings = f'{{"typeCheckingMode": "strict", "extraPaths": ["{STUBS}"], "include": ["*.py"]}}'
    (folder / "pyrightconfig.json").write_text(settings)
    return sorted(PROGRAMS)


def run(folder: Path, command: list[str]) -> str:
    """Run a program; gives what it wrote where it failed, else nothing."""
    paths = {"MYPYPATH": str(STUBS), "PYTHONPATH": str(STUBS), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **paths}, capture_output=True, text=True, timeout=240, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_there_are_programs() -> None:
    """The page has programs."""
    assert {"blog.py", "login.py", "transports.py", "recorded.py"} <= PROGRAMS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_documented_lines(tmp_path: Path, checker: str) -> None:
    """Every documented line of both clients is clean in each checker."""
    names = write_programs(tmp_path)
    command, *options = CHECKERS[checker]
    files = [] if checker == "pyright" else names

    assert run(tmp_path, [str(BIN / command), *options, *files]) == ""


@pytest.mark.parametrize("name", ["transports.py", "recorded.py"])
def test_programs_without_a_server(tmp_path: Path, name: str) -> None:
    """What needs no server runs as it stands."""
    write_programs(tmp_path)

    assert run(tmp_path, [sys.executable, name]) == ""

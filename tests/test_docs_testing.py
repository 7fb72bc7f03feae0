"""docs/guides/testing.md: its tests pass as they stand, and mypy has no complaint about them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "docs" / "guides" / "testing.md").read_text()


def run(folder: Path, *command: str) -> str:
    """Run a Python module in the folder and give what it prints."""
    paths = {"MYPYPATH": ".", "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of the page and the client package of its app."""
    for name, block in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(block)
    run(tmp_path, "sanic_actions", "generate", "shop:app", "--out", ".")
    run(tmp_path, "sanic_actions", "generate", "invitations:create_app", "--package", "invitations_client")
    return tmp_path


def test_testing_guide(folder: Path) -> None:
    """The tests of the page pass, and the types of all of its files are right."""
    tests = ["test_shop.py", "test_service.py", "test_invitations.py"]
    assert "6 passed" in run(folder, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    run(folder, "mypy", "--strict", "shop.py", "service.py", "invitations.py", *tests)

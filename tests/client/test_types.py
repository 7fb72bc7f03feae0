"""The declared types survive, for mypy at least: right calls pass, and each wrong one is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_typed(packages: Path, tmp_path: Path) -> None:
    """mypy --strict accepts the right calls and needs every ``type: ignore`` on the wrong ones."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(HERE / "typed.py")],
        env={**os.environ, "MYPYPATH": str(packages)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout

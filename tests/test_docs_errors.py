"""What docs/guides/errors.md says is true: its files run, are typed, and print what they are shown to print."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import running

TEXT = (Path(__file__).parents[1] / "docs" / "guides" / "errors.md").read_text()


def run(folder: Path, *command: str, **env: str) -> str:
    """Run a Python module or file in the folder and give what it prints."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "MYPYPATH": ".", "PYTHONPATH": ".", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_errors_guide(tmp_path: Path) -> None:
    """The guide's server, caller and tests work together as shown, and mypy has no complaint about the caller."""
    for name, block in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(block)
    (shown,) = re.findall(r"^\$ python job\.py\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    run(tmp_path, "-m", "sanic_actions", "generate", "shop:app", "--out", ".")
    run(tmp_path, "-m", "sanic_actions", "check", "shop:app", "--out", ".")
    spec = importlib.util.spec_from_file_location("errors_guide_shop", tmp_path / "shop.py")
    assert spec is not None
    assert spec.loader is not None
    shop = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = shop
    spec.loader.exec_module(shop)

    with running(shop.app) as url:
        assert run(tmp_path, "job.py", ACTIONS_URL=url) == shown
    run(tmp_path, "-m", "mypy", "--strict", "job.py")
    run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py", "test_till.py")

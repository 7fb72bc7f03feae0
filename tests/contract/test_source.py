"""Callers whose source is checked: what ``diff`` calls breaking in source is an error of mypy, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from contract.rows import ROWS, Row

from sanic_actions import Namespace
from sanic_actions._namespace import entries
from sanic_actions.codegen._package import generate_entries
from sanic_actions.contract._verdicts import VERDICTS

HEAD = """from typing import Literal, assert_never
from {package} import actions
from sanic_actions.client import CallError, Err, InputError, Ok
"""
UNSEEN = {
    *("encoding removed", "alias changed", "discriminator changed", "encoding changed", "error code changed"),
    "output field added, extra forbidden",
    "output became optional",  # by mypy; pyright sees it
}
"""What mypy cannot see: the wire alone shows it, where the old client fails or is told."""


def write(folder: Path, number: int, row: Row, act: Any) -> str:
    """Write the package of an action and a caller of before; return the name of its file."""
    name = f"row_{number}"
    tree = {"other": ROWS[3].old} if act is None else {"act": act}
    texts = generate_entries(entries(Namespace(**tree)), package=name)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    caller = row.caller.replace("{call}", f"actions.act({row.arguments})")
    head = HEAD.format(package=name)
    if "models." in caller:
        head += f"from {name} import models\n"
    (folder / f"call_{name}.py").write_text(f"{head}\n{caller}\n")
    return f"call_{name}.py"


def refused(folder: Path, side: str) -> set[int]:
    """Return the rows whose callers mypy refuses, against the packages of one side."""
    folder.mkdir()
    files = [write(folder, number, row, getattr(row, side)) for number, row in enumerate(ROWS)]
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    names = {line.partition(":")[0] for line in done.stdout.splitlines() if ": error:" in line}
    assert names <= set(files), done.stdout
    return {files.index(name) for name in names}


@pytest.mark.slow
def test_what_breaks_in_source_is_refused_by_mypy(tmp_path: Path) -> None:
    """A caller passes against the older package, and against the newer one exactly where nothing breaks in source."""
    assert refused(tmp_path / "older", "old") == set()
    numbers = refused(tmp_path / "newer", "new")

    wrong = []
    for number, row in enumerate(ROWS):
        is_breaking = VERDICTS[row.kind].source == "breaking"
        is_seen = row.is_seen and row.kind not in UNSEEN
        if (number in numbers) != (is_breaking and is_seen):
            wrong.append(f"{number} {row.kind} {row.arguments}")
    assert not wrong, "\n".join(wrong)

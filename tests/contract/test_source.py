"""Callers whose source is checked: what ``diff`` calls breaking in source is an error of mypy, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from contract.clients import lock_of
from contract.test_matrix import Gone, gives, plain, raising, takes

from sanic_actions import Namespace
from sanic_actions._namespace import entries
from sanic_actions.codegen._package import generate_entries
from sanic_actions.contract import breaks, compare


class Row(NamedTuple):
    """A change, and a caller of before who is exhaustive."""

    old: Any
    new: Any
    caller: str


EXHAUSTIVE = """
match actions.{name}.safe():
    case Ok(): pass
    case Err(InputError() | CallError()): pass
    case never_{name}: assert_never(never_{name})
"""

ROWS = {
    "same": Row(takes(a=(int, ...)), takes(a=(int, ...)), "actions.{name}(a=1)"),
    "added": Row(takes(a=(int, ...)), takes(a=(int, ...), b=(int, 1)), "actions.{name}(a=1)"),
    "demanded": Row(takes(a=(int, ...)), takes(a=(int, ...), b=(int, ...)), "actions.{name}(a=1)"),
    "dropped": Row(takes(a=(int, ...), b=(int, 1)), takes(a=(int, ...)), "actions.{name}(a=1, b=2)"),
    "wider": Row(takes(a=(int, ...)), takes(a=(int | None, ...)), "actions.{name}(a=1)"),
    "narrower": Row(takes(a=(int | None, ...)), takes(a=(int, ...)), "actions.{name}(a=None)"),
    "default": Row(takes(a=(int, 1)), takes(a=(int, 2)), "actions.{name}()"),
    "nullable": Row(gives(int, 1), gives(int | None, 1), "{name}: int = actions.{name}()"),
    "certain": Row(gives(int | None, 1), gives(int, 1), "{name}: int | None = actions.{name}()"),
    "fails": Row(raising((), None), raising((Gone,), None), EXHAUSTIVE),
    "once": Row(plain(), plain(once=True), "actions.{name}()"),
}
HEAD = """from typing import assert_never
from rows import actions
from sanic_actions.client import CallError, Err, InputError, Ok
"""


def errors(folder: Path, tree: dict[str, Any]) -> set[str]:
    """Return the rows whose callers mypy refuses, against the package of a tree."""
    for path, text in generate_entries(entries(Namespace(**tree)), package="rows").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    files = {name: f"call_{name}.py" for name in ROWS}
    for name, file in files.items():
        (folder / file).write_text(f"{HEAD}\n{ROWS[name].caller.format(name=name)}\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *files.values()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    refused = {line.partition(":")[0] for line in done.stdout.splitlines() if ": error:" in line}
    assert refused <= set(files.values()), done.stdout
    return {name for name, file in files.items() if file in refused}


@pytest.mark.slow
def test_what_breaks_in_source_is_refused_by_mypy(tmp_path: Path) -> None:
    """A caller passes against the older package, and against the newer one exactly where nothing breaks in source."""
    older, newer = ({name: getattr(row, side) for name, row in ROWS.items()} for side in ("old", "new"))
    changes = compare(lock_of(older).contract, lock_of(newer).contract)
    (tmp_path / "older").mkdir()
    (tmp_path / "newer").mkdir()

    assert errors(tmp_path / "older", older) == set()
    assert errors(tmp_path / "newer", newer) == {change.action for change in changes if breaks(change, "source")}

"""Where there is no ``fcntl``, as on Windows: the client half works, and the server half says what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = "import sys; sys.modules['fcntl'] = None; "


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a child that cannot import ``fcntl``."""
    return subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "code",
    [
        "import sanic_actions; sanic_actions.action",
        "from sanic_actions.client import AsyncClient, Client; Client('http://127.0.0.1:9')",
        "from stubs.actions import actions, Client; Client('http://127.0.0.1:9').close()",
        "from sanic_actions import codegen; codegen.generate",
    ],
)
def test_client_half_works(code: str) -> None:
    """Definitions, both clients, a generated package and the generator need nothing of POSIX."""
    child = run(code)

    assert child.returncode == 0, child.stderr


def test_server_half_says_what_it_needs() -> None:
    """The error of the server half is a sentence that says what is missing and what to do."""
    child = run("import sanic_actions.server")

    last = child.stderr.splitlines()[-1]
    assert last.startswith("ImportError: sanic_actions.server needs a POSIX system")
    assert "Run the server under WSL" in last


APP = "from sanic_actions.server import ActionsBlueprint"
TREE = "from sanic_actions import Namespace, action\n@action\ndef ping() -> int: return 1\napp = Namespace(ping=ping)"


def command(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder with such a module."""
    (folder / "windows_app.py").write_text(module)
    call = f"from sanic_actions.__main__ import main; sys.exit(main({arguments!r}))"
    return run(f"import os; os.chdir({str(folder)!r}); {call}")


@pytest.mark.parametrize("name", ["generate", "lock", "list"])
def test_commands_on_a_tree_work(tmp_path: Path, name: str) -> None:
    """Commands that ask only for the actions work on a module that serves nothing."""
    child = command(tmp_path, TREE, name, "windows_app:app")

    assert (child.returncode, bool(child.stdout)) == (0, True), child.stderr


@pytest.mark.parametrize(("module", "name"), [(APP, "list"), (APP, "generate"), (APP, "openapi"), (TREE, "openapi")])
def test_command_says_what_it_needs(tmp_path: Path, module: str, name: str) -> None:
    """A command that needs the server half ends with that sentence and no traceback."""
    child = command(tmp_path, module, name, "windows_app:app")

    assert child.returncode == 2
    assert child.stderr.startswith("sanic_actions.server needs a POSIX system")
    assert "Traceback" not in child.stderr

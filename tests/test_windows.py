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


_LIST = "from sanic_actions.__main__ import main; sys.exit(main(['list', 'windows_app:app']))"


def test_command_says_what_it_needs(tmp_path: Path) -> None:
    """The command, which reads an app, ends with that sentence and no traceback."""
    app = "from sanic_actions.server import ActionsBlueprint"
    write = f"import pathlib; pathlib.Path('windows_app.py').write_text({app!r})"
    child = run(f"import os; os.chdir({str(tmp_path)!r}); {write}; {_LIST}")

    assert child.returncode == 2
    assert child.stderr.startswith("sanic_actions.server needs a POSIX system")
    assert "Traceback" not in child.stderr

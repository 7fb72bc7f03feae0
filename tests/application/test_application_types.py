"""What four type checkers make of a caller of the application, and of the package that it calls."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from codegen import golden
from codegen.test_checkers import CONFIGURATIONS, PLACES, SETTINGS

from application.app import server
from sanic_actions.codegen import generate

SOURCE = (Path(__file__).parent / "caller.py").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("checker", CONFIGURATIONS)
def test_callers(tmp_path: Path, checker: str) -> None:
    """Right lines are right in each checker, and each marked line is an error."""
    golden.put(tmp_path, generate(server, package="shop_client"))
    (tmp_path / "use.py").write_text(SOURCE, encoding="utf-8")
    for file, text in SETTINGS.items():
        (tmp_path / file).write_text(text)
    command = [*CONFIGURATIONS[checker], "use.py", "shop_client"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    errors = (line for line in PLACES.finditer(done.stdout) if line["before"] or line["after"])

    marked = {("use.py", number) for number, line in enumerate(SOURCE.splitlines(), 1) if re.search("# BAD$", line)}
    assert {(Path(line["file"]).name, int(line["line"])) for line in errors} == marked, done.stdout[-4000:]

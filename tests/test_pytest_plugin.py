"""The pytest plugin, as the tests of an app use it: in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUITE = """
import httpx2
import pytest
from pydantic import BaseModel
from sanic import Sanic
from sanic_actions import ActionError, Namespace, action
from sanic_actions.server import ActionsBlueprint
from conftest import running

class Gone(ActionError, code="GONE"):
    pass

def fail() -> None:
    raise Gone("no longer")

@action
def undeclared() -> None:
    fail()

@action(raises=[Gone])
def declared() -> None:
    fail()

@action
def raises() -> None:
    raise Gone

@action
def good() -> int:
    return 1

def call(tree: dict[str, object]) -> int:
    app = Sanic("suite")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(tree))
    with running(app) as url:
        return httpx2.post(f"{url}/_actions/{next(iter(tree))}").status_code

@pytest.mark.usefixtures("declared_errors")
def test_undeclared() -> None:
    assert call({"undeclared": undeclared}) == 410

@pytest.mark.usefixtures("declared_errors")
def test_declared() -> None:
    assert call({"declared": declared}) == 410

def test_not_asked() -> None:
    assert call({"undeclared": undeclared}) == 410

def test_bad_tree(check_actions) -> None:
    check_actions(Namespace(raises=raises, good=good))

def test_good_tree(check_actions) -> None:
    check_actions({"good": good, "declared": declared})

def test_clients(local, Fake) -> None:
    from sanic_actions import testing
    assert (local, Fake) == (testing.local, testing.Fake)
"""


def test_fixtures(tmp_path: Path) -> None:
    """``declared_errors`` fails for what is raised and not declared, ``check_actions`` for what is defined wrongly."""
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rA",
        "-p",
        "no:cacheprovider",
        "--no-header",
        "-W",
        "ignore",
        ".",
    ]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    lines = done.stdout.splitlines()
    outcomes = {line.split("::")[1].split(" ")[0]: line.split(" ")[0] for line in lines if "::" in line}
    assert outcomes == {
        "test_undeclared": "ERROR",
        "test_declared": "PASSED",
        "test_not_asked": "PASSED",
        "test_bad_tree": "FAILED",
        "test_good_tree": "PASSED",
        "test_clients": "PASSED",
    }, done.stdout
    assert "'undeclared' raised Gone" in done.stdout
    assert "'raises' (test_suite.py:" in done.stdout


def test_plugin_imports_nothing_early() -> None:
    """Loading the plugin loads of the library the door and nothing else, so that coverage sees all the rest."""
    code = "import sys, sanic_actions.pytest_plugin; print(sorted(m for m in sys.modules if m.startswith('sanic')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['sanic_actions', 'sanic_actions._door', 'sanic_actions.pytest_plugin']"

"""The example of two repositories, run as it stands: environments of their own, wheels, and servers of two versions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples.two_services import environments

ROOT = Path(__file__).parents[1]
TIMEOUT = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the story; skipped where this machine cannot install packages."""
    folder = tmp_path_factory.mktemp("two_services")
    wheels = folder / environments.WHEELS
    command = environments.build(ROOT, wheels, Path(sys.prefix))
    if environments.uv() is not None:
        trial = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        if trial.returncode != 0:
            pytest.skip(f"the build backend cannot be installed here: {trial.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def steps(folder: Path) -> list[str]:
    """What each step of the story prints."""
    command = [sys.executable, "-m", "examples.two_services", str(folder)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=2 * TIMEOUT, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    return re.split(r"^\d+\. ", process.stdout, flags=re.MULTILINE)


def test_the_story_ends_well(steps: list[str]) -> None:
    """Publish, install, change, check, deploy in both orders and mend: each command ends as it should."""
    assert len(steps) == 10


def test_the_check_of_the_server_names_what_breaks(steps: list[str]) -> None:
    """A renamed optional field and a narrower input are named before they are published, with the way out."""
    assert "orders.place input.note: the field was removed (or renamed to 'remark'); what callers send" in steps[4]
    assert "orders.place input.quantity: le (none) became 100 (breaking on the wire)" in steps[4]
    assert "2 changes break callers of git:main" in steps[4]
    assert steps[4].count("orders.cancel: the action was added (fine)") == 1
    assert "updated actions.lock.json 0.1.0 -> 0.2.0" in steps[5]


def test_where_two_versions_meet_the_client_says_so_once(steps: list[str]) -> None:
    """Of two packages and two servers, those of one version say nothing, in either order the others do."""
    assert [step.count("The contract of orders.place differs") for step in steps] == [0, 0, 0, 0, 0, 0, 1, 0, 1, 0]
    assert "2 changes break callers that use orders_client" in steps[6]
    assert "billing/__main__.py:11: error" in steps[7]
    assert "with the note 'a gift'" in steps[3]
    assert "with the note 'a gift'" in steps[9]


def test_a_caller_has_no_server(steps: list[str], folder: Path) -> None:
    """The environment of the caller holds neither Sanic nor the server's modules."""
    python = folder / "billing-environment" / "bin" / "python"
    code = "import importlib.util as u; print([n for n in ('sanic', 'orders', 'multipart') if u.find_spec(n)])"
    process = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert process.stdout == "[]\n"


def test_the_installed_wheel_is_read_by_another_checker(steps: list[str], folder: Path) -> None:
    """pyright accepts the mended caller against the installed package, and refuses the field that is gone."""
    billing, python = folder / "billing", folder / "billing-environment" / "bin" / "python"
    (billing / "stale.py").write_text("from orders_client import actions\n\nactions.orders.place(note='')\n")
    (billing / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    pyright = Path(sys.executable).with_name("pyright")
    files = ["billing/__main__.py", "stale.py"]
    command = [str(pyright), "--pythonpath", str(python), "--outputjson", *files]
    process = subprocess.run(command, cwd=billing, capture_output=True, text=True, timeout=TIMEOUT, check=False)

    assert "stale.py" in process.stdout, process.stdout + process.stderr
    assert "__main__.py" not in process.stdout.partition('"summary"')[0]
    assert 'No parameter named \\"note\\"' in process.stdout


def test_pip_does_what_uv_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where uv is not installed the same commands are those of venv and pip."""
    monkeypatch.setattr(environments, "uv", lambda: None)

    assert environments.create(tmp_path)[1:3] == ["-m", "venv"]
    assert environments.install(tmp_path, tmp_path, ["x"])[1:4] == ["-m", "pip", "install"]
    assert environments.build(tmp_path, tmp_path, tmp_path)[1:4] == ["-m", "pip", "wheel"]

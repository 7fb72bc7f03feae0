"""What type checkers make of generated packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from codegen import golden

GOOD = """
from typing_extensions import assert_type
from golden_zoo import AsyncClient, actions
from golden_zoo.models import case_zoo as m
from sanic_actions.client import CallError, Err, InputError, Ok

assert_type(actions.shapes.Shapes.nothing(), None)
assert_type(actions.shapes.either(m.Cat(lives=1)), list[m.Cat | m.Dog])
assert_type(actions.computed.safe(), Ok[m.Cube] | Err[InputError | CallError])
assert_type(m.Page[int](items=[1]).items, list[int])
assert_type(m.Addresses(items=[]).items, list[m.Address])
assert_type(actions.computed().area, int)
assert_type(m.Tags(["a"]).root, list[str])
m.Derived(id=1)
m.Checked(a=1, b="x")
m.Point(1, 2, [])
m.Deep(item=1)
m.Open(a=1, more=2)
keys: m.Keys = {"a": 1}

async def main() -> None:
    async with AsyncClient("http://localhost") as client:
        assert_type(await client.computed(), m.Cube)
"""
BAD = {
    "m.Derived()": "call-arg",
    "m.Cat(lives='x')": "arg-type",
    "m.Deep(1)": "call-arg",
    "m.Open(a=1, more='x')": "arg-type",
    "m.Closed(a=1, more=2)": "call-arg",
    "actions.shapes.either()": "call-arg",
    "actions.shapes.aliased(inA=1)": "call-arg",
    "actions.shapes.nope()": "attr-defined",
    "actions.defaults(colour='red')": "arg-type",
    "actions.list(items=[1])": "deprecated",
}


def checked(tmp_path: Path, source: str, *options: str) -> str:
    (tmp_path / "use.py").write_text(source)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", *options, "use.py"]
    env = {**os.environ, "MYPYPATH": str(golden.PACKAGES)}
    return subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False
    ).stdout


def test_right_calls_and_models_pass(tmp_path: Path) -> None:
    """Signatures, results and models have the handlers' types."""
    assert "Success" in checked(tmp_path, GOOD)


def test_wrong_calls_and_models_are_type_errors(tmp_path: Path) -> None:
    """Each of them is reported before it is a request."""
    source = "from golden_zoo import actions\nfrom golden_zoo.models import case_zoo as m\n" + "\n".join(BAD)
    told = checked(tmp_path, source, "--enable-error-code=deprecated")
    lines = {int(line.split(":")[1]): line for line in told.splitlines() if ": error:" in line}

    for number, (call, code) in enumerate(BAD.items(), 3):
        assert f"[{code}]" in lines.get(number, ""), f"{call}: {told}"


@pytest.mark.parametrize("name", golden.NAMES)
def test_stubs_are_right_without_their_suppressions(tmp_path: Path, name: str) -> None:
    """What the header silences is nothing but what it is there for."""
    package = tmp_path / f"golden_{name}"
    shutil.copytree(golden.PACKAGES / package.name, package, ignore=shutil.ignore_patterns("__pycache__"))
    for stub in package.rglob("*.pyi"):
        stub.write_text(stub.read_text().replace("# mypy: ignore-errors\n", ""))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", package.name]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_stubtest_finds_the_same_names_at_run_time(tmp_path: Path) -> None:
    """Stubs promise nothing that is not there."""
    command = [sys.executable, "-m", "mypy.stubtest", "golden_blog", "--concise"]
    env = {**os.environ, "MYPYPATH": str(golden.PACKAGES), "PYTHONPATH": str(golden.PACKAGES)}
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr

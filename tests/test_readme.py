"""What the README says is true: its files run, its commands print what they are shown to print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import wait_for
from pages import blocks, commands, named, on_free_ports

ROOT = Path(__file__).parent.parent
README = on_free_ports((ROOT / "README.md").read_text())


def run(command: str, folder: Path) -> str:
    """Run a shell command as the README gives it, with this Python's scripts first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "MYPYPATH": "."}
    done = subprocess.run(
        command, shell=True, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == int(command.endswith("wrong.py") and "mypy" in command), done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the README's files, its client package, and its server running."""
    folder = tmp_path_factory.mktemp("readme")
    for name, text in named(README).items():
        (folder / name).write_text(text)
    (generate, _), (serve, _), *_ = commands(README)
    run(generate, folder)
    server = subprocess.Popen([sys.executable, "-m", *shlex.split(serve)], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        wait_for(server, f"http://127.0.0.1:{serve.rpartition(' ')[2]}/_actions")
        yield folder
    finally:
        server.terminate()
        server.wait(60)


def test_readme_commands_print_what_is_shown(shop: Path) -> None:
    """Every command of the README ends well and prints what stands below it."""
    for command, shown in commands(README)[2:]:
        assert run(command, shop).rstrip("\n") == shown.rstrip("\n")


def test_readme_ci_command_is_what_ci_runs() -> None:
    """CI calls the very line with which the README says to run the tests."""
    shell = "".join(block.text for block in blocks(README) if block.language == "sh")
    everything = next(line for line in shell.splitlines() if line.endswith("bin/nox"))

    assert everything in (ROOT / ".ci" / "run").read_text()


def test_readme_links_lead_somewhere() -> None:
    """Each link of the README leads to a file."""
    for target in re.findall(r"(?:\]\(|src=\")([^)\"#]+)", README):
        assert (ROOT / target).exists(), target

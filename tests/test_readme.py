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

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PORT = "8123"


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def files() -> dict[str, str]:
    """The Python blocks that say which file they are."""
    named = ((re.match(r"# (\w+\.py)\n", block), block) for block in blocks("python"))
    return {match[1]: block for match, block in named if match}


def commands() -> list[tuple[str, str]]:
    """Each shell command of the console blocks with the output that is shown below it."""
    console = "".join(blocks("console"))
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", console, re.MULTILINE)


def run(command: str, folder: Path) -> str:
    """Run a shell command as the README gives it, with this Python's scripts first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "MYPYPATH": "."}
    done = subprocess.run(
        command, shell=True, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the README's files, its client package, and its server running."""
    folder = tmp_path_factory.mktemp("readme")
    for name, text in files().items():
        (folder / name).write_text(text)
    (generate, _), (serve, _), *_ = commands()
    run(generate, folder)
    server = subprocess.Popen([sys.executable, "-m", *shlex.split(serve)], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        wait_for(server, f"http://127.0.0.1:{PORT}/_actions")
        yield folder
    finally:
        server.terminate()
        server.wait(20)


def test_readme_commands_print_what_is_shown(shop: Path) -> None:
    """Every command of the README ends well and prints what stands below it."""
    (_, _), (_, _), (job, job_shown), (mypy, mypy_shown), (curl, _) = commands()

    assert run(job, shop) == job_shown
    assert run(mypy, shop) == mypy_shown
    assert run(f"{sys.executable} service.py", shop) == "left: 1\n"
    assert run(curl, shop) == '{"sku":"tea","left":0}'


def test_readme_ci_command_is_what_ci_runs() -> None:
    """CI calls the very line with which the README says to run the tests."""
    everything = next(line for line in "".join(blocks("sh")).splitlines() if line.endswith("bin/nox"))

    assert everything in (ROOT / ".ci" / "run").read_text()

"""The tutorial can be followed to the letter: its files, its commands in their order, and what they print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import wait_for
from pages import DOCS, ROOT, commands, named, on_free_ports

LATER = ("mkdir", "python3", "pip")
"""What makes environments: the tests have one."""


DISCOVERED = """
from setuptools import Distribution
project = Distribution()
project.parse_config_files()
project.set_defaults()
print(project.packages or [], project.py_modules)
"""
"""Prints what pip would install of the folder."""


class Reader:
    """Somebody who reads the pages from the first to the last in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers = ExitStack()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        paths = f"{folder}{os.pathsep}{folder / 'clients'}"
        cache = str(ROOT / ".mypy_cache")
        self.env = {**os.environ, "PATH": path, "PYTHONPATH": paths, "MYPYPATH": paths, "MYPY_CACHE_DIR": cache}

    def follow(self, page: str) -> None:
        """Write the files of a page, then run its commands, each of which must print what is shown."""
        content = on_free_ports((DOCS / "tutorial" / page).read_text())
        for name, text in named(content).items():
            (self.folder / name).write_text(text)
        for command, shown in commands(content):
            words = [word for word in shlex.split(command) if "_URL=" not in word]
            if words[0] == "sanic":
                self.serve(command.removesuffix(" --dev"), int(words[words.index("--port") + 1]))
            elif words[0] not in LATER:
                self.run(command, shown)
        self.servers.close()

    def run(self, command: str, shown: str) -> None:
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120, check=False
        )
        failed = "Found 1 error" in shown
        assert done.returncode == int(failed), done.stdout + done.stderr
        if shown:
            assert done.stdout.rstrip("\n") == shown.rstrip("\n")

    def serve(self, command: str, port: int) -> None:
        command = f"exec env {command} --single-process"  # one process, which ends with the test
        server = subprocess.Popen(command, shell=True, cwd=self.folder, env=self.env, stderr=subprocess.DEVNULL)
        self.servers.callback(server.wait, 20)
        self.servers.callback(server.terminate)
        wait_for(server, f"http://127.0.0.1:{port}/_actions")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("teashop"))
    with reader.servers:
        yield reader


def test_pages_can_be_followed(reader: Reader) -> None:
    """Each command of the tutorial does what the page says, from the first page to the last."""
    for page in ("first-call.md", "form.md", "second-service.md"):
        reader.follow(page)

    reader.run(f"python -c '{DISCOVERED}'", "[] ['shop']")

    (failed,) = (command for command, _ in commands(DOCS / "tutorial" / "deployed-pair.md") if "check" in command)
    reader.run(failed, "")
    shop = reader.folder / "shop.py"
    (changed,) = re.findall(r"`(async def reserve\(.+:)`", (DOCS / "tutorial" / "deployed-pair.md").read_text())
    shop.write_text(re.sub(r"async def reserve\(.+:", changed, shop.read_text()))
    broken = subprocess.run(
        failed, shell=True, cwd=reader.folder, env=reader.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert broken.returncode == 1
    assert "customer" in broken.stdout + broken.stderr

"""Packages that follow the sources of an app: ``generate --watch``, and Sanic's dev mode."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import free_port

from sanic_actions._cli.client_options import ClientOptions
from sanic_actions._cli.commands import run
from sanic_actions._cli.watching import Sources, command_line

PATIENCE = 60.0
"""Seconds after which a process of a test is given up."""
ACTIONS = """
from sanic_actions import Namespace, action

@action
def buy(sku: str{parameters}) -> int:
    return 1

server = Namespace(buy=buy)
"""
APP = """
import contextlib
from sanic import Sanic
from sanic_actions.server import ActionsBlueprint
from stock import server

with contextlib.suppress(ImportError):
    import shop_client  # so that Sanic reloads when the package itself is written

app = Sanic("shop")
app.blueprint(ActionsBlueprint(server))

if __name__ == "__main__":
    app.run(dev=True, port={port}, motd=False)
"""


class Program:
    """A process in a folder, with what it has printed so far."""

    def __init__(self, folder: Path, *command: str) -> None:
        self._log = folder / "output.txt"
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=folder, env=environment, stdout=output, stderr=output
            )

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(self, is_true: Callable[[], bool]) -> None:
        """Wait until something is true, while the process runs."""
        end = time.monotonic() + PATIENCE
        while not is_true():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.05)

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def running(folder: Path, *command: str) -> Iterator[Program]:
    program = Program(folder, *command)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait(PATIENCE)


def change(folder: Path, parameters: str = "", end: str = "") -> None:
    written = folder.with_name(f"{folder.name}.stock.py")  # at once, or half of a file would be a change by itself
    written.write_text(ACTIONS.format(parameters=parameters) + end)
    written.replace(folder / "stock.py")


def test_a_package_follows_the_sources_until_ctrl_c(tmp_path: Path) -> None:
    """Each change is one run; a module that breaks or hangs ends nothing, and Ctrl-C ends it with exit code 0."""
    change(tmp_path)
    stub = tmp_path / "actions" / "__init__.pyi"

    def written(text: str) -> Callable[[], bool]:
        return lambda: stub.is_file() and text in stub.read_text() and program.output.endswith("ends it.\n")

    with running(tmp_path, "-m", "sanic_actions", "generate", "stock:server", "--watch") as program:
        program.wait_for(written("sku: str)"))
        change(tmp_path, end="x = (")
        program.wait_for(lambda: "SyntaxError" in program.output and program.output.endswith("ends it.\n"))
        change(tmp_path, end="while True: pass")
        time.sleep(1)  # it hangs now, or is about to
        change(tmp_path, ", count: int")
        program.wait_for(written("count: int)"))
        time.sleep(1)  # in which the files just written would begin another run

        # One run at the start, one that failed, and one that was mended; the one that hung never ended by itself.
        assert program.output.count("Watching for changes; Ctrl-C ends it.") == 3
        assert program.output.count("files: ") == 2
        assert program.interrupt() == 0
    assert program.output.endswith("Stopped watching.\n")


def test_a_package_follows_the_app_in_dev_mode(tmp_path: Path) -> None:
    """After each reload of Sanic the configured packages are written, and what is written ends in no loop."""
    change(tmp_path)
    (tmp_path / "shop.py").write_text(APP.format(port=free_port()))
    (tmp_path / "pyproject.toml").write_text('[tool.sanic-actions]\napp = "shop:app"\npackage = "shop_client"\n')
    stub = tmp_path / "shop_client" / "__init__.pyi"

    with running(tmp_path, "shop.py") as program:
        program.wait_for(lambda: stub.is_file() and "files: " in program.output)
        program.wait_for(lambda: "Worker ready" in program.output)
        change(tmp_path, ", count: int")
        program.wait_for(lambda: "count: int)" in stub.read_text())
        time.sleep(2.5)  # two rounds of Sanic's reloader

        assert program.output.count("files: ") == 2
        assert program.output.count("Restarting a process") <= 2
        assert program.interrupt() == 0


@pytest.mark.parametrize(
    ("path", "is_source"),
    [
        ("shop.py", True),
        ("shop/stock.py", True),
        ("pyproject.toml", True),
        ("actions.lock.json", True),
        ("notes.txt", False),
        ("shop/__pycache__/stock.py", False),
        (".venv/lib/thing.py", False),
        ("env/lib/python3.11/site-packages/thing.py", False),
        ("clients/shop_client/__init__.py", False),
        ("clients/shop_client/models/stock.py", False),
        ("clients/pyproject.toml", False),
        ("clients/other.py", True),
    ],
)
def test_what_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, is_source: bool) -> None:
    """Modules, configuration and the lock are sources; what is generated, hidden or installed is not."""
    monkeypatch.chdir(tmp_path)
    sources = Sources([ClientOptions(out="clients", package="shop_client", pyproject=True)])

    assert sources.has(None, str(tmp_path.resolve() / path)) is is_source


def test_the_command_of_each_run_has_the_options() -> None:
    """A run is the same command without ``--watch``."""
    words = command_line("shop:app", {"out": "clients", "share": ("a", "b"), "pyproject": True})

    assert words[4:] == ["--quiet", "shop:app", "--out=clients", "--share=a", "--share=b", "--pyproject"]


def test_without_watchfiles_the_message_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The extra is named; nothing is written."""
    monkeypatch.setitem(sys.modules, "watchfiles", None)

    assert run(["generate", "shop:app", "--watch"]) == 2
    assert "pip install 'sanic-actions[watch]'" in capsys.readouterr().err

"""The page on contracts says what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sanic_actions._cli.client_options import ClientOptions, configured_clients
from sanic_actions._cli.commands import app, run
from sanic_actions.contract._verdicts import VERDICTS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/guides/contracts.md").read_text()
APP = """
from sanic_actions import Namespace, action

@action
def reserve(sku: str{more}) -> int: ...

server = {{"stock": Namespace(reserve=reserve)}}
"""


def test_the_table_is_the_table_of_verdicts() -> None:
    """The page has every row with its verdicts, and no other."""
    rows = re.findall(r"^\| ([^|]+) \| (\w+) \| (fine|breaking) \| (yes|no) \|$", PAGE, re.MULTILINE)
    table = [(k, v.wire, v.source, "yes" if v.served else "no") for k, v in VERDICTS.items()]

    assert rows == table


def test_version_that_is_raised_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the contract is the same, the version of the lock may be raised: the package takes it, and checks pass."""
    (tmp_path / "docs_raised.py").write_text(APP.format(more=""))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    options = ["docs_raised:server", "--package", "shop_client", "--pyproject"]
    assert run(["lock", "docs_raised:server"]) == 0
    lock = tmp_path / "actions.lock.json"
    (tmp_path / "old.json").write_text(lock.read_text())
    lock.write_text(lock.read_text().replace('"version": "0.1.0"', '"version": "0.1.1"'))

    assert run(["lock", "docs_raised:server"]) == 0
    assert run(["generate", *options]) == 0

    assert tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]["version"] == "0.1.1"
    assert run(["check", *options, "--against", "old.json"]) == 0


def test_the_configuration_is_read(tmp_path: Path) -> None:
    """What the page writes into pyproject.toml is what the commands take."""
    text = PAGE.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "pyproject.toml").write_text(text)

    assert tomllib.loads(text)
    (client,) = configured_clients(tmp_path)
    assert client == ClientOptions(
        app="inventory.app:app", out="clients", package="inventory_client", pyproject=True, lock="actions.lock.json"
    )


def test_the_difference_is_printed_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page shows what ``diff`` prints."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs_before.py").write_text(APP.format(more=""))
    (tmp_path / "docs_after.py").write_text(APP.format(more=", shop: str"))
    shown = PAGE.partition("$ sanic-actions diff git:main inventory.app:app\n")[2].partition("```")[0]
    capsys.readouterr()

    assert run(["diff", "docs_before:server", "docs_after:server"]) == 1
    assert capsys.readouterr().out == shown


def test_the_commands_of_the_page_exist() -> None:
    """Each command and each option that the page or a hook names is one of the command line."""
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    named = set(re.findall(r"sanic-actions (\w+)", PAGE + hooks))
    known = set(app)

    assert named <= known
    for option in ("--level", "--format", "--allow", "--against", "--client"):
        assert option in PAGE


WITHOUT_SANIC = """
import importlib.abc, sys
class Without(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sanic", "sanic_routing", "multipart", "html5tagger"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
from sanic_actions.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_locks_and_packages_are_compared_without_sanic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``diff`` and ``check --client`` run where only the extra ``[cli]`` is installed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs_plain.py").write_text(APP.format(more=""))
    assert run(["lock", "docs_plain:server"]) == 0
    assert run(["generate", "docs_plain:server"]) == 0

    for words in (
        ["diff", "actions.lock.json", "actions/contract.json"],
        ["check", "--client", "actions", "--against", "actions.lock.json"],
    ):
        command = [sys.executable, "-c", WITHOUT_SANIC, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (0, "no changes\n"), done.stderr

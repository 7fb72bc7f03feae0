"""What the page on contracts writes into CI and before commits, run as it stands there in a repository of git."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic

from sanic_actions import action
from sanic_actions.server import ActionsBlueprint

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/guides/contracts.md").read_text()
APP = """
from sanic import Sanic
from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint

@action
def reserve(sku: str{more}) -> int: ...

app = Sanic("inventory")
app.blueprint(ActionsBlueprint(Namespace(stock=Namespace(reserve=reserve)), lock="actions.lock.json"))
"""
BILLING = """
from inventory_client import Client

def reserve(client: Client) -> int:
    return client.stock.reserve(sku="cup")
"""


def block(start: str) -> str:
    """Return the block of YAML that begins with a line."""
    (text,) = re.findall(rf"```yaml\n({re.escape(start)}.*?)```", PAGE, re.DOTALL)
    return str(text)


def commands(start: str) -> str:
    """Return the commands of a block of CI, one a line, without those that install what is here already."""
    lines = re.findall(r"^- run: (.+)$", block(start), re.MULTILINE)
    return "\n".join(line for line in lines if not line.startswith("pip install"))


class Repository:
    """A repository of git with a shell in it, whose environment is the one of these tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.shell("git init --quiet --initial-branch main")
        self.shell("git config user.name Team && git config user.email team@example.com")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def shell(self, script: str, expected: int = 0, **variables: str) -> str:
        """Run a script as CI does: until a command fails."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        home = str(self.folder.parent)
        environment = {"PATH": path, "HOME": home, "PRE_COMMIT_HOME": f"{home}/cache", "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=self.folder,
            env={**environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert process.returncode == expected, process.stdout
        return process.stdout


@pytest.fixture
def inventory(tmp_path: Path) -> Repository:
    """The server's repository: configured as the page says, with lock and package."""
    repository = Repository(tmp_path / "inventory")
    repository.write("pyproject.toml", PAGE.partition("```toml\n")[2].partition("```")[0])
    repository.write("inventory/__init__.py", "")
    repository.write("inventory/app.py", APP.format(more=""))
    repository.write(".gitignore", "__pycache__/\n")
    repository.shell("sanic-actions lock && sanic-actions generate && git add . && git commit --quiet -m Begin")
    return repository


def test_the_recipe_of_the_server(inventory: Repository) -> None:
    """It is green while nothing breaks, red where something does, and green once the remedies are followed."""
    recipe = commands("- uses: actions/checkout@v4")
    inventory.shell("git clone --quiet . ../origin && git remote add origin ../origin && git fetch --quiet origin")
    inventory.shell(recipe)

    inventory.write("inventory/app.py", APP.format(more=", shop: str"))
    output = inventory.shell(recipe, expected=1)
    assert "stock.reserve input.shop: the field was added, required (breaking on the wire)" in output
    (remedy,) = re.findall(r"allow it: (.+)", output)

    inventory.shell(f"{remedy} && sanic-actions generate")
    inventory.shell(recipe)


def test_the_recipe_of_a_caller(inventory: Repository, serve: Callable[[Sanic[Any, Any]], str]) -> None:
    """It asks the server that runs, and is red once the package that is installed does not fit."""

    @action
    def reserve(sku: str, count: int = 1) -> int:
        return count

    @action
    def other(sku: str, shop: str) -> int:
        return 1

    billing = Repository(inventory.folder.parent / "billing")
    billing.write("billing/__init__.py", BILLING)
    recipe = commands("- run: pip install inventory-client")
    clients = str(inventory.folder / "clients")

    for server, code in ((reserve, 0), (other, 1)):
        app = Sanic(f"inventory{code}")
        app.blueprint(ActionsBlueprint({"stock": {"reserve": server}}, contract=True))
        script = recipe.replace("https://inventory.example", serve(app))
        output = billing.shell(script, code, PYTHONPATH=clients, MYPYPATH=clients)
    assert "Install the version of 'inventory_client' that belongs to it" in output


def test_the_hooks_run_before_a_commit(inventory: Repository, tmp_path: Path) -> None:
    """A commit with a stale package fails, and passes once what was written is added and the lock is current."""
    hooks = Repository(tmp_path / "hooks")
    hooks.write(".pre-commit-hooks.yaml", (ROOT / ".pre-commit-hooks.yaml").read_text())
    hooks.shell("git add . && git commit --quiet -m Begin && git tag v0.1.0")
    configuration = re.sub("repo: .*", f"repo: {hooks.folder}", block("repos:"))
    inventory.write(".pre-commit-config.yaml", configuration)
    inventory.shell("pre-commit install && git add . && git commit -m Hooks")

    inventory.write("inventory/app.py", APP.format(more=", count: int = 1"))
    output = inventory.shell("git commit -am Change", expected=1)
    assert "files were modified by this hook" in output
    assert "actions.lock.json is out of date. Run: sanic-actions lock" in output

    inventory.shell("sanic-actions lock && sanic-actions generate && git commit -am Change")
    assert inventory.shell("git status --porcelain") == ""

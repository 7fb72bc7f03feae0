"""What importing a generated package costs: nothing that is not needed yet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = [
    "asyncio",
    "dataclasses",
    "httpx2",
    "inspect",
    "json",
    "pydantic",
    "sanic",
    "typing_extensions",
    "urllib.parse",
]


def loaded(packages: Path, code: str) -> list[str]:
    """Which of the heavy modules a program has loaded at its end."""
    program = f"import sys; sys.path.insert(0, {str(packages)!r})\n{code}\nimport sys\nloaded = sorted(sys.modules)\n"
    program += "import json; print(json.dumps(loaded))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    return [name for name in HEAVY if name in json.loads(done.stdout)]


def test_import(packages: Path) -> None:
    """Importing a package, its shared client and its namespaces loads nothing heavy."""
    assert loaded(packages, "import zoo; zoo.actions.blog.admin.remove; zoo.actions.like") == []


def test_door(packages: Path) -> None:
    """The door of the client loads nothing heavy, and knows its transports by name."""
    assert loaded(packages, "import sanic_actions.client as c; assert 'PyqwestTransport' in dir(c)") == []


def test_first_call(packages: Path) -> None:
    """The first call loads the models of that action; an input that does not fit needs no HTTP client."""
    code = "from zoo import Client; Client('http://x').like.safe(post_id=1); assert 'zoo.models.shop' in sys.modules"

    assert "httpx2" not in loaded(packages, code)


def test_every_name_of_the_door() -> None:
    """Every promised name is there."""
    from sanic_actions import client

    assert all(getattr(client, name) is not None for name in client.__all__)
    assert sorted(client.__all__) == client.__all__

"""docs/guides/testing.md: its tests pass as they stand, and mypy has no complaint about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import printed_by

TEXT = (Path(__file__).parents[1] / "docs" / "guides" / "testing.md").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of the page and the client package of its app."""
    for name, block in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(block)
    printed_by(tmp_path, "-m", "sanic_actions", "generate", "shop:app", "--out", ".")
    printed_by(tmp_path, "-m", "sanic_actions", "generate", "invitations:create_app", "--package", "invitations_client")
    return tmp_path


def test_testing_guide(folder: Path) -> None:
    """The tests of the page pass, and the types of all of its files are right."""
    tests = ["test_shop.py", "test_service.py", "test_invitations.py"]
    assert "6 passed" in printed_by(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    printed_by(folder, "-m", "mypy", "--strict", "shop.py", "service.py", "invitations.py", *tests)

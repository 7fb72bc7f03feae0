"""What docs/guides/errors.md says is true: its files run, are typed, and print what they are shown to print."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import printed_by, running

from sanic_actions.client import AsyncClient

TEXT = (Path(__file__).parents[1] / "docs" / "guides" / "errors.md").read_text()


def test_errors_guide(tmp_path: Path) -> None:
    """The guide's server, caller and tests work together as shown, and mypy has no complaint about the caller."""
    for name, block in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(block)
    (shown,) = re.findall(r"^\$ python job\.py\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    printed_by(tmp_path, "-m", "sanic_actions", "generate", "shop:app", "--out", ".")
    printed_by(tmp_path, "-m", "sanic_actions", "check", "shop:app", "--out", ".")
    spec = importlib.util.spec_from_file_location("errors_guide_shop", tmp_path / "shop.py")
    assert spec is not None
    assert spec.loader is not None
    shop = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = shop
    spec.loader.exec_module(shop)

    with running(shop.app) as url:
        assert printed_by(tmp_path, "job.py", ACTIONS_URL=url) == shown
    printed_by(tmp_path, "-m", "mypy", "--strict", "job.py")
    printed_by(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py", "test_till.py")


@pytest.mark.parametrize(("header", "seconds"), [(None, 4.8), ("30", 4.8), ("1.2", 1.0), ("0.1", 0.01), ("0", 0.01)])
def test_deadline_passed_on(header: str | None, seconds: float) -> None:
    """The time that the page passes on is one that a client takes, however little is left."""
    (text,) = re.findall(r"^```python\n# passing_on\.py\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    headers = {} if header is None else {"request-timeout": header}
    exec(text, names)  # the page is ours

    left = names["time_left"](SimpleNamespace(headers=headers))

    assert left == pytest.approx(seconds)
    AsyncClient("http://localhost").with_options(timeout=left)

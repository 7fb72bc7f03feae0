"""What docs/guides/downloads.md says is true: its actions give files, and callers save them as it shows."""

from __future__ import annotations

import importlib.util
import pathlib
import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import running

from sanic_actions.codegen import generate

TEXT = (pathlib.Path(__file__).parents[1] / "docs" / "guides" / "downloads.md").read_text()
ACTIONS, CALLS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_page_runs(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The actions are served, a client is generated, and the calls save what is expected of them."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for folder in ("reports", "downloads"):
        (tmp_path / folder).mkdir()
    (tmp_path / "reports" / "may.csv").write_text("1,2\n")
    (tmp_path / "reporting.py").write_text(ACTIONS)
    spec = importlib.util.spec_from_file_location("reporting", tmp_path / "reporting.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "reporting", module)
    spec.loader.exec_module(module)
    server = {"report": module.report, "export": module.export}
    for path, text in generate(server, package="reporting_client").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    with running(module.app) as url:
        client = importlib.import_module("reporting_client").Client(url)
        capsys.readouterr()
        monkeypatch.setitem(sys.modules, "actions", SimpleNamespace(actions=client))
        exec(CALLS, {})  # the page is ours
        client.close()

    lines = capsys.readouterr().out.split("\n")
    assert lines == ["may.csv text/csv 4", "downloads/may.csv", "0,0", "1,1", "2,4", "", "NoSuchReport", ""]
    assert (tmp_path / "downloads" / "may.csv").read_text() == "1,2\n"

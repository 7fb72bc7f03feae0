"""What docs/guides/streams.md says is true: its actions are streams, and callers read them as it shows."""

from __future__ import annotations

import importlib.util
import pathlib
import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import running
from sanic import Sanic

from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint

TEXT = (pathlib.Path(__file__).parents[1] / "docs" / "guides" / "streams.md").read_text()
ACTIONS, CALLS, LOG = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_page_runs(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The actions are served, a client is generated, and the calls print what is expected of them."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "streamed.py").write_text(ACTIONS + LOG)
    spec = importlib.util.spec_from_file_location("streamed", tmp_path / "streamed.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "streamed", module)
    spec.loader.exec_module(module)
    server = {"answer": module.answer, "log": module.log}
    for path, text in generate(server, package="streamed_client").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    app: Sanic[Any, Any] = Sanic("docs_of_streams")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(server))
    with running(app) as url:
        client = importlib.import_module("streamed_client").Client(url)
        capsys.readouterr()
        monkeypatch.setitem(sys.modules, "actions", SimpleNamespace(actions=client))
        exec(CALLS, {})  # the page is ours
        lines = list(client.log())

    assert capsys.readouterr().out.split() == ["why", "why"]
    assert lines == [f"line {number}" for number in range(100)]

"""What docs/guides/around.md says is true: its service runs as it stands there."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
from conftest import running

from sanic_actions import Err
from sanic_actions.server import call_action

TEXT = (Path(__file__).parents[1] / "docs" / "guides" / "around.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the page, with a state store of its own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "bank.py").write_text(BLOCKS[0])
    spec = importlib.util.spec_from_file_location("around_bank", tmp_path / "bank.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_the_service(bank: ModuleType) -> None:
    """Whoever pays is known, a failed payment is rolled back, exceptions are mapped, guesses are bounded."""
    bank.app.config.AUTO_EXTEND = False
    ada = {"x-api-key": "token-of-ada"}
    with running(bank.app) as url:

        def ask(action: str, headers: Any = None, **fields: Any) -> tuple[int, Any]:
            response = httpx2.post(f"{url}/_actions/{action}", json=fields, headers=headers)
            return response.status_code, response.json()

        assert ask("pay", to="bob", amount=1)[0] == 401
        assert ask("pay", ada, to="bob", amount=60) == (200, 40)
        assert ask("pay", {"authorization": "Bearer token-of-ada"}, to="bob", amount=60)[0] == 409
        assert ask("pay", ada, to="nobody", amount=1)[1]["detail"] == "No such account"
        assert bank.Accounts.balances == {"ada": 40, "bob": 65}
        guesses = [ask("login", name="ada", password=f"guess {number}")[0] for number in range(6)]

    assert guesses == [403, 403, 403, 403, 403, 429]


def test_the_job(bank: ModuleType) -> None:
    """A job supplies what guards would."""
    user = bank.User("ada")

    async def main() -> Any:
        paid = await call_action(bank.app, bank.pay, to="bob", amount=5, injected={"user": user})
        return paid, await call_action(bank.app, bank.pay, to="bob", amount=500, injected={"user": user})

    paid, refused = asyncio.run(main())

    assert paid.data == 95
    assert isinstance(refused, Err)
    assert bank.Accounts.balances == {"ada": 95, "bob": 10}


def test_the_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection of a call is committed after its handler, and the next call sees what it wrote."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "pooled"}
    exec(compile(BLOCKS[1], "pooled.py", "exec"), names)  # the page is ours
    names["app"].config.AUTO_EXTEND = False
    with running(names["app"]) as url:
        counts = [httpx2.post(f"{url}/_actions/note", json={"text": "tea"}).json() for _ in range(2)]

    assert counts == [1, 2]

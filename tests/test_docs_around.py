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
from conftest import printed_by, running
from sanic import Sanic

from sanic_actions import Err
from sanic_actions.server import ActionsBlueprint, call_action

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


def block(name: str) -> str:
    """The block of the page that begins with the name of its file."""
    (text,) = (text for text in BLOCKS if text.startswith(f"# {name}\n"))
    return str(text)


def run_block(name: str) -> dict[str, Any]:
    """Run a block of the page, and return its names."""
    names: dict[str, Any] = {"__name__": name.removesuffix(".py")}
    exec(compile(block(name), name, "exec"), names)  # the page is ours
    return names


def test_the_script(tmp_path: Path) -> None:
    """A script that starts its app finds what the listeners of the page open; it is typed too."""
    for name in ("pooled.py", "nightly.py"):
        (tmp_path / name).write_text(block(name))
    for _ in range(2):
        printed = printed_by(tmp_path, "nightly.py", XDG_RUNTIME_DIR=str(tmp_path))

    assert printed.splitlines()[-1] == "Ok(2)"


def test_who_calls_in_an_interceptor(capsys: pytest.CaptureFixture[str]) -> None:
    """It reads what the guard has kept in the state of the context, and of a job that there is no caller."""
    names = run_block("audited.py")
    app = names["app"]
    app.config.AUTO_EXTEND = False
    with running(app) as url:
        for headers in ({"authorization": "Bearer token-of-ada"}, {"authorization": "Bearer unknown"}):
            httpx2.post(f"{url}/_actions/close_shop", json={}, headers=headers)
    asyncio.run(call_action(app, names["close_shop"]))

    lines = [line for line in capsys.readouterr().out.splitlines() if "calls" in line]
    assert lines == ["ada calls close_shop", "a job calls close_shop"]


def test_the_failures_of_another_service() -> None:
    """An interceptor says in words of its own that a service is away, and the log keeps what that one said."""
    app: Sanic[Any, Any] = Sanic("upstream")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(run_block("upstream.py")["server"]))
    with running(app) as url:
        answer = httpx2.post(f"{url}/_actions/order", json={"sku": "tea"})

    assert (answer.status_code, answer.json()["code"]) == (502, "BAD_GATEWAY")
    assert answer.json()["detail"] == "The stock cannot be asked at the moment."

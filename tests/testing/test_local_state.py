"""State in tests: each block of ``local`` has its own, and leaves nothing."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic
from zoo import AsyncClient, Client

from sanic_actions import ActionError, Limits, action
from sanic_actions._checks.open_guards import open_actions
from sanic_actions._testing.app import LocalApp
from sanic_actions.server import ActionsBlueprint, SQLiteStore, StateStore
from sanic_actions.testing import local


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the default state and whatever is temporary stand."""
    folder = tmp_path / "temporary"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def app_of(runs: list[str], state: StateStore | None = None) -> Sanic[Any, Any]:
    """Make an app whose actions count and remember."""

    @action(limits=Limits(rate="1/hour"))
    def like(post_id: str) -> dict[str, int | str]:
        return {"post_id": post_id, "likes": 1}

    @action(once=True)
    def buy(sku: str, count: int = 1) -> dict[str, int | str]:
        runs.append(sku)
        return {"sku": sku, "left": 2 - count}

    app: Sanic[Any, Any] = Sanic(f"state_{id(runs)}")
    app.blueprint(ActionsBlueprint({"like": like, "buy": buy}, state=state))
    return app


def test_each_block_counts_anew(folder: Path) -> None:
    """A rate that one test has used up is whole for the next one, which is what a run a moment later is too."""
    app = app_of([])
    for _ in range(2):
        with local(app, Client) as client:
            assert client.like(post_id="p").likes == 1
            with pytest.raises(ActionError, match="TOO_MANY_REQUESTS"):
                client.like(post_id="p")


def test_each_asynchronous_block_counts_anew(folder: Path) -> None:
    """The same on the running loop."""

    async def main() -> None:
        app = app_of([])
        for _ in range(2):
            async with local(app, AsyncClient) as client:
                assert (await client.like(post_id="p")).likes == 1

    asyncio.run(main())


def test_an_idempotency_key_ends_with_its_block(folder: Path) -> None:
    """A call runs once in a block, and again in the next."""
    runs: list[str] = []
    app = app_of(runs)
    for _ in range(2):
        with local(app, Client) as client:
            keyed = client.with_options(headers={"idempotency-key": "one-key-of-a-test"})
            keyed.buy(sku="tea")
            keyed.buy(sku="tea")

    assert runs == ["tea", "tea"]


def test_a_block_leaves_nothing(folder: Path) -> None:
    """The default file of the app is not touched, and what a block has kept goes with it, if it fails as well."""
    app = app_of([])
    with local(app, Client) as client:
        client.like(post_id="p")

    @app.before_server_start
    async def fail(_: object) -> None:
        raise LookupError("no database")

    with pytest.raises(LookupError), local(app, Client):
        pass

    assert list(folder.iterdir()) == []


def test_a_configured_store_is_used(folder: Path, tmp_path: Path) -> None:
    """Whoever says where state is means it in tests too."""
    app = app_of([], SQLiteStore(tmp_path / "state.sqlite3"))
    with local(app, Client) as client:
        client.like(post_id="p")

    with local(app, Client) as client, pytest.raises(ActionError, match="TOO_MANY_REQUESTS"):
        client.like(post_id="p")
    assert list(folder.iterdir()) == []


def test_the_check_of_guards_counts_nothing(folder: Path) -> None:
    """What it calls does not use up the rates of the app on the same machine."""

    def guard(context: object) -> None:
        raise ActionError("UNAUTHORIZED")

    @action(guard=guard, limits=Limits(rate="1/hour", before_guards=True))
    def secret() -> None: ...

    app: Sanic[Any, Any] = Sanic("state_of_guards")
    app.blueprint(ActionsBlueprint({"secret": secret}))
    for _ in range(2):
        assert open_actions(app) == []
    assert list(folder.iterdir()) == []


def test_clients_of_sanic_testing_have_the_state_of_their_process(folder: Path) -> None:
    """Their requests share it, whichever client sends them; neither the next run nor the app itself does."""
    runs: list[str] = []
    app = app_of(runs)
    key = {"idempotency-key": "k" * 20}

    statuses = [app.test_client.post("/_actions/like", json={"post_id": "p"})[1].status for _ in range(2)]
    outcomes = [app.test_client.post("/_actions/buy", json={"sku": "tea"}, headers=key)[1].json for _ in range(2)]
    for _ in range(2):  # under another host, where a key is another one
        asyncio.run(app.asgi_client.post("/_actions/buy", json={"sku": "jam"}, headers=key))
    with local(app, Client) as client:
        client.like(post_id="p")

    assert statuses == [200, 429]
    assert outcomes[0] == outcomes[1]
    assert runs == ["tea", "jam"]
    assert not list(folder.glob("sanic-actions/*"))


def test_an_app_without_actions_has_no_state() -> None:
    """It starts all the same."""

    app: Sanic[Any, Any] = Sanic("no_actions")
    started: list[str] = []
    app.after_server_start(lambda app: started.append(app.name))

    async def main() -> None:
        local_app = LocalApp(app)
        await local_app.start()
        await local_app.stop()

    asyncio.run(main())

    assert started == ["no_actions"]

"""What an app says of its state store when it starts."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Sanic

from sanic_actions import action
from sanic_actions.server import ActionsBlueprint, RedisStore, StateStore


@action(once=True)
def ping() -> str:
    """Answer."""
    return "pong"


def start(state: StateStore | None = None) -> tuple[int, int]:
    """Start an app; the status of a plain call, and of one with a key."""
    app: Sanic[Any, Any] = Sanic("starting")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"ping": ping}, state=state))
    with running(app) as url:
        plain = httpx2.post(f"{url}/_actions/ping")
        keyed = httpx2.post(f"{url}/_actions/ping", headers={"idempotency-key": "k" * 20})
    return plain.status_code, keyed.status_code


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the library logged before the first call."""
    return [record.getMessage() for record in caplog.records if record.name == "sanic_actions"]


def test_folder_that_somebody_else_made_is_said_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder that another user could have made costs the keyed calls, which an error says before the first one."""
    if Path(f"/run/user/{os.geteuid()}").is_dir():
        pytest.skip("this user has a runtime folder, which comes before the temporary one")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    folder = tmp_path / f"sanic-actions-{os.geteuid()}"
    folder.mkdir()
    folder.chmod(0o777)

    statuses = start()

    assert statuses == (200, 503)
    assert "calls with an idempotency key are refused" in lines(caplog)[0]
    assert "not ours alone" in lines(caplog)[0]
    assert "state=SQLiteStore(path)" in lines(caplog)[0]


@pytest.mark.parametrize(("policy", "warned"), [("allkeys-lru", 1), ("volatile-ttl", 1), ("noeviction", 0)])
def test_redis_that_may_forget_is_said_at_start(
    redis_server: Any, caplog: pytest.LogCaptureFixture, policy: str, warned: int
) -> None:
    """A Redis whose policy lets it forget keys when it is full is warned of; it is used all the same."""
    redis_server.ask("CONFIG", "SET", "maxmemory", "100mb")
    redis_server.ask("CONFIG", "SET", "maxmemory-policy", policy)

    assert start(RedisStore(redis_server.url)) == (200, 200)

    assert len(lines(caplog)) == warned
    assert all(policy in line and "noeviction" in line for line in lines(caplog))


def test_redis_that_is_gone_is_said_at_start(redis_server: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A Redis that does not answer is an error in the log, and the app starts."""
    redis_server.stop()

    assert start(RedisStore(redis_server.url)) == (200, 503)

    assert "See that it runs" in lines(caplog)[0]

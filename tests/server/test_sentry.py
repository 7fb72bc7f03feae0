"""Sentry's own SDK: one event for each masked failure, which says the action and the id that the caller was given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

APP = """
import json
import logging
import sys

import sentry_sdk
from sanic import Sanic
from sentry_sdk.transport import Transport

from sanic_actions import ActionError, action
from sanic_actions.client import Client, call
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import local

integrations, hook = sys.argv[1:]
events = []


class Collecting(Transport):
    def capture_envelope(self, envelope):
        if (event := envelope.get_event()) is not None:
            events.append(event)


# The address is nobody's: the transport sends nothing.
sentry_sdk.init(
    "http://key@127.0.0.1:9/1", transport=Collecting, auto_enabling_integrations=integrations == "all of them"
)


@action
def fail() -> int:
    raise ZeroDivisionError("secret")


@action
def refuse() -> int:
    raise ActionError("CONFLICT", "no")


def on_error(error, name, identity):
    with sentry_sdk.new_scope() as scope:
        scope.set_tags({"action": name, "error_id": identity})
        sentry_sdk.capture_exception(error)


class Observer:
    def on_start(self, call):
        return None

    def on_end(self, token, call, outcome, exception):
        if exception is not None:
            on_error(exception, call.name, outcome.error.id)


class Shop(Client):
    @call()
    def fail(self) -> int: ...
    @call()
    def refuse(self) -> int: ...


hooks = {"on_error": {"on_error": on_error}, "observer": {"observers": [Observer()]}, "log record": {}}
app = Sanic("shop")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"fail": fail, "refuse": refuse}, **hooks[hook]))
with local(app, Shop) as shop:
    ids = [shop.fail.safe().error.id for _ in range(2)]
    shop.refuse.safe()
print(json.dumps({"ids": ids, "events": events}, default=str))
"""


@pytest.mark.parametrize("hook", ["on_error", "observer", "log record"])
@pytest.mark.parametrize("integrations", ["all of them", "none"])
def test_each_masked_failure_is_one_event(hook: str, integrations: str, tmp_path: Path) -> None:
    """Whoever reports it, and with Sentry's integration of Sanic beside it or not; expected failures are none."""
    (tmp_path / "app.py").write_text(APP)
    run = subprocess.run(
        [sys.executable, "app.py", integrations, hook],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    report = json.loads(run.stdout.splitlines()[-1])

    exceptions = [event["exception"]["values"][-1]["type"] for event in report["events"]]
    assert exceptions == ["ZeroDivisionError"] * 2
    assert [_said(event, hook) for event in report["events"]] == [
        {"action": "fail", "error_id": identity} for identity in report["ids"]
    ]


def _said(event: dict[str, Any], hook: str) -> dict[str, Any]:
    """What an event says of the action: as tags, or as attributes of the log record."""
    if hook != "log record":
        return dict(event["tags"])
    return {name: event["extra"][name] for name in ("action", "error_id")}

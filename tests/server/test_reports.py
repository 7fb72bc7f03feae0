"""Hooks of a blueprint: issues in other words, and a tracker that is told of masked exceptions."""

from __future__ import annotations

import logging
import threading
from typing import Annotated, Any

import pytest
from pydantic import Field
from sanic import Request

from sanic_actions import Err, InputError, Issue, action
from sanic_actions.server import ActionContext, call_action

GERMAN = {"missing": "Das muss angegeben werden", "string_too_short": "Mindestens {min_length} Zeichen"}


def german(issue: Issue) -> str:
    return GERMAN.get(issue.type, issue.message).format(**issue.values)


@action(accept=("json", "form"))
def sign(name: Annotated[str, Field(min_length=3)], age: int, kind: str = "") -> int:
    if kind == "own":
        raise InputError.on("name", "ist vergeben", type="taken")
    if kind == "summed up":
        raise InputError([Issue("name", "x", "missing")], "So geht das nicht")
    return age


@action
async def inside(context: ActionContext) -> str:
    result = await call_action(context.request, sign, name="a", age=1)
    return result.error.message if isinstance(result, Err) else ""


def test_messages(plain_app: Any, connect: Any) -> None:
    """Each issue is said as the hook says it, in the summary too; what it does not know stays in English."""
    client = connect(plain_app({"sign": sign, "inside": inside}, messages=german))

    problem = client.post("/sign", json={"name": "a"}).json()
    form = client.post("/sign", data={"name": "abc", "age": "x"}).json()
    own = client.post("/sign", json={"name": "abc", "age": 1, "kind": "own"}).json()
    summed_up = client.post("/sign", json={"name": "abc", "age": 1, "kind": "summed up"}).json()

    assert problem["fields"] == {"name": ["Mindestens 3 Zeichen"], "age": ["Das muss angegeben werden"]}
    assert problem["detail"].endswith("name: Mindestens 3 Zeichen; age: Das muss angegeben werden")
    assert form["fields"] == {"age": ["Enter a whole number"]}
    assert own["fields"] == {"name": ["ist vergeben"]}
    assert (summed_up["detail"], summed_up["fields"]) == ("So geht das nicht", {"name": [GERMAN["missing"]]})
    assert client.post("/inside").json() == "The input is invalid: name: Mindestens 3 Zeichen"


def test_messages_that_fail(plain_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Where a hook fails, the library's own sentence is said, and the log is told once of each type."""
    client = connect(plain_app({"sign": sign}, messages=lambda issue: issue.values["nothing"]))

    for _ in range(2):
        answer = client.post("/sign", json={"name": "a"})
        assert answer.status_code == 400
        assert answer.json()["fields"] == {"name": ["Must be at least 3 characters"], "age": ["This field is required"]}
    failures = [record for record in caplog.records if "messages= failed" in record.getMessage()]
    assert [record.args[0] for record in failures if isinstance(record.args, tuple)] == ["string_too_short", "missing"]
    assert all(record.exc_info for record in failures)


def test_tracker(plain_app: Any, connect: Any) -> None:
    """The tracker gets the exception, the action's name and the caller's id; the request is the current one."""
    told: list[tuple[object, ...]] = []
    error = ValueError("secret")

    @action
    def fail() -> None:
        raise error

    def track(*report: object) -> None:
        told.append((*report, Request.get_current().path))

    client = connect(plain_app({"deep": {"fail": fail}, "sign": sign}, on_error=track))

    problem = client.post("/deep.fail").json()
    client.post("/sign", json={})  # an expected failure is none of its business

    assert told == [(error, "deep.fail", problem["id"], "/_actions/deep.fail")]


@pytest.mark.parametrize("waits", [False, True], ids=["sync", "async"])
def test_tracker_that_fails(plain_app: Any, connect: Any, caplog: pytest.LogCaptureFixture, waits: bool) -> None:
    """A tracker that fails changes nothing about the answer, and is logged."""
    told = threading.Event()

    @action
    def fail() -> None:
        raise ValueError

    def track(*_: object) -> None:
        told.set()
        raise RuntimeError("tracker")

    async def track_async(*_: object) -> None:
        track()

    client = connect(plain_app({"fail": fail}, on_error=track_async if waits else track))
    with caplog.at_level(logging.ERROR):
        problem = client.post("/fail").json()

        assert told.wait(2)
        client.post("/fail")
        assert any(
            "on_error itself failed" in r.getMessage() and problem["id"] in r.getMessage() for r in caplog.records
        )

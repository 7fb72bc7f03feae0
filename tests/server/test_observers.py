"""Observers on the server: told of each call's start and end, whichever entrance it comes through."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Request, Sanic
from sanic.response import HTTPResponse, text

from sanic_actions import ActionContext, ActionError, Err, Limits, Ok, action
from sanic_actions.server import ActionsBlueprint, call_action


class Notes:
    """An observer that keeps what it hears."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.heard: list[Any] = []

    def on_start(self, call: Any) -> str:
        self.heard.append(("start", self.name, call.name, call.side, call.called_from, call.attempt))
        return f"{self.name} token"

    def on_end(self, token: str, call: Any, outcome: Any, exception: Any) -> None:
        self.heard.append(("end", token, call.name, outcome, exception))


@action(accept=("json", "form"))
async def double(number: int) -> int:
    return number * 2


@action
async def fail() -> int:
    raise ZeroDivisionError("secret")


@action
async def refuse() -> int:
    raise ActionError("CONFLICT", "no")


@action
async def outer(request: Request) -> int:
    return (await call_action(request, double, number=4)).data or 0


TREE = {"double": double, "fail": fail, "refuse": refuse, "outer": outer}


def app_of(*observers: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("observed")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, observers=observers))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return text("page")

    return app


def test_an_observer_hears_start_and_end_with_the_outcome() -> None:
    """The outcome is what the caller gets."""
    notes = Notes()
    with running(app_of(notes)) as url:
        httpx2.post(f"{url}/_actions/double", json={"number": 2})

    start, (kind, token, name, outcome, exception) = notes.heard

    assert start == ("start", "", "double", "server", "rpc", 1)
    assert (kind, token, name, exception) == ("end", " token", "double", None)
    assert isinstance(outcome, Ok)
    assert outcome.data == 4


@pytest.mark.parametrize(
    ("name", "json", "code", "exception"),
    [
        ("refuse", {}, "CONFLICT", None),
        ("double", {"number": "x"}, "BAD_REQUEST", None),
        ("fail", {}, "INTERNAL_SERVER_ERROR", ZeroDivisionError),
        ("nope", {}, "NOT_FOUND", None),
    ],
)
def test_a_failure_is_told_with_what_lies_behind_it(name: str, json: Any, code: str, exception: Any) -> None:
    """The error is the caller's; the exception of a masked one is told beside it; made-up names are not."""
    notes = Notes()
    with running(app_of(notes)) as url:
        httpx2.post(f"{url}/_actions/{name}", json=json)

    _, _, observed, outcome, cause = notes.heard[1]

    assert observed == ("" if name == "nope" else name)
    assert isinstance(outcome, Err)
    assert outcome.error.code == code
    assert (type(cause) if cause else None) == exception


@action(accept=("json", "form"))
async def wait() -> int:
    await asyncio.sleep(60)
    return 1


@action(limits=Limits(seconds=30))
async def wait_long() -> int:
    await asyncio.sleep(60)
    return 1


@action(once=True)
async def wait_once() -> int:
    await asyncio.sleep(60)
    return 1


@action
async def wait_within(request: Request) -> int:
    await call_action(request, wait)
    return 1


ANSWERED = threading.Event()


@action(thread=True)
def wait_in_a_thread() -> int:
    ANSWERED.wait(60)
    return 1


@pytest.mark.parametrize(
    ("path", "heard"),
    [
        ("/_actions/wait", {"wait": "SERVICE_UNAVAILABLE"}),
        ("/_actions/wait_long", {"wait_long": "SERVICE_UNAVAILABLE"}),
        ("/page?_action=wait", {"wait": "SERVICE_UNAVAILABLE"}),
        ("/_actions/wait_once", {"wait_once": "SERVICE_UNAVAILABLE"}),
        ("/_actions/thread", {"thread": "SERVICE_UNAVAILABLE"}),
        ("/_actions/wait_within", {"wait": "CancelledError", "wait_within": "SERVICE_UNAVAILABLE"}),
    ],
)
def test_observers_hear_what_callers_are_told_of_a_call_that_took_too_long(path: str, heard: dict[str, str]) -> None:
    """Also where Sanic's own server cuts it; within, its own caller was cut."""
    notes = Notes()
    tree: dict[str, object] = {
        "wait": wait,
        "wait_long": wait_long,
        "wait_once": wait_once,
        "wait_within": wait_within,
        "thread": wait_in_a_thread,
    }
    app: Sanic[Any, Any] = Sanic("waiting")
    app.config.AUTO_EXTEND = False
    app.config.RESPONSE_TIMEOUT = 0.5
    app.blueprint(ActionsBlueprint(tree, observers=[notes]))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return text("page")

    with running(app) as url:
        key = {"idempotency-key": secrets.token_hex(16)}
        ANSWERED.clear()
        response = httpx2.post(f"{url}{path}", headers=key)
        ANSWERED.set()

    assert response.status_code == 503
    ends = [event for event in notes.heard if event[0] == "end"]
    assert {end[2]: end[3].error.code if end[3] else type(end[4]).__name__ for end in ends} == heard
    if path.startswith("/_actions/"):
        assert response.json()["detail"] == ends[-1][3].error.message


def test_each_entrance_says_where_the_call_came_from() -> None:
    """Calls, forms of pages, and calls from within."""
    notes = Notes()
    with running(app_of(notes)) as url:
        httpx2.post(f"{url}/page?_action=double", data={"number": "3"})
        httpx2.post(f"{url}/_actions/outer", json={})

    started = [(heard[2], heard[4]) for heard in notes.heard if heard[0] == "start"]

    assert started == [("double", "form"), ("outer", "rpc"), ("double", "local")]


def test_observers_end_in_the_opposite_order() -> None:
    """As blocks that surround each other."""
    heard: list[Any] = []
    first, second = Notes("first"), Notes("second")
    first.heard = second.heard = heard
    with running(app_of(first, second)) as url:
        httpx2.post(f"{url}/_actions/double", json={"number": 2})

    assert [entry[1] for entry in heard] == ["first", "second", "second token", "first token"]


@pytest.mark.parametrize("method", ["on_start", "on_end"])
def test_an_observer_that_raises_changes_nothing(method: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the call and the other observers go on."""

    class Broken(Notes):
        def on_start(self, call: Any) -> str:
            if method == "on_start":
                raise RuntimeError("start")
            return ""

        def on_end(self, token: str, call: Any, outcome: Any, exception: Any) -> None:
            raise RuntimeError("end")

    notes = Notes()
    with running(app_of(Broken(), notes)) as url, caplog.at_level(logging.ERROR, "sanic_actions"):
        response = httpx2.post(f"{url}/_actions/double", json={"number": 2})

    assert response.json() == 4
    assert len(notes.heard) == 2
    assert "observer" in caplog.text


def test_an_observer_of_a_server_does_not_change_the_request() -> None:
    """It has a copy of the headers."""

    class Meddles(Notes):
        def on_start(self, call: Any) -> str:
            call.headers["x-added"] = "yes"
            call.headers.pop("content-type", None)
            return super().on_start(call)

    @action
    async def seen(context: ActionContext, count: int) -> str | None:
        return context.headers.get("x-added")

    app: Sanic[Any, Any] = Sanic("meddled")
    app.blueprint(ActionsBlueprint({"seen": seen}, observers=[Meddles()]))
    with running(app) as url:
        response = httpx2.post(f"{url}/_actions/seen", json={"count": 1})

    assert (response.status_code, response.text) == (200, "null")


def sent(call: Any) -> Any:
    return pickle.loads(pickle.dumps(call))  # of the test itself


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, sent])
def test_a_call_can_be_copied(copied: Callable[[Any], Any]) -> None:
    """An observer may keep one, or send one to another process."""
    calls: list[Any] = []

    class Copies(Notes):
        def on_start(self, call: Any) -> str:
            calls.append(copied(call))
            return super().on_start(call)

    with running(app_of(Copies())) as url:
        httpx2.post(f"{url}/_actions/double", json={"number": 2}, headers={"x-sent": "yes"}, timeout=60)

    assert [(call.name, call.side, call.called_from, call.attempt) for call in calls] == [
        ("double", "server", "rpc", 1)
    ]
    assert calls[0].headers["x-sent"] == "yes"


class Failing(Notes):
    def on_end(self, token: str, call: Any, outcome: Any, exception: Any) -> None:
        raise RuntimeError("end")


@pytest.mark.parametrize("waits", [False, True])
def test_each_record_about_a_failure_has_action_and_id(waits: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Those of an observer and of ``on_error=`` that fail too, so that a log is searched by the id alone."""
    tracked = threading.Event()

    def track(*_: object) -> None:
        tracked.set()
        raise RuntimeError("tracker")

    async def track_later(*_: object) -> None:
        track()

    app: Sanic[Any, Any] = Sanic("failing")
    app.config.AUTO_EXTEND = False
    tracker = track_later if waits else track
    app.blueprint(ActionsBlueprint({"fail": fail}, observers=[Failing()], on_error=tracker))
    with running(app) as url:
        identity = httpx2.post(f"{url}/_actions/fail", json={}).json()["id"]
        assert tracked.wait(30)
        httpx2.get(url)  # the loop has gone on since

    records: list[Any] = [record for record in caplog.records if record.name == "sanic_actions"]
    assert len(records) == 3
    assert {(record.action, record.error_id) for record in records} == {("fail", identity)}


def test_a_masked_failure_is_logged_with_action_and_id(caplog: pytest.LogCaptureFixture) -> None:
    """As attributes of the record, which a formatter can use."""
    with running(app_of()) as url:
        response = httpx2.post(f"{url}/_actions/fail", json={})

    (record,) = [record for record in caplog.records if record.name == "sanic_actions"]
    attributes: Any = record

    assert (attributes.action, attributes.error_id) == ("fail", response.json()["id"])


class Order(logging.Handler):
    """An observer and a handler of the log, which note who was told first."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def on_start(self, call: Any) -> None: ...

    def on_end(self, token: None, call: Any, outcome: Any, exception: Any) -> None:
        self.told.append("observer")

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append("log")


@pytest.fixture
def order() -> Iterator[Order]:
    handler, logger = Order(), logging.getLogger("sanic_actions")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


KEY = {"idempotency-key": secrets.token_hex(16)}
MASKED: dict[str, dict[str, Any]] = {
    "a call": {"url": "/_actions/fail", "json": {}},
    "a call with a key": {"url": "/_actions/fail", "json": {}, "headers": KEY},
    "a call with a key and a deadline": {
        "url": "/_actions/fail",
        "json": {},
        "headers": {**KEY, "request-timeout": "9"},
    },
    "a form": {"url": "/page?_action=fail", "data": {}},
    "a form with a token": {"url": "/page?_action=fail", "data": {"_action.token": secrets.token_urlsafe(16)}},
}


@pytest.mark.parametrize("case", MASKED)
def test_observers_hear_of_a_failure_before_the_log(case: str, order: Order) -> None:
    """A tracker drops what it has seen in the log, and an observer knows more than the log."""

    @action(accept=("json", "form"), once=True)
    async def fail() -> None:
        raise ZeroDivisionError

    app: Sanic[Any, Any] = Sanic("ordered")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"fail": fail}, observers=[order]))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return text("page")

    with running(app) as url, httpx2.Client(base_url=url) as client:
        assert client.post(**MASKED[case]).status_code == 500

    assert order.told == ["observer", "log"]


def test_what_fails_when_its_caller_has_left_is_logged(order: Order) -> None:
    """A call with a key goes on, and its observers were told of its end."""
    began, goes_on = threading.Event(), threading.Event()

    @action(once=True, thread=True)
    def fail() -> None:
        began.set()
        goes_on.wait(60)
        raise ZeroDivisionError

    app: Sanic[Any, Any] = Sanic("left")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"fail": fail}, observers=[order]))
    with running(app) as url:
        where = httpx2.URL(url)
        head = f"POST /_actions/fail HTTP/1.1\r\nHost: x\r\nIdempotency-Key: {KEY['idempotency-key']}\r\n\r\n"
        with socket.create_connection((where.host, where.port or 80)) as caller:
            caller.sendall(head.encode())
            assert began.wait(30)
        assert wait_for(lambda: order.told == ["observer"])
        goes_on.set()
        assert wait_for(lambda: order.told == ["observer", "log"])


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()

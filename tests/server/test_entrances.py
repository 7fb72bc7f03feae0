"""The same call gets the same status, code, details and log, over HTTP, from a form and from a handler."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import httpx2
import pytest
from conftest import running
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import json

from sanic_actions import Action, ActionError, CallError, Err, Injected, InputError, Ok, action
from sanic_actions.server import ActionContext, ActionsBlueprint, Limits, action_result, call_action

AnyRequest = Request[Any, Any]


class Comment(BaseModel):
    text: str
    by: str = "nobody"


class Taken(ActionError, code="CONFLICT"):
    name: str


class Undeclared(ActionError, code="GONE"):
    name: str


class User(BaseModel):
    name: str


class Gone(SanicException):
    status_code = 430


ran: list[str] = []
hold: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []


def signed_in(context: ActionContext) -> User:
    if "x-user" not in context.headers:
        raise ActionError("UNAUTHORIZED", "Sign in first.")
    return User(name=context.headers["x-user"])


BOTH: Final = ("json", "form")


RAISED: dict[str, Callable[[], BaseException]] = {
    "refused": lambda: ActionError("NOT_FOUND", "No such post"),
    "typed": lambda: Taken("Somebody was here", name="x"),
    "undeclared": lambda: Undeclared("It is gone", name="x"),
    "input": lambda: InputError.on("text", "is taken").on("", "try another one"),
    "foreign": lambda: CallError("CONFLICT", "said another service", status=409),
    "teapot": lambda: SanicException("I am a teapot", status_code=418),
    "unassigned": lambda: SanicException("You have left", status_code=499),
    "last": lambda: Gone("So long"),
    "moved": lambda: SanicException("secret", status_code=302),
    "crash": lambda: RuntimeError("secret"),
    "exit": lambda: SystemExit(1),
    "own timeout": TimeoutError,
    "cancelled": asyncio.CancelledError,
}


@action(accept=BOTH, raises=[Taken])
async def act(text: str) -> Comment:
    ran.append(text)
    if text in RAISED:
        raise RAISED[text]()
    if text == "slow":
        await asyncio.sleep(20)
    return Comment(text=text)


@action(accept=BOTH)
def nothing(text: str = "") -> None:
    ran.append(text)


@action(accept=BOTH)
def wrong(text: str) -> Comment:
    return 3  # type: ignore[return-value]  # what a test is about


@action(accept=BOTH, limits=Limits(issues=2))
def many(text: Annotated[str, Field(min_length=5)], a: int, b: int, c: int, d: int) -> None: ...


@action(accept=BOTH, guard=signed_in)
def guarded(text: str, user: Annotated[User, Injected]) -> Comment:
    ran.append(text)
    return Comment(text=text, by=user.name)


@action(accept=BOTH, limits=Limits(seconds=0.1))
async def limited(text: str) -> None:
    ran.append(text)
    await asyncio.sleep(20)


@action(accept=BOTH, limits=Limits(concurrent=1))
async def full(text: str) -> None:
    if text == "hold":
        event = asyncio.Event()
        hold.append((asyncio.get_running_loop(), event))
        await event.wait()
    ran.append(text)


TREE: dict[str, Action[..., Any]] = {
    "act": act,
    "nothing": nothing,
    "wrong": wrong,
    "many": many,
    "guarded": guarded,
    "limited": limited,
    "full": full,
}


@dataclass(frozen=True)
class Case:
    """A call, and what it comes to; a status of 500 is masked, and raised where the server's own code calls."""

    name: str
    status: int
    input: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)


CASES = {
    "a value": Case("act", 200, {"text": "Hi"}),
    "no value": Case("nothing", 204, {"text": "Hi"}),
    "no input": Case("nothing", 204, {}),
    "an error": Case("act", 404, {"text": "refused"}),
    "a declared error": Case("act", 409, {"text": "typed"}),
    "an error that is not declared": Case("act", 410, {"text": "undeclared"}),
    "a handler that refuses its input": Case("act", 400, {"text": "input"}),
    "an input that lacks something": Case("act", 400, {}),
    "an input with issues": Case("many", 400, {"text": "a", "a": "1", "b": "2", "c": "3", "d": "4"}),
    "an input with more issues than are listed": Case("many", 400, {"text": "a", "a": "x", "b": "x", "c": "x"}),
    "a guard that refuses": Case("guarded", 401, {"text": "Hi"}),
    "a guard that refuses before the input": Case("guarded", 401, {}),
    "a guard that supplies": Case("guarded", 200, {"text": "Hi"}, {"x-user": "Ada"}),
    "too many at once": Case("full", 503, {"text": "Hi"}),
    "too long": Case("limited", 503, {"text": "Hi"}),
    "a caller who has left": Case("act", 504, {"text": "slow"}, {"request-timeout": "1"}),
    "a caller who waits": Case("act", 200, {"text": "Hi"}, {"request-timeout": "20"}),
    "a deadline that is none": Case("act", 400, {"text": "Hi"}, {"request-timeout": "soon"}),
    "a refusal of Sanic with a status that has no code": Case("act", 418, {"text": "teapot"}),
    "a refusal with a status that nobody has assigned": Case("act", 499, {"text": "unassigned"}),
    "a class of refusals with such a status": Case("act", 430, {"text": "last"}),
    "an exception of Sanic that refuses nothing": Case("act", 500, {"text": "moved"}),
    "an unexpected exception": Case("act", 500, {"text": "crash"}),
    "an output of another type": Case("wrong", 500, {"text": "Hi"}),
    "an error of another service": Case("act", 500, {"text": "foreign"}),
    "an exit": Case("act", 500, {"text": "exit"}),
    "a timeout of its own": Case("act", 500, {"text": "own timeout"}),
    "a cancellation of its own": Case("act", 500, {"text": "cancelled"}),
}

Seen = dict[str, Any]


def seen(result: Ok[Any] | Err[ActionError]) -> Seen:
    """What server code sees of a result, as a caller over HTTP is told it."""
    if isinstance(result, Ok):
        data = result.data
        status = 204 if data is None else 200
        return {"status": status, "data": data.model_dump() if isinstance(data, BaseModel) else data}
    error = result.error
    facts: Seen = {"status": error.status, "code": error.code, "detail": error.message}
    if isinstance(error, InputError):
        issues = [{"path": issue.path, "message": issue.message, "type": issue.type} for issue in error.issues]
        return {**facts, "issues": issues, "fields": error.fields, "form_errors": error.form_errors}
    if isinstance(error, CallError):
        return facts
    # Server code matches a ``CallError`` for what is not declared, whichever entrance the call came through.
    return {**facts, "error": type(error).__name__, "data": error.data}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The site, in which ``full`` is called by somebody else all the time."""
    app: Sanic[Any, Any] = Sanic("entrances")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, messages=lambda issue: f"{issue.type}!"))

    @app.get("/page/<name:str>")
    async def page(request: AnyRequest, name: str) -> HTTPResponse:
        result = action_result(request, TREE[name])
        return json(None if result is None else seen(result))

    @app.get("/local/<name:str>")
    async def local(request: AnyRequest, name: str) -> HTTPResponse:
        arguments = dict(request.query_args)
        try:
            result = await call_action(request, TREE[name], **arguments)
        except BaseException as error:
            return json({"status": 500, "raised": type(error).__name__})
        return json(seen(result))

    with running(app) as url:
        held_call = {"json": {"text": "hold"}, "timeout": None}  # for as long as the tests of this file take
        holder = threading.Thread(target=httpx2.post, args=[f"{url}/_actions/full"], kwargs=held_call)
        holder.start()
        while not hold:
            time.sleep(0.01)
        yield url
        loop, event = hold[0]
        loop.call_soon_threadsafe(event.set)
        holder.join()


def over_http(url: str, case: Case) -> Seen:
    answer = httpx2.post(f"{url}/_actions/{case.name}", json=case.input, headers=case.headers)
    return of_answer(answer)


def as_form(url: str, case: Case) -> Seen:
    answer = httpx2.post(f"{url}/_actions/{case.name}", data=case.input, headers={"content-type": FORM, **case.headers})
    return of_answer(answer)


FORM = "application/x-www-form-urlencoded"


def of_answer(answer: httpx2.Response) -> Seen:
    body: Any = answer.json() if answer.content else None
    if answer.status_code < 300:
        return {"status": answer.status_code, "data": body}
    problem = {name: body[name] for name in body if name not in ("type", "title", "id")}
    assert problem["status"] == answer.status_code
    return problem


def from_page(url: str, case: Case) -> Seen:
    with httpx2.Client() as client:
        headers = {"content-type": FORM, **case.headers}
        answer = client.post(f"{url}/page/{case.name}?_action={case.name}", data=case.input, headers=headers)
        if answer.status_code == 303:
            shown: Seen = client.get(f"{url}/page/{case.name}").json()
            return shown
        result: Seen = answer.json()
        assert result["status"] == answer.status_code
        return result


def from_handler(url: str, case: Case) -> Seen:
    answer: Seen = httpx2.get(f"{url}/local/{case.name}?{urlencode(case.input)}", headers=case.headers).json()
    return answer


@pytest.mark.parametrize("case", CASES)
def test_one_call_of_each_entrance(url: str, case: str, caplog: pytest.LogCaptureFixture) -> None:
    """A call comes to the same over HTTP as JSON and as a form, from a page and from a handler, and runs as often."""
    call = CASES[case]
    outcomes, runs, logs = [], [], []

    for entrance in (over_http, as_form, from_page, from_handler):
        ran.clear()
        caplog.clear()
        outcomes.append(entrance(url, call))
        runs.append(list(ran))
        # Whoever answers the request of a local call masks and logs what it raises; here the page handles it.
        logs.append([record.msg for record in caplog.records if record.name.startswith("sanic_actions")])

    http, form, page, local = outcomes
    assert http["status"] == call.status
    assert http == form == page
    assert runs == [runs[0]] * 4
    assert logs[:3] == [logs[0]] * 3
    if call.status == 500:
        assert local.keys() == {"status", "raised"}
    else:
        assert local == http
        assert logs[3] == logs[0]


BEFORE = {
    "an unknown name": ("nothing_of_the_kind", {}, 404),
    "an unknown name from another origin": ("nothing_of_the_kind", {"origin": "https://evil.example"}, 404),
    "another origin": ("act", {"origin": "https://evil.example"}, 403),
    "another origin before the guard": ("guarded", {"origin": "https://evil.example"}, 403),
    "another media type": ("act", {"content-type": "text/plain"}, 415),
    "a guard before the media type": ("guarded", {"content-type": "text/plain"}, 401),
    "a compressed body": ("act", {"content-encoding": "gzip"}, 400),
}


@pytest.mark.parametrize("case", BEFORE)
def test_checks_of_calls_and_forms(url: str, case: str) -> None:
    """What is checked of a request before its input gives the same status for a call and for a page post."""
    name, headers, status = BEFORE[case]
    headers = {"content-type": FORM, **headers}

    called = httpx2.post(f"{url}/_actions/{name}", content=b"text=x", headers=headers)
    posted = httpx2.post(f"{url}/page/act?_action={name}", content=b"text=x", headers=headers)

    assert (called.status_code, posted.status_code) == (status, status)


def test_nested_call_shares_the_deadline(url: str) -> None:
    """A caller's deadline ends a call within the call too."""
    answer = httpx2.get(f"{url}/local/act?text=slow", headers={"request-timeout": "0.1"})

    assert answer.json()["code"] == "GATEWAY_TIMEOUT"


def test_the_log_of_a_limit(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A call that takes too long is logged once, whoever brings it."""
    for entrance in (over_http, from_page, from_handler):
        caplog.clear()
        with caplog.at_level(logging.WARNING, "sanic_actions"):
            entrance(url, CASES["too long"])
        assert [record.getMessage() for record in caplog.records] == ["'limited' was cut after 0.1 seconds, its limit."]

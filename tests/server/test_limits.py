"""Limits: what one call may cost, by its action, its blueprint or the library."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from pydantic import JsonValue
from sanic import HTTPResponse, Request
from sanic.response import text

from sanic_actions import ActionError, Err, InputError, UploadedFile, action, define_action
from sanic_actions.server import ActionContext, Limits, call_action

SMALL = Limits(body=500, text=100, fields=3, files=1, depth=2, issues=2)


def measure(input: JsonValue) -> int:
    return len(str(input))


@action(accept=("json", "form"))
async def gather(numbers: list[int], uploads: list[UploadedFile] = []) -> int:
    return sum(numbers) + len(uploads)


@action
def complain(count: int) -> None:
    error = InputError.on("field", "is wrong")
    for number in range(1, count):
        error = error.on(f"field.{number}", "is wrong")
    raise error


TREE = {"measure": define_action(input=JsonValue, handler=measure), "gather": gather, "complain": complain}


def test_issues_are_counted(make_app: Any, connect: Any) -> None:
    """An answer lists as many issues as the limit says, and says that there are more; of a handler's own too."""
    client: httpx2.Client = connect(make_app(TREE, limits=SMALL))

    for count, listed in ((2, 2), (3, 3), (4, 3), (50, 3)):
        for answer in (
            client.post("/gather", json={"numbers": ["a"] * count}),
            client.post("/complain", json={"count": count}),
        ):
            assert answer.status_code == 400
            assert len(answer.json()["issues"]) == listed
            assert (answer.json()["issues"][-1]["type"] == "too_many_issues") is (count > 3)


DEEP = {
    "2": (b"[[1]]", 200),
    "3": (b"[[[1]]]", 400),
    "text": (b'["[[[[[[", "{\\"{{"]', 200),
    "mixed": (b'{"a":[{}]}', 400),
}


def test_depth_of_json(make_app: Any, connect: Any, subtests: pytest.Subtests) -> None:
    """JSON may be nested as deep as the limit says; brackets within texts do not count."""
    client: httpx2.Client = connect(make_app(TREE, limits=SMALL))

    for case, (body, status) in DEEP.items():
        with subtests.test(case):
            answer = client.post("/measure", content=body, headers={"content-type": "application/json"})
            assert answer.status_code == status


FORMS: dict[str, tuple[dict[str, Any], int]] = {
    "fits": ({"data": {"numbers": ["1", "2", "3"]}}, 200),
    "fields": ({"data": {"numbers": ["1", "2", "3", "4"]}}, 413),
    "text": ({"data": {"numbers": "1" * 101}}, 413),
    "body": ({"data": {"numbers": "1" * 501}}, 413),
    "depth": ({"data": {"numbers": ["1"], "unknown.0.0": "1"}}, 400),
    "not so deep": ({"data": {"numbers": ["1"], "unknown.0": "1"}}, 200),
    "one file": ({"data": {"numbers": ["1"]}, "files": [("uploads", b"a")]}, 200),
    "two files": ({"data": {"numbers": ["1"]}, "files": [("uploads", b"a"), ("uploads", b"b")]}, 413),
    "fields in parts": ({"data": {"x": list("1234")}, "files": [("uploads", b"a")]}, 413),
}


def test_forms_are_counted(make_app: Any, connect: Any, subtests: pytest.Subtests) -> None:
    """Fields, files, texts and the steps of names are counted, and the refusal is clear."""
    client: httpx2.Client = connect(make_app(TREE, limits=SMALL))

    for case, (form, status) in FORMS.items():
        with subtests.test(case):
            answer = client.post("/gather", **form)
            assert answer.status_code == status
            assert status == 200 or answer.json()["code"] in ("CONTENT_TOO_LARGE", "BAD_REQUEST")


def test_action_before_blueprint(make_app: Any, connect: Any) -> None:
    """What an action says counts before what the blueprint says, each limit by itself."""

    @action(limits=Limits(issues=1))
    def own(numbers: list[int]) -> int:
        return len(numbers)

    client: httpx2.Client = connect(make_app({"own": own}, limits=Limits(issues=5, body=100)))

    assert len(client.post("/own", json={"numbers": ["a", "b", "c"]}).json()["issues"]) == 2
    assert client.post("/own", json={"numbers": ["a" * 100]}).status_code == 413


@action(limits=Limits(seconds=0.1))
async def slow(seconds: float = 60) -> str:
    await asyncio.sleep(seconds)
    return "done"


@action(limits=Limits(seconds=30))
async def impatient() -> str:
    raise TimeoutError("its own")


@action
async def outer(context: ActionContext) -> str:
    result = await call_action(context.request, slow)
    return result.error.code if isinstance(result, Err) else result.data


def test_handler_time(make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A handler that waits too long is cut: 503 and one line in the log; one that is in time is not."""
    in_time = action(limits=Limits(seconds=30))(slow.handler)
    client: httpx2.Client = connect(make_app({"slow": slow, "in_time": in_time}))

    answer = client.post("/slow")

    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "0.1 s" in answer.json()["detail"]
    (record,) = [record for record in caplog.records if record.name == "sanic_actions"]
    assert (record.levelno, vars(record)["action"]) == (logging.WARNING, "slow")
    assert client.post("/in_time", json={"seconds": 0}).json() == "done"


def test_timeouts_of_the_handler(make_app: Any, connect: Any) -> None:
    """A handler's own timeout is its failure, not its limit."""
    assert connect(make_app({"impatient": impatient})).post("/impatient").status_code == 500


def test_handler_time_of_local_calls(make_app: Any, connect: Any) -> None:
    """A call in process has the limits of its action."""
    assert connect(make_app({"slow": slow, "outer": outer})).post("/outer").json() == "SERVICE_UNAVAILABLE"


def test_concurrent_calls(make_app: Any, connect: Any) -> None:
    """A call that is one too many is 503 with Retry-After before its body is read; afterwards there is room again."""
    started = 0
    refused: list[httpx2.Response] = []
    others_are_refused = threading.Event()

    @action(limits=Limits(concurrent=2))
    async def busy(fail: bool = False) -> None:
        nonlocal started
        started += 1
        if fail:
            await asyncio.to_thread(others_are_refused.wait, 30)
            raise ActionError("CONFLICT")

    client: httpx2.Client = connect(make_app({"busy": busy}))

    def send(number: int) -> httpx2.Response:
        answer = client.post("/busy", json={"fail": True})
        if answer.status_code == 503:
            refused.append(answer)
        if len(refused) == 2:
            others_are_refused.set()
        return answer

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))

    assert sorted(answer.status_code for answer in answers) == [409, 409, 503, 503]
    assert started == 2
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert "2 times at once" in refused[0].json()["detail"]
    assert client.post("/busy").status_code == 204


def test_concurrent_forms(make_app: Any, serve: Any, exchange: Any) -> None:
    """A form of a page that is one too many is 503, and its body is read for the page alone."""
    running, other_is_refused = threading.Event(), threading.Event()

    @action(accept="form", limits=Limits(concurrent=1))
    async def busy() -> None:
        running.set()
        await asyncio.to_thread(other_is_refused.wait, 30)

    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return text("page")

    app = make_app({"busy": busy})
    app.add_route(page, "/page")
    url = serve(app)
    head = b"POST /page?_action=busy HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(exchange, url, head + b"content-length: 0\r\n\r\n")
        assert running.wait(30)
        refused = exchange(url, head + b"content-length: 3\r\n\r\na=b")
        other_is_refused.set()

    assert refused.startswith(b"HTTP/1.1 503")
    assert first.result().startswith(b"HTTP/1.1 303")


@pytest.mark.parametrize(
    "limits", [{"body": 0}, {"fields": -1}, {"files": 1.5}, {"seconds": 0}, {"depth": True}, {"issues": 101}]
)
def test_limits_that_are_none(limits: dict[str, Any]) -> None:
    """A limit is a number above 0, and no more issues are listed than are collected."""
    with pytest.raises(ValueError, match="Limits"):
        Limits(**limits)


def test_body_limit_given_twice() -> None:
    """``max_body_size`` is short for the limit of the body; both at once is a mistake."""
    with pytest.raises(ValueError, match="give one of them"):
        action(max_body_size=1, limits=Limits(body=2))(gather.handler)


def test_body_limit_that_sanic_does_not_let_pass(make_app: Any, serve: Any) -> None:
    """A limit above what Sanic reads is said at start, with the setting, and the app starts when that is followed."""
    app = make_app(TREE, limits=Limits(body=300_000_000))

    with pytest.raises(ValueError, match=r"set app\.config\.REQUEST_MAX_SIZE = 300000000"):
        serve(app)

    mended = make_app(TREE, limits=Limits(body=300_000_000))
    mended.config.REQUEST_MAX_SIZE = 300_000_000
    assert serve(mended)

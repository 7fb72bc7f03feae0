"""What interceptors and observers can do wrong is defined, for calls, forms of pages, calls from within and streams."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Request, Sanic
from sanic.response import HTTPResponse, text

from sanic_actions import ActionContext, ActionError, Err, Limits, Proceed, action
from sanic_actions.server import ActionsBlueprint, action_result, call_action

RUNS: list[str] = []
"""Which handlers have run to their end."""


FORGOTTEN: list[Any] = []
"""What calls of ``proceed`` gave that were not awaited."""
LATE: list[asyncio.Future[object]] = []
"""Calls of ``proceed`` after the answer."""


async def wrong(context: ActionContext, proceed: Proceed[None]) -> object:  # noqa: C901  # a table
    """Do what the input says, wrong or not."""
    give: Any = proceed
    match context.input["way"]:
        case "proceeds":
            return await give()
        case "twice":
            await give()
            return await give()
        case "twice at once":
            return (await asyncio.gather(give(), give()))[0]
        case "never":
            return None
        case "does not await":
            FORGOTTEN.append(give())
            return FORGOTTEN[-1]
        case "gives a value":
            return await give(7)
        case "returns another":
            await give()
            return 9
        case "returns a wrong one":
            await give()
            return "nine"
        case "raises before":
            raise ActionError("CONFLICT", "no")
        case "raises after":
            await give()
            raise ActionError("CONFLICT", "no")
        case "fails after":
            await give()
            raise ZeroDivisionError("secret")
        case "swallows":
            with contextlib.suppress(Exception):
                await give()
            return 5
        case "swallows the end of its time":
            with contextlib.suppress(asyncio.CancelledError):
                await give()
            return 5
        case "cancels":
            raise asyncio.CancelledError
        case "exits":
            raise SystemExit
        case "goes on alone":
            task = asyncio.ensure_future(give())
            return await asyncio.wait_for(task, 30)
        case "lets it go on, and its time ends":
            return await asyncio.shield(give())
        case "does not wait":
            task = asyncio.ensure_future(give())
            await asyncio.sleep(0.05)
            return 5
        case "does not wait for a generator":

            async def items() -> AsyncIterator[object]:
                yield await give()

            task = asyncio.ensure_future(anext(items()))
            await asyncio.sleep(0.05)
            return 5
        case "proceeds when all is over":
            asyncio.get_running_loop().call_later(0.05, lambda: LATE.append(asyncio.ensure_future(give())))
            return 5
        case _:
            raise AssertionError


@action(accept=("json", "form"), interceptors=[wrong], limits=Limits(seconds=30))
async def act(way: str) -> int:
    if way == "swallows":
        raise ZeroDivisionError("secret")
    if is_brief(way) or way.startswith("does not wait"):
        await asyncio.sleep(60)
    RUNS.append(way)
    return 1


brief_act = action(accept=("json", "form"), interceptors=[wrong], limits=Limits(seconds=0.5))(act.handler)
"""For what is to run out of its time; whatever else is done has all that a busy machine needs."""


def is_brief(way: str) -> bool:
    return way.endswith(("its time", "its time ends"))


@action
async def outer(request: Request, way: str) -> str:
    result = await call_action(request, brief_act if is_brief(way) else act, way=way)
    return result.error.code if isinstance(result, Err) else str(result.data)


TREE: dict[str, object] = {"act": act, "brief_act": brief_act, "outer": outer}


def app_of() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("wrong")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        result = action_result(request, act) or action_result(request, brief_act)
        if result is None:
            return text("nothing")
        return text(result.error.code if isinstance(result, Err) else str(result.data))

    return app


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The base URL of the app."""
    with running(app_of()) as url:
        yield url


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    RUNS.clear()
    LATE.clear()
    yield
    while FORGOTTEN:
        FORGOTTEN.pop().close()
    for _ in range(3_000 * len(LATE)):
        time.sleep(0.01)
        if all(future.done() for future in LATE):
            break
    for future in LATE:
        with pytest.raises(RuntimeError, match="too late"):
            future.result()


MASKED = "INTERNAL_SERVER_ERROR"
WAYS = [
    ("proceeds", "1", 1),
    ("twice", MASKED, 1),
    ("twice at once", MASKED, 1),
    ("never", MASKED, 0),
    ("does not await", MASKED, 0),
    ("gives a value", MASKED, 0),
    ("returns another", "9", 1),
    ("returns a wrong one", MASKED, 1),
    ("raises before", "CONFLICT", 0),
    ("raises after", "CONFLICT", 1),
    ("fails after", MASKED, 1),
    ("swallows", "5", 0),
    ("swallows the end of its time", "5", 0),
    ("cancels", MASKED, 0),
    ("exits", MASKED, 0),
    ("goes on alone", "1", 1),
    ("lets it go on, and its time ends", "SERVICE_UNAVAILABLE", 0),
    ("does not wait", MASKED, 0),
    ("does not wait for a generator", MASKED, 0),
    ("proceeds when all is over", "5", 0),
]


@pytest.mark.parametrize(("way", "outcome", "runs"), WAYS)
def test_calls(url: str, way: str, outcome: str, runs: int) -> None:
    """An output is checked whoever returns it, a handler runs once, and what nobody expects is masked."""
    response = httpx2.post(f"{url}/_actions/{'brief_act' if is_brief(way) else 'act'}", json={"way": way}, timeout=60)

    answer = response.json()
    assert (answer["code"] if isinstance(answer, dict) else str(answer)) == outcome
    assert [way] * runs == RUNS


@pytest.mark.parametrize(("way", "outcome", "runs"), WAYS)
def test_forms_of_pages(url: str, way: str, outcome: str, runs: int) -> None:
    """The same for a form, whose page says what came of it."""
    with httpx2.Client(base_url=url, follow_redirects=True, timeout=60) as client:
        response = client.post(f"/page?_action={'brief_act' if is_brief(way) else 'act'}", data={"way": way})

    assert response.text == outcome
    assert [way] * runs == RUNS


@pytest.mark.parametrize(("way", "outcome", "runs"), WAYS)
def test_calls_from_within(url: str, way: str, outcome: str, runs: int) -> None:
    """The same for the server's own code, whose caller gets a masked error where it does not catch the exception."""
    response = httpx2.post(f"{url}/_actions/outer", json={"way": way}, timeout=60)

    answer = response.json()
    assert (answer["code"] if isinstance(answer, dict) else answer) == outcome
    assert [way] * runs == RUNS


# ---- Streams


async def around_stream(context: ActionContext, proceed: Proceed[None]) -> object:
    """Do the same around a stream, which is over when ``proceed`` returns."""
    if context.input["way"] == "gives other items":
        return iter([7, 8])
    return await wrong(context, proceed)


@action(interceptors=[around_stream], limits=Limits(seconds=30))
async def count(way: str) -> AsyncIterator[int]:
    yield 1
    if way == "swallows":
        raise ZeroDivisionError("secret")
    if is_brief(way) or way.startswith("does not wait"):
        await asyncio.sleep(60)
    RUNS.append(way)


brief_count = action(interceptors=[around_stream], limits=Limits(seconds=0.5))(count.handler)
TREE |= {"count": count, "brief_count": brief_count}


@pytest.mark.parametrize(
    ("way", "items", "ending", "runs"),
    [
        ("proceeds", [1], "end", 1),
        ("gives other items", [7, 8], "end", 0),
        ("twice", [1], MASKED, 1),
        ("never", [], MASKED, 0),
        ("does not await", [], MASKED, 0),
        ("gives a value", [], MASKED, 0),
        ("returns another", [1], MASKED, 1),
        ("raises before", [], "CONFLICT", 0),
        ("raises after", [1], "CONFLICT", 1),
        ("fails after", [1], MASKED, 1),
        ("swallows", [1], MASKED, 0),
        ("swallows the end of its time", [1], MASKED, 0),
        ("cancels", [], MASKED, 0),
        ("exits", [], MASKED, 0),
        ("goes on alone", [1], "end", 1),
        ("lets it go on, and its time ends", [1], "SERVICE_UNAVAILABLE", 0),
        ("does not wait", [1], MASKED, 0),
        ("does not wait for a generator", [1], MASKED, 0),
        ("proceeds when all is over", [], MASKED, 0),
    ],
)
def test_streams(url: str, way: str, items: list[int], ending: str, runs: int) -> None:
    """What ends a stream wrong is its last event, or the whole answer where nothing was sent."""
    response = httpx2.post(
        f"{url}/_actions/{'brief_count' if is_brief(way) else 'count'}", json={"way": way}, timeout=20
    )

    if response.headers["content-type"] == "text/event-stream":
        *events, last = [event.split("\n") for event in response.text.strip().split("\n\n")]
        assert [int(event[-1].removeprefix("data: ")) for event in events] == items
        assert (last[0] == "event: end" and "end") or (ending in last[1] and ending) == ending
    else:
        assert (items, response.json()["code"]) == ([], ending)
    assert [way] * runs == RUNS


# ---- Observers


class Raising:
    """An observer that raises at the start or at the end."""

    def __init__(self, when: str, error: BaseException) -> None:
        self.when = when
        self.error = error

    def on_start(self, call: Any) -> None:
        if self.when == "start":
            raise self.error

    def on_end(self, token: object, call: Any, outcome: object, exception: object) -> None:
        if self.when == "end":
            raise self.error


@action(accept=("json", "form"))
async def double(number: int) -> int:
    return number * 2


@action
async def numbers() -> AsyncIterator[int]:
    yield 1


@action
async def around(request: Request) -> int:
    return (await call_action(request, double, number=4)).data or 0


@pytest.mark.parametrize("when", ["start", "end"])
@pytest.mark.parametrize("error", [ValueError(), ActionError("CONFLICT"), asyncio.CancelledError()], ids=type)
def test_observers_that_raise(when: str, error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing changes for calls, forms, calls from within and streams, whatever is raised; the log has each."""
    app: Sanic[Any, Any] = Sanic("observed")
    app.config.AUTO_EXTEND = False
    tree = {"double": double, "numbers": numbers, "around": around}
    app.blueprint(ActionsBlueprint(tree, observers=[Raising(when, error)]))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        result = action_result(request, double)
        return text(str(result and result.data))

    with running(app) as url, caplog.at_level(logging.ERROR, "sanic_actions"):
        call = httpx2.post(f"{url}/_actions/double", json={"number": 2})
        form = httpx2.post(f"{url}/page?_action=double", data={"number": "3"})
        within = httpx2.post(f"{url}/_actions/around", json={})
        stream = httpx2.post(f"{url}/_actions/numbers", json={})

    assert (call.json(), form.status_code, within.json()) == (4, 303, 8)
    assert stream.text == "data: 1\n\nevent: end\ndata:\n\n"
    assert len([record for record in caplog.records if "observer" in record.getMessage()]) == 5

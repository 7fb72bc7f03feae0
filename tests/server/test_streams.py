"""Streams as servers send them: their events, their errors, and what ends them, on four servers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Annotated, Any

import httpx2
import pytest
from attacks.conftest import UNDER
from conftest import running
from pydantic import BaseModel
from sanic import Sanic
from sanic.response import json as json_response

from sanic_actions import (
    ActionContext,
    ActionError,
    Err,
    Event,
    Injected,
    Limits,
    Ok,
    Proceed,
    action,
)
from sanic_actions.server import ActionsBlueprint, call_action

AnySanic = Sanic[Any, Any]
BEGUN: list[str] = []
CLOSED: list[str] = []
"""The names of the streams whose ``finally`` has run."""


class Token(BaseModel):
    text: str


class Overloaded(ActionError, code="SERVICE_UNAVAILABLE"):
    seconds: int


@action(raises=[Overloaded])
async def answer(words: list[str], fail_at: int = -1) -> AsyncIterator[Token]:
    """Yield each word."""
    for number, word in enumerate(words):
        if number == fail_at:
            raise Overloaded("Too much", seconds=number)
        yield Token(text=word)
    if fail_at == len(words):
        raise Overloaded("Too much", seconds=fail_at)


@action
def plain(count: int) -> Iterator[int]:
    yield from range(count)


@action(thread=True)
def in_thread(count: int) -> Generator[int, None, None]:
    yield from range(count)


@action
async def returned(count: int) -> Iterator[int]:
    return iter(range(count))


@action
async def wrong() -> AsyncIterator[int]:
    yield 1
    yield "two"  # type: ignore[misc]  # the mistake under test


@action
async def broken() -> AsyncIterator[int]:
    yield 1
    raise KeyError("secret")


@action(idempotent=True)
async def numbered(context: ActionContext, count: int) -> AsyncIterator[Event[int]]:
    last = context.last_event_id
    for number in range(0 if last is None else int(last) + 1, count):
        yield Event(number, id=str(number))


@action
async def nothing() -> AsyncIterator[None]:
    yield None


@action
async def waiting(name: str, items: int = 1) -> AsyncIterator[int]:
    """Yield some items, then nothing until it is closed."""
    BEGUN.append(name)
    try:
        for number in range(items):
            yield number
        await asyncio.sleep(60)
    finally:
        CLOSED.append(name)


@action
def endless(name: str) -> Iterator[str]:
    """Yield as fast as the reader reads."""
    try:
        while True:
            yield "x" * 65_536
    finally:
        CLOSED.append(name)


@action
async def stubborn(name: str) -> AsyncIterator[int]:
    """Go on when it is cancelled."""
    try:
        for number in range(1_000):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60 if number else 0)
            yield number
    finally:
        CLOSED.append(name)


TREE: dict[str, object] = {
    "answer": answer,
    "plain": plain,
    "in_thread": in_thread,
    "returned": returned,
    "wrong": wrong,
    "broken": broken,
    "numbered": numbered,
    "nothing": nothing,
    "waiting": waiting,
    "endless": endless,
    "stubborn": stubborn,
}


def make_app(tree: dict[str, Any] | None = None, **options: Any) -> AnySanic:
    app: AnySanic = Sanic("streams")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE if tree is None else tree, **options))
    return app


SERVERS = {"sanic": running, **UNDER}


@pytest.fixture(scope="module", params=SERVERS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The base URL of the actions, on each kind of server."""
    with SERVERS[request.param](make_app()) as base:
        yield f"{base}/_actions"


def call(url: str, action_name: str, headers: dict[str, str] | None = None, /, **arguments: Any) -> httpx2.Response:
    return httpx2.post(f"{url}/{action_name}", json=arguments, headers=headers)


def until_closed(url: str, data: bytes) -> bytes:
    """Send bytes over a connection of their own, and return all that comes until the server closes it."""
    where = httpx2.URL(url)
    answer = b""
    with socket.create_connection((where.host, where.port or 80), timeout=30) as sock:
        sock.sendall(data)
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


def _frames_itself(url: str) -> bool:
    return httpx2.post(f"{url}/nothing").headers.get("server") == "uvicorn"


def events(body: str) -> list[tuple[str, str]]:
    """Each event of a body as its name and its data, read as the HTML standard says."""
    parts = [part for part in body.split("\n\n") if part.strip(":")]
    fields = [dict(line.partition(":")[::2] for line in part.split("\n")) for part in parts]
    return [(each.get("event", " message")[1:], each["data"].removeprefix(" ")) for each in fields]


def is_closed(name: str) -> bool:
    """Wait for the ``finally`` of a stream, as long as a busy machine may take."""
    ends = time.monotonic() + 30
    while name not in CLOSED and time.monotonic() < ends:
        time.sleep(0.01)
    return name in CLOSED


def test_items_arrive_as_events_and_end(url: str) -> None:
    """Each item is an event whose data is its JSON, and an event of its own says that the stream is whole."""
    response = call(url, "answer", words=["a", "b\nc\u2028"])

    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "private, no-store"
    assert "content-length" not in response.headers
    assert response.text == 'data: {"text":"a"}\n\ndata: {"text":"b\\nc\u2028"}\n\nevent: end\ndata:\n\n'


@pytest.mark.parametrize("connection", ["", "connection: keep-alive\r\n"], ids=["close", "keep-alive"])
def test_callers_of_http_1_0(url: str, connection: str) -> None:
    """To a caller of HTTP/1.0, which cannot read chunks, a stream is sent as it is and ends with the connection."""
    if _frames_itself(url):
        pytest.skip("uvicorn with httptools answers HTTP/1.0 in chunks, whatever the app")
    body = b'{"count": 2}'
    head = f"POST /_actions/plain HTTP/1.0\r\nhost: x\r\n{connection}content-type: application/json\r\n"

    answer = until_closed(url, f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)

    fields, _, content = answer.decode().partition("\r\n\r\n")
    assert " 200" in fields.splitlines()[0]
    assert "transfer-encoding" not in fields.lower()
    assert events(content) == [("message", "0"), ("message", "1"), ("end", "")]


@pytest.mark.parametrize("name", ["plain", "in_thread", "returned"])
def test_plain_generators_stream(url: str, name: str) -> None:
    """A plain generator, one in a thread and a returned iterator stream as an asynchronous generator does."""
    response = call(url, name, count=3)

    assert events(response.text) == [("message", "0"), ("message", "1"), ("message", "2"), ("end", "")]


def test_a_stream_of_nothing_is_whole(url: str) -> None:
    """A stream without items has an end, and None is an item."""
    assert events(call(url, "plain", count=0).text) == [("end", "")]
    assert events(call(url, "nothing").text) == [("message", "null"), ("end", "")]


def test_an_error_before_the_first_item_is_a_plain_answer(url: str) -> None:
    """What fails before the first item has its status and is not a stream."""
    response = call(url, "answer", words=["a"], fail_at=0)

    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert response.json()["data"] == {"seconds": 0}
    assert call(url, "answer", words=3).status_code == 400


@pytest.mark.parametrize("fail_at", [1, 2])
def test_an_error_in_the_middle_is_an_event(url: str, fail_at: int) -> None:
    """What fails later is an event with the problem, and ends the stream without ``end``."""
    received = events(call(url, "answer", words=["a", "b"], fail_at=fail_at).text)

    assert [name for name, _ in received] == ["message"] * fail_at + ["error"]
    problem = json.loads(received[-1][1])
    assert (problem["code"], problem["error"], problem["data"]) == (
        "SERVICE_UNAVAILABLE",
        "Overloaded",
        {"seconds": fail_at},
    )


@pytest.mark.parametrize("name", ["wrong", "broken"])
def test_what_is_unexpected_is_masked(url: str, name: str) -> None:
    """An item of another type, and an exception, are masked as they are in any answer."""
    received = events(call(url, name).text)

    assert received[0] == ("message", "1")
    assert (received[1][0], json.loads(received[1][1])["code"]) == ("error", "INTERNAL_SERVER_ERROR")
    assert "secret" not in received[1][1]
    assert "two" not in received[1][1]


def test_events_have_their_ids(url: str) -> None:
    """An ``Event`` sends its id before its data, and a caller that names the last one goes on from there."""
    assert call(url, "numbered", count=2).text == "id: 0\ndata: 0\n\nid: 1\ndata: 1\n\nevent: end\ndata:\n\n"

    resumed = call(url, "numbered", {"last-event-id": "1"}, count=4)

    assert events(resumed.text) == [("message", "2"), ("message", "3"), ("end", "")]


@pytest.mark.parametrize("name", ["waiting", "endless", "stubborn"])
@pytest.mark.parametrize("after", ["the head", "an item"])
def test_a_caller_who_leaves_closes_the_generator(url: str, name: str, after: str) -> None:
    """The ``finally`` of a generator runs when its caller hangs up, wherever the stream stands."""
    mark = f"{url} {name} {after}"
    with httpx2.stream("POST", f"{url}/{name}", json={"name": mark}) as response:
        if after == "an item":
            next(response.iter_bytes())

    assert is_closed(mark)


def test_a_caller_who_leaves_before_the_head_closes_the_generator(url: str) -> None:
    """The ``finally`` runs too where nothing was sent yet."""
    mark = f"{url} early"
    where, body = httpx2.URL(url), json.dumps({"name": mark, "items": 0}).encode()
    head = f"POST {where.path}/waiting HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with socket.create_connection((where.host, where.port or 80), timeout=30) as sock:
        sock.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        ends = time.monotonic() + 30
        while mark not in BEGUN and time.monotonic() < ends:
            time.sleep(0.01)

    assert is_closed(mark)


def test_a_connection_that_is_lost_between_two_items_is_no_failure(
    serve: Callable[[AnySanic], str], caplog: pytest.LogCaptureFixture
) -> None:
    """Sanic says so before it cancels the task; nobody is to look for a mistake in the action."""
    ended = threading.Event()

    @action
    async def abrupt(context: ActionContext) -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.sleep(0.1)
            context.request.transport.abort()  # type: ignore[attr-defined]  # as a network that fails
            yield 2
        finally:
            ended.set()

    app: AnySanic = Sanic("abrupt")
    app.blueprint(ActionsBlueprint({"abrupt": abrupt}))
    with httpx2.stream("POST", f"{serve(app)}/_actions/abrupt") as answer, contextlib.suppress(httpx2.HTTPError):
        answer.read()

    assert ended.wait(30)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_slow_reader_holds_the_generator_back(url: str) -> None:
    """No more is made than a caller reads, and what its connection takes in."""
    mark = f"{url} slow"
    with httpx2.stream("POST", f"{url}/endless", json={"name": mark}) as response:
        chunks = response.iter_raw()
        received = sum(len(next(chunks)) for _ in range(100))
        others = [call(url, "plain", count=1).status_code for _ in range(3)]

    assert received > 0
    assert others == [200] * 3
    assert is_closed(mark)


def test_the_deadline_is_the_gap_between_items(url: str) -> None:
    """A stream may last longer than its caller waits for each item, and no gap may."""

    received = events(call(url, "waiting", {"request-timeout": "1.5"}, name="gap", items=2).text)

    assert [name for name, _ in received] == ["message", "message", "error"]
    assert json.loads(received[-1][1])["code"] == "GATEWAY_TIMEOUT"


@action(limits=Limits(seconds=2))
async def limited(gaps: list[float]) -> AsyncIterator[int]:
    for number, gap in enumerate(gaps):
        await asyncio.sleep(gap)
        yield number


def test_the_limit_of_an_action_is_the_gap_between_items(serve: Callable[[AnySanic], str]) -> None:
    """``Limits(seconds=...)`` ends a stream at a gap that is too long, not at its whole length."""
    base = serve(make_app({"limited": limited}))

    whole = events(call(f"{base}/_actions", "limited", gaps=[0.5] * 5).text)
    cut = events(call(f"{base}/_actions", "limited", gaps=[0.1, 0.1, 60.0]).text)

    assert [name for name, _ in whole] == [*["message"] * 5, "end"]
    assert [name for name, _ in cut] == ["message", "message", "error"]
    assert json.loads(cut[-1][1])["code"] == "SERVICE_UNAVAILABLE"


@action(limits=Limits(seconds=0.5))
async def blocking() -> AsyncIterator[int]:
    for number in range(3):
        yield number
        block(1)  # longer than the limit, and nothing can cut it


def block(seconds: float) -> None:
    time.sleep(seconds)


def test_an_item_that_is_there_is_sent(serve: Callable[[AnySanic], str]) -> None:
    """What never waits cannot be cut, as the handler of any other call; the reader gets what came of it."""
    base = serve(make_app({"blocking": blocking}))

    received = events(call(f"{base}/_actions", "blocking").text)

    assert [name for name, _ in received][:3] == ["message"] * 3


@action(limits=Limits(concurrent=1))
async def alone(name: str, items: int = 1) -> AsyncIterator[int]:
    try:
        for number in range(items):
            yield number
        await asyncio.sleep(60)
    finally:
        CLOSED.append(name)


def test_a_stream_counts_until_its_end(serve: Callable[[AnySanic], str]) -> None:
    """A stream holds its place among the calls that run at once until it ends."""
    base = serve(make_app({"alone": alone}))
    with httpx2.stream("POST", f"{base}/_actions/alone", json={"name": "alone"}) as response:
        chunks = response.iter_bytes()  # to let go of it would end the stream
        next(chunks)
        assert call(f"{base}/_actions", "alone", name="second").status_code == 503

    assert is_closed("alone")
    with httpx2.stream("POST", f"{base}/_actions/alone", json={"name": "third"}) as response:
        assert response.status_code == 200


@pytest.mark.parametrize("server", SERVERS)
def test_comments_keep_a_stream_awake(server: str) -> None:
    """Where nothing is said for a third of the response timeout, the head and comments go out."""
    app = make_app()
    app.config.RESPONSE_TIMEOUT = 0.6
    with SERVERS[server](app) as base:
        body = {"name": f"comments {server}", "items": 0}
        with httpx2.stream("POST", f"{base}/_actions/waiting", json=body) as response:
            lines = response.iter_lines()
            assert [next(lines) for _ in range(10)] == [":", ""] * 5


def test_a_reader_who_stalls_is_cut(serve: Callable[[AnySanic], str]) -> None:
    """Who reads nothing for the response timeout is cut off, and the generator is closed."""
    app = make_app()
    app.config.RESPONSE_TIMEOUT = 0.5
    host, port = serve(app).removeprefix("http://").split(":")
    body = b'{"name": "stalled"}'
    with socket.create_connection((host, int(port))) as connection:
        head = b"POST /_actions/endless HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

        assert is_closed("stalled")


def test_streams_end_when_the_server_stops() -> None:
    """The generators of a server that stops are closed while its event loop still runs."""
    with running(make_app()) as base, httpx2.Client() as client:
        request = client.build_request("POST", f"{base}/_actions/waiting", json={"name": "stopping"})
        response = client.send(request, stream=True)
        chunks = response.iter_bytes()
        next(chunks)
    response.close()

    assert "stopping" in CLOSED


LOG: list[str] = []


async def transaction(context: ActionContext, proceed: Proceed[list[str]]) -> object:
    LOG.append("begin")
    try:
        output = await proceed(LOG)
    except BaseException as error:
        LOG.append(f"rollback {type(error).__name__}")
        raise
    LOG.append(f"commit {output}")
    return output


@action
async def written(log: Annotated[list[str], Injected], fail: bool = False) -> AsyncIterator[int]:
    for number in range(2):
        log.append(f"item {number}")
        yield number
    if fail:
        raise ActionError("CONFLICT")


async def instead(context: ActionContext, proceed: Proceed[None]) -> object:
    return iter([7, 8])


async def late(context: ActionContext, proceed: Proceed[None]) -> object:
    await proceed()
    return [9]


async def failing(context: ActionContext, proceed: Proceed[None]) -> object:
    await proceed()
    raise ActionError("CONFLICT", "no commit")


class Ends:
    """Notes what a call came to."""

    def __init__(self) -> None:
        self.ends: list[tuple[object, object]] = []

    def on_start(self, call: object) -> None: ...

    def on_end(self, token: object, call: object, outcome: Any, exception: object) -> None:
        self.ends.append((outcome, exception))


def test_interceptors_surround_the_whole_stream(serve: Callable[[AnySanic], str]) -> None:
    """What an interceptor has begun ends after the last item, and learns what ended the stream."""
    url = serve(make_app({"written": written}, interceptors=[transaction])) + "/_actions"

    LOG.clear()
    assert events(call(url, "written").text)[-1] == ("end", "")
    assert LOG == ["begin", "item 0", "item 1", "commit None"]

    LOG.clear()
    assert events(call(url, "written", fail=True).text)[-1][0] == "error"
    assert LOG[-1] == "rollback ActionError"


def test_interceptors_may_answer_and_fail(serve: Callable[[AnySanic], str]) -> None:
    """One that does not proceed gives other items; one that fails after the last item keeps the end from being sent."""
    tree = {
        "instead": action(interceptors=[instead])(plain.handler),
        "late": action(interceptors=[late])(plain.handler),
        "failing": action(interceptors=[failing])(plain.handler),
    }
    url = serve(make_app(tree)) + "/_actions"

    assert events(call(url, "instead", count=1).text) == [("message", "7"), ("message", "8"), ("end", "")]
    assert [name for name, _ in events(call(url, "late", count=1).text)] == ["message", "error"]
    assert json.loads(events(call(url, "failing", count=1).text)[1][1])["detail"] == "no commit"


def test_observers_see_the_end_of_a_stream(serve: Callable[[AnySanic], str]) -> None:
    """Observers learn of the end when it comes: an outcome, an error, or that the caller has left."""
    observer = Ends()
    url = serve(make_app(observers=[observer])) + "/_actions"

    call(url, "plain", count=2)
    call(url, "answer", words=["a"], fail_at=1)
    with httpx2.stream("POST", f"{url}/waiting", json={"name": "observed"}) as response:
        next(response.iter_bytes())
    assert is_closed("observed")
    ends = time.monotonic() + 30
    while len(observer.ends) < 3 and time.monotonic() < ends:
        time.sleep(0.01)

    outcomes = [outcome for outcome, _ in observer.ends]
    assert outcomes[0] == Ok(None)
    assert isinstance(outcomes[1], Err)
    assert outcomes[2] is None


def test_the_event_loop_gets_its_turns(serve: Callable[[AnySanic], str]) -> None:
    """A stream whose items and reader never wait lets other calls in."""
    url = serve(make_app()) + "/_actions"
    with httpx2.stream("POST", f"{url}/endless", json={"name": "turns"}) as response:
        chunks = response.iter_raw()
        for _ in range(20):
            next(chunks)
            assert call(url, "nothing").status_code == 200

    assert is_closed("turns")


def test_local_calls_get_an_iterator() -> None:
    """``call_action`` gives the items of a stream, or the error that comes before the first one."""
    app = make_app()
    local: dict[str, object] = {}

    @app.get("/")
    async def page(request: Any) -> Any:
        result = await call_action(request, answer, words=["a", "b"], fail_at=1)
        received: list[str] = []
        if result.error is None:
            try:
                async for token in result.data:
                    received += [token.text]
            except ActionError as error:
                received.append(type(error).__name__)
        local["received"] = received
        local["error"] = await call_action(request, answer, words=["a"], fail_at=0)
        numbers = await call_action(request, numbered, count=3)
        local["numbers"] = [number async for number in numbers.data or ()]  # type: ignore[union-attr]  # the call succeeds
        stopped = await call_action(request, waiting, name="local")
        if stopped.error is None:
            assert await anext(stopped.data) == 0
            await stopped.data.aclose()  # type: ignore[attr-defined]  # a stream of ours can be closed
        return json_response(CLOSED[-1])

    with running(app) as base:
        assert httpx2.get(base).json() == "local"
    assert local["received"] == ["a", "Overloaded"]
    assert isinstance(local["error"], Err)
    assert local["numbers"] == [0, 1, 2]


@pytest.mark.parametrize("mark", ["\r", "\n", "\0", "a\nb"])
def test_ids_hold_no_line_breaks(mark: str) -> None:
    """An id that an event cannot carry is refused where it is made."""
    with pytest.raises(ValueError, match="line break"):
        Event(1, id=mark)


def test_ids_are_strings() -> None:
    """A number is refused as an id, with what to write instead."""
    with pytest.raises(TypeError, match=r"id=str\("):
        Event(1, id=17)  # type: ignore[arg-type]  # the mistake under test

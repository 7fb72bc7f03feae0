"""Streams as clients read them: over both transports, from honest servers, bad ones, and ones that break off."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, assert_type

import pytest
from conftest import examples, free_port, running, wait_for
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import kinds_with_values, same
from sanic import Sanic

from sanic_actions import ActionContext, ActionError, Event, action
from sanic_actions.client import (
    Async,
    AsyncClient,
    AsyncHttpx2Transport,
    AsyncPyqwestTransport,
    AsyncStream,
    CallError,
    Calls,
    Client,
    Err,
    Httpx2Transport,
    InputError,
    Ok,
    PyqwestTransport,
    Request,
    Response,
    Stream,
    Sync,
    stream,
)
from sanic_actions.client._events import EventReader, ServerEvent
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import local

Sanic.test_mode = True
M_co = TypeVar("M_co", covariant=True)
CLOSED: list[str] = []
"""The names of the streams whose ``finally`` has run on the server."""


class Overloaded(ActionError, code="SERVICE_UNAVAILABLE"):
    seconds: int


@action(raises=[Overloaded])
async def answer(words: list[str], fail_at: int = -1) -> AsyncIterator[str]:
    for number, word in enumerate(words):
        if number == fail_at:
            raise Overloaded("Too much", seconds=number)
        yield word
    if fail_at == len(words):
        raise Overloaded("Too much", seconds=fail_at)


@action
async def waiting(name: str, items: int = 1, comments: bool = False) -> AsyncIterator[int]:
    try:
        for number in range(items):
            yield number
        await asyncio.sleep(60)
    finally:
        CLOSED.append(name)


@action
def endless(name: str) -> Iterator[str]:
    made = 0
    try:
        while True:
            made += 1
            yield "x" * 65_536
    finally:
        CLOSED.append(f"{name} {made}")


@action(idempotent=True)
async def numbered(context: ActionContext, count: int) -> AsyncIterator[Event[int]]:
    start = 0 if context.last_event_id is None else int(context.last_event_id) + 1
    for number in range(start, count):
        yield Event(number, id=str(number))


def let_in(context: ActionContext) -> None:
    """Guard nothing: the handler itself refuses, in its first step."""


@action(guard=let_in)
async def secret(context: ActionContext) -> AsyncIterator[str]:
    if context.headers.get("authorization") != "Bearer right":
        raise ActionError("UNAUTHORIZED")
    yield "secret"


class _Root(Calls[M_co]):
    """What ``generate`` writes for these actions."""

    @stream(Overloaded)
    def answer(self, /, *, words: list[str], fail_at: int = -1) -> str: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @stream()
    def waiting(self, /, *, name: str, items: int = 1) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @stream()
    def endless(self, /, *, name: str) -> str: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @stream(idempotent=True)
    def numbered(self, /, *, count: int) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @stream()
    def secret(self, /) -> str: ...  # type: ignore[empty-body]  # a declaration, which is not called


class Streams(_Root[Sync], Client):
    pass


class AsyncStreams(_Root[Async], AsyncClient):
    pass


def make_app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("streams")
    app.config.AUTO_EXTEND = False
    tree = {"answer": answer, "waiting": waiting, "endless": endless, "numbered": numbered, "secret": secret}
    app.blueprint(ActionsBlueprint(tree))
    return app


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(make_app()) as base:
        yield base


class Reader:
    """Reads streams over one transport, by the blocking client or the asynchronous one."""

    def __init__(self, transport: Callable[[], Any]) -> None:
        self.transport = transport
        self.is_async = transport.__name__.startswith("Async")

    def read(self, url: str, call: Callable[[Any], Any], *, most: int | None = None, **options: Any) -> list[Any]:
        """The results of a stream: all of them, or the first few, after which the caller leaves."""
        if self.is_async:
            return asyncio.run(self._read_async(url, call, most, options))
        with Streams(url, transport=self.transport(), **options) as client, call(client) as items:
            return list(itertools.islice(items.safe(), most))

    async def _read_async(self, url: str, call: Callable[[Any], Any], most: int | None, options: Any) -> list[Any]:
        results: list[Any] = []
        async with AsyncStreams(url, transport=self.transport(), **options) as client, call(client) as items:
            if most == 0:
                return results
            async for result in items.safe():
                results.append(result)
                if len(results) == most:
                    break
        return results


@pytest.fixture(params=[Httpx2Transport, PyqwestTransport, AsyncHttpx2Transport, AsyncPyqwestTransport])
def reader(request: pytest.FixtureRequest) -> Reader:
    return Reader(request.param)


def closed(name: str) -> str | None:
    """Wait for the ``finally`` of a stream, as long as a busy machine may take."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        for each in CLOSED:
            if each.startswith(name):
                return each
        time.sleep(0.01)
    return None


def test_items_arrive_in_order(url: str, reader: Reader) -> None:
    """A client gets what the handler yields, in its order, and then the end."""
    words = [f"{number} é\n" for number in range(1_000)]

    assert reader.read(url, lambda client: client.answer(words=words)) == [Ok(word) for word in words]
    assert reader.read(url, lambda client: client.answer(words=[])) == []


@pytest.mark.parametrize("fail_at", [0, 1, 2])
def test_declared_errors_arrive_at_every_point(url: str, reader: Reader, fail_at: int) -> None:
    """An error is the last result, whether it comes before the first item, in the middle or at the end."""
    results = reader.read(url, lambda client: client.answer(words=["a", "b"], fail_at=fail_at))

    assert results[:-1] == [Ok("a"), Ok("b")][:fail_at]
    error = results[-1].error
    assert isinstance(error, Overloaded)
    assert (error.seconds, error.status) == (fail_at, 503)
    assert "answer" in str(error)


def test_invalid_input_is_a_result(url: str, reader: Reader) -> None:
    """Input that cannot be sent is an ``Err`` of the stream; a wrong argument is a mistake where it is written."""
    [result] = reader.read(url, lambda client: client.answer(words=[3]))

    assert isinstance(result.error, InputError)
    with pytest.raises(TypeError, match="word"):
        reader.read(url, lambda client: client.answer(word="x"))


def test_a_plain_iteration_raises(url: str) -> None:
    """Without ``safe`` the items are those of the action, and its error is raised."""
    received: list[str] = []
    client = Streams(url)
    with pytest.raises(Overloaded), client, client.answer(words=["a", "b"], fail_at=1) as words:
        received.extend(words)

    assert received == ["a"]
    assert_type(words, Stream[str, Overloaded | InputError | CallError])
    assert list(words) == []


def test_streams_of_both_clients(url: str) -> None:
    """An ``AsyncStream`` is iterated without ``await``, and ends after its error."""

    async def main() -> None:
        async with AsyncStreams(url) as client:
            words = client.answer(words=["a", "b"], fail_at=1)
            assert_type(words, AsyncStream[str, Overloaded | InputError | CallError])
            assert await anext(words) == "a"
            with pytest.raises(Overloaded):
                await anext(words)
            assert [word async for word in words] == []

    asyncio.run(main())


@pytest.mark.parametrize("most", [1, 2])
def test_a_caller_who_leaves_closes_the_generator(url: str, reader: Reader, most: int) -> None:
    """Leaving the ``with`` block closes the response, and so the server's generator."""
    name = f"{reader.transport} {most}"

    assert reader.read(url, lambda client: client.waiting(name=name, items=most), most=most) == [
        Ok(number) for number in range(most)
    ]
    assert closed(name)


def test_a_stream_that_nobody_holds_is_closed(url: str) -> None:
    """A loop that is left with ``break``, without ``with``, closes its stream too."""
    client = Streams(url)
    for _ in client.waiting(name="dropped"):
        break
    assert closed("dropped")

    async def main() -> None:
        async with AsyncStreams(url) as client:
            async for _ in client.waiting(name="dropped in a task"):
                break
            await asyncio.sleep(0)

    asyncio.run(main())
    assert closed("dropped in a task")


def test_a_cancelled_task_closes_its_stream(url: str) -> None:
    """Cancelling the task that waits for an item closes the response."""

    async def main() -> None:
        async with AsyncStreams(url) as client:

            async def read() -> None:
                async for _ in client.waiting(name="cancelled"):
                    started.set()

            started = asyncio.Event()
            task = asyncio.create_task(read())
            await started.wait()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert task.cancelled()

    asyncio.run(main())
    assert closed("cancelled")


class Listener:
    """An observer that notes what ends calls without an outcome."""

    def __init__(self) -> None:
        self.exceptions: list[BaseException | None] = []

    def on_start(self, call: object) -> None:
        """Note nothing."""

    def on_end(self, token: object, call: object, outcome: object, exception: BaseException | None) -> None:
        assert outcome is None
        self.exceptions.append(exception)


@pytest.mark.parametrize(("way", "kind"), [("cancels", asyncio.CancelledError), ("leaves", None), ("fails", None)])
def test_observers_hear_what_ends_a_stream_early(url: str, way: str, kind: type[BaseException] | None) -> None:
    """A cancellation, as for any other call; what the caller does of its own accord is nothing of the call's."""
    listener = Listener()

    async def read(client: AsyncStreams, begun: asyncio.Event) -> None:
        async with client.waiting(name=f"heard of: {way}", items=100) as items:
            async for _ in items:
                begun.set()
                if way == "leaves":
                    break
                if way == "fails":
                    raise ZeroDivisionError

    async def main() -> None:
        async with AsyncStreams(url, observers=[listener]) as client:
            begun = asyncio.Event()
            task = asyncio.create_task(read(client, begun))
            if way == "cancels":
                await begun.wait()
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())

    assert [type(error) for error in listener.exceptions] == [kind or type(None)]


def test_a_client_reads_no_further_than_its_user(url: str, reader: Reader) -> None:
    """What a client and the connection hold ahead is bounded: the server makes no more for a slow reader."""
    name = f"ahead {reader.transport}"

    async def slow() -> None:
        async with AsyncStreams(url, transport=reader.transport()) as client, client.endless(name=name) as items:
            await anext(items)
            await asyncio.sleep(0.5)

    if reader.is_async:
        asyncio.run(slow())
    else:
        with Streams(url, transport=reader.transport()) as client, client.endless(name=name) as items:
            next(items)
            time.sleep(0.5)

    made = closed(name)
    assert made is not None
    # 64 KiB each: buffers of two sockets, of the server's transport and of the client's library hold some MiB.
    assert int(made.rpartition(" ")[2]) < 400


def test_the_timeout_is_the_gap_between_items(url: str, reader: Reader) -> None:
    """A stream may take longer than the client's timeout; a gap may not, and says what to do."""
    results = reader.read(url, lambda client: client.waiting(name="gap"), timeout=2)

    assert results[0] == Ok(0)
    error = results[1].error
    assert isinstance(error, CallError)
    assert error.code == "GATEWAY_TIMEOUT"


def test_authorization_is_asked_for_streams(url: str, reader: Reader) -> None:
    """``auth`` is asked for each stream, and once more after a 401."""
    values = iter(["Bearer wrong", "Bearer right"])

    assert reader.read(url, lambda client: client.secret(), auth=lambda: next(values)) == [Ok("secret")]


class WholeAnswers:
    """A transport of a user's, which knows nothing of streams."""

    def send(self, request: Request, /) -> Response:
        raise AssertionError

    def close(self) -> None: ...


def test_transports_without_streams_say_so() -> None:
    """A transport that reads whole answers only fails a stream with what it lacks."""
    with Streams("http://127.0.0.1:1", transport=WholeAnswers()) as client:
        [result] = client.answer(words=[]).safe()

    assert isinstance(result.error, CallError)
    assert result.error.code == "PRECONDITION_FAILED"
    assert "WholeAnswers reads whole answers only: give it a method stream(request)" in str(result.error)


def test_streams_of_an_app_in_process() -> None:
    """``local`` streams as a server does: items as they come, errors, and a generator that is closed."""
    with local(make_app(), Streams) as client:
        assert list(client.answer(words=["a", "b"])) == ["a", "b"]
        [result] = client.answer(words=["a"], fail_at=0).safe()
        assert isinstance(result.error, Overloaded)
        with client.waiting(name="in process") as items:
            assert next(items) == 0
        assert closed("in process")

    async def main() -> None:
        async with local(make_app(), AsyncStreams) as client:
            assert [word async for word in client.answer(words=["a", "b"])] == ["a", "b"]
            async with client.waiting(name="in this loop") as items:
                assert await anext(items) == 0

    asyncio.run(main())
    assert closed("in this loop")


# ---- Peers that do not behave


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def peer(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives these answers, one a connection, and keeps the heads of the requests."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            for answer in answers:
                with contextlib.suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        heads.append(connection.recv(65_536))
                        if callable(answer):
                            answer(connection)
                        else:
                            connection.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heads


BAD = {
    "no end": HEAD + b'data: "a"\n\n',
    "half an event": HEAD + b'data: "a"\n\ndata: "b"',
    "another type": HEAD + b'data: "a"\n\ndata: 3\n\nevent: end\ndata:\n\n',
    "no JSON": HEAD + b'data: "a"\n\ndata: }{\n\nevent: end\ndata:\n\n',
    "an error that is none": HEAD + b'data: "a"\n\nevent: error\ndata: [1]\n\n',
    "an error without data": HEAD + b'data: "a"\n\nevent: error\ndata:\n\n',
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_peers_are_honest_errors(reader: Reader, kind: str) -> None:
    """What breaks off or does not fit is a ``CallError`` after the items that were right."""
    with peer(BAD[kind]) as (url, _):
        results = reader.read(url, lambda client: client.answer(words=[]))

    assert results[0] == Ok("a")
    assert len(results) == 2
    assert isinstance(results[1].error, CallError)
    assert results[1].error.cause in {"protocol", "server"}


@pytest.mark.parametrize(
    "body",
    [
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n"a"',
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
    ],
)
def test_what_is_not_a_stream_is_an_error(reader: Reader, body: bytes) -> None:
    """An answer of another kind is one ``Err``."""
    with peer(body) as (url, _):
        [result] = reader.read(url, lambda client: client.answer(words=[]))

    assert isinstance(result.error, CallError)
    assert pickle.loads(pickle.dumps(result.error)).code == result.error.code


def comment_forever(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    while True:
        connection.sendall(b":\n\n")
        time.sleep(0.01)


def line_forever(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"data: ")
    while True:
        connection.sendall(b"x" * 2**20)


def data_forever(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    while True:
        connection.sendall((b"data:" + b"x" * 100 + b"\n") * 10_000)


def test_endless_comments_do_not_fill_the_gap(reader: Reader) -> None:
    """Comments keep proxies awake and are no items: the time of the client runs on."""
    with peer(comment_forever) as (url, _):
        [result] = reader.read(url, lambda client: client.answer(words=[]), timeout=1.5)

    assert result.error.code == "GATEWAY_TIMEOUT"


@pytest.mark.parametrize("flood", [line_forever, data_forever])
def test_an_endless_item_is_refused(reader: Reader, flood: Callable[[socket.socket], None]) -> None:
    """A line, and the data of an event, are read no further than any answer is."""
    with peer(flood) as (url, _):
        [result] = reader.read(url, lambda client: client.answer(words=[]))

    assert "an event has more than 67108864 bytes" in str(result.error)


# ---- Taking up again


def numbers(*ids: int | None, end: bool = False) -> bytes:
    events = [b"data: %d\n\n" % n if n is not None else b"" for n in ids]
    marked = [b"id: %d\n%b" % (n, event) for n, event in zip(ids, events, strict=True) if n is not None]
    return HEAD + b"".join(marked) + (b"event: end\ndata:\n\n" if end else b"")


def test_a_broken_stream_is_taken_up_again(reader: Reader) -> None:
    """An idempotent stream whose last item had an id goes on after it: nothing is lost, nothing comes twice."""
    with peer(numbers(0, 1), b"", numbers(2), numbers(3, end=True)) as (url, heads):
        results = reader.read(url, lambda client: client.numbered(count=4), retries=3)

    assert results == [Ok(number) for number in range(4)]
    assert [b"last-event-id: 1" in head.lower() for head in heads] == [False, True, True, False]
    assert b"last-event-id: 2" in heads[3].lower()


@pytest.mark.parametrize(
    ("answers", "retries", "items"),
    [
        ((numbers(0), numbers(1)), 0, 1),
        ((numbers(0), numbers(1), numbers(2, end=True)), 1, 2),
        ((HEAD + b"data: 0\n\n", numbers(1, end=True)), 3, 1),
        ((HEAD + b"id: 7\ndata: 0\n\ndata: 1\n\n", numbers(2, end=True)), 3, 2),
        ((HEAD + b"id: \xc3\xa9\ndata: 0\n\n", numbers(1, end=True)), 3, 1),
    ],
    ids=["no retries", "too few", "no ids", "the last without id", "an id that no header holds"],
)
def test_a_stream_is_not_taken_up_without_ids(answers: tuple[bytes, ...], retries: int, items: int) -> None:
    """Without retries that are left, or the id of the last item, the break is the result."""
    with peer(*answers) as (url, _):
        results = Reader(Httpx2Transport).read(url, lambda client: client.numbered(count=4), retries=retries)

    assert len(results) == items + 1
    assert isinstance(results[-1], Err)


def test_a_stream_that_may_have_run_is_not_repeated() -> None:
    """Only what never reached the server is sent again where the action does not say that repeating does no harm."""
    with peer(HEAD, HEAD + b"event: end\ndata:\n\n") as (url, heads):
        results = Reader(Httpx2Transport).read(url, lambda client: client.answer(words=[]), retries=3)

    assert isinstance(results[0], Err)
    assert len(heads) == 1


SERVER = """
    import sys, time
    from collections.abc import AsyncIterator
    import asyncio
    from sanic import Sanic
    from sanic_actions import ActionContext, Event, action
    from sanic_actions.server import ActionsBlueprint

    @action(idempotent=True)
    async def numbered(context: ActionContext, count: int) -> AsyncIterator[Event[int]]:
        start = 0 if context.last_event_id is None else int(context.last_event_id) + 1
        for number in range(start, count):
            yield Event(number, id=str(number))
            await asyncio.sleep(0.001)

    app = Sanic("killed")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"numbered": numbered}))
    if __name__ == "__main__":
        app.run(port=int(sys.argv[1]), single_process=True, access_log=False, motd=False)
"""


def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    """A server that is killed in the middle and started again: nothing is lost, nothing comes twice."""
    file = tmp_path / "killed.py"
    file.write_text(textwrap.dedent(SERVER))
    port = free_port()
    command = [sys.executable, str(file), str(port)]
    url = f"http://127.0.0.1:{port}"
    servers = [subprocess.Popen(command)]
    received: list[int] = []
    try:
        wait_for(servers[0], url)
        with Streams(url, retries=20) as client:
            for number in client.numbered(count=500):
                received.append(number)
                if number == 100:
                    os.kill(servers[0].pid, signal.SIGKILL)
                    servers[0].wait()
                    servers.append(subprocess.Popen(command))
    finally:
        for server in servers:
            server.kill()
            server.wait()

    assert received == list(range(500))


# ---- Events


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b""))), st.data())
def test_events_are_read_whatever_their_chunks(datas: list[bytes], data: st.DataObject) -> None:
    """Chunks of any size and each kind of line end give the same events."""
    newline = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    body = b"".join(b"id: 1%bdata: %b%b%b" % (newline, each, newline, newline) for each in datas)
    reader, events, position = EventReader(), list[ServerEvent](), 0
    while position < len(body):
        size = data.draw(st.integers(1, 7))
        events += reader.feed(body[position : position + size])
        position += size

    assert events == [ServerEvent(b"message", each, b"1") for each in datas]


def test_events_are_those_of_the_standard() -> None:
    """A byte order mark, comments, fields without a value, unknown ones and several lines of data."""
    body = b"\xef\xbb\xbf: comment\nid: 1\nretry: 5\nnonsense\ndata\n\n"
    body += b"event: x\ndata: a\ndata:  b\n\nevent: y\n\nid: \0\ndata: c\n\n"

    assert list(EventReader().feed(body)) == [
        ServerEvent(b"message", b"", b"1"),
        ServerEvent(b"x", b"a\n b", None),
        ServerEvent(b"message", b"c", None),
    ]


class Given:
    """A transport without a socket, whose server yields some items, in chunks of any size."""

    def __init__(self, body: bytes, size: int) -> None:
        self.status, self.headers = 200, {"content-type": "text/event-stream"}
        self._chunks = iter([body[start : start + size] for start in range(0, len(body), size)])

    def send(self, request: Request, /) -> Response:
        raise AssertionError

    def stream(self, request: Request, /) -> Given:
        return self

    def read(self, seconds: float, /) -> bytes:
        return next(self._chunks, b"")

    def close(self) -> None: ...


@settings(max_examples=examples(50))
@given(kinds_with_values(), st.integers(1, 40))
def test_a_stream_of_any_type_comes_back_equal(kind_and_values: tuple[Any, list[Any]], size: int) -> None:
    """Whatever type of item a handler declares, its caller gets equal items of the same types."""
    kind, values = kind_and_values

    async def give() -> Any:
        yield

    give.__annotations__ = {"return": AsyncIterator[kind]}  # type: ignore[valid-type]  # made at run time
    handler = action(give)
    [endpoint] = ActionsBlueprint({"give": handler}).served(handler)
    body = b"".join(b"data: %b\n\n" % endpoint.encode_item(value)[0] for value in values)

    def declaration(self: Any, /) -> Any: ...

    declaration.__annotations__ = {"return": kind}
    calls = type("AnyStreams", (Client,), {"give": stream()(declaration)})
    client: Any = calls("http://localhost", transport=Given(body + b"event: end\ndata:\n\n", size))
    received = list(client.give())

    assert len(received) == len(values)
    assert all(same(value, item) for value, item in zip(values, received, strict=True))

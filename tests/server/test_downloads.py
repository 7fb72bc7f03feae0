"""Downloads as servers send them: heads, bytes, errors before and in the middle, and who leaves, on three servers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from attacks.conftest import UNDER
from conftest import running
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html, text

from sanic_actions import (
    ActionContext,
    ActionError,
    CallError,
    DefinitionError,
    Download,
    Err,
    Event,
    Injected,
    Limits,
    Namespace,
    Ok,
    Proceed,
    UploadedFile,
    action,
)
from sanic_actions._namespace import entries
from sanic_actions.server import ActionsBlueprint, action_result, call_action, form

AnySanic = Sanic[Any, Any]
BEGUN: list[str] = []
CLOSED: list[str] = []
"""The names of the downloads whose ``finally`` has run."""
SIZE = 3 * 2**20 + 17


class NoSuchReport(ActionError, code="NOT_FOUND"):
    month: str


@action(raises=[NoSuchReport])
async def report(month: str) -> Download:
    """Give the report of a month."""
    if month == "none":
        raise NoSuchReport("No such report", month=month)
    return Download(f"report of {month}".encode(), name=f"report {month}.csv")


@action
def from_path(path: str) -> Download:
    return Download(Path(path))


@action
async def chunked(name: str, chunks: int = 3, fail_at: int = -1, size: int | None = None) -> Download:
    async def parts() -> AsyncIterator[bytes]:
        try:
            for number in range(chunks):
                if number == fail_at:
                    raise KeyError("secret")
                yield b"%d" % (number % 10) * 65_536
                await asyncio.sleep(0)
        finally:
            CLOSED.append(name)

    return Download(parts(), name=name, size=size)


@action(thread=True)
def in_thread(name: str) -> Download:
    def parts() -> Iterator[bytes]:
        try:
            yield threading.current_thread().name.encode()
        finally:
            CLOSED.append(name)

    return Download(parts())


@action
async def waiting(name: str, chunks: int = 1) -> Download:
    async def parts() -> AsyncIterator[bytes]:
        BEGUN.append(name)
        try:
            for _ in range(chunks):
                yield b"x"
            await asyncio.sleep(60)
        finally:
            CLOSED.append(name)

    return Download(parts())


@action
async def endless(name: str) -> Download:
    async def parts() -> AsyncIterator[bytes]:
        BEGUN.append(name)
        try:
            while True:
                yield b"x" * 65_536
        finally:
            CLOSED.append(name)

    return Download(parts())


@action
async def wrong() -> Download:
    return b"no download"  # type: ignore[return-value]  # the mistake under test


@action
async def wrong_chunk(chunks: int) -> Download:
    async def parts() -> AsyncIterator[Any]:
        for _ in range(chunks):
            yield b"x"
        yield "text"

    return Download(parts())


TREE: dict[str, object] = {
    "report": report,
    "from_path": from_path,
    "chunked": chunked,
    "in_thread": in_thread,
    "waiting": waiting,
    "endless": endless,
    "wrong": wrong,
    "wrong_chunk": wrong_chunk,
}


def make_app(tree: dict[str, Any] | None = None, **options: Any) -> AnySanic:
    app: AnySanic = Sanic("downloads")
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
    return httpx2.post(f"{url}/{action_name}", json=arguments, headers=headers, timeout=30)


def is_closed(name: str) -> bool:
    """Wait for the ``finally`` of a download, as long as a busy machine may take."""
    ends = time.monotonic() + 30
    while name not in CLOSED and time.monotonic() < ends:
        time.sleep(0.01)
    return name in CLOSED


def is_broken_off(url: str, action_name: str, **arguments: Any) -> bool:
    """Return whether an answer of 200 ends in a way that nobody takes for its end."""
    with httpx2.stream("POST", f"{url}/{action_name}", json=arguments, timeout=30) as response:
        assert response.status_code == 200
        try:
            for _ in response.iter_raw():
                pass
        except httpx2.HTTPError:
            return True
    return False


def test_head_and_bytes(url: str) -> None:
    """A file comes as it is, with its type, its length, its name, and nothing for a cache or a browser to guess."""
    answer = call(url, "report", month="May")

    assert (answer.status_code, answer.content) == (200, b"report of May")
    assert answer.headers["content-type"] == "text/csv"
    assert answer.headers["content-length"] == "13"
    assert answer.headers["content-disposition"] == 'attachment; filename="report May.csv"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"


def test_paths(url: str, tmp_path: Path) -> None:
    """A file of the disk is called as it is called there."""
    content = os.urandom(SIZE)
    (tmp_path / "größe.bin").write_bytes(content)

    answer = call(url, "from_path", path=str(tmp_path / "größe.bin"))

    assert answer.content == content
    assert answer.headers["content-length"] == str(SIZE)
    disposition = "attachment; filename=\"gr__e.bin\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.bin"
    assert answer.headers["content-disposition"] == disposition


@pytest.mark.parametrize("size", [None, 3 * 65_536])
def test_iterators(url: str, size: int | None) -> None:
    """An iterator is sent as it gives; its length is told where it is known."""
    answer = call(url, "chunked", name="a.bin", size=size)

    assert answer.content == b"".join(b"%d" % number * 65_536 for number in range(3))
    assert answer.headers.get("content-length") == (None if size is None else str(size))


def test_empty_files(url: str, tmp_path: Path) -> None:
    """A file may be empty, whatever it is made of."""
    (tmp_path / "empty").touch()

    for answer in (
        call(url, "from_path", path=str(tmp_path / "empty")),
        call(url, "chunked", name="e", chunks=0),
        call(url, "chunked", name="e", chunks=0, size=0),
    ):
        assert (answer.status_code, answer.content) == (200, b"")


def test_plain_iterators_in_threads(url: str) -> None:
    """With `thread=True` a plain iterator makes its bytes in a thread, and is closed."""
    answer = call(url, "in_thread", name="threaded")

    assert b"MainThread" not in answer.content
    assert is_closed("threaded")


def test_errors_before_the_first_byte(url: str, tmp_path: Path) -> None:
    """What fails before there are bytes is a plain error, also a file that cannot be opened."""
    declared = call(url, "report", month="none")
    invalid = call(url, "report")
    masked = [
        call(url, "from_path", path=str(tmp_path / "missing")),
        call(url, "from_path", path=str(tmp_path)),
        call(url, "chunked", name="f", fail_at=0),
        call(url, "wrong"),
        call(url, "wrong_chunk", chunks=0),
    ]

    assert (declared.status_code, declared.json()["error"]) == (404, "NoSuchReport")
    assert "content-disposition" not in declared.headers
    assert invalid.json()["issues"][0]["path"] == "month"
    assert {(answer.status_code, answer.json()["code"]) for answer in masked} == {(500, "INTERNAL_SERVER_ERROR")}


def test_what_is_not_a_file_is_not_waited_for(url: str, tmp_path: Path) -> None:
    """A pipe in the place of a file is an error at once."""
    os.mkfifo(tmp_path / "pipe")

    assert call(url, "from_path", path=str(tmp_path / "pipe")).status_code == 500


@pytest.mark.parametrize("size", [None, 3 * 65_536])
@pytest.mark.parametrize("fail_at", [1, 2])
def test_an_error_in_the_middle_breaks_the_transfer(url: str, fail_at: int, size: int | None) -> None:
    """After the first byte an error ends the connection: nobody takes what came for the file."""
    assert is_broken_off(url, "chunked", name="broken", fail_at=fail_at, size=size)


@pytest.mark.parametrize("fail_at", [-1, 1])
def test_callers_of_http_1_0(serve: Callable[[AnySanic], str], fail_at: int) -> None:
    """To a caller that speaks HTTP/1.0 a file of unknown length ends with the connection; a part of it with a reset."""
    where = httpx2.URL(serve(make_app()))
    body = b'{"name": "old", "chunks": 2, "fail_at": %d}' % fail_at
    head = b"POST /_actions/chunked HTTP/1.0\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    answer, is_reset = b"", False

    with socket.create_connection((where.host, where.port or 80), timeout=30) as sock:
        sock.sendall(head % len(body) + body)
        try:
            while chunk := sock.recv(65536):
                answer += chunk
        except ConnectionResetError:
            is_reset = True

    assert b"transfer-encoding" not in answer.lower()
    assert is_reset is (fail_at == 1)
    if not is_reset:
        assert answer.partition(b"\r\n\r\n")[2] == b"0" * 65_536 + b"1" * 65_536


@pytest.mark.parametrize("size", [3 * 65_536 + 1, 3 * 65_536 - 1, 2 * 65_536])
def test_a_wrong_length_breaks_the_transfer(url: str, size: int) -> None:
    """An iterator that gives other than the announced number of bytes is an error."""
    assert is_broken_off(url, "chunked", name="wrong", size=size)


def test_wrong_chunks_break_the_transfer(url: str) -> None:
    """What is not bytes is an error."""
    assert is_broken_off(url, "wrong_chunk", chunks=1)


def leave_after(url: str, action_name: str, after: bytes, **arguments: Any) -> None:
    """Hang up when some bytes have come, or as soon as the download has begun."""
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    body = str(httpx2.Request("POST", url, json=arguments).content, "utf-8")
    head = f"POST /_actions/{action_name} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        received = b""
        while after and after not in received:
            received += connection.recv(65_536)
        assert until(lambda: arguments["name"] in BEGUN)


@pytest.mark.parametrize(
    ("action_name", "after"), [("waiting", b""), ("waiting", b"\r\n\r\n"), ("endless", b"xxxx"), ("endless", b"")]
)
def test_a_caller_who_leaves_closes_the_iterator(url: str, action_name: str, after: bytes) -> None:
    """Whoever hangs up ends the handler, where it waits and where it sends."""
    name = f"{action_name} {after!r} {url}"

    leave_after(url, action_name, after, name=name)

    assert is_closed(name)


def test_a_caller_who_leaves_before_the_first_byte(url: str) -> None:
    """Whoever hangs up before there are bytes ends the handler too."""
    name = f"nothing {url}"

    leave_after(url, "waiting", b"", name=name, chunks=0)

    assert is_closed(name)


def test_a_slow_reader_holds_the_iterator_back(serve: Callable[[AnySanic], str]) -> None:
    """A handler makes no more than its reader takes, but for what lies in buffers."""
    made: list[int] = []

    @action
    async def plenty() -> Download:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(1_000):
                made.append(number)
                yield b"x" * 65_536

        return Download(parts())

    base = serve(make_app({"plenty": plenty}))
    with httpx2.stream("POST", f"{base}/_actions/plenty", timeout=30) as response:
        chunks = response.iter_raw()
        next(chunks)
        time.sleep(0.5)
        before = len(made)
        for _ in chunks:
            pass

    assert before < 500
    assert len(made) == 1_000


def test_limits_are_of_the_whole_download(serve: Callable[[AnySanic], str]) -> None:
    """`concurrent` counts until the end; `seconds` is the time to the next bytes."""

    @action(limits=Limits(concurrent=1))
    async def held() -> Download:
        async def parts() -> AsyncIterator[bytes]:
            yield b"x"
            await asyncio.sleep(60)

        return Download(parts())

    @action(limits=Limits(seconds=0.2))
    async def late() -> Download:
        async def parts() -> AsyncIterator[bytes]:
            await asyncio.sleep(60)
            yield b"x"

        return Download(parts())

    base = f"{serve(make_app({'held': held, 'late': late}))}/_actions"
    with httpx2.stream("POST", f"{base}/held", timeout=30) as response:
        chunks = response.iter_raw()
        next(chunks)
        second = call(base, "held")
    ended = call(base, "late")
    due = call(base, "late", {"request-timeout": "0.1"})

    assert (second.status_code, second.json()["type"]) == (503, "urn:sanic-actions:too-many-calls")
    assert (ended.status_code, ended.json()["type"]) == (503, "urn:sanic-actions:out-of-time")
    assert (due.status_code, due.json()["type"]) == (504, "urn:sanic-actions:deadline")


@pytest.mark.parametrize("server", SERVERS)
def test_bytes_come_in_time(server: str) -> None:
    """The server's time for an answer bounds the wait for the first bytes and for any later ones, on every server."""

    @action
    async def slow(handler: float = 0, first: float = 0, second: float = 0) -> Download:
        await asyncio.sleep(handler)

        async def parts() -> AsyncIterator[bytes]:
            await asyncio.sleep(first)
            yield b"x"
            await asyncio.sleep(second)
            yield b"y"

        return Download(parts())

    app = make_app({"slow": slow})
    app.config.RESPONSE_TIMEOUT = 0.5
    with SERVERS[server](app) as base:
        late = [call(f"{base}/_actions", "slow", **{name: 60}) for name in ("handler", "first")]
        patient = call(f"{base}/_actions", "slow", {"request-timeout": "30"}, first=60)
        is_cut = is_broken_off(f"{base}/_actions", "slow", second=60)
    app = make_app({"slow": slow})
    app.config.RESPONSE_TIMEOUT = 5
    with SERVERS[server](app) as base:
        whole = call(f"{base}/_actions", "slow", handler=0.1, first=0.1, second=0.1)

    for answer in (*late, patient):
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:sanic-actions:out-of-time")
        assert "RESPONSE_TIMEOUT" in answer.json()["detail"]
    assert is_cut
    assert (whole.status_code, whole.content) == (200, b"xy")


@pytest.mark.parametrize("server", SERVERS)
def test_form_whose_file_is_late_is_shown_again(server: str) -> None:
    """The page comes before Sanic's own error page, with all that was typed and no setting of the server."""

    @action(accept="form")
    async def slow(name: str, first: float = 0) -> Download:
        await asyncio.sleep(60 if not first else 0)

        async def parts() -> AsyncIterator[bytes]:
            await asyncio.sleep(first)
            yield b"x"

        return Download(parts())

    app = make_app({"slow": slow})
    app.config.RESPONSE_TIMEOUT = 0.5

    async def page(request: Request) -> HTTPResponse:
        return html(str(form(slow)))

    app.add_route(page, "/slow")
    with SERVERS[server](app) as base:
        url = f"{base}/slow?_action=slow"
        answers = [httpx2.post(url, data={"name": "typed", "first": first}, timeout=60) for first in (0, 60) * 4]

    assert [answer.status_code for answer in answers] == [503] * 8
    for answer in answers:
        assert "value=typed" in answer.text
        assert "took longer than 0.5 s." in answer.text
        assert "RESPONSE_TIMEOUT" not in answer.text


class Watcher:
    """An observer that notes how calls end."""

    def __init__(self) -> None:
        self.ends: list[Any] = []

    def on_start(self, call: Any) -> None:
        """Do nothing."""

    def on_end(self, token: None, call: Any, outcome: Any, exception: BaseException | None) -> None:
        self.ends.append("left" if outcome is None else type(outcome).__name__)


def until(check: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 30
    while not check() and time.monotonic() < ends:
        time.sleep(0.01)
    return check()


SEEN: list[str] = []
"""What an interceptor has seen of each download."""


def let_in(context: ActionContext) -> int:
    if context.headers.get("authorization") != "right":
        raise ActionError("UNAUTHORIZED")
    return 7


async def around(context: ActionContext, proceed: Proceed[None]) -> object:
    try:
        output = await proceed()
    except BaseException as error:
        SEEN.append(type(error).__name__)
        raise
    SEEN.append("whole")
    if context.input.get("fail") == "late":
        raise ActionError("CONFLICT")
    return output


@action(guard=let_in, interceptors=[around])
async def guarded(user: Annotated[int, Injected], fail: str = "") -> Download:
    async def parts() -> AsyncIterator[bytes]:
        yield b"%d" % user * 65_536
        if fail == "middle":
            raise KeyError
        if fail == "wait":
            await asyncio.sleep(60)
        yield b"%d" % user * 65_536

    return Download(parts(), size=131_072)


async def instead(context: ActionContext, proceed: Proceed[None]) -> object:
    return Download(b"instead", name="other.txt")


@action(interceptors=[instead])
async def replaced() -> Download:
    raise KeyError


@pytest.mark.parametrize("kind", SERVERS)
def test_guards_interceptors_and_observers_surround_it(kind: str) -> None:
    """A guard comes before, an interceptor sees what ended the download, an observer is told of its end."""
    watcher, headers = Watcher(), {"authorization": "right"}
    SEEN.clear()

    with SERVERS[kind](make_app({"guarded": guarded, "replaced": replaced}, observers=[watcher])) as base:
        url = f"{base}/_actions"
        assert call(url, "guarded").status_code == 401
        assert call(url, "guarded", headers).content == b"7" * 131_072
        assert call(url, "replaced").content == b"instead"
        for fail in ("middle", "late"):
            with pytest.raises(httpx2.HTTPError):
                call(url, "guarded", headers, fail=fail)
        with httpx2.stream("POST", f"{url}/guarded", json={"fail": "wait"}, headers=headers, timeout=30) as response:
            next(response.iter_raw())
        assert until(lambda: len(SEEN) == 4)

    assert SEEN == ["whole", "KeyError", "whole", "CancelledError"]
    assert watcher.ends == ["Err", "Ok", "Ok", "Err", "Err", "left"]


def test_local_calls_get_the_download() -> None:
    """`call_action` gives the handler's own download: its bytes are not read."""
    app = make_app()
    results: list[Any] = []

    @app.get("/page")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        results.append(await call_action(request, report, month="May"))
        results.append(await call_action(request, report, month="none"))
        return text("")

    with running(app) as base:
        assert httpx2.get(f"{base}/page").status_code == 200

    found, missing = results
    assert isinstance(found, Ok)
    assert (found.data.source, found.data.name) == (b"report of May", "report May.csv")
    assert isinstance(missing, Err)
    assert isinstance(missing.error, NoSuchReport)


class Lease:
    """A resource that is there while its interceptor runs, like a connection of a pool."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.is_open = False

    async def surround(self, context: ActionContext, proceed: Proceed[None]) -> object:
        self.is_open = True
        try:
            output = await proceed()
        except BaseException as error:
            self.events.append(type(error).__name__)
            raise
        finally:
            self.is_open = False
        self.events.append("end")
        if context.input.get("ending") == "late":
            raise ActionError("CONFLICT", "too late")
        return output

    def parts(self, ending: str) -> Iterator[bytes]:
        for part in (b"a", b"b", b"c"):
            if not self.is_open:
                raise RuntimeError("closed")
            yield part
            if ending == "middle":
                raise KeyError("middle")

    async def async_parts(self, ending: str) -> AsyncIterator[bytes]:
        for part in self.parts(ending):
            yield part


def lease_app(lease: Lease) -> tuple[AnySanic, Any]:
    """Return an app whose action makes a file of several kinds within a lease, and the action."""

    @action(interceptors=[lease.surround])
    def leased(kind: str, ending: str = "") -> Download:
        if ending == "early":
            raise ActionError("NOT_FOUND", "none")
        sources: dict[str, Any] = {
            "async": lease.async_parts(ending),
            "plain": lease.parts(ending),
            "empty": iter(()),
            "bytes": b"abc",
            "path": __file__,
        }
        return Download(sources[kind], name="x.csv", size=3 if kind == "async" else None)

    return make_app({"leased": leased}), leased


def in_route(lease: Lease, read: Callable[[Any], Awaitable[object]], **arguments: Any) -> Any:
    """Return what a route makes of the result of such a call."""
    app, leased = lease_app(lease)
    outcomes: list[Any] = []

    @app.get("/page")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        outcomes.append(await asyncio.wait_for(read(await call_action(request, leased, **arguments)), 20))
        return text("")

    with running(app) as base:
        assert httpx2.get(f"{base}/page", timeout=30).status_code == 200
    return outcomes[0]


async def whole_file(result: Any) -> object:
    if result.error is not None:
        return str(result.error.message)
    return b"".join([part async for part in result.data.take()]), result.data.name, result.data.size


async def kept_source(result: Any) -> object:
    return result.data.take() if result.error is None else str(result.error.message)


@pytest.mark.parametrize(("kind", "file"), [("async", (b"abc", 3)), ("plain", (b"abc", None)), ("empty", (b"", None))])
def test_interceptors_last_until_a_local_caller_has_read_the_file(kind: str, file: tuple[bytes, int | None]) -> None:
    """The bytes of an iterator are read within the interceptors of its action, by a caller in the server too."""
    lease = Lease()

    assert in_route(lease, whole_file, kind=kind) == (file[0], "x.csv", file[1])
    assert lease.events == ["end"]


@pytest.mark.parametrize(("kind", "source"), [("bytes", b"abc"), ("path", __file__)])
def test_a_local_caller_gets_a_whole_file_as_it_is(kind: str, source: object) -> None:
    """A file that is made of bytes or of a path is handed on, and its interceptors have ended."""
    lease = Lease()

    assert in_route(lease, kept_source, kind=kind) == source
    assert lease.events == ["end"]


@pytest.mark.parametrize("kind", ["async", "bytes", "path"])
def test_a_file_that_fails_before_its_bytes_is_an_error_for_a_local_caller(kind: str) -> None:
    """An error before the first bytes is the result of call_action."""
    assert in_route(Lease(), kept_source, kind=kind, ending="early") == "none"
    if kind != "async":
        assert in_route(Lease(), kept_source, kind=kind, ending="late") == "too late"


@pytest.mark.parametrize("ending", ["middle", "late"])
def test_a_file_that_breaks_off_says_so_to_a_local_caller(ending: str) -> None:
    """What ends a file after its first bytes is raised where they are read, and its interceptor sees it."""
    lease = Lease()

    async def failure(result: Any) -> object:
        with pytest.raises((KeyError, CallError)) as caught:
            await whole_file(result)
        return type(caught.value).__name__

    outcome = in_route(lease, failure, kind="async", ending=ending)

    assert (outcome, lease.events) == {"middle": ("KeyError", ["KeyError"]), "late": ("CallError", ["end"])}[ending]


@pytest.mark.parametrize("way", ["closed", "dropped"])
def test_a_local_caller_may_leave_a_file(way: str) -> None:
    """A file that is closed, or that nobody has any more, ends its interceptors: they wait for no reader."""
    lease = Lease()

    async def leave(result: Any) -> None:
        chunks = result.data.take()
        assert await anext(chunks) == b"a"
        if way == "closed":
            await chunks.aclose()

    in_route(lease, leave, kind="async")

    assert until(lambda: lease.events == ["CancelledError"])


def test_downloads_are_let_end_when_the_server_stops(tmp_path: Path) -> None:
    """A server that stops waits for those who download, and hangs up on the others in the end."""
    app = make_app()
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0
    name = f"stop {tmp_path}"
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(running(app))
        client = stack.enter_context(httpx2.Client(timeout=30))
        response = stack.enter_context(client.stream("POST", f"{base}/_actions/endless", json={"name": name}))
        chunks = response.iter_raw()
        next(chunks)

    assert is_closed(name)


# ---- Forms on pages


@action(accept="form")
async def export(month: str) -> Download:
    if month == "none":
        raise ActionError("NOT_FOUND", "No such month")
    if month == "crash":
        raise KeyError
    return Download(f"export of {month}".encode(), name=f"{month}.csv")


def make_site() -> AnySanic:
    app = make_app({"export": export})

    @app.get("/page")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        result = action_result(request, export)
        if isinstance(result, Err):
            return text(f"failed: {result.error.message}")
        return text("untouched" if result is None else "done")

    return app


@pytest.mark.parametrize("kind", SERVERS)
def test_a_form_gives_a_file(kind: str) -> None:
    """A form on a page is answered with the file; when it fails, with its page; sent again, that it was sent."""
    tokens = {name: f"{name}{secrets.token_hex(16)}" for name in "abc"}  # the store outlives a run of the tests
    with SERVERS[kind](make_site()) as base, httpx2.Client(base_url=base, headers={"origin": base}) as client:

        def post(**fields: str) -> httpx2.Response:
            return client.post("/page?_action=export", data=fields)

        given = post(month="May", **{"_action.token": tokens["a"]})
        again = post(month="May", **{"_action.token": tokens["a"]})
        other = post(month="June", **{"_action.token": tokens["a"]})
        missing = [post(month="none", **{"_action.token": tokens["b"]}) for _ in range(2)]
        masked = [post(month="crash", **{"_action.token": tokens["c"]}) for _ in range(2)]
        plain = [post(month="May") for _ in range(2)]
        afterwards = client.get("/page")

    assert (given.status_code, given.content) == (200, b"export of May")
    assert given.headers["content-disposition"] == 'attachment; filename="May.csv"'
    assert (again.status_code, again.text[:35]) == (409, "failed: This form has been sent alr")
    assert other.content == b"export of June"
    assert {(answer.status_code, answer.text) for answer in missing} == {(404, "failed: No such month")}
    assert {answer.status_code for answer in masked} == {500}
    assert {answer.content for answer in plain} == {b"export of May"}
    assert afterwards.text == "untouched"


# ---- Definitions


async def taken(file: Download) -> None: ...


async def optional() -> Download | None: ...


async def several() -> list[Download]:
    return []


async def streamed() -> AsyncIterator[Download]:
    yield Download(b"")


async def streamed_with_ids() -> AsyncIterator[Event[Download]]:
    yield Event(Download(b""))


async def whole() -> Download:
    return Download(b"")


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (taken, "a Download is what an action gives"),
        (optional, "a Download stands inside another type"),
        (several, "a Download stands inside another type"),
        (streamed, "a Download stands inside another type"),
        (streamed_with_ids, "a Download stands inside another type"),
    ],
)
def test_where_a_download_cannot_stand(handler: Callable[..., Any], reason: str) -> None:
    """A download is a whole output; anywhere else it is a definition error."""
    with pytest.raises(DefinitionError, match=reason):
        entries({"action": action(handler)})


def test_a_download_does_not_run_once_for_its_key() -> None:
    """A download with `once=True` is a definition error: its bytes are not kept."""
    with pytest.raises(DefinitionError, match="a download cannot run once for its key"):
        entries({"action": action(once=True)(whole)})


def test_downloads_are_definitions_without_values() -> None:
    """A download has no output type, and is not a stream; with a form too."""
    entry = entries(Namespace(export=export))["export"]

    assert (entry.definition.output, entry.definition.is_download, entry.definition.is_stream) == (None, True, False)


@pytest.mark.parametrize(
    ("source", "options", "error"),
    [
        (3, {}, TypeError),
        (None, {}, TypeError),
        (b"x", {"size": 2}, ValueError),
        (b"x", {"content_type": "text/html\r\nset-cookie: a=b"}, ValueError),
        (b"x", {"content_type": "text"}, ValueError),
        (UploadedFile, {}, TypeError),
    ],
)
def test_what_a_download_is_not_made_of(source: Any, options: dict[str, Any], error: type[Exception]) -> None:
    """A source that cannot be sent, and a type that is none, are errors where they are written."""
    with pytest.raises(error):
        Download(source, **options)


def test_an_iterator_is_sent_once() -> None:
    """An iterator that was sent would give an empty file the second time."""
    download = Download(iter([b"a"]))
    download.take()

    with pytest.raises(RuntimeError, match="sent before"):
        download.take()


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.csv", "text/csv"),
        ("a.tar.gz", "application/gzip"),
        ("a", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("http://x/a.pdf", "application/pdf"),
    ],
)
def test_the_type_follows_from_the_name(name: str, content_type: str) -> None:
    """The media type is that of the name, where nobody says it."""
    assert Download(b"", name=name).content_type == content_type


def test_forms_of_files_are_left_to_the_browser(serve: Callable[[AnySanic], str]) -> None:
    """A form that is answered with a file is not one of the script's; one that is marked all the same is told so."""
    app = make_app({"export": export})

    @app.get("/page")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        result = action_result(request, export)
        if isinstance(result, Err):
            return text(result.error.message)
        return text(str(form(export)))

    base = serve(app)
    markup = httpx2.get(f"{base}/page").text
    headers = {"origin": base, "sanic-action": "script"}
    answer = httpx2.post(f"{base}/page?_action=export", data={"month": "May"}, headers=headers)

    assert "month" in markup
    assert "data-sanic-action" not in markup
    assert answer.status_code == 406
    assert "leave out data-sanic-action" in answer.text

"""Downloads as clients read and save them: over both transports, from honest servers and bad ones."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, assert_type

import pytest
from conftest import running
from hypothesis import given
from hypothesis import strategies as st
from sanic import Sanic

from sanic_actions import ActionError, action
from sanic_actions import Download as Given
from sanic_actions._files import safe_name
from sanic_actions._types.disposition import disposition, name_in
from sanic_actions.client import (
    Async,
    AsyncClient,
    AsyncDownload,
    AsyncHttpx2Transport,
    AsyncPyqwestTransport,
    CallError,
    Calls,
    Client,
    Download,
    Err,
    Httpx2Transport,
    InputError,
    Ok,
    PyqwestTransport,
    Request,
    Response,
    Sync,
    download,
)
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import local

Sanic.test_mode = True
M_co = TypeVar("M_co", covariant=True)
CLOSED: list[str] = []
CONTENT = os.urandom(2 * 2**20 + 5)


class NoSuchReport(ActionError, code="NOT_FOUND"):
    month: str


@action(raises=[NoSuchReport])
async def report(month: str) -> Given:
    if month == "none":
        raise NoSuchReport("No such report", month=month)
    return Given(CONTENT, name=f"{month}.bin")


@action
async def broken(size: int | None = None) -> Given:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        raise KeyError

    return Given(parts(), name="broken.bin", size=size)


@action
async def waiting(name: str) -> Given:
    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"x"
            await asyncio.sleep(60)
        finally:
            CLOSED.append(name)

    return Given(parts(), name="waiting.bin")


@action
async def nameless() -> Given:
    return Given(b"nothing known")


class _Root(Calls[M_co]):
    """What ``generate`` writes for these actions."""

    @download(NoSuchReport)
    def report(self, /, *, month: str) -> bytes: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @download()
    def broken(self, /, *, size: int | None = None) -> bytes: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @download()
    def waiting(self, /, *, name: str) -> bytes: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @download(idempotent=True)
    def nameless(self, /) -> bytes: ...  # type: ignore[empty-body]  # a declaration, which is not called


class Files(_Root[Sync], Client):
    pass


class AsyncFiles(_Root[Async], AsyncClient):
    pass


def make_app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("files")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"report": report, "broken": broken, "waiting": waiting, "nameless": nameless}))
    return app


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(make_app()) as base:
        yield base


class Reader:
    """Does one thing with a download over one transport, by the blocking client or the asynchronous one."""

    def __init__(self, transport: Callable[[], Any]) -> None:
        self.transport = transport
        self.is_async = transport.__name__.startswith("Async")

    def _run(self, url: str, do: Callable[[Any], Any], options: dict[str, Any]) -> Any:
        if not self.is_async:
            with Files(url, transport=self.transport(), **options) as client:
                return do(client)

        async def run() -> Any:
            async with AsyncFiles(url, transport=self.transport(), **options) as client:
                return await do(client)

        return asyncio.run(run())

    def read(self, url: str, call: Callable[[Any], Any], **options: Any) -> Any:
        """The result of reading a whole file."""
        return self._run(url, lambda client: call(client).safe().read(max_bytes=4 * 2**20), options)

    def save(self, url: str, call: Callable[[Any], Any], path: Path | str, **options: Any) -> Any:
        """The result of saving it."""
        return self._run(url, lambda client: call(client).safe().save(path, **options), {})

    def head(self, url: str, call: Callable[[Any], Any]) -> Any:
        """What is known of a file before its bytes."""

        def of(file: Any) -> Any:
            return file.name, file.content_type, file.size

        def ask(client: Any) -> Any:
            with call(client) as file:
                return of(file)

        async def ask_async(client: Any) -> Any:
            async with call(client) as file:
                return of(file)

        return self._run(url, ask_async if self.is_async else ask, {})


@pytest.fixture(params=[Httpx2Transport, PyqwestTransport, AsyncHttpx2Transport, AsyncPyqwestTransport])
def reader(request: pytest.FixtureRequest) -> Reader:
    return Reader(request.param)


def is_closed(name: str) -> bool:
    """Wait for the ``finally`` of a download, as long as a busy machine may take."""
    ends = time.monotonic() + 30
    while name not in CLOSED and time.monotonic() < ends:
        time.sleep(0.01)
    return name in CLOSED


def test_files_arrive_whole(url: str, reader: Reader, tmp_path: Path) -> None:
    """A file is read and saved as it is, into a folder under its own name."""
    assert reader.read(url, lambda client: client.report(month="May")) == Ok(CONTENT)
    assert reader.save(url, lambda client: client.report(month="May"), tmp_path) == Ok(tmp_path / "May.bin")
    assert reader.save(url, lambda client: client.nameless(), tmp_path / "b") == Ok(tmp_path / "b")

    assert (tmp_path / "May.bin").read_bytes() == CONTENT
    assert (tmp_path / "b").read_bytes() == b"nothing known"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["May.bin", "b"]


def test_heads(url: str, reader: Reader) -> None:
    """Name, type and length are known before the bytes; a file without a name is called as its action."""
    size = len(CONTENT)
    assert reader.head(url, lambda client: client.report(month="May")) == ("May.bin", "application/octet-stream", size)
    assert reader.head(url, lambda client: client.nameless())[0] == "nameless"


def test_declared_errors(url: str, reader: Reader, tmp_path: Path) -> None:
    """What fails before the first byte is the error of any action, and saves nothing."""
    result = reader.save(url, lambda client: client.report(month="none"), tmp_path)
    invalid = reader.read(url, lambda client: client.report(month=3))

    assert isinstance(result.error, NoSuchReport)
    assert (result.error.month, result.error.status) == ("none", 404)
    assert "report" in str(result.error)
    assert isinstance(invalid.error, InputError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [None, 200_000])
def test_an_error_in_the_middle(url: str, reader: Reader, tmp_path: Path, size: int | None) -> None:
    """A transfer that breaks is a `CallError`, and leaves no part of a file."""
    result = reader.save(url, lambda client: client.broken(size=size), tmp_path)

    assert isinstance(result.error, CallError)
    assert (result.error.cause, result.error.status) == ("protocol", 200)
    assert list(tmp_path.iterdir()) == []


def test_both_clients(url: str, tmp_path: Path) -> None:
    """A blocking download is opened by what is asked of it; an asynchronous one by `async with`, or by its reading."""
    with Files(url) as client:
        file = client.report(month="May")
        assert_type(file, Download[NoSuchReport | InputError | CallError])
        assert (file.size, file.read()) == (len(CONTENT), CONTENT)
        assert file.name == "May.bin"
        with client.report(month="May") as chunks:
            assert b"".join(chunks) == CONTENT
        with pytest.raises(NoSuchReport), client.report(month="none"):
            pytest.fail("opened")
        assert b"".join(result.data or b"" for result in client.report(month="May").safe().chunks()) == CONTENT

    async def main() -> None:
        async with AsyncFiles(url) as client:
            late = client.report(month="May")
            assert_type(late, AsyncDownload[NoSuchReport | InputError | CallError])
            with pytest.raises(RuntimeError, match="async with client"):
                print(late.name)
            async with late as opened:
                assert opened.name == "May.bin"
                assert b"".join([chunk async for chunk in opened]) == CONTENT
            assert await client.report(month="May").read() == CONTENT
            assert await client.report(month="May").save(tmp_path) == tmp_path / "May.bin"
            with pytest.raises(NoSuchReport):
                await client.report(month="none").read()
            results = [result async for result in client.report(month="none").safe().chunks()]
            assert [type(result) for result in results] == [Err]

    asyncio.run(main())


def test_a_file_is_read_once(url: str) -> None:
    """What has been read is gone: a second reading is a mistake, not an empty file."""
    with Files(url) as client:
        file = client.nameless()
        file.read()
        with pytest.raises(RuntimeError, match="call the action again"):
            file.read()
        left = client.nameless()
        left.close()
        with client.nameless() as closed:
            pass
        with pytest.raises(RuntimeError, match="call the action again"):
            closed.save("/nowhere-to-save")


def test_files_that_exist_stay(url: str, reader: Reader, tmp_path: Path) -> None:
    """A file is replaced only where that is asked for, and never in parts."""
    (tmp_path / "May.bin").write_text("mine")

    for path in (tmp_path, tmp_path / "May.bin"):
        with pytest.raises(FileExistsError, match="overwrite=True"):
            reader.save(url, lambda client: client.report(month="May"), path)
    reader.save(url, lambda client: client.broken(), tmp_path / "May.bin", overwrite=True)
    assert (tmp_path / "May.bin").read_text() == "mine"
    reader.save(url, lambda client: client.report(month="May"), tmp_path / "May.bin", overwrite=True)

    assert (tmp_path / "May.bin").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["May.bin"]


def test_a_link_is_not_followed(url: str, reader: Reader, tmp_path: Path) -> None:
    """A link under the file's name is as good as a file: nothing is written to where it leads."""
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "May.bin").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError):
        reader.save(url, lambda client: client.report(month="May"), tmp_path / "folder")
    reader.save(url, lambda client: client.report(month="May"), tmp_path / "folder", overwrite=True)

    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert (tmp_path / "folder" / "May.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["missing/", "missing/file"])
def test_folders_that_are_missing(url: str, reader: Reader, tmp_path: Path, path: str) -> None:
    """A folder that is not there is an error before anything is asked for."""
    with pytest.raises(FileNotFoundError):
        reader.save("http://127.0.0.1:1", lambda client: client.nameless(), f"{tmp_path}/{path}")


def test_a_disk_that_is_full(url: str, tmp_path: Path) -> None:
    """What the disk refuses is the disk's error, and leaves nothing."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with Files(url) as client, pytest.raises(OSError, match="large"):
            client.report(month="May").safe().save(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(tmp_path.iterdir()) == []


def test_a_caller_who_leaves_closes_the_iterator(url: str) -> None:
    """Leaving `with`, and letting go of the file, end the handler."""
    with Files(url) as client:
        with client.waiting(name="with") as file:
            assert next(file.chunks()) == b"x"
        assert is_closed("with")
        opened = client.waiting(name="nobody")
        assert opened.name == "waiting.bin"
        del opened
        assert is_closed("nobody")


def test_a_cancelled_save_leaves_nothing(url: str, tmp_path: Path) -> None:
    """A task that is cancelled while it saves closes its download and removes what it has written."""

    async def main() -> None:
        async with AsyncFiles(url) as client:
            task = asyncio.create_task(client.waiting(name="cancelled").save(tmp_path))
            async with asyncio.timeout(30):
                while not os.listdir(tmp_path):  # noqa: ASYNC110, PTH208  # the disk tells nobody
                    await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())

    assert is_closed("cancelled")
    assert list(tmp_path.iterdir()) == []


def test_the_timeout_is_the_gap_between_parts(url: str, reader: Reader) -> None:
    """A file may take as long as it likes, if something of it comes within the timeout."""
    result = reader.read(url, lambda client: client.waiting(name="gap"), timeout=1.5)

    assert isinstance(result.error, CallError)
    assert (result.error.code, result.error.cause) == ("GATEWAY_TIMEOUT", "timeout")
    assert "with_options(timeout=...)" in result.error.message


def test_files_of_an_app_in_process(tmp_path: Path) -> None:
    """`local` gives downloads as a server does, errors in the middle too."""
    with local(make_app(), Files) as client:
        assert client.report(month="May").read() == CONTENT
        for size in (None, 200_000):
            result = client.broken(size=size).safe().save(tmp_path)
            assert isinstance(result.error, CallError)
    assert list(tmp_path.iterdir()) == []


def test_transports_without_streams_say_so() -> None:
    """A transport of the user's that only reads whole answers is a configuration error."""

    class Whole:
        def send(self, request: Request) -> Response:
            raise NotImplementedError

        def close(self) -> None:
            """Do nothing."""

    with Files("http://test", transport=Whole()) as client:
        result = client.nameless().safe().read()

    assert isinstance(result.error, CallError)
    assert (result.error.cause, result.error.status) == ("configuration", None)
    assert "stream(request)" in result.error.message


def test_observers_see_the_end(url: str) -> None:
    """An observer is told of each download's end: whole, failed, or left."""
    ends: list[str] = []

    class Watcher:
        def on_start(self, call: Any) -> None:
            """Do nothing."""

        def on_end(self, token: None, call: Any, outcome: Any, exception: BaseException | None) -> None:
            ends.append("left" if outcome is None else type(outcome).__name__)

    with Files(url, observers=[Watcher()]) as client:
        client.report(month="May").read()
        client.report(month="none").safe().read()
        client.broken().safe().read()
        with client.waiting(name="observed"):
            pass

    assert ends == ["Ok", "Err", "Err", "left"]


# ---- Bad peers


@contextlib.contextmanager
def peer(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers each request with the next of some bytes, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def serve() -> None:
        for answer in answers:
            with contextlib.suppress(OSError), listener.accept()[0] as connection:
                connection.settimeout(20)
                connection.recv(65_536)
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(20)


def answer(*headers: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


ATTACHED = "Content-Disposition: attachment; filename=a.bin"
CHUNKED = "Transfer-Encoding: chunked"
PEERS = {
    "short": (answer(ATTACHED, "Content-Length: 10", body=b"short"), 200),
    "no bytes at all": (answer(ATTACHED, "Content-Length: 10"), 200),
    "no last chunk": (answer(ATTACHED, CHUNKED, body=b"5\r\nhello\r\n"), 200),
    "half a chunk": (answer(ATTACHED, CHUNKED, body=b"a\r\nhello"), 200),
    "no chunk": (answer(ATTACHED, CHUNKED, body=b"zzz\r\n"), 200),
    "no length": (answer(ATTACHED, body=b"hello"), 200),
    "no length, an old version": (answer(ATTACHED, body=b"hello").replace(b"1.1", b"1.0"), 200),
    "negative length": (answer(ATTACHED, "Content-Length: -1", body=b"hello"), None),
    "no number": (answer(ATTACHED, "Content-Length: many", body=b"hello"), None),
    "error page": (answer("Content-Type: text/html", "Content-Length: 6", body=b"Log in"), 200),
    "JSON": (answer("Content-Type: application/json", "Content-Length: 1", body=b"1"), 200),
    "inline": (answer("Content-Disposition: inline; filename=a", "Content-Length: 1", body=b"1"), 200),
    "nothing": (answer(status="204 No Content"), 204),
    "coded": (answer(ATTACHED, "Content-Encoding: gzip", "Content-Length: 1", body=b"1"), 200),
    "redirect": (answer("Location: /login", "Content-Length: 0", status="302 Found"), 302),
    "attached error": (answer(ATTACHED, "Content-Length: 1", body=b"1", status="500 Oops"), 500),
    "part": (answer(ATTACHED, "Content-Length: 1", body=b"1", status="206 Partial"), 206),
    "no answer": (b"", None),
    "no HTTP": (b"SSH-2.0\r\n", None),
}


@pytest.mark.parametrize("kind", PEERS)
def test_bad_peers_are_honest_errors(reader: Reader, kind: str, tmp_path: Path) -> None:
    """Whatever a peer sends that is not a whole file is a `CallError`, and never a file."""
    content, status = PEERS[kind]

    with peer(content) as url:
        result = reader.save(url, lambda client: client.nameless(), tmp_path)

    assert isinstance(result.error, CallError), result
    if status is not None:
        assert result.error.status == status
    assert list(tmp_path.iterdir()) == []


def test_more_than_promised_is_not_read(reader: Reader) -> None:
    """Bytes behind the end of a file are not of it."""
    with peer(answer(ATTACHED, "Content-Length: 5", "Connection: close", body=b"hello and more")) as url:
        assert reader.read(url, lambda client: client.nameless()) == Ok(b"hello")


def _flood(connection: socket.socket) -> None:
    connection.sendall(answer(ATTACHED, CHUNKED))
    for _ in range(1_000):
        connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def test_an_endless_file_is_bounded(reader: Reader, tmp_path: Path) -> None:
    """What is read into memory has a bound, and what is saved has one where it is asked for."""
    with peer(_flood) as url:
        result = reader.read(url, lambda client: client.nameless())
    with peer(_flood) as url:
        saved = reader.save(url, lambda client: client.nameless(), tmp_path, max_bytes=2**20)

    assert isinstance(result.error, CallError)
    assert "max_bytes=..." in result.error.message
    assert isinstance(saved.error, CallError)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_asked_for_again(reader: Reader) -> None:
    """Before its first byte a download is repeated as any action that may be."""
    busy = answer("Content-Length: 0", status="503 Busy")
    with peer(busy, answer(ATTACHED, "Content-Length: 5", body=b"hello")) as url:
        assert reader.read(url, lambda client: client.nameless(), retries=1) == Ok(b"hello")
    with peer(answer(ATTACHED, "Content-Length: 9", body=b"hello")) as url:
        assert isinstance(reader.read(url, lambda client: client.nameless(), retries=1).error, CallError)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        (r'attachment; filename="C:\\Windows\\system.ini"', "system.ini"),
        ('attachment; filename="/"', "file"),
        ('attachment; filename=".."', "file"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ('attachment; filename="NUL.txt"', "_NUL.txt"),
        ("attachment; filename*=UTF-8''a%00b%0d%0a.txt", "ab.txt"),
        ("attachment; filename*=UTF-8''%E2%80%AEgnp.exe", "gnp.exe"),
        ("attachment; filename*=nonsense; filename=plain.txt", "plain.txt"),
        ("attachment; filename*=utf-99''a; filename=plain.txt", "plain.txt"),
        ("attachment; filename*=iso-8859-1''%FC.txt", "ü.txt"),
        ("attachment; filename=first; filename=second", "first"),
        ("ATTACHMENT;FILENAME = a.bin ", "a.bin"),
        ("attachment", "nameless"),
        ("attachment; filename=" + "x" * 3_000, "x" * 200),
    ],
)
def test_names_are_safe(header: str, name: str, tmp_path: Path) -> None:
    """Whatever a server calls its file, it is saved in the folder that was named, under a harmless name."""
    with peer(answer(f"Content-Disposition: {header}", "Content-Length: 1", body=b"1")) as url, Files(url) as client:
        assert client.nameless().save(tmp_path) == tmp_path / name
    assert (tmp_path / name).read_bytes() == b"1"


@given(st.text(min_size=1, max_size=300))
def test_names_come_through(name: str) -> None:
    """Any name comes through as what is safe of it, whatever its characters."""
    safe = safe_name(name)

    header = disposition(safe)

    assert header.isascii()
    assert header.isprintable()
    assert name_in(header) == safe


@given(st.text(max_size=200))
def test_no_header_fails(header: str) -> None:
    """A name is read from any header without an error, and is safe."""
    name = name_in(f"attachment; {header}")

    assert name == safe_name(name)
    assert "/" not in name


class Unreadable(Client):
    @download()
    def file(self) -> Nowhere: ...  # type: ignore[name-defined]  # noqa: F821  # the mistake under test


class AsyncUnreadable(AsyncClient):
    @download()
    def file(self) -> Nowhere: ...  # type: ignore[name-defined]  # noqa: F821  # likewise


def test_a_mistake_in_a_declaration_is_raised_as_it_is() -> None:
    """Nothing was called yet, so it is not a failure of the call."""
    with Unreadable("http://127.0.0.1:9") as client, pytest.raises(NameError, match="Nowhere"):
        client.file().read()

    async def main() -> None:
        async with AsyncUnreadable("http://127.0.0.1:9") as client:
            await client.file().read()

    with pytest.raises(NameError, match="Nowhere"):
        asyncio.run(main())

"""Clients: where they call, what they send along, how long they live, and who may share them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import gc
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sanic import Request, Sanic
from sanic.response import HTTPResponse, json

from sanic_actions import CallError, Err, Ok
from sanic_actions.client import (
    AsyncCall,
    AsyncHttpx2Transport,
    AsyncPyqwestTransport,
    Httpx2Transport,
    PyqwestTransport,
    Response,
)
from sanic_actions.client import Request as ClientRequest

Ask = Callable[..., Any]
Serve = Callable[[Sanic[Any, Any]], str]
Misbehave = Callable[[Callable[[socket.socket], None]], str]


def counting(path: str = "/_actions") -> tuple[Sanic[Any, Any], list[Request[Any, Any]]]:
    """An app whose actions give 1, set a cookie, and keep their requests."""
    app: Sanic[Any, Any] = Sanic("counting")
    seen: list[Request[Any, Any]] = []

    @app.post(f"{path}/<name>")
    async def handle(request: Request[Any, Any], name: str) -> HTTPResponse:
        seen.append(request)
        response = json(1)
        response.add_cookie("session", "s3cret", secure=False)
        return response

    return app, seen


@pytest.mark.parametrize("end", ["", "/"])
def test_base_url_with_path(ask: Ask, serve: Serve, end: str) -> None:
    """The path of the base URL stands before that of the actions, with a slash at its end or without."""
    app, seen = counting("/deep/app/_actions")

    ask(f"{serve(app)}/deep/app{end}", lambda c: c.blog.admin.remove(post_id="p"))

    assert [r.path for r in seen] == ["/deep/app/_actions/blog.admin.remove"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "blog.example",
        "//blog.example",
        "ftp://blog.example",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://host:port",
        "http://host:0",
        "http://host:99999",
        "http://[::1",
        "http://host/a/../b",
        "http://host/%2E%2e/b",
        "http://host/?tenant=1",
        "http://host/#x",
        "http://host\\@evil",
        "http://ho st",
        "http://host\r\nX: y",
        "http://hòst",
    ],
)
def test_base_url_that_cannot_be_used(url: str) -> None:
    """A base URL that is no plain address of a server is refused when the client is made."""
    import zoo

    with pytest.raises(ValueError, match="base URL"):
        zoo.Client(url)


@pytest.mark.parametrize("url", [b"http://x", 5, Path("http://x"), httpx2.URL("http://x")], ids=repr)
def test_base_url_that_is_not_a_string(url: Any) -> None:
    """A base URL of another type is refused with a sentence."""
    import zoo

    with pytest.raises(ValueError, match=r"The base URL is a string such as"):
        zoo.Client(url)


def test_base_url_with_credentials() -> None:
    """Credentials in a base URL are refused, and the message does not repeat them."""
    import zoo

    with pytest.raises(ValueError, match=r"headers=\.\.\.") as caught:
        zoo.AsyncClient("https://ada:hunter2@blog.example")

    assert "hunter2" not in str(caught.value)


def test_headers(ask: Ask, serve: Serve) -> None:
    """Headers of the client go with every call; those of ``with_options`` add to them or replace them."""
    app, seen = counting()
    url = serve(app)

    ask(url, lambda c: c.blog.admin.remove(post_id="p"), headers={"X-A": "1", "X-B": "2", "User-Agent": "me"})
    ask(url, lambda c: c.with_options(headers={"x-b": "3"}).blog.admin.remove(post_id="p"), headers={"X-B": "2"})

    assert [(r.headers.get("x-a"), r.headers.get("x-b")) for r in seen] == [("1", "2"), (None, "3")]
    assert seen[0].headers["user-agent"] == "me"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "1\r\nX-Evil: 2"},
        {"X-A": "1\n2"},
        {"X-A": "\x00"},
        {"X-A": "ö"},
        {"X A": "1"},
        {"X:A": "1"},
        {"": "1"},
        {"X-A\r\n": "1"},
        {"Content-Length": "0"},
        {"content-type": "text/plain"},
        {"Transfer-Encoding": "chunked"},
        {"Accept-Encoding": "gzip"},
    ],
)
def test_headers_that_cannot_be_sent(headers: dict[str, str]) -> None:
    """Headers with line breaks, and those that belong to the client, are refused when they are given."""
    import zoo

    with pytest.raises(ValueError, match="header"):
        zoo.Client("http://x", headers=headers)
    with pytest.raises(ValueError, match="header"):
        zoo.Client("http://x").with_options(headers=headers)


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), 1e10, sys.maxsize, 10**400])
def test_timeout_that_cannot_be_used(seconds: float) -> None:
    """A timeout is a positive number of seconds, that a clock can count to."""
    import zoo

    with pytest.raises(ValueError, match="timeout"):
        zoo.Client("http://x", timeout=seconds)


def test_timeout_below_a_millisecond(ask: Ask, serve: Serve) -> None:
    """The server is told of a positive time, however short it is."""
    app, seen = counting()
    url = serve(app)

    ask(url, lambda c: c.with_options(timeout=0.0004).blog.admin.remove.safe(post_id="p"))

    assert [request.headers["request-timeout"] for request in seen] in ([], ["0.001"])


@pytest.mark.parametrize("copy_of", [copy.deepcopy, lambda client: pickle.loads(pickle.dumps(client))])
def test_copies_of_clients(serve: Serve, copy_of: Callable[[Any], Any]) -> None:
    """A deep copy of a client, also by pickle, has connections of its own, whether it was used or not."""
    import zoo

    url = serve(counting()[0])
    with zoo.Client(url, headers={"X-A": "1"}, timeout=30) as client:
        before = copy_of(client)
        client.blog.admin.remove(post_id="p")
        twins = [before, copy_of(client), copy_of(client.with_options(timeout=20))]
    for twin in twins:
        with twin:
            assert twin.blog.admin.remove(post_id="p") == 1
    with pytest.raises(CallError, match="closed"):
        copy_of(client).blog.admin.remove(post_id="p")


@pytest.mark.parametrize("copy_of", [copy.copy, copy.deepcopy, lambda call: pickle.loads(pickle.dumps(call))])
def test_copies_of_calls(serve: Serve, copy_of: Callable[[Any], Any]) -> None:
    """A copy of a call, also by pickle for another process, calls the same action of the same server."""
    import zoo

    url = serve(counting()[0])
    with zoo.Client(url, timeout=30) as client:
        before = copy_of(client.blog.admin.remove)
        assert client.blog.admin.remove(post_id="p") == 1
        after = copy_of(client.blog.admin.remove)

        assert [call(post_id="p") for call in (before, after)] == [1, 1]
        assert repr(after) == repr(client.blog.admin.remove)
        for call in (before, after):  # which nobody else has: they live as long as their process
            if transport := call._session.connections.close():
                transport.close()
    assert isinstance(copy_of(zoo.AsyncClient(url).blog.admin.remove), AsyncCall)


def test_timeout_per_call(ask: Ask, misbehave: Misbehave) -> None:
    """``with_options(timeout=...)`` limits one call, not the client."""

    def silent(connection: socket.socket) -> None:
        connection.settimeout(60)
        connection.recv(1)

    url = misbehave(silent)
    began = time.monotonic()

    result = ask(url, lambda c: c.with_options(timeout=0.2).blog.admin.remove.safe(post_id="p"))

    assert result.error.code == "GATEWAY_TIMEOUT"
    assert time.monotonic() - began < 8  # the client itself waits longer


@pytest.mark.parametrize("name", ["base_url", "url", "timeout", "headers", "auth", "retries", "on_change", "token"])
def test_setting_that_is_set_on_a_client(name: str) -> None:
    """An option that is set on a client would change nothing, so that it is refused with what to write."""
    import zoo

    for client, place in ((zoo.actions, "Client"), (zoo.AsyncClient("http://x"), "AsyncClient")):
        with pytest.raises(AttributeError, match=rf"^{place} has no setting '{name}': .* {place}\(\.\.\.\)"):
            setattr(client, name, "http://x")


def test_a_derived_client_has_attributes_of_its_own() -> None:
    """It may read what the generated one does not."""
    import zoo

    class Tenant(zoo.Client):
        def __init__(self, token: str) -> None:
            self.token = token
            super().__init__("http://x", headers={"x-token": token})
            self.timeout = 5

    tenant = Tenant("secret")

    assert (tenant.token, tenant.timeout, tenant.with_options(timeout=1).token) == ("secret", 5, "secret")


def test_action_that_is_replaced_on_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests put a function in the place of an action, and a namespace or a note of their own on a client."""
    import zoo

    actions: Any = zoo.actions
    with monkeypatch.context() as patch:
        patch.setattr(zoo.actions, "like", lambda post_id: post_id)
        patch.setattr(zoo.actions, "blog", None)
        patch.setattr(zoo.actions, "made_by", "the test", raising=False)
        assert (actions.like(post_id="p"), actions.blog) == ("p", None)

    assert "<action like of" in repr(actions.like)


def test_with_options_keeps_the_client(serve: Serve) -> None:
    """``with_options`` gives the same type with the same connections, whatever was called before."""
    import zoo

    class Mine(zoo.Client):
        tenant = "t1"

    app, seen = counting()
    with Mine(serve(app)) as client:
        client.blog.admin.remove(post_id="p")
        other = client.with_options(headers={"X-A": "1"})
        other.blog.admin.remove(post_id="p")

        assert type(other) is Mine
    assert [r.headers.get("x-a") for r in seen] == [None, "1"]
    assert seen[0].port == seen[1].port  # one connection


def test_cookies_are_not_kept(ask: Ask, serve: Serve) -> None:
    """A client keeps no cookies: a call does not depend on those before it."""
    app, seen = counting()
    url = serve(app)

    def twice(client: Any) -> Any:
        first = client.blog.admin.remove(post_id="p")
        if isinstance(first, int):
            return client.blog.admin.remove(post_id="p")

        async def main() -> Any:
            await first
            return await client.blog.admin.remove(post_id="p")

        return main()

    ask(url, twice)

    assert [r.cookies.get("session") for r in seen] == [None, None]


def test_client_of_the_user(serve: Serve) -> None:
    """An httpx2 client brings authentication, cookies and mocks along, and stays open."""
    import zoo

    app, seen = counting()
    with httpx2.Client(auth=("ada", "pw"), follow_redirects=True) as mine:
        with zoo.Client(serve(app), transport=Httpx2Transport(mine)) as client:
            client.blog.admin.remove(post_id="p")
            client.blog.admin.remove(post_id="p")

        assert not mine.is_closed
    assert [r.cookies.get("session") for r in seen] == [None, "s3cret"]
    assert all(r.headers["authorization"].startswith("Basic ") for r in seen)
    assert all(r.headers["accept-encoding"] == "identity" for r in seen)


@pytest.mark.parametrize(
    ("transport", "client", "words"),
    [
        (Httpx2Transport, httpx2.AsyncClient(), r"takes an httpx2.Client, not an object of httpx2.*AsyncClient"),
        (AsyncHttpx2Transport, object(), r"takes an httpx2.AsyncClient, not an object of builtins.object"),
    ],
)
def test_client_of_another_kind(transport: Callable[[Any], Any], client: Any, words: str) -> None:
    """A transport says at once that it cannot use a client."""
    with pytest.raises(TypeError, match=words):
        transport(client)


def test_redirect_with_client_of_the_user(misbehave: Misbehave) -> None:
    """Redirects are not followed even by a client that follows them: credentials stay where they belong."""
    import zoo

    url = misbehave(
        lambda c: c.sendall(b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    )
    with httpx2.Client(auth=("ada", "pw"), follow_redirects=True) as mine:
        result = zoo.Client(url, transport=Httpx2Transport(mine)).like.safe(post_id="p")

    assert isinstance(result, Err)
    assert result.error.status == 307


def test_mock_and_asgi() -> None:
    """Tests can answer calls themselves, or call the app without a network."""
    import zoo

    answer = httpx2.Response(200, json=7)
    with httpx2.Client(transport=httpx2.MockTransport(lambda request: answer)) as mock:
        assert zoo.Client("http://x", transport=Httpx2Transport(mock)).blog.admin.remove(post_id="p") == 7

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"1"})

    async def main() -> int:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as mine:
            client = zoo.AsyncClient("http://x", transport=AsyncHttpx2Transport(mine))
            return await client.blog.admin.remove(post_id="p")

    assert asyncio.run(main()) == 1


IN_PROCESS: dict[str, Callable[[Any], Any]] = {
    "asynchronous": lambda app: httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app)),
    "blocking": lambda app: httpx2.Client(transport=httpx2.ASGITransport(app=app)),  # type: ignore[arg-type]  # what is wrong
    "wsgi": lambda app: httpx2.Client(transport=httpx2.WSGITransport(app=app)),
}


@pytest.mark.parametrize("kind", IN_PROCESS)
def test_app_in_this_process_that_nobody_has_started(kind: str) -> None:
    """The error says who starts it: an ASGI transport of httpx2 only sends requests."""
    import zoo

    mine: Any = IN_PROCESS[kind](counting()[0])
    if kind == "asynchronous":
        result = asyncio.run(zoo.AsyncClient("http://x", transport=AsyncHttpx2Transport(mine)).like.safe(post_id="p"))
    else:
        result = zoo.Client("http://x", transport=Httpx2Transport(mine)).like.safe(post_id="p")

    assert isinstance(result, Err)
    assert str(result.error).endswith(
        " An app in this process is called through sanic_actions.testing, which starts it: "
        "'with local(app, Client) as client', or 'async with local(app, AsyncClient) as client'."
    )


@pytest.mark.parametrize("transport", [counting()[0], httpx2.ASGITransport(app=counting()[0])])
def test_app_in_place_of_a_transport(transport: Any) -> None:
    """The error says how an app is called."""
    import zoo

    with pytest.raises(ValueError, match=r"called through sanic_actions\.testing.*local\(app, AsyncClient\)"):
        zoo.AsyncClient("http://x", transport=transport)


class Recorder:
    """A transport of two methods."""

    def __init__(self, answer: Response | BaseException) -> None:
        self.answer = answer
        self.requests: list[ClientRequest] = []
        self.closed = False

    def send(self, request: ClientRequest, /) -> Response:
        self.requests.append(request)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.closed = True


def test_transport_of_the_user() -> None:
    """A transport is any object with ``send`` and ``close``; the client closes it."""
    import zoo

    transport = Recorder(Response(200, {"content-type": "application/json"}, b"4"))
    with zoo.Client("http://x", transport=transport) as client:
        assert client.blog.admin.remove(post_id="p") == 4

    assert transport.closed
    assert [(r.url, r.body, r.timeout) for r in transport.requests] == [
        ("http://x/_actions/blog.admin.remove", b'{"post_id":"p"}', 30.0)
    ]


def test_transport_that_breaks() -> None:
    """Whatever a transport raises is an Err, except what ends the program."""
    import zoo

    result = zoo.Client("http://x", transport=Recorder(ZeroDivisionError("oops"))).like.safe(post_id="p")

    assert isinstance(result.error, CallError)
    assert "ZeroDivisionError('oops')" in result.error.message
    with pytest.raises(KeyboardInterrupt):
        zoo.Client("http://x", transport=Recorder(KeyboardInterrupt())).like.safe(post_id="p")


def test_closed_client(serve: Serve) -> None:
    """A closed client says that it is closed, its copies too; closing twice does no harm."""
    import zoo

    app, _ = counting()
    client = zoo.Client(serve(app))
    copy = client.with_options(timeout=1)
    assert client.blog.admin.remove(post_id="p") == 1
    client.close()
    client.close()

    for closed in (client, copy):
        error = closed.like.safe(post_id="p").error
        assert isinstance(error, CallError)
        assert "closed" in error.message

    async def main() -> object:
        async with zoo.AsyncClient("http://x") as asynchronous:
            pass
        return (await asynchronous.like.safe(post_id="p")).error

    assert "closed" in str(asyncio.run(main()))


def test_address_from_the_environment(ask: Ask, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a base URL, ``ZOO_URL`` is read at the first call; unset or wrong, the error names it."""
    app, seen = counting()
    monkeypatch.delenv("ZOO_URL", raising=False)

    def use(client: Any) -> Any:
        return client.blog.admin.remove.safe(post_id="p")

    assert "set the environment variable ZOO_URL" in ask(None, use).error.message
    monkeypatch.setenv("ZOO_URL", "blog.example")
    assert "ZOO_URL: The base URL 'blog.example' does not begin with http" in ask(None, use).error.message
    monkeypatch.setenv("ZOO_URL", serve(app))
    assert ask(None, use) == Ok(1)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{url}", None),
        ("{url}/", None),
        ("{url}//", None),
        ("{url}/deep/app", None),
        ("{url}/deep/app/", None),
        ("", "set the environment variable ZOO_URL"),
        (" {url}", "characters that no URL has"),
        ("{url}\n", "characters that no URL has"),
        ("{url}?a=b", "a query or a fragment"),
        ("http://user:secret@host", "credentials"),
        ("unix:///run/app.sock", "does not begin with http"),
        ("/run/app.sock", "does not begin with http"),
    ],
)
def test_values_of_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, value: str, words: str | None
) -> None:
    """A path and slashes at the end are fine; of a value that cannot be used a ``CallError`` says what is wrong."""
    import zoo

    app, _ = counting("/deep/app/_actions" if "deep" in value else "/_actions")
    monkeypatch.setenv("ZOO_URL", value.format(url=serve(app)))

    with zoo.Client() as client:
        result = client.blog.admin.remove.safe(post_id="p")

    if words is None:
        assert result == Ok(1)
        return
    assert isinstance(result, Err)
    error: Any = result.error
    assert (error.code, error.status, error.cause) == ("PRECONDITION_FAILED", None, "configuration")
    assert "ZOO_URL" in error.message
    assert words in error.message
    assert "secret" not in error.message


def test_environment_that_changes(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call goes where the variable says by then, of one client, of its copies, and of both kinds."""
    import zoo

    apps = [counting(), counting()]
    urls = [serve(app) for app, _ in apps]

    with zoo.Client() as client:
        copy = client.with_options(timeout=9)
        for url in (*urls, urls[0]):
            monkeypatch.setenv("ZOO_URL", url)
            assert client.blog.admin.remove(post_id="p") == copy.blog.admin.remove(post_id="p") == 1
        monkeypatch.delenv("ZOO_URL")
        assert isinstance(client.blog.admin.remove.safe(post_id="p"), Err)

    async def main() -> None:
        async with zoo.AsyncClient() as asynchronous:
            for url in urls:
                monkeypatch.setenv("ZOO_URL", url)
                assert await asynchronous.blog.admin.remove(post_id="p") == 1

    asyncio.run(main())

    assert [len(seen) for _, seen in apps] == [5, 3]


ANOTHER_URL = """
    import os, sys
    sys.path.insert(0, {packages!r})
    from zoo import actions

    os.environ["ZOO_URL"] = {urls[0]!r}
    assert actions.blog.admin.remove(post_id="p") == 1
    if os.fork() == 0:
        os.environ["ZOO_URL"] = {urls[1]!r}
        code = 0 if actions.blog.admin.remove(post_id="p") == 1 else 1
        os._exit(code)
    assert os.wait()[1] == 0
    assert actions.blog.admin.remove(post_id="p") == 1
"""


def test_environment_that_a_forked_child_changes(serve: Serve, packages: Path) -> None:
    """The child calls where its own variable says; the parent goes on where it was."""
    apps = [counting(), counting()]
    urls = [serve(app) for app, _ in apps]
    code = textwrap.dedent(ANOTHER_URL).format(packages=str(packages), urls=urls)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert [len(seen) for _, seen in apps] == [2, 1]


UNIX_APP = """
import sys
import tempfile
from sanic import Sanic
from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint

@action
def remove(post_id: str) -> int:
    return 1

app = Sanic("unix")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"blog": Namespace(admin=Namespace(remove=remove))}))
app.run(unix=sys.argv[1], single_process=True)
"""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short: that of a socket has 107 bytes, with what Sanic adds while it makes it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # its name is not known beforehand
        yield Path(folder)


def test_unix_socket(tmp_path: Path, short_folder: Path) -> None:
    """A server that listens on a unix socket is called with a client of httpx2 that knows it; the URL is its host."""
    import zoo

    path = short_folder / "app.sock"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", UNIX_APP, str(path)], stdout=log, stderr=log)
    try:
        for _ in range(1_200):
            if path.exists():
                break
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.05)
        with (
            httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path))) as sender,
            zoo.Client("http://blog", transport=Httpx2Transport(sender)) as client,
        ):
            result = client.blog.admin.remove.safe(post_id="p")
    finally:
        process.kill()
        process.wait(30)

    assert result == Ok(1)


def test_shared_client_of_the_module(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """``from zoo import actions`` never fails; the plain call raises while the variable is unset, and works after."""
    from zoo import actions

    monkeypatch.delenv("ZOO_URL", raising=False)
    with pytest.raises(CallError, match="ZOO_URL"):
        actions.like(post_id="p")

    app, _ = counting()
    monkeypatch.setenv("ZOO_URL", serve(app))
    with actions.with_options():
        assert actions.blog.admin.remove(post_id="p") == 1


def test_proxies_of_the_environment_are_not_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default transport goes where the base URL says, whatever proxy variables are set."""
    import zoo

    app, _ = counting()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with zoo.Client(serve(app)) as client:
        assert client.blog.admin.remove(post_id="p") == 1


@pytest.mark.parametrize("transport", [Httpx2Transport, PyqwestTransport])
def test_threads(serve: Serve, transport: Callable[[], Any]) -> None:
    """Threads share a client, also at its very first call."""
    import zoo

    app, seen = counting()
    with zoo.Client(serve(app), transport=transport()) as client, concurrent.futures.ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda n: client.blog.admin.remove(post_id=str(n)), range(160)))

    assert results == [1] * 160
    assert len(seen) == 160


@pytest.mark.parametrize("transport", [AsyncHttpx2Transport, AsyncPyqwestTransport])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the first loop ended without closing
def test_second_event_loop(serve: Serve, transport: Callable[[], Any]) -> None:
    """An AsyncClient works in one event loop after another."""
    import zoo

    app, _ = counting()
    client = zoo.AsyncClient(serve(app), transport=transport())

    async def main(*, close: bool) -> int:
        try:
            return await client.blog.admin.remove(post_id="p")
        finally:
            if close:
                await client.aclose()

    assert asyncio.run(main(close=False)) == 1
    assert asyncio.run(main(close=True)) == 1
    gc.collect()


def watched() -> tuple[Callable[[socket.socket], None], threading.Event, threading.Event]:
    """A script that never answers, and events for "a request is here" and "the caller hung up"."""
    arrived, gone = threading.Event(), threading.Event()

    def script(connection: socket.socket) -> None:
        arrived.set()
        connection.settimeout(30)
        if connection.recv(1) == b"":
            gone.set()

    return script, arrived, gone


@pytest.mark.parametrize("transport", [AsyncHttpx2Transport, AsyncPyqwestTransport])
def test_cancellation(misbehave: Misbehave, transport: Callable[[], Any]) -> None:
    """Cancelling a call cancels it, with ``.safe`` too, and hangs up."""
    import zoo

    script, arrived, gone = watched()
    url = misbehave(script)

    async def main() -> bool:
        async with zoo.AsyncClient(url, transport=transport()) as client:
            task = asyncio.create_task(client.like.safe(post_id="p"))
            await asyncio.to_thread(arrived.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await asyncio.to_thread(gone.wait, 30)

    assert asyncio.run(main())


def test_keyboard_interrupt(misbehave: Misbehave) -> None:
    """Ctrl-C during a call is a KeyboardInterrupt, and hangs up."""
    import zoo

    script, arrived, gone = watched()

    def interrupt() -> None:
        arrived.wait(30)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    client = zoo.Client(misbehave(script))
    with pytest.raises(KeyboardInterrupt):
        client.like.safe(post_id="p")
    thread.join()

    assert gone.wait(30)
    client.close()


FORK = """
    import os, sys, time
    sys.path.insert(0, {packages!r})
    import zoo
    from sanic_actions.client import Httpx2Transport, PyqwestTransport

    client = zoo.Client({url!r}, transport={transport}())
    assert client.blog.admin.remove(post_id="p") == 1
    if os.fork() == 0:
        began = time.monotonic()
        old = client.blog.admin.remove.safe(post_id="p")
        new = zoo.Client({url!r}, transport={transport}()).blog.admin.remove.safe(post_id="p")
        print(old, new, time.monotonic() - began < 8, flush=True)
        os._exit(0)
    os.wait()
    assert client.blog.admin.remove(post_id="p") == 1
    client.close()
"""


@pytest.mark.parametrize(
    ("transport", "words"), [("Httpx2Transport", "Ok(1) Ok(1) True"), ("PyqwestTransport", "spawn")]
)
def test_forked_child(serve: Serve, packages: Path, transport: str, words: str) -> None:
    """In a forked child a used client works, or says at once why not; the parent's connections stay whole."""
    app, seen = counting()
    code = textwrap.dedent(FORK).format(packages=str(packages), url=serve(app), transport=transport)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert words in done.stdout
    assert "True" in done.stdout
    assert len(seen) == (4 if transport == "Httpx2Transport" else 2)

"""Real ASGI servers: a body that is cut short never runs a handler, and limits hold that the host does not enforce."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from conftest import free_port

APP = """
import asyncio
from pathlib import Path
from sanic import Sanic
from sanic.response import text as plain
from sanic_actions import UploadedFile, action
from sanic_actions.server import ActionsBlueprint

@action(accept=("json", "form"))
def echo(text: str = "") -> str:
    with Path(__file__).with_name("ran").open("a") as log:
        log.write(f"{text}\\n")
    return text

@action
async def sleep() -> str:
    await asyncio.sleep(20)
    return "late"

app = Sanic("served")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"echo": echo, "sleep": sleep}, max_body_size=10_000, read_timeout=1))

@app.after_server_stop
async def note(app):
    Path(__file__).with_name("stopped").write_text("yes")

@app.get("/page")
async def page(request):
    return plain("page")

@app.on_request
async def read(request):
    how = request.headers.get("x-read-by")
    if how == "receive_body":
        await request.receive_body()
    elif how == "stream":
        request.body = b"".join([part async for part in request.stream])
    elif how == "read":
        request.body = await request.stream.read() or b""
        while request.stream.request_body:
            request.body += await request.stream.read() or b""
"""

SERVERS = {
    "uvicorn": ("uvicorn", "app:app", "--host", "127.0.0.1", "--log-level", "warning", "--port"),
    "granian": ("granian", "app:app", "--interface", "asgi", "--host", "127.0.0.1", "--log-level", "warning", "--port"),
    "hypercorn": ("hypercorn", "app:app", "--workers", "0", "--log-level", "warning", "--bind"),
}


def command_of(server: str, port: int) -> list[str]:
    """Return the command that serves ``app.py`` of the folder it runs in."""
    address = str(port)
    if server == "hypercorn":
        address = f"127.0.0.1:{port}"
    return [sys.executable, "-m", *SERVERS[server], address]


@pytest.fixture(scope="module", params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of the app under a server, and the file in which its handler says that it ran."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "app.py").write_text(APP)
    port = free_port()
    paths = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    process = subprocess.Popen(command_of(request.param, port), cwd=folder, env={**os.environ, "PYTHONPATH": paths})
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}/_actions/echo", folder / "ran"
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server has ended"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def send(url: str, data: bytes) -> None:
    """Send bytes and close the connection."""
    where = httpx2.URL(url)
    with socket.create_connection((where.host, where.port or 80)) as sock:
        sock.sendall(data)
        time.sleep(0.1)


HEAD = b"POST /_actions/echo HTTP/1.1\r\nhost: x\r\ncontent-type: %b\r\n"
JSON = HEAD % b"application/json"
FORM = HEAD % b"application/x-www-form-urlencoded"

CUT = {
    "JSON with a length": JSON + b'content-length: 100\r\n\r\n{"text": "cut"}',
    "JSON in chunks": JSON + b'transfer-encoding: chunked\r\n\r\nf\r\n{"text": "cut"}\r\n',
    "JSON in half a chunk": JSON + b'transfer-encoding: chunked\r\n\r\nff\r\n{"text": "cut"}',
    "a form with a length": FORM + b"content-length: 100\r\n\r\ntext=cut",
    "a form in chunks": FORM + b"transfer-encoding: chunked\r\n\r\n8\r\ntext=cut\r\n",
    "nothing of a body": JSON + b"content-length: 15\r\n\r\n",
    "nothing in chunks": JSON + b"transfer-encoding: chunked\r\n\r\n",
}


READERS = ("receive_body", "stream", "read")
"""How middleware reads a body before the action does."""


@pytest.mark.parametrize("path", ["/_actions/echo", "/page?_action=echo"])
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", CUT)
def test_bodies_cut_short_that_middleware_reads(served: tuple[str, Path], case: str, reader: str, path: str) -> None:
    """A body that is cut short runs no handler either when middleware has read it, of a call and of a page's form."""
    url, ran = served
    before = lines(ran)
    data = CUT[case].replace(b"/_actions/echo", path.encode(), 1)

    send(url, data.replace(b"host: x", f"host: x\r\nx-read-by: {reader}".encode(), 1))

    assert httpx2.post(url, json={"text": "whole"}, headers={"x-read-by": reader}).json() == "whole"
    assert lines(ran) == [*before, "whole"]


@pytest.mark.parametrize("case", CUT)
def test_bodies_cut_short(served: tuple[str, Path], case: str) -> None:
    """A body that is cut short by the end of the connection runs no handler."""
    url, ran = served
    before = lines(ran)

    send(url, CUT[case])

    assert httpx2.post(url, json={"text": "whole"}).json() == "whole"
    assert lines(ran) == [*before, "whole"]


def test_size_limit(served: tuple[str, Path]) -> None:
    """A body beyond the limit is 413, with a length and in chunks; one within it is served."""
    url, ran = served
    before = lines(ran)
    typed = {"content-type": "application/json"}
    large = json.dumps({"text": "a" * 20_000}).encode()

    assert httpx2.post(url, content=large, headers=typed).status_code == 413
    assert httpx2.post(url, content=iter([large] * 50), headers=typed).status_code == 413
    assert lines(ran) == before
    assert httpx2.post(url, content=iter([b'{"text": ', b'"parts"}']), headers=typed).json() == "parts"


def test_stalling_body(served: tuple[str, Path]) -> None:
    """A body that stops coming is 408."""
    url, ran = served
    where, before = httpx2.URL(url), lines(ran)
    with socket.create_connection((where.host, where.port or 80), timeout=60) as sock:
        sock.sendall(JSON + b"content-length: 15\r\n\r\n{")

        assert b" 408 " in sock.recv(65536).split(b"\r\n")[0]
    assert lines(ran) == before


def test_forms_and_deadlines(served: tuple[str, Path]) -> None:
    """A form of a page leads to the page, a call that its caller no longer waits for ends."""
    url, _ = served
    page = url.replace("/_actions/echo", "/page")

    assert httpx2.post(f"{page}?_action=echo", data={"text": "a"}).status_code == 303
    assert httpx2.post(f"{page}?_action=echo", files={"text": (None, "a")}).status_code == 303
    response = httpx2.post(url.replace("echo", "sleep"), headers={"request-timeout": "0.3"}, timeout=60)
    assert response.json()["code"] == "GATEWAY_TIMEOUT"


PATIENCE = """
import asyncio, time
from sanic import Sanic
from sanic.response import text
from sanic_actions import ActionContext, Limits, action
from sanic_actions.server import ActionsBlueprint, action_result

@action(accept=("json", "form"))
async def sleep() -> None:
    await asyncio.sleep(20)

@action(once=True)
async def once() -> None:
    await asyncio.sleep(20)

@action(thread=True)
def thread() -> None:
    time.sleep(4)

@action(limits=Limits(seconds=0.2))
async def limited() -> None:
    await asyncio.sleep(20)

async def ask(context: ActionContext) -> None:
    await asyncio.sleep(20)

async def ask_for(context: ActionContext, number: int) -> None:
    await asyncio.sleep(20)

@action(guard=ask, accept=("json", "form"), limits=Limits(seconds=60))
async def asked() -> None: ...

@action(guard=ask_for)
async def asked_for(number: int = 1) -> None: ...

app = Sanic("patient")
app.config.AUTO_EXTEND = False
app.config.RESPONSE_TIMEOUT = 0.5
actions = {"sleep": sleep, "once": once, "thread": thread, "limited": limited, "asked": asked, "asked_for": asked_for}
app.blueprint(ActionsBlueprint(actions))

@app.get("/page")
async def page(request):
    result = action_result(request, sleep) or action_result(request, asked)
    return text(result.error.message if result is not None and result.error is not None else "-")
"""


@pytest.mark.parametrize("server", SERVERS)
def test_a_limit_is_named(server: str, tmp_path: Path) -> None:
    """Callers and the log are told which setting ended a call; visitors of a page only how long it took."""
    (tmp_path / "app.py").write_text(PATIENCE)
    port = free_port()
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    with (tmp_path / "log").open("ab") as log:
        process = subprocess.Popen(command_of(server, port), cwd=tmp_path, env=environment, stdout=log, stderr=log)
    url, key = f"http://127.0.0.1:{port}", {"idempotency-key": "one key for the one call of it"}
    try:
        _wait_for(port, process)
        told = [
            httpx2.post(f"{url}/_actions/{name}", json={}, headers=key, timeout=60).json()["detail"]
            for name in ("sleep", "once", "thread", "asked", "asked_for", "limited")
        ]
        shown = [httpx2.post(f"{url}/page?_action={name}", data={}, timeout=60) for name in ("sleep", "asked")]
    finally:
        process.terminate()
        process.wait(60)

    patience = "The action took longer than 0.5 s, RESPONSE_TIMEOUT of the server."
    assert told == [*[patience] * 5, "The action took longer than 0.2 s."]
    assert [(page.status_code, page.text) for page in shown] == [(503, "The action took longer than 0.5 s.")] * 2
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if "was cut after" in line]
    assert [line.partition("was cut after ")[2] for line in lines] == [
        *["0.5 seconds, RESPONSE_TIMEOUT of the app."] * 5,
        "0.2 seconds, its limit.",
        *["0.5 seconds, RESPONSE_TIMEOUT of the app."] * 2,
    ]


@pytest.mark.parametrize("server", SERVERS)
def test_listeners_run_when_a_server_stops(server: str, tmp_path: Path) -> None:
    """It ends when it is told to, and the app hears of it."""
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    process = subprocess.Popen(command_of(server, port), cwd=tmp_path, env=environment)
    try:
        _wait_for(port, process)
        assert httpx2.post(f"http://127.0.0.1:{port}/_actions/echo", json={"text": "a"}, timeout=60).json() == "a"
        process.terminate()
        process.wait(60)
    finally:
        process.kill()
        process.wait(60)

    assert (tmp_path / "stopped").read_text() == "yes"


GZIP = """
import gzip
from collections.abc import AsyncIterator
from sanic import Sanic
from sanic.response import html
from sanic_actions import ActionError, Download, action
from sanic_actions.server import ActionsBlueprint

@action(accept=("json", "form"))
def echo(text: str = "") -> str:
    if text == "fail":
        raise ActionError("CONFLICT", "x" * 500)
    return "x" * 500

@action
async def words() -> AsyncIterator[str]:
    yield "a"

@action
def file() -> Download:
    return Download(b"y" * 500, name="y.txt")

@action
def nothing() -> None: ...

app = Sanic("gzipped")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"echo": echo, "words": words, "file": file, "nothing": nothing}, openapi=True))

@app.get("/page")
async def page(request):
    return html("y" * 500)

@app.on_response
async def compress(request, response):
    if "x-instead" in request.headers:
        return html("instead", status=418)
    if "x-framing" in request.headers:
        response.headers["transfer-encoding"] = "chunked"
        response.headers["content-length"] = "3"
    if "x-status" in request.headers:
        response.status = int(request.headers["x-status"])
    if "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(response.body or b"")
        response.headers["content-encoding"] = "gzip"
"""


@pytest.mark.parametrize("server", SERVERS)
def test_middleware_may_change_bodies(server: str, tmp_path: Path) -> None:
    """Results, errors, descriptions and redirects arrive whole, whatever became of their bodies."""
    (tmp_path / "app.py").write_text(GZIP)
    port = free_port()
    process = subprocess.Popen(
        command_of(server, port), cwd=tmp_path, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx2.get(f"{url}/page")
                break
            except httpx2.TransportError:
                time.sleep(0.05)
        gzipped = {"accept-encoding": "gzip"}
        output = httpx2.post(f"{url}/_actions/echo", json={}, headers=gzipped)
        problem = httpx2.post(f"{url}/_actions/echo", json={"text": "fail"}, headers=gzipped)
        described = httpx2.get(f"{url}/_actions/openapi.json", headers=gzipped)
        redirected = httpx2.post(f"{url}/page?_action=echo", data={"text": "a"}, headers=gzipped)
        plain = httpx2.post(f"{url}/_actions/echo", json={}, headers={"accept-encoding": "identity"})
        parts = [httpx2.post(f"{url}/_actions/{name}", headers=gzipped).text for name in ("words", "file")]
        # On one connection, where bytes too many would be taken for the next answer.
        with httpx2.Client(base_url=f"{url}/_actions", headers={"accept-encoding": "identity"}) as client:
            framed = [
                (answer.status_code, len(answer.content))
                for headers in ({"x-framing": "1"}, {"x-status": "204"}, {"x-status": "304"}, {})
                for answer in (client.post(f"/{name}", headers=headers) for name in ("echo", "nothing", "unknown"))
            ]
        instead = [httpx2.post(f"{url}/_actions/{name}", headers={"x-instead": "1"}) for name in ("words", "file")]
    finally:
        process.terminate()
        process.wait(60)

    assert output.json() == plain.json() == "x" * 500
    assert problem.json()["detail"] == "x" * 500
    assert "paths" in described.json()
    assert (redirected.status_code, redirected.text) == (303, "")
    assert plain.headers["content-length"] == "502"
    assert int(output.headers["content-length"]) < 100
    assert parts == ['data: "a"\n\nevent: end\ndata:\n\n', "y" * 500]
    assert framed[:3] == framed[9:]
    assert [status for status, _ in framed] == [200, 204, 404, *[204] * 3, *[304] * 3, 200, 204, 404]
    assert [length for _, length in framed[3:9]] == [0] * 6
    assert [(answer.status_code, answer.text) for answer in instead] == [(418, "instead")] * 2

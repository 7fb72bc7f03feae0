"""Behind a real nginx that ends TLS, set up as the page on deployment says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme
from conftest import free_port
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text

from sanic_actions import Download, Err, Ok, action
from sanic_actions.server import ActionsBlueprint, action_result

AnySanic = Sanic[Any, Any]

PAGE = (Path(__file__).parents[2] / "docs/guides/deployment.md").read_text()
BY_COUNT, BY_SECRET = re.findall(r"```nginx\n(.*?)```", PAGE, re.DOTALL)
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

CONFIG = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/certificate;
        ssl_certificate_key {folder}/key;
        {location}
    }}
}}
"""

ran: list[str] = []


@action(accept=("json", "form"))
def like(post: str = "1") -> str:
    ran.append(post)
    return f"liked {post}"


BELOW = """location /shop/ {
    proxy_pass http://127.0.0.1:8000/;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $remote_addr;
    MORE
}"""


def make_app(**options: Any) -> AnySanic:
    app: AnySanic = Sanic("behind")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"like": like}, **options))

    async def page(request: Request[Any, Any]) -> HTTPResponse:
        found = action_result(request, like)
        return text(found.data if isinstance(found, Ok) else found.error.message if isinstance(found, Err) else "-")

    app.add_route(page, "/page")
    ran.clear()
    return app


@pytest.fixture
def behind_nginx(serve: Callable[[AnySanic], str], tmp_path: Path) -> Iterator[Callable[..., httpx2.Client]]:
    """``behind_nginx(app)`` serves an app, puts nginx before it, and gives a client at its public address."""
    if NGINX is None:
        pytest.skip("nginx is not installed (apt-get install -y nginx-light)")
    authority = trustme.CA()
    with contextlib.ExitStack() as stack:

        def start(app: AnySanic, location: str = BY_COUNT, port: int = 0) -> httpx2.Client:
            port = port or free_port()
            stack.enter_context(nginx(tmp_path, authority, port, location.replace("http://127.0.0.1:8000", serve(app))))
            trusting = ssl.create_default_context()
            authority.configure_trust(trusting)
            return stack.enter_context(httpx2.Client(base_url=f"https://localhost:{port}", verify=trusting))

        yield start


@contextlib.contextmanager
def nginx(folder: Path, authority: trustme.CA, port: int, location: str) -> Iterator[None]:
    """Run nginx in the foreground with a configuration and a folder of its own."""
    assert NGINX is not None
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(folder / "key")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate")
    (folder / "config").write_text(CONFIG.format(folder=folder, port=port, location=location))
    process = subprocess.Popen([NGINX, "-e", "stderr", "-p", folder, "-c", folder / "config"])
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            assert process.poll() is None, "nginx has ended"
            assert time.monotonic() < deadline, "nginx does not listen"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(60)


def from_page(client: httpx2.Client, origin: str | None = None) -> dict[str, str]:
    """The headers that a browser sends with a call from a page: of the app, or of another origin."""
    return {
        "origin": origin or str(client.base_url).rstrip("/"),
        "sec-fetch-site": "cross-site" if origin else "same-origin",
    }


SETTINGS = {
    "PROXIES_COUNT": (BY_COUNT, 1),
    "FORWARDED_SECRET": (BY_SECRET.replace("secret=...", "secret=hush"), "hush"),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_own_pages_may_call(behind_nginx: Callable[..., httpx2.Client], setting: str) -> None:
    """With Sanic's setting for the proxy, the public origin is the app's own, and no other one is."""
    app = make_app()
    location, app.config[setting] = SETTINGS[setting]
    client = behind_nginx(app, location)

    own = client.post("/_actions/like", json={}, headers=from_page(client))
    foreign = client.post("/_actions/like", json={}, headers=from_page(client, "https://evil.example"))

    assert own.json() == "liked 1"
    assert ran == ["1"]
    assert foreign.status_code == 403
    for said in ("'https://evil.example'", f"'https://localhost:{client.base_url.port}'", "trusted_origins"):
        assert said in foreign.json()["detail"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_visitors_do_not_forward(behind_nginx: Callable[..., httpx2.Client], setting: str) -> None:
    """Forwarded headers that a visitor sends are replaced by those of the proxy."""
    app = make_app()
    location, app.config[setting] = SETTINGS[setting]
    client = behind_nginx(app, location)
    lies = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example;proto=https;secret=hush"}

    answer = client.post("/_actions/like", json={}, headers={**lies, "origin": "https://evil.example"})

    assert answer.status_code == 403
    assert ran == []


def test_proxy_that_sanic_does_not_know_of(behind_nginx: Callable[..., httpx2.Client]) -> None:
    """Without the setting the app's own pages are refused, with what came, what was expected and what to set."""
    client = behind_nginx(make_app())

    answer = client.post("/_actions/like", json={}, headers=from_page(client))

    assert answer.status_code == 403
    port = client.base_url.port
    assert f"Origin is 'https://localhost:{port}', expected 'http://localhost:{port}'" in answer.json()["detail"]
    assert "behind a proxy, tell Sanic which forwarded headers to believe" in answer.json()["detail"]
    assert ran == []


def test_trusted_origin_instead(behind_nginx: Callable[..., httpx2.Client]) -> None:
    """Where the scheme does not reach Sanic, the public origin can be named instead."""
    port = free_port()
    client = behind_nginx(make_app(trusted_origins=[f"https://localhost:{port}"]), port=port)

    assert client.post("/_actions/like", json={}, headers=from_page(client)).json() == "liked 1"
    assert client.post("/_actions/like", json={}, headers=from_page(client, "https://localhost")).status_code == 403


def test_form_of_a_page(behind_nginx: Callable[..., httpx2.Client]) -> None:
    """A page's form works over https: its cookie is for this host and https only, and its result is shown once."""
    app = make_app()
    app.config.PROXIES_COUNT = 1
    client = behind_nginx(app)

    posted = client.post("/page?_action=like", data={"post": "7"}, headers=from_page(client))
    pages = [client.get(f"/page{posted.headers['location']}").text for _ in range(2)]
    foreign = client.post("/page?_action=like", data={"post": "8"}, headers=from_page(client, "https://evil.example"))

    assert (posted.status_code, posted.headers["location"]) == (303, "?")
    assert posted.headers["set-cookie"].startswith("__Host-sanic-actions=")
    assert "; Secure" in posted.headers["set-cookie"]
    assert pages == ["liked 7", "-"]
    assert foreign.status_code == 403
    assert ran == ["7"]


@pytest.mark.parametrize("more", ["", "proxy_set_header X-Forwarded-Path $uri;"], ids=["untold", "told"])
def test_form_of_a_page_below_a_prefix(behind_nginx: Callable[..., httpx2.Client], more: str) -> None:
    """Below a prefix that nginx strips a form leads back to its page and shows its result, told of it or not."""
    app = make_app()
    app.config.PROXIES_COUNT = 1
    client = behind_nginx(app, BELOW.replace("MORE", more))

    posted = client.post("/shop/page?_action=like", data={"post": "7"}, headers=from_page(client))
    page = client.get(str(posted.url.join(posted.headers["location"])))

    assert posted.status_code == 303
    assert (page.url.path, page.text) == ("/shop/page", "liked 7")


# ---- Streams and downloads

CLOSED: list[str] = []
"""The names of the streams and downloads whose ``finally`` has run."""
GO = threading.Event()


@action
async def ticks(name: str) -> AsyncIterator[int]:
    """Yield a first item, the second one when the test says so, and then wait."""
    try:
        yield 1
        while not GO.is_set():  # noqa: ASYNC110  # set by the thread of the test
            await asyncio.sleep(0.01)
        yield 2
        await asyncio.sleep(60)
    finally:
        CLOSED.append(name)


@action
async def export(name: str, chunks: int, fails: bool = False) -> Download:
    async def parts() -> AsyncIterator[bytes]:
        try:
            for _ in range(chunks):
                yield b"x" * 65_536
            if fails:
                raise KeyError
        finally:
            CLOSED.append(name)

    return Download(parts(), name="export.bin")


def make_streaming_app() -> AnySanic:
    app: AnySanic = Sanic("behind_streams")
    app.config.AUTO_EXTEND = False
    app.config.RESPONSE_TIMEOUT = 3  # a comment each second
    app.blueprint(ActionsBlueprint({"ticks": ticks, "export": export}))
    GO.clear()
    CLOSED.clear()
    return app


def is_closed(name: str) -> bool:
    """Wait for the ``finally`` of a stream, as long as a busy machine may take."""
    deadline = time.monotonic() + 30
    while name not in CLOSED and time.monotonic() < deadline:
        time.sleep(0.01)
    return name in CLOSED


def test_streams_are_not_held_back(behind_nginx: Callable[..., httpx2.Client]) -> None:
    """Items and comments come through nginx as they are sent, and a caller who leaves closes the generator."""
    client = behind_nginx(make_streaming_app())

    with client.stream("POST", "/_actions/ticks", json={"name": "ticks"}, timeout=60) as response:
        lines = (line for line in response.iter_lines() if line)
        assert next(lines) == "data: 1"
        assert next(lines) == ":"
        GO.set()
        assert next(line for line in lines if line != ":") == "data: 2"

    assert is_closed("ticks")


def test_downloads_come_through(behind_nginx: Callable[..., httpx2.Client]) -> None:
    """A file comes through nginx whole or broken off; a caller who leaves closes its iterator."""
    client = behind_nginx(make_streaming_app())

    whole = client.post("/_actions/export", json={"name": "whole", "chunks": 40}, timeout=60)
    with pytest.raises(httpx2.HTTPError):
        client.post("/_actions/export", json={"name": "broken", "chunks": 40, "fails": True}, timeout=60)
    with client.stream("POST", "/_actions/export", json={"name": "left", "chunks": 100_000}, timeout=60) as response:
        next(response.iter_raw())

    assert whole.content == b"x" * 65_536 * 40
    assert whole.headers["content-disposition"] == 'attachment; filename="export.bin"'
    assert is_closed("left")

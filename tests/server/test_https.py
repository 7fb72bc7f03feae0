"""Encrypted connections, of each server: the origin of the app is https, and so are its cookies."""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import trustme
from conftest import free_port

APP = """
from sanic import Sanic
from sanic.response import html
from sanic_actions import ActionContext, Redirect, action
from sanic_actions.server import ActionsBlueprint, form

@action(accept=("json", "form"))
async def like(context: ActionContext, name: str = "x") -> str:
    context.set_cookie("mine", "1")
    return name

@action(accept="form")
async def lead(to: str) -> Redirect[None]:
    return Redirect(to, None)

app = Sanic("secured")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"like": like, "lead": lead}))

@app.get("/page")
async def page(request):
    return html(str(form(like)) + str(form(lead)))
"""

TLS = {
    "sanic": "-m sanic served:app --host 127.0.0.1 --port {port} --cert {cert} --key {key} --single-process",
    "uvicorn": "-m uvicorn served:app --port {port} --ssl-certfile {cert} --ssl-keyfile {key}",
    "hypercorn": "-m hypercorn served:app --bind 127.0.0.1:{port} --certfile {cert} --keyfile {key}",
    "granian": "-m granian served:app --interface asgi --port {port} --ssl-certificate {cert} --ssl-keyfile {key}",
}
PLAIN = {
    "sanic": "-m sanic served:app --host 127.0.0.1 --port {port} --single-process",
    "uvicorn": "-m uvicorn served:app --port {port}",
    "hypercorn": "-m hypercorn served:app --bind 127.0.0.1:{port}",
    "granian": "-m granian served:app --interface asgi --port {port}",
}


@contextlib.contextmanager
def started(folder: Path, command: str, authority: trustme.CA | None) -> Iterator[httpx2.Client]:
    """Start a server, and give a client of it once it answers."""
    (folder / "served.py").write_text(APP)
    port = free_port()
    context = ssl.create_default_context()
    cert, key = folder / "cert.pem", folder / "key.pem"
    if authority is not None:
        authority.configure_trust(context)
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(str(key))
        issued.cert_chain_pems[0].write_to_path(str(cert))
    arguments = command.format(port=port, cert=cert, key=key).split()
    scheme = "http" if authority is None else "https"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *arguments], cwd=folder, stdout=log, stderr=log, env=os.environ)
    try:
        with httpx2.Client(base_url=f"{scheme}://127.0.0.1:{port}", verify=context, timeout=60) as client:
            for _ in range(200):
                with contextlib.suppress(httpx2.TransportError):
                    client.get("/page")
                    break
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(60)


def check_site(client: httpx2.Client, origin: str, foreign: str, more: dict[str, str]) -> None:
    """Check that a site has one origin and no other, and cookies that are as secure as it is."""
    is_https = origin.startswith("https:")
    own = {**more, "origin": origin, "sec-fetch-site": "same-origin"}
    called = client.post("/_actions/like", json={}, headers=own)
    assert (called.status_code, "Secure" in called.headers["set-cookie"]) == (200, is_https)
    sent = client.post("/page?_action=like", data={"name": "y"}, headers=own)
    assert sent.status_code == 303
    cookies = sent.headers.get_list("set-cookie")
    assert any(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies) is is_https
    led = client.post("/page?_action=lead", data={"to": f"{origin}/page"}, headers=own)
    assert (led.status_code, led.headers["location"]) == (303, f"{origin}/page")
    for path, content in {"/_actions/like": {"json": {}}, "/page?_action=like": {"data": {"name": "z"}}}.items():
        assert client.post(path, headers={**more, "origin": foreign}, **content).status_code == 403  # type: ignore[arg-type]  # one of the two


@pytest.mark.parametrize("server", TLS)
def test_connection_is_encrypted(tmp_path: Path, server: str) -> None:
    """By the server itself."""
    with started(tmp_path, TLS[server], trustme.CA()) as client:
        origin = str(client.base_url).rstrip("/")
        check_site(client, origin, origin.replace("https:", "http:"), {})


@pytest.mark.parametrize("server", PLAIN)
def test_connection_is_not_encrypted(tmp_path: Path, server: str) -> None:
    """And nobody believes a caller who says otherwise; uvicorn believes those of the same machine."""
    with started(tmp_path, PLAIN[server], None) as client:
        origin = str(client.base_url).rstrip("/")
        secure = origin.replace("http:", "https:")
        check_site(client, origin, secure, {})
        if server == "uvicorn":
            check_site(client, secure, origin, {"x-forwarded-proto": "https"})
        else:
            check_site(client, origin, secure, {"x-forwarded-proto": "https"})

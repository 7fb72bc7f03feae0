"""Nothing of a body is read for a call that is refused by its name, its method, its origin or a guard."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attacks.arena import Arena, post
from attacks.site import make_site, ran
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import text

from sanic_actions._testing.app import LocalApp

Message = dict[str, Any]

LARGE = {"content-length": "1000000", "content-type": "application/json"}
FOREIGN = {"origin": "https://evil.example"}

REFUSED: dict[str, tuple[str, str, str, dict[str, str], int]] = {
    "method": ("PUT", "/_actions/text", "", {}, 405),
    "name": ("POST", "/_actions/none", "", {}, 404),
    "private name": ("POST", "/_actions/__class__", "", {}, 404),
    "namespace": ("POST", "/_actions/admin", "", {}, 404),
    "origin": ("POST", "/_actions/text", "", FOREIGN, 403),
    "origin before guards": ("POST", "/_actions/admin.guarded", "", FOREIGN, 403),
    "fetch metadata": ("POST", "/_actions/text", "", {"sec-fetch-site": "cross-site"}, 403),
    "guard": ("POST", "/_actions/admin.guarded", "", {}, 401),
    "guard before media type": ("POST", "/_actions/admin.guarded", "", {"content-type": "x/y"}, 401),
    "media type": ("POST", "/_actions/text", "", {"content-type": "x/y"}, 415),
    "size": ("POST", "/_actions/text", "", {"content-length": "100000000"}, 413),
    "compression": ("POST", "/_actions/text", "", {"content-encoding": "br"}, 400),
    "page: origin": ("POST", "/page", "_action=text", FOREIGN, 403),
    "page: name": ("POST", "/page", "_action=none", {}, 404),
    "page: namespace": ("POST", "/page", "_action=admin", {}, 404),
    "page: two names": ("POST", "/page", "_action=text&_action=plain", {}, 404),
    "page: guard": ("POST", "/page", "_action=admin.guarded", {}, 401),
    "page: media type": ("POST", "/page", "_action=text", {"content-type": "text/plain"}, 415),
    "page: no action": ("POST", "/page", "", {}, 405),
    "page: JSON action": ("POST", "/page", "_action=number", {}, 415),
}


def reads(app: Sanic[Any, Any], method: str, path: str, query: str, headers: dict[str, str]) -> tuple[int, int]:
    """Start the app, give it one request, and count how often it asks for the body; with the status."""

    async def main() -> tuple[int, int]:
        local_app = LocalApp(app)
        await local_app.start()
        asked, statuses = 0, []

        async def receive() -> Message:
            nonlocal asked
            asked += 1
            return {"type": "http.request", "body": b"{", "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in {"host": "x", **LARGE, **headers}.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        await app(scope, receive, send)
        await local_app.stop()
        return statuses[0], asked

    return asyncio.run(main())


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_read_nothing(case: str) -> None:
    """A refusal that needs no body does not ask for one, and nothing runs."""
    method, path, query, headers, status = REFUSED[case]
    ran.clear()

    assert reads(make_site(extend=False), method, path, query, headers) == (status, 0)
    assert ran == []


def test_nothing_of_the_app_removes_the_checks() -> None:
    """Error handlers, middleware, page routes and debug do not bring a refused call to its handler."""
    app = make_site(extend=False)
    app.config.DEBUG = True
    app.exception(SanicException, Exception)(lambda request, error: text("fine"))

    async def anything(request: Request[Any, Any], rest: str) -> HTTPResponse:
        return text("page")

    async def look(request: Request[Any, Any]) -> None:
        request.ctx.seen = True

    app.on_request(look, priority=100)
    app.add_route(anything, "/<rest:path>")
    ran.clear()

    for case in ("origin", "guard", "page: origin", "page: guard"):
        method, path, query, headers, status = REFUSED[case]
        assert reads(app, method, path, query, headers) == (status, 0), case
    assert ran == []


OVERRIDES = {
    "header": ("GET /_actions/plain HTTP/1.1", "x-http-method-override: POST", ""),
    "other header": ("GET /_actions/plain HTTP/1.1", "x-http-method: POST", ""),
    "query": ("GET /_actions/plain?_method=POST HTTP/1.1", "x: 1", ""),
    "unknown method": ("POSTS /_actions/plain HTTP/1.1", "x: 1", ""),
    "method in lower case": ("post /_actions/plain HTTP/1.1", "x: 1", ""),
    "GET with a body": ("GET /_actions/text HTTP/1.1", "content-type: application/json", '{"text": "a"}'),
    "GET of a page": ("GET /page?_action=text HTTP/1.1", "x-http-method-override: POST", ""),
}


@pytest.mark.parametrize("case", OVERRIDES)
def test_methods_that_are_no_post(arena: Arena, case: str) -> None:
    """Nothing but the method POST runs an action, whatever else says POST."""
    line, header, body = OVERRIDES[case]

    answer = arena.send(f"{line}\r\nhost: x\r\n{header}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())

    assert answer.status is None or answer.status < 500
    assert (answer.status == 200) is (case == "GET of a page")
    assert ran == []


def test_spoofed_hosts(arena: Arena) -> None:
    """Headers that only a proxy may send do not make a foreign origin ours."""
    for header in ("x-forwarded-host: evil.example", "forwarded: host=evil.example", "x-host: evil.example"):
        data = post("text", b"{}", "application/json", "origin: http://evil.example", header)

        assert arena.attack(data, like=post("text", b"{}")).status == 403

"""Forms on pages that have a GET route only."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.exceptions import NotFound, SanicException
from sanic.response import empty, html, json, redirect
from sanic.views import HTTPMethodView
from server.page_site import TREE, comment, like, page, ran, seen

from sanic_actions import ActionContext, Limits, Namespace, action
from sanic_actions.server import ActionsBlueprint, SQLiteStore, action_result, call_url, form, form_action, form_fields
from sanic_actions.server._call.idempotency import SENT_BEFORE

AnyRequest = Request[Any, Any]
AnySanic = Sanic[Any, Any]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.forget()


@pytest.fixture(scope="module", params=[False, True], ids=["sanic", "sanic-ext"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A served site with the page ``/post/<post_id>``, one for all tests that need no more."""
    app: AnySanic = Sanic(f"pages{request.param}")
    app.config.AUTO_EXTEND = request.param
    app.blueprint(ActionsBlueprint(TREE))
    app.add_route(page, "/post/<post_id>", name="page")
    app.add_route(empty_page, "/<first>/<second>", name="any")
    with running(app) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[httpx2.Client]:
    """A client of the site, with cookies of its own."""
    with httpx2.Client(base_url=url, timeout=60) as client:
        yield client


# ---- Running, failing, succeeding


def test_post_runs_the_action_and_leads_back(client: httpx2.Client) -> None:
    """A form posted to a page runs its action once and leads back to the page, which shows the result once."""
    answer = client.post("/post/1?tab=2&_action=comment&x=", data={"body": "Hi"})

    assert answer.status_code == 303
    assert answer.headers["location"] == "?tab=2&x="
    assert ran.handlers == ["Hi"]
    assert ran.pages == []
    first, second = (client.get("/post/1?tab=2&x=").json() for _ in range(2))
    assert first["comment"] == {"ok": {"body": "Hi", "size": 0}}
    assert first["like"] is None
    assert second["comment"] is None


def test_failure_renders_the_page_in_place(client: httpx2.Client) -> None:
    """After a failure the page's GET handler renders with the error's status, what was submitted and the issues."""
    answer = client.post("/post/1?tab=2&_action=comment", data={"body": "", "number": "many"})

    said = answer.json()
    assert answer.status_code == 400
    assert ran.handlers == []
    assert ran.pages == ["GET"]
    assert said["args"] == {"tab": ["2"]}
    assert said["parameters"] == {"post_id": "1"}
    assert said["comment"]["code"] == "BAD_REQUEST"
    assert said["values"]["number"] == "many"
    assert set(said["errors"]) == {"body", "number"}
    assert client.get("/post/1").json()["comment"] is None


def test_secrets_and_files_are_not_handed_back(client: httpx2.Client) -> None:
    """Of a failed form neither secrets nor files are in the page again."""
    answer = client.post(
        "/post/1?_action=comment",
        data={"body": "", "password": "hunter2"},
        files={"file": ("secret-name.txt", b"secret content")},
    )

    assert answer.status_code == 400
    assert "hunter2" not in answer.text
    assert "secret" not in answer.text


def test_declared_error_has_its_class_and_status(client: httpx2.Client) -> None:
    """An error that the action declares reaches the page as its class."""
    answer = client.post("/post/1?_action=comment", data={"body": "taken"})

    assert answer.status_code == 409
    assert answer.json()["comment"] == {"code": "CONFLICT", "message": "Somebody was here", "type": "Taken"}
    assert answer.json()["values"]["body"] == "taken"
    assert answer.headers["set-cookie"].startswith("seen=yes")


def test_unexpected_exception_is_masked(client: httpx2.Client, caplog: pytest.LogCaptureFixture) -> None:
    """Of an unexpected exception the page sees a fixed sentence; the log has it once."""
    with caplog.at_level(logging.ERROR, "sanic_actions"):
        answer = client.post("/post/1?_action=comment", data={"body": "crash"})

    assert answer.status_code == 500
    assert answer.json()["comment"]["type"] == "CallError"
    assert "hunter2" not in answer.text
    assert len([record for record in caplog.records if record.name == "sanic_actions"]) == 1


def test_cookies_of_the_action_are_on_the_redirect(client: httpx2.Client) -> None:
    """What the handler sets on the answer is on the redirect."""
    answer = client.post("/post/1?_action=comment", data={"body": "Hi"})

    assert any(cookie.startswith("seen=yes") for cookie in answer.headers.get_list("set-cookie"))


def test_pages_with_a_result_are_not_kept(make_app: Any, connect: Any) -> None:
    """Nobody keeps a page that shows a result, and only its browser one that shows a failure, whatever it says."""
    app: AnySanic = make_app(TREE)

    @app.get("/post")
    async def post(request: AnyRequest) -> HTTPResponse:
        return json(seen(request), headers={"cache-control": "public, max-age=600"})

    client = connect(app, "")
    failed = client.post("/post?_action=comment", data={"body": ""})
    led = client.post("/post?_action=comment", data={"body": "Hi"})
    shown, plain = client.get("/post"), client.get("/post")

    assert failed.headers["cache-control"] == "private, no-cache"
    assert shown.headers["cache-control"] == "private, no-store"
    assert led.headers["cache-control"] == "no-store"
    assert plain.headers["cache-control"] == "public, max-age=600"


def test_multipart_and_urlencoded_are_the_same(client: httpx2.Client) -> None:
    """Files arrive whole; with and without them the fields are the same."""
    client.post("/post/1?_action=comment", data={"body": "Hi"}, files={"file": ("a.bin", bytes(400_000))})

    assert client.get("/post/1").json()["comment"] == {"ok": {"body": "Hi", "size": 400_000}}


def test_result_of_any_size(make_app: Any, connect: Any) -> None:
    """A result is shown whatever its size."""

    @action(accept="form")
    def big() -> str:
        return "é" * 1_000_000

    app: AnySanic = make_app({"big": big})

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        from sanic_actions.server import action_result

        result = action_result(request, big)
        return json(len(result.data) if result and result.data else None)

    client = connect(app, "")
    client.post("/?_action=big")

    assert client.get("/").json() == 1_000_000
    assert client.get("/").json() is None


# ---- What does not run an action


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods_never_run_it(client: httpx2.Client, method: str) -> None:
    """No other method than POST runs an action, override or not."""
    headers = {"x-http-method-override": "POST", "content-type": FORM}

    client.request(method, "/post/1?_action=comment&_method=POST", content=b"body=Hi", headers=headers)

    assert ran.handlers == []


def test_prefetch_takes_no_result_away(client: httpx2.Client) -> None:
    """A page that is fetched ahead neither runs an action nor uses up a result."""
    client.post("/post/1?_action=comment", data={"body": "Hi"})

    ahead = client.get("/post/1", headers={"sec-purpose": "prefetch;prerender"})

    assert ahead.json()["comment"] is None
    assert client.get("/post/1").json()["comment"] is not None


@pytest.mark.parametrize(
    "query", ["", "?a=1", "?x_action=comment", "?_action.key=comment", "?a=_action", "?_actionx=1"]
)
def test_post_without_an_action_is_405(client: httpx2.Client, query: str) -> None:
    """A post that names no action is answered as Sanic answers a post to a page."""
    answer = client.post(f"/post/1{query}", data={"body": "Hi"})

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert ran.handlers == ran.pages == []


def test_post_to_no_page_is_404(client: httpx2.Client) -> None:
    """A post to a path that is no page runs nothing."""
    answer = client.post("/nowhere?_action=comment", data={"body": "Hi"})

    assert answer.status_code == 404
    assert ran.handlers == []


NAMES = [
    "_action=",
    "_action=nothing",
    "_action=Comment",
    "_action=comment.handler",
    "_action=__class__",
    "_action=comment%00",
    "_action=comment/",
    "_action=comment&_action=like",
    "_action=like&_action=like",
    "_action=%EF%BD%83omment",
    "_action=" + "a." * 3000,
]


@pytest.mark.parametrize("query", NAMES, ids=range(len(NAMES)))
def test_unknown_action_renders_the_page(client: httpx2.Client, query: str) -> None:
    """A name that is none, or not the only one, renders the page as not found and runs nothing."""
    answer = client.post(f"/post/1?{query}", data={"body": "Hi"})

    assert answer.status_code == 404
    assert answer.json()["comment"] is None
    assert ran.handlers == []


def test_namespace_is_no_action(make_app: Any, connect: Any) -> None:
    """A namespace cannot be posted to."""
    app: AnySanic = make_app({"blog": Namespace(comment=comment)})
    app.add_route(empty_page, "/")
    client = connect(app, "")

    assert client.post("/?_action=blog", data={"body": "Hi"}).status_code == 404
    assert client.post("/?_action=blog.comment", data={"body": "Hi"}).status_code == 303
    assert ran.handlers == ["Hi"]


async def empty_page(request: AnyRequest) -> HTTPResponse:
    return html("")


def test_json_action_takes_no_forms(client: httpx2.Client) -> None:
    """An action that takes JSON only says so when a form is posted to it."""
    answer = client.post("/post/1?_action=json_only", data={"body": "Hi"})

    assert answer.status_code == 415
    assert ran.handlers == []


def test_foreign_page_posts_nothing(client: httpx2.Client) -> None:
    """A form on another site's page is refused before anything of it is read, and the page does not render."""
    for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        answer = client.post("/post/1?_action=comment", data={"body": "Hi"}, headers=headers)

        assert answer.status_code == 403
        assert answer.json()["code"] == "FORBIDDEN"
    own = {"origin": str(client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    assert client.post("/post/1?_action=comment", data={"body": "Hi"}, headers=own).status_code == 303
    assert ran.handlers == ["Hi"]
    assert ran.pages == []


MALFORMED = {
    "urlencoded, not UTF-8": (FORM, b"body=%ff"),
    "multipart without a boundary": ("multipart/form-data", b"--x--"),
    "multipart cut short": ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="body"'),
    "another charset": (f"{FORM}; charset=utf-16", b"body=Hi"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_form_renders_the_page(client: httpx2.Client, case: str) -> None:
    """A body that cannot be read renders the page with 400 and a readable result."""
    media_type, body = MALFORMED[case]

    answer = client.post("/post/1?_action=comment", content=body, headers={"content-type": media_type})

    assert answer.status_code == 400
    assert answer.json()["comment"]["message"]
    assert ran.handlers == []


def test_oversized_form_renders_the_page(client: httpx2.Client) -> None:
    """A form that is too large renders the page with 413 and a readable result; the connection goes on."""
    answer = client.post("/post/1?_action=small", data={"body": "x" * 100_000})

    assert answer.status_code == 413
    assert "1000" in answer.json()["small"]["message"]
    assert ran.handlers == []
    assert client.get("/post/1").status_code == 200


# ---- Kinds of pages


def test_pages_of_blueprints(make_app: Any, connect: Any) -> None:
    """Pages of blueprints with prefix and version take forms; the result is shown there."""
    app: AnySanic = make_app(TREE)
    pages = Blueprint("pages", url_prefix="/blog", version=1)
    pages.add_route(page, "/post/<post_id>", name="page")
    app.blueprint(pages)
    client = connect(app, "")

    assert client.post("/v1/blog/post/7?_action=comment", data={"body": "Hi"}).headers["location"] == "?"
    assert client.get("/v1/blog/post/7").json()["comment"] == {"ok": {"body": "Hi", "size": 0}}


def test_pages_of_hosts(make_app: Any, connect: Any) -> None:
    """A page that belongs to a host takes forms there and nowhere else."""
    app: AnySanic = make_app(TREE)
    app.add_route(page, "/", host="one.example", name="one")
    app.add_route(empty_page, "/", host="two.example", name="two")
    client = connect(app, "")

    one = client.post("/?_action=comment", data={"body": ""}, headers={"host": "one.example"})
    two = client.post("/?_action=comment", data={"body": ""}, headers={"host": "two.example"})
    other = client.post("/?_action=comment", data={"body": ""}, headers={"host": "three.example"})

    assert (one.status_code, two.status_code, other.status_code) == (400, 400, 404)
    assert one.json()["comment"]["code"] == "BAD_REQUEST"
    assert two.text == ""


def test_class_based_pages(make_app: Any, connect: Any) -> None:
    """A class-based view that has no ``post`` takes forms; one that has gets them itself."""

    class Page(HTTPMethodView):
        async def get(self, request: AnyRequest) -> HTTPResponse:
            return json(seen(request))

    class Own(HTTPMethodView):
        async def get(self, request: AnyRequest) -> HTTPResponse:
            return json(seen(request))

        async def post(self, request: AnyRequest) -> HTTPResponse:
            return json("own")

    app: AnySanic = make_app(TREE)
    app.add_route(Page.as_view(), "/page")
    app.add_route(Own.as_view(), "/own")
    client = connect(app, "")

    assert client.post("/page?_action=comment", data={"body": ""}).json()["method"] == "GET"
    assert client.post("/page?_action=comment", data={"body": "Hi"}).status_code == 303
    assert client.post("/own?_action=comment", data={"body": "Hi"}).json() == "own"
    assert ran.handlers == ["Hi"]


class Visitor:
    """What sanic-ext makes for whoever asks for it."""

    def __init__(self, name: str) -> None:
        self.name = name


def test_injected_arguments_of_pages(make_app: Any, connect: Any) -> None:
    """What sanic-ext injects into a page is there when the page renders after a failed post, in views too."""
    app: AnySanic = make_app(TREE)
    if not app.config.AUTO_EXTEND:
        pytest.skip("without sanic-ext")

    def visitor(request: Request, post_id: str) -> Visitor:  # sanic-ext knows it without type arguments only
        return Visitor(f"{request.headers['x-name']} at {post_id}")

    class Page(HTTPMethodView):
        async def get(self, request: AnyRequest, post_id: str, visitor: Visitor, motto: str) -> HTTPResponse:
            return json({"name": visitor.name, "motto": motto, "id": post_id, "result": seen(request)["comment"]})

    async def function(request: AnyRequest, post_id: str, visitor: Visitor, motto: str) -> HTTPResponse:
        return json({"name": visitor.name, "motto": motto, "id": post_id, "result": seen(request)["comment"]})

    app.ext.add_dependency(Visitor, visitor)
    app.ext.add_constant("motto", "festina lente")
    app.add_route(Page.as_view(), "/view/<post_id:str>")
    app.add_route(function, "/function/<post_id:str>")
    client = connect(app, "")
    client.headers["x-name"] = "ada"

    for path in ("/view/1", "/function/1"):
        failed = client.post(f"{path}?_action=comment", data={"body": ""})
        done = client.post(f"{path}?_action=comment", data={"body": "Hi"}, follow_redirects=True)

        assert (failed.status_code, done.status_code) == (400, 200), failed.text
        assert failed.json()["result"]["code"] == "BAD_REQUEST"
        assert "ok" in done.json()["result"]
        for answer in (failed, done):
            assert {key: answer.json()[key] for key in ("name", "motto", "id")} == {
                "name": "ada at 1",
                "motto": "festina lente",
                "id": "1",
            }


def test_streaming_pages(make_app: Any, connect: Any) -> None:
    """A page that streams takes forms, and has the error's status."""
    app: AnySanic = make_app(TREE)

    @app.get("/stream")
    async def stream(request: AnyRequest) -> None:
        response = await request.respond(content_type="text/plain")
        await response.send("half, ")
        await response.send(str(seen(request)["comment"]))
        await response.eof()

    client = connect(app, "")
    failed = client.post("/stream?_action=comment", data={"body": "taken"})

    assert failed.status_code == 409
    assert failed.text.startswith("half, ")
    assert "Somebody was here" in failed.text
    assert failed.headers["set-cookie"].startswith("seen=yes")
    assert client.post("/stream?_action=comment", data={"body": "Hi"}).status_code == 303
    assert "Hi" in client.get("/stream").text


def test_static_pages(make_app: Any, connect: Any, tmp_path: Any) -> None:
    """A static page takes no forms: it could not show what came of them, and nothing of the app guards it."""
    (tmp_path / "page.html").write_text("<h1>Static</h1>")
    app: AnySanic = make_app(TREE)
    app.static("/pages", tmp_path, name="static")
    client = connect(app, "")

    failed = client.post("/pages/page.html?_action=comment", data={"body": ""})

    assert failed.status_code == 405
    assert client.post("/pages/page.html?_action=comment", data={"body": "Hi"}).status_code == 405
    assert ran.handlers == []


@pytest.mark.parametrize("path", ["/post/1/", "/post/a%20b", "/post/%C3%A9", "/post/a'|^b", "/post/%2e"])
def test_paths_as_browsers_write_them(client: httpx2.Client, path: str) -> None:
    """Back at the page, whatever its path, the result is there."""
    answer = client.post(httpx2.URL(client.base_url).copy_with(raw_path=f"{path}?_action=comment".encode()), data=HI)

    assert answer.status_code == 303
    assert answer.headers["location"] == "?"
    back = httpx2.URL(client.base_url).copy_with(raw_path=f"{path}?".encode())
    assert client.get(back).json()["comment"] == {"ok": {"body": "Hi", "size": 0}}


HI = {"body": "Hi"}


@pytest.mark.parametrize("path", [rb"/post/a\b", rb"/\evil.example/x", rb"//evil.example/x", rb"/post/\\evil"])
def test_odd_paths_never_lead_away(url: str, exchange: Any, path: bytes) -> None:
    """A path with backslashes or two slashes is never answered with a location that browsers read as another site."""
    body = b"body=Hi"
    head = b"POST %b?_action=comment HTTP/1.1\r\nhost: a.example\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n"

    answer = exchange(url, head % (path, FORM.encode(), len(body)) + body)

    location = re.search(rb"location: (.*)\r\n", answer)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert location is None or location[1] == b"?"


@pytest.mark.parametrize("path", [b"//evil.example/x", b"///evil.example", b"/%2fevil.example/x"])
def test_page_of_any_path_never_leads_away(make_app: Any, serve: Any, exchange: Any, path: bytes) -> None:
    """Where one page answers for all paths, one that begins with slashes leads back to this site."""
    app: AnySanic = make_app(TREE)
    app.add_route(page, "/<rest:path>")
    head = b"POST %b?_action=like HTTP/1.1\r\nhost: a.example\r\ncontent-length: 0\r\n\r\n"

    location = re.search(rb"location: (.*)\r\n", exchange(serve(app), head % path))

    assert location is not None
    assert location[1] == b"?"


def test_two_apps(make_app: Any, connect: Any) -> None:
    """Each app serves the forms of its own tree."""
    one, other = make_app({"like": like}), Sanic("other")
    other.config.AUTO_EXTEND = False
    other.blueprint(ActionsBlueprint({"comment": comment}))
    for app in (one, other):
        app.add_route(empty_page, "/", name="page")

    assert connect(one, "").post("/?_action=comment", data=HI).status_code == 404
    assert connect(other, "").post("/?_action=comment", data=HI).status_code == 303


def test_several_blueprints(make_app: Any, connect: Any) -> None:
    """Pages can post to the actions of every blueprint; of one name, the blueprint registered first has it."""

    @action(accept="form")
    def another() -> str:
        ran.handlers.append("another")
        return "another"

    app: AnySanic = make_app({"like": like})
    app.blueprint(ActionsBlueprint({"comment": comment}, prefix="/second"))
    app.blueprint(ActionsBlueprint({"like": another}, prefix="/third"))
    app.add_route(empty_page, "/", name="page")
    client = connect(app, "")

    client.post("/?_action=comment", data=HI)
    client.post("/?_action=like", data={"post": "7"})

    assert ran.handlers == ["Hi", "7"]
    with pytest.raises(LookupError, match=r"an earlier blueprint has another action called 'like'"):
        form_action(another, app=app)


def test_page_with_a_route_for_posts(make_app: Any, connect: Any) -> None:
    """A page that has a POST route of its own gets its posts itself, and shows results that lead to it."""
    app: AnySanic = make_app(TREE)
    app.add_route(page, "/", methods=["GET", "POST"], name="page")
    app.add_route(empty_page, "/go", name="go")
    client = connect(app, "")

    own = client.post("/?_action=comment", data=HI).json()
    client.post("/go?_action=go", data={"to": "/"})

    assert own["comment"] is None
    assert client.get("/").json()["go"] == {"ok": {"body": "gone", "size": 0}}
    assert ran.handlers == ["/"]


# ---- Middleware, and pages that fail


def test_middleware_guards_the_action(make_app: Any, connect: Any) -> None:
    """Middleware of the page that refuses or redirects guards the action; it sees a POST."""
    app: AnySanic = make_app(TREE)
    pages = Blueprint("pages", url_prefix="/members")
    pages.add_route(page, "/", name="page")
    methods = []

    @pages.on_request
    async def members_only(request: AnyRequest) -> HTTPResponse | None:
        methods.append(request.method)
        if "x-member" in request.headers:
            return None
        return redirect("/sign-in")

    app.blueprint(pages)
    client = connect(app, "")

    refused = client.post("/members/?_action=comment", data=HI)
    assert (refused.status_code, refused.headers["location"]) == (302, "/sign-in")
    assert ran.handlers == []
    assert client.post("/members/?_action=comment", data=HI, headers={"x-member": "1"}).status_code == 303
    assert methods == ["POST", "POST"]


def test_refused_page_keeps_its_result(make_app: Any, connect: Any) -> None:
    """Middleware that refuses the page takes no result away."""
    app: AnySanic = make_app(TREE)
    app.add_route(page, "/", name="page")

    @app.on_request
    async def refuse(request: AnyRequest) -> HTTPResponse | None:
        return empty(403) if "x-refused" in request.headers else None

    client = connect(app, "")
    client.post("/?_action=comment", data=HI)

    assert client.get("/", headers={"x-refused": "1"}).status_code == 403
    assert client.get("/").json()["comment"] is not None


def test_middleware_may_read_the_body(make_app: Any, connect: Any) -> None:
    """Middleware that reads the body itself leaves it to the action."""
    app: AnySanic = make_app(TREE)
    app.add_route(page, "/", name="page")

    @app.on_request
    async def read(request: AnyRequest) -> None:
        await request.receive_body()

    assert connect(app, "").post("/?_action=comment", data=HI).status_code == 303
    assert ran.handlers == ["Hi"]


@pytest.mark.parametrize("failing", ["raises", "not found", "redirects"])
def test_page_that_fails_runs_the_action_once(make_app: Any, connect: Any, failing: str) -> None:
    """A page that raises or redirects while it shows a failure keeps its own status, and the action ran once."""
    app: AnySanic = make_app(TREE)
    methods = []

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        if failing == "redirects":
            return redirect("/elsewhere")
        raise NotFound("no such page") if failing == "not found" else RuntimeError("cannot render")

    @app.exception(Exception)
    async def on_error(request: AnyRequest, error: Exception) -> HTTPResponse:
        methods.append(request.method)
        return json(str(error), status=getattr(error, "status_code", 500))

    answer = connect(app, "").post("/?_action=comment", data={"body": "taken"})

    assert answer.status_code == {"raises": 500, "not found": 404, "redirects": 302}[failing]
    assert ran.handlers == ["taken"]
    assert methods == ([] if failing == "redirects" else ["POST"])
    assert answer.headers["set-cookie"].startswith("seen=yes")


def test_page_that_fails_after_success_runs_the_action_once(make_app: Any, connect: Any) -> None:
    """A page that raises when it is to show a success runs nothing again."""
    app: AnySanic = make_app(TREE)

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        raise SanicException("cannot render", status_code=503)

    client = connect(app, "")

    assert client.post("/?_action=comment", data=HI).status_code == 303
    assert [client.get("/").status_code for _ in range(2)] == [503, 503]
    assert ran.handlers == ["Hi"]


class CountingStore(SQLiteStore):
    """A store that says how often a result was put into it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, timeout=30)
        self.results = 0

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        await super().put(key, value, ttl)
        self.results += key.startswith("result:")


@pytest.mark.parametrize(("failures", "shown"), [(0, [True, False]), (2, [True, False]), (3, [False, False])])
@pytest.mark.parametrize("failure", ["raises", "visitor leaves"])
def test_result_of_a_page_that_fails_is_shown_after_a_reload(
    make_app: Any, connect: Any, tmp_path: Path, failure: str, failures: int, shown: list[bool]
) -> None:
    """A result whose page failed, or was not waited for, is shown after a reload; it fails no page twice."""
    store = CountingStore(tmp_path / "state.db")
    app: AnySanic = make_app(TREE, state=store)
    left = [failures]

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        if left[0]:
            left[0] -= 1
            if failure == "raises":
                raise RuntimeError("cannot render")
            await asyncio.sleep(30)
        return json(action_result(request, comment) is not None)

    client = connect(app, "")
    assert client.post("/?_action=comment", data=HI).status_code == 303
    for number in range(1, failures + 1):
        if failure == "raises":
            assert client.get("/").status_code == 500
            continue
        with socket.create_connection((client.base_url.host, client.base_url.port)) as visitor:
            lines = [b"%b: %b" % pair for pair in client.build_request("GET", "/").headers.raw]
            visitor.sendall(b"\r\n".join([b"GET / HTTP/1.1", *lines, b"", b""]))
            _wait_until(lambda number=number: left[0] == failures - number)
        _wait_until(lambda number=number: store.results == min(1 + number, 3))  # put back twice

    assert [client.get("/").json() for _ in range(2)] == shown
    assert ran.handlers == ["Hi"]


# ---- Forms of one action, and where they are posted


def test_keyed_forms_of_one_action(client: httpx2.Client) -> None:
    """Two forms of one action are told apart by their keys; another form on the page sees nothing."""
    client.post("/post/1?_action=like", data={"post": "2", "_action.key": "p2"})

    first = client.get("/post/1").json()
    assert first["keyed"] == {"ok": 1}
    assert first["like"] is None
    assert first["comment"] is None


def test_form_action_keeps_the_query(make_app: Any, connect: Any) -> None:
    """The URL of a form keeps the page's own query, without what is ours; a path may have a query, too."""
    app: AnySanic = make_app({"blog": Namespace(comment=comment), "like": like})

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        return json([form_action(comment), form_action(like, "/other?a=1&_action=x"), form_action(like, "/other")])

    client = connect(app, "")

    assert client.get("/").json()[0] == "?_action=blog.comment"
    assert client.get("/?tab=2&_action=like&q=%26").json() == [
        "?tab=2&q=%26&_action=blog.comment",
        "/other?a=1&_action=like",
        "/other?_action=like",
    ]


def test_helpers_take_the_request(make_app: Any, connect: Any) -> None:
    """Each helper of a page takes its request, and finds the current one where none is passed."""
    app: AnySanic = make_app({"like": like})

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        requests: list[AnyRequest | None] = [None, request]
        urls = [(form_action(like, request=each), call_url(like, request=each)) for each in requests]
        forms = [str(form(like, request=each).count("<form")) for each in requests]
        fields = [[field.name for field in form_fields(like, request=each)] for each in requests]
        return json([pair[0] == pair[1] for pair in (urls, forms, fields)])

    assert connect(app, "").get("/?tab=2").json() == [True, True, True]


def test_attributes_of_a_form(make_app: Any, connect: Any) -> None:
    """Attributes of a form stand in a mapping, whatever they are called; an option that is misspelt is an error."""
    app: AnySanic = make_app({"like": like})

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        misspelt: Any = {"sumbit": "Go"}
        with pytest.raises(TypeError, match="sumbit"):
            form(like, **misspelt)
        for option in ("attributes", "classes", "controls"):
            wrong: dict[str, Any] = {option: 'class="wide"'}
            with pytest.raises(TypeError, match=rf"Write a dict( of \w+)?: form\(\.\.\., {option}=\{{"):
                form(like, **wrong)
        return html(str(form(like, attributes={"class": "wide", "name": "likes", "data-kind": 1})))

    markup = connect(app, "").get("/").text

    assert re.search(r"<form [^>]*class=wide[^>]* name=likes[^>]* data-kind=\"?1", markup)


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((), {"class_": "wide"}, "attributes={'class': 'wide'}"),
        ((), {"novalidate": True}, "form(action, attributes={'novalidate': True})"),
        ((), {"value": {}}, "Did you mean 'values'?"),
        ((Request, like), {}, "() takes the action alone, and finds the request itself"),
        (({"post_id": "p"},), {}, "by name only"),
    ],
)
def test_wrong_call_of_a_form_says_what_to_write(
    arguments: tuple[Any, ...], options: dict[str, Any], sentence: str, make_app: Any, connect: Any
) -> None:
    """An option that forms have elsewhere, a request in the place of the action, and an option without its name."""
    app: AnySanic = make_app({"like": like})
    messages: list[str] = []

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        first: tuple[Any, ...] = (like, *arguments)
        if Request in arguments:
            first = (request, like)
        functions: list[Any] = [form, form_fields]
        for function in functions:
            with pytest.raises(TypeError) as raised:
                function(*first, **options)
            messages.append(str(raised.value))
        return html("")

    connect(app, "").get("/")

    assert all(sentence in message for message in messages)
    assert [message.partition("(")[0] for message in messages] == ["form", "form_fields"]


def test_whole_form_round_trip(make_app: Any, connect: Any) -> None:
    """The form that ``form`` writes, sent as it stands, runs its action; after a failure it holds what was sent."""
    app: AnySanic = make_app(TREE)

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        return html(str(form(comment, key="k", submit="Go")))

    client = connect(app, "")
    hidden = dict(re.findall(r'type=hidden name="?([^ ">]+)"? value="?([^ ">]*)', client.get("/").text))
    sent = {**hidden, "body": "<b>&", "number": "many"}
    failed = client.post("/?_action=comment", data=sent, files={"file": ("", b"")})

    assert hidden["_action.key"] == "k"
    assert len(hidden["_action.token"]) == 22
    assert 'value="<b>&amp;"' in failed.text
    assert "aria-invalid=true" in failed.text
    assert client.post("/?_action=comment", data={**sent, "number": ""}).status_code == 303


# ---- The same form sent twice


def test_repeated_post_runs_once(client: httpx2.Client) -> None:
    """A form that is sent twice runs once; both answers lead to its result. Other content runs by itself."""
    token = secrets.token_urlsafe(16)
    for body in ("Hi", "Hi", "Other", "Other"):
        answer = client.post("/post/1?_action=comment", data={"body": body, "_action.token": token})
        assert answer.status_code == 303

    assert client.get("/post/1").json()["comment"]["ok"]["body"] == "Other"
    assert ran.handlers == ["Hi", "Other"]


def test_form_that_is_sent_from_back_is_told_so(client: httpx2.Client) -> None:
    """A form that comes again after its result was shown does not run and says so; with another token it runs."""
    data = {"body": "Hi", "_action.token": secrets.token_urlsafe(16)}
    client.post("/post/1?_action=comment", data=data)
    client.get("/post/1")

    for _ in range(2):
        again = client.post("/post/1?_action=comment", data=data)

        assert again.status_code == 409
        assert again.json()["comment"]["message"] == SENT_BEFORE
        assert again.json()["values"]["body"] == "Hi"
    assert ran.handlers == ["Hi"]
    client.post("/post/1?_action=comment", data={**data, "_action.token": secrets.token_urlsafe(16)})
    assert ran.handlers == ["Hi", "Hi"]


def test_repeated_failure_runs_once(client: httpx2.Client) -> None:
    """A form that failed and is sent again as it was gives the same failure without running."""
    token = secrets.token_urlsafe(16)

    answers = [client.post("/post/1?_action=comment", data={"body": "taken", "_action.token": token}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[1].json()["comment"]["type"] == "Taken"
    assert ran.handlers == ["taken"]


def test_token_belongs_to_one_action(client: httpx2.Client) -> None:
    """One token on the forms of two actions lets both run."""
    token = secrets.token_urlsafe(16)
    for name in ("like", "small"):
        client.post(f"/post/1?_action={name}", data={"_action.token": token})

    assert len(ran.handlers) == 2


def test_simultaneous_posts_run_once(client: httpx2.Client) -> None:
    """The same form sent over two connections at once runs once, and both answers show its result."""
    data = {"body": "slow", "_action.token": secrets.token_urlsafe(16)}

    async def main() -> list[Any]:
        async with httpx2.AsyncClient(base_url=client.base_url) as one, httpx2.AsyncClient() as two:
            two.base_url = client.base_url
            await asyncio.gather(*(each.post("/post/1?_action=comment", data=data) for each in (one, two)))
            return [(await each.get("/post/1")).json()["comment"] for each in (one, two)]

    assert asyncio.run(main()) == [{"ok": {"body": "slow", "size": 0}}] * 2
    assert ran.handlers == ["slow"]


def test_second_click_closes_the_first_connection(client: httpx2.Client) -> None:
    """A browser closes the connection of the first click; the handler still runs once, and to its end."""
    token = secrets.token_urlsafe(16)
    files = {"file": ("a.bin", b"123")}
    request = client.build_request(
        "POST", "/post/1?_action=comment", data={"body": "slow", "_action.token": token}, files=files
    )
    lines = [b"%b: %b" % pair for pair in request.headers.raw]
    head = b"\r\n".join([b"POST /post/1?_action=comment HTTP/1.1", *lines, b"", b""])
    with socket.create_connection((client.base_url.host, client.base_url.port)) as first:
        first.sendall(head + request.read())
        _wait_until(lambda: ran.handlers)

    answer = client.send(request)

    assert answer.status_code == 303
    assert client.get("/post/1").json()["comment"] == {"ok": {"body": "slow", "size": 3}}
    assert ran.handlers == ["slow"]


def _wait_until(condition: Any) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)


# ---- The script


def test_form_that_outlives_the_servers_patience(make_app: Any, connect: Any) -> None:
    """A handler that Sanic's ``RESPONSE_TIMEOUT`` cuts has a 503 as its outcome, for whoever sends the form again."""

    @action(accept="form")
    async def wait() -> None:
        ran.handlers.append("wait")
        await asyncio.sleep(30)

    app: AnySanic = make_app({"wait": wait})
    app.config.RESPONSE_TIMEOUT = 0.3

    async def why(request: AnyRequest) -> HTTPResponse:
        found = action_result(request, wait)
        return json(found.error.message if found and found.error else None)

    app.add_route(why, "/page")
    client = connect(app, "")
    token = {"_action.token": secrets.token_urlsafe(16)}

    cut = client.post("/page?_action=wait", data=token)
    app.config.RESPONSE_TIMEOUT = 60  # of later connections: Sanic cuts no answer that only comes late
    with httpx2.Client(base_url=client.base_url, timeout=60) as patient:
        again = patient.post("/page?_action=wait", data=token)

    assert (cut.status_code, again.status_code) == (503, 503)
    assert again.json() == "The action took longer than 0.3 s."
    assert ran.handlers == ["wait"]


def test_form_that_takes_too_long_is_shown_again(make_app: Any, connect: Any) -> None:
    """The page, with all that was typed, comes before Sanic's own error page, whichever timer is late."""

    @action(accept="form")
    async def wait(text: str) -> None:
        await asyncio.sleep(30)

    app: AnySanic = make_app({"wait": wait})
    app.config.RESPONSE_TIMEOUT = 0.5

    async def page(request: AnyRequest) -> HTTPResponse:
        return html(str(form(wait)))

    app.add_route(page, "/slow")
    client = connect(app, "")
    answers = [client.post("/slow?_action=wait", data={"text": "typed"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [503] * 6
    assert all("value=typed" in answer.text for answer in answers)
    assert all("The action took longer than 0.5 s." in answer.text for answer in answers)


def test_form_whose_guard_takes_too_long_is_shown_again(
    make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever has waited, the page has all that was typed; it has as much time again, and so has the connection."""

    async def wait(context: ActionContext) -> None:
        await asyncio.sleep(30)

    async def wait_for(context: ActionContext, text: str) -> None:
        await asyncio.sleep(30)

    @action(accept="form", guard=wait)
    async def early(text: str) -> None: ...

    @action(accept="form", guard=wait_for)
    async def late(text: str) -> None: ...

    @action(accept="form", limits=Limits(seconds=60))
    async def long(text: str) -> None:
        await asyncio.sleep(30)

    app: AnySanic = make_app({"early": early, "late": late, "long": long})
    app.config.RESPONSE_TIMEOUT = 0.5

    async def page(request: AnyRequest) -> HTTPResponse:
        if "hang" in request.args:
            await asyncio.sleep(30)
        return html("".join(str(form(action)) for action in (early, late, long)))

    app.add_route(page, "/slow")
    client = connect(app, "")
    names = ["early", "late", "long"]
    answers = [client.post(f"/slow?_action={name}", data={"text": "typed"}) for name in names * 2]
    hung = client.post("/slow?hang=1&_action=early", data={"text": "typed"})

    assert [answer.status_code for answer in (*answers, hung)] == [503] * 7
    assert all("value=typed" in answer.text for answer in answers)
    assert all("The action took longer than 0.5 s." in answer.text for answer in answers)
    assert "value=typed" not in hung.text
    messages = [record.getMessage() for record in caplog.records]
    cuts = [message.split("'")[1] for message in messages if "was cut after" in message]
    assert cuts[:6] == names * 2


def test_script_is_told_where_to_go(client: httpx2.Client) -> None:
    """To the script success says where it leads, since a script cannot see a redirect; the result waits as ever."""
    answer = client.post("/post/1?_action=comment&a=1", data=HI, headers={"sanic-action": "script"})

    assert answer.status_code == 204
    assert answer.headers["sanic-action-location"] == "?a=1"
    assert client.get("/post/1?a=1").json()["comment"] == {"ok": {"body": "Hi", "size": 0}}


# ---- Checking without running


def check(client: httpx2.Client, *touched: str, **values: str) -> httpx2.Response:
    """Ask what is wrong with some fields of the form for comments."""
    pairs = {**values, "_action.touched": list(touched)}
    return client.post("/post/1?_action=comment", data=pairs, headers={"sanic-action": "validate"})


def test_form_is_checked_without_running(client: httpx2.Client) -> None:
    """A form that is only to be checked runs nothing and renders nothing: 204 says that nothing is wrong with it."""
    answer = check(client, "body", "number", body="Hi", number="1")

    assert (answer.status_code, answer.content) == (204, b"")
    assert (ran.handlers, ran.pages) == ([], [])


def test_only_touched_fields_are_complained_of(client: httpx2.Client) -> None:
    """What is wrong is said of the fields that were touched, and of no other."""
    both = check(client, "number", "body", number="x")
    one = check(client, "number", number="x")
    none = check(client, number="x")

    assert both.status_code == one.status_code == 400
    assert both.headers["content-type"] == "application/problem+json"
    assert [issue["path"] for issue in both.json()["issues"]] == ["body", "number"]
    assert [issue["path"] for issue in one.json()["issues"]] == ["number"]
    assert none.status_code == 204
    assert ran.handlers == []


def test_check_is_refused_like_any_call(client: httpx2.Client) -> None:
    """Origin, name and media type are checked first, in this as in any call."""
    headers = {"sanic-action": "validate", "origin": "https://evil.example"}

    assert client.post("/post/1?_action=comment", data=HI, headers=headers).status_code == 403
    assert client.post("/post/1?_action=nothing", data=HI, headers={"sanic-action": "validate"}).status_code == 404
    assert client.post("/post/1?_action=json_only", data=HI, headers={"sanic-action": "validate"}).status_code == 415

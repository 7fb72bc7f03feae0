"""What an action adds to the answer while the server's own code calls it: it reaches whoever asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import HTTPResponse, Request, Sanic, text
from sanic.exceptions import SanicException
from sanic.views import HTTPMethodView

from sanic_actions import ActionError, Namespace, action
from sanic_actions.server import ActionContext, ActionsBlueprint, call_action

AnyRequest = Request[Any, Any]


def add(context: ActionContext, name: str) -> None:
    context.set_cookie("session", name)
    context.set_header("x-by", name)


@action
async def login(name: str, context: ActionContext) -> str:
    add(context, name)
    return name


@action
async def refuse(name: str, context: ActionContext) -> str:
    add(context, name)
    raise ActionError("FORBIDDEN", "no")


@action
async def crash(name: str, context: ActionContext) -> str:
    add(context, name)
    raise ValueError(name)


@action
async def count(name: str, context: ActionContext) -> AsyncIterator[int]:
    for number in range(2):
        context.set_cookie(f"item{number}", name)
        yield number
    add(context, name)


@action
async def outer(name: str, context: ActionContext) -> str:
    context.set_header("x-by", "outer")
    return (await call_action(context.request, login, name=name)).data or ""


@action
async def nested(name: str, context: ActionContext) -> str:
    return (await call_action(context.request, login, name=name, context=context)).data or ""


@action(accept="form")
async def post(name: str, context: ActionContext) -> str:
    return (await call_action(context.request, login, name=name, context=context)).data or ""


TREE = Namespace(login=login, refuse=refuse, crash=crash, count=count, outer=outer, nested=nested, post=post)


def make_app() -> Sanic[Any, Any]:  # noqa: C901  # a route for each way to call an action
    app: Sanic[Any, Any] = Sanic("additions")
    app.blueprint(ActionsBlueprint(TREE))

    @app.post("/login")
    async def route(request: AnyRequest) -> HTTPResponse:
        return text(str((await call_action(request, login, name="ada")).data))

    @app.post("/refuse")
    async def refusing(request: AnyRequest) -> HTTPResponse:
        result = await call_action(request, refuse, name="ada")
        return text("refused", status=0 if result.error is None else result.error.status or 0)

    @app.post("/crash")
    async def crashing(request: AnyRequest) -> HTTPResponse:
        try:
            await call_action(request, crash, name="ada")
        except ValueError:
            return text("crashed")
        return text("not")

    @app.post("/stream")
    async def streaming(request: AnyRequest) -> HTTPResponse:
        result = await call_action(request, count, name="ada")
        return text(str([number async for number in result.data or ()]))  # type: ignore[union-attr]  # it is Ok

    @app.post("/of-its-own")
    async def with_context(request: AnyRequest) -> HTTPResponse:
        context = ActionContext(request)
        await call_action(request, login, name="eve", context=context)
        await call_action(request, login, name="ada", context=context)
        return text("")

    @app.post("/twice")
    async def twice(request: AnyRequest) -> HTTPResponse:
        await asyncio.gather(*(call_action(request, login, name=name) for name in ("eve", "bob")))
        await call_action(request, login, name="ada")
        return text("")

    @app.post("/raises")
    async def raises(request: AnyRequest) -> HTTPResponse:
        await call_action(request, login, name="ada")
        raise SanicException("gone", status_code=410)

    @app.post("/last-word")
    async def last_word(request: AnyRequest) -> HTTPResponse:
        await call_action(request, login, name="eve")
        response = text("", headers={"x-by": "ada"})
        response.add_cookie("session", "ada", secure=False, httponly=True, samesite="Lax")
        return response

    @app.post("/begun")
    async def begun(request: AnyRequest) -> None:
        response = await request.respond(content_type="text/plain")
        await call_action(request, login, name="ada")
        await response.eof()

    class View(HTTPMethodView):
        async def post(self, request: AnyRequest) -> HTTPResponse:
            await call_action(request, login, name="ada")
            return text("")

    app.add_route(View.as_view(), "/view")

    @app.get("/plain")
    async def plain(request: AnyRequest) -> HTTPResponse:
        return text("")

    @app.get("/page")
    async def page(request: AnyRequest) -> HTTPResponse:
        await call_action(request, login, name="ada")
        return text("")

    @app.on_request
    async def first(request: AnyRequest) -> None:
        if request.path == "/plain" and request.args.get("login"):
            await call_action(request, login, name="ada")

    return app


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with running(make_app()) as url, httpx2.Client(base_url=url, timeout=60) as client:
        yield client


def additions(answer: httpx2.Response) -> tuple[list[str], str | None]:
    """Return the cookies of an answer, as name and value, and the header that all actions here set."""
    cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie")]
    return cookies, answer.headers.get("x-by")


@pytest.mark.parametrize(
    "path", ["/login", "/refuse", "/crash", "/of-its-own", "/twice", "/raises", "/last-word", "/view"]
)
def test_route_has_what_its_action_adds(client: httpx2.Client, path: str) -> None:
    """Cookies and headers that an action sets reach the answer of the route that calls it, each once."""
    assert additions(client.post(path)) == (["session=ada"], "ada")


def test_attributes_of_a_cookie_travel(client: httpx2.Client) -> None:
    """A cookie keeps what the action says of it."""
    cookie = client.post("/login").headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_stream_adds_as_it_goes_on(client: httpx2.Client) -> None:
    """What a stream sets before the answer begins reaches it, whenever it was set."""
    cookies, header = additions(client.post("/stream"))

    assert (sorted(cookies), header) == (["item0=ada", "item1=ada", "session=ada"], "ada")


@pytest.mark.parametrize("path", ["/page", "/plain?login=1", "/page?_action=post"])
def test_pages_and_middleware_add_too(client: httpx2.Client, path: str) -> None:
    """So it is with a page that calls an action, with middleware, and with a page's own form."""
    if "_action" in path:
        answer = client.post(path, data={"name": "ada"})
    else:
        answer = client.get(path)

    cookies, header = additions(answer)
    assert [cookie for cookie in cookies if not cookie.startswith("sanic-actions=")] == ["session=ada"]
    assert header == "ada"


def test_action_around_has_the_last_word(client: httpx2.Client) -> None:
    """What an action calls adds to its answer; a header that it sets itself stays."""
    assert additions(client.post("/_actions/outer", json={"name": "ada"})) == (["session=ada"], "outer")
    assert additions(client.post("/_actions/nested", json={"name": "ada"})) == (["session=ada"], "ada")


def test_nothing_is_left_for_the_next_request(client: httpx2.Client) -> None:
    """An answer has what was set for it alone, on one connection too."""
    client.post("/login")

    assert additions(client.get("/plain")) == ([], None)


def test_what_comes_too_late_is_said(client: httpx2.Client, caplog: pytest.LogCaptureFixture) -> None:
    """Where the answer has begun, what an action sets cannot reach it, and the log says so."""
    answer = client.post("/begun")

    assert additions(answer) == ([], None)
    assert "'login' set cookies or headers that no answer has" in caplog.text


def test_job_has_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A job answers nobody, and what its actions set is nobody's."""
    app = make_app()

    async def main() -> object:
        return (await call_action(app, login, name="ada")).data

    assert asyncio.run(main()) == "ada"
    assert "no answer has" not in caplog.text


def test_under_asgi() -> None:
    """So it is under an ASGI server."""
    app = make_app()

    async def main() -> httpx2.Response:
        to_app: asyncio.Queue[Any] = asyncio.Queue()
        of_app: asyncio.Queue[Any] = asyncio.Queue()
        lifespan = asyncio.create_task(app({"type": "lifespan"}, to_app.get, of_app.put))
        await to_app.put({"type": "lifespan.startup"})
        await asyncio.wait_for(of_app.get(), 10)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as client:
            answer = await client.post("/login")
        await to_app.put({"type": "lifespan.shutdown"})
        await asyncio.wait_for(lifespan, 10)
        return answer

    assert additions(asyncio.run(main())) == (["session=ada"], "ada")

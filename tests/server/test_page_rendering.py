"""What a page sees while it renders in place of an answer, and what its answer has whatever middleware does."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel
from sanic import Request, Sanic
from sanic.cookies import Cookie
from sanic.response import HTTPResponse, html
from sanic.response import json as json_response
from sanic.views import HTTPMethodView

from sanic_actions import ActionContext, ActionError, action
from sanic_actions.server import ActionsBlueprint, action_name, action_result, form
from sanic_actions.server._host import TokenCookie

Serve = Callable[[Sanic[Any, Any]], str]


@action(accept="form")
async def fail(context: ActionContext, text: str = "") -> str:
    context.set_cookie("told", "no", secure=False, httponly=False, samesite=None)
    raise ActionError("CONFLICT", "no")


@action(accept="form")
async def like(text: str = "") -> str:
    return text


def app_of() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("rendering")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"fail": fail, "like": like}))
    return app


@pytest.mark.parametrize(
    ("query", "seen", "args"),
    [
        ("_action=fail", "", {}),
        ("a=1&_action=fail&b=2", "a=1&b=2", {"a": ["1"], "b": ["2"]}),
        ("_action=fail&a=%26&a=2", "a=%26&a=2", {"a": ["&", "2"]}),
    ],
)
def test_a_page_sees_its_own_query(serve: Serve, query: str, seen: str, args: Any) -> None:
    """Without the parameter that names the action, also where middleware has read the query before."""
    app = app_of()

    @app.on_request
    async def look(request: Request) -> None:
        assert "_action" in request.args
        assert request.query_args

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return json_response([request.query_string, dict(request.args), len(request.query_args)])

    names: list[str | None] = []

    async def label(request: Request, response: HTTPResponse) -> None:
        names.append(action_name(request))

    app.on_response(label)

    response = httpx2.post(f"{serve(app)}/page?{query}", data={"text": "a"})

    assert response.json() == [seen, args, sum(map(len, args.values()))]
    assert names == ["fail"]


class Query(BaseModel, extra="forbid"):
    tab: str = "first"


def test_a_page_that_validates_its_query_renders_after_a_failed_form(serve: Serve) -> None:
    """With sanic-ext's own decorator."""
    from sanic_ext import Extend, validate

    app = app_of()
    Extend(app, config={"oas": False})

    @app.get("/page")
    @validate(query=Query)
    async def page(request: Request, query: Query) -> HTTPResponse:
        return html(f"<p>{query.tab}</p>")

    response = httpx2.post(f"{serve(app)}/page?tab=second&_action=fail", data={"text": "a"})

    assert (response.status_code, response.text) == (409, "<p>second</p>")


class Tab(HTTPMethodView):
    @staticmethod
    def get(request: Request) -> HTTPResponse:
        return json_response(request.query_string)


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("_action=like", ""),
        ("tab=2&_action=like&_action.of=x&a=1", "tab=2&a=1"),
        ("_action=of_the_app&tab=2", "_action=of_the_app&tab=2"),
        ("_action=like&_action=like", "_action=like&_action=like"),
        ("my_action=like", "my_action=like"),
    ],
)
@pytest.mark.parametrize("kind", ["async", "sync", "view"])
def test_a_page_that_is_asked_for_sees_its_own_query(serve: Serve, kind: str, query: str, seen: str) -> None:
    """Programs that follow the redirect keep the name of the action in the query, and visitors reload the address."""
    app = app_of()

    async def page(request: Request) -> HTTPResponse:
        return json_response(request.query_string)

    handlers: dict[str, Any] = {"async": page, "sync": Tab.get, "view": Tab.as_view()}
    app.add_route(handlers[kind], "/page")

    assert httpx2.get(f"{serve(app)}/page?{query}").json() == seen


def test_a_page_that_validates_its_query_shows_a_result(serve: Serve) -> None:
    """Also to a program that follows the redirect to where it has posted to."""
    from sanic_ext import Extend, validate

    app = app_of()
    Extend(app, config={"oas": False})

    @app.get("/page")
    @validate(query=Query)
    async def page(request: Request, query: Query) -> HTTPResponse:
        result = action_result(request, like)
        return html("liked" if result is not None and result.error is None else "-")

    url = f"{serve(app)}/page?_action=like"
    with httpx2.Client(follow_redirects=True) as client:
        pages = [client.post(url, data={"text": "a"}), client.get(url)]

    assert [(page.status_code, page.text) for page in pages] == [(200, "liked"), (200, "-")]


def raises(response: HTTPResponse) -> None:
    raise RuntimeError("broken")


def opens(response: HTTPResponse) -> None:
    response.headers["cache-control"] = "public, max-age=60"


def drops(response: HTTPResponse) -> None:
    response.headers.pop("cache-control", None)


def returns_another(response: HTTPResponse) -> HTTPResponse:
    return html("<p>smaller</p>", headers={"cache-control": "public"})


def returns_the_same(response: HTTPResponse) -> HTTPResponse:
    return response


def nothing(response: HTTPResponse) -> None:
    """Do nothing."""


CHANGES: list[Any] = [nothing, raises, opens, drops, returns_another, returns_the_same]


@pytest.mark.parametrize("first", CHANGES)
@pytest.mark.parametrize("second", [nothing, raises, opens, drops, returns_another])
def test_a_filled_page_is_private_whatever_middleware_does(serve: Serve, first: Any, second: Any) -> None:
    """Its status, its cookies and its header do not depend on the middleware of the app, nor on a page that fails."""
    app = app_of()

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>", headers={"cache-control": "public"})

    @app.get("/broken")
    async def broken(request: Request) -> HTTPResponse:
        raise RuntimeError("broken")

    @app.get("/stream")
    async def stream(request: Request) -> None:
        response = await request.respond(content_type="text/html")
        await response.send("<p>page</p>")

    for change in (second, first):  # the last one runs first
        app.on_response(lambda request, response, change=change: change(response))
    url = serve(app)
    responses = {path: httpx2.post(f"{url}/{path}?_action=fail", data={"text": "a"}) for path in PATHS}

    assert [responses[path].status_code for path in ("page", "stream")] == [409, 409]
    has_raised = first is raises or (second is raises and first not in (returns_another, returns_the_same))
    caching = "private, no-store" if has_raised else "private, no-cache"
    assert {response.headers["cache-control"] for response in responses.values()} == {caching}
    assert {response.headers.get_list("set-cookie")[0] for response in responses.values()} == {"told=no; Path=/"}
    assert {len(response.headers.get_list("set-cookie")) for response in responses.values()} == {1}


PATHS = ("page", "stream", "broken")


@action(accept="form")
async def count(number: int, name: str) -> int:
    return number


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("fail", {"text": "Ada"}),
        ("count", {"number": "many", "name": "Ada"}),
        ("count", {"number": "1", "name": ""}),
        ("count", {"number": "1", "other.0": "x", "_action.null": "name"}),
    ],
)
def test_an_error_that_a_page_sees_has_no_frames(serve: Serve, name: str, data: dict[str, str]) -> None:
    """They know the request, which knows the error: a circle that waits for the garbage collector."""
    app: Sanic[Any, Any] = Sanic("freed")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"fail": fail, "count": count}))
    frames: list[object] = []

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        pages: dict[str, Any] = {"fail": fail, "count": count}
        result = action_result(request, pages[name])
        assert result is not None
        error = result.error
        assert error is not None
        frames.extend([error.__traceback__, error.__context__, error.__cause__])
        return html("")

    answer = httpx2.post(f"{serve(app)}/page?_action={name}", data=data, timeout=60)

    assert answer.status_code == (409 if name == "fail" else 400)
    assert frames == [None, None, None]


def test_the_cookie_of_a_result_is_written_as_any_cookie() -> None:
    """Whatever middleware makes of it: other flags, another path or value, an expiry."""
    cookies: list[tuple[str, str]] = []
    flags = itertools.product([True, False], [True, False], ["Lax", "Strict", None], ["/", "/shop"], [None, "a.b"])
    for secure, httponly, samesite, path, domain in flags:
        for value, age in itertools.product(["abc-_1", "a b;c", ""], [60, 0, None]):
            settings: Any = {"secure": secure, "httponly": httponly, "samesite": samesite, "max_age": age}
            written = [str(kind("n", value, path=path, domain=domain, **settings)) for kind in (TokenCookie, Cookie)]
            cookies.append((written[0], written[1]))

    for secure in (True, False):
        limits: Any = {"max_age": 60, "secure": secure}
        own = TokenCookie.of_site("n", "abc-_1", **limits)
        cookies.append((str(own), str(Cookie("n", "abc-_1", path="/", httponly=True, samesite="Lax", **limits))))
        own.domain = "a.b"
        cookies.append((str(own), str(Cookie("n", "abc-_1", httponly=True, domain="a.b", **limits))))

    assert [ours for ours, _ in cookies] == [theirs for _, theirs in cookies]


@dataclass
class Greeter:
    """A handler that has no hash and no name of its own, as a dataclass that is called has not."""

    greeting: str
    __name__ = "greet"

    async def __call__(self, name: str) -> str:
        return f"{self.greeting} {name}"


def test_the_handler_of_a_form_may_be_any_object(serve: Serve) -> None:
    """It needs neither a hash nor a qualified name."""
    greet = action(accept="form")(Greeter("hi"))
    app: Sanic[Any, Any] = Sanic("greeter")
    app.blueprint(ActionsBlueprint({"greet": greet}))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(form(greet))

    answer = httpx2.get(serve(app))

    assert (answer.status_code, 'name="_action.form"' in answer.text) == (200, True)

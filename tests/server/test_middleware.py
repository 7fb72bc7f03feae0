"""Middleware on routes of actions: what it refuses is an answer of the action, and what it labels by is bounded."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import httpx2
import pytest
from attacks.conftest import UNDER as ASGI_SERVERS
from conftest import running
from sanic import Request, Sanic
from sanic.exceptions import Forbidden, SanicException, ServerError, ServiceUnavailable
from sanic.response import HTTPResponse, html, text

from sanic_actions import ActionError, Download, Injected, Namespace, action
from sanic_actions.server import ActionsBlueprint, action_name, action_result, call_action, problem_response

Serve = Callable[[Sanic[Any, Any]], str]


class Gone(ActionError, code="GONE"):
    since: int


@action(accept=("json", "form"), raises=[Gone])
async def double(number: int = 1) -> int:
    return number * 2


@action
async def sleep() -> int:
    await asyncio.sleep(30)
    return 0


TREE = {"double": double, "sleep": sleep, "blog": Namespace(comment=double)}


def app_of(middleware: Any = None, **options: Any) -> Sanic[Any, Any]:
    """An app whose blueprint has a middleware of its own."""
    app: Sanic[Any, Any] = Sanic("middleware")
    app.config.AUTO_EXTEND = False
    blueprint = ActionsBlueprint(TREE, **options)
    if middleware is not None:
        blueprint.on_request(middleware)
    app.blueprint(blueprint)

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>")

    return app


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ActionError("SERVICE_UNAVAILABLE", "Back at noon."), 503, "SERVICE_UNAVAILABLE"),
        (Forbidden("Not from here."), 403, "FORBIDDEN"),
        (ServiceUnavailable("Back at noon."), 503, "SERVICE_UNAVAILABLE"),
        (Gone("Long gone.", since=3), 410, "GONE"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", ["app", "blueprint"])
def test_what_middleware_raises_is_the_answer(
    serve: Serve, kind: str, error: Exception, status: int, code: str
) -> None:
    """As if the action had raised it: problem+json, with the fields of a declared error."""

    async def refuse(request: Request) -> None:
        raise error

    app = app_of(refuse if kind == "blueprint" else None)
    if kind == "app":
        app.on_request(refuse)

    response = httpx2.post(f"{serve(app)}/_actions/double", json={})
    problem = response.json()

    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["code"], problem["detail"]) == (code, str(error))
    assert problem.get("data") == ({"since": 3} if isinstance(error, Gone) else None)
    assert response.headers["cache-control"] == "private, no-store"


def test_what_middleware_raises_by_mistake_is_masked(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Like a handler's exception, under an id that the log knows."""
    app = app_of()

    @app.on_request
    async def fail(request: Request) -> None:
        raise ZeroDivisionError("secret")

    response = httpx2.post(f"{serve(app)}/_actions/double", json={})

    assert response.json()["code"] == "INTERNAL_SERVER_ERROR"
    assert "secret" not in response.text
    assert response.json()["id"] in caplog.text


def test_other_routes_keep_their_error_pages(serve: Serve) -> None:
    """Only routes of actions answer with problems."""
    app = app_of()

    @app.on_request
    async def refuse(request: Request) -> None:
        raise Forbidden("Not from here.")

    response = httpx2.get(f"{serve(app)}/page")

    assert response.status_code == 403
    assert "problem" not in response.headers["content-type"]


def test_handlers_of_the_app_say_what_becomes_of_an_exception(serve: Serve) -> None:
    """Those of the whole app and those of the blueprint, for whatever middleware raises but ``ActionError``."""
    app = app_of()

    @app.on_request
    async def fail(request: Request) -> None:
        raise KeyError("x") if "key" in request.args else ValueError("x")

    @app.exception(KeyError)
    async def on_key(request: Request, error: Exception) -> HTTPResponse:
        return text("mine", 418)

    app.error_handler.add(ValueError, lambda request, error: text("by route", 418), ["middleware.actions.call"])
    url = serve(app)

    assert httpx2.post(f"{url}/_actions/double?key=1", json={}).text == "mine"
    assert httpx2.post(f"{url}/_actions/double", json={}).text == "by route"


def test_middleware_may_return_the_answer(serve: Serve) -> None:
    """``problem_response`` makes it, for whatever the action declares, with headers."""
    app = app_of()

    @app.on_request
    async def refuse(request: Request) -> HTTPResponse | None:
        if action_name(request) == "double":
            return problem_response(Gone("Long gone.", since=3), headers={"retry-after": "60"})
        return None

    url = serve(app)
    for response in (httpx2.post(f"{url}/_actions/double", json={}), httpx2.post(f"{url}/page?_action=double")):
        assert (response.status_code, response.headers["retry-after"]) == (410, "60")
        assert (response.json()["error"], response.json()["data"]) == ("Gone", {"since": 3})


def test_blueprint_middleware_that_refuses_a_page_post_renders_the_page(serve: Serve) -> None:
    """The page has the status of the error, as for any failure of the form."""

    async def refuse(request: Request) -> None:
        raise ActionError("SERVICE_UNAVAILABLE", "Back at noon.")

    response = httpx2.post(f"{serve(app_of(refuse))}/page?_action=double", data={"number": "2"})

    assert (response.status_code, response.text) == (503, "<p>page</p>")


REFUSALS: dict[str, tuple[Exception, int, str]] = {
    "its own": (ActionError("CONFLICT", "Not now."), 409, "Not now."),
    "one of Sanic's": (Forbidden("Not from here."), 403, "Not from here."),
    "maintenance": (ServiceUnavailable("Back at noon.", headers={"retry-after": "60"}), 503, "Back at noon."),
    "another of 5xx": (SanicException("No gateway.", status_code=502), 502, "No gateway."),
    "a fault of Sanic": (ServerError("secret"), 500, "The action failed."),
    "one that is mapped": (LookupError("secret"), 404, "There is none."),
    "a kind of one that is mapped": (KeyError("secret"), 404, "There is none."),
    "one in a group": (ExceptionGroup("all", [ActionError("CONFLICT", "Not now.")]), 409, "Not now."),
    "a mistake": (ZeroDivisionError("secret"), 500, "The action failed."),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_blueprint_middleware_raises_the_same_for_calls_and_posts(serve: Serve, case: str) -> None:
    """One exception has one status and one message, whichever way the action is called."""
    error, status, message = REFUSALS[case]

    async def refuse(request: Request) -> None:
        raise error

    app = app_of(refuse, errors={LookupError: lambda error: ActionError("NOT_FOUND", "There is none.")})

    @app.get("/told")
    async def told(request: Request) -> HTTPResponse:
        result = action_result(request, double, name="double")
        return text(result.error.message if result is not None and result.error is not None else "-")

    url = serve(app)
    called = httpx2.post(f"{url}/_actions/double", json={})
    posted = httpx2.post(f"{url}/told?_action=double", data={"number": "2"})

    assert [called.status_code, posted.status_code] == [status] * 2
    assert called.json()["detail"].startswith(message)
    assert posted.text.startswith(message)
    assert called.headers.get("retry-after") == posted.headers.get("retry-after")


def test_handlers_of_the_app_answer_posts_too(serve: Serve) -> None:
    """Those of the whole app and those of the blueprint, unless ``errors=`` maps the class."""
    raised: list[Exception] = []

    async def refuse(request: Request) -> None:
        raise raised[-1]

    app: Sanic[Any, Any] = Sanic("middleware")
    app.config.AUTO_EXTEND = False
    blueprint = ActionsBlueprint(TREE, errors={LookupError: lambda error: ActionError("NOT_FOUND")})
    blueprint.on_request(refuse)

    def on_value(request: Request, error: Exception) -> HTTPResponse:
        return text("of the blueprint", 418)

    @app.exception(Exception)
    async def on_any(request: Request, error: Exception) -> HTTPResponse:
        return text("of the app", 419)

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return text("page")

    blueprint.exception(ValueError)(on_value)
    app.blueprint(blueprint)
    url = serve(app)
    statuses = {}
    for error in (ValueError(), ZeroDivisionError(), KeyError(), ActionError("CONFLICT"), Forbidden()):
        raised.append(error)
        called = httpx2.post(f"{url}/_actions/double", json={})
        posted = httpx2.post(f"{url}/page?_action=double", data={"number": "2"})
        statuses[type(error).__name__] = (called.status_code, posted.status_code)

    assert statuses == {
        "ValueError": (418, 418),
        "ZeroDivisionError": (419, 419),
        "KeyError": (404, 404),
        "ActionError": (409, 409),
        "Forbidden": (419, 419),
    }


def test_middleware_that_refuses_the_page_of_a_post(serve: Serve) -> None:
    """Sanic's error page has the status of the error, unless the app has a page of its own for it."""
    app = app_of()

    @app.on_request
    async def refuse(request: Request) -> None:
        if action_name(request) == "double":
            raise ActionError("SERVICE_UNAVAILABLE", "Back at noon.")

    url = f"{serve(app)}/page?_action=double"
    response = httpx2.post(url, data={"number": "2"}, headers={"accept": "text/html"})

    assert (response.status_code, response.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "Back at noon." in response.text

    app.error_handler.add(ActionError, lambda request, error: text("mine", 418))
    assert httpx2.post(url, data={"number": "2"}).text == "mine"


@pytest.mark.parametrize("is_raised", [True, False])
def test_what_a_local_call_says_refuses_calls_and_posts_alike(
    serve: Serve, is_raised: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """An undeclared error of an action that middleware calls is one of this app, not of another service."""

    @action
    async def may(user: str) -> None:
        raise ActionError("FORBIDDEN", "Not today.")

    app = app_of()

    @app.on_request
    async def ask(request: Request) -> HTTPResponse | None:
        result = await call_action(request, may, user="ada")
        if result.error is None:
            return None
        if is_raised:
            raise result.error
        return problem_response(result.error)

    app.blueprint(ActionsBlueprint({"may": may}, prefix="/rights"))
    url = serve(app)
    called = httpx2.post(f"{url}/_actions/double", json={})
    posted = httpx2.post(f"{url}/page?_action=double", data={"number": "2"}, headers={"accept": "text/html"})

    assert [called.status_code, posted.status_code] == [403, 403]
    assert "Not today." in called.text
    assert "Not today." in posted.text
    assert "does not have" not in caplog.text  # as if the called action had to declare it


ENDS: list[str] = []


@action
async def count(items: int = 3) -> AsyncIterator[int]:
    try:
        for number in range(items):
            yield number
        ENDS.append("whole")
    finally:
        ENDS.append("closed")


@action
async def late(seconds: float) -> AsyncIterator[int]:
    await asyncio.sleep(seconds)
    yield 1


@action(accept=("json", "form"))
async def report(rows: int = 3) -> Download:
    return Download(b"row" * rows, name="rows.txt")


@action
def nothing() -> None: ...


def edit(request: Request, response: HTTPResponse) -> HTTPResponse | None:
    """Do to a response what a header of the request says."""
    way = request.headers.get("x-way")
    if way == "replaces":
        return text("instead", 418, {"x-own": "yes"})
    if way == "compresses":
        response.body = gzip.compress(response.body or b"")
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    if way == "frames":
        response.headers["content-length"] = "1"
        response.headers["transfer-encoding"] = "chunked"
    if way == "strips":
        response.headers.clear()
    if way == "marks":
        response.status = 202
        response.headers["x-own"] = "yes"
        response.add_cookie("own", "yes")
    if way == "empties":
        response.status = 204
    if way == "raises":
        raise ZeroDivisionError
    return None


def edited_app(response_timeout: float = 60) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("edited")
    app.config.AUTO_EXTEND = False
    app.config.RESPONSE_TIMEOUT = response_timeout
    tree = {"count": count, "report": report, "nothing": nothing, "double": double, "late": late}
    app.blueprint(ActionsBlueprint(tree))
    app.on_response(edit)

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>")

    return app


EVENTS = "data: 0\n\ndata: 1\n\ndata: 2\n\nevent: end\ndata:\n\n"
WHOLE = {"count": EVENTS, "report": "rowrowrow"}


@pytest.mark.parametrize("way", ["compresses", "frames", "strips", "marks", "raises", "nothing"])
@pytest.mark.parametrize("name", WHOLE)
def test_what_is_sent_in_parts_keeps_its_body(serve: Serve, name: str, way: str) -> None:
    """Response middleware changes the head of a stream and of a download, and neither body nor length of it."""
    ENDS.clear()
    with httpx2.Client(base_url=serve(edited_app())) as client:
        answers = [client.post(f"/_actions/{name}", json={}, headers={"x-way": way}) for _ in range(2)]

    for answer in answers:
        assert answer.text == WHOLE[name]
        assert "content-encoding" not in answer.headers
        assert answer.headers["content-type"].partition(";")[0] in ("text/event-stream", "text/plain")
        assert len({"content-length", "transfer-encoding"} & answer.headers.keys()) == 1
        assert answer.status_code == (202 if way == "marks" else 200)
        assert ("x-own" in answer.headers, "own" in answer.cookies) == (way == "marks", way == "marks")


@pytest.mark.parametrize("path", ["/_actions/count", "/_actions/report", "/page?_action=report"])
def test_middleware_answers_instead_of_what_is_sent_in_parts(serve: Serve, path: str) -> None:
    """Its response is the whole answer, the handler is ended, and the connection stays good for more."""
    ENDS.clear()
    headers = {"x-way": "replaces", "sec-fetch-site": "same-origin"}
    with httpx2.Client(base_url=serve(edited_app())) as client:
        form = {"data": {"rows": "2"}} if "page" in path else {"json": {}}
        answers = [client.post(path, headers=headers, **form) for _ in range(2)]  # type: ignore[arg-type]  # either
        after = client.post("/_actions/double", json={"number": 2})

    assert [(answer.status_code, answer.text, answer.headers["x-own"]) for answer in answers] == [
        (418, "instead", "yes")
    ] * 2
    assert after.json() == 4
    assert (["closed", "closed"] if "count" in path else []) == ENDS


def test_middleware_answers_instead_of_the_first_comment(serve: Serve) -> None:
    """A stream that is late begins with a comment, in whose place the answer of middleware stands as well."""
    headers = {"x-way": "replaces"}
    with httpx2.Client(base_url=serve(edited_app(response_timeout=0.6))) as client:
        answer = client.post("/_actions/late", json={"seconds": 20}, headers=headers)
        after = client.post("/_actions/double", json={"number": 2})

    assert (answer.status_code, answer.text, after.json()) == (418, "instead", 4)


@pytest.mark.parametrize(
    ("name", "way", "expected"),
    [
        ("double", "replaces", (418, "instead")),
        ("double", "compresses", (200, "2")),
        ("double", "marks", (202, "2")),
        ("double", "raises", (200, "2")),
        ("nothing", "replaces", (418, "instead")),
        ("nothing", "marks", (202, "")),
        ("count", "empties", (204, "")),
        ("report", "empties", (204, "")),
    ],
)
def test_middleware_edits_whole_answers(serve: Serve, name: str, way: str, expected: tuple[int, str]) -> None:
    """As those of any other route; a status that lets no body be leaves the parts out."""
    with httpx2.Client(base_url=serve(edited_app())) as client:
        answers = [client.post(f"/_actions/{name}", json={}, headers={"x-way": way}) for _ in range(2)]

    assert [(answer.status_code, answer.text) for answer in answers] == [expected] * 2
    assert all(answer.headers.get("content-type") != "None" for answer in answers)


def test_a_call_longer_than_the_server_allows_is_a_problem(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """It names the limit, and the log says so in one line."""
    app = app_of()
    app.config.RESPONSE_TIMEOUT = 1
    with caplog.at_level(logging.WARNING):
        response = httpx2.post(f"{serve(app)}/_actions/sleep", json={}, timeout=30)

    assert (response.status_code, response.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "1 s, RESPONSE_TIMEOUT" in response.json()["detail"]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "'sleep' was cut after 1 seconds, RESPONSE_TIMEOUT of the app."
    ]


# ---- What middleware labels by


def labels_of(serve: Serve, paths: list[str], prefix: str = "") -> list[tuple[Any, ...]]:
    app: Sanic[Any, Any] = Sanic("labels")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, openapi=True, url_prefix=prefix or None))
    labels: list[tuple[Any, ...]] = []

    async def label(request: Request, response: HTTPResponse) -> None:
        route: Any = request.route
        labels.append((route.path, request.name, request.match_info["name"], response.status))

    app.on_response(label)
    url = serve(app)
    for path in paths:
        httpx2.post(f"{url}{path}", json={})
    return labels


def test_labels_say_the_action(serve: Serve) -> None:
    """The path of the route, the name of the request and ``match_info`` do."""
    labels = labels_of(serve, ["/_actions/double", "/_actions/blog.comment"])

    assert labels == [
        ("_actions/double", "labels.actions.double", "double", 200),
        ("_actions/blog.comment", "labels.actions.blog.comment", "blog.comment", 200),
    ]


def test_labels_of_made_up_names_are_one(serve: Serve) -> None:
    """However many names callers make up."""
    labels = labels_of(serve, [f"/_actions/made.up{number}" for number in range(3)])

    assert set(labels) == {("_actions/<name:str>", "labels.actions.call", "", 404)}


def test_labels_below_a_prefix_with_a_parameter(serve: Serve) -> None:
    """Only the name of the action takes the place of its parameter."""
    labels = labels_of(serve, ["/acme/_actions/double"], prefix="/<tenant:str>")

    assert labels == [("<tenant:str>/_actions/double", "labels.actions.double", "double", 200)]


def test_description_and_script_keep_their_routes(serve: Serve) -> None:
    """They are not actions."""
    app = app_of(openapi=True)
    url = serve(app)

    assert httpx2.get(f"{url}/_actions/openapi.json").status_code == 200
    assert httpx2.get(f"{url}/_actions/openapi.json").headers["content-type"] == "application/json"


# ---- sanic-ext


class Tenant:
    def __init__(self, tenant: str) -> None:
        self.tenant = tenant


@action
async def whose(tenant: Annotated[Tenant, Injected]) -> str:
    return tenant.tenant


def extended(tree: Any, **options: Any) -> Sanic[Any, Any]:
    from sanic_ext import Extend

    app: Sanic[Any, Any] = Sanic("extended")
    Extend(app, config={"oas": False})
    app.blueprint(ActionsBlueprint(tree, **options))
    return app


@pytest.mark.parametrize("constant", ["name", "request", "parameters", "_", "rest"])
def test_constants_of_sanic_ext_have_no_effect(serve: Serve, constant: str) -> None:
    """Whatever they are called."""
    app = extended(TREE)
    app.ext.add_constant(constant, "mine")
    url = serve(app)

    assert httpx2.post(f"{url}/_actions/double", json={"number": 2}).json() == 4


def test_a_dependency_takes_the_parameters_of_the_path(serve: Serve) -> None:
    """Those of the app's own, without the name of the action."""
    app = extended({"whose": whose}, url_prefix="/<tenant:str>")

    async def tenant_of(request: Request, tenant: str) -> Tenant:
        return Tenant(tenant)

    app.ext.add_dependency(Tenant, tenant_of)
    url = serve(app)

    assert httpx2.post(f"{url}/acme/_actions/whose", json={}).json() == "acme"


# ---- Bodies that middleware reads

UNDER: Any = {"sanic": running, **ASGI_SERVERS}
LARGE = b'{"number": 2, "more": "' + b"a" * 100_000 + b'"}'


async def read(request: Request) -> None:
    """Read the body in the way that its sender says."""
    stream: Any = request.stream
    match request.headers.get("x-read"):
        case "receive_body":
            await request.receive_body()
            assert request.body
        case "nothing kept":
            async for _ in stream:
                pass
        case "a part":
            await stream.read()
        case "a part kept":
            request.body = (await stream.read() or b"")[:5]
        case "another one":
            await request.receive_body()
            request.body = b'{"number": 21}'
        case "another one with its length":
            await request.receive_body()
            request.body = b'{"number": 21}'
            request.headers["content-length"] = str(len(request.body))
        case _:
            pass


@pytest.fixture(scope="module", params=UNDER)
def reading_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an app whose middleware reads bodies, on each kind of server."""
    app = app_of()
    app.on_request(read)
    with UNDER[request.param](app) as url:
        yield url


@pytest.mark.parametrize("body", [b'{"number": 2}', LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("how", "framing", "status"),
    [
        ("receive_body", "length", 200),
        ("receive_body", "chunks", 200),
        ("nothing kept", "length", 500),
        ("nothing kept", "chunks", 500),
        ("a part", "length", 500),
        ("a part", "chunks", 500),
        ("a part kept", "length", 500),
        ("another one", "length", 500),
        ("another one with its length", "length", 200),
        ("another one with its length", "chunks", 200),
    ],
)
def test_a_body_that_middleware_has_read_does_not_blame_its_sender(
    reading_url: str, how: str, status: int, framing: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """``receive_body`` keeps it for the action; whoever drops it is told so in the log, and no handler runs."""
    headers = {"content-type": "application/json", "x-read": how}
    content: Any = body
    if framing == "chunks":
        content = iter([body[:5], body[5:]])

    response = httpx2.post(f"{reading_url}/_actions/double", content=content, headers=headers, timeout=60)

    assert response.status_code == status
    assert ("await request.receive_body()" in caplog.text) is (status == 500)

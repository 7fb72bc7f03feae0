"""Failures: what the caller is told, what only the log is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, get_args

import httpx2
import pytest
from pydantic import BaseModel
from sanic import Request, Sanic
from sanic.exceptions import SanicException, ServiceUnavailable

from sanic_actions import ActionError, CallError, Code, Download, Err, InputError, Namespace, Proceed, action
from sanic_actions._codes import CODE_OF
from sanic_actions.client import Client, call
from sanic_actions.server import ActionContext, ActionsBlueprint, call_action

SECRET = "hunter2"
FIXED = "The action failed. The server has logged why under the id given here."


class OutOfStock(ActionError, code="CONFLICT"):
    sku: str
    left: int = 0
    price: Decimal = Decimal("1.50")


class SoldOut(OutOfStock, code="GONE"):
    since: str = ""


class Undeclared(ActionError, code="PAYMENT_REQUIRED"):
    card: str


class Strange(Exception):
    def __str__(self) -> str:
        raise RuntimeError(SECRET)

    __repr__ = __str__


class Row(BaseModel):
    id: int


def fail(kind: str) -> None:
    match kind:
        case "plain":
            raise ActionError("NOT_FOUND", "No such post")
        case "typed":
            raise OutOfStock("Only two are left", sku="A-1", left=2)
        case "declared base":
            raise SoldOut("Gone", sku="A-1", since="May")
        case "undeclared":
            raise Undeclared("Pay first", card=SECRET)
        case "wrong field":
            raise OutOfStock(SECRET, sku="A-1", left="two")  # type: ignore[arg-type]  # what a test is about
        case "input":
            raise InputError.on("email", "is already taken").on("items.0.qty", "too many").on("", "not today")
        case "surrogate":
            raise ActionError("CONFLICT", "no file \udcff")
        case "call":
            raise CallError("NOT_FOUND", SECRET)
        case _:
            fail_unexpectedly(kind)


def fail_unexpectedly(kind: str) -> None:
    match kind:
        case "cause":
            error = RuntimeError("outer")
            error.add_note(SECRET)
            raise error from ValueError(SECRET)
        case "group":
            raise ExceptionGroup(SECRET, [ValueError(SECRET), ActionError("NOT_FOUND", SECRET)])
        case "recursion":
            fail_unexpectedly(kind)
        case "unprintable":
            raise Strange
        case "sanic":
            raise ServiceUnavailable(SECRET)
        case "sanic status":
            raise SanicException(SECRET, status_code=302, headers={"x-secret": SECRET})
        case "cancelled":
            raise asyncio.CancelledError(SECRET)
        case "base":
            raise BaseException(SECRET)
        case "stop":
            raise StopIteration(SECRET)
        case _:
            raise ValueError(SECRET)


@action(raises=[OutOfStock])
def sync_failure(kind: str) -> None:
    fail(kind)


@action(raises=[OutOfStock])
async def async_failure(kind: str) -> None:
    fail(kind)


TREE = Namespace(sync_failure=sync_failure, async_failure=async_failure)
NAMES = ("sync_failure", "async_failure")


def test_every_code(make_app: Any, connect: Any) -> None:
    """Each code of the table answers with its status, its message and a title."""

    @action
    def refuse(code: Code) -> None:
        raise ActionError(code, f"because of {code}")

    client = connect(make_app({"refuse": refuse}))

    for code in get_args(Code):
        answer = client.post("/refuse", json={"code": code})
        problem = answer.json()

        assert answer.status_code == problem["status"] == ActionError(code).status
        assert (problem["code"], problem["detail"], problem["type"]) == (code, f"because of {code}", "about:blank")
        assert problem["title"].upper().replace(" ", "_") == code
        assert answer.headers["content-type"] == "application/problem+json"


def test_plain_error(make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An expected failure says no more than it was given, and is not logged."""
    client = connect(make_app(TREE))

    for name in NAMES:
        assert client.post(f"/{name}", json={"kind": "plain"}).json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "No such post",
            "code": "NOT_FOUND",
        }
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_declared_error(make_app: Any, connect: Any) -> None:
    """The fields of a declared error travel; of a subclass, those of the class that was declared."""
    client = connect(make_app(TREE))

    problem = client.post("/sync_failure", json={"kind": "typed"}).json()
    assert (problem["status"], problem["error"]) == (409, "OutOfStock")
    assert problem["data"] == {"sku": "A-1", "left": 2, "price": "1.50"}

    problem = client.post("/sync_failure", json={"kind": "declared base"}).json()
    assert (problem["code"], problem["error"]) == ("GONE", "OutOfStock")
    assert problem["data"] == {"sku": "A-1", "left": 0, "price": "1.50"}


def test_error_declared_by_the_namespace(make_app: Any, connect: Any) -> None:
    """An error that the namespace declares travels like one of the action's own."""

    @action
    def pay() -> None:
        raise Undeclared("Pay first", card="1234")

    client = connect(make_app(Namespace(pay=pay).with_options(raises=[Undeclared])))

    assert client.post("/pay").json()["data"] == {"card": "1234"}


def test_undeclared_error(make_app: Any, connect: Any) -> None:
    """An undeclared error travels as its code and message, without fields."""
    answer = connect(make_app(TREE)).post("/sync_failure", json={"kind": "undeclared"})

    assert (answer.status_code, answer.json()["detail"]) == (402, "Pay first")
    assert answer.json().keys() == {"type", "title", "status", "detail", "code"}
    assert SECRET not in answer.text


def test_input_error_of_a_handler(make_app: Any, connect: Any) -> None:
    """A handler's own issues look like those of validation."""
    problem = connect(make_app(TREE)).post("/sync_failure", json={"kind": "input"}).json()

    assert problem["issues"][0] == {"path": "email", "message": "is already taken", "type": "value_error"}
    assert problem["fields"] == {"email": ["is already taken"], "items.0.qty": ["too many"]}
    assert problem["form_errors"] == ["not today"]


def test_message_that_is_no_unicode(make_app: Any, connect: Any) -> None:
    """Half a surrogate pair in a message does not break the answer."""
    answer = connect(make_app(TREE)).post("/sync_failure", json={"kind": "surrogate"})

    assert (answer.status_code, answer.json()["detail"]) == (409, "no file ?")


UNEXPECTED = [
    *("exception", "cause", "group", "recursion", "unprintable", "sanic", "sanic status", "cancelled", "base", "stop"),
    *("wrong field", "call"),
]


def test_typed_error_with_a_value_that_its_field_cannot_have(
    make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says that the error is wrong, and not the input."""

    @action(raises=[OutOfStock])
    async def buy() -> None:
        values: dict[str, Any] = {"sku": "A-1", "left": "three"}
        raise OutOfStock("Only three", **values)

    response = connect(make_app({"buy": buy})).post("/buy", json={})

    assert response.status_code == 500
    assert "OutOfStock was raised with values that its fields cannot have: left: Enter a whole number." in caplog.text


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
def test_unexpected_failures_are_masked(
    make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture, debug: bool, subtests: pytest.Subtests
) -> None:
    """Any other failure is 500 with a fixed sentence and an id; the log has traceback and id, once."""
    app = make_app(TREE)
    app.config.DEBUG = debug
    client = connect(app)

    for name in NAMES:
        for kind in UNEXPECTED:
            with subtests.test(f"{name} {kind}"):
                caplog.clear()
                answer = client.post(f"/{name}", json={"kind": kind})
                problem = answer.json()

                assert answer.status_code == 500
                assert problem.keys() == {"type", "title", "status", "detail", "code", "id"}
                assert (problem["code"], problem["detail"]) == ("INTERNAL_SERVER_ERROR", FIXED)
                assert SECRET not in answer.text + str(answer.headers)
                (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
                assert record.name == "sanic_actions"
                assert problem["id"] in record.getMessage()
                assert repr(name) in record.getMessage()
                assert record.exc_info is not None


def test_ids_differ(make_app: Any, connect: Any) -> None:
    """Each masked failure has an id of its own."""
    client = connect(make_app(TREE))

    ids = {client.post("/sync_failure", json={"kind": "exception"}).json()["id"] for _ in range(20)}

    assert len(ids) == 20


def test_output_that_breaks_its_promise(
    make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    """A result that is not of the declared type is a masked failure, and nothing of the input is in the answer."""
    cycle: list[Any] = []
    cycle.append(cycle)
    wrong: dict[str, tuple[Any, Any]] = {
        "another type": (int, SECRET),
        "another model": (Row, {"id": SECRET}),
        "unvalidated model": (Row, Row.model_construct(id=SECRET)),
        "no number": (float, float("nan")),
        "infinity": (list[float], [float("inf")]),
        "cycle": (list[list[int]], cycle),
        "nothing": (int, None),
        "something": (None, SECRET),
        "half a character": (str, "\udcff"),
    }

    def returning(declared: Any, value: Any) -> Any:
        def handler(text: str) -> Any:
            return value

        handler.__annotations__["return"] = declared
        return action(handler)

    tree = {name.replace(" ", "_"): returning(*pair) for name, pair in wrong.items()}
    client = connect(make_app(tree))

    for name in tree:
        with subtests.test(name):
            answer = client.post(f"/{name}", json={"text": SECRET})

            assert (answer.status_code, answer.json()["detail"]) == (500, FIXED)
            assert SECRET not in answer.text


def test_context_reaches_results_and_errors(make_app: Any, connect: Any, subtests: pytest.Subtests) -> None:
    """Headers and cookies that a handler sets are on the answer, be it a result, an error or a masked one."""

    def decorate(context: ActionContext) -> None:
        context.set_header("X-Seen", "yes")
        context.set_cookie("session", "a b;c", max_age=60)
        context.set_cookie("twice", "1")
        context.set_cookie("twice", "2")
        context.delete_cookie("old")

    @action
    def result(context: ActionContext) -> int:
        decorate(context)
        return 1

    @action
    def nothing(context: ActionContext) -> None:
        decorate(context)

    @action
    async def error(context: ActionContext) -> int:
        decorate(context)
        raise ActionError("CONFLICT")

    @action
    async def masked(context: ActionContext) -> int:
        decorate(context)
        raise ValueError

    client = connect(make_app({"result": result, "nothing": nothing, "error": error, "masked": masked}))

    for name, status in (("result", 200), ("nothing", 204), ("error", 409), ("masked", 500)):
        with subtests.test(name):
            answer = client.post(f"/{name}")

            assert (answer.status_code, answer.headers["x-seen"]) == (status, "yes")
            assert answer.headers.get_list("set-cookie") == [
                'session="a b\\073c"; Path=/; Max-Age=60; SameSite=Lax; HttpOnly',
                "twice=2; Path=/; SameSite=Lax; HttpOnly",
                'old=""; Path=/; Max-Age=0; SameSite=Lax; HttpOnly',
            ]


@action
async def cached(context: ActionContext, text: str = "") -> str:
    context.set_header("Cache-Control", "private, max-age=60")
    if text:
        raise ActionError("CONFLICT", text)
    return "kept"


@action
async def cached_nothing(context: ActionContext) -> None:
    context.set_header("cache-control", "private, max-age=60")


@action
async def cached_and_masked(context: ActionContext) -> str:
    context.set_header("cache-control", "private, max-age=60")
    raise ValueError


@action
async def cached_stream(context: ActionContext) -> AsyncIterator[int]:
    context.set_header("cache-control", "private, max-age=60")
    yield 1


@action
async def cached_file(context: ActionContext, whole: bool) -> Download:
    context.set_header("cache-control", "private, max-age=60")
    context.set_cookie("seen", "yes")

    async def parts() -> AsyncIterator[bytes]:
        yield b"x"

    return Download(b"x" if whole else parts())


@action
async def calls_cached(context: ActionContext) -> str:
    result = await call_action(context.request, cached, context=context)
    assert result.error is None
    return result.data


@action
async def calls_cached_and_says(context: ActionContext) -> str:
    context.set_header("cache-control", "max-age=5")
    result = await call_action(context.request, cached, context=context)
    assert result.error is None
    return result.data


CACHING: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "result": ("cached", {}, 200, "private, max-age=60"),
    "no content": ("cached_nothing", {}, 204, "private, max-age=60"),
    "error": ("cached", {"text": "no"}, 409, "private, no-store"),
    "input": ("cached", {"text": 1}, 400, "private, no-store"),
    "masked": ("cached_and_masked", {}, 500, "private, no-store"),
    "stream": ("cached_stream", {}, 200, "private, no-store"),
    "file": ("cached_file", {"whole": True}, 200, "private, max-age=60"),
    "file in parts": ("cached_file", {"whole": False}, 200, "private, max-age=60"),
    "said by a local call": ("calls_cached", {}, 200, "private, no-store"),
    "said beside a local call": ("calls_cached_and_says", {}, 200, "max-age=5"),
}


def test_caching(make_app: Any, connect: Any, subtests: pytest.Subtests) -> None:
    """Only the result of a call may be kept by a cache, for as long as its own action says."""
    tree: dict[str, Any] = {
        "cached": cached,
        "cached_nothing": cached_nothing,
        "cached_and_masked": cached_and_masked,
        "cached_stream": cached_stream,
        "cached_file": cached_file,
        "calls_cached": calls_cached,
        "calls_cached_and_says": calls_cached_and_says,
    }
    client = connect(make_app(tree))

    for case, (name, body, status, caching) in CACHING.items():
        with subtests.test(case):
            answer = client.post(f"/{name}", json=body)

            assert (answer.status_code, answer.headers.get_list("cache-control")) == (status, [caching])
            assert len(answer.headers.get_list("set-cookie")) == (name == "cached_file")


REFUSED: dict[str, tuple[str, Any]] = {
    "number": ("x-a", 3),
    "bytes": ("x-a", b"3"),
    "half a pair": ("x-a", "\ud800"),
    "line break": ("x-a", "1\r\nx-evil: 1"),
    "line feed": ("x-a", "1\nx-evil: 1"),
    "NUL": ("x-a", "\x00"),
    "name with a colon": ("x:a", "1"),
    "name with a line break": ("x-a\r\nx-evil", "1"),
    "empty name": ("", "1"),
    "length": ("Content-Length", "0"),
    "type": ("content-type", "text/html"),
    "caching and more": ("Cache-Control", "public\r\nx-evil: 1"),
    "cookie": ("Set-Cookie", "a=b"),
    "encoding": ("transfer-encoding", "chunked"),
}
REFUSED_COOKIES: dict[str, dict[str, Any]] = {
    "name": {"name": "a b", "value": "1"},
    "reserved name": {"name": "path", "value": "1"},
    "path": {"name": "a", "value": "1", "path": "/; Domain=evil"},
    "domain": {"name": "a", "value": "1", "domain": "evil\r\nx: 1"},
    "number": {"name": "a", "value": 3},
    "bytes": {"name": "a", "value": b"3"},
    "nothing": {"name": "a", "value": None},
    "half a pair": {"name": "a", "value": "\udc80"},
    "half a pair in a path": {"name": "a", "value": "1", "path": "/\udc80"},
    "seconds": {"name": "a", "value": "1", "max_age": 1.5},
    "end": {"name": "a", "value": "1", "expires": "tomorrow"},
    "site": {"name": "a", "value": "1", "samesite": 3},
}


def test_headers_that_are_refused(make_app: Any, connect: Any) -> None:
    """What could split the answer, has no bytes in it, or what the library itself decides, cannot be set."""
    outcomes: list[str] = []

    @action
    def collect(context: ActionContext) -> int:
        for name, value in REFUSED.values():
            with pytest.raises(ValueError) as caught:
                context.set_header(name, value)
            outcomes.append(str(caught.value))
        for options in REFUSED_COOKIES.values():
            with pytest.raises(ValueError) as caught:
                context.set_cookie(**options)
            outcomes.append(str(caught.value))
        context.set_cookie("free", "text\r\nx-evil: 1")
        return len(outcomes)

    answer = connect(make_app({"collect": collect})).post("/collect")

    assert answer.json() == len(REFUSED) + len(REFUSED_COOKIES)
    assert "x-evil" not in answer.headers
    assert "\r" not in answer.headers["set-cookie"]


def test_cookies_over_https(make_app: Any, connect: Any) -> None:
    """Cookies are Secure when the request came over https, and when asked for."""

    @action
    def enter(context: ActionContext) -> None:
        context.set_cookie("own", "1")
        context.set_cookie("always", "1", secure=True, httponly=False, samesite="Strict")

    app = make_app({"enter": enter})
    app.config.PROXIES_COUNT = 1
    client = connect(app)
    forwarded = {"x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https"}

    always = "always=1; Path=/; SameSite=Strict; Secure"
    assert client.post("/enter").headers.get_list("set-cookie") == ["own=1; Path=/; SameSite=Lax; HttpOnly", always]
    assert client.post("/enter", headers=forwarded).headers.get_list("set-cookie") == [
        "own=1; Path=/; SameSite=Lax; Secure; HttpOnly",
        always,
    ]


def test_end_of_a_cookie_is_a_point_in_time(make_app: Any, connect: Any) -> None:
    """A time of another zone is written by UTC, as one without a zone is taken to be."""

    @action
    def keep(context: ActionContext) -> None:
        context.set_cookie("plain", "1", expires=datetime(2030, 1, 1, 10))
        context.set_cookie("zoned", "1", expires=datetime(2030, 1, 1, 10, tzinfo=timezone(timedelta(hours=2))))

    plain, zoned = connect(make_app({"keep": keep})).post("/keep").headers.get_list("set-cookie")

    assert "expires=Tue, 01-Jan-2030 10:00:00 GMT" in plain
    assert "expires=Tue, 01-Jan-2030 08:00:00 GMT" in zoned


def test_context_shows_the_request(make_app: Any, connect: Any) -> None:
    """The context has the name, where the call comes from, the app, headers and cookies."""

    @action
    def look(context: ActionContext) -> list[str]:
        return [context.name, context.called_from, context.app.name, context.headers["X-A"], context.cookies["c"]]

    client = connect(make_app({"deep": {"look": look}}))

    answer = client.post("/deep.look", headers={"x-a": "1", "cookie": "c=2; c=3"})

    assert answer.json() == ["deep.look", "rpc", "test", "1", "2"]


STATUSES = [400, 401, 404, 418, 419, 420, 430, 440, 449, 460, 494, 499]
PLACES = ["handler", "guard", "interceptor", "middleware", "once"]


def refuse_with_status(request: Request[Any, Any]) -> None:
    status = int(request.headers["x-status"])
    raise SanicException("Not today", status_code=status, headers={"x-why": "tea"})


class Refusing(Client):
    @call
    def act(self) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


@pytest.mark.parametrize("place", PLACES)
def test_refusal_of_sanic_keeps_its_status(serve: Any, place: str, subtests: pytest.Subtests) -> None:
    """Whoever raises it, the status and the headers stay; without a code of its own it has that of its class, 400."""

    async def guard(context: ActionContext) -> None:
        if place == "guard":
            refuse_with_status(context.request)

    async def around(context: ActionContext, proceed: Proceed[None]) -> object:
        if place == "interceptor":
            refuse_with_status(context.request)
        return await proceed()

    @action(guard=guard, interceptors=[around], once=True)
    async def act(request: Request) -> int:
        refuse_with_status(request)
        return 0

    app: Sanic[Any, Any] = Sanic("refusals")
    app.blueprint(ActionsBlueprint({"act": act}))
    if place == "middleware":
        app.on_request(refuse_with_status)
    url = serve(app)
    for status in STATUSES:
        with subtests.test(status=status):
            headers = {"x-status": str(status)}
            if place == "once":
                headers["idempotency-key"] = f"{status}".zfill(20)
                httpx2.post(f"{url}/_actions/act", headers=headers)  # the second answer comes from the store
            code = CODE_OF.get(status, "BAD_REQUEST")

            answer = httpx2.post(f"{url}/_actions/act", headers=headers)
            problem = answer.json()

            assert answer.status_code == problem["status"] == status
            assert (problem["code"], problem["detail"]) == (code, "Not today")
            assert place == "once" or answer.headers["x-why"] == "tea"
            with Refusing(url, headers=headers) as client:
                result = client.act.safe()
            assert isinstance(result, Err)
            assert isinstance(result.error, CallError)
            facts = result.error.status, result.error.code, result.error.message, result.error.cause
            assert facts == (status, code, "Not today", "server")

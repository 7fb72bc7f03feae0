"""Calls within the server: of the action itself, and with ``call_action``."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import json

from sanic_actions import ActionError, Err, Injected, InputError, Namespace, Ok, action, define_action
from sanic_actions.server import ActionContext, ActionsBlueprint, call_action

AnyRequest = Request[Any, Any]


class Post(BaseModel):
    title: Annotated[str, Field(min_length=2)]


@action
async def publish(title: Annotated[str, Field(min_length=2)], context: ActionContext, draft: bool = False) -> str:
    context.set_header("x-published", title)
    context.set_cookie("last", title)
    return f"{title} {draft} {context.name} {context.called_from}"


@action
def first(context: ActionContext, a: int, b: str = "") -> str:
    return f"{context.called_from} {a} {b}"


def save(input: Post) -> str:
    return input.title


def save_seen(input: Post, context: ActionContext) -> str:
    return f"{input.title} {context.name} {context.state.user}"


@action
def fail(kind: str) -> int:
    raise ActionError("CONFLICT", "no") if kind == "expected" else ValueError(kind)


@action
def ping() -> str:
    return "pong"


@action
async def refused() -> str:
    return "reached"


def guard(context: ActionContext) -> None:
    raise ActionError("FORBIDDEN", f"{context.name} is closed")


saved = define_action(input=Post, handler=save)
saved_seen = define_action(input=Post, handler=save_seen)


@action
async def outer(title: str, context: ActionContext) -> list[str]:
    context.state.user = "ada"
    results = [
        await call_action(context.request, publish, title, context=context),
        await call_action(context.request, saved_seen, Post(title=title), context),
        await call_action(context.request, ping),
    ]
    return [result.data if result.error is None else result.error.message for result in results]


TREE = Namespace(
    publish=publish,
    first=first,
    saved=saved,
    saved_seen=saved_seen,
    fail=fail,
    ping=ping,
    outer=outer,
    closed=Namespace(refused=refused).with_options(guard=guard),
)


def test_actions_are_functions() -> None:
    """In server code an action is called like its handler: no validation, no HTTP."""
    assert save(Post(title="ab")) == saved(Post(title="ab")) == "ab"
    assert ping() == "pong"


async def local(request: AnyRequest) -> HTTPResponse:
    async def shown(call: Any) -> str:
        result: Ok[object] | Err[ActionError] = await call
        if isinstance(result, Ok):
            return f"ok {result.data}"
        if isinstance(result.error, InputError):
            return f"input {result.error.fields}"
        return f"error {result.error.code} {result.error.message}"

    return json(
        [
            await shown(call_action(request, first, a=1)),
            await shown(call_action(request, first, 1, "b")),
            await shown(call_action(request, first, ActionContext(request), 2)),
            await shown(call_action(request, publish, title="ab", context=ActionContext(request))),
            await shown(call_action(request, publish, "a", draft=True, context=ActionContext(request))),
            await shown(call_action(request, saved, Post(title="ab"))),
            await shown(call_action(request, saved, {"title": "a"})),  # validated all the same
            await shown(call_action(request, saved)),  # validated all the same
            await shown(call_action(request, fail, kind="expected")),
            await shown(call_action(request, refused)),
        ]
    )


def test_call_action(make_app: Any, connect: Any) -> None:
    """``call_action`` validates, guards and gives the outcome as a value."""
    app = make_app(TREE)
    app.add_route(local, "/local")

    assert connect(app, "").get("/local").json() == [
        "ok local 1 ",
        "ok local 1 b",
        "ok local 2 ",
        "ok ab False publish local",
        "input {'title': ['Must be at least 2 characters']}",
        "ok ab",
        "input {'title': ['Must be at least 2 characters']}",
        "input {'title': ['This field is required']}",
        "error CONFLICT no",
        "error FORBIDDEN closed.refused is closed",
    ]


def test_call_from_another_action(make_app: Any, connect: Any) -> None:
    """A call inside an action has a name of its own, and adds to the same answer."""
    answer = connect(make_app(TREE)).post("/outer", json={"title": "ab"})

    assert answer.json() == ["ab False publish local", "ab saved_seen ada", "pong"]
    assert answer.headers["x-published"] == "ab"
    assert answer.headers["set-cookie"].startswith("last=ab;")


async def wrong(request: AnyRequest) -> HTTPResponse:
    raised: list[str] = []
    for call in (
        lambda: call_action(request, fail, kind="secret"),
        lambda: call_action(request, ping, 1),
        lambda: call_action(request, elsewhere),
    ):
        try:
            await call()
        except Exception as error:
            raised.append(type(error).__name__)
    return json(raised)


@action
def elsewhere() -> None: ...


def test_mistakes_of_the_calling_code(make_app: Any, connect: Any) -> None:
    """Unexpected exceptions, wrong arguments and actions that are not served raise."""
    app = make_app(TREE)
    app.add_route(wrong, "/wrong")

    assert connect(app, "").get("/wrong").json() == ["ValueError", "TypeError", "LookupError"]


def test_call_without_a_request() -> None:
    """Guards read a request: who passes an action or nothing of the kind is told what to pass."""
    for given in (ping, None):
        with pytest.raises(TypeError, match=re.escape(f"not {given!r}. ") + r".*context\.request.*app\.test_client"):
            asyncio.run(call_action(given, ping))  # type: ignore[call-overload]  # what a test is about


def test_two_places_with_different_guards(make_app: Any, connect: Any) -> None:
    """Where the guards depend on the place, a local call cannot choose, and says so."""
    app = make_app({"ping": ping})
    app.blueprint(ActionsBlueprint(Namespace(ping=ping).with_options(guard=guard), prefix="/closed"))
    seen: list[str] = []

    async def page(request: AnyRequest) -> HTTPResponse:
        with pytest.raises(LookupError) as caught:
            await call_action(request, ping)
        seen.append(str(caught.value))
        return json(None)

    app.add_route(page, "/page")
    connect(app, "").get("/page")

    assert "'/_actions/ping', '/closed/ping'" in seen[0]


class User:
    def __init__(self, name: str) -> None:
        self.name = name


class Sold(ActionError, code="CONFLICT"):
    left: int


def signed_in(context: ActionContext) -> User:
    return User("Ada")


@action(guard=signed_in)
async def rename(user: Annotated[User, Injected], name: str, request: AnyRequest, context: ActionContext) -> str:
    return f"{user.name} {name} {request.path} {context.name}"


@action(guard=signed_in)
async def pay(to: str, user: Annotated[User, Injected], amount: int = 1) -> str:
    return f"{user.name} {to} {amount}"


@action(raises=[Sold])
async def sell(kind: str) -> int:
    if kind == "declared":
        raise Sold("none", left=0)
    raise ActionError("GONE", "for good")


@action
async def resell(kind: str, request: AnyRequest) -> int:
    result = await call_action(request, sell, kind=kind)
    if result.error is not None:
        raise result.error
    return result.data


INJECTING = Namespace(rename=rename, pay=pay, sell=sell, resell=resell)


def answer_of(app: Any, connect: Any, call: Any) -> Any:
    """Return what a page answers that makes a call, by its result or its exception."""

    async def page(request: AnyRequest) -> HTTPResponse:
        try:
            result = await call(request)
        except TypeError as error:
            return json(str(error))
        if isinstance(result, Ok):
            return json(result.data)
        return json([type(result.error).__name__, result.error.code, result.error.status, result.error.message])

    app.add_route(page, "/page")
    return connect(app, "").get("/page").json()


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda request: call_action(request, rename, name="Bob"), "Ada Bob /page rename"),
        (lambda request: call_action(request, rename, "Bob"), "Ada Bob /page rename"),
        (lambda request: call_action(request, rename, User("Eve"), "Bob"), "Eve Bob /page rename"),
        (lambda request: call_action(request, rename, name="Bob", user=User("Eve")), "Eve Bob /page rename"),
        (lambda request: call_action(request, pay, "Bob", 5), "Ada Bob 5"),
        (lambda request: call_action(request, pay, "Bob", amount=5), "Ada Bob 5"),
        (lambda request: call_action(request, pay, "Bob", User("Eve"), 5), "Eve Bob 5"),
        (lambda request: call_action(request, pay, to="Bob", injected={}), "Ada Bob 1"),
        (
            lambda request: call_action(request, pay, too="Bob"),
            "call_action of <Action pay>: got an unexpected keyword argument 'too'. Did you mean 'to'?",
        ),
        (
            lambda request: call_action(request, pay, "Bob", 5, 6),
            "call_action of <Action pay>: too many positional arguments. It takes 'to', 'amount', 'user'.",
        ),
        (
            lambda request: call_action(request, sell, kind="declared"),
            ["Sold", "CONFLICT", 409, "none"],
        ),
        (lambda request: call_action(request, sell, kind="other"), ["CallError", "GONE", 410, "for good"]),
    ],
)
def test_call_of_a_handler_with_injected_values(make_app: Any, connect: Any, call: Any, expected: Any) -> None:
    """Whatever is injected is left out, wherever it stands; a wrong argument is said, and what is not declared is a
    ``CallError``.
    """
    assert answer_of(make_app(INJECTING), connect, call) == expected


@pytest.mark.parametrize(("kind", "status", "code"), [("declared", 409, "CONFLICT"), ("other", 410, "GONE")])
def test_errors_that_are_raised_on(make_app: Any, connect: Any, kind: str, status: int, code: str) -> None:
    """The error of a call within the server, raised on, is what was raised there: it came from no other service."""
    answer = connect(make_app(INJECTING)).post("/resell", json={"kind": kind})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "id" not in answer.json()


@pytest.mark.parametrize("place", ["handler", "middleware"])
@pytest.mark.parametrize(("kind", "status", "code"), [("declared", 409, "CONFLICT"), ("other", 410, "GONE")])
def test_errors_that_are_raised_on_are_answered_alike_everywhere(
    make_app: Any, connect: Any, place: str, kind: str, status: int, code: str
) -> None:
    """Middleware of an action's route may raise what a call within the server came to, as its handler may."""
    app: Sanic[Any, Any] = make_app(INJECTING)
    if place == "middleware":

        @app.on_request
        async def first(request: Request[Any, Any]) -> None:
            result = await call_action(request, sell, kind=kind)
            if result.error is not None:
                raise result.error

    answer = connect(app).post("/resell", json={"kind": kind})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_field_that_is_called_injected(make_app: Any, connect: Any) -> None:
    """A request brings the input of such an action like any other."""

    @action
    async def count(injected: int) -> int:
        return injected + 1

    fields: Any = {"injected": 2}
    assert answer_of(make_app({"count": count}), connect, lambda request: call_action(request, count, **fields)) == 3

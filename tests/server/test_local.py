"""Calls within the server: of the action itself, and with ``call_action``."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request
from sanic.response import json

from sanic_actions import ActionError, Err, InputError, Namespace, Ok, action, define_action
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
            await shown(call_action(request, saved, {"title": "a"})),  # type: ignore[call-overload]  # validated all the same
            await shown(call_action(request, saved)),  # type: ignore[call-overload]  # validated all the same
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
        lambda: call_action(request, ping, 1),  # type: ignore[call-overload]  # what a test is about
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

"""Wrong uses of the public names. Each line marked BAD is an error in every checker, and nothing else is."""

from __future__ import annotations

from typing import Any, assert_never

from actions import AsyncClient, Client, actions
from actions.models.examples.blog.models import Likes, Post, TitleTaken
from pydantic import BaseModel
from sanic import Sanic

from sanic_actions import (
    Action,
    ActionError,
    CallError,
    Code,
    Download,
    Err,
    InputError,
    Issue,
    Namespace,
    Ok,
    Redirect,
    Result,
    action,
    define_action,
)
from sanic_actions.server import ActionContext, ActionsBlueprint, call_action, form
from sanic_actions.testing import Fake, local


class Like(BaseModel):
    post_id: str


class Unlike(BaseModel):
    post_id: str


class OutOfStock(ActionError, code="CONFLICT"):
    sku: str
    left: int


class Closed(ActionError, code="FORBIDDEN"): ...


class Coded(ActionError, code="NO_SUCH_CODE"): ...  # BAD


async def add_like(input: Like) -> int:
    return 1


def add_like_seen(input: Like, context: ActionContext) -> int:
    return 1


def count() -> int:
    return 1


define_action(input=Unlike, handler=add_like)  # BAD
define_action(input=Unlike, handler=add_like_seen)  # BAD
define_action(input=Like, handler=count)  # BAD
define_action(handler=add_like)  # BAD
define_action(input=Like, handler=add_like, accept="xml")  # BAD
define_action(input=Like, handler=add_like, raises=[ValueError])  # BAD
define_action(input=Like)  # BAD


@action
async def like(post_id: str) -> int:
    return 1


@action(raises=[OutOfStock])
def comment(post_id: str, context: ActionContext) -> int:
    return 1


async def call(context: ActionContext) -> None:
    await like(post_id=1)  # BAD
    await like(post="p")  # BAD
    await like()  # BAD
    comment("p")  # BAD
    text: str = await like(post_id="p")  # BAD
    number: int = like(post_id="p")  # BAD
    await call_action(context.request, add_like, Like(post_id="p"))  # BAD
    await call_action(context, like, post_id="p")  # BAD
    bought: Ok[int] | Err[InputError] = await call_action(context.request, comment, post_id="p")  # BAD
    print(bought)
    print(text, number)


action(accept="xml")  # BAD
action(unknown=1)  # BAD except ty
define_action(input=Like, handler=add_like, unknown=1)  # BAD except ty
action(public="yes")  # BAD


def guard_of_a_number(context: int) -> None: ...


def guard_without_context() -> None: ...


action(guard=3)  # BAD
action(guard=None)  # BAD
define_action(input=Like, handler=add_like, guard=None)  # BAD
Namespace(like=like).with_options(guard=None)  # BAD
ActionsBlueprint({"like": like}, default_guard=None)  # BAD
action(guard=guard_of_a_number)  # BAD except ty, pyrefly
define_action(input=Like, handler=add_like, guard=guard_of_a_number)  # BAD except ty, pyrefly
define_action(input=Like, handler=add_like, guard=guard_without_context)  # BAD
Namespace(like=like).with_options(guard=guard_of_a_number)  # BAD except ty, pyrefly
ActionsBlueprint({"like": like}, default_guard=guard_of_a_number)  # BAD except ty, pyrefly
ActionsBlueprint(3)  # BAD
ActionsBlueprint({"like": like}, uploads=3)  # BAD
ActionsBlueprint(Namespace)  # BAD
form(like, sumbit="Send")  # BAD
Namespace(like=count)  # BAD
Namespace({"like": 1})  # BAD
Namespace(like=like).with_options(raises=[ValueError])  # BAD

ActionError("NO_SUCH_CODE")  # BAD
ActionError()  # BAD
OutOfStock("message", sku=3, left=2)  # BAD
OutOfStock("message", sku="A-1")  # BAD
OutOfStock("message", sku="A-1", left=1, more=1)  # BAD
OutOfStock("message", "A-1", 1)  # BAD
Closed(sku="A-1")  # BAD
Issue("email")  # BAD
InputError.on("email")  # BAD
InputError.on("email", 1)  # BAD
CallError("NO_SUCH_CODE")  # BAD
CallError("CONFLICT", cause="weather")  # BAD
code: Code = "no_such_code"  # BAD
Redirect(1)  # BAD
Redirect()  # BAD
wrong: Redirect[int] = Redirect("/done", "text")  # BAD


def narrow(result: Result[int, OutOfStock | InputError | CallError]) -> int:
    result.data.bit_length()  # BAD
    result.error.left  # BAD
    if result.error is None:
        return result.data.upper()  # BAD
    match result.error:
        case OutOfStock() | InputError():
            return 0
        case _:
            assert_never(result.error)  # BAD


def is_of_the_server(error: ActionError) -> bool:
    return error.status >= 500  # BAD


def change(issues: InputError) -> None:
    issues.issues = []  # BAD
    not_an_error: Err[int]  # BAD


def accept(narrow: Action[[str], int]) -> None: ...


accept(comment)  # BAD


# Wrong calls of the generated client package.

actions.like(post_id=1)  # BAD
actions.like()  # BAD
actions.like("p1")  # BAD
actions.like(post_id="p1", n=1)  # BAD
actions.lik(post_id="p1")  # BAD
actions.blog.coment(post_id="p1")  # BAD
actions.blog(post_id="p1")  # BAD
actions.blog.posts(topic="code")  # BAD
actions.blog.posts(limit="3")  # BAD
actions.like.safe(post_id=1)  # BAD
actions.like.safe(post_id="p1").data.likes  # BAD
actions.blog.set_cover(post_id="p1", picture=3)  # BAD
likes: str = actions.like(post_id="p1").likes  # BAD
Client(1)  # BAD
Client("http://127.0.0.1", timeout="2")  # BAD
Client().with_options(retry=3)  # BAD
Post(id="p1")  # BAD


async def not_awaited(client: AsyncClient) -> int:
    return client.like(post_id="p1").likes  # BAD


def not_all_handled() -> str:
    result = actions.blog.publish.safe(title="A", body="B")
    if result.error is None:
        return result.data.title
    match result.error:
        case InputError() | CallError():
            return ""
        case _:
            assert_never(result.error)  # BAD


def other_errors(error: TitleTaken) -> str:
    return error.sku  # BAD


# Wrong answers of fakes, and wrong clients of apps.

fake = Fake(AsyncClient)


def likes_of_a_number(*, post_id: int) -> Likes:
    return Likes(post_id="p1", likes=post_id)


def likes_as_a_number(*, post_id: str) -> int:
    return 1


fake.on(fake.client.like).returns("p1")  # BAD
fake.on(fake.client.like).returns({"post_id": "p1", "likes": 1})  # BAD
fake.on(fake.client.like).raises(TitleTaken("taken", title="A", post_id="p1"))  # BAD
fake.on(fake.client.like).raises(ActionError("CONFLICT"))  # BAD
fake.on(fake.client.like).raises(ValueError("x"))  # BAD
fake.on(fake.client.like).runs(likes_of_a_number)  # BAD
fake.on(fake.client.like).runs(likes_as_a_number)  # BAD
fake.on(fake.client.like).runs(lambda post_id: 3)  # BAD
fake.on(fake.client.blog)  # BAD
fake.on(3)  # BAD
fake.client.lik  # BAD
Download(3)  # BAD
Download(b"", size="1")  # BAD
Fake(Likes)  # BAD
Fake(3)  # BAD
local(3, Client)  # BAD
local(add_like, Client)  # BAD
local(ActionsBlueprint({"like": like}), Client)  # BAD


async def in_the_wrong_way(app: Sanic[Any, Any]) -> None:
    with local(app, AsyncClient):  # BAD
        pass
    async with local(app, Client):  # BAD
        pass
    local(app, Likes)  # BAD

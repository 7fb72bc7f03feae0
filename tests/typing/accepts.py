"""Right uses of the public names, with the types that a checker must see: no line of this file is an error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, assert_never, assert_type

from actions import AsyncClient, Client, actions
from actions.models.examples.blog.models import Comment, Post, PostNotFound, TitleTaken, Topic
from actions.models.examples.blog.models import Likes as BlogLikes
from pydantic import BaseModel
from sanic import Request, Sanic

from sanic_actions import (
    Accept,
    Action,
    ActionContext,
    ActionError,
    CallError,
    Code,
    DefinitionError,
    Download,
    Err,
    Event,
    Guard,
    Injected,
    InputError,
    Issue,
    Limits,
    MaxBytes,
    Namespace,
    Ok,
    Problem,
    Redirect,
    Result,
    UploadedFile,
    action,
    define_action,
)
from sanic_actions.client import Async, AsyncDownload, Calls, Sync, download
from sanic_actions.client import AsyncClient as AnyAsyncClient
from sanic_actions.client import Client as AnyClient
from sanic_actions.client import Download as ReceivedDownload
from sanic_actions.server import (
    ActionsBlueprint,
    CalledFrom,
    Control,
    FormFields,
    Group,
    Messages,
    OnError,
    UploadFolder,
    action_result,
    call_action,
    call_url,
    form,
    form_action,
    form_fields,
)
from sanic_actions.testing import AsgiApp, Fake, local


class Like(BaseModel):
    post_id: str


class Unlike(BaseModel):
    post_id: str


class Likes(BaseModel):
    likes: int


class User:
    name: str


class OutOfStock(ActionError, code="CONFLICT"):
    """Fields of its own, one with a default."""

    sku: str
    left: int = 0


class Recalled(OutOfStock, code="GONE"):
    """One field more than its base."""

    reason: str


class Closed(ActionError, code="FORBIDDEN"):
    """No fields."""


class Missing(ActionError, code="NOT_FOUND"):
    """No fields either."""


# The explicit form: sync and async, with and without input and context.


async def add_like(input: Like) -> Likes:
    raise NotImplementedError


async def add_like_seen(input: Like, context: ActionContext) -> Likes:
    raise NotImplementedError


def add_like_now(input: Like) -> Likes:
    raise NotImplementedError


def add_like_now_seen(input: Like, context: ActionContext) -> Likes:
    raise NotImplementedError


def count() -> int:
    return 1


def total(input: list[int]) -> int:
    return sum(input)


def either(input: Like | Unlike, context: ActionContext) -> int:
    return 1


def maybe_seen(input: Like, context: ActionContext | None = None) -> int:
    return 1


class Service:
    async def like(self, input: Like) -> Likes:
        raise NotImplementedError


async_action: Action[[Like], Coroutine[Any, Any, Likes]] = define_action(input=Like, handler=add_like)
async_seen: Action[[Like, ActionContext], Coroutine[Any, Any, Likes]] = define_action(input=Like, handler=add_like_seen)
assert_type(define_action(input=Like, handler=add_like_now), Action[[Like], Likes])
assert_type(define_action(input=Like, handler=add_like_now_seen), Action[[Like, ActionContext], Likes])
assert_type(define_action(handler=count), Action[[], int])
assert_type(define_action(input=list[int], handler=total), Action[[list[int]], int])
assert_type(define_action(input=Like | Unlike, handler=either), Action[[Like | Unlike, ActionContext], int])
define_action(input=Like, handler=Service().like)
define_action(input=Like, handler=maybe_seen)
define_action(input=Like, handler=add_like, accept=("json", "form"), raises=[OutOfStock], public=True)
define_action(input=Like, handler=add_like, max_body_size=1000, limits=Limits(files=2, seconds=1.5, concurrent=3))
ActionsBlueprint({"like": define_action(input=Like, handler=add_like)}, limits=Limits(body=10))
define_action(input=Like, handler=add_like, idempotent=True, once=True)


# The decorator: the handler's parameters stay as written, and the action is called like the handler.


@action
async def like(post_id: str, context: ActionContext) -> Likes:
    raise NotImplementedError


@action(accept="form", raises=[OutOfStock, Closed])
def comment(context: ActionContext, post_id: str, body: str = "") -> Likes:
    raise NotImplementedError


@action
async def plain(amount: int) -> Likes:
    raise NotImplementedError


@action
async def mine(user: Annotated[User, Injected]) -> str:
    return user.name


@action(accept="form")
async def upload(file: Annotated[UploadedFile, MaxBytes("5MB"), Accept("image/*")]) -> Redirect[Likes]:
    assert_type(await file.read(), bytes)
    assert_type(file.name, str)
    assert_type(file.size, int)
    return Redirect("/done", Likes(likes=1))


@action(idempotent=True)
async def numbers(context: ActionContext, start: int = 0) -> AsyncIterator[Event[int]]:
    assert_type(context.last_event_id, str | None)
    yield Event(start, id="0")
    yield Event(start)


@action
async def words(text: str) -> AsyncIterator[str]:
    yield text


@action
def plain_words(text: str) -> Iterator[str]:
    yield text


event: Event[str] = Event("a", id="1")


async def call_streams(context: ActionContext) -> None:
    assert_type(await call_action(context.request, words, text="a"), Ok[AsyncIterator[str]] | Err[ActionError])
    assert_type(await call_action(context.request, plain_words, text="a"), Ok[AsyncIterator[str]] | Err[ActionError])
    assert_type(await call_action(context.request, numbers, start=1), Ok[AsyncIterator[int]] | Err[ActionError])


async def call_handlers(context: ActionContext, user: User) -> None:
    assert_type(await like("p", context), Likes)
    assert_type(await like(post_id="p", context=context), Likes)
    assert_type(comment(context, post_id="p"), Likes)
    assert_type(await plain(amount=1), Likes)
    assert_type(await mine(user=user), str)
    assert_type(await define_action(input=Like, handler=add_like)(Like(post_id="p")), Likes)
    assert_type(await define_action(input=Like, handler=add_like_seen)(Like(post_id="p"), context), Likes)


@action(raises=[OutOfStock])
async def buy(sku: str, user: Annotated[User, Injected], request: Request[Any, Any], context: ActionContext) -> int:
    raise NotImplementedError


@action(raises=(OutOfStock, Closed))
async def sell(sku: str, user: Annotated[User, Injected]) -> int:
    raise NotImplementedError


@action(raises=(OutOfStock, Closed, Recalled), accept="form")
def sell_now(sku: str) -> int:
    raise NotImplementedError


@action(raises=(OutOfStock, Closed, Recalled, Missing))
def sell_at_last(sku: str) -> int:
    raise NotImplementedError


@action(raises=[OutOfStock, Closed])
async def prices(user: Annotated[User, Injected], sku: str) -> AsyncIterator[int]:
    yield 1


declared = define_action(input=Like, handler=add_like_seen, raises=[Closed])


async def call_actions(context: ActionContext, app: Sanic[Any, Any]) -> None:
    assert_type(await call_action(context.request, plain, amount=1), Ok[Likes] | Err[ActionError])
    # The context may be left out, and whatever else is injected.
    assert_type(await call_action(context.request, like, "p"), Ok[Likes] | Err[ActionError])
    assert_type(await call_action(context.request, like, post_id="p"), Ok[Likes] | Err[ActionError])
    assert_type(await call_action(context.request, like, post_id="p", context=context), Ok[Likes] | Err[ActionError])
    assert_type(await call_action(context.request, mine), Ok[str] | Err[ActionError])
    assert_type(await call_action(context.request, buy, sku="tea"), Ok[int] | Err[OutOfStock | InputError | CallError])
    assert_type(
        await call_action(app, buy, sku="tea", injected={"user": User()}),
        Ok[int] | Err[OutOfStock | InputError | CallError],
    )
    assert_type(
        await call_action(context.request, sell, sku="tea"),
        Ok[int] | Err[OutOfStock | Closed | InputError | CallError],
    )
    assert_type(
        await call_action(context.request, declared, Like(post_id="p")),
        Ok[Likes] | Err[Closed | InputError | CallError],
    )
    assert_type(
        await call_action(context.request, sell_now, sku="tea"),
        Ok[int] | Err[OutOfStock | Closed | Recalled | InputError | CallError],
    )
    assert_type(
        await call_action(context.request, sell_at_last, sku="tea"),
        Ok[int] | Err[OutOfStock | Closed | Recalled | Missing | InputError | CallError],
    )


async def handle_declared(context: ActionContext) -> None:
    result = await call_action(context.request, sell, sku="tea")
    match result:
        case Ok(left):
            assert_type(left, int)
        case Err(OutOfStock() as error):
            assert_type(error.sku, str)
        case Err(error):
            assert_type(error, OutOfStock | Closed | InputError | CallError)
    if result.error is not None:
        match result.error:
            case OutOfStock() | Closed() | InputError() | CallError():
                pass
            case _:
                assert_never(result.error)


async def read_declared(context: ActionContext) -> None:
    # mypy joins several errors of a list to ActionError; a tuple keeps them apart.
    stream = await call_action(context.request, prices, sku="tea")
    if stream.error is None:
        assert_type(stream.data, AsyncIterator[int])
    if isinstance(stream, Err) and isinstance(stream.error, OutOfStock):
        assert_type(stream.error.left, int)


def guard(context: ActionContext) -> User:
    raise ActionError("UNAUTHORIZED", "Log in first")


async def async_guard(context: ActionContext) -> None: ...


@action
async def made_file(name: str) -> Download:
    return Download(b"", name=name)


@action
def sent_file() -> Download:
    return Download(items_of_bytes(), content_type="text/plain", size=0)


async def items_of_bytes() -> AsyncIterator[bytes]:
    yield b""


async def call_files(context: ActionContext) -> None:
    assert_type(await call_action(context.request, made_file, name="a"), Ok[Download] | Err[ActionError])


M_files_co = TypeVar("M_files_co", covariant=True)


class FileCalls(Calls[M_files_co]):
    @download(Closed, idempotent=True)
    def report(self, /, *, month: str) -> bytes:
        raise NotImplementedError


class FileClient(FileCalls[Sync], AnyClient): ...


class AsyncFileClient(FileCalls[Async], AnyAsyncClient): ...


def read_files(files: FileClient, folder: Path) -> None:
    with files.report(month="may") as file:
        assert_type(file, ReceivedDownload[Closed | InputError | CallError])
        assert_type(file.size, int | None)
        for chunk in file:
            assert_type(chunk, bytes)
    assert_type(files.report(month="may").read(), bytes)
    assert_type(files.report(month="may").save(folder), Path)
    saved = files.report(month="may").safe().save(folder)
    if saved.error is not None:
        match saved.error:
            case Closed() | InputError() | CallError():
                pass
            case _:
                assert_never(saved.error)


async def read_files_later(files: AsyncFileClient, folder: Path) -> None:
    async with files.report(month="may") as file:
        assert_type(file, AsyncDownload[Closed | InputError | CallError])
        async for chunk in file:
            assert_type(chunk, bytes)
    assert_type(await files.report(month="may").save(folder), Path)
    assert_type(await files.report(month="may").safe().read(), Ok[bytes] | Err[Closed | InputError | CallError])


faked_files = Fake(AsyncFileClient)
faked_files.on(faked_files.client.report).returns(Download(b"", name="may.csv"))
faked_files.on(faked_files.client.report).raises(Closed("closed"))


# The tree: namespaces and plain mappings.

server = Namespace(
    like=like, blog=Namespace(comment=comment, admin={"plain": plain}).with_options(raises=[Closed], guard=guard)
)
assert_type(server, Namespace)
assert_type(Namespace({"import_": like}).with_options(guard=async_guard), Namespace)
merged = server | {"other": like} | Namespace(blog=Namespace(server, more=like))
assert_type(merged, Namespace)
Namespace({**server, "other": like})
Namespace(**server)
Namespace(server).with_options(limits=Limits(seconds=1), public=False)
ActionsBlueprint({**server, "other": like}, uploads=UploadFolder("uploads", max_bytes=10, max_files=2, seconds=1.5))
ActionsBlueprint(server, uploads="uploads")
ActionsBlueprint(server, default_guard=async_guard)
tree: Mapping[str, object] = {"like": like, "blog": {"comment": comment}}
guarded = define_action(handler=count, guard=guard)


def requires(role: str) -> Guard:
    async def check(context: ActionContext) -> None:
        if role not in context.headers:
            raise ActionError("FORBIDDEN")

    return check


class Bearer:
    async def __call__(self, context: ActionContext) -> User:
        raise ActionError("UNAUTHORIZED")

    def method(self, context: ActionContext) -> None: ...


define_action(input=Like, handler=add_like, guard=requires("admin"))
define_action(input=Like, handler=add_like_seen, guard=Bearer(), once=True)


@action(guard=Bearer().method, accept=("json", "form"), limits=Limits(body=10), idempotent=True)
def behind_method(post_id: str) -> int:
    return 1


assert_type(behind_method(post_id="p"), int)


# Helpers of pages: each finds the request, or takes it.


def page(context: ActionContext, fields: FormFields) -> None:
    request = context.request
    assert_type(call_url(like), str)
    assert_type(call_url(like, request=request), str)
    assert_type(form_action(comment, path="/other", request=request), str)
    assert_type(form_fields(comment, request=request), FormFields)
    form(comment, submit="Send", attributes={"class": "wide"}, request=request)
    assert_type(action_result(request, plain), Ok[Likes] | Err[ActionError] | None)
    controls: list[Control | Group] = list(fields)
    called_from: CalledFrom = context.called_from
    assert_type(controls[0].label, str)
    assert_type(called_from, CalledFrom)


messages: Messages = str
on_error: OnError = print


# Errors.


def raise_errors(code: Code) -> None:
    if code == "CONFLICT":
        raise OutOfStock("Only two are left", sku="A-1", left=2)
    if code == "GONE":
        raise OutOfStock(sku="A-1")
    if code == "LOCKED":
        raise Recalled("Recalled", sku="A-1", left=0, reason="sharp edges")
    if code == "FORBIDDEN":
        raise Closed("It is closed")
    if code == "BAD_REQUEST":
        raise InputError.on("email", "is already taken").on("items.0.qty", "too many", type="too_many")
    if code == "UNPROCESSABLE_CONTENT":
        raise InputError([Issue("email", "is already taken")], "Look again")
    raise ActionError(code, "No such post")


def read_errors(stock: OutOfStock, invalid: InputError, call: CallError, error: ActionError) -> None:
    assert_type(stock.sku, str)
    assert_type(stock.left, int)
    assert_type(stock.message, str)
    assert_type(stock.code, Code)
    assert_type(stock.data, dict[str, object])
    assert_type(error.status, int | None)
    assert_type(stock.status, int | None)
    assert_type(invalid.status, int | None)
    assert_type(call.status, int | None)
    assert_type(call.id, str | None)
    assert_type(invalid.issues, Sequence[Issue])
    assert_type(invalid.fields, dict[str, list[str]])
    assert_type(invalid.form_errors, list[str])
    assert_type(invalid.issues[0].path, str)
    assert_type(InputError.on("a", "b"), InputError)


def read_problems(error: DefinitionError) -> list[int]:
    assert_type(error.problems, tuple[Problem, ...])
    return [problem.line for problem in error.problems]


# Results narrow by the error, by isinstance and by match.

Outcome = Ok[Likes] | Err[OutOfStock | InputError | CallError]


def by_error(result: Outcome) -> int:
    if result.error is None:
        assert_type(result.data, Likes)
        return result.data.likes
    match result.error:
        case OutOfStock():
            return result.error.left
        case InputError() | CallError():
            return 0
        case _:
            assert_never(result.error)


def by_isinstance(result: Outcome) -> int:
    if isinstance(result, Ok):
        return result.data.likes
    assert_type(result.error, OutOfStock | InputError | CallError)
    return 0


def by_match(result: Outcome) -> int:
    match result:
        case Ok(likes):
            return likes.likes
        case Err(error):
            assert_type(error, OutOfStock | InputError | CallError)
            return 0


def by_alias(one: Result[Likes], other: Result[Likes, OutOfStock]) -> None:
    assert_type(one, Ok[Likes] | Err[ActionError])
    assert_type(other, Ok[Likes] | Err[OutOfStock])


def covariant(result: Ok[Likes] | Err[OutOfStock]) -> Result[BaseModel]:
    return result


def redirects(redirect: Redirect[Likes]) -> None:
    assert_type(redirect.to, str)
    assert_type(redirect.data, Likes)
    assert_type(Redirect("/done"), Redirect[None])
    assert_type(Redirect("/done", Likes(likes=1)), Redirect[Likes])


# An action is a callable of its handler's type, covariant in what it returns.

as_function: Callable[[int], Coroutine[Any, Any, Likes]] = plain
wider: Action[..., Coroutine[Any, Any, BaseModel]] = plain


# The generated client package of the example: exact types for sync and async callers, and for results as values.

assert_type(actions, Client)
assert_type(actions.like(post_id="p1"), BlogLikes)
assert_type(actions.blog.posts(), list[Post])
assert_type(actions.blog.posts(topic=Topic.CODE, limit=3)[0].topic, Topic)
assert_type(actions.blog.comment(post_id="p1", author="Ada", body="Hi"), Comment)
assert_type(actions.like.safe(post_id="p1"), Ok[BlogLikes] | Err[PostNotFound | InputError | CallError])
assert_type(actions.blog.comments.safe(post_id="p1"), Ok[list[Comment]] | Err[InputError | CallError])
actions.blog.set_cover(post_id="p1", picture=b"...")
actions.blog.set_cover(post_id="p1", picture=("cover.png", b"...", "image/png"))

with Client("http://127.0.0.1:8000", headers={"authorization": "Bearer x"}, timeout=2.0) as client:
    assert_type(client, Client)
    assert_type(client.with_options(timeout=1.0), Client)
    assert_type(client.with_options(headers={"x": "y"}).like(post_id="p1"), BlogLikes)


async def service(title: str) -> Post | None:
    async with AsyncClient("http://127.0.0.1:8000") as client:
        assert_type(client, AsyncClient)
        assert_type(await client.blog.post(post_id="p1"), Post)
        assert_type(await client.like.safe(post_id="p1"), Ok[BlogLikes] | Err[PostNotFound | InputError | CallError])
        result = await client.blog.publish.safe(title=title, body="...")
        if result.error is None:
            return result.data
        match result.error:
            case TitleTaken():
                assert_type(result.error.post_id, str)
                return await client.blog.post(post_id=result.error.post_id)
            case InputError() | CallError():
                return None
            case _:
                assert_never(result.error)


# Tests of apps and of callers: the client in the type of its class, answers in the types of the action.


async def tests(app: Sanic[Any, Any], other: AsgiApp) -> None:
    with local(app, Client) as client:
        assert_type(client, Client)
    async with local(app, AsyncClient) as awaiting:
        assert_type(awaiting, AsyncClient)
    with local(other, Client):
        pass


def likes(*, post_id: str) -> BlogLikes:
    return BlogLikes(post_id=post_id, likes=1)


def says(*, post_id: str, author: str, body: str) -> Comment:
    raise NotImplementedError


fake = Fake(AsyncClient)
assert_type(fake.client, AsyncClient)
fake.on(fake.client.like).returns(BlogLikes(post_id="p1", likes=1))
fake.on(fake.client.like).raises(PostNotFound("none", post_id="p1"))
fake.on(fake.client.like).raises(InputError.on("post_id", "No such post"))
fake.on(fake.client.like).raises(CallError("SERVICE_UNAVAILABLE"))
fake.on(fake.client.like).runs(likes)
fake.on(fake.client.blog.comment).runs(says)
fake.on(fake.client.blog.posts).returns([])
fake.on(fake.client.sign_out).returns(Redirect("/"))
assert_type(fake.on(fake.client.like).calls, list[dict[str, Any]])

blocking = Fake(Client)
assert_type(blocking.client, Client)
blocking.on(blocking.client.like).returns(BlogLikes(post_id="p1", likes=1))
blocking.on(blocking.client.with_options(timeout=1).like).runs(likes)


def heads_of(result: Ok[int] | Err[OutOfStock | InputError | CallError]) -> None:
    assert_type(result.headers, Mapping[str, str])
    assert_type(result.cookies, Mapping[str, str])
    if isinstance(result.error, CallError | InputError):
        assert_type(result.error.headers, Mapping[str, str])
        assert_type(result.error.response, object)

"""Guards that name fields of the input: they run after validation, with the values of these fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from sqlite3 import Connection
from typing import Annotated, Any

import httpx2
import pytest
from conftest import running
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text

from sanic_actions import (
    ActionContext,
    ActionError,
    DefinitionError,
    Injected,
    Namespace,
    UploadedFile,
    action,
    define_action,
)
from sanic_actions._namespace import entries
from sanic_actions.server import ActionsBlueprint, action_result, call_action


class Post(BaseModel):
    """What a guard looks up."""

    id: int
    author: str


async def owner(context: ActionContext, post_id: int) -> Post:
    """Let in who wrote the post."""
    if post_id != 7:
        raise ActionError("NOT_FOUND", "No such post")
    return Post(id=post_id, author="Ada")


class Edit(BaseModel):
    post_id: int
    body: str = ""


@action(guard=owner)
async def edit(post_id: int, post: Annotated[Post, Injected], body: str = "") -> str:
    return f"{post.author} {body}"


async def edit_body(input: Edit) -> str:
    return input.body


def post(server: Any, name: str, **arguments: Any) -> httpx2.Response:
    app: Sanic[Any, Any] = Sanic(f"app_{id(server)}_{name}")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(server))
    with running(app) as url:
        return httpx2.post(f"{url}/_actions/{name}", json=arguments)


@pytest.mark.parametrize(
    "edits", [edit, define_action(input=Edit, handler=edit_body, guard=owner)], ids=["decorated", "explicit"]
)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [({"post_id": 7, "body": "x"}, 200), ({"post_id": 8}, 404), ({"post_id": "seven"}, 400), ({}, 400)],
)
def test_a_guard_gets_the_validated_value_of_a_field(edits: Any, arguments: dict[str, Any], status: int) -> None:
    """It sees no input that is not valid, and what it returns is injected."""
    assert post({"edit": edits}, "edit", **arguments).status_code == status


def test_a_field_that_was_left_out_has_its_default() -> None:
    """As the handler sees it."""
    seen: list[object] = []

    def guard(context: ActionContext, limit: int) -> None:
        seen.append(limit)

    @action(guard=guard)
    async def search(limit: int = 20) -> None: ...

    post({"search": search}, "search")

    assert seen == [20]


async def tagging(context: ActionContext, tags: list[str]) -> None:
    tags.append("guard")


@pytest.mark.parametrize("way", ["call", "call_action"])
def test_a_default_that_a_guard_changes_is_that_of_one_call(serve: Callable[[Sanic[Any, Any]], str], way: str) -> None:
    """The guard gets the same copy as the handler, and no other call sees it."""
    defaults: list[str] = []

    @action(guard=tagging)
    async def tag(tags: list[str] = defaults) -> list[str]:
        return tags

    @action
    async def outer(request: Request) -> list[str]:
        return (await call_action(request, tag)).data or []

    app: Sanic[Any, Any] = Sanic("tags")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"tag": tag, "outer": outer}))
    url = serve(app)
    answers = [httpx2.post(f"{url}/_actions/{'tag' if way == 'call' else 'outer'}").json() for _ in range(3)]

    assert answers == [["guard"]] * 3
    assert defaults == []


@pytest.mark.parametrize(("sent", "names"), [({}, []), ({"tags": []}, ["tags"])])
def test_the_input_of_a_context_is_without_what_was_left_out(
    serve: Callable[[Sanic[Any, Any]], str], sent: dict[str, object], names: list[str]
) -> None:
    """By which a handler tells a default from a value; a guard of that field changes nothing about it."""

    defaults: list[str] = []

    @action(guard=tagging)
    async def tag(context: ActionContext, tags: list[str] = defaults) -> list[list[str]]:
        return [sorted(context.input), tags]

    app: Sanic[Any, Any] = Sanic("left_out")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"tag": tag}))
    answer = httpx2.post(f"{serve(app)}/_actions/tag", json=sent, timeout=60)

    assert answer.json() == [names, ["guard"]]


def passing_on(guard: Any) -> Any:
    @wraps(guard)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await guard(*args, **kwargs)

    return wrapper


def passing_on_names(guard: Any) -> Any:
    @wraps(guard)
    def wrapper(context: ActionContext, **kwargs: Any) -> Any:
        return guard(context, **kwargs)

    return wrapper


def supplying(guard: Any) -> Any:
    @wraps(guard)
    async def wrapper(context: ActionContext) -> Any:
        return await guard(context, post_id=7)

    return wrapper


class Owner:
    @passing_on
    async def __call__(self, context: ActionContext, post_id: int) -> Post:
        return await owner(context, post_id)

    @passing_on_names
    @staticmethod
    async def of_nothing(context: ActionContext, post_id: int) -> Post:
        return await owner(context, post_id)


@pytest.mark.parametrize(
    ("guard", "status"),
    [
        (passing_on(owner), 404),
        (passing_on_names(owner), 404),
        (passing_on(passing_on_names(owner)), 404),
        (partial(passing_on(owner)), 404),
        (Owner(), 404),
        (Owner().__call__, 404),
        (Owner.of_nothing, 404),
        (supplying(owner), 200),
        (passing_on(supplying(owner)), 200),
        (passing_on(partial(owner)), 404),
        (passing_on(Owner()), 404),
    ],
    ids=range(11),
)
def test_a_decorated_guard_gets_the_fields_that_it_names(guard: Any, status: int) -> None:
    """A wrapper that takes anything passes them on; one that says what it takes gets that."""

    @action(guard=guard)
    async def edit(post_id: int, post: Annotated[Post, Injected]) -> int:
        return post.id

    assert post({"edit": edit}, "edit", post_id=7).json() == 7
    assert post({"edit": edit}, "edit", post_id=8).status_code == status


def test_a_guard_may_take_an_int_as_a_float() -> None:
    """As type checkers see it."""

    async def positive(context: ActionContext, amount: float) -> None:
        if amount < 0:
            raise ActionError("FORBIDDEN")

    @action(guard=positive)
    async def pay(amount: int) -> int:
        return amount

    assert post({"pay": pay}, "pay", amount=1).json() == 1
    assert post({"pay": pay}, "pay", amount=-1).status_code == 403


def by_name(context: ActionContext, post: int) -> None: ...


def by_type(context: ActionContext, post_id: str) -> None: ...


def with_default(context: ActionContext, post_id: int | None = None) -> None: ...


def with_connection(context: ActionContext, rows: Annotated[Connection, Injected]) -> None: ...


class WithDefault:
    async def __call__(self, context: ActionContext, *, post_id: int = 0) -> None: ...

    def method(self, context: ActionContext, post_id: int = Field(default=0)) -> None: ...


@pytest.mark.parametrize(
    ("guard", "reason"),
    [
        (by_name, r"names 'post', which is not a field of the input.*Did you mean 'post_id'"),
        (with_connection, "names 'rows', which is not a field.*runs before interceptors.*'context.app.ctx'"),
        (by_type, "takes 'post_id' as str, which is not the type of that field"),
        (with_default, "has a default for 'post_id', a field of the input, and is called without it"),
        (WithDefault(), "has a default for 'post_id', a field of the input"),
        (WithDefault().method, "has a default for 'post_id', a field of the input"),
        (partial(with_default), "has a default for 'post_id', a field of the input"),
    ],
)
def test_a_field_that_does_not_fit_is_a_definition_error(guard: Any, reason: str) -> None:
    """On the action, and on a namespace over an action without such a field."""

    @action
    async def act(post_id: int) -> None: ...

    for server in ({"act": action(guard=guard)(act.handler)}, Namespace(act=act).with_options(guard=guard)):
        with pytest.raises(DefinitionError, match=f"(?s){reason}"):
            ActionsBlueprint(server)


def test_what_a_guard_is_bound_to_is_not_a_field() -> None:
    """A value that ``functools.partial`` fills in is the one that is meant, whatever the input has."""

    def at_least(context: ActionContext, level: int, role: str = "user") -> None:
        raise ActionError("FORBIDDEN", f"{level} {role}")

    @action(guard=partial(at_least, level=3))
    async def act(level: int) -> None: ...

    assert "3 user" in post({"act": act}, "act", level=1).text


def test_a_guard_that_names_a_field_is_refused_over_an_action_without_input() -> None:
    """There is nothing that it could be called with."""

    @action(guard=by_type)
    async def act() -> None: ...

    with pytest.raises(DefinitionError, match="is not a field of the input"):
        ActionsBlueprint({"act": act})


def test_such_guards_do_not_prove_that_an_action_is_guarded() -> None:
    """They run after the body was read, so ``check_guards`` counts those before it only."""
    entry = entries({"edit": edit})["edit"]

    assert entry.guards == ()
    assert [guard.__name__ for guard in entry.field_guards] == ["owner"]


async def first_of(context: ActionContext, photo: UploadedFile) -> None:
    assert await photo.read(1) == b"a"


async def all_of(context: ActionContext, photo: UploadedFile) -> None:
    assert await photo.read() == b"abc"


class Album(BaseModel):
    cover: UploadedFile


async def cover_of(context: ActionContext, album: Album) -> None:
    assert await album.cover.read() == b"abc"


async def closing(context: ActionContext, photo: UploadedFile) -> None:
    with photo.file as file:
        assert file.read() == b"abc"


@action(accept="form", guard=closing)
async def upload_name(photo: UploadedFile) -> str:
    return photo.name


@action(accept="form", guard=all_of)
async def upload(photo: UploadedFile) -> str:
    return (await photo.read()).decode()


@action(accept="form", guard=cover_of)
async def upload_album(album: Album) -> str:
    return (await album.cover.read()).decode()


@pytest.mark.parametrize("name", ["upload", "upload_album"])
@pytest.mark.parametrize("way", ["call", "page"])
def test_a_file_that_a_guard_has_read_begins_anew(serve: Callable[[Sanic[Any, Any]], str], name: str, way: str) -> None:
    """Each guard reads it from its beginning, and so does the handler."""
    app: Sanic[Any, Any] = Sanic("files")
    app.config.AUTO_EXTEND = False
    actions = Namespace(upload=upload).with_options(guard=first_of) | Namespace(upload_album=upload_album)
    app.blueprint(ActionsBlueprint(actions))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        result = action_result(request, upload if name == "upload" else upload_album)
        return text("" if result is None else str(result.data))

    url = serve(app)
    path = f"/_actions/{name}" if way == "call" else f"/page?_action={name}"
    files = {"photo" if name == "upload" else "album.cover": ("a.txt", b"abc")}
    with httpx2.Client(base_url=url, follow_redirects=True) as browser:
        answer = browser.post(path, files=files)

    assert answer.text.strip('"') == "abc"


def test_a_guard_may_close_the_file_that_it_has_read(serve: Callable[[Sanic[Any, Any]], str]) -> None:
    """The handler, which does not read it, runs."""
    app: Sanic[Any, Any] = Sanic("closed")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"upload_name": upload_name}))
    answer = httpx2.post(f"{serve(app)}/_actions/upload_name", files={"photo": ("a.txt", b"abc")}, timeout=60)

    assert answer.json() == "a.txt"

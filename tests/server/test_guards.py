"""Guards, and the parameters that they or sanic-ext supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from sanic import Request

from sanic_actions import ActionError, DefinitionError, Injected, Namespace, action, define_action
from sanic_actions.server import ActionContext, ActionsBlueprint

order: list[str] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    order.clear()


@dataclass
class User:
    name: str


class Admin(User):
    pass


def log(context: ActionContext) -> None:
    order.append(f"outer {context.name}")


async def signed_in(context: ActionContext) -> User:
    order.append("inner")
    name = context.headers.get("x-user")
    if name is None:
        raise ActionError("UNAUTHORIZED", "Sign in first")
    context.state.user = name
    context.set_cookie("seen", name)
    return Admin(name) if name == "root" else User(name)


@action(guard=signed_in)
async def whoami(user: Annotated[User, Injected], context: ActionContext, greeting: str = "I am") -> str:
    order.append("handler")
    return f"{greeting} {user.name} {context.state.user} {type(user).__name__}"


TREE = Namespace(inner=Namespace(whoami=whoami)).with_options(guard=log)


def test_guards_run_outermost_first(make_app: Any, connect: Any) -> None:
    """Guards run from the outermost namespace inwards, then the handler; what they return and leave reaches it."""
    answer = connect(make_app(TREE)).post("/inner.whoami", headers={"x-user": "ada"}, json={"greeting": "am"})

    assert answer.json() == "am ada ada User"
    assert answer.headers["set-cookie"].startswith("seen=ada")
    assert order == ["outer inner.whoami", "inner", "handler"]


def test_guard_refuses_before_the_body(make_app: Any, serve: Any, exchange: Any) -> None:
    """A guard refuses before the content type is looked at and before a byte of the body has arrived."""
    head = b"POST /_actions/inner.whoami HTTP/1.1\r\nhost: x\r\ncontent-type: x/y\r\ncontent-length: 1000\r\n\r\n"

    answer = exchange(serve(make_app(TREE)), head)

    assert answer.startswith(b"HTTP/1.1 401")
    assert b"Sign in first" in answer
    assert order == ["outer inner.whoami", "inner"]


def test_input_cannot_stand_in_for_what_is_injected(make_app: Any, connect: Any) -> None:
    """A field that is called like an injected parameter does not reach the handler."""
    answer = connect(make_app(TREE)).post(
        "/inner.whoami", headers={"x-user": "ada"}, json={"user": {"name": "root"}, "context": {}}
    )

    assert answer.json() == "I am ada ada User"


def test_subclass_is_supplied(make_app: Any, connect: Any) -> None:
    """What a guard returns is matched by its type, subclasses included."""
    assert connect(make_app(TREE)).post("/inner.whoami", headers={"x-user": "root"}).json() == "I am root root Admin"


def test_guard_that_breaks(make_app: Any, connect: Any) -> None:
    """A guard that fails unexpectedly is masked, and the handler does not run."""

    def broken(context: ActionContext) -> None:
        raise ValueError("secret")

    answer = connect(make_app(Namespace(inner=TREE).with_options(guard=broken))).post("/inner.inner.whoami")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert order == []


def test_optional_injection(make_app: Any, connect: Any) -> None:
    """An optional parameter is None where a guard returns none."""

    def maybe(context: ActionContext) -> User | None:
        return User("ada") if "x-user" in context.headers else None

    @action(guard=maybe)
    def who(user: Annotated[User | None, Injected]) -> str | None:
        return user.name if user else None

    client = connect(make_app({"who": who}))

    assert client.post("/who").json() is None
    assert client.post("/who", headers={"x-user": "1"}).json() == "ada"


def test_request_is_injected(make_app: Any, connect: Any) -> None:
    """A parameter annotated with Sanic's request is injected wherever it stands."""

    @action
    def where(a: int, request: Request[Any, Any], b: int = 2) -> list[str]:
        return [request.path, str(a + b)]

    assert connect(make_app({"where": where})).post("/where", json={"a": 1, "request": 5}).json() == [
        "/_actions/where",
        "3",
    ]


class Post(BaseModel):
    title: str


def context_second(input: Post, context: ActionContext) -> str:
    return input.title + context.name


def context_positional(input: Post, context: ActionContext, /) -> str:
    return input.title + context.name


def context_optional(input: Post, context: ActionContext | None = None) -> str:
    return input.title + (context.name if context else "")


async def context_and_user(input: Post, context: ActionContext, user: Annotated[User, Injected]) -> str:
    return input.title + context.name + user.name


def test_explicit_handlers(make_app: Any, connect: Any) -> None:
    """The explicit form passes input and context as the handler takes them."""
    anonymous = define_action(input=Post, handler=lambda post, context: post.title + context.name)
    anonymous.handler.__annotations__.update({"return": str})
    tree = {
        "second": define_action(input=Post, handler=context_second),
        "positional": define_action(input=Post, handler=context_positional),
        "optional": define_action(input=Post, handler=context_optional),
        "anonymous": anonymous,
    }
    client = connect(make_app(tree))

    for name in tree:
        assert client.post(f"/{name}", json={"title": "t-"}).json() == f"t-{name}"


def test_injection_in_the_explicit_form(make_app: Any, connect: Any) -> None:
    """Marked parameters are injected in the explicit form too."""
    handler: Any = context_and_user  # takes more than the overloads of define_action say
    made = define_action(input=Post, handler=handler, guard=signed_in)
    client = connect(make_app({"post": made}))

    assert client.post("/post", json={"title": "t-"}, headers={"x-user": "ada"}).json() == "t-postada"


@action
def unsupplied(user: Annotated[User, Injected]) -> str:
    return user.name


def test_unsupplied_parameter(make_app: Any, serve: Any) -> None:
    """A marked parameter that nothing supplies is reported when the server starts."""
    app = make_app({"unsupplied": unsupplied})

    with pytest.raises(DefinitionError, match=r"unsupplied.*\n?.*'user'.*Injected"):
        serve(app)


def test_guard_of_another_type(make_app: Any, serve: Any) -> None:
    """A guard that is annotated to return something else does not supply the parameter."""

    def other(context: ActionContext) -> Post:
        return Post(title="")

    with pytest.raises(DefinitionError, match="'user'"):
        serve(make_app(Namespace(unsupplied=unsupplied).with_options(guard=other)))


def test_sanic_ext_supplies(connect: Any, make_app: Any) -> None:
    """A dependency of sanic-ext supplies a marked parameter, and may refuse like a guard."""
    app = make_app({"unsupplied": unsupplied})
    if not app.config.AUTO_EXTEND:
        pytest.skip("without sanic-ext")

    async def user_of(request: Request) -> User:  # sanic-ext knows it without type arguments only
        if "x-user" not in request.headers:
            raise ActionError("UNAUTHORIZED", "Sign in first")
        return User(request.headers["x-user"])

    app.ext.add_dependency(User, user_of)
    client = connect(app)

    assert client.post("/unsupplied", headers={"x-user": "ada"}).json() == "ada"
    assert client.post("/unsupplied").status_code == 401


def test_sanic_ext_dependency_added_at_start(connect: Any, make_app: Any) -> None:
    """A dependency that a listener of the app adds is seen as well."""
    app = make_app({"unsupplied": unsupplied})
    if not app.config.AUTO_EXTEND:
        pytest.skip("without sanic-ext")

    async def add(app: Any) -> None:
        app.ext.add_dependency(User, lambda: User("late"))

    app.before_server_start(add)

    assert connect(app).post("/unsupplied").json() == "late"


def members_only(context: ActionContext) -> None:
    order.append("default")
    if "x-user" not in context.headers:
        raise ActionError("UNAUTHORIZED", "Sign in first")


@action
def plain() -> str:
    return "plain"


@action(public=True)
def welcome() -> str:
    return "welcome"


@action(public=True, guard=signed_in)
def own_guard() -> str:
    return "own"


@action(public=False)
def private() -> str:
    return "private"


GUARDED = Namespace(
    plain=plain,
    welcome=welcome,
    own_guard=own_guard,
    open=Namespace(
        plain=plain,
        private=private,
        closed=Namespace(plain=plain).with_options(public=False),
    ).with_options(public=True),
)

ANONYMOUS = {
    "plain": 401,
    "welcome": 200,
    "own_guard": 401,
    "open.plain": 200,
    "open.private": 401,
    "open.closed.plain": 401,
}


def test_default_guard(make_app: Any, connect: Any) -> None:
    """A blueprint's default guard covers everything that does not say ``public=True``; the innermost word counts."""
    client = connect(make_app(GUARDED, default_guard=members_only))

    assert {name: client.post(f"/{name}").status_code for name in ANONYMOUS} == ANONYMOUS
    assert all(client.post(f"/{name}", headers={"x-user": "ada"}).status_code == 200 for name in ANONYMOUS)


def test_default_guard_runs_first(make_app: Any, connect: Any) -> None:
    """The default guard runs before the guards of namespaces and of the action."""
    connect(make_app(TREE, default_guard=members_only)).post("/inner.whoami", headers={"x-user": "ada"})

    assert order == ["default", "outer inner.whoami", "inner", "handler"]


def test_public_without_a_default_guard(make_app: Any, connect: Any) -> None:
    """``public`` says nothing about guards other than the default one."""
    client = connect(make_app(Namespace(plain=plain).with_options(public=True, guard=signed_in)))

    assert client.post("/plain").status_code == 401


def test_default_guard_of_each_blueprint(make_app: Any, connect: Any) -> None:
    """One tree in two blueprints has the default guard of each."""
    app = make_app(GUARDED, default_guard=members_only)
    app.blueprint(ActionsBlueprint(GUARDED, prefix="/inside"))
    client = connect(app, "")

    assert client.post("/_actions/plain").status_code == 401
    assert client.post("/inside/plain").status_code == 200


def test_default_guard_supplies(make_app: Any, connect: Any) -> None:
    """What the default guard returns is injected."""
    client = connect(make_app({"unsupplied": unsupplied}, default_guard=signed_in))

    assert client.post("/unsupplied", headers={"x-user": "ada"}).json() == "ada"


def test_public_action_without_its_user(make_app: Any, serve: Any) -> None:
    """A public action that needs what only the default guard supplies is reported when the server starts."""
    with pytest.raises(DefinitionError, match="'user'"):
        serve(make_app(Namespace(unsupplied=unsupplied).with_options(public=True), default_guard=signed_in))

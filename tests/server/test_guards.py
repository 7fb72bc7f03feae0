"""Guards, and the parameters that they or sanic-ext supply."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Generic, Literal, NewType, Optional, Protocol, TypedDict, TypeVar

import httpx2
import pytest
from pydantic import BaseModel
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text

from sanic_actions import ActionError, Bearer, DefinitionError, Injected, Namespace, Proceed, action, define_action
from sanic_actions._cli.listing import listing
from sanic_actions._limits import DEFAULTS
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


@pytest.mark.parametrize("kind", ["dependency", "constant"])
def test_sanic_ext_supplies_page_and_action(serve: Any, kind: str) -> None:
    """A page that sanic-ext supplies may post to an action that it supplies from the same path."""

    async def user_of(request: Request, tenant: str) -> User:
        return User(tenant)

    @action(accept="form")
    async def who(user: Annotated[User, Injected], word: str) -> str:
        order.append(f"{user.name} {word}")
        return word

    app: Sanic[Any, Any] = Sanic("supplied_pages")
    app.blueprint(ActionsBlueprint({"who": who}))
    app.ext.add_dependency(User, user_of)
    app.ext.add_constant("size", "3")

    if kind == "dependency":

        @app.get("/<tenant:str>/page")
        async def page(request: Request, tenant: str, user: User) -> HTTPResponse:
            return text(f"page of {user.name}")

    else:

        @app.get("/<tenant:str>/page")
        async def sized(request: Request, tenant: str, size: str) -> HTTPResponse:
            return text(f"page of {tenant}")

    url = serve(app)
    with httpx2.Client(base_url=url, follow_redirects=True) as client:
        failed = client.post("/acme/page?_action=who", data={"other": "x"})
        order.clear()
        done = client.post("/acme/page?_action=who", data={"word": "hi"})

    assert (failed.status_code, failed.text) == (400, "page of acme")
    assert (done.status_code, done.text, order) == (200, "page of acme", ["acme hi"])


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


@pytest.mark.parametrize(
    ("tree", "options", "notes"),
    [
        (Namespace(welcome=welcome).with_options(guard=signed_in), {}, ["'welcome'"]),
        ({"inner": Namespace(welcome=welcome).with_options(guard=signed_in)}, {}, ["'inner.welcome'"]),
        (
            Namespace(open=Namespace(plain=plain).with_options(public=True)).with_options(guard=signed_in),
            {},
            ["'open.plain'"],
        ),
        ({"welcome": welcome}, {"guard": signed_in}, ["'welcome'"]),
        (Namespace(own_guard=own_guard, private=private).with_options(guard=signed_in), {}, []),
        (Namespace(plain=plain).with_options(public=True, guard=signed_in), {}, []),
        (Namespace(welcome=welcome).with_options(guard=signed_in), {"default_guard": members_only}, []),
        (GUARDED, {"default_guard": members_only}, []),
        (GUARDED, {}, []),
    ],
)
def test_public_action_that_stays_guarded_is_named_at_start(
    make_app: Any, serve: Any, caplog: pytest.LogCaptureFixture, tree: Any, options: Any, notes: list[str]
) -> None:
    """Where ``public=True`` leaves out nothing and guards around it run, the log of the start says so."""
    serve(make_app(tree, **options))

    records = [record.getMessage() for record in caplog.records if "public=True" in record.getMessage()]
    assert len(records) == len(notes)
    for record, name in zip(records, notes, strict=True):
        assert f"Action {name} says public=True and is guarded all the same, by signed_in around it" in record


class Visitor:
    """Whoever is signed in."""


def visitor_or_none(context: ActionContext) -> Visitor | None:
    return None


def visitor_of_field(context: ActionContext, number: int) -> Visitor | None:
    return None


def same_host(context: ActionContext) -> None: ...


def visitor_of_token(token: str) -> Visitor | None:
    return None


@action
async def takes_nothing() -> str:
    return "served"


@action
async def takes_number(number: int) -> str:
    return "served"


@action(public=True)
async def says_public() -> str:
    return "served"


@action
async def takes_visitor(visitor: Annotated[Visitor, Injected]) -> str:
    return "served"


@action
async def takes_none_too(visitor: Annotated[Visitor | None, Injected]) -> str:
    return "served"


OPENINGS: list[tuple[Any, dict[str, Any], str, int]] = [
    ({"a": takes_nothing}, {"default_guard": visitor_or_none}, "'a' (1 in all)", 200),
    ({"a": takes_nothing}, {"guard": visitor_or_none}, "'a' (1 in all)", 200),
    (Namespace(a=takes_nothing).with_options(guard=visitor_or_none), {}, "'a' (1 in all)", 200),
    ({"a": takes_number}, {"guard": visitor_of_field}, "'a' (1 in all)", 200),
    (
        dict.fromkeys("abcdefg", takes_nothing),
        {"guard": visitor_or_none},
        "'a', 'b', 'c', 'd', 'e' (7 in all)",
        200,
    ),
    ({"a": takes_visitor}, {"guard": visitor_or_none}, "", 500),
    ({"a": takes_none_too}, {"guard": visitor_or_none}, "", 200),
    ({"a": says_public}, {"guard": visitor_or_none}, "", 200),
    (Namespace(a=takes_nothing).with_options(guard=visitor_or_none), {"default_guard": same_host}, "", 200),
    ({"a": takes_nothing}, {"guard": Bearer(visitor_of_token)}, "", 401),
]


@pytest.mark.parametrize(("tree", "options", "names", "status"), OPENINGS)
def test_action_that_a_guard_leaves_open_is_named_at_start(
    plain_app: Any, connect: Any, caplog: pytest.LogCaptureFixture, tree: Any, options: Any, names: str, status: int
) -> None:
    """A guard whose None nobody takes lets everybody in: the log of the start and the list say so."""
    answer = connect(plain_app(tree, **options)).post("/a", json={"number": 1})

    assert answer.status_code == status
    records = [record.getMessage() for record in caplog.records if "may return None" in record.getMessage()]
    rows = list(listing(ActionsBlueprint(tree, **options).entries.values(), DEFAULTS))
    assert len(records) == bool(names)
    assert ("(None lets in)" in rows[1]) == bool(names)
    for record in records:
        assert f"actions that do not take its value: {names}. Raise ActionError('UNAUTHORIZED')" in record


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


# ---- Which guard supplies a parameter


class Robot(User):
    pass


class Named(Protocol):
    name: str


class Greets(Protocol):
    def greet(self) -> str: ...


class Host(User):
    def greet(self) -> str:
        return f"welcome, {self.name}"


class Session(TypedDict):
    token: str


class Settings(TypedDict):
    token: str


T = TypeVar("T")


class Page(Generic[T]):
    def __init__(self, name: T) -> None:
        self.name = name


class Texts(Page[str]):
    pass


class Numbers(Page[int]):
    pass


class Lists(Page[list[T]]):
    pass


class FewTexts(Texts):
    pass


UserId = NewType("UserId", int)
PostId = NewType("PostId", int)
Answer = Literal["yes", "no"]


def supplier(returned: Any, value: object, *, is_async: bool = False) -> Any:
    """A guard that is annotated to return a type, and returns a value."""

    async def later(context: ActionContext) -> object:
        return value

    def at_once(context: ActionContext) -> object:
        return value

    guard: Any = later if is_async else at_once
    if returned is None:
        guard.__annotations__ = {}
    else:
        guard.__annotations__["return"] = returned
    return guard


def chain(guards: Sequence[Any], handler: Any) -> Namespace:
    """The handler as an action, behind guards, outermost first."""
    tree = Namespace(asks=action(handler))
    for guard in reversed(guards):
        tree = Namespace(tree).with_options(guard=guard)
    return tree


def surrounding(supplied: Any, value: object) -> Any:
    """An interceptor that is annotated to supply a type, and supplies a value."""

    async def interceptor(context: ActionContext, proceed: Any) -> object:
        return await proceed(value)

    interceptor.__annotations__["proceed"] = Proceed[supplied]
    return interceptor


def surrounded(supplied: Sequence[tuple[Any, object]], wanted: Any) -> Any:
    """The handler as an action, inside of interceptors, outermost first."""
    interceptors = [surrounding(kind, value) for kind, value in supplied]
    return action(interceptors=interceptors)(asks_for(wanted))


def asks_for(wanted: Any) -> Any:
    def handler(value: object) -> str:
        return str(value) if isinstance(value, int | str | list) else repr(getattr(value, "name", value))

    handler.__annotations__["value"] = Annotated[wanted, Injected]
    return handler


ADA, BOB, HAL = User("ada"), Admin("bob"), Robot("hal")

SUPPLIED: dict[str, tuple[list[tuple[Any, object]], Any, str]] = {
    "subclass": ([(Admin, BOB)], User, "'bob'"),
    "exact type before a subclass": ([(Admin, BOB), (User, ADA)], User, "'ada'"),
    "exact type before a later subclass": ([(User, ADA), (Admin, BOB)], User, "'ada'"),
    "exact subclass": ([(User, ADA), (Admin, BOB)], Admin, "'bob'"),
    "exact type before one that does not say": ([(User, ADA), (None, HAL)], User, "'ada'"),
    "superclass that returns the class": ([(User, BOB)], Admin, "'bob'"),
    "the one that returns something": ([(None, None), (None, ADA), (None, None)], User, "'ada'"),
    "exact value of those that do not say": ([(None, ADA), (None, BOB)], User, "'ada'"),
    "optional": ([(Optional[User], ADA)], User, "'ada'"),  # noqa: UP045  # one way to write it
    "optional that is none": ([(User | None, None)], User | None, "None"),
    "wanted optional": ([(User, ADA)], User | None, "'ada'"),
    "union": ([(User | int, ADA)], User | int, "'ada'"),
    "member of a union": ([(User, ADA)], User | int, "'ada'"),
    "union for a member": ([(User | int, ADA)], User, "'ada'"),
    "annotated": ([(Annotated[User, "of the session"], ADA)], User, "'ada'"),
    "int beside a bool": ([(int, 42)], int, "42"),
    "new type": ([(int, 1), (UserId, 42)], UserId, "42"),
    "new type of new types": ([(PostId, 1), (UserId, 42)], UserId, "42"),
    "new type for its type": ([(UserId, 42)], int, "42"),
    "its own type before a new type": ([(UserId, 1), (int, 42)], int, "42"),
    "generic alias": ([(list[int], [1]), (list[str], ["a"])], list[str], "['a']"),
    "generic class": ([(Page[int], Page(1)), (Page[str], Page("a"))], Page[str], "'a'"),
    "generic of a class": ([(list[str], ["a"])], Sequence[str], "['a']"),
    "generic of a class, of two": ([(deque[int], deque([1])), (deque[str], deque("a"))], Sequence[str], "['a']"),
    "heir of a generic class": ([(Numbers, Numbers(1)), (Texts, Texts("a"))], Page[str], "'a'"),
    "heir of an heir": ([(FewTexts, FewTexts("a")), (Numbers, Numbers(1))], Page[str], "'a'"),
    "heir with a type of its own": (
        [(Lists[int], Lists([1])), (Lists[str], Lists(["a"]))],
        Page[list[str]],
        "['a']",
    ),
    "heir of a generic class that says nothing": ([(Texts, Texts("a"))], Page, "'a'"),
    "generic of anything": ([(dict[str, Any], {"a": 1})], dict[str, int], "{'a': 1}"),
    "generic for one of anything": ([(dict[str, int], {"a": 1})], dict[str, Any], "{'a': 1}"),
    "generic of subclasses": ([(deque[Post], deque()), (deque[Admin], deque("b"))], Sequence[User], "['b']"),
    "protocol": ([(Host, Host("ada"))], Greets, "'ada'"),
    "protocol of attributes": ([(User, ADA)], Named, "'ada'"),
    "protocol that others do not have": ([(User, ADA), (Host, Host("eve"))], Greets, "'eve'"),
    "protocol itself": ([(Greets, Host("ada"))], Greets, "'ada'"),
    "protocol for a class": ([(Named, ADA)], User, "'ada'"),
    "typed dict": ([(Session, {"token": "a"})], Session, "{'token': 'a'}"),
    "typed dict of two": ([(Settings, {"token": "b"}), (Session, {"token": "a"})], Session, "{'token': 'a'}"),
    "literal": ([(Answer, "yes")], Answer, "yes"),
    "literal for its class": ([(Answer, "yes")], str, "yes"),
    "anything": ([(User, ADA)], Any, "'ada'"),
    "object": ([(User, ADA)], object, "'ada'"),
    "float that is an int": ([(float, 3)], float, "3"),
    "function": ([(Callable[[], int], len)], Callable[[], int], "<built-in function len>"),
    "class": ([(type[User], User)], type[User], ""),
    "awaitable": ([(Awaitable[User], None)], User | None, "None"),
}


WAYS = [*((case, False) for case in SUPPLIED), ("subclass", True), ("new type", True), ("optional that is none", True)]


@pytest.mark.parametrize(("case", "is_async"), WAYS)
def test_supplier(case: str, is_async: bool, plain_app: Any, connect: Any) -> None:
    """The exact type comes first, then subclasses, then what may be one; what a guard returns is checked."""
    returned, wanted, shown = SUPPLIED[case]
    guards = [supplier(kind, value, is_async=is_async) for kind, value in returned]

    answer = connect(plain_app(chain(guards, asks_for(wanted)))).post("/asks")

    assert answer.status_code == 200, answer.text
    assert shown in answer.json()


OF_GUARDS = ("protocol for a class", "awaitable", "generic of anything")
"""What guards may supply since what they return is looked at; an interceptor has to declare it."""


@pytest.mark.parametrize("case", [case for case in SUPPLIED if case not in OF_GUARDS])
def test_supplier_around(case: str, plain_app: Any, connect: Any) -> None:
    """The same for interceptors, whose annotations decide."""
    supplied, wanted, shown = SUPPLIED[case]
    if any(kind is None for kind, _ in supplied):
        pytest.skip("a guard without an annotation, which an interceptor needs")

    answer = connect(plain_app({"asks": surrounded(supplied, wanted)})).post("/asks")

    assert answer.status_code == 200, answer.text
    assert shown in answer.json()


REFUSED: dict[str, tuple[list[tuple[Any, object]], Any]] = {
    "bool for an int": ([(None, True)], int),
    "nothing for what is needed": ([(User | None, None)], User),
    "another class than declared": ([(User, 3)], User),
    "superclass that is no more": ([(User, ADA)], Admin),
    "bool for anything": ([(None, True)], Any),
    "function for an object": ([(None, len)], object),
    "two that do not say": ([(None, ADA), (None, User("eve"))], User),
    "two subclasses that do not say": ([(None, BOB), (None, HAL)], User),
    "attribute that is missing": ([(None, ADA)], Greets),
    "literal of another value": ([(Answer, "maybe")], Answer),
    "another type where one is optional": ([(None, 3)], User | None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_value_that_does_not_suit(case: str, plain_app: Any, connect: Any) -> None:
    """A value that is not what the parameter asks for never reaches the handler."""
    returned, wanted = REFUSED[case]
    guards = [supplier(kind, value) for kind, value in returned]

    answer = connect(plain_app(chain(guards, asks_for(wanted)))).post("/asks")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_SERVER_ERROR")


@pytest.mark.parametrize("case", [case for case in REFUSED if all(kind for kind, _ in REFUSED[case][0])])
def test_value_around_that_does_not_suit(case: str, plain_app: Any, connect: Any) -> None:
    """Nor does a value of an interceptor."""
    supplied, wanted = REFUSED[case]

    answer = connect(plain_app({"asks": surrounded(supplied, wanted)})).post("/asks")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_SERVER_ERROR")


def test_guard_that_returns_none_is_named(plain_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever looks a user up and finds nobody returns None, which refuses nobody: the log says what to write."""
    app = plain_app(chain([supplier(User | None, None)], asks_for(User)))

    assert connect(app).post("/asks").status_code == 500

    assert "returned None, which refuses nobody: raise ActionError('UNAUTHORIZED') in it instead." in caplog.text


@pytest.mark.parametrize("is_async", [True, False])
def test_guard_that_returns_none_and_does_not_declare_it(
    is_async: bool, plain_app: Any, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no action takes the user either, None would let everybody in, in spite of ``-> User``."""
    users: dict[str, User] = {}

    async def finds(context: ActionContext) -> User:
        return users.get(context.headers.get("x-user", ""))  # type: ignore[return-value]  # the slip

    def looks_up(context: ActionContext) -> User:
        return users.get(context.headers.get("x-user", ""))  # type: ignore[return-value]  # the slip

    @action(guard=finds if is_async else looks_up)
    async def act() -> None:
        raise AssertionError("the handler does not run")

    client = connect(plain_app({"act": act}))

    assert client.post("/act").status_code == 500
    assert "returned None, which refuses nobody and is not the User that it declares" in caplog.text
    assert "raise ActionError('UNAUTHORIZED') in it instead, or declare 'User | None'." in caplog.text


RIVALS: dict[str, tuple[list[Any], Any]] = {
    "exact": ([User, User], User),
    "subclasses": ([Admin, Robot], User),
    "superclasses": ([User, User], Admin),
    "optional": ([User | None, User | None], User),
    "members of a union": ([User, int], User | int),
    "exact and optional": ([User | None, User], User | None),
    "anything": ([User, int], Any),
    "object": ([User, int], object),
    "new type and its type": ([UserId, UserId], int),
    "protocol": ([User, Host], Named),
    "three": ([User, log, User], User),
}


@pytest.mark.parametrize("case", RIVALS)
def test_guards_that_may_both_supply(case: str) -> None:
    """Two guards that may supply one parameter are an error in the definition that names both."""
    returned, wanted = RIVALS[case]
    guards = [kind if kind is log else supplier(kind, None) for kind in returned]

    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint(chain(guards, asks_for(wanted)))

    (problem,) = caught.value.problems
    assert problem.action == "asks"
    assert "may both supply parameter 'value'" in problem.reason
    assert problem.reason.count("tests/server/test_guards.py:") == 2


def test_default_guard_and_own_guard_that_may_both_supply() -> None:
    """The default guard of a blueprint counts among them."""
    guarded = action(guard=supplier(User, ADA))(asks_for(User))

    with pytest.raises(DefinitionError, match="may both supply"):
        ActionsBlueprint({"asks": guarded}, default_guard=supplier(User, BOB))
    ActionsBlueprint(Namespace(asks=guarded).with_options(public=True), default_guard=supplier(User, BOB))


def test_one_guard_twice_is_no_rival(plain_app: Any, connect: Any) -> None:
    """A guard that is named in two places supplies once, and runs once."""
    tree = Namespace(inner=Namespace(whoami=whoami)).with_options(guard=signed_in)

    answer = connect(plain_app(tree, default_guard=signed_in)).post("/inner.whoami", headers={"x-user": "ada"})

    assert answer.json() == "I am ada ada User"
    assert order == ["inner", "handler"]


UNSUPPLIED: dict[str, tuple[list[Any], Any]] = {
    "bool for an int": ([], int),
    "int for a new type": ([int], UserId),
    "another new type": ([PostId], UserId),
    "other items": ([list[int]], list[str]),
    "another typed dict": ([Settings], Session),
    "another class": ([User], Post),
    "nothing": ([NoneType], User),
    "other values": ([Literal["maybe"]], Answer),
    "number for a bool": ([int], bool),
    "heir of another generic": ([Numbers], Page[str]),
    "heir of another generic with a type of its own": ([Lists[int]], Page[list[str]]),
    "generic of another class": ([list[Post]], Sequence[User]),
    "mapping of another class": ([dict[str, Post]], Mapping[str, User]),
}


@pytest.mark.parametrize("case", UNSUPPLIED)
def test_type_that_no_guard_supplies(case: str, plain_app: Any, serve: Any) -> None:
    """A parameter of a type that no guard returns is reported when the server starts."""
    returned, wanted = UNSUPPLIED[case]

    with pytest.raises(DefinitionError, match="nothing supplies parameter 'value'"):
        serve(plain_app(chain([supplier(kind, None) for kind in returned], asks_for(wanted))))

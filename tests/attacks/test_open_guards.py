"""What looks like a guard and lets everybody in: refused where it is defined, or at its first call."""
# mypy: disable-error-code="no-untyped-def, no-untyped-call"
# Functions without annotations are a part of what is tried.

from __future__ import annotations

import contextlib
import enum
import functools
import http
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, TypeGuard

import httpx2
import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text

from sanic_actions import ActionError, DefinitionError, Err, Injected, Namespace, Ok, action
from sanic_actions.server import ActionContext, ActionsBlueprint

if TYPE_CHECKING:
    from elsewhere import Flag, Stream  # type: ignore[import-not-found]  # only type checkers see it

Guard = Callable[..., Any]
ran: list[str] = []


class User:
    def __init__(self, context: ActionContext) -> None:
        self.name = "ada"


def refuse() -> None:
    raise ActionError("UNAUTHORIZED", "Sign in first.")


# ---- What a definition tells


async def async_generator(context: ActionContext) -> AsyncIterator[None]:
    refuse()
    yield


def generator(context: ActionContext) -> Iterator[None]:
    refuse()
    yield


def unannotated_generator(context: ActionContext):
    refuse()
    yield


@contextmanager
def manager(context: ActionContext) -> Iterator[None]:
    refuse()
    yield


@asynccontextmanager
async def async_manager(context: ActionContext) -> AsyncIterator[None]:
    refuse()
    yield


def returns_manager(context: ActionContext) -> AbstractContextManager[None]:
    return manager(context)


async def returns_async_manager(context: ActionContext) -> AbstractAsyncContextManager[None]:
    return async_manager(context)


def returns_generator(context: ActionContext) -> AsyncIterator[None]:
    return async_generator(context)


class Entered:
    def __call__(self, context: ActionContext) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *error: object) -> None: ...


class EnteredLater:
    def __call__(self, context: ActionContext) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *error: object) -> None: ...


class Yielding:
    async def __call__(self, context: ActionContext) -> AsyncIterator[None]:
        refuse()
        yield

    def method(self, context: ActionContext) -> Iterator[None]:
        refuse()
        yield

    @staticmethod
    def static(context: ActionContext) -> Iterator[None]:
        refuse()
        yield

    @classmethod
    async def of_class(cls, context: ActionContext) -> AsyncIterator[None]:
        refuse()
        yield


class Checks:
    """A guard where an object of it is passed, not the class."""

    def __init__(self, role: object = None) -> None: ...
    async def __call__(self, context: ActionContext) -> None:
        refuse()


def requires(role: str) -> Callable[[ActionContext], Awaitable[None]]:
    async def guard(context: ActionContext) -> None:
        refuse()

    return guard


def requires_unannotated(role):
    async def guard(context: ActionContext) -> None:
        refuse()

    return guard


def requires_role(role: str):
    return requires(role)


def takes_request(request: Request) -> None:
    refuse()


def keyworded(context: ActionContext, *, role: str) -> Iterator[None]:
    refuse()
    yield


def wrapped(function: Guard) -> Guard:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


Allowed = NewType("Allowed", bool)


def as_bool(context: ActionContext) -> bool:
    return False


async def as_async_bool(context: ActionContext) -> bool:
    return False


def as_awaited_bool(context: ActionContext) -> Awaitable[bool]:
    return as_async_bool(context)


def as_coroutine_bool(context: ActionContext) -> Coroutine[Any, Any, bool]:
    return as_async_bool(context)


def as_maybe_bool(context: ActionContext) -> bool | None:
    return False


def as_annotated_bool(context: ActionContext) -> Annotated[bool, "allowed"]:
    return False


def as_new_bool(context: ActionContext) -> Allowed:
    return Allowed(False)


def as_literal_bool(context: ActionContext) -> Literal[True, False]:
    return False


def as_user_or_false(context: ActionContext) -> User | Literal[False]:
    return False


def as_type_guard(context: object) -> TypeGuard[ActionContext]:
    return False


def as_error(context: ActionContext) -> ActionError | None:
    return ActionError("UNAUTHORIZED")


def as_response(context: ActionContext) -> HTTPResponse | None:
    return text("no", 401)


async def as_coroutine_in_coroutine(context: ActionContext) -> Awaitable[None]:
    return as_async_none(context)


async def as_async_none(context: ActionContext) -> None:
    refuse()


async def as_hidden_stream(context: ActionContext) -> AsyncIterator[Stream]:
    return async_generator(context)


def as_hidden_bool(context: ActionContext) -> bool | Flag:
    return False


@action
async def other_action(context: ActionContext) -> None:
    refuse()


OPEN: dict[str, Any] = {
    "async generator": async_generator,
    "generator": generator,
    "generator without annotation": unannotated_generator,
    "lambda that yields": lambda context: (yield),
    "context manager": manager,
    "async context manager": async_manager,
    "function that returns a context manager": returns_manager,
    "function that returns an async context manager": returns_async_manager,
    "function that returns a generator": returns_generator,
    "object that is entered": Entered(),
    "object that is entered later": EnteredLater(),
    "context manager that suppresses": contextlib.nullcontext(),
    "object that yields": Yielding(),
    "method that yields": Yielding().method,
    "static method that yields": Yielding.static,
    "staticmethod object": staticmethod(generator),
    "class method that yields": Yielding.of_class,
    "partial of a generator": functools.partial(keyworded, role="admin"),
    "partial of a partial": functools.partial(functools.partial(keyworded), role="admin"),
    "partial of a method": functools.partial(Yielding().method),
    "wrapped generator": wrapped(generator),
    "twice wrapped generator": wrapped(wrapped(async_generator)),
    "wrapped partial": wrapped(functools.partial(keyworded, role="admin")),
    "cached generator": functools.cache(generator),
    "class": Checks,
    "partial of a class": functools.partial(Checks),
    "class that is injected": User,
    "builtin class": bool,
    "factory": requires,
    "factory without annotation of what it returns": requires_role,
    "factory without annotations but one": functools.partial(requires_role),
    "function of the request": takes_request,
    "bool": as_bool,
    "async bool": as_async_bool,
    "awaited bool": as_awaited_bool,
    "coroutine of bool": as_coroutine_bool,
    "bool or None": as_maybe_bool,
    "annotated bool": as_annotated_bool,
    "new type of bool": as_new_bool,
    "literal": as_literal_bool,
    "user or False": as_user_or_false,
    "type guard": as_type_guard,
    "wrapped bool": wrapped(as_bool),
    "error that is returned": as_error,
    "response that is returned": as_response,
    "coroutine in a coroutine": as_coroutine_in_coroutine,
    "stream that checkers know": as_hidden_stream,
    "bool beside what checkers know": as_hidden_bool,
    "action": other_action,
    "list of guards": [as_async_none],
    "None in a list": (),
    "word": "signed_in",
    "what a function returned that was to make one": None,
}


@action
async def closed() -> str:
    ran.append("closed")
    return "closed"


def defined(place: str, guard: Any) -> object:
    """Define a blueprint that holds the guard in one of the places where a guard can stand."""
    if place == "action":
        return ActionsBlueprint({"closed": action(guard=guard)(closed.handler)})
    if place == "namespace":
        return ActionsBlueprint(Namespace(inner=Namespace(closed=closed).with_options(guard=guard)))
    if place == "default_guard":
        return ActionsBlueprint({"closed": closed}, default_guard=guard)
    if place == "blueprint":
        return ActionsBlueprint({"closed": closed}, guard=guard)
    return ActionsBlueprint(Namespace(closed=closed).with_options(public=True), default_guard=guard)


@pytest.mark.parametrize("place", ["action", "namespace", "blueprint", "default_guard", "default_guard of nothing"])
@pytest.mark.parametrize("kind", OPEN)
def test_guard_that_cannot_refuse(kind: str, place: str) -> None:
    """What would never refuse anybody is an error in the definition, wherever a guard can stand, with a remedy."""
    with pytest.raises(DefinitionError) as caught:
        defined(place, OPEN[kind])

    (problem,) = caught.value.problems
    assert "guard" in problem.reason
    assert "Write 'async def" in problem.remedy or "ActionError" in problem.remedy or "Pass" in problem.remedy


class Roles:
    """Objects of it are guards."""

    async def __call__(self, context: ActionContext) -> None:
        refuse()

    def method(self, context: ActionContext) -> None:
        refuse()

    @staticmethod
    def static(context: ActionContext) -> None:
        refuse()


def plain(context: ActionContext) -> None:
    refuse()


def with_role(context: ActionContext, role: str = "admin") -> User | None:
    refuse()
    return None


@functools.wraps(as_async_none)
async def awaiting(context: ActionContext) -> None:
    await as_async_none(context)


CLOSED: dict[str, Any] = {
    "function": plain,
    "async function": as_async_none,
    "lambda": lambda context: refuse(),
    "lambda of a coroutine": lambda context: as_async_none(context),  # noqa: PLW0108  # the kind under test
    "object": Roles(),
    "method": Roles().method,
    "static method": Roles.static,
    "partial": functools.partial(with_role, role="user"),
    "default": with_role,
    "wrapped": wrapped(as_async_none),
    "wrapped and awaited": awaiting,
    "made": requires("admin"),
    "anything": requires_unannotated("admin"),
}


@pytest.mark.parametrize("kind", CLOSED)
def test_guard_that_refuses(kind: str, serve: Callable[[Any], str]) -> None:
    """Whatever runs to its end before the handler and raises is a guard, whichever way it is made."""
    ran.clear()
    app: Sanic[Any, Any] = Sanic("guarded")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"closed": closed}, default_guard=CLOSED[kind]))

    assert httpx2.post(f"{serve(app)}/_actions/closed").status_code == 401
    assert ran == []


# ---- What only a call tells


def no_annotation_bool(context):
    return False


def no_annotation_true(context):
    return True


def no_annotation_generator(context):
    return generator(context)


def no_annotation_async_generator(context):
    return async_generator(context)


async def no_annotation_coroutine(context):
    return as_async_none(context)


def no_annotation_function(context):
    return plain


def no_annotation_manager(context):
    return manager(context)


def no_annotation_async_manager(context):
    return async_manager(context)


def no_annotation_class(context):
    return Checks


def no_annotation_iterator(context):
    return map(print, [1])


def no_annotation_error(context):
    return ActionError("UNAUTHORIZED")


def no_annotation_response(context):
    return text("no", 401)


def no_annotation_number(context):
    return 0


def no_annotation_text(context):
    return "denied"


def lying(context: ActionContext) -> None:
    value: Any = False
    return value  # type: ignore[no-any-return]  # the mistake under test


def lying_user(context: ActionContext) -> User:
    value: Any = {"name": "ada"}
    return value  # type: ignore[no-any-return]  # the mistake under test


def anything(context: ActionContext) -> Any:
    return False


def any_object(context: ActionContext) -> object:
    return plain


RETURNED: dict[str, Any] = {
    "False": no_annotation_bool,
    "True": no_annotation_true,
    "lambda that says False": lambda context: False,
    "generator": no_annotation_generator,
    "async generator": no_annotation_async_generator,
    "coroutine that nobody awaits": no_annotation_coroutine,
    "function": no_annotation_function,
    "factory": requires_unannotated,
    "context manager": no_annotation_manager,
    "async context manager": no_annotation_async_manager,
    "class": no_annotation_class,
    "iterator": no_annotation_iterator,
    "error": no_annotation_error,
    "response": no_annotation_response,
    "number": no_annotation_number,
    "text": no_annotation_text,
    "False where None is declared": lying,
    "another type than declared": lying_user,
    "False where anything is declared": anything,
    "function where an object is declared": any_object,
}


async def page_handler(request: Request) -> HTTPResponse:
    return text("page")


@pytest.mark.parametrize("kind", RETURNED)
def test_value_that_stands_for_nothing(
    kind: str, serve: Callable[[Any], str], caplog: pytest.LogCaptureFixture
) -> None:
    """A guard that returns what nobody asked for refuses: the caller gets a masked error, the log says why."""
    ran.clear()
    app: Sanic[Any, Any] = Sanic("guarded")
    app.config.AUTO_EXTEND = False
    app.add_route(page_handler, "/")
    app.blueprint(ActionsBlueprint({"closed": action(accept="form")(closed.handler)}, default_guard=RETURNED[kind]))

    with caplog.at_level(logging.ERROR, logger="sanic_actions"):
        url = serve(app)
        answer = httpx2.post(f"{url}/_actions/closed")
        page = httpx2.post(f"{url}/?_action=closed", data={"a": "1"})

    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL_SERVER_ERROR"
    assert page.status_code == 500
    assert ran == []
    assert "the call is refused" in caplog.text


class Verdict(enum.Enum):
    OK = "ok"
    DENIED = "denied"


ANSWERS: list[Any] = [
    *(tuple[bool, str], tuple[int, ...], Literal["ok", "denied"], dict[str, Any], dict, list[str], set[str], str, int),
    *(float, bytes, Verdict, Literal[Verdict.DENIED], Ok[int] | Err[ActionError], Ok[User], str | None, User | str),
    *(Annotated[str, "why not"], http.HTTPStatus),
]


def answering(kind: Any) -> Guard:
    async def guard(context: ActionContext) -> object:
        return "denied"

    guard.__annotations__["return"] = kind
    return guard


@pytest.mark.parametrize("kind", ANSWERS, ids=str)
def test_answer_that_nobody_reads(kind: Any) -> None:
    """A guard that declares a plain value refuses nobody with it: an error that says how to refuse, wherever it is."""
    guard = answering(kind)
    places: list[Callable[[], object]] = [
        lambda: ActionsBlueprint({"closed": action(guard=guard)(closed.handler)}),
        lambda: ActionsBlueprint(Namespace(closed=closed).with_options(guard=guard)),
        lambda: ActionsBlueprint({"closed": closed}, default_guard=guard),
        lambda: ActionsBlueprint({"closed": closed}, default_guard=functools.wraps(guard)(lambda context: None)),
    ]

    for place in places:
        with pytest.raises(DefinitionError, match="whatever it answers lets in") as caught:
            place()
        assert "Raise ActionError(" in str(caught.value)


@pytest.mark.parametrize("kind", [tuple[bool, str], dict[str, int], Verdict, str, int], ids=str)
def test_answer_that_an_action_asks_for(kind: Any) -> None:
    """A plain value that an action under the guard asks for may be what it is for; it stands for that action only."""

    async def asks(value: object) -> None: ...

    asks.__annotations__["value"] = Annotated[kind, Injected]
    guard = answering(kind)

    ActionsBlueprint(Namespace(asks=action(asks), closed=closed).with_options(guard=guard))
    with pytest.raises(DefinitionError, match="whatever it answers lets in"):
        ActionsBlueprint(
            Namespace(asks=action(guard=guard)(asks), closed=action(guard=answering(kind))(closed.handler)),
            default_guard=declared_user,
        )


def declared_user(context: ActionContext) -> User:
    return User(context)


def declared_user_that_checkers_know(context: ActionContext) -> Stream | User:
    return User(context)


def session(context: ActionContext) -> Session:
    return Session()


class Session:
    """What a guard may open for a handler: a context manager that the handler enters."""

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, *error: object) -> None: ...


@action(guard=session)
async def asks_for_session(session: Annotated[Session, Injected]) -> str:
    return type(session).__name__


@pytest.mark.parametrize("guard", [declared_user, declared_user_that_checkers_know, lambda context: None])
def test_value_that_is_declared(guard: Any, serve: Callable[[Any], str]) -> None:
    """What a guard declares to return lets in, also where the action at hand does not ask for it."""
    app: Sanic[Any, Any] = Sanic("guarded")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"closed": closed}, default_guard=guard))

    assert httpx2.post(f"{serve(app)}/_actions/closed").json() == "closed"


def test_value_that_another_action_asks_for(serve: Callable[[Any], str]) -> None:
    """What one action asks for may come from a guard of others, whatever kind it is."""
    app: Sanic[Any, Any] = Sanic("guarded")
    app.config.AUTO_EXTEND = False
    tree = Namespace(asks=action(asks_for_session.handler), closed=closed).with_options(guard=session)
    app.blueprint(ActionsBlueprint(tree))
    url = serve(app)

    assert httpx2.post(f"{url}/_actions/asks").json() == "Session"
    assert httpx2.post(f"{url}/_actions/closed").json() == "closed"
    with pytest.raises(DefinitionError, match="context manager"):
        ActionsBlueprint({"closed": closed}, default_guard=session)

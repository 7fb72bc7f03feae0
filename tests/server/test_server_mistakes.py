"""``errors=`` speaks of an app's exceptions, and not of those by which the library tells of the server's mistakes."""

from __future__ import annotations

import ast
import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from conftest import running
from pydantic import BaseModel
from sanic import Sanic

import sanic_actions
from sanic_actions import (
    ActionContext,
    ActionError,
    CallError,
    Download,
    Event,
    Injected,
    InputError,
    Namespace,
    Proceed,
    action,
)
from sanic_actions.server import ActionsBlueprint, ObservedCall, call_action, call_url


class User(BaseModel):
    name: str = "ada"


class Lonely(ActionError, code="CONFLICT"):
    left: int


def nobody(context: ActionContext) -> User | None:
    return None


def unsure(context: ActionContext):  # type: ignore[no-untyped-def]  # a guard without an annotation
    return "denied"


async def never(context: ActionContext, proceed: Proceed[None]) -> object:
    return None


async def twice(context: ActionContext, proceed: Proceed[None]) -> object:
    await proceed()
    return await proceed()


async def forgets_to_return(context: ActionContext, proceed: Proceed[None]) -> object:
    await proceed()
    return None


async def forgets_to_await(context: ActionContext, proceed: Proceed[None]) -> object:
    return proceed()


async def gives_another(context: ActionContext, proceed: Proceed[None]) -> object:
    await proceed()
    return "nine"


async def goes_first(context: ActionContext, proceed: Proceed[None]) -> object:
    task = asyncio.ensure_future(proceed())
    await asyncio.sleep(0.01)
    return task.done()


async def gives_text(context: ActionContext, proceed: Proceed[User]) -> object:
    give: Any = proceed
    return await give("ada")


async def in_groups(context: ActionContext, proceed: Proceed[None]) -> object:
    async with asyncio.TaskGroup(), asyncio.TaskGroup():
        return await proceed()


async def one() -> int:
    await asyncio.sleep(0.02)
    return 1


async def text_for_int() -> int:
    return "one"  # type: ignore[return-value]  # the slip


async def text_for_user() -> User:
    name: Any = b"\xff"
    return User.model_construct(name=name)


async def infinite() -> float:
    return float("inf")


async def injected_text(user: Annotated[User, Injected]) -> int:
    return 1


async def stream_of_text() -> AsyncIterator[int]:
    text: Any = "one"
    yield text


async def no_stream() -> AsyncIterator[int]:
    return 1  # type: ignore[return-value]  # the slip


async def bare_items() -> AsyncIterator[Event[int]]:
    item: Any = 1
    yield item


async def text_for_file() -> Download:
    return "a.txt"  # type: ignore[return-value]  # the slip


async def folder_for_file() -> Download:
    return Download("/dev/null")


async def exception_for_message() -> int:
    raise ActionError("CONFLICT", KeyError("secret"))  # type: ignore[arg-type]  # the slip


async def field_left_out() -> int:
    raise Lonely("no")  # type: ignore[call-arg]  # the slip


async def text_for_a_field() -> int:
    raise Lonely("no", left="three")  # type: ignore[arg-type]  # the slip


async def strings_for_issues() -> int:
    raise InputError(["name"])  # type: ignore[list-item]  # the slip


async def unknown_code() -> int:
    raise ActionError("CONFLCT")  # type: ignore[arg-type]  # the slip


async def calls_with_text(context: ActionContext) -> int:
    return (await call_action(context.request, injected_action, injected={"user": "ada"})).data or 0


async def calls_with_a_wrong_name(context: ActionContext) -> int:
    return (await call_action(context.request, wrong_inside, nme="ada")).data or 0


async def calls_what_is_wrong(context: ActionContext) -> int:
    return (await call_action(context.request, wrong_inside)).data or 0


async def asks_for_what_is_not_served() -> str:
    return call_url(action(text_for_int))


injected_action = action(guard=nobody)(injected_text)
wrong_inside = action(text_for_int)


async def divides() -> int:
    return 1 // 0


MISTAKES: dict[str, Any] = {
    "guard_none": action(guard=nobody)(injected_text),
    "guard_of_another_type": action(guard=unsure)(one),
    "never": action(interceptors=[never])(one),
    "twice": action(interceptors=[twice])(one),
    "forgets_to_return": action(interceptors=[forgets_to_return])(one),
    "forgets_to_await": action(interceptors=[forgets_to_await])(one),
    "gives_another": action(interceptors=[gives_another])(one),
    "goes_first": action(interceptors=[goes_first])(one),
    "gives_text": action(interceptors=[gives_text])(injected_text),
    "in_groups": action(interceptors=[in_groups])(text_for_int),
    "output": action(text_for_int),
    "output_inside": action(text_for_user),
    "infinite": action(infinite),
    "item": action(stream_of_text),
    "no_stream": action(no_stream),
    "bare_items": action(bare_items),
    "no_file": action(text_for_file),
    "folder": action(folder_for_file),
    "message": action(exception_for_message),
    "field": action(raises=[Lonely])(field_left_out),
    "field_type": action(raises=[Lonely])(text_for_a_field),
    "issues": action(strings_for_issues),
    "code": action(unknown_code),
    "injected": action(calls_with_text),
    "argument": action(calls_with_a_wrong_name),
    "inside": action(calls_what_is_wrong),
    "url": action(asks_for_what_is_not_served),
    "mapping": action(errors={ZeroDivisionError: lambda error: "none"})(divides),  # type: ignore[dict-item,return-value]  # the mistake
}
MAPPED = (Exception, TypeError, LookupError, ValueError, RuntimeError, ExceptionGroup)


class Site:
    """A served app, and what those who watch it have heard."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.exceptions: list[BaseException | None] = []

    def track(self, error: BaseException, name: str, identity: str) -> None:
        self.errors.append(error)

    def on_start(self, call: ObservedCall) -> None: ...

    def on_end(self, token: None, call: ObservedCall, outcome: object, exception: BaseException | None) -> None:
        self.exceptions.append(exception)


def refuse(error: Exception) -> ActionError:
    return ActionError("BAD_REQUEST", f"mapped: {error}")


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Site, str]]:
    watch = Site()
    app: Sanic[Any, Any] = Sanic("mistakes")
    app.config.AUTO_EXTEND = False
    tree = Namespace(**MISTAKES, injected_action=injected_action, wrong_inside=wrong_inside)
    errors = dict.fromkeys(MAPPED, refuse)
    app.blueprint(ActionsBlueprint(tree, errors=errors, on_error=watch.track, observers=[watch]))
    with running(app) as url:
        yield watch, url


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_of_the_server_stays_one_whatever_is_mapped(
    name: str, site: tuple[Site, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Callers get an id, and the log, ``on_error`` and observers get the exception, of the class that it had."""
    watch, url = site
    watch.errors.clear()
    watch.exceptions.clear()

    with caplog.at_level(logging.ERROR, "sanic_actions"):
        answer = httpx2.post(f"{url}/_actions/{name}", json={}, timeout=60)

    assert "mapped" not in answer.text
    if "event-stream" not in answer.headers["content-type"]:
        assert answer.status_code == 500
    assert '"code":"INTERNAL_SERVER_ERROR"' in answer.text.replace(": ", ":")
    assert len(watch.errors) == 1
    assert watch.errors[0] in watch.exceptions
    (record,) = [each for each in caplog.records if each.exc_info and each.name == "sanic_actions"]
    assert record.exc_info is not None
    assert record.exc_info[1] is watch.errors[0]
    # The boxes of tracerite, which the command "sanic" loads, leave out one that was never raised.
    assert watch.errors[0].__traceback__ is not None
    assert type(watch.errors[0]) in MAPPED


OWN: dict[str, Callable[[], Exception]] = {
    "TypeError": lambda: TypeError("no number"),
    "LookupError": lambda: KeyError("tea"),
    "ValueError": lambda: ValueError("no"),
    "RuntimeError": lambda: RuntimeError("no"),
    "another": lambda: ZeroDivisionError("no"),
    "two in a group": lambda: ExceptionGroup("two", [KeyError("tea"), ValueError("no")]),
    "alone in a group": lambda: ExceptionGroup("one", [KeyError("tea")]),
}
MASKED: dict[str, Callable[[], Exception]] = {
    "of another service": lambda: ExceptionGroup("one", [CallError("CONFLICT", "secret")]),
    "one of two": lambda: ExceptionGroup("two", [KeyError("tea"), CallError("CONFLICT", "secret")]),
}


def test_what_an_app_raises_is_mapped(plain_app: Any, connect: Any) -> None:
    """A handler's own exception is mapped, of whatever class; what another service said is masked in groups too."""

    @action(errors=dict.fromkeys(MAPPED, refuse))
    async def fail(kind: str) -> None:
        raise {**OWN, **MASKED}[kind]()

    client = connect(plain_app({"fail": fail}))
    for kind in OWN:
        assert client.post("/fail", json={"kind": kind}).status_code == 400, kind
    for kind in MASKED:
        assert client.post("/fail", json={"kind": kind}).status_code == 500, kind


def test_a_declared_error_alone_in_a_group_is_itself_whatever_is_mapped(plain_app: Any, connect: Any) -> None:
    """A task group around ``proceed`` hides no declared error, though a mapped class is a base of the group's."""

    @action(interceptors=[in_groups], raises=[Lonely], errors={Exception: refuse})
    async def fail() -> None:
        raise Lonely("alone", left=2)

    answer = connect(plain_app({"fail": fail})).post("/fail", json={})

    assert (answer.status_code, answer.json()["data"]) == (409, {"left": 2})


def test_an_errors_function_that_fails_inside_is_a_mistake_outside(plain_app: Any, connect: Any) -> None:
    """An inner ``errors=`` that fails is not mapped by the outer one; an ``ActionError`` that it raises is itself."""

    def broken(error: KeyError) -> ActionError:
        raise AttributeError(error)

    def raises(error: KeyError) -> ActionError:
        raise ActionError("GONE", "gone")

    @action(errors={KeyError: broken, ZeroDivisionError: raises})
    async def inner(kind: str) -> int:
        if kind == "key":
            raise KeyError(kind)
        return 1 // 0

    @action(errors={Exception: refuse})
    async def outer(kind: str, context: ActionContext) -> int:
        outcome = await call_action(context.request, inner, kind)
        if outcome.error is not None:
            raise outcome.error
        return outcome.data

    client = connect(plain_app({"inner": inner, "outer": outer}))

    assert client.post("/outer", json={"kind": "key"}).status_code == 500
    assert client.post("/outer", json={"kind": "zero"}).status_code == 410


ROOT = Path(sanic_actions.__file__).parent
CALL = (ROOT / "server" / "_call").glob("*.py")
BUILTIN = {"TypeError", "ValueError", "LookupError", "KeyError", "RuntimeError", "AssertionError"}


@pytest.mark.parametrize("path", sorted(CALL), ids=lambda path: path.stem)
def test_what_runs_a_call_marks_what_it_raises(path: Path) -> None:
    """A plain ``raise TypeError`` on the way of a call would be mapped by ``errors=``: the marked ones are raised."""
    plain: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTIN:
            plain.append(f"{path.name}:{node.lineno}")

    assert len(plain) == EXPECTED.get(path.stem, 0), plain


EXPECTED = {
    "origin": 3,  # settings
    "contract_check": 1,  # a setting
    "endpoint": 1,  # of a handler that raised StopIteration, as Python itself does for coroutines
}
"""How many plain exceptions a module raises that no call ends with, or that the handler has raised."""


@pytest.mark.parametrize("count", [1, 2])
def test_a_group_is_mapped_by_its_own_class_however_many_it_holds(count: int, plain_app: Any, connect: Any) -> None:
    """Who maps groups themselves gets each of them; a mapped base of all exceptions does not name groups."""

    @action(
        errors={ExceptionGroup: lambda error: ActionError("GONE"), ValueError: lambda error: ActionError("CONFLICT")}
    )
    async def fail() -> None:
        raise ExceptionGroup("some", [ValueError("no")] * count)

    assert connect(plain_app({"fail": fail})).post("/fail", json={}).status_code == 410

"""Interceptors: what stands around a handler and the check of its output, whoever calls."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from conftest import running
from pydantic import BaseModel, computed_field
from sanic import Request, Sanic
from sanic.exceptions import Forbidden, NotFound, SanicException, Unauthorized
from typing_extensions import TypeAliasType

from sanic_actions import (
    ActionContext,
    ActionError,
    CallError,
    Code,
    DefinitionError,
    Injected,
    InputError,
    Namespace,
    Proceed,
    action,
)
from sanic_actions.server import ActionsBlueprint, ObservedCall, call_action


class Connection:
    """What an interceptor opens and a handler uses."""

    def __init__(self) -> None:
        self.events = ["begin"]


def app_of(server: Any, name: str = "app", **options: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(f"{name}_{id(server)}")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(server, **options))
    return app


def post(app: Sanic[Any, Any], name: str, **arguments: Any) -> httpx2.Response:
    with running(app) as url:
        return httpx2.post(f"{url}/_actions/{name}", json=arguments)


def test_an_interceptor_surrounds_the_handler_and_supplies_what_it_opens() -> None:
    """What is given to ``proceed`` is injected, and what follows runs after the handler."""
    connections: list[Connection] = []

    async def in_transaction(context: ActionContext, proceed: Proceed[Connection]) -> object:
        connection = Connection()
        connections.append(connection)
        output = await proceed(connection)
        connection.events.append("commit")
        return output

    @action(interceptors=[in_transaction])
    async def buy(sku: str, db: Annotated[Connection, Injected]) -> int:
        db.events.append(f"buy {sku}")
        return 3

    response = post(app_of({"buy": buy}), "buy", sku="tea")

    assert (response.status_code, response.json()) == (200, 3)
    assert connections[0].events == ["begin", "buy tea", "commit"]


def test_the_check_of_the_output_is_inside() -> None:
    """A handler that returns what it does not declare raises in ``proceed``, so that a transaction rolls back."""
    caught: list[BaseException] = []

    async def in_transaction(context: ActionContext, proceed: Proceed[None]) -> object:
        try:
            return await proceed()
        except BaseException as error:
            caught.append(error)
            raise

    @action(interceptors=[in_transaction])
    async def wrong() -> int:
        return "three"  # type: ignore[return-value]  # the mistake under test

    response = post(app_of({"wrong": wrong}), "wrong")

    assert response.status_code == 500
    assert isinstance(caught[0], TypeError)


def test_interceptors_run_from_the_blueprint_inwards() -> None:
    """Outermost first: blueprint, namespaces, action."""
    order: list[str] = []

    def noting(name: str) -> Any:
        async def note(context: ActionContext, proceed: Proceed[None]) -> object:
            order.append(name)
            output = await proceed()
            order.append(f"/{name}")
            return output

        return note

    @action(interceptors=[noting("action")])
    async def act() -> None:
        order.append("handler")

    inner = Namespace(act=act).with_options(interceptors=[noting("inner")])
    outer = Namespace(inner=inner).with_options(interceptors=[noting("outer")])
    response = post(app_of(outer, interceptors=[noting("blueprint")]), "inner.act")

    assert response.status_code == 204
    assert order == [
        *("blueprint", "outer", "inner", "action", "handler"),
        *("/action", "/inner", "/outer", "/blueprint"),
    ]


def test_interceptors_travel_with_members_that_are_merged() -> None:
    """As guards do: no way to merge namespaces drops one."""
    ran: list[str] = []

    async def note(context: ActionContext, proceed: Proceed[None]) -> object:
        ran.append(context.name)
        return await proceed()

    @action
    async def act() -> None: ...

    admin = Namespace(act=act).with_options(interceptors=[note])
    for merged in ({**admin}, Namespace(admin), admin | {}, {} | admin, dict(admin.items())):
        post(app_of(merged), "act")

    assert ran == ["act"] * 5


def test_an_interceptor_sees_the_validated_input() -> None:
    """``context.input`` holds it: by parameter name for a decorated handler."""
    seen: list[object] = []

    async def audit(context: ActionContext, proceed: Proceed[None]) -> object:
        seen.append(context.input)
        return await proceed()

    @action(interceptors=[audit])
    async def buy(sku: str, count: int = 1) -> None: ...

    post(app_of({"buy": buy}), "buy", sku="tea", count="2")

    assert seen == [{"sku": "tea", "count": 2}]


def test_an_interceptor_may_answer_itself_and_is_checked_like_the_handler() -> None:
    """An output without ``proceed`` is an answer; one of another type is masked."""

    async def cached(context: ActionContext, proceed: Proceed[None]) -> object:
        return context.input["answer"]

    @action(interceptors=[cached])
    async def ask(answer: int | str) -> int:
        raise AssertionError("the handler does not run")

    app = app_of({"ask": ask})

    assert post(app, "ask", answer=42).json() == 42
    assert post(app, "ask", answer="many").status_code == 500


@pytest.mark.parametrize("way", ["twice", "never", "other value", "swallows", "raises"])
def test_what_an_interceptor_may_do_wrong_is_defined(way: str) -> None:
    """``proceed`` runs once; what an interceptor returns must be an output; what it swallows is gone."""
    runs: list[int] = []

    async def clumsy(context: ActionContext, proceed: Proceed[None]) -> object:
        if way == "twice":
            await proceed()
            return await proceed()
        if way == "other value":
            await proceed(7)  # type: ignore[call-overload]  # the mistake under test
        if way == "swallows":
            try:
                await proceed()
            except ActionError:
                return 5
        if way == "raises":
            raise ActionError("CONFLICT", "no")
        return None

    @action(interceptors=[clumsy])
    async def act() -> int:
        runs.append(1)
        if way == "swallows":
            raise ActionError("GONE")
        return 1

    response = post(app_of({"act": act}), "act")

    expected = {"twice": (500, 1), "never": (500, 0), "other value": (500, 0), "swallows": (200, 1), "raises": (409, 0)}
    assert (response.status_code, len(runs)) == expected[way]


async def plain(context: ActionContext, proceed: Proceed[None]) -> object:
    return await proceed()


async def untyped(context: ActionContext, proceed: Any) -> object:
    return await proceed()


async def any_supply(context: ActionContext, proceed: Proceed[Any]) -> object:
    return await proceed(1)


async def one_parameter(context: ActionContext) -> object: ...


async def a_generator(context: ActionContext, proceed: Proceed[None]) -> Any:
    yield await proceed()


def not_async(context: ActionContext, proceed: Proceed[None]) -> object:
    return proceed()


async def takes_request(request: Request, proceed: Proceed[None]) -> object:
    return await proceed()


async def swapped(proceed: Proceed[None], context: ActionContext) -> object:
    return await proceed()


Nothing = TypeAliasType("Nothing", Proceed[None])


async def aliased(context: ActionContext, proceed: Nothing) -> object:
    return await proceed()


async def noted(context: Annotated[ActionContext, "of the call"], proceed: Annotated[Proceed[None], "once"]) -> object:
    return await proceed()


def wrapped(interceptor: Any) -> Any:
    @wraps(interceptor)
    async def wrapper(*args: Any, **kwargs: Any) -> object:
        return await interceptor(*args, **kwargs)

    return wrapper


class Base:
    async def __call__(self, context: ActionContext, proceed: Proceed[None]) -> object:
        return await proceed()

    @classmethod
    async def of_the_class(cls, context: ActionContext, proceed: Proceed[None]) -> object:
        return await proceed()

    @staticmethod
    async def of_nothing(context: ActionContext, proceed: Proceed[None]) -> object:
        return await proceed()


class Heir(Base):
    """It inherits the call."""


class Pooled(Base):
    pool: int = 1


async def with_more(pool: str, context: ActionContext, proceed: Proceed[None], *, name: str) -> object:
    assert (pool, name) == ("pool", "name")
    return await proceed()


@pytest.mark.parametrize(
    "interceptor",
    [
        *(plain, aliased, noted, wrapped(plain), wrapped(wrapped(plain)), Base(), Heir(), Heir().__call__),
        *(Base.of_the_class, Heir().of_the_class, Heir.of_nothing, partial(with_more, "pool", name="name")),
        partial(wrapped(with_more), "pool", name="name"),
        *(wrapped(partial(with_more, "pool", name="name")), wrapped(Base()), wrapped(wrapped(partial(plain)))),
        wrapped(Pooled()),
    ],
    ids=range(17),
)
def test_what_can_be_an_interceptor(interceptor: Any) -> None:
    """Whatever a call of it goes through, and whatever name the type of ``proceed`` has."""

    @action(interceptors=[interceptor])
    async def act() -> int:
        return 1

    assert post(app_of({"act": act}), "act").json() == 1


class AClass:
    def __init__(self, context: ActionContext, proceed: Proceed[None]) -> None:
        """Take what an interceptor takes."""


@pytest.mark.parametrize(
    ("interceptor", "reason"),
    [
        (3, "is not a function"),
        (untyped, "does not say what it supplies"),
        (any_supply, "does not say what it supplies"),
        (one_parameter, "cannot be called with the context and proceed"),
        (a_generator, "is a generator"),
        (not_async, "is not a coroutine function"),
        (takes_request, "is called with the context first"),
        (swapped, "takes 'proceed', and is called with the context first"),
        (AClass, "is a class"),
    ],
)
def test_what_cannot_be_an_interceptor_is_a_definition_error(interceptor: Any, reason: str) -> None:
    """On an action, a namespace or the blueprint: with the reason and what to write instead."""

    @action
    async def act() -> None: ...

    @action(interceptors=[interceptor])
    async def own() -> None: ...

    builds: list[Callable[[], object]] = [
        lambda: ActionsBlueprint({"own": own}),
        lambda: ActionsBlueprint(Namespace(act=act).with_options(interceptors=[interceptor])),
        lambda: ActionsBlueprint({"act": act}, interceptors=[interceptor]),
    ]
    for build in builds:
        with pytest.raises(DefinitionError, match=reason):
            build()


class Basket(BaseModel):
    count: int


async def changing(context: ActionContext, proceed: Proceed[None]) -> object:
    basket: Any = await proceed()
    basket.count = 2
    return basket


async def spoiling(context: ActionContext, proceed: Proceed[None]) -> object:
    basket: Any = await proceed()
    basket.count = object()
    return basket


async def copying(context: ActionContext, proceed: Proceed[None]) -> object:
    basket: Any = await proceed()
    return basket.model_copy(update={"count": 2})


CHANGES = [(changing, 1, 1), (spoiling, 1, 1), (copying, 2, 0), (plain, 1, 0)]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("interceptor", "count", "warnings"), CHANGES, ids=["changed", "spoiled", "copied", "same"])
def test_an_output_is_written_inside_of_its_interceptors(
    interceptor: Any, count: int, warnings: int, debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A change of the same object comes too late, and is told in debug mode; another object is written anew."""

    @action(interceptors=[interceptor])
    async def fill() -> Basket:
        return Basket(count=1)

    app = app_of({"fill": fill})
    with running(app, debug=debug) as url:
        response = httpx2.post(f"{url}/_actions/fill")

    told = [record for record in caplog.records if "changed the output of 'fill' in place" in record.getMessage()]
    assert response.json() == {"count": count}
    assert len(told) == (warnings if debug else 0)


class Moment(BaseModel):
    @computed_field  # type: ignore[prop-decorator]  # mypy has no property below a decorator
    @property
    def number(self) -> int:
        return next(NUMBERS)


NUMBERS = itertools.count()


def test_an_output_that_is_never_written_alike_is_not_taken_for_a_changed_one(caplog: pytest.LogCaptureFixture) -> None:
    """Such as one with a moment, or with a number that is drawn."""

    @action(interceptors=[plain])
    async def look() -> Moment:
        return Moment()

    with running(app_of({"look": look}), debug=True) as url:
        response = httpx2.post(f"{url}/_actions/look", timeout=60)

    assert response.status_code == 200
    assert "in place" not in caplog.text


def test_two_that_may_supply_one_parameter_are_a_definition_error() -> None:
    """Of interceptors and guards together."""

    async def opens(context: ActionContext, proceed: Proceed[Connection]) -> object:
        return await proceed(Connection())

    async def guard(context: ActionContext) -> Connection:
        return Connection()

    @action(interceptors=[opens], guard=guard)
    async def act(db: Annotated[Connection, Injected]) -> None: ...

    with pytest.raises(DefinitionError, match="may both supply parameter 'db'"):
        ActionsBlueprint({"act": act})


def test_one_that_is_named_twice_is_said_to_be() -> None:
    """For the action and for its blueprint, say: there is nothing to choose between."""

    async def opens(context: ActionContext, proceed: Proceed[Connection]) -> object:
        return await proceed(Connection())

    @action(interceptors=[opens])
    async def act(db: Annotated[Connection, Injected]) -> None: ...

    with pytest.raises(DefinitionError, match=r"the interceptor 'opens' .* is around it 2 times, .*\n  Name it once: "):
        ActionsBlueprint({"act": act}, interceptors=[opens])


def test_a_parameter_that_nothing_supplies_is_said_at_start() -> None:
    """The remedy names the interceptor as one way."""

    @action(interceptors=[plain])
    async def act(db: Annotated[Connection, Injected]) -> None: ...

    app = app_of({"act": act})

    with pytest.raises(DefinitionError, match=r"Proceed\[Connection\]"):
        post(app, "act")


def test_interceptors_surround_calls_from_within() -> None:
    """``call_action`` passes them, and an exception goes through as it is."""
    order: list[str] = []

    async def note(context: ActionContext, proceed: Proceed[None]) -> object:
        order.append(f"{context.name} {context.called_from}")
        return await proceed()

    @action(interceptors=[note])
    async def inner() -> int:
        return 1

    @action
    async def outer(request: Request) -> int:
        result = await call_action(request, inner)
        return result.data or 0

    assert post(app_of({"inner": inner, "outer": outer}), "outer").json() == 1
    assert order == ["inner local"]


class NoSuchRow(LookupError):
    """What a store raises."""


class NoSuchColumn(NoSuchRow):
    """A subclass of it."""


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (NoSuchRow("x"), 404, "no row x"),
        (NoSuchColumn("y"), 404, "no row y"),
        (KeyError("z"), 409, "inner"),
        (ZeroDivisionError(), 500, None),
        (NotFound("no such post"), 404, "no such post"),
        (Forbidden("not yours"), 403, "not yours"),
        (SanicException("teapots", status_code=409), 409, "teapots"),
        (SanicException("down", status_code=503), 500, None),
    ],
)
def test_exceptions_become_the_errors_that_are_said_for_them(error: Exception, status: int, detail: str | None) -> None:
    """The nearest class counts, said furthest inside; Sanic's refusals keep their status; the rest is masked."""

    @action(errors={KeyError: lambda error: ActionError("CONFLICT", "inner")})
    async def act() -> None:
        raise error

    outer = {
        NoSuchRow: lambda error: ActionError("NOT_FOUND", f"no row {error}"),
        KeyError: lambda error: ActionError("GONE"),
    }
    response = post(app_of({"act": act}, errors=outer), "act")

    assert response.status_code == status
    if detail is not None:
        assert response.json()["detail"] == detail


def test_a_function_of_errors_that_returns_nothing_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Who forgets ``return`` reads where."""

    def forgets(error: KeyError) -> ActionError:
        ActionError("NOT_FOUND", "No such tea")
        return None  # type: ignore[return-value]  # the slip

    @action(errors={KeyError: forgets})
    async def act() -> None:
        raise KeyError("tea")

    assert post(app_of({"act": act}), "act").status_code == 500

    message = str(next(record.exc_info[1] for record in caplog.records if record.exc_info))
    assert message.startswith("errors= made a NoneType of a KeyError, not an ActionError. The function 'forgets' (")
    assert message.endswith("returned nothing: write 'return' before the error.")


class Listening:
    """An observer that keeps the exceptions it hears of."""

    def __init__(self) -> None:
        self.exceptions: list[BaseException | None] = []

    def on_start(self, call: ObservedCall) -> None: ...

    def on_end(self, token: None, call: ObservedCall, outcome: object, exception: BaseException | None) -> None:
        self.exceptions.append(exception)


@pytest.mark.parametrize(("code", "is_told"), [("SERVICE_UNAVAILABLE", True), ("BAD_GATEWAY", True), ("GONE", False)])
def test_exception_behind_a_fault_of_the_server_is_told(
    caplog: pytest.LogCaptureFixture, code: Code, is_told: bool
) -> None:
    """Its caller can do nothing about it: the log has its traceback, and observers get it."""
    error = KeyError("ledger")
    listening = Listening()

    @action(errors={KeyError: lambda error: ActionError(code, "Back soon.")})
    async def act() -> None:
        raise error

    with caplog.at_level(logging.WARNING, "sanic_actions"):
        post(app_of({"act": act}, observers=[listening]), "act")

    records = [record for record in caplog.records if record.name == "sanic_actions"]
    assert [(record.exc_info or ("", None))[1] for record in records] == [error] * is_told
    assert [record.__dict__["action"] for record in records] == ["act"] * is_told
    assert listening.exceptions == [error if is_told else None]


def test_a_refusal_of_sanic_keeps_its_headers() -> None:
    """``Unauthorized`` says how to authenticate."""

    def guard(context: ActionContext) -> None:
        raise Unauthorized("Who are you?", scheme="Basic", realm="Shop")

    @action(guard=guard)
    async def act() -> None: ...

    response = post(app_of({"act": act}), "act")

    assert (response.status_code, response.json()["code"]) == (401, "UNAUTHORIZED")
    assert response.headers["www-authenticate"] == 'Basic realm="Shop"'


@pytest.mark.parametrize("errors", [{int: ActionError}, {ActionError: lambda e: e}, {KeyError: 3}, [KeyError]])
def test_a_map_of_errors_that_cannot_work_is_a_definition_error(errors: Any) -> None:
    """Keys are classes of exceptions, values functions."""

    @action(errors=errors)
    async def act() -> None: ...

    with pytest.raises(DefinitionError, match="errors="):
        ActionsBlueprint({"act": act})


async def awaits_only(context: ActionContext, proceed: Proceed[None]) -> object:  # type: ignore[return]  # the slip
    await proceed()


async def returns_only(context: ActionContext, proceed: Proceed[None]) -> object:
    return proceed()


async def forgets_all(context: ActionContext, proceed: Proceed[None]) -> object:
    return None


async def calls_only(context: ActionContext, proceed: Proceed[None]) -> object:
    proceed()  # type: ignore[unused-coroutine]  # the slip
    return None


async def hands_to_a_task(context: ActionContext, proceed: Proceed[None]) -> object:
    context.state.work = asyncio.ensure_future(proceed())
    return None


async def hides_a_failure(context: ActionContext, proceed: Proceed[None]) -> object:  # type: ignore[return]  # the slip
    with suppress(ActionError):
        return await proceed()


async def says_other(context: ActionContext, proceed: Proceed[None]) -> object:
    await proceed()
    return "other"


async def passes_on(context: ActionContext, proceed: Proceed[None]) -> object:
    return await proceed()


@asynccontextmanager
async def contextmanager_around(context: ActionContext, proceed: Proceed[None]) -> AsyncIterator[None]:
    yield


@action
async def number() -> int:
    return 3


@action
async def refusing() -> int:
    raise ActionError("GONE")


@action
async def numbers() -> AsyncIterator[int]:
    yield 3


@action
async def nothing() -> None: ...


@pytest.mark.parametrize("around", [[], [passes_on], [passes_on, passes_on]], ids=["alone", "inner", "innermost"])
@pytest.mark.parametrize(
    ("act", "interceptor", "words"),
    [
        (number, awaits_only, "returned nothing after its proceed: write 'return await proceed(...)'."),
        (refusing, hides_a_failure, "returned nothing after its proceed: write 'return await proceed(...)'."),
        (number, returns_only, "returned what it did not await: write 'return await proceed(...)'."),
        (number, forgets_all, "did not call proceed, and returned nothing: write 'return await proceed(...)'."),
        (number, says_other, "gave an output of its own: 'act' returned a str where it declares int"),
        (numbers, returns_only, "returned what it did not await: write 'return await proceed(...)'."),
        (numbers, forgets_all, "did not call proceed, and returned nothing: write 'return await proceed(...)'."),
        (number, calls_only, "called proceed and did not await it: write 'return await proceed(...)'."),
        (number, hands_to_a_task, "called proceed and did not await it: write 'return await proceed(...)'."),
        (numbers, calls_only, "called proceed and did not await it: write 'return await proceed(...)'."),
        (nothing, calls_only, "called proceed and did not await it: write 'return await proceed(...)'."),
        (nothing, hands_to_a_task, "called proceed and did not await it: write 'return await proceed(...)'."),
        (nothing, returns_only, "returned what it did not await: write 'return await proceed(...)'."),
        (nothing, says_other, "gave an output of its own: 'act' returned a str"),
    ],
)
def test_a_wrong_output_is_put_down_to_the_interceptor_that_gave_it(
    act: Any, interceptor: Any, words: str, around: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Who forgets ``return`` or ``await`` reads which interceptor does, and not that the handler is wrong."""
    app = app_of({"act": act}, interceptors=[*around, interceptor, passes_on])

    assert post(app, "act").status_code == 500
    message = str(next(record.exc_info[1] for record in caplog.records if record.exc_info))
    assert message.startswith(f"The interceptor {interceptor.__name__!r} (")
    assert words in message


class Taken(ActionError, code="CONFLICT"):
    """What callers may know."""


class Full(ActionError, code="CONFLICT"):
    """It has fields."""

    left: int
    reason: str = ""


class Hushed(ActionError, code="CONFLICT"):
    """It takes an exception, and passes nothing on."""

    def __init__(self, error: Exception) -> None:
        super().__init__("That is taken")  # type: ignore[arg-type]  # checkers know the constructor of the base


class Careless(ActionError, code="CONFLICT"):
    """It passes on what it takes."""

    def __init__(self, error: Any) -> None:
        super().__init__(error)


def nothing_taken() -> ActionError:
    return Taken()


async def later(error: Exception) -> ActionError:
    return Taken()


@pytest.mark.parametrize(
    ("convert", "reason", "remedy"),
    [
        (Taken, "errors= has the class Taken for KeyError", 'lambda error: Taken("What callers may read")'),
        (Full, "errors= has the class Full for KeyError", 'Full("What callers may read", left=..., reason=...)'),
        (partial(Full, left=2), "errors= has the class Full for KeyError", "lambda error: Full("),
        (partial(partial(Full), left=2), "errors= has the class Full for KeyError", "lambda error: Full("),
        (ActionError, "errors= has the class ActionError for KeyError", 'ActionError("NOT_FOUND"'),
        (partial(ActionError, "CONFLICT"), "errors= has the class ActionError for KeyError", 'ActionError("NOT_FOUND"'),
        (InputError, "errors= has the class InputError for KeyError", 'ActionError("NOT_FOUND"'),
        (Taken("so"), "errors= has one error for KeyError", 'Taken("What callers may read")'),
        (str, "errors= has str for KeyError", "errors={KeyError: lambda error: "),
        (3, "errors= has no function for KeyError", "errors={KeyError: lambda error: "),
        (nothing_taken, "cannot be called with the exception alone", "errors={KeyError: lambda error: "),
        (later, "which is async", "Write it without 'async'."),
    ],
)
def test_what_makes_no_error_of_an_exception_is_told_once_with_what_to_write(
    convert: Any, reason: str, remedy: str
) -> None:
    """A class of errors would take the exception for its message; whoever writes one reads what to write instead."""

    @action
    async def act() -> None: ...

    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint({"act": act, "other": Namespace(act=act)}, errors={KeyError: convert})

    (problem,) = caught.value.problems
    assert reason in problem.reason
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("convert", "status"),
    [
        (lambda error: Taken(error), 500),  # noqa: PLW0108  # which is more than the class
        (lambda error: Full(message=error, left=1), 500),
        (lambda error: Full("full", left=1, reason=error), 500),
        (lambda error: ActionError("CONFLICT", error), 500),
        (lambda error: later(error), 500),  # noqa: PLW0108  # asynchronous, which no signature shows
        (Careless, 500),
        (partial(lambda kind, error: kind(error), Taken), 500),
        (Hushed, 409),
        (lambda error: Taken("That is taken"), 409),
    ],
)
def test_the_text_of_an_exception_does_not_travel_by_a_slip(convert: Any, status: int) -> None:
    """An error that holds the exception where its words belong is masked, whoever made it."""

    @action(errors={KeyError: convert}, raises=[Taken, Full])
    async def act() -> None:
        raise KeyError("bookings.box")

    response = post(app_of({"act": act}), "act")

    assert response.status_code == status
    assert "bookings" not in response.text


@pytest.mark.parametrize(
    ("interceptors", "reason", "remedy"),
    [
        (passes_on, "interceptors=passes_on is not a list of interceptors.", "Write interceptors=[passes_on]."),
        (None, "interceptors=None is not a list of interceptors.", "Write interceptors=[]."),
        (3, "interceptors=3 is not a list of interceptors.", "Write interceptors=[]."),
    ],
)
def test_interceptors_that_are_no_list_are_a_definition_error(interceptors: Any, reason: str, remedy: str) -> None:
    """One interceptor without its brackets is told like any other slip, wherever it stands."""
    trees: list[Callable[[], object]] = [
        lambda: ActionsBlueprint({"act": action(interceptors=interceptors)(number.handler)}),
        lambda: ActionsBlueprint(Namespace(act=number).with_options(interceptors=interceptors)),
        lambda: ActionsBlueprint({"act": number}, interceptors=interceptors),
    ]
    for define in trees:
        with pytest.raises(DefinitionError) as caught:
            define()

        (problem,) = caught.value.problems
        assert (problem.reason, problem.remedy) == (reason, remedy)


def test_observers_that_are_no_list_say_what_to_write() -> None:
    """The same for what watches."""
    with pytest.raises(TypeError, match=r"is not a list\. Write observers=\[\.\.\.\]\."):
        ActionsBlueprint({"act": number}, observers=3)  # type: ignore[arg-type]  # the slip


def test_a_wrapped_interceptor_is_named_where_it_is_written() -> None:
    """The place in a message is that of the function, and not of the decorator that wraps it."""
    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint({"act": number}, interceptors=[contextmanager_around])  # type: ignore[list-item]  # the slip

    function: Any = contextmanager_around
    line = function.__wrapped__.__code__.co_firstlineno
    assert f"'contextmanager_around' ({Path(__file__).relative_to(Path.cwd())}:{line})" in str(caught.value)


class Busy(ActionError, code="CONFLICT"):
    left: int


async def in_task_group(context: ActionContext, proceed: Proceed[None]) -> object:
    async with asyncio.TaskGroup(), asyncio.TaskGroup():
        return await proceed()


GROUPED: dict[str, tuple[Exception, int, object]] = {
    "declared": (Busy("Busy", left=2), 409, {"left": 2}),
    "plain": (ActionError("GONE", "Gone"), 410, None),
    "input": (InputError.on("kind", "no"), 400, None),
    "mapped": (KeyError("secret"), 404, None),
    "of Sanic": (Forbidden("no"), 403, None),
    "unexpected": (ValueError("secret"), 500, None),
    "of another service": (CallError("CONFLICT", "secret"), 500, None),
    "two": (ExceptionGroup("two", [ActionError("GONE", "secret"), ActionError("GONE")]), 500, None),
}


@pytest.mark.parametrize("case", GROUPED)
def test_an_error_that_a_task_group_has_wrapped_is_that_error(case: str, plain_app: Any, connect: Any) -> None:
    """A group that holds one error, as task groups make it, is that error; any other group is masked."""
    error, status, data = GROUPED[case]

    @action(raises=[Busy], interceptors=[in_task_group], errors={KeyError: lambda error: ActionError("NOT_FOUND")})
    async def surrounded(kind: str) -> None:
        raise error

    @action(raises=[Busy], errors={KeyError: lambda error: ActionError("NOT_FOUND")})
    async def inside(kind: str) -> None:
        async def fail() -> None:
            raise error

        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    client = connect(plain_app(Namespace(surrounded=surrounded, inside=inside)))
    for name in ("/surrounded", "/inside"):
        answer = client.post(name, json={"kind": "a"})

        assert answer.status_code == status
        assert answer.json().get("data") == data
        assert "secret" not in answer.text


def test_a_handler_in_a_thread_does_not_hold_its_worker() -> None:
    """It runs beside the loop, with the context variables of the call."""
    import contextvars
    import threading

    tenant = contextvars.ContextVar("tenant", default="nobody")

    async def with_tenant(context: ActionContext, proceed: Proceed[None]) -> object:
        tenant.set("acme")
        return await proceed()

    @action(thread=True, interceptors=[with_tenant])
    def where() -> list[str]:
        return [tenant.get(), str(threading.current_thread() is threading.main_thread())]

    assert post(app_of({"where": where}), "where").json() == ["acme", "False"]


def test_a_handler_in_a_thread_that_raises_stop_iteration_is_answered(plain_app: Any, connect: Any) -> None:
    """No future takes what ``next()`` of an empty iterator raises: it is masked as without a thread."""

    @action(thread=True)
    def first(numbers: list[int]) -> int:
        return next(iter(numbers))

    @action
    def first_here(numbers: list[int]) -> int:
        return next(iter(numbers))

    client = connect(plain_app({"first": first, "first_here": first_here}))
    answers = [client.post(f"/{name}", json={"numbers": []}, timeout=60) for name in ("first", "first_here")]

    assert [answer.json()["code"] for answer in answers] == ["INTERNAL_SERVER_ERROR"] * 2
    assert client.post("/first", json={"numbers": [7]}).json() == 7

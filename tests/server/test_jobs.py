"""Calls of jobs, which answer no request, and calls inside of calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx2
import pytest
from sanic import Request, Sanic

from sanic_actions import ActionContext, ActionError, Err, Injected, Limits, Ok, Proceed, action
from sanic_actions.server import ActionsBlueprint, call_action

Serve = Callable[[Sanic[Any, Any]], str]


class User:
    def __init__(self, name: str) -> None:
        self.name = name


async def guard(context: ActionContext) -> User:
    raise ActionError("UNAUTHORIZED", "nobody")


async def owner(context: ActionContext, number: int) -> None:
    raise ActionError("FORBIDDEN", "not yours")


async def doubled(context: ActionContext, proceed: Proceed[None]) -> object:
    output = await proceed()
    assert isinstance(output, str)
    return output * 2


@action(guard=guard, interceptors=[doubled], limits=Limits(rate="1/day"))
async def greet(number: int, user: Annotated[User, Injected], context: ActionContext) -> str:
    assert (context.called_from, context.name) == ("local", "greet")
    return user.name * number


@action(guard=owner)
async def owner_only(number: int, context: ActionContext) -> str:
    return f"{number} {context.called_from}"


@action
async def owners(request: Request, numbers: list[int]) -> list[str]:
    results = [await call_action(request, owner_only, number=number) for number in numbers]
    return [result.error.code if isinstance(result, Err) else result.data for result in results]


@action
async def greeting(request: Request) -> str:
    result = await call_action(request, greet, number=1)
    return result.error.code if isinstance(result, Err) else result.data


@action(guard=owner)
async def owned(number: int) -> int:
    return number


@action
async def total(injected: dict[str, int]) -> int:
    return sum(injected.values())


@action
async def total_of_two(request: Request) -> int:
    return (await call_action(request, total, injected={"a": 1, "b": 2})).data or 0


@action
async def fail() -> int:
    raise ZeroDivisionError


@action
async def wait(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


@action
async def outer(request: Request) -> str:
    for _ in range(20):
        result = await call_action(request, wait, seconds=0.1)
        if isinstance(result, Err):
            return result.error.code
    return "all"


@action
async def long_stream(request: Request) -> AsyncIterator[float]:
    for _ in range(6):
        result = await call_action(request, wait, seconds=0.4)
        if isinstance(result, Err):
            raise result.error
        yield result.data


TREE = {
    "greet": greet,
    "owners": owners,
    "owner_only": owner_only,
    "greeting": greeting,
    "owned": owned,
    "total": total,
    "total_of_two": total_of_two,
    "fail": fail,
    "wait": wait,
    "outer": outer,
    "long_stream": long_stream,
}


@pytest.fixture
def app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("jobs")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))
    return app


def test_a_job_calls_with_the_app(app: Sanic[Any, Any]) -> None:
    """Guards do not run, ``injected=`` supplies what they would, and interceptors surround the handler."""

    async def main() -> Any:
        results = [
            await call_action(app, greet, number=2, injected={"user": User("Ada")}),
            await call_action(app, greet, number=2, injected={"user": User("Ada")}),
            await call_action(app, owned, number=3),
        ]
        return [result.data for result in results]

    assert asyncio.run(main()) == ["AdaAdaAdaAda", "AdaAdaAdaAda", 3]


def test_the_input_of_a_job_is_validated(app: Sanic[Any, Any]) -> None:
    """As for every call."""
    result = asyncio.run(call_action(app, owned, number="many"))

    assert isinstance(result, Err)
    assert result.error.code == "BAD_REQUEST"


def test_what_nobody_supplies_is_said(app: Sanic[Any, Any]) -> None:
    """With what to pass."""
    with pytest.raises(LookupError, match=r"injected=\{'user': \.\.\.\}"):
        asyncio.run(call_action(app, greet, number=2))


def test_what_a_job_calls_in_turn_is_of_the_job(app: Sanic[Any, Any]) -> None:
    """A handler that calls others with its request does so for the same nobody: no guard of these runs either."""
    result = asyncio.run(call_action(app, owners, numbers=[1, 2]))

    assert result == Ok(["1 local", "2 local"])
    with pytest.raises(LookupError, match=r"No guard supplied parameter 'user' of 'greet'.*A job passes it"):
        asyncio.run(call_action(app, greeting))


def test_a_field_called_injected_is_a_field_for_what_a_job_calls_in_turn(serve: Serve, app: Sanic[Any, Any]) -> None:
    """One line of a handler means the same, whoever has called it."""
    of_job = asyncio.run(call_action(app, total_of_two))
    of_request = httpx2.post(f"{serve(app)}/_actions/total_of_two", json={}, timeout=60)

    assert of_job == Ok(3)
    assert of_request.json() == 3


def test_what_a_request_calls_in_turn_is_guarded(serve: Serve, app: Sanic[Any, Any]) -> None:
    """Whatever the outer action lets in."""
    assert httpx2.post(f"{serve(app)}/_actions/greeting", json={}).json() == "UNAUTHORIZED"


def test_what_nobody_asks_for_is_said(app: Sanic[Any, Any]) -> None:
    """A misspelt name is a mistake."""
    with pytest.raises(TypeError, match=r"'usr'.*'user'"):
        asyncio.run(call_action(app, greet, number=2, injected={"usr": User("Ada")}))


@pytest.mark.parametrize("user", ["ada", None, True, {"name": "Ada"}])
def test_what_is_injected_has_the_type_of_its_parameter(user: object, app: Sanic[Any, Any]) -> None:
    """By ``injected=`` or by name, as what a guard returns: a job that passes a string learns that at its own call."""
    for arguments in ({"injected": {"user": user}}, {"user": user}):
        with pytest.raises(TypeError, match=f"'user' is an? {type(user).__name__}, not a User"):
            asyncio.run(call_action(app, greet, number=2, **arguments))


def test_what_fails_in_a_job_is_raised(app: Sanic[Any, Any]) -> None:
    """To be handled by the job."""
    with pytest.raises(ZeroDivisionError):
        asyncio.run(call_action(app, fail))


def test_calls_inside_of_a_call_share_its_deadline(serve: Serve, app: Sanic[Any, Any]) -> None:
    """They get no time of their own: twenty of a tenth of a second do not fit into half of one."""
    response = httpx2.post(f"{serve(app)}/_actions/outer", json={}, headers={"request-timeout": "0.5"}, timeout=30)

    assert response.json()["code"] == "GATEWAY_TIMEOUT"


def test_a_job_needs_no_running_server(app: Sanic[Any, Any]) -> None:
    """Nothing of it depends on a request."""
    result = asyncio.run(call_action(app, wait, seconds=0))

    assert isinstance(result, Ok)
    assert json.dumps(result.data) == "0.0"


def test_calls_inside_of_a_stream_have_the_time_of_an_item(app: Sanic[Any, Any], serve: Serve) -> None:
    """A stream that is older than its caller's deadline, which is the gap between items, can still call."""
    response = httpx2.post(f"{serve(app)}/_actions/long_stream", headers={"request-timeout": "2"}, timeout=30)

    assert response.text.count("data: 0.4") == 6
    assert "event: end" in response.text

"""Settings of a blueprint that would open something if they were taken: refused where it is made."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sanic import Request

from sanic_actions import DefinitionError, Namespace, action
from sanic_actions.client import AsyncClient, Client
from sanic_actions.opentelemetry import OpenTelemetry
from sanic_actions.server import ActionsBlueprint


@action
async def like() -> int:
    return 1


async def later(request: Request) -> str:
    return "ada"


class Caller:
    async def __call__(self, request: Request) -> str:
        return "ada"


def nobody() -> str:
    return "ada"


class Made:
    def __init__(self, request: Request) -> None:
        pass


FUNCTIONS = {
    "a word": "ada",
    "a class, which would make an object each time": Made,
    "a class behind a partial": partial(Made),
    "a coroutine function, whose coroutine would be another caller each time": later,
    "an object with an asynchronous call": Caller(),
    "a function of nothing": nobody,
}


@pytest.mark.parametrize("setting", ["once_scope", "rate_key", "messages"])
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_function_that_cannot_answer(setting: str, kind: str) -> None:
    """What tells callers apart, and what words an issue, is a plain function of one argument."""
    settings: dict[str, Any] = {setting: FUNCTIONS[kind]}

    with pytest.raises(TypeError, match=f"^{setting}=.*Write 'def"):
        ActionsBlueprint({"like": like}, **settings)


@pytest.mark.parametrize("setting", ["once_scope", "read_timeout", "trusted_origins", "redirect_origins", "observers"])
@pytest.mark.parametrize("value", [None, [None]])
def test_nothing_in_place_of_a_setting(setting: str, value: Any) -> None:
    """None, as a function gives that forgot to return, is not taken for a setting that has no such value."""
    settings: dict[str, Any] = {setting: value}

    with pytest.raises((TypeError, ValueError), match=f"^{setting}.*rite "):
        ActionsBlueprint({"like": like}, **settings)


@pytest.mark.parametrize("value", [0, -1.0, float("inf"), float("nan"), True, "30"])
def test_read_timeout_without_an_end(value: Any) -> None:
    """A body has a time in which it must arrive."""
    with pytest.raises(ValueError, match=r"read_timeout=.*a number of seconds"):
        ActionsBlueprint({"like": like}, read_timeout=value)


@pytest.mark.parametrize("value", ["a word", 1, lambda: None, RuntimeError])
def test_on_error_that_nobody_can_call(value: Any) -> None:
    """A tracker is a function of the exception, the name of the action and the id."""
    with pytest.raises(TypeError, match=r"^on_error=.*Write 'def on_error\(error, name, id\)"):
        ActionsBlueprint({"like": like}, on_error=value)


class Awaited:
    """Its methods would have to be awaited."""

    async def on_start(self, call: Any) -> None: ...
    async def on_end(self, token: Any, call: Any, outcome: Any, exception: Any) -> None: ...


class EndAwaited:
    def on_start(self, call: Any) -> None: ...
    async def on_end(self, token: Any, call: Any, outcome: Any, exception: Any) -> None: ...


@pytest.mark.parametrize(("observer", "method"), [(Awaited(), "on_start"), (EndAwaited(), "on_end")])
def test_observer_that_nobody_awaits(observer: Any, method: str) -> None:
    """Methods that are coroutine functions would never run, and are refused on both sides."""
    for make in (
        lambda: ActionsBlueprint({"like": like}, observers=[observer]),
        lambda: Client("http://localhost", observers=[observer]),
        lambda: AsyncClient("http://localhost", observers=[observer]),
    ):
        with pytest.raises(TypeError, match=rf"^observers=.* whose {method} is asynchronous.*Write 'def {method}"):
            make()


class StartsWithNothing:
    def on_start(self) -> None: ...
    def on_end(self, token: Any, call: Any, outcome: Any, exception: Any) -> None: ...


class EndsWithTwo:
    def on_start(self, call: Any) -> None: ...
    def on_end(self, call: Any, outcome: Any) -> None: ...


@pytest.mark.parametrize(
    ("observer", "advice"),
    [
        (StartsWithNothing(), "whose on_start cannot be called with call: .*Write 'def on_start(self, call)'."),
        (
            EndsWithTwo(),
            "whose on_end cannot be called with token, call, .*'def on_end(self, token, call, outcome, exc",
        ),
    ],
)
def test_observer_with_other_parameters(observer: Any, advice: str) -> None:
    """Each call would log it as broken, so it is refused before, on both sides."""
    for make in (
        lambda: ActionsBlueprint({"like": like}, observers=[observer]),
        lambda: Client("http://localhost", observers=[observer]),
        lambda: AsyncClient("http://localhost", observers=[observer]),
    ):
        with pytest.raises(TypeError, match=advice.replace("(", r"\(").replace(")", r"\)")):
            make()


@pytest.mark.parametrize("observer", [None, OpenTelemetry, "otel", object()])
def test_observer_that_hears_nothing(observer: Any) -> None:
    """What is not an observer is refused on both sides, and a class in place of an object of it too."""
    for make in (
        lambda: ActionsBlueprint({"like": like}, observers=[observer]),
        lambda: Client("http://localhost", observers=[observer]),
        lambda: AsyncClient("http://localhost", observers=[observer]),
    ):
        with pytest.raises(TypeError, match=r"^observers=.* is not an observer"):
            make()


@pytest.mark.parametrize("raises", [None, 1])
def test_raises_that_is_not_a_list(raises: Any) -> None:
    """What is not a list of errors is one problem of the definition, of an action and of a namespace."""
    decorate: Any = action
    on_action = decorate(raises=raises)(like.handler)

    for tree in (Namespace(like=on_action), Namespace(like=like).with_options(raises=raises)):
        with pytest.raises(DefinitionError, match=r"raises=.* is not a subclass of ActionError"):
            ActionsBlueprint(tree)

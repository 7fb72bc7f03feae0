"""What a function says of itself, read without the long way round."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from sanic_actions._types.hints import parameters_of


def plain(a: int, b: str = "b") -> None: ...


def every(a: int, b: int = 1, /, c: int = 2, *rest: int, d: int, e: int = 3, **more: int) -> None: ...


def only_named(*, a: int, b: int = 1) -> None: ...


def nothing() -> None: ...


def with_locals(a: int) -> int:
    total = sum(b for b in range(a))
    return total + a


@functools.wraps(plain)
def wrapped(*args: Any, **kwargs: Any) -> None: ...


class Service:
    def method(self, a: int, b: int = 2) -> None: ...
    def __call__(self, c: int) -> None: ...


HANDLERS = [
    plain,
    every,
    only_named,
    nothing,
    with_locals,
    wrapped,
    lambda a, b=1: None,
    functools.partial(plain, b="c"),
    Service().method,
    Service.method,
    Service(),
]


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: type(handler).__name__)
def test_parameters_are_those_of_the_signature(handler: Callable[..., Any]) -> None:
    """Parameters are what inspect.signature says, in its order, however they are read."""
    expected = [(p.name, p.kind, p.default) for p in inspect.signature(handler).parameters.values()]

    assert parameters_of(handler) == expected

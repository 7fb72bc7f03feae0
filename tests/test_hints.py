"""What a function says of itself, read without the long way round."""

from __future__ import annotations

import datetime
import functools
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Gt

from sanic_actions import DefinitionError, action
from sanic_actions._types.hints import parameters_of
from sanic_actions._types.type_names import short_name_of
from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint


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


IMPORTS = """
from __future__ import annotations
import dataclasses, datetime
from typing import NamedTuple, Optional
from typing_extensions import TypeAliasType, TypedDict
from sanic_actions import ActionError
"""
EXPRESSIONS = ["datetime.dat", "int | 'str'", "Optional[int, str]", "1 / 0", "Nowhere"]
KINDS = {
    "dataclass": "@dataclasses.dataclass\nclass Kind:\n    x: {0}\n",
    "subclass": "@dataclasses.dataclass\nclass Base:\n    x: {0}\n@dataclasses.dataclass\nclass Kind(Base): ...\n",
    "typed dict": "class Kind(TypedDict):\n    x: {0}\n",
    "named tuple": "class Kind(NamedTuple):\n    x: {0}\n",
    "error": "class Kind(ActionError, code='CONFLICT'):\n    x: {0}\n",
    "alias": "Kind = TypeAliasType('Kind', {0!r})\n",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_annotation_that_raises_is_a_definition_error(
    kind: str, expression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the annotation of a class or the value of an alias raises is reported with its class, and not raised."""
    module: Any = ModuleType("raising")
    monkeypatch.setitem(sys.modules, "raising", module)
    exec(IMPORTS + KINDS[kind].format(expression), vars(module))

    def handler(value: int) -> int:
        return value

    if kind != "error":
        handler.__annotations__["value"] = list[module.Kind]
    defined = action(raises=[module.Kind] if kind == "error" else [])(handler)

    for build in (ActionsBlueprint, functools.partial(generate, package="raising_client")):
        with pytest.raises(DefinitionError) as caught:
            build({"act": defined})
        (problem,) = caught.value.problems
        assert "Kind" in problem.reason
        if expression == "Nowhere":
            assert "names 'Nowhere', which is not defined" in problem.reason
        elif kind == "alias":
            assert "its value cannot be read: " in problem.reason
        else:
            assert f"field 'x': the annotation {expression!r} cannot be read: " in problem.reason


SHORT: dict[str, Any] = {
    "date | None": datetime.date | None,
    "list[date]": list[datetime.date],
    "Literal['a.b', 'v1.2', \"it's c.d\"]": Literal["a.b", "v1.2", "it's c.d"],
    "dict[Literal['x.y'], date]": dict[Literal["x.y"], datetime.date],
    "Annotated[float, Gt(gt=1.5)]": Annotated[float, Gt(gt=1.5)],
}


@pytest.mark.parametrize("name", SHORT)
def test_short_name_has_no_modules(name: str) -> None:
    """A message names a type without the modules of its classes; values in it stay what they are."""
    assert short_name_of(SHORT[name]) == name

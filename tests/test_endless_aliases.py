"""Aliases that lead to themselves: fine where each turn is a value inside another one, else a mistake."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import pytest
from pydantic import Field, create_model
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import ActionError, DefinitionError, Namespace, action, define_action
from sanic_actions._namespace import entries
from sanic_actions.codegen import generate

T = TypeVar("T")


def alias(name: str, value: str, **options: Any) -> Any:
    make: Any = TypeAliasType
    return make(name, value, **options)


Loop = alias("Loop", "Loop | None")
Itself = alias("Itself", "Itself")
One = alias("One", "Other")
Other = alias("Other", "One")
Marked = alias("Marked", "Annotated[Marked, Field(description='again')]")
Number = alias("Number", "int | Word")
Word = alias("Word", "str | Number")
Generic = alias("Generic", "Generic[T] | T", type_params=(T,))
Maybe = alias("Maybe", "T | None", type_params=(T,))
Through = alias("Through", "Maybe[Maybe[Through]]")
Renamed = alias("Renamed", "Maybe[Renamed]")
Growing = alias("Growing", "list[Growing[list[T]]] | T", type_params=(T,))
ENDLESS = {
    "Loop": Loop,
    "Itself": Itself,
    "One": One,
    "Marked": Marked,
    "Number": Number,
    "Generic": Generic[int],
    "Through": Through,
    "Renamed": Renamed,
    "Growing": Growing[int],
}

Tree = alias("Tree", "list[Tree] | int")
Nested = alias("Nested", "Maybe[dict[str, Nested]]")
Box = alias("Box", "list[Box[T]] | T", type_params=(T,))
Fixed = alias("Fixed", "list[Fixed[int]] | T", type_params=(T,))
Deep = alias("Deep", "Maybe[Maybe[list[Deep]]]")
FINE = {"Tree": Tree, "Nested": Nested, "Box": Box[int], "Fixed": Fixed[str], "Deep": Deep}


def taking(hint: Any, **options: Any) -> Any:
    def handler(value: Any) -> None: ...

    handler.__annotations__["value"] = hint
    decorate: Any = action(**options)
    return decorate(handler)


def in_form(hint: Any) -> Any:
    return taking(hint, accept=("form", "json"))


def giving(hint: Any) -> Any:
    def handler() -> Any: ...

    handler.__annotations__["return"] = hint
    return action(handler)


def in_input(hint: Any) -> Any:
    def handler(input: Any) -> None: ...

    return define_action(input=hint, handler=handler)


def in_keys(hint: Any) -> Any:
    make: Any = TypedDict
    return taking(make("Keys", {"field": hint}))


def in_dataclass(hint: Any) -> Any:
    return giving(dataclasses.make_dataclass("Data", [("field", hint)]))


def in_error(hint: Any) -> Any:
    error = type("Gone", (ActionError,), {"__annotations__": {"left": hint}, "__module__": __name__}, code="GONE")

    @action(raises=[error])
    def handler() -> None: ...

    return handler


def beside(hint: Any) -> Any:
    return taking(dict[str, Annotated[hint, Field(title="a")] | bool])


PLACES: list[Callable[[Any], Any]] = [taking, in_form, giving, in_input, in_keys, in_dataclass, in_error, beside]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ENDLESS)
def test_an_alias_that_never_ends_is_refused(name: str, place: Any) -> None:
    """Wherever it stands, one sentence names it; nothing goes round until Python's stack is full."""
    with pytest.raises(DefinitionError, match=r"the alias \w+ (leads back to|contains) itself") as caught:
        entries(Namespace(act=place(ENDLESS[name])))

    assert len(caught.value.problems) == 1


def test_a_field_of_a_model_is_named() -> None:
    """A class that pydantic lets through is refused by the class and the field, with a remedy."""
    holder = create_model("Holder", __module__=__name__, loop=(Number, ...))

    with pytest.raises(DefinitionError) as caught:
        entries(Namespace(act=taking(holder)))

    (problem,) = caught.value.problems
    assert problem.reason.startswith("input 'value.loop': the alias Number leads back to itself")
    assert "field 'loop' of Holder" in problem.reason
    assert problem.remedy == "Let each turn be a value inside another one: type Tree = list[Tree] | int."


@pytest.mark.parametrize("name", FINE)
def test_an_alias_whose_turns_are_values_is_fine(name: str) -> None:
    """Recursive data keeps its alias, in JSON and in the client package."""
    assert generate(Namespace(act=giving(FINE[name])))


def test_a_model_may_hold_one() -> None:
    """What the sentence proposes is taken where the mistake was."""
    leaf = create_model("Leaf", __module__=__name__, value=(Tree, ...))

    assert list(entries(Namespace(act=taking(leaf)))) == ["act"]

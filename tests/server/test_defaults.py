"""Defaults of parameters and of typed errors belong to one call."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from sanic_actions import ActionError, action, define_action


@dataclass
class Order:
    items: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FrozenOrder:
    items: list[str] = field(default_factory=list)


@dataclass(unsafe_hash=True)
class HashedOrder:
    items: list[str] = field(default_factory=list, hash=False)


@dataclass(eq=False, slots=True)
class SlottedOrder:
    items: list[str] = field(default_factory=list)


class Model(BaseModel):
    items: dict[str, list[str]] = {"a": []}


class FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True)
    items: list[str] = []


class Pair(NamedTuple):
    items: list[str]
    order: Order


class Keys(TypedDict):
    items: list[str]


class Kind(Enum):
    ONE = "one"


DEFAULTS: dict[str, tuple[Any, Any]] = {
    "list": (list[str], []),
    "list of lists": (list[list[str]], [[]]),
    "dict of lists": (dict[str, list[str]], {"items": []}),
    "set": (set[str], set()),
    "deque": (collections.deque[str], collections.deque()),
    "dataclass": (Order, Order()),
    "frozen dataclass": (FrozenOrder, FrozenOrder()),
    "dataclass with slots": (SlottedOrder, SlottedOrder()),
    "model": (Model, Model()),
    "frozen model": (FrozenModel, FrozenModel()),
    "named tuple": (Pair, Pair([], Order())),
    "tuple of lists": (tuple[list[str], int], ([], 1)),
    "tuple of tuples of lists": (tuple[tuple[list[str]], int], (([],), 1)),
    "typed dict": (Keys, {"items": []}),
    "list of dataclasses": (list[Order], [Order()]),
    "union": (Order | None, Order()),
}


def change(value: Any) -> None:
    """Change what can be changed in a value, as deep as it goes."""
    if isinstance(value, list | collections.deque):
        for item in value:
            change(item)
        value.append("changed")
    elif isinstance(value, set):
        value.add("changed")
    elif isinstance(value, tuple):
        for item in value:
            change(item)
    elif isinstance(value, dict):
        for item in value.values():
            change(item)
    elif hasattr(value, "items"):
        change(value.items)


@pytest.mark.parametrize("kind", DEFAULTS)
def test_default_of_a_parameter_is_each_calls_own(kind: str, plain_app: Any, connect: Any) -> None:
    """What a handler does to a default, however deep inside it, is gone with the call."""
    annotation, default = DEFAULTS[kind]
    shown = repr(default)

    def handler(value=default) -> str:  # type: ignore[no-untyped-def]  # annotated below
        before = repr(value)
        change(value)
        return f"{before} {before != repr(value)}"

    handler.__annotations__["value"] = annotation
    client = connect(plain_app({"asks": action(handler)}))

    for _ in range(2):
        assert client.post("/asks", json={}).json() == f"{shown} True"
    assert repr(default) == shown


@dataclass(eq=False)
class Cart:
    """Hashed by its identity, so that pydantic takes it for a value that nobody changes."""

    items: list[str] = field(default_factory=list)


class Basket(BaseModel):
    cart: Cart = Cart()
    hashed: HashedOrder = HashedOrder()
    order: FrozenOrder = FrozenOrder()
    pair: tuple[list[str], int] = ([], 1)


class Shop(BaseModel):
    baskets: list[Basket] = [Basket()]
    basket: Basket


@dataclass
class Store:
    cart: Cart = field(default=Cart())  # the mistake under test


def fill_basket(input: Shop) -> list[list[str]]:
    lists = [input.basket.cart.items, input.baskets[0].cart.items, input.basket.hashed.items]
    lists += [input.basket.order.items, input.basket.pair[0]]
    for items in lists:
        items.append("changed")
    return lists


def fill_store(input: Store) -> list[list[str]]:
    input.cart.items.append("changed")
    return [input.cart.items]


class Note(BaseModel):
    text: str
    cart: Cart = Cart()


def fill_note(input: Note) -> list[str]:
    input.cart.items.append("changed")
    return input.cart.items


def test_default_inside_a_model_is_each_calls_own(plain_app: Any, connect: Any) -> None:
    """Defaults of models and dataclasses are copied, those that have a hash too, however deep they stand."""
    tree = {
        "basket": define_action(input=Shop, handler=fill_basket),
        "store": define_action(input=Store, handler=fill_store),
        "form": define_action(input=Note, handler=fill_note, accept="form"),
    }
    client = connect(plain_app(tree))

    for _ in range(2):
        assert client.post("/basket", json={"basket": {}}).json() == [["changed"]] * 5
        assert client.post("/store", json={}).json() == [["changed"]]
        assert client.post("/form", data={"text": "a"}).json() == ["changed"]


def test_default_that_cannot_change_is_the_same(plain_app: Any, connect: Any) -> None:
    """What nobody can change stays the object that it is."""
    seen: list[object] = []
    default = (1, ("a", Kind.ONE), frozenset({2}))

    def handler(value: tuple[int, tuple[str, Kind], frozenset[int]] = default) -> None:
        seen.append(value)

    handler.__annotations__["value"] = tuple[int, tuple[str, Kind], frozenset[int]]
    connect(plain_app({"asks": action(handler)})).post("/asks", json={})

    assert seen[0] is default


class Refused(ActionError, code="CONFLICT"):
    """Fields with defaults that can change, some of them deep inside."""

    rows: list[list[str]] = [[]]
    order: Order = Order()
    pair: tuple[list[str], int] = ([], 1)


def test_default_of_an_error_is_each_errors_own() -> None:
    """The defaults of a typed error are copied for each one that is raised, as deep as they go."""
    first = Refused()
    for name in ("rows", "order", "pair"):
        change(getattr(first, name))

    assert Refused().data == {"rows": [[]], "order": Order(), "pair": ([], 1)}

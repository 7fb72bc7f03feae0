"""Whatever an instance holds, its form shows, a browser sends, and the server reads back equal."""

from __future__ import annotations

import datetime
import enum
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import pytest
from browser_form import parsed, refused, sent
from conftest import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, create_model
from typing_extensions import TypeAliasType

from sanic_actions import define_action
from sanic_actions._forms.names import steps_of
from sanic_actions._forms.plan import FormPlan
from sanic_actions._wire import Codec
from sanic_actions.server._controls.form import form_fields, render_form


class Color(enum.Enum):
    RED = "red"
    DARK_BLUE = "blue"
    NUMBER = 7


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


# Texts as a person can enter them: a line of text has no line breaks, and HTML has no NUL.
Line = Annotated[str, Field(min_length=1)]
line = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), min_size=1, max_size=12)


class Address(BaseModel):
    city: Line
    zip: str | None = None
    main: bool = True


class Item(BaseModel):
    title: Line
    qty: Annotated[int, Field(ge=-3, multiple_of=3)] = 3
    gift: bool
    color: Color | None = None


class Circle(BaseModel):
    kind: Literal["circle"]
    r: float


class Box(BaseModel):
    kind: Literal["box"]
    w: Annotated[int, Field(gt=0, lt=100)]
    note: str | None = "none"


Shape = Annotated[Circle | Box, Field(discriminator="kind")]


class Point(NamedTuple):
    x: int
    y: float


@dataclass
class Flags:
    a: bool
    b: bool = True


class Node(BaseModel):
    name: Line
    below: list[Node] = []
    next: Node | None = None


class Everything(BaseModel):
    text: str = "some"
    line: Line
    note: str | None = "note"
    body: Annotated[str, Field(max_length=2000)]
    count: int
    big: Annotated[int, Field(gt=-(10**30), lt=10**30)] | None = 7
    ratio: float
    price: Annotated[Decimal, Field(ge=0, decimal_places=2)]
    day: Annotated[datetime.date, Field(ge=datetime.date(1990, 1, 1))]
    moment: datetime.datetime
    clock: datetime.time | None = datetime.time(8, 30)
    span: datetime.timedelta
    id: UUID
    yes: bool = True
    no: bool = False
    must: bool
    perhaps: bool | None = True
    terms: Literal[True]
    color: Color
    level: Level | None = Level.HIGH
    lang: Literal["de", "en", 3] = "de"
    mixed: int | str
    address: Address
    other: Address | None = Address(city="Rome")
    settings: Address = Address(city="Oslo")
    flags: Flags
    more_flags: Flags | None = None
    items: list[Item]
    other_items: list[Item] | None = [Item(title="a", gift=True)]
    tags: list[str] = ["a"]
    numbers: set[int]
    bools: list[bool]
    gaps: list[int | None]
    colors: list[Color] = [Color.RED]
    levels: frozenset[Level] | None = None
    shape: Shape
    shapes: list[Shape] = []
    no_shape: Shape | None = None
    point: Point
    pair: tuple[int, str | None]
    names: dict[str, int] = {"a": 1}
    grid: list[list[int]] = [[1]]
    table: list[list[str] | None]
    sets: list[set[Color]] = [{Color.RED}]
    series: dict[str, tuple[int, ...]] = {"a": (1,)}
    maps: list[dict[str, int]] = [{"a": 1}]
    tree: Node


def _tree() -> st.SearchStrategy[Node]:
    leaf = st.builds(Node, name=line)
    return st.recursive(
        leaf, lambda t: st.builds(Node, name=line, below=st.lists(t, max_size=2), next=st.none() | t), max_leaves=4
    )


def _model(cls: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(fields).map(lambda values: cls(**values))


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
fraction = st.floats(allow_nan=False, allow_infinity=False)
color, level = st.sampled_from(Color), st.sampled_from(Level)
address = _model(Address, city=line, zip=st.none() | text, main=st.booleans())
item = _model(
    Item, title=line, qty=st.integers(-1, 5).map(lambda n: n * 3), gift=st.booleans(), color=st.none() | color
)
circle = _model(Circle, kind=st.just("circle"), r=fraction)
box = _model(Box, kind=st.just("box"), w=st.integers(1, 99), note=st.none() | text)
shape = circle | box
flags = _model(Flags, a=st.booleans(), b=st.booleans())
naive = st.datetimes(min_value=datetime.datetime(1000, 1, 1))
everything = _model(
    Everything,
    text=text | lines,
    line=line | lines,
    note=st.none() | text,
    body=lines | st.just("\n\nx\n"),
    count=st.integers(),
    big=st.none() | st.integers(1 - 10**30, 10**30 - 1),
    ratio=fraction,
    price=st.integers(0, 10**6).map(lambda n: Decimal(n) / 100),
    day=st.dates(min_value=datetime.date(1990, 1, 1)),
    moment=naive | naive.map(lambda m: m.replace(microsecond=0, tzinfo=datetime.UTC)),
    clock=st.none() | st.times(),
    span=st.timedeltas(),
    id=st.uuids(),
    yes=st.booleans(),
    no=st.booleans(),
    must=st.booleans(),
    perhaps=st.none() | st.booleans(),
    terms=st.just(True),
    color=color,
    level=st.none() | level,
    lang=st.sampled_from(["de", "en", 3]),
    mixed=st.integers() | line.filter(lambda t: not t.lstrip("-").isdecimal()),
    address=address,
    other=st.none() | address,
    settings=address,
    flags=flags,
    more_flags=st.none() | flags,
    items=st.lists(item, max_size=3),
    other_items=st.none() | st.lists(item, max_size=2),
    tags=st.lists(text, max_size=3),
    numbers=st.sets(st.integers(), max_size=3),
    bools=st.lists(st.booleans(), max_size=3),
    gaps=st.lists(st.none() | st.integers(), max_size=3),
    colors=st.lists(color, max_size=4),
    levels=st.none() | st.frozensets(level),
    shape=shape,
    shapes=st.lists(shape, max_size=2),
    no_shape=st.none() | shape,
    point=st.builds(Point, st.integers(), fraction),
    pair=st.tuples(st.integers(), st.none() | text),
    names=st.dictionaries(line, st.integers(), max_size=2),
    grid=st.lists(st.lists(st.integers(), max_size=2), max_size=2),
    table=st.lists(st.none() | st.lists(text, max_size=2), max_size=2),
    sets=st.lists(st.sets(color), max_size=2),
    series=st.dictionaries(line, st.lists(st.integers(), max_size=2).map(tuple), max_size=2),
    maps=st.lists(st.dictionaries(line, st.integers(), max_size=1), max_size=2),
    tree=_tree(),
)


def take(input: Everything) -> None:
    """Take everything."""


def take_any(input: Any) -> None:
    """Take anything."""


ACTION = define_action(input=Everything, handler=take, accept="form")
assert ACTION.definition.input is not None
PLAN = FormPlan(ACTION.definition.input, Codec[Everything](Everything))


@settings(max_examples=examples(40, full=2_500), suppress_health_check=list(HealthCheck))
@given(everything)
def test_form_of_an_instance_is_sent_and_read_back_equal(instance: Everything) -> None:
    """A form that shows an instance passes the browser's checks and, sent as it is, gives the equal instance."""
    markup = render_form(form_fields(ACTION, values=instance), name="take", url="?_action=take")

    assert refused(markup) == []
    assert PLAN.decode(sent(markup)) == instance


@settings(max_examples=examples(15, full=2_500), suppress_health_check=list(HealthCheck))
@given(everything)
def test_form_handed_back_is_the_form_that_was_sent(instance: Everything) -> None:
    """What was submitted shows again as it was, so that sending it once more gives the equal instance."""
    first = sent(render_form(form_fields(ACTION, values=instance), name="take", url="?"))
    again = sent(render_form(form_fields(ACTION, values=first), name="take", url="?"))

    assert PLAN.decode(again) == instance


@settings(max_examples=examples(15, full=2_500), suppress_health_check=list(HealthCheck))
@given(everything, st.data())
def test_button_of_a_form_changes_nothing_else(instance: Everything, data: st.DataObject) -> None:
    """After any of its buttons, a form gives the equal instance, or the one without the row that was removed."""
    markup = str(render_form(form_fields(ACTION, values=instance), name="take", url="?"))
    markup = re.sub(r"<template.*?</template>", "", markup, flags=re.DOTALL)
    buttons = [element for element in parsed(markup).iter("button") if element.get("name")]
    pairs = [(str(each.get("name")), str(each.get("value"))) for each in buttons]
    # A row that has lost all that it held counts as left blank, like one that was emptied by hand.
    whole = [(name, value) for name, value in pairs if name != "_action.remove" or len(steps_of(value)) == 2]
    pressed = data.draw(st.sampled_from(whole))

    edited = sent(render_form(form_fields(ACTION, values=[*sent(markup), pressed]), name="take", url="?"))

    assert PLAN.decode(edited) == _without_removed(instance, *pressed)


def _without_removed(instance: Everything, button: str, name: str) -> Everything:
    """The instance without the row that a button removes; all of it for another button, or a blank row."""
    if button != "_action.remove":
        return instance
    dumped = Codec[Everything](Everything).encode(instance)
    whole = json.loads(dumped)
    *above, last = steps_of(name)
    rows = whole
    for step in above:
        rows = rows[int(step) if isinstance(rows, list) else step]
    if rows is None or int(last) >= len(rows):
        return instance
    del rows[int(last)]
    return Codec[Everything](Everything).decode(json.dumps(whole).encode())


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    age: int = 1


class Fish(BaseModel):
    kind: Literal["carp", "pike"]
    water: str = ""


class Train(BaseModel):
    way: Literal["land"] = "land"
    kind: Literal["train"] = "train"
    cars: int = 1


class Bus(BaseModel):
    way: Literal["land"] = "land"
    kind: Literal["bus"] = "bus"
    line: str = "A"


class Ship(BaseModel):
    way: Literal["sea"] = "sea"
    port: str = "here"


Mammal = Annotated[Cat | Dog, Field(discriminator="kind")]
MammalAlias = TypeAliasType("MammalAlias", Mammal)
Animal = Annotated[Mammal | Fish, Field(discriminator="kind")]
Vehicle = Annotated[Annotated[Train | Bus, Field(discriminator="kind")] | Ship, Field(discriminator="way")]
ANIMALS = [Cat(lives=3), Dog(kind="dog", age=7), Fish(kind="pike", water="sea")]
NESTED: list[tuple[Any, list[Any]]] = [
    (Animal, ANIMALS),
    (MammalAlias | Fish, ANIMALS),
    (Animal | None, [*ANIMALS, None]),
    (list[Animal], [ANIMALS]),
    (dict[str, Animal], [{"a": ANIMALS[1]}]),
    (Annotated[Animal | Circle, Field(discriminator="kind")], [*ANIMALS, Circle(kind="circle", r=1.5)]),
    (Vehicle, [Train(cars=3), Bus(line="B"), Ship(port="there")]),
]


@pytest.mark.parametrize(("kind", "values"), NESTED, ids=str)
def test_unions_inside_each_other_show_the_member_that_they_hold(kind: Any, values: list[Any]) -> None:
    """The members of a union in a union, behind a discriminator or an alias, are members like any other."""
    entry: Any = create_model("Entry", value=(kind, ...))
    action = define_action(input=entry, handler=take_any, accept="form")
    assert action.definition.input is not None
    plan = FormPlan(action.definition.input, Codec[Any](entry))

    for value in values:
        pairs = sent(render_form(form_fields(action, values=entry(value=value)), name="take", url="?"))
        assert plan.decode(pairs) == entry(value=value)


@pytest.mark.parametrize("kind", [Animal, MammalAlias | Fish])
def test_unions_inside_each_other_are_one_choice(kind: Any) -> None:
    """A page offers all kinds at once, and shows the fields of the one that was chosen."""
    entry: Any = create_model("Entry", value=(kind, ...))
    action = define_action(input=entry, handler=take_any, accept="form")

    markup = render_form(form_fields(action, values=[("value.kind", "dog"), ("value.age", "8")]), name="take", url="?")
    options = [element.get("value") for element in parsed(markup).iter("option")]

    assert [option for option in options if option] == ["cat", "dog", "carp", "pike"]
    assert ("value.age", "8") in sent(markup)

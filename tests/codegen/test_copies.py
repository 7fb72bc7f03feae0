"""Copies of what people really write: names inside names, defaults, serializers, computed values."""

from __future__ import annotations

import copy
import datetime
import importlib
import math
import pickle
import re
import sys
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from codegen import golden
from kinds import same
from pydantic import TypeAdapter, ValidationError
from sanic import Sanic

from sanic_actions import DefinitionError
from sanic_actions._cli.trial import try_import
from sanic_actions._wire import Codec
from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import Fake, local

HEAD = """
from __future__ import annotations
import builtins, dataclasses, datetime, decimal, enum, uuid
from typing import *
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, RootModel
from pydantic import computed_field, field_serializer, model_serializer
from typing_extensions import TypeAliasType, TypedDict
from sanic_actions import *
"""
Package = Callable[..., tuple[Any, Any, ModuleType]]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Writes a server, generates its package, proves it in a child process: the root, the copies, and the server."""

    def write(name: str, source: str, value: str = "", **others: str) -> tuple[Any, Any, ModuleType]:
        act = f"\n@action\ndef act(value: {value}) -> {value}:\n    return value\nserver = {{'act': act}}\n"
        monkeypatch.syspath_prepend(tmp_path)
        for module, text in {**others, name: source + (act if value else "")}.items():
            (tmp_path / f"{module}.py").write_text(HEAD + text)
        server = importlib.import_module(name)
        texts = generate(server.server, package=f"client_{name}")
        try_import(f"client_{name}", texts)
        golden.put(tmp_path, texts)
        importlib.invalidate_caches()
        return (
            importlib.import_module(f"client_{name}"),
            importlib.import_module(f"client_{name}.models.{name}"),
            server,
        )

    return write


def test_classes_inside_classes_are_there_when_their_class_needs_them(package: Package) -> None:
    """A default, a base and a default factory can be of a class that stands inside, at any depth."""
    _, copies, _ = package(
        "nested",
        '''
class Order(BaseModel):
    """An order."""
    class Status(str, enum.Enum):
        NEW = "new"
    class Base(BaseModel):
        n: int = 1
    class Line(Base):
        """A line."""
        status: Order.Status
    class Deep(BaseModel):
        class Kind(enum.IntEnum):
            ONE = 1
        kind: Kind = Kind.ONE
    status: Status = Status.NEW
    kind: Deep.Kind = Deep.Kind.ONE
    lines: list[Line] = Field(default_factory=lambda: [])
    base: Base = Field(default_factory=Base)
@dataclasses.dataclass
class Parcel:
    class Size(enum.Enum):
        BIG = "big"
    size: Size = Size.BIG
    order: Order.Status = Order.Status.NEW
''',
        "tuple[Order, Parcel]",
    )
    order = copies.Order()

    assert order.status is copies.Order.Status.NEW
    assert order.kind is copies.Order.Deep.Kind.ONE
    assert order.base == copies.Order.Base(n=1)
    assert copies.Order.Line(status="new").status is order.status
    assert copies.Parcel().size is copies.Parcel.Size.BIG
    assert (copies.Order.__doc__, copies.Order.Line.__doc__) == ("An order.", "A line.")


def test_names_may_hide_what_they_are_made_of(package: Package) -> None:
    """A field, a class or a module may be called like a class that it uses, a builtin, a module or an alias of ours."""
    _, copies, server = package(
        "hidden",
        """
import hidden_other, hidden_other as other
class Customer(BaseModel):
    name: str
class Kind(enum.Enum):
    A = "a"
Kinds = Kind
class Booking(BaseModel):
    Customer: Customer
    Kind: Kinds = Kinds.A
    list: int
    str: List[Customer] = []
    datetime: datetime.datetime | None
    hidden_other: other.Customer | None = None
    Booking: Optional[Booking] = None
@dataclasses.dataclass
class Plain:
    Kind: Kinds
    _datetime: int
    _hidden_other: other.Customer
    when: datetime.datetime
class Keys(TypedDict):
    Customer: Customer
    Kind: Kinds
class dict(BaseModel):
    items: List[int]
""",
        "tuple[Booking, Plain, Keys, dict]",
        hidden_other="\nclass Customer(BaseModel):\n    hidden: int = 1\n",
    )
    sent = copies.Booking(
        Customer=copies.Customer(name="Ada"), list=1, datetime=None, str=[copies.Customer(name="Bob")]
    )

    assert type(sent.Customer) is copies.Customer
    assert sent.Kind is copies.Kind.A
    assert server.Booking.model_validate_json(sent.model_dump_json()).str[0].name == "Bob"
    assert TypeAdapter(copies.Keys).validate_python({"Customer": {"name": "x"}, "Kind": "a"})["Kind"] is copies.Kind.A


def test_generic_aliases_may_name_themselves_and_what_comes_later(package: Package) -> None:
    """A generic alias keeps its parameters, for the oldest Python too."""
    _, copies, _ = package(
        "aliased",
        """
T = TypeVar("T")
Tree = TypeAliasType("Tree", "dict[str, Tree[T]] | T", type_params=(T,))
Pair = TypeAliasType("Pair", "tuple[T, Late]", type_params=(T,))
class Late(BaseModel):
    tree: Tree[int] = 1
class Page(BaseModel, Generic[T]):
    items: list[T]
Maybe = TypeAliasType("Maybe", Page[T] | None, type_params=(T,))
class Node(BaseModel):
    children: list[Self] = []
""",
        "tuple[Tree[int], Pair[int], Maybe[int], Node]",
    )

    assert copies.Late(tree={"a": {"b": 1}}).tree == {"a": {"b": 1}}
    with pytest.raises(ValidationError):
        copies.Late(tree={"a": "x"})
    assert TypeAdapter(copies.Pair[int]).validate_python((1, {})) == (1, copies.Late())
    assert type(copies.Node(children=[copies.Node()]).children[0]) is copies.Node


def test_what_callers_read_ignores_what_they_do_not_know(package: Package) -> None:
    """A server may add a field to a class that forbids others; what callers send keeps the rule."""
    _, copies, _ = package(
        "closed",
        """
class Sent(BaseModel, extra="forbid"):
    a: int
class Read(BaseModel, extra="forbid"):
    a: int
@dataclasses.dataclass
class Plain:
    __pydantic_config__ = ConfigDict(extra="forbid")
    a: int
class Gone(ActionError, code="GONE"):
    inside: Read
@action(raises=[Gone])
def act(sent: Sent) -> tuple[list[Read], Plain]: ...
server = {"act": act}
""",
    )
    body = '{"a": 1, "later": 2}'

    assert copies.Read.model_validate_json(body).a == 1
    assert TypeAdapter(copies.Plain).validate_json(body).a == 1
    with pytest.raises(ValidationError):
        copies.Sent.model_validate_json(body)


def test_serializers_say_what_callers_read(package: Package, serve: Callable[[Any], str]) -> None:
    """The declared return type of a serializer is the type that callers have, and the value that they get."""
    root, copies, server = package(
        "written",
        """
class Money(BaseModel):
    amount: decimal.Decimal
    @model_serializer
    def written(self) -> str:
        return f"{self.amount} EUR"
class Invoice(BaseModel):
    at: datetime.datetime
    tags: Annotated[list[str], PlainSerializer(lambda value: ",".join(value), return_type=str)]
    total: Money
    secret: int = Field(default=1, exclude=True)
    @field_serializer("at")
    def _at(self, value: datetime.datetime) -> str:
        return value.date().isoformat()
class Filter(BaseModel):
    hidden: int = Field(exclude=True)
@action
def invoice(filter: Filter) -> Invoice:
    return Invoice(at=datetime.datetime(2030, 1, 2), tags=["a", "b"], total=Money(amount=filter.hidden))
server = {"invoice": invoice}
""",
    )
    app: Sanic[Any, Any] = Sanic("written")
    app.blueprint(ActionsBlueprint(server.server))
    with root.Client(serve(app)) as client:
        invoice = client.invoice(filter=copies.Filter(hidden=3))

    assert (invoice.at, invoice.tags, invoice.total) == ("2030-01-02", "a,b", "3 EUR")
    assert "secret" not in copies.Invoice.model_fields
    assert not hasattr(copies, "Money")


def test_infinity_that_is_declared_arrives_in_an_error(package: Package) -> None:
    """The field of an error holds the same numbers as that of an output: NaN and infinities where they are declared."""
    root, copies, server = package(
        "infinite_error",
        """
class Gauge(BaseModel):
    value: float = Field(allow_inf_nan=True)
    rest: float = 0
class OutOfRange(ActionError, code="CONFLICT"):
    gauge: Gauge
    limits: list[Annotated[float, Field(allow_inf_nan=True)]]
    most: float = 0
@action(raises=[OutOfRange])
def measure(most: Annotated[float, Field(allow_inf_nan=True)]) -> None:
    raise OutOfRange("far", gauge=Gauge(value=float("-inf")), limits=[float("inf"), float("nan")], most=most)
server = {"measure": measure}
""",
    )
    app: Sanic[Any, Any] = Sanic("infinite_error")
    app.blueprint(ActionsBlueprint(server.server))

    with local(app, root.Client) as client:
        error = client.measure.safe(most=1.5).error
        undeclared = client.measure.safe(most=math.inf).error

    assert type(error) is copies.OutOfRange
    assert (error.gauge, error.limits[0], error.most) == (copies.Gauge(value=-math.inf), math.inf, 1.5)
    assert math.isnan(error.limits[1])
    assert undeclared.code == "INTERNAL_SERVER_ERROR"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("set[Frozen]", "{Frozen(x=1), Frozen(x=2)}"),
        ("frozenset[Point]", "frozenset({Point(1, ('a',)), Point(2)})"),
        ("Holder", "Holder(places={Place(1, Colour.RED)}, points={Point(1)})"),
        ("dict[str, set[Numbers]]", "{'a': {Numbers((1, 2))}}"),
        ("Raw", "{'data': b'\\xff'}"),
        ("tuple[Raw, set[Frozen]]", "({'data': b'\\xff'}, {Frozen(x=1)})"),
    ],
)
def test_sets_of_objects_and_bytes_are_returned_by_servers_and_fakes(package: Package, kind: str, value: str) -> None:
    """Members of a set that are objects stay objects, for the client of a server and for that of a test."""
    name = f"sets_{kind.partition('[')[0].lower()}"
    root, copies, server = package(
        name,
        """
class Colour(enum.Enum):
    RED = "red"
class Frozen(BaseModel, frozen=True):
    x: int
class Numbers(RootModel[tuple[int, ...]], frozen=True):
    pass
@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    tags: tuple[str, ...] = ()
class Place(NamedTuple):
    x: int
    colour: Colour
class Raw(TypedDict):
    __pydantic_config__ = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")
    data: bytes
class Holder(BaseModel):
    places: set[Place]
    points: set[Point]
class Wrong(ActionError, code="CONFLICT"):
    value: KIND
@action(raises=[Wrong])
def fail(value: KIND) -> None:
    raise Wrong("no", value=value)
@action
def each(value: KIND) -> Iterator[KIND]:
    yield value
@action
def act(value: KIND) -> KIND:
    return value
server = {"act": act, "fail": fail, "each": each}
""".replace("KIND", kind),
    )
    sent = eval(value, vars(copies).copy())
    app: Sanic[Any, Any] = Sanic(name)
    app.blueprint(ActionsBlueprint(server.server))
    fake = Fake(root.Client)
    fake.on(fake.client.act).returns(sent)
    fake.on(fake.client.each).returns([sent])
    fake.on(fake.client.fail).raises(copies.Wrong("no", value=sent))

    with local(app, root.Client) as client:
        for each in (client, fake.client):
            assert same(each.act(value=sent), sent)
            assert same(list(each.each(value=sent)), [sent])
            assert same(each.fail.safe(value=sent).error.value, sent)


def test_excluded_field_of_a_class_that_is_read_and_written_is_sent(package: Package) -> None:
    """A field that the server never writes is sent where it was given, and no answer seems to hold its default."""
    root, copies, server = package(
        "never_read",
        """
T = TypeVar("T")
class Plain(BaseModel):
    x: int
    note: str = Field("s", exclude=True)
class Closed(BaseModel, frozen=True, extra="forbid", populate_by_name=True, validate_default=True):
    x: int
    note: str = Field("s", exclude=True, alias="n")
@dataclasses.dataclass
class Data:
    x: int
    note: Annotated[str, Field(exclude=True)] = "s"
class Generic_(BaseModel, Generic[T]):
    x: T
    note: str = Field(default_factory=lambda: "s", exclude=True)
class Sub(Generic_[int]):
    more: int = 0
READ = []
@action
def plain(value: Plain) -> Plain: return READ.append(value) or value
@action
def closed(value: Closed) -> Closed: return READ.append(value) or value
@action
def data(value: Data) -> Data: return READ.append(value) or value
@action
def sub(value: Sub) -> Sub: return READ.append(value) or value
server = {"plain": plain, "closed": closed, "data": data, "sub": sub}
""",
    )
    app: Sanic[Any, Any] = Sanic("never_read")
    app.blueprint(ActionsBlueprint(server.server))

    with local(app, root.Client) as client:
        for call, copied in ((client.plain, copies.Plain), (client.closed, copies.Closed), (client.data, copies.Data)):
            _assert_never_read(call, copied)
        _assert_never_read(client.sub, copies.Sub)

    assert [value.note for value in server.READ] == ["t", "s"] * 4


def _assert_never_read(call: Any, copied: Any) -> None:
    answers = [call(value=copied(x=1, note="t")), call(value=copied(x=1))]
    assert answers[0] == answers[1] == copied(x=1)
    for answer in answers:
        with pytest.raises(AttributeError, match="note was not given here, and the server never writes it"):
            _ = answer.note


def test_serializers_of_the_same_type_travel_both_ways(package: Package, serve: Callable[[Any], str]) -> None:
    """A serializer that declares its field's own type changes values only: its class is an input and an output."""
    root, copies, server = package(
        "own",
        """
T = TypeVar("T")
def cents(value: decimal.Decimal) -> decimal.Decimal:
    return round(value, 2)
class Price(BaseModel):
    net: decimal.Decimal = Field(ge=0)
    gross: Annotated[decimal.Decimal | None, Field(le=1000), PlainSerializer(cents, when_used="unless-none")] = None
    @field_serializer("net")
    def write_net(self, value: decimal.Decimal) -> decimal.Decimal:
        return round(value, 2)
class Box(BaseModel, Generic[T]):
    items: list[T]
    @field_serializer("items")
    def write_items(self, items: list[T]) -> list[T]:
        return items[:2]
""",
        value="Box[Price]",
    )
    app: Sanic[Any, Any] = Sanic("own")
    app.blueprint(ActionsBlueprint(server.server))
    sent = [copies.Price(net="1.239"), copies.Price(net="3", gross="2.345"), copies.Price(net="4")]

    with root.Client(serve(app)) as client:
        box = client.act(value=copies.Box[copies.Price](items=sent))

    assert [(str(price.net), str(price.gross)) for price in box.items] == [("1.24", "None"), ("3.00", "2.34")]
    with pytest.raises(ValidationError):
        copies.Price(net="-1")


FACTORIES = """
from pydantic.dataclasses import dataclass as checked
numbers = [5]
def make():
    return numbers[0]
@dataclasses.dataclass
class Plain:
    __pydantic_config__ = ConfigDict(validate_default=True)
    n: int = dataclasses.field(default_factory=make)
@dataclasses.dataclass
class Inherited(Plain):
    m: int = dataclasses.field(default_factory=make)
@checked(config=ConfigDict(validate_default=True))
class Checked:
    n: decimal.Decimal = Field(default_factory=make)
    left: decimal.Decimal = Field(default_factory=make, validate_default=False)
@checked
class Fields:
    n: decimal.Decimal = Field(default_factory=lambda: 5, validate_default=True)
    many: list[decimal.Decimal] = Field(default_factory=lambda: [5], validate_default=True)
class Model(BaseModel):
    n: decimal.Decimal = Field(default_factory=make)
    tags: set[int] = Field(default_factory=list)
    many: dict[str, decimal.Decimal] = Field(default_factory=lambda: {"a": 5})
class Holder(BaseModel):
    plain: Inherited
    checked: Checked
    fields: Fields
    model: Model
@action
def give() -> Holder:
    return Holder(plain=Inherited(), checked=Checked(), fields=Fields(), model=Model())
@action
def act(value: Holder) -> Holder:
    return value
server = {"act": act, "give": give}
"""


def test_factories_of_near_types_and_of_the_server_s_own(package: Package, serve: Callable[[Any], str]) -> None:
    """What a default factory makes is of the declared type on both sides, whether or not its class validates it."""
    root, copies, server = package("factories", FACTORIES)
    app: Sanic[Any, Any] = Sanic("factories")
    app.blueprint(ActionsBlueprint(server.server))
    built = copies.Holder(
        plain=copies.Inherited(), checked=copies.Checked(), fields=copies.Fields(), model=copies.Model()
    )

    with root.Client(serve(app)) as client:
        given, back = client.give(), client.act(value=built)

    five = Decimal(5)
    assert same(given, back)
    assert same((given.plain.n, given.plain.m), (5, 5))
    assert same((given.checked.n, given.checked.left, given.model.n), (five, five, five))
    assert same((built.fields.n, built.fields.many), (five, [five]))
    assert same((built.model.tags, built.model.many), (set(), {"a": five}))


def test_names_that_hide_each_other(package: Package) -> None:
    """A class may stand in one whose name is that of a class inside the other."""
    _, copies, _ = package(
        "crossed",
        """
class Item(BaseModel):
    class Order(BaseModel):
        class Line(BaseModel):
            n: int = 1
        line: Line = Line()
    line: Order.Line = Order.Line()
Outer = Item.Order
class Order(BaseModel):
    class Item(BaseModel):
        order: Outer = Outer()
    item: Item = Item()
""",
        value="Order",
    )

    assert copies.Order().item.order.line.n == 1
    assert type(copies.Order().item.order) is copies.Item.Order


OWN_SELF = """
T = TypeVar("T")
class Node(BaseModel):
    children: list[Self] = []
    parent: Self | None = None
class Named(Node):
    name: str = ""
class Deep(Named):
    depth: int = 0
class Box(BaseModel, Generic[T]):
    value: T
    boxes: list[Self] = []
class Numbers(Box[int]):
    more: int = 0
@dataclasses.dataclass
class Row:
    rows: list[Self] = dataclasses.field(default_factory=list)
@dataclasses.dataclass
class Cell(Row):
    text: str = ""
class All(BaseModel):
    deep: Deep
    numbers: Numbers
    cell: Cell
"""


def test_self_is_the_class_that_inherits_it(package: Package, serve: Callable[[Any], str]) -> None:
    """A field of ``Self`` holds, in a class that inherits it, objects of that class: nothing of them is lost."""
    root, copies, server = package("own_self", OWN_SELF, value="All")
    app: Sanic[Any, Any] = Sanic("own_self")
    app.blueprint(ActionsBlueprint(server.server))
    sent = copies.All(
        deep=copies.Deep(children=[copies.Deep(name="a", depth=1)], parent=copies.Deep(depth=2)),
        numbers=copies.Numbers(value=1, boxes=[copies.Numbers(value=2, more=3)]),
        cell=copies.Cell(rows=[copies.Cell(text="b")]),
    )

    with root.Client(serve(app)) as client:
        back = client.act(value=sent)

    assert same(back, sent)
    assert type(back.deep.children[0]) is copies.Deep


CONSTANTS = """
import collections, fractions, ipaddress, pathlib, zoneinfo
import pydantic
class Queued(BaseModel):
    n: int = 1
class Constants(BaseModel):
    url: pydantic.HttpUrl = pydantic.HttpUrl("http://x.org/a?b=1")
    dsn: pydantic.PostgresDsn = "postgres://u@h/d"
    number: complex = 1 + 2j
    size: pydantic.ByteSize = "1KiB"
    counts: collections.Counter[str] = collections.Counter({"a": 2})
    ordered: collections.OrderedDict[str, int] = collections.OrderedDict(b=1, a=2)
    queue: collections.deque[int] = collections.deque([1, 2])
    queued: collections.deque[Queued] = collections.deque([Queued(n=2)])
    waiting: collections.deque[int] = Field(default_factory=collections.deque)
    tally: collections.Counter[str] = Field(default_factory=collections.Counter)
    places: collections.OrderedDict[str, int] = Field(default_factory=collections.OrderedDict)
    ratio: fractions.Fraction = fractions.Fraction(1, 3)
    zone: zoneinfo.ZoneInfo = zoneinfo.ZoneInfo("UTC")
    pure: pathlib.PurePosixPath = pathlib.PurePosixPath("a/b")
    address: ipaddress.IPv4Interface = ipaddress.IPv4Interface("1.2.3.4/24")
"""


def test_constants_of_any_scalar_are_known_to_callers(package: Package) -> None:
    """A default that is a plain value is that value in the copy, and of the same type."""
    _, copies, server = package("constants", CONSTANTS, value="Constants")

    here: Any = Codec(server.Constants).decode("{}")
    values, other = dict(copies.Constants()), copies.Constants()
    (queued,) = values.pop("queued")
    assert same(values, {name: value for name, value in here if name != "queued"})
    assert (type(queued), queued.n) == (copies.Queued, 2)
    assert all(values[name] is not getattr(other, name) for name in ("queue", "waiting", "tally", "places"))
    assert copies.Constants().size.human_readable() == "1.0KiB"


MIXINS = """
from pydantic import AliasGenerator
from pydantic.alias_generators import to_camel, to_pascal

class Timestamps(BaseModel):
    created_at: int = Field(default_factory=lambda: 1)
    row_version: int = 1

class Kept(BaseModel):
    is_deleted: bool = False

class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

class Before(Camel, Timestamps, Kept):
    first_name: str = ""

class After(Timestamps, Kept, Camel):
    first_name: str = ""

class Renamed(Before):
    model_config = ConfigDict(alias_generator=to_pascal)

class Counted(Timestamps):
    first_name: str = ""
    @computed_field
    @property
    def name_length(self) -> int:
        return len(self.first_name)

class Checked(Counted):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, validate_default=True)

class Split(Timestamps):
    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=to_camel, serialization_alias=to_camel)
    )

class Tagged(Before):
    @field_serializer("row_version")
    def write_version(self, version: int) -> str:
        return f"v{version}"

@action
def before(value: Before) -> Before:
    return value
@action
def after(value: After) -> After:
    return value
@action
def renamed(value: Renamed) -> Renamed:
    return value
@action
def split(value: Split) -> Split:
    return value
@action
def checked(value: Checked) -> Checked:
    return value
@action
def tagged() -> Tagged:
    return Tagged(row_version=3)
server = {"before": before, "after": after, "renamed": renamed, "split": split, "checked": checked, "tagged": tagged}
"""


def test_fields_of_mixins_are_those_of_the_class(package: Package, serve: Callable[[Any], str]) -> None:
    """Aliases, serializers and options of a class apply to what it inherits: nothing is lost on the way."""
    root, copies, server = package("mixins", MIXINS)
    app: Sanic[Any, Any] = Sanic("mixins")
    app.blueprint(ActionsBlueprint(server.server))

    with root.Client(serve(app)) as client:
        for name in ("before", "after", "renamed", "split"):
            cls = getattr(copies, name.title())
            more = {} if name == "split" else {"is_deleted": True, "first_name": "Ada"}
            sent = cls(created_at=5, row_version=2, **more)
            assert getattr(client, name)(value=sent) == sent
            assert getattr(client, name)(value=cls()).created_at == 1
        checked = client.checked(value=copies.Checked(first_name="Ada"))
        assert (checked.name_length, checked.created_at) == (3, 1)
        assert client.tagged().row_version == "v3"
        assert client.tagged().created_at == 1


GENERATED = """
from pydantic import dataclasses as checked
from pydantic import AliasGenerator
from pydantic.alias_generators import to_camel
CAMEL = ConfigDict(alias_generator=to_camel)
class Model(BaseModel):
    model_config = CAMEL
    user_id: int
@dataclasses.dataclass
class Plain:
    __pydantic_config__ = CAMEL
    user_id: int
    line_count: Annotated[int, Field(alias="lines")] = 3
@checked.dataclass(config=CAMEL)
class Checked:
    user_id: int
class Row(TypedDict):
    __pydantic_config__ = CAMEL
    user_id: int
class Split(TypedDict):
    __pydantic_config__ = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))
    user_id: int
class All(NamedTuple):
    model: Model
    plain: Plain
    checked: Checked
    row: Row
    split: Split
"""


def test_generated_aliases_are_known_to_callers(package: Package, serve: Callable[[Any], str]) -> None:
    """Aliases that a configuration generates are those of the copy, of dataclasses and typed dicts too."""
    client, copies, module = package("generated", GENERATED, "All")
    app: Sanic[Any, Any] = Sanic("generated")
    app.blueprint(ActionsBlueprint(module.server))
    dicts = {"user_id": 4}, {"user_id": 5}
    sent = copies.All(copies.Model(user_id=1), copies.Plain(user_id=2), copies.Checked(user_id=3), *dicts)

    with client.Client(serve(app)) as actions:
        assert same(actions.act(value=sent), sent)


CHECKED = """
from pydantic import dataclasses as checked
T, K = TypeVar("T"), TypeVar("K")
@checked.dataclass
class Item(Generic[T]):
    value: T
    more: Optional[list[T]] = None
    inner: Optional[Item[T]] = None
@checked.dataclass
class Pair(Generic[K, T]):
    left: dict[str, K]
    right: Item[Annotated[T, Field(description="right")]]
"""


def test_dataclasses_of_pydantic_are_generic(package: Package, serve: Callable[[Any], str]) -> None:
    """The values of a generic dataclass of pydantic are of the types that it is used with."""
    client, copies, module = package("checked", CHECKED, "Pair[datetime.date, decimal.Decimal]")
    app: Sanic[Any, Any] = Sanic("checked")
    app.blueprint(ActionsBlueprint(module.server))
    item = copies.Item(Decimal("1.50"), [Decimal(2)], copies.Item(Decimal(3)))
    sent = copies.Pair({"a": datetime.date(2030, 1, 2)}, item)

    with client.Client(serve(app)) as actions:
        assert same(actions.act(value=sent), sent)


SHELF = """
from shelf_pages import *
class Shelf(BaseModel, Generic[T]):
    page: Page[T]
    pages: list[Page[T]] = []
    maybe: MaybePage[T] = None
class Numbered(Page[T], Generic[T]):
    number: int
class Book(BaseModel, Generic[T]):
    shelf: Shelf[T]
    last: Numbered[T]
    tree: Optional[Wood[T]] = None
class Wood(Root[T], Generic[T]):
    size: int = 0
"""
PAGES = """
T = TypeVar("T")
class Page(BaseModel, Generic[T]):
    items: list[T]
class Tree(BaseModel, Generic[T]):
    value: T
    inner: list[Tree[T]] = []
class Root(Tree[T], Generic[T]):
    title: str = ""
MaybePage = TypeAliasType("MaybePage", Optional[Page[T]], type_params=(T,))
"""


def test_generic_models_pass_their_own_type_variable_on(package: Package, serve: Callable[[Any], str]) -> None:
    """A generic model that hands its type variable on does so in a copy, in another module and in stubs too."""
    client, copies, module = package("shelves", SHELF, "Book[datetime.date]", shelf_pages=PAGES)
    app: Sanic[Any, Any] = Sanic("shelves")
    app.blueprint(ActionsBlueprint(module.server))
    page = module.Page[datetime.date](items=[datetime.date(2030, 1, 2)])
    shelf = module.Shelf[datetime.date](page=page, pages=[page], maybe=page)
    last = module.Numbered[datetime.date](items=[datetime.date(2030, 1, 3)], number=1)
    tree = {"value": datetime.date(2030, 1, 4), "inner": [{"value": datetime.date(2030, 1, 5)}]}
    texts = generate(module.server, package="client_shelves")

    with client.Client(serve(app)) as actions:
        book = actions.act(value=module.Book[datetime.date](shelf=shelf, last=last, tree=tree).model_dump())
    assert isinstance(book, copies.Book)
    for got in (book.shelf.page, book.shelf.pages[0], book.shelf.maybe, book.last):
        assert type(got.items[0]) is datetime.date
    assert type(book.tree.inner[0].value) is datetime.date
    stub = texts["client_shelves/models/shelves.pyi"]
    for line in (
        "page: _shelf_pages.Page[_T]",
        "class Numbered(_shelf_pages.Page[_T], ",
        "shelf: Shelf[_T]",
        "last: Numbered[_T]",
    ):
        assert line in stub
    assert "inner: list[Tree[_T]]" in texts["client_shelves/models/shelf_pages.pyi"]
    assert "Page[_T] | None" in texts["client_shelves/models/shelf_pages.pyi"].partition("MaybePage = ")[2]


LIMITS = {
    # The limits of a type variable, and what its copy has of them.
    "bound='Shape'": "bound=Shape",
    "bound=list['Shape']": "bound=list[Shape]",
    "bound='Shape | list[Shape]'": "bound=Shape | list[Shape]",
    "bound=Optional['Shape']": "bound=Shape | None",
    "bound=Sized": "bound=_collections_abc.Sized",
    "bound=Protocol_": "",
    "bound=Own": "",
    "bound=list[Own]": "",
    "bound='OnlyForCheckers'": "",
    "bound=Callable[[int], int]": "",
    "int, 'Shape'": "int, Shape",
    "int, Own": "",
    "int, 'OnlyForCheckers'": "",
    "default='Shape'": "default=Shape",
    "default=Other": "default=Other",
    "bound='Shape', default='Other'": "bound=Shape, default=Other",
    "bound=Own, default='Other'": "default=Other",
    "default=Own": "",
}


def test_limits_of_type_variables_may_be_named_and_need_not_be_copied(package: Package) -> None:
    """A limit matters to type checkers only: one is copied where its classes are, whichever way they are named."""
    classes = "".join(
        f"""
V{number} = LimitedTypeVar("V{number}", {limits})
@dataclasses.dataclass
class Box{number}(Generic[V{number}]):
    value: V{number}
"""
        for number, limits in enumerate(LIMITS)
    )
    boxes = ", ".join(f"Box{number}[Shape]" for number in range(len(LIMITS)))
    root, copies, server = package(
        "limited_variables",
        f"""
from typing_extensions import TypeVar as LimitedTypeVar
class Protocol_(Protocol):
    x: int
class Own:
    pass
class Other(BaseModel):
    x: int = 1
{classes}
class Shape(Other):
    pass
Named = TypeVar("Named", bound="Shape")
class Held(BaseModel, Generic[Named]):
    value: Named
""",
        f"tuple[Held[Shape], {boxes}]",
    )
    stub = Path(copies.__file__).with_suffix(".pyi").read_text()
    shown = dict(re.findall(r"TypeVar\('_V(\d+)'(?:, )?(.*)\)$", stub, re.MULTILINE))
    app: Sanic[Any, Any] = Sanic("limited_variables")
    app.blueprint(ActionsBlueprint(server.server))

    assert {limits: shown[str(number)] for number, limits in enumerate(LIMITS)} == LIMITS
    assert "TypeVar('_Named', bound=Shape)" in stub
    assert all(f"class {each}(" in stub for each in ("Shape", "Other"))
    with local(app, root.Client) as client:
        shape = copies.Shape(x=3)
        held = [getattr(copies, f"Box{number}")(shape) for number in range(len(LIMITS))]
        sent = (copies.Held[copies.Shape](value=shape), *held)
        assert same(client.act(value=sent), sent)


def test_a_copy_may_inherit_from_a_shared_generic_class(package: Package, tmp_path: Path) -> None:
    """The copy of a subclass has the type variable of its base, which may be recursive, and is complete."""
    source = """
from shared_pages import *
class Wood(Tree[T], Generic[T]):
    size: int = 0
"""
    module = package("shared_shelves", source, "Wood[datetime.date]", shared_pages=PAGES)[2]
    texts = generate(module.server, package="sharing_shelves", share=["shared_pages"])
    golden.put(tmp_path, texts)
    copies = importlib.import_module("sharing_shelves.models.shared_shelves")

    tree = copies.Wood[datetime.date](value=datetime.date(2030, 1, 4), inner=[{"value": "2030-01-05"}])

    assert [type(inner.value) for inner in tree.inner] == [datetime.date]
    assert issubclass(copies.Wood, module.Tree)


def test_a_module_may_be_called_like_one_of_python(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its classes are copied: ``import graphlib`` would give callers Python's own."""
    monkeypatch.delitem(sys.modules, "graphlib", raising=False)
    _, copies, module = package("graphlib", "class Point(BaseModel):\n    x: int\n", "Point")
    monkeypatch.delitem(sys.modules, "graphlib")

    assert copies.Point is not module.Point
    assert copies.Point.__module__ == "client_graphlib.models.graphlib"


SHOWN = """
class Login(BaseModel):
    name: str
    password: str = Field(repr=False)
    token: Annotated[Optional[str], Field(repr=False)] = None
    codes: list[str] = Field(default_factory=list, repr=False)
@dataclasses.dataclass
class Card:
    number: str = dataclasses.field(repr=False)
    seen: int = dataclasses.field(default=0, compare=False)
    tags: list[str] = dataclasses.field(default_factory=list, repr=False, kw_only=True)
@dataclasses.dataclass(unsafe_hash=True, repr=False)
class Key:
    name: str
    note: str = dataclasses.field(default="", hash=False)
from pydantic.dataclasses import dataclass as checked
@checked
class Pin:
    code: str = Field(repr=False)
    tries: int = Field(3, repr=False)
class All(BaseModel):
    login: Login
    card: Card
    key: Key
    pin: Pin
def made():
    return uuid.uuid4()
@dataclasses.dataclass
class Ticket:
    code: str = dataclasses.field(repr=False)
    number: uuid.UUID = dataclasses.field(default_factory=made)
    seen: int = dataclasses.field(default=0, compare=False)
class More(All):
    ticket: Ticket
"""


def test_what_a_class_hides_from_its_repr_stays_hidden_in_its_copy(package: Package) -> None:
    """A copy shows in its repr what the server's class shows, and compares and hashes the same fields."""
    _, copies, module = package("shown", SHOWN, "More")

    for source in (copies, module):
        login = source.Login(name="ada", password="s3cret", token="s3cret", codes=["s3cret"])
        pin = source.Pin(code="s3cret", tries=7)
        assert repr(login) == "Login(name='ada')"
        assert repr(source.Card("s3cret", 5, tags=["s3cret"])) == "Card(seen=5)"
        assert repr(pin) == "Pin()"
        assert "grace" not in repr(source.Key("grace"))  # no name that an address in hexadecimal could hold
        assert source.Card("1", 2) == source.Card("1", 3) != source.Card("2", 3)
        number = uuid.UUID(int=1)
        assert "s3cret" not in repr(source.Ticket("s3cret", number))
        assert source.Ticket("1", number, 2) == source.Ticket("1", number, 3) != source.Ticket("2", number, 3)
        assert hash(source.Key("a", "b")) == hash(source.Key("a", "c"))


DEPRECATED = """
from typing_extensions import deprecated
def number():
    return uuid.uuid4()
class Price(BaseModel):
    cents: int = 0
    euros: int = Field(0, ge=0, deprecated="Use cents.")
    pounds: Annotated[int, deprecated("Use euros.")] = Field(0, description="Of old")
    francs: int = Field(0, deprecated=True)
    made: uuid.UUID = Field(default_factory=number, deprecated="Not used.")
class Cheaper(Price):
    euros: int = 1
@dataclasses.dataclass
class Card:
    number: Annotated[int, Field(deprecated="Use code.")] = 0
class Key(TypedDict):
    old: NotRequired[Annotated[int, Field(deprecated="Use new.")]]
@action
def cost(
    old: Annotated[int, Field(deprecated="Use new.")] = 0, older: Annotated[int, Field(ge=1, deprecated=True)] = 1
) -> tuple[Price, Cheaper, Card, Key]:
    \"\"\"Say what something costs.

    Args:
        older: What it was.
    \"\"\"
    return Price(), Cheaper(), Card(), {}
server = {"cost": cost}
"""


def test_deprecated_fields_and_parameters_are_shown_to_callers(
    package: Package, serve: Callable[[Any], str], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    """The docstrings of a package say what is deprecated, and pydantic warns a caller who reads such a field."""
    client, copies, module = package("former", DEPRECATED)
    app: Sanic[Any, Any] = Sanic("former")
    app.blueprint(ActionsBlueprint(module.server))
    models = (tmp_path / "client_former/models/former.pyi").read_text()
    calls = (tmp_path / "client_former/__init__.pyi").read_text()

    for words in ("ge=0. Deprecated: Use cents.", "Of old. Deprecated: Use euros.", '"""Deprecated."""'):
        assert words in models
    for words in ("Deprecated: Use code.", "Deprecated: Use new."):
        assert words in models
    assert "old: Deprecated: Use new.\n" in calls
    assert "older: What it was. Constraints: ge=1. Deprecated.\n" in calls
    with client.Client(serve(app)) as actions:
        price, cheaper, *_ = actions.cost(old=1)
    assert (price.cents, cheaper.cents, repr(price)[:14]) == (0, 0, "Price(cents=0,")
    assert price == copies.Price.model_validate_json(price.model_dump_json())
    assert [str(warning.message) for warning in recwarn if "Use" in str(warning.message)] == []
    for name, message in {"euros": "Use cents.", "pounds": "Use euros.", "francs": "deprecated"}.items():
        with pytest.warns(DeprecationWarning, match=message):
            assert getattr(price, name) == 0
    with pytest.warns(DeprecationWarning, match="Not used."), pytest.raises(AttributeError, match="by the server"):
        copies.Price().made  # noqa: B018  # it is read


LIMITED = """
from pydantic import AnyUrl, StringConstraints, UrlConstraints, UUID4
class Limited(BaseModel):
    key: Optional[UUID4] = None
    page: Annotated[AnyUrl, UrlConstraints(max_length=20, allowed_schemes=["http"])] = AnyUrl("http://x/")
    pages: list[Annotated[AnyUrl, UrlConstraints(host_required=True)]] = []
    code: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=3)] = "abc"
"""


def test_constraints_of_one_type_are_those_of_the_copy(package: Package) -> None:
    """A copy refuses the UUIDs and URLs that the server would refuse, and converts strings as it does."""
    _, copies, module = package("limited", LIMITED, "Limited")

    for cls in (copies.Limited, module.Limited):
        assert cls(code=" ABC ").code == "abc"
        wrong = {"key": uuid.UUID(int=1), "page": "ftp://x/", "pages": ["a:b"], "code": "abcd"}
        for field, value in wrong.items():
            with pytest.raises(ValidationError, match="1 validation error"):
                cls(**{field: value})
        with pytest.raises(ValidationError, match="at most 20 characters"):
            cls(page="http://x/" + "y" * 20)


CODED = """
from pydantic import EncodedBytes, EncodedStr, EncoderProtocol
class Own(EncoderProtocol):
    @classmethod
    def decode(cls, data: bytes) -> bytes:
        return data[1:]
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return b"x" + value
class Coded(BaseModel):
    data: Annotated[bytes, EncodedBytes(encoder=Own)]
    text: dict[str, Annotated[str, EncodedStr(encoder=Own)]]
"""


def test_encoder_of_the_server_cannot_be_copied(package: Package) -> None:
    """An encoder that the server's author wrote is refused: a copy without it would read what was encoded as it is."""
    with pytest.raises(DefinitionError, match="Own, an encoder, is code of the server") as caught:
        package("coded", CODED, "Coded")

    assert "--share coded" in str(caught.value)


def test_literals_of_enum_members_are_those_of_the_copy(package: Package) -> None:
    """So discriminated unions are written: the member of the copy tells the class."""
    _, copies, _ = package(
        "tagged",
        """
class Kind(str, enum.Enum):
    CARD = "card"
    CASH = "cash"
class Card(BaseModel):
    kind: Literal[Kind.CARD] = Kind.CARD
class Cash(BaseModel):
    kind: Literal[Kind.CASH] = Kind.CASH
class Payment(BaseModel):
    by: Annotated[Card | Cash, Field(discriminator="kind")]
""",
        "Payment",
    )
    payment = copies.Payment.model_validate_json('{"by": {"kind": "cash"}}')

    assert type(payment.by) is copies.Cash
    assert payment.by.kind is copies.Kind.CASH


MADE = """
class Address(BaseModel):
    city: str = "here"
class Line(BaseModel):
    n: int
@dataclasses.dataclass
class Point:
    x: int = 1
class Order(BaseModel):
    address: Address = Field(default_factory=Address)
    point: Point = Field(default_factory=Point)
    numbers: list[int] = Field(default_factory=lambda: [1])
    lines: list[Line] = [Line(n=1)]
    points: list[Point] = [Point(2)]
    by_name: dict[str, Line] = Field(default_factory=dict)
    price: decimal.Decimal = Field(0, ge=0)
    at: datetime.datetime = Field(default_factory=datetime.datetime.now)
    code: str = Field(default_factory=lambda: str(uuid.uuid4()))
class More(Order):
    inner: Order = Field(default_factory=lambda: Order())
"""


@pytest.mark.parametrize("name", ["Order", "More"])
def test_defaults_that_every_client_has_are_copied(package: Package, name: str) -> None:
    """Factories that are classes with a copy or collections, constants, and plain values: made anew for each object."""
    _, copies, _ = package("made", MADE, "More")
    order, other = getattr(copies, name)(), getattr(copies, name)()

    assert (order.address, order.point) == (copies.Address(), copies.Point())
    assert (order.numbers, order.lines, order.points) == ([1], [copies.Line(n=1)], [copies.Point(2)])
    assert (order.by_name, str(order.price)) == ({}, "0")
    assert type(order.price).__name__ == "Decimal"
    assert order.lines is not other.lines
    assert order.lines[0] is not other.lines[0]


@pytest.mark.parametrize("name", ["Order", "More"])
def test_reading_a_default_that_only_the_server_makes_is_an_error(package: Package, name: str) -> None:
    """Nothing stands in for it: it is neither read nor written until it is given."""
    _, copies, _ = package("made", MADE, "More")
    order = getattr(copies, name)()

    for field in ("at", "code"):
        with pytest.raises(AttributeError, match=f"{field} is computed by the server, and this object was made here"):
            getattr(order, field)
        assert field not in order.model_dump()
    order.code = "mine"
    assert (order.code, order.model_dump()["code"]) == ("mine", "mine")
    assert pickle.loads(pickle.dumps(order)) == order
    assert copy.deepcopy(order).model_dump() == order.model_dump()
    assert "..." not in repr(order)


@pytest.mark.parametrize("decorator", ["dataclasses.dataclass", "pydantic.dataclasses.dataclass"])
def test_dataclasses_do_not_make_up_what_only_the_server_makes_either(package: Package, decorator: str) -> None:
    """Reading it is an error, and it is neither written nor compared."""
    name = f"records_{decorator.partition('.')[0]}"
    _, copies, _ = package(
        name,
        f"""
import pydantic.dataclasses
@{decorator}
class Note:
    text: str
    at: datetime.datetime = dataclasses.field(default_factory=datetime.datetime.now)
    notes: list[Note] = dataclasses.field(default_factory=list)
class Holder(BaseModel):
    note: Note | int
""",
        "tuple[Note, Holder]",
    )
    note = copies.Note("a", notes=[copies.Note("b")])

    with pytest.raises(AttributeError, match=r"Note.at is computed by the server, and this object was made here"):
        _ = note.at
    assert repr(copies.Note("b")).endswith("Note(text='b', notes=[])")
    assert note == copies.Note("a", notes=[copies.Note("b")])
    assert TypeAdapter(copies.Note).dump_json(note) == b'{"text":"a","notes":[{"text":"b","notes":[]}]}'
    assert copies.Holder(note=copies.Note("b")).model_dump() == {"note": {"text": "b", "notes": []}}
    received = TypeAdapter(copies.Note).validate_json('{"text": "a", "at": "2030-01-01T00:00:00"}')
    assert (received.at.year, received == copies.Note("a")) == (2030, False)


@pytest.mark.parametrize("decorator", ["dataclasses.dataclass", "pydantic.dataclasses.dataclass"])
def test_generic_and_frozen_dataclasses_leave_out_what_only_the_server_makes(package: Package, decorator: str) -> None:
    """A type argument, a hash and a base class change nothing of it."""
    name = f"notes_{decorator.partition('.')[0]}"
    root, copies, server = package(
        name,
        f"""
import pydantic.dataclasses
T = TypeVar("T")
@{decorator}
class Note(Generic[T]):
    text: T
    at: datetime.datetime = dataclasses.field(default_factory=datetime.datetime.now)
@{decorator}(frozen=True)
class Mark:
    text: str
    hidden: str = dataclasses.field(default="", compare=False)
    at: datetime.datetime = dataclasses.field(default_factory=datetime.datetime.now)
@{decorator}(frozen=True)
class Star(Mark):
    size: int = 1
class Held(BaseModel, Generic[T]):
    note: Note[T]
    notes: dict[str, list[Note[T]] | None] = {{}}
""",
        "tuple[Note[int], Held[int], Note[Note[str]], Note[int] | str, set[Mark], frozenset[Star]]",
    )
    held = copies.Held[int](note=copies.Note(1), notes={"a": [copies.Note(2)]})
    marks = {copies.Mark("a"), copies.Mark("a", "x"), copies.Mark("b")}
    app: Sanic[Any, Any] = Sanic(name)
    app.blueprint(ActionsBlueprint(server.server))

    with local(app, root.Client) as client:
        nested, either = copies.Note(copies.Note("b")), copies.Note(4)
        note, received, outer, back, read, (star,) = client.act(
            value=(copies.Note(1), held, nested, either, marks, frozenset({copies.Star("c", size=2)}))
        )

    assert len(marks) == 2
    assert (note.text, received.note.text, received.notes["a"][0].text, outer.text.text, back.text) == (1, 1, 2, "b", 4)
    assert all(
        type(each.at) is datetime.datetime for each in (note, received.note, outer, outer.text, back, star, *read)
    )
    assert ({mark.text for mark in read}, star.size, hash(star) == hash(copies.Star("c", size=2))) == (
        {"a", "b"},
        2,
        False,
    )


def test_computed_values_are_kept_as_they_were_received(package: Package) -> None:
    """A received model is equal to one made here, dumps what was received, and does not send it back."""
    _, copies, _ = package(
        "computing",
        """
class Square(BaseModel):
    side: int
    @computed_field
    @property
    def area(self) -> int:
        return self.side**2
class Cube(Square, frozen=True):
    @computed_field(alias="vol")
    @property
    def volume(self) -> int:
        return self.side**3
@action
def act(cube: Cube) -> list[Cube | int]: ...
server = {"act": act}
""",
    )
    received, own = copies.Cube.model_validate_json('{"side": 2, "area": 4, "vol": 8}'), copies.Cube(side=2)

    assert received == own == received
    assert copies.Cube(side=3) != received
    assert hash(received) == hash(own)
    assert received.model_dump() == {"side": 2, "area": 4, "volume": 8}
    assert received.model_dump(by_alias=True)["vol"] == 8
    assert own.model_dump() == {"side": 2}
    assert (received.area, received.volume, received.model_fields_set) == (4, 8, {"side"})
    assert TypeAdapter(copies.Cube | int).dump_json(own, warnings="error") == b'{"side":2}'
    with pytest.raises(AttributeError, match=r"Square.area is computed by the server"):
        _ = own.area


def test_classes_of_unique_names_are_found_in_models(package: Package) -> None:
    """`from package.models import X` works for each class whose name is unique, and loads its module then."""
    root, copies, _ = package(
        "unique",
        """
import unique_other
class Mine(BaseModel):
    a: int = 1
class Twice(BaseModel):
    other: unique_other.Twice | None = None
    theirs: unique_other.Theirs | None = None
""",
        "tuple[Mine, Twice]",
        unique_other="\nclass Twice(BaseModel):\n    b: int = 1\nclass Theirs(BaseModel):\n    c: int = 1\n",
    )
    models: Any = importlib.import_module(f"{root.__name__}.models")

    assert models.Mine is copies.Mine
    assert models.Theirs is sys.modules[f"{root.__name__}.models.unique_other"].Theirs
    assert not hasattr(models, "Twice")
    assert models.__all__ == ["Mine", "Theirs", "unique", "unique_other"]


def test_package_without_any_action_is_an_error(package: Package) -> None:
    """Actions that pages alone can send are left out; where there are no others, there is nothing to call."""
    with pytest.raises(DefinitionError) as caught:
        package(
            "wrong",
            """
class Inner(BaseModel):
    a: int
    file: UploadedFile
class Outer(BaseModel):
    inner: Inner
@action(accept="form")
def one(outer: Outer) -> None: ...
@action(accept="form")
def two(outers: list[Outer]) -> None: ...
server = {"one": one, "two": two}
""",
        )
    assert [problem.line for problem in caught.value.problems] == [len(HEAD.splitlines()) + line for line in (7, 9)]
    for problem in caught.value.problems:
        assert problem.file.endswith("wrong.py")
        assert "Inner holds a file, which pages can send and calls cannot" in str(problem)

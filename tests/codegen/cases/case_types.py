"""Every type that survives, as an action that gives back what it gets, with values to send.

``ROWS`` holds Python source: the server evaluates the types, callers check them and evaluate the values, each with
classes of their own.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import pathlib
import re
import typing
import uuid
import warnings
from typing import (
    Annotated,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    TypeAlias,
    TypeVar,
    Union,
)

import case_other
import pydantic
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PrivateAttr, RootModel, computed_field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import ReadOnly, TypeAliasType, TypedDict

from sanic_actions import Namespace, action

T = TypeVar("T")
K = TypeVar("K")
Bound = TypeVar("Bound", bound=BaseModel)
Few = TypeVar("Few", int, str)

Id = NewType("Id", int)
Plain: TypeAlias = list[int]
Positive = Annotated[int, Field(gt=0, le=10)]
Tree = TypeAliasType("Tree", "list[Tree] | int")
Pairs = TypeAliasType("Pairs", list[tuple[T, T]], type_params=(T,))
Number = TypeAliasType("Number", "Annotated[int, Field(ge=0)]")


class Colour(enum.Enum):
    """What it looks like."""

    RED = "red"
    GREEN = "green"


class Mixed(enum.Enum):
    ONE = 1
    TWO = "two"
    HALF = 0.5


class Text(str, enum.Enum):  # noqa: UP042  # the older spelling
    YES = "yes"
    NO = "no"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Word(enum.StrEnum):
    A = "a"
    TITLE = "title"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = 3


class Bits(enum.IntFlag):
    ONE = 1
    TWO = 2


class Address(BaseModel):
    """Where someone lives.

    With "quotes", '''single''' ones, \"""triple\""" ones, a \\ and ünïcödé \u202e.
    """

    city: str = Field(description='Ends in a quote: "x"')
    zip: Annotated[str, Field(min_length=1, pattern=r"^\d+$")] = "0"


class Person(BaseModel):
    name: str
    nick: str | None
    age: int | None = None
    colour: Colour = Colour.RED
    home: Address = Address(city="Here")
    tags: set[str] = Field(default_factory=set)
    made: datetime.datetime = Field(default_factory=lambda: datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    _secret: int = PrivateAttr(default=1)


class Employee(Person):
    boss: Employee | None = None
    skills: dict[str, int] = {}


class Frozen(BaseModel, frozen=True):
    x: int
    y: int = 0


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the names are what this class is for

    class Names(BaseModel):
        """Fields that are called like other things."""

        model_config = ConfigDict(protected_namespaces=())

        self: int
        cls: int
        json: str  # type: ignore[assignment]  # what this class is for
        copy: str = "c"  # type: ignore[assignment]  # what this class is for
        list: int
        str: int
        type: str  # type: ignore[valid-type]  # what this class is for
        model_x: int = 0
        Address: int = 1
        datetime: int = 2
        property: int = 3


class Keyword(BaseModel):
    class_: str = Field(alias="class")
    from_: int = Field(default=0, validation_alias=AliasChoices("from", "since"), serialization_alias="from-now")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    a: int


class Anything(BaseModel, extra="allow"):
    a: int = 1


class Closed(BaseModel, extra="forbid"):
    a: int


class Blob(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    data: bytes = b"\xff"


class Square(BaseModel):
    side: int

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator on a property
    @property
    def area(self) -> int:
        """What it covers."""
        return self.side**2


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    age: int


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Owner(BaseModel):
    pet: Pet
    pets: list[Pet] = []
    more: Cat | Dog | None = Field(default=None, discriminator="kind")


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int = 0


class Cats(Page[Cat]):
    best: Cat | None = None


class Pair(BaseModel, Generic[T, K]):
    one: T
    other: K


class Box(BaseModel, Generic[Bound]):
    inside: Bound


class Either(BaseModel, Generic[Few]):
    value: Few


class Tags(RootModel[list[str]]):
    """A list that has a name."""


class Index(RootModel[dict[str, int]]):
    root: dict[str, int] = {}


class Wrapped(RootModel[T], Generic[T]):
    pass


class Options(TypedDict):
    a: int
    b: NotRequired[str]
    c: ReadOnly[int]


class Partial(TypedDict, total=False):
    a: int
    items: list[Address]


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Version:
    major: int
    minor: int = 0


@dataclasses.dataclass
class Point3(Point):
    z: int = dataclasses.field(default=0, kw_only=True)


@dataclasses.dataclass
class Held(Generic[T]):
    item: T


@pydantic_dataclass
class Checked:
    a: int
    b: str = Field(default="x", alias="bee")


@pydantic_dataclass(order=True, kw_only=True)
class More(Checked):
    c: int = 3


class Place(NamedTuple):
    x: int
    y: float = 0.5


class Outer(BaseModel):
    class Inner(BaseModel):
        class Deepest(BaseModel):
            z: int

        deep: Deepest

    inner: Inner


class Same(BaseModel):
    """Not the one of the other module."""

    number: int
    other: case_other.Same | None = None


class Near(BaseModel):
    far: case_other.Far | None = None


case_other.Far.model_rebuild(_types_namespace={"Near": Near})


class FromFar(case_other.FarBase):
    here: str


class Node(BaseModel):
    value: int
    children: list[Node] = []
    by_name: dict[str, Node] = {}


ROWS: dict[str, tuple[str, ...]] = {
    # name: type, values
    "text": ("str", "''", "'ä\\x00\\u2028\"'", "'😀'"),
    "whole": ("int", "0", "-(2**70)"),
    "fraction": ("float", "0.1", "-0.0", "1e300"),
    "truth": ("bool", "True", "False"),
    "nothing": ("None", "None"),
    "raw": ("bytes", "b''", "bytes(range(256))"),
    "moment": (
        "datetime.datetime",
        "datetime.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)",
        "datetime.datetime(2020, 1, 2, 3, 4, 5)",
        "datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=-3, minutes=-30)))",
    ),
    "day": ("datetime.date", "datetime.date(1, 1, 1)"),
    "hour": ("datetime.time", "datetime.time(1, 2, 3, 4)", "datetime.time(1, tzinfo=datetime.UTC)"),
    "span": ("datetime.timedelta", "datetime.timedelta(-1, 3, 7)"),
    "exact": ("decimal.Decimal", "decimal.Decimal('1.500')", "decimal.Decimal('-1E+20')"),
    "id": ("uuid.UUID", "uuid.UUID(int=7)"),
    "enumeration": ("Colour", "Colour.GREEN"),
    "mixed": ("Mixed", "Mixed.ONE", "Mixed.TWO", "Mixed.HALF"),
    "text_enum": ("Text", "Text.NO"),
    "size": ("Size", "Size.LARGE"),
    "word": ("Word", "Word.TITLE"),
    "rights": ("Rights", "Rights.READ | Rights.WRITE", "Rights(0)"),
    "bits": ("Bits", "Bits.ONE | Bits.TWO", "Bits(0)"),
    "literal": ("Literal['a', 1, True, None]", "'a'", "1", "True", "None"),
    "ip4": ("ipaddress.IPv4Address", "ipaddress.IPv4Address('127.0.0.1')"),
    "ip6": ("ipaddress.IPv6Address", "ipaddress.IPv6Address('::1')"),
    "network": ("ipaddress.IPv4Network", "ipaddress.IPv4Network('10.0.0.0/8')"),
    "path": ("pathlib.Path", "pathlib.Path('/a/b')"),
    "url": ("pydantic.AnyUrl", "pydantic.AnyUrl('http://ü.example/?q=%20#f')"),
    "http_url": ("pydantic.HttpUrl", "pydantic.HttpUrl('https://example.com/a')"),
    "many": ("list[int]", "[]", "[1, 2]"),
    "set_": ("set[str]", "{'a', 'b'}", "set()"),
    "frozen_set": ("frozenset[decimal.Decimal]", "frozenset({decimal.Decimal('1.0')})"),
    "pair": ("tuple[int, str]", "(1, 'a')"),
    "row": ("tuple[float, ...]", "()", "(1.0, 2.5)"),
    "empty": ("tuple[()]", "()"),
    "deque": ("collections.deque[int]", "collections.deque([1, 2])"),
    "by_int": ("dict[int, str]", "{1: 'a', -2: 'b'}"),
    "by_enum": ("dict[Colour, int]", "{Colour.RED: 1}"),
    "by_uuid": ("dict[uuid.UUID, list[int]]", "{uuid.UUID(int=1): [1]}"),
    "by_date": ("dict[datetime.date, Size]", "{datetime.date(2020, 1, 1): Size.SMALL}"),
    "optional": ("Optional[int]", "None", "0"),
    "union": ("int | str | list[int] | None", "1", "'1'", "[1]", "None"),
    "old_union": ("Union[bool, Address]", "True", "Address(city='a')"),
    "constrained": ("Positive", "1"),
    "model": (
        "Person",
        "Person(name='a', nick=None, made=datetime.datetime(2021, 1, 1))",
        "Person(name='b', nick='c', age=1, tags={'x'}, made=datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC))",
    ),
    "inherited": (
        "Employee",
        "Employee(name='a', nick='b', skills={'x': 1}, made=datetime.datetime(1, 1, 1), boss="
        "Employee(name='c', nick=None, made=datetime.datetime(1, 1, 1)))",
    ),
    "frozen": ("Frozen", "Frozen(x=1)"),
    "names": ("Names", "Names(self=1, cls=2, json='j', list=3, str=4, type='t', model_x=5)"),
    "keyword": ("Keyword", "Keyword(class_='c', from_=1)"),
    "open_": ("Open", "Open(a=1, more=2)"),
    "anything": ("Anything", "Anything(a=1, more=[1, None, {'a': 'b'}])"),
    "closed": ("Closed", "Closed(a=1)"),
    "blob": ("Blob", "Blob(data=b'\\xff\\x00')"),
    "pet": ("Pet", "Cat(lives=9)", "Dog(age=1)"),
    "owner": ("Owner", "Owner(pet=Cat(lives=1), pets=[Dog(age=2)], more=Dog(age=3))"),
    "page": ("Page[Page[int]]", "Page[Page[int]](items=[Page[int](items=[1], total=1)])"),
    "cats": ("Cats", "Cats(items=[Cat(lives=1)], best=Cat(lives=2))"),
    "two": ("Pair[int, list[Cat]]", "Pair[int, list[Cat]](one=1, other=[Cat(lives=1)])"),
    "box": ("Box[Address]", "Box[Address](inside=Address(city='a'))"),
    "few": ("Either[str]", "Either[str](value='a')"),
    "tags": ("Tags", "Tags(['a'])"),
    "index": ("Index", "Index({'a': 1})", "Index()"),
    "wrapped": ("Wrapped[list[int]]", "Wrapped[list[int]]([1])"),
    "options": ("Options", "{'a': 1, 'c': 2}", "{'a': 1, 'b': 'x', 'c': 2}"),
    "partial": ("Partial", "{}", "{'items': [Address(city='a')]}"),
    "point": ("Point", "Point(1)", "Point(1, 2, ['a'])"),
    "point3": ("Point3", "Point3(1, z=3)"),
    "version": ("Version", "Version(major=1)"),
    "held": ("Held[Colour]", "Held(Colour.RED)"),
    "checked": ("Checked", "Checked(1)", "Checked(a=1, b='y')"),
    "more": ("More", "More(a=1, c=2)"),
    "place": ("Place", "Place(1)", "Place(1, 2.0)"),
    "nested": ("Outer", "Outer(inner=Outer.Inner(deep=Outer.Inner.Deepest(z=1)))"),
    "inner": ("Outer.Inner.Deepest", "Outer.Inner.Deepest(z=1)"),
    "same": ("Same", "Same(number=1, other=case_other.Same(text='a'))"),
    "other_same": ("case_other.Same", "case_other.Same(text='a')"),
    "near": ("Near", "Near(far=case_other.Far(back=Near()))"),
    "from_far": ("FromFar", "FromFar(here='h')"),
    "node": ("Node", "Node(value=1, children=[Node(value=2)], by_name={'a': Node(value=3)})"),
    "new_type": ("Id", "Id(1)"),
    "new_types": ("dict[Id, Id]", "{Id(1): Id(2)}"),
    "plain_alias": ("Plain", "[1]"),
    "tree": ("Tree", "1", "[1, [2, []]]"),
    "pairs": ("Pairs[int]", "[(1, 2)]"),
    "number": ("Number", "1"),
    "json": ("pydantic.JsonValue", "None", "{'a': [1, 1.5, 'x', None, True]}"),
}


def echo(kind: typing.Any) -> typing.Any:
    """An action that gives back what it gets."""

    def given(value: typing.Any) -> typing.Any:
        """Give back the value."""
        return value

    given.__annotations__ = {"value": kind, "return": kind}
    return action(given)


def bare(kind: typing.Any) -> typing.Any:
    """The same for an input that is one value."""
    from sanic_actions import define_action

    def given(input: typing.Any) -> typing.Any:
        return input

    given.__annotations__ = {"input": kind, "return": kind}
    return define_action(input=kind, handler=given)


@action
def square(side: int) -> Square:
    """A model with a computed field, which comes back only."""
    return Square(side=side)


BARE = ("many", "pet", "union", "by_int", "tags", "tree", "pairs", "moment", "raw")
VOID = ("nothing",)
WHOLE = ("page", "options", "point", "names")

server = Namespace(
    **{name: echo(eval(row[0])) for name, row in ROWS.items()},  # the table above
    square=square,
    bare=Namespace({name: bare(eval(ROWS[name][0])) for name in BARE + WHOLE}),  # the table above
)

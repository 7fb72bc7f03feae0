"""Every kind of type that a server can declare, in one module."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import pathlib
import uuid
from typing import Annotated, Generic, Literal, NamedTuple, NewType, NotRequired, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field, RootModel, SecretStr, computed_field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypeAliasType, TypedDict, deprecated

from sanic_actions import Namespace, UploadedFile, action, define_action

T = TypeVar("T")
UserId = NewType("UserId", str)
Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | int | bool | None")


class Colour(enum.Enum):
    """A colour's name."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Kind(enum.StrEnum):
    A = "a"


class Address(BaseModel):
    """Where it is: "here", \\ or \"\"\"there\"\"\"."""

    street: str = Field(description='With a "quote"')
    code: str = Field(default="0", pattern=r"^\d+$", max_length=5)


class Tree(BaseModel):
    value: int
    children: list[Tree] = []


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int = 0


class Addresses(Page[Address]):
    more: bool = False


class Frozen(BaseModel, frozen=True):
    x: int


class Base(BaseModel):
    id: int


class Derived(Base):
    name: str = "n'"
    set: int = 3
    tags: frozenset[str] = frozenset()
    colour: Colour = Colour.RED
    address: Address = Address(street="x")
    price: decimal.Decimal = decimal.Decimal("1.50")
    user: UserId = UserId("u")
    made: datetime.datetime = Field(default_factory=lambda: datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))


class Aliased(BaseModel):
    a: int = Field(validation_alias="inA", serialization_alias="outA")
    b: str = Field(default="b", alias="otherB")


class Square(BaseModel):
    side: int

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator on a property
    @property
    def area(self) -> int:
        """What it covers."""
        return self.side**2


class Cube(Square):
    @computed_field(alias="vol")  # type: ignore[prop-decorator]  # mypy knows no decorator on a property
    @property
    def volume(self) -> int:
        return self.side**3


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    a: int


class Closed(BaseModel, extra="forbid"):
    a: int


class Raw(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    data: bytes


class Tags(RootModel[list[str]]):
    """A list that has a name."""


class Keys(TypedDict):
    a: int
    b: NotRequired[str]


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deep(Generic[T]):
    item: T


@pydantic_dataclass
class Checked:
    a: int
    b: str = Field(default="x", alias="bee")


class Pair(NamedTuple):
    first: int
    second: str = "q"


class Outer(BaseModel):
    class Inner(BaseModel):
        z: int

    inner: Inner


class Space:
    class Star(BaseModel):
        name: str


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    age: int


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Left(BaseModel):
    right: RightSide | None = None


class RightSide(BaseModel):
    left: Left | None = None


@action
def scalars(
    a: str,
    b: int,
    c: float,
    d: bool,
    e: bytes,
    f: datetime.datetime,
    g: datetime.date,
    h: datetime.time,
    i: datetime.timedelta,
    j: decimal.Decimal,
    k: uuid.UUID,
    l: pathlib.Path,  # noqa: E741  # a hostile name
    m: ipaddress.IPv4Address,
    n: pydantic.AnyUrl,
) -> tuple[
    str,
    int,
    float,
    bool,
    bytes,
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
    pathlib.Path,
    ipaddress.IPv4Address,
    pydantic.AnyUrl,
]:
    """Give back what came."""
    return a, b, c, d, e, f, g, h, i, j, k, l, m, n


@action
def collections_(
    a: list[int],
    b: set[str],
    c: frozenset[int],
    d: tuple[int, str],
    e: tuple[int, ...],
    f: dict[int, str],
    g: dict[uuid.UUID, Colour],
    h: collections.deque[int],
    i: int | None,
) -> tuple[
    list[int],
    set[str],
    frozenset[int],
    tuple[int, str],
    tuple[int, ...],
    dict[int, str],
    dict[uuid.UUID, Colour],
    collections.deque[int],
    int | None,
]:
    return a, b, c, d, e, f, g, h, i


@action
def defaults(
    text: str = 'it\'s "q" \\ \n \x00',
    number: float = -1.5,
    none: int | None = None,
    colour: Colour = Colour.BLUE,
    level: Level = Level.HIGH,
    rights: Right = Right.READ | Right.WRITE,
    user: UserId = UserId("root"),
    many: list[int] = [1],
    letter: Literal["a", 1, True, None] = "a",
) -> list[str]:
    return [repr(value) for value in (text, number, none, colour, level, rights, user, many, letter)]


@action
def models(
    a: Address,
    b: Tree,
    c: Page[Address],
    d: Addresses,
    e: Frozen,
    f: Derived,
    g: Aliased,
    h: Open,
    i: Closed,
    j: Raw,
    k: Tags,
    l: Keys,  # noqa: E741  # a hostile name
    m: Point,
    n: Deep[int],
    o: Checked,
    p: Pair,
    q: Outer,
    r: Space.Star,
    s: Pet,
    t: Json,
    u: Left,
    v: Kind,
) -> tuple[
    Address,
    Tree,
    Page[Address],
    Addresses,
    Frozen,
    Derived,
    Aliased,
    Open,
    Closed,
    Raw,
    Tags,
    Keys,
    Point,
    Deep[int],
    Checked,
    Pair,
    Outer,
    Space.Star,
    Pet,
    Json,
    Left,
    Kind,
]:
    return a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v


@action
def computed() -> Cube:
    return Cube(side=2)


@action
def self_(self: int, password: SecretStr) -> str:
    return f"{self} {password.get_secret_value()}"


@action
@deprecated("Use scalars.")
def list_(items: list[int]) -> list[int]:
    """Ends in a quote: "x\""""
    return items


def either(input: Cat | Dog) -> list[Pet]:
    return [input]


def open_(input: Open) -> Open:
    return input


def aliased(input: Aliased) -> Aliased:
    return input


@action(accept=("json", "form"))
async def upload(file: UploadedFile, title: str = "") -> int:
    return file.size


@action
def nothing() -> None:
    """Do nothing."""


server = Namespace(
    scalars=scalars,
    collections=collections_,
    defaults=defaults,
    models=models,
    computed=computed,
    self_=self_,
    list=list_,  # type: ignore[deprecated]  # on purpose
    shapes=Namespace(
        either=define_action(input=Cat | Dog, handler=either),
        open=define_action(input=Open, handler=open_),
        aliased=define_action(input=Aliased, handler=aliased),
        Shapes=Namespace(upload=upload, nothing=nothing),
    ),
)

"""Values to bytes and back: equal, and of the same types."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import ipaddress
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args

import pydantic.dataclasses
import pytest
from hypothesis import given
from kinds import BASE64, kinds_with_values, same, unions
from pydantic import (
    Base64Bytes,
    Base64UrlBytes,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    JsonValue,
    PlainSerializer,
    RootModel,
    SecretStr,
    ValidationInfo,
    WrapValidator,
    computed_field,
    create_model,
    field_serializer,
    field_validator,
    model_validator,
)
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import InputError, Redirect
from sanic_actions._mismatch import MOST_PLACES
from sanic_actions._server_mistakes import is_server_mistake
from sanic_actions._types.fields import parameters_type
from sanic_actions._types.representable import problems_of
from sanic_actions._wire import CONFIG, Codec

# ipaddress warns of JSON's true, which pydantic hands to it while it looks for the member of a union.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__int__ returned non-int:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning"),
]


class Address(BaseModel):
    city: str


class User(BaseModel):
    name: str
    addresses: list[Address] = []


class Aliased(BaseModel):
    post_id: str = Field(alias="postId")


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Fraction(BaseModel):
    part: float
    text: str = ""


class Declared(BaseModel):
    model_config = ConfigDict(ser_json_inf_nan="strings", allow_inf_nan=True)
    part: float


class Square(BaseModel):
    side: int

    @computed_field  # type: ignore[prop-decorator]  # mypy has no words for it
    @property
    def area(self) -> int:
        return self.side**2


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


class Numbers(RootModel[list[int]]):
    pass


class Key(TypedDict):
    name: str


@given(kinds_with_values())
def test_values_survive(case: tuple[Any, list[Any]]) -> None:
    """What is encoded is decoded equal and of the same types, for every type that is not refused."""
    type_, values = case
    codec: Codec[Any] = Codec(type_)
    assert problems_of(type_, is_input=True) == problems_of(type_, is_input=False) == []

    for value in values:
        assert same(codec.decode(codec.encode(value)), value)


@given(kinds_with_values(unions))
def test_values_of_unions_survive(case: tuple[Any, list[Any]]) -> None:
    """A union that the rule accepts brings each value back as the member that it was, in either order of members."""
    type_, values = case
    codec: Codec[Any] = Codec(type_)

    for value in values:
        assert same(codec.decode(codec.encode(value)), value)


@pytest.mark.parametrize(
    ("type_", "value", "body"),
    [
        (int | None, None, b"null"),
        (bytes, b"\xff", b'"_w=="'),
        (list[bytes], [b"\x00"], b'["AA=="]'),
        (dict[int, datetime.date], {1: datetime.date(2020, 1, 2)}, b'{"1":"2020-01-02"}'),
        (Decimal, Decimal("1.50"), b'"1.50"'),
        (datetime.timedelta, datetime.timedelta(days=1, seconds=3), b'"P1DT3S"'),
        (Node, Node(value=1, children=[Node(value=2)]), b'{"value":1,"children":[{"value":2,"children":[]}]}'),
        (Page[Address], Page[Address](items=[Address(city="Ulm")]), b'{"items":[{"city":"Ulm"}]}'),
        (Numbers, Numbers([1]), b"[1]"),
        (Square, Square(side=2), b'{"side":2,"area":4}'),
        (Annotated[Cat | Dog, Field(discriminator="kind")], Dog(), b'{"kind":"dog"}'),
        (dict[str, JsonValue], {"a": [1, 1.5, None, "x", True]}, b'{"a":[1,1.5,null,"x",true]}'),
        (Key, {"name": "x"}, b'{"name":"x"}'),
        (Redirect[Address], Redirect("/a", Address(city="Ulm")), b'{"location":"/a","data":{"city":"Ulm"}}'),
        (Redirect, Redirect("/a"), b'{"location":"/a","data":null}'),
        (Address | Redirect[None], Redirect("/a"), b'{"location":"/a","data":null}'),
        (Address | Redirect[None], Address(city="Ulm"), b'{"city":"Ulm"}'),
        (Path, Path("a/b"), b'"a/b"'),
        (re.Pattern[str], re.compile("a+"), b'"a+"'),
        (ipaddress.IPv4Network, ipaddress.IPv4Network("10.0.0.0/8"), b'"10.0.0.0/8"'),
    ],
    ids=str,
)
def test_form_on_the_wire(type_: Any, value: Any, body: bytes) -> None:
    """Each type has one form in JSON, and is read from it."""
    codec: Codec[Any] = Codec(type_)

    assert codec.encode(value) == body
    assert same(codec.decode(body), value)


def test_aliases() -> None:
    """Values are written by alias, and read by alias or field name."""
    codec = Codec[Aliased](Aliased)

    assert codec.encode(Aliased(postId="p")) == b'{"postId":"p"}'
    assert codec.decode(b'{"postId":"p"}') == codec.decode(b'{"post_id":"p"}') == Aliased(postId="p")
    assert codec.validate({"post_id": "p"}) == Aliased(postId="p")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "EOF"),
        (b"{", "EOF"),
        (b'{"name": "a"', "line 1 column"),
        (b"{'name': 1}", "key must be a string at line 1 column 2"),
        (b'{"name": "\xff"}', "unicode"),
        (b'{"name": "\\ud800"}', "hex escape"),
        (b"\x1f\x8b\x08\x00", "expected value at line 1 column 1"),
        (b"[" * 100_000, "recursion limit"),
        (b'\xef\xbb\xbf{"name": "a"}', "expected value"),
        ('{"name": "a"}'.encode("utf-16"), "expected value"),
        (b'{"name": "a"} x', "trailing characters"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_malformed_json(body: bytes, message: str) -> None:
    """What is no JSON is an issue of the whole input that says where."""
    with pytest.raises(InputError) as caught:
        Codec(User).decode(body)

    (issue,) = caught.value.issues
    assert (issue.path, issue.type) == ("", "json_invalid")
    assert message in issue.message


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_no_number_in_json(number: bytes) -> None:
    """NaN and the infinities are refused where they were not declared, deep inside models too."""
    with pytest.raises(InputError) as caught:
        Codec[list[Fraction]](list[Fraction]).decode(b'[{"part": %s}]' % number)

    assert [issue.path for issue in caught.value.issues] == ["0.part"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_number_in_output(number: float) -> None:
    """NaN and the infinities are never written where they were not declared; the words in a text are fine."""
    codec = Codec[list[Fraction]](list[Fraction])

    with pytest.raises(ValueError):
        codec.encode([Fraction(part=number)])
    with pytest.raises(ValueError):
        Codec[float](float).encode(number)
    assert codec.encode([Fraction(part=1, text="NaN Infinity")]) == b'[{"part":1.0,"text":"NaN Infinity"}]'


class Measured(BaseModel):
    known: float = Field(default=1.0, allow_inf_nan=True)
    other: float = 1.0
    text: str = ""


class OnlyDeclared(BaseModel):
    known: Annotated[float, Field(allow_inf_nan=True)]


class DeclaredDict(TypedDict):
    known: Annotated[float, Field(allow_inf_nan=True)]


@dataclasses.dataclass
class DeclaredClass:
    known: Annotated[float, Field(allow_inf_nan=True)]
    inner: list[OnlyDeclared]


AnyNumber = Annotated[float, Field(allow_inf_nan=True)]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1.5])
@pytest.mark.parametrize(
    ("type_", "make"),
    [
        (AnyNumber, lambda number: number),
        (list[AnyNumber], lambda number: [number]),
        (AnyNumber | None, lambda number: number),
        (OnlyDeclared, lambda number: OnlyDeclared(known=number)),
        (list[OnlyDeclared], lambda number: [OnlyDeclared(known=number)]),
        (Measured, lambda number: Measured(known=number, text="NaN")),
        (DeclaredDict, lambda number: {"known": number}),
        (DeclaredClass, lambda number: DeclaredClass(number, [OnlyDeclared(known=number)])),
    ],
    ids=["float", "list", "optional", "model", "list of models", "beside a text", "typed dict", "dataclass"],
)
def test_declared_nan_and_infinity_arrive(type_: Any, make: Any, number: float) -> None:
    """A float that is declared to may be NaN or infinite arrives, alone and beside others."""
    codec: Codec[Any] = Codec(type_)

    assert repr(codec.decode(codec.write(make(number)))) == repr(make(number))  # NaN is not equal to itself


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_undeclared_nan_is_named(number: float) -> None:
    """A float that is not declared to be infinite is named with its field."""
    codec: Codec[Any] = Codec(list[Measured])

    with pytest.raises(ValueError, match=r"'1\.other' is NaN or infinite; declare Field\(allow_inf_nan=True\)"):
        codec.write([Measured(known=number), Measured(other=number)])
    with pytest.raises(InputError, match=r"0\.other"):
        codec.decode('[{"known": NaN, "other": NaN}]')


class ComputedFloats(BaseModel):
    known: float = Field(default=1.0, allow_inf_nan=True)

    @computed_field(alias="theRatio")  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def ratio(self) -> list[float]:
        return [1.0, self.known]


class OnlyComputed(BaseModel):
    value: str = "NaN"

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def ratio(self) -> float:
        return math.nan


class DeclaredComputed(BaseModel):
    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def ratio(self) -> AnyNumber:
        return math.nan


class SerializedFloat(BaseModel):
    known: float = Field(default=1.0, allow_inf_nan=True)
    at: datetime.datetime = datetime.datetime(2030, 1, 1)

    @field_serializer("at")
    def seconds(self, at: datetime.datetime) -> float:
        return math.inf


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")
    value: JsonValue = None


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (ComputedFloats(known=math.nan), "theRatio.1"),
        ([OnlyComputed()], "0.ratio"),
        (SerializedFloat(known=math.nan), "at"),
        (Anything(value={"a": [1, math.inf]}), "value.a.1"),
        (Anything.model_validate({"more": math.nan}), "more"),
        ({"a": Anything(value=math.nan)}, "a.value"),
    ],
    ids=["computed", "only computed", "serialized", "JSON", "extra", "inside"],
)
def test_undeclared_nan_that_is_not_a_field(value: Any, place: str) -> None:
    """What is computed or written by a serializer, any JSON and extra fields are refused too, each with its place."""
    kind: Any = type(value)
    if kind is list:
        kind = list[OnlyComputed]
    elif kind is dict:
        kind = dict[str, Anything]

    with pytest.raises(ValueError, match=f"^'{place}' is NaN or infinite"):
        Codec[Any](kind).write(value)


def test_declared_nan_of_a_computed_field() -> None:
    """A computed field whose type says so may be NaN."""
    assert Codec(DeclaredComputed).write(DeclaredComputed()) == b'{"ratio":NaN}'


@pytest.mark.parametrize("body", ['{"value": [{"a": NaN}]}', '{"value": 1e999}', '{"more": -Infinity}'])
def test_no_number_in_any_json(body: str) -> None:
    """What is read as any JSON is JSON: no NaN, and no infinity."""
    with pytest.raises(InputError, match="finite"):
        Codec(Anything).decode(body)


class Kept(BaseModel):
    """Defaults that JSON cannot hold, and validators that look at other fields."""

    place: Path = Path("/a")
    places: dict[str, list[Path]] = {"a": [Path("/b")]}
    made: Path = Field(default_factory=lambda: Path("/c"))
    secret: SecretStr = SecretStr("x")
    home: HttpUrl = "http://x.org"  # type: ignore[assignment]  # a near type
    low: int = 1
    many: list[int] = [1, 2]
    price: Decimal = Field(default_factory=lambda: 5)  # type: ignore[assignment]  # a near type

    @field_validator("place", "many", "price")
    @classmethod
    def is_high(cls, value: Any, info: ValidationInfo) -> Any:
        return value if info.data["low"] else None


class Encoded(BaseModel):
    """Its default is decoded already, and a validation would decode it once more."""

    model_config = BASE64
    data: Base64Bytes = b"eHg="


class Mood(enum.Enum):
    GOOD = "good"


class Configured(BaseModel):
    """Its configuration says what validation makes of its defaults."""

    model_config = ConfigDict(validate_default=True, str_strip_whitespace=True, use_enum_values=True)
    names: list[str] = [" x "]
    made: list[str] = Field(default_factory=lambda: [" x "])
    moods: list[Mood] = [Mood.GOOD]


@pytest.mark.parametrize("kind", [Encoded, Configured])
def test_defaults_as_the_class_itself_has_them(kind: type[BaseModel]) -> None:
    """A default that is left out of JSON is the one of an object that is made in Python."""
    assert same(Codec(kind).decode("{}"), kind())


class KeptValidated(BaseModel):
    model_config = ConfigDict(validate_default=True)
    place: Path = Path("/a")
    made: Path = Field(default_factory=lambda: Path("/c"))
    secret: SecretStr = SecretStr("x")
    number: int = 1

    @field_validator("number")
    @classmethod
    def more(cls, number: int) -> int:
        return number + 1


@pytest.mark.parametrize("kind", [Kept, KeptValidated, list[Kept]], ids=str)
def test_defaults_that_json_cannot_hold(kind: Any) -> None:
    """A default is validated as the Python value that it is, and no validator of the user's is asked about it alone."""
    codec: Codec[Any] = Codec(kind)
    body = "[{}]" if kind == list[Kept] else "{}"

    value = codec.decode(body)
    kept = value[0] if kind == list[Kept] else value

    assert (kept.place, kept.made, kept.secret.get_secret_value()) == (Path("/a"), Path("/c"), "x")
    if kind is KeptValidated:
        assert kept.number == 2
    else:
        assert same((kept.home, kept.many, kept.price), (HttpUrl("http://x.org/"), [1, 2], Decimal(5)))


# Defaults of a near type.


class Level(enum.Enum):
    LOW = "low"


class Shop(BaseModel):
    price: Decimal = Field(default=0, ge=0)  # type: ignore[assignment]  # near types are the case
    home: HttpUrl = Field(default="http://x.org")  # type: ignore[assignment]  # a default of a near type
    level: Level = "low"  # type: ignore[assignment]  # a default of a near type
    share: float = 1
    sizes: tuple[int, ...] = []  # type: ignore[assignment]  # a default of a near type
    address: Address = {"city": "Ulm"}  # type: ignore[assignment]  # a default of a near type
    opened: datetime.date | None = "2020-01-02"  # type: ignore[assignment]  # a default of a near type


@dataclasses.dataclass
class ShopClass:
    price: Decimal = 0  # type: ignore[assignment]  # a default of a near type
    level: Level = "low"  # type: ignore[assignment]  # a default of a near type


class ShopTuple(NamedTuple):
    price: Decimal = 0  # type: ignore[assignment]  # a default of a near type
    level: Level = "low"  # type: ignore[assignment]  # a default of a near type


SHOP = Shop(
    price=Decimal(0),
    home=HttpUrl("http://x.org"),
    level=Level.LOW,
    share=1.0,
    sizes=(),
    address=Address(city="Ulm"),
    opened=datetime.date(2020, 1, 2),
)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Shop, SHOP),
        (list[Shop], [SHOP]),
        (ShopClass, ShopClass(Decimal(0), Level.LOW)),
        (ShopTuple, ShopTuple(Decimal(0), Level.LOW)),
    ],
    ids=str,
)
def test_near_defaults_are_validated(type_: Any, value: Any) -> None:
    """A default that validation makes a value of its type arrives as that value, from both sides."""
    codec: Codec[Any] = Codec(type_)
    bare = type_() if isinstance(type_, type) and not get_args(type_) else [Shop()]
    body = b"[{}]" if isinstance(value, list) else b"{}"

    assert problems_of(type_, is_input=True) == problems_of(type_, is_input=False) == []
    assert same(codec.decode(body), value)
    assert same(codec.decode(codec.write(bare)), value)


def test_a_wrong_field_beside_near_defaults() -> None:
    """What is not of its type is refused beside near defaults too."""
    with pytest.raises(ValueError, match="Expected"):
        Codec[Any](Shop).write(Shop().model_copy(update={"address": Address.model_construct(city=1)}))


# Keys.


class Auto(enum.Enum):
    ONE = enum.auto()
    TWO = enum.auto()


class Low(enum.Enum):
    ZERO = 0
    MINUS = -1


@pytest.mark.parametrize(("kind", "member"), [(Auto, Auto.TWO), (Low, Low.MINUS), (Level, Level.LOW)])
def test_members_of_plain_enums_are_keys(kind: Any, member: Any) -> None:
    """Members of plain enums are keys of objects, those of ``auto()`` too."""
    codec: Codec[Any] = Codec(dict[kind, list[dict[kind, int]]])
    value = {member: [{member: 1}]}

    assert codec.decode(codec.write(value)) == value
    with pytest.raises(InputError):
        codec.decode('{"12": []}')


# Names.


class Document(BaseModel):
    id: str = Field(alias="_id")
    size: int | None = Field(None, alias="Size")


class Crossed(BaseModel):
    one: int = Field(alias="two")
    two: int = Field(alias="one")


@pytest.mark.parametrize("row", [{"_id": "x", "Size": 1}, {"id": "x", "size": 1}, {"_id": "x", "size": 1}])
def test_dict_by_alias_or_name(row: dict[str, Any]) -> None:
    """A dict that a handler returns for a model is taken by alias or by name."""
    codec: Codec[Any] = Codec(list[Document])

    assert codec.write([row]) == b'[{"_id":"x","Size":1}]'


def test_names_that_are_aliases_of_others() -> None:
    """Where an alias is the name of another field, a dict is taken by name alone."""
    codec: Codec[Any] = Codec(Crossed)

    assert codec.write({"one": 1, "two": 2}) == b'{"two":1,"one":2}'


# Literals of members of enums.


class Kind(enum.StrEnum):
    CARD = "card"
    CASH = "cash"


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


class Card(BaseModel):
    kind: Literal[Kind.CARD] = Kind.CARD
    number: Literal[Number.ONE] = Number.ONE


class Cash(BaseModel):
    kind: Literal[Kind.CASH, "coins"]
    number: Literal[Number.TWO, 3]


@pytest.mark.parametrize(
    "union", [Card | Cash, *(Annotated[Card | Cash, Field(discriminator=n)] for n in ("kind", "number"))]
)
@pytest.mark.parametrize(
    "value", [Card(), Cash(kind=Kind.CASH, number=3), Cash(kind="coins", number=Number.TWO)], ids=str
)
def test_literals_of_enum_members(union: Any, value: BaseModel) -> None:
    """Members of enums that are strings or numbers too stand in Literals, alone and as discriminators."""
    codec: Codec[Any] = Codec(union)

    assert problems_of(union, is_input=True) == problems_of(union, is_input=False) == []
    assert same(codec.decode(codec.write(value)), value)


@pytest.mark.parametrize("number", [math.inf, -math.inf, 1.5])
def test_declared_infinity_survives(number: float) -> None:
    """A model that says how it writes infinities has them."""
    codec = Codec[list[Declared]](list[Declared])

    assert codec.decode(codec.encode([Declared(part=number)])) == [Declared(part=number)]


@pytest.mark.parametrize("value", [{"name": 1}, Address(city="Ulm"), None, object(), [], "text"])
def test_output_of_another_type(value: Any) -> None:
    """A value that is not of the declared type is refused before it is written."""
    with pytest.raises(InputError):
        Codec[Any](User).validate(value)


@pytest.mark.parametrize("field", [1, b"a", ["a"], User(name="a")], ids=repr)
def test_output_with_a_wrong_field(field: Any) -> None:
    """A model that holds what its field does not allow is not written."""
    with pytest.raises(ValueError, match="Expected `str`"):
        Codec[User](User).encode(User.model_construct(name=field))


class Alarm(BaseModel):
    level: Level
    source: int | list[int] = 1


class Room(BaseModel):
    alarms: dict[str, Alarm] = {}
    size: Annotated[Decimal | None, PlainSerializer(str, return_type=Decimal, when_used="unless-none")] = None


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (
            Room(alarms={"a": Alarm.model_construct(level="hunter2")}),
            "The field Alarm.level, at 'alarms.a.level', is written from a str, where it declares Level",
        ),
        (
            Room(alarms={"a": Alarm.model_construct(level=Level.LOW, source="hunter2")}),
            "The field Alarm.source, at 'alarms.a.source', is written from a str, where it declares int | list[int]",
        ),
        (
            Room(size=Decimal(1)),
            "The field Room.size, at 'size', is written from a str, where it declares Decimal | None",
        ),
        (Room.model_construct(alarms=[1]), "The field Room.alarms, at 'alarms', is written from a list"),
    ],
    ids=["enum", "union", "serializer", "container"],
)
def test_output_that_is_not_written_as_declared_is_named(value: Room, where: str) -> None:
    """The complaint names class, field and place, both types and a remedy, and shows no value."""
    with pytest.raises(ValueError, match="Expected") as caught:
        Codec[Room](Room).encode(value)

    assert where in str(caught.value)
    assert "Give it a value of the type" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@dataclasses.dataclass
class Stray:
    row: Unimported  # type: ignore[name-defined]  # noqa: F821  # as one that is imported for type checkers only


class Unreadable(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise OSError("hunter2")

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize("stray", [Stray(1), Unreadable(), [Stray(1), Unreadable()]], ids=["class", "dict", "list"])
def test_output_of_a_class_that_cannot_be_read_is_a_mistake_of_the_server(stray: object) -> None:
    """What a stray value's class raises is not taken for the handler's own exception."""
    room = Room(alarms={"a": Alarm.model_construct(level=Level.LOW, source=stray)})
    with pytest.raises(ValueError, match=r"Alarm\.source|unknown type") as caught:
        Codec[Room](Room).encode(room)

    assert is_server_mistake(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["hunter2`, input_type=foo]", "\n hunter2, input_type=foo])\n", "[field_name='b', "])
def test_values_do_not_choose_the_words_of_a_complaint(text: str) -> None:
    """A value that looks like pydantic's words is not read as such."""
    alarm = Alarm.model_construct(level=Level.LOW, source=text)
    with pytest.raises(ValueError, match=r"The field Alarm\.source, at 'source', is written from a str, ") as caught:
        Codec[Alarm](Alarm).encode(alarm)

    assert "foo" not in str(caught.value)


class Counting(list[int]):
    """A list that counts what is read of it."""

    reads = 0

    def __iter__(self) -> Iterator[int]:
        for item in super().__iter__():
            self.reads += 1
            yield item


def test_the_search_for_a_wrong_field_is_bounded() -> None:
    """However much a wrong field holds, no more than a bound is looked at, and outer fields are found."""
    numbers = Counting(range(5 * MOST_PLACES))
    alarm = Alarm.model_construct(level="hunter2", source={"a": [numbers, {}]})
    with pytest.raises(ValueError, match=r"The field Alarm\.level, at 'level', is written from a str"):
        Codec[Alarm](Alarm).encode(alarm)

    assert numbers.reads <= MOST_PLACES + 1


def test_output_with_more_than_declared() -> None:
    """What a subclass has beyond the declared type stays at home."""

    class Account(User):
        password: str

    assert Codec[User](User).encode(Account(name="a", password="x")) == b'{"name":"a","addresses":[]}'


def test_output_that_holds_itself() -> None:
    """A cycle in an output is an error, and no endless loop."""
    node = Node(value=1)
    node.children.append(node)

    with pytest.raises(ValueError, match="Circular"):
        Codec[Node](Node).encode(node)


class Ages(BaseModel):
    ages: dict[str, int] = {}


@dataclasses.dataclass(frozen=True)
class Word:
    text: str = ""
    ages: dict[str, int] = dataclasses.field(default_factory=dict, hash=False)


@dataclasses.dataclass(frozen=True, slots=True)
class SlottedWord:
    text: str = ""
    ages: dict[str, int] = dataclasses.field(default_factory=dict, hash=False)


class FrozenWord(BaseModel, frozen=True, extra="allow"):
    text: str = ""
    words: tuple[Word, ...] = ()


HALF: list[tuple[Any, Any]] = [
    (dict[str, int], {"\ud800": 1}),
    (dict[str, int], {"a": 1, "b\udcff": 2}),
    (list[dict[str, int]], [{}, {"\udfff": 1}]),
    (dict[str, dict[str, int]], {"\ufffd": {"\ud800": 1}}),
    (Ages, Ages(ages={"\ud800": 1})),
    (dict[Path, int], {Path("\udce9"): 1}),
    (JsonValue, {"\ud800": 1}),
    (dict[str, str], {"a": "\ud800"}),
    (set[Word], {Word(ages={"\ud800": 1})}),
    (dict[str, frozenset[SlottedWord]], {"a": frozenset({SlottedWord(), SlottedWord(ages={"\udcff": 1})})}),
    (set[FrozenWord], {FrozenWord(words=(Word(ages={"\ud800": 1}),))}),
]


@pytest.mark.parametrize(
    "pattern", [re.compile("a", re.IGNORECASE), re.compile("a", re.ASCII), re.compile("a # b", re.VERBOSE)]
)
def test_pattern_whose_flags_would_be_lost_is_not_written(pattern: re.Pattern[str]) -> None:
    """The flags of a pattern do not travel unless its text has them."""
    for type_, value in ((re.Pattern[str], pattern), (dict[str, list[re.Pattern[str]]], {"a": [pattern]})):
        with pytest.raises(ValueError, match=r"has flags, which would be lost. Write them into it"):
            Codec[Any](type_).write(value)
    inline = re.compile("(?i)a")
    assert Codec[Any](re.Pattern[str]).decode(Codec[Any](re.Pattern[str]).write(inline)) == inline


def test_pattern_of_bytes_is_refused() -> None:
    """A pattern of bytes has no form in JSON."""
    (problem,) = problems_of(re.Pattern[bytes], is_input=False)

    assert "pattern of bytes" in problem.reason


@pytest.mark.parametrize(("kind", "value"), HALF, ids=ascii)
def test_half_a_surrogate_pair_is_not_written(kind: Any, value: Any) -> None:
    """What UTF-8 has no bytes for is refused as a key as it is as a value, whoever writes it."""
    codec = Codec[Any](kind)
    for write in (codec.write, codec.encode, codec.writer()):
        with pytest.raises(ValueError, match="surrogate"):
            write(value)


@pytest.mark.parametrize("value", [{"\ufffd": 1}, {"\ufffd\ufffd\ufffd": 1}, {"\U0001f600": 1}], ids=ascii)
def test_keys_of_whole_characters_are_written(value: Any) -> None:
    """A replacement character is a character like any other."""
    codec = Codec[Any](dict[str, int])

    assert codec.decode(codec.write(value)) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (set[Word], {Word("\ufffd"), Word("a")}),
        (dict[str, frozenset[SlottedWord]], {"\ufffd": frozenset({SlottedWord()})}),
        (list[set[FrozenWord]], [{FrozenWord(text="\ufffd")}]),
    ],
    ids=["set", "sets by key", "list of sets"],
)
def test_sets_of_objects_hold_any_text(kind: Any, value: Any) -> None:
    """Text is looked at in objects that stand in a set too, although a dictionary could not."""
    codec = Codec[Any](kind)
    for write in (codec.write, codec.encode, codec.writer()):
        assert codec.decode(write(value)) == value


def test_secret_input_stays_masked() -> None:
    """A secret is read, and neither shown nor part of an issue."""
    secret = Codec[SecretStr](SecretStr).decode(b'"hunter2"')

    assert secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(secret)
    with pytest.raises(InputError) as caught:
        Codec(Annotated[SecretStr, Field(min_length=20)]).decode(b'"hunter2"')
    assert "hunter2" not in repr(caught.value)


def test_bytes_by_configuration() -> None:
    """A model that declares base64 has any bytes."""

    class Blob(BaseModel):
        model_config = BASE64
        data: bytes

    codec = Codec[Blob](Blob)

    assert codec.decode(codec.encode(Blob(data=bytes(range(256))))) == Blob(data=bytes(range(256)))


# Encoded bytes.


class EncodedPlain(BaseModel):
    data: Base64Bytes


class EncodedUrl(BaseModel):
    data: Base64UrlBytes | None = None
    parts: dict[str, list[Base64Bytes]] = {}


class EncodedKeys(BaseModel):
    sizes: dict[Base64Bytes, int]


class EncodedInBase64(BaseModel):
    model_config = BASE64
    data: Base64Bytes


class EncodedInHex(BaseModel):
    model_config = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")
    data: Base64Bytes


class EncodedExtras(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Base64Bytes]


class EncodedRoot(RootModel[list[Base64Bytes]]):
    pass


class EncodedInside(BaseModel):
    inner: EncodedPlain


class EncodedOnDemand(BaseModel):
    @computed_field  # type: ignore[prop-decorator]  # mypy has no words for it
    @property
    def data(self) -> Base64Bytes:
        return b"hi"


@pydantic.dataclasses.dataclass
class EncodedClass:
    data: Base64Bytes


class HexDict(TypedDict):
    data: bytes | int | None


class Base64Dict(TypedDict):
    data: dict[bytes, list[bytes]]


class HexTree(TypedDict):
    data: bytes
    kids: list[HexTree]


Blob = TypeAliasType("Blob", bytes)
Blobs = TypeAliasType("Blobs", list[Blob | None])


class AliasedInDict(TypedDict):
    one: Blob
    other: Blob
    lists: tuple[Blobs, Blobs]


@dataclasses.dataclass
class AliasedInClass:
    one: Blob
    other: Blob
    lists: tuple[Blobs, Blobs]


AliasedInClass.__pydantic_config__ = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")  # type: ignore[attr-defined]  # where pydantic looks


class AliasedInModel(BaseModel):
    model_config = BASE64
    one: Blob
    other: Blob
    in_dict: AliasedInDict
    in_class: AliasedInClass | None = None


TYPED_DICTS: list[tuple[str, Any]] = [
    ("hex", HexDict),
    ("base64", Base64Dict),
    ("hex", HexTree),
    ("hex", AliasedInDict),
]
for encoding, dict_class in TYPED_DICTS:
    dict_class.__pydantic_config__ = {"ser_json_bytes": encoding, "val_json_bytes": encoding}


class Unconfigured(BaseModel):
    as_hex: HexDict
    as_base64: dict[str, Base64Dict] = {}


class ConfiguredInHex(BaseModel):
    model_config = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")
    as_base64: Base64Dict
    data: bytes
    tree: HexTree | None = None


@dataclasses.dataclass
class UnconfiguredClass:
    as_hex: list[HexDict]


KEYED: Any = {"data": {b"\xff\xfe": [b"\xfb", b""]}}
ALIASED: Any = {"one": b"\xff", "other": b"", "lists": ([b"\xff", None], [])}
TREE: Any = {"data": b"\xff", "kids": [{"data": b"\xfe", "kids": []}]}


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        *((HexDict, {"data": data}) for data in (b"\xff\x01", 3, None)),
        (list[HexDict], [{"data": b"\xff"}]),
        (tuple[bytes, HexDict], (b"\xff", {"data": b"\xfe"})),
        (Base64Dict, KEYED),
        (HexTree, TREE),
        (AliasedInDict, ALIASED),
        (list[AliasedInDict], [ALIASED]),
        (AliasedInClass, AliasedInClass(**ALIASED)),
        (AliasedInModel, AliasedInModel(one=b"\xff", other=b"\xfe", in_dict=ALIASED)),
        (tuple[Blob, Blob, Blobs, AliasedInModel | None], (b"\xff", b"\xfe", [b"\xff"], None)),
        (Unconfigured, Unconfigured(as_hex={"data": b"\xff"}, as_base64={"a": KEYED})),
        (ConfiguredInHex, ConfiguredInHex(as_base64=KEYED, data=b"\xff", tree=TREE)),
        (UnconfiguredClass, UnconfiguredClass([{"data": b"\xff"}, {"data": None}])),
        (Redirect[Unconfigured], Redirect("/", Unconfigured(as_hex={"data": b"\xff"}))),
        (Redirect[bytes], Redirect("/", b"\xff\xfe")),
        (Redirect[dict[bytes, list[bytes | None]]], Redirect("/", {b"\xff": [b"", None]})),
        (int | Redirect[HexDict | None], Redirect("/", {"data": b"\xff"})),
    ],
)
def test_bytes_of_typed_dicts_are_written_as_they_are_read(annotation: Any, value: Any) -> None:
    """The bytes of a typed dict are written by its own configuration, whatever holds it; those of a redirect too."""
    codec: Codec[Any] = Codec(annotation)

    assert same(codec.decode(codec.write(value)), value)


ENCODED = [
    (EncodedPlain(data=b"aGk="), b'{"data":"aGk="}'),
    (EncodedUrl(data=b"aGk=", parts={"a": [b"aGk="]}), b'{"data":"aGk=","parts":{"a":["aGk="]}}'),
    (EncodedKeys(sizes={b"aGk=": 1}), b'{"sizes":{"aGk=":1}}'),
    (EncodedInBase64(data=b"aGk="), b'{"data":"YUdrPQ=="}'),
    (EncodedInHex(data=b"aGk="), b'{"data":"61476b3d"}'),
    (EncodedExtras.model_validate({"more": b"aGk="}), b'{"more":"aGk="}'),
    (EncodedRoot([b"aGk="]), b'["aGk="]'),
    (EncodedInside(inner=EncodedPlain(data=b"aGk=")), b'{"inner":{"data":"aGk="}}'),
    (EncodedOnDemand(), b'{"data":"aGk="}'),
    (EncodedClass(data=b"aGk="), b'{"data":"aGk="}'),
]


@pytest.mark.parametrize(("value", "body"), ENCODED, ids=str)
def test_encoded_bytes_are_encoded_once(value: Any, body: bytes) -> None:
    """Encoded bytes are written by the configuration of their class, wherever in an input or an output it stands."""
    kind: Any = type(value)
    argument = parameters_type("Input", {"v": (kind, True)}, CONFIG)
    places = [(kind, value, body), (list[kind], [value], b"[%b]" % body), (kind | None, value, body)]

    for type_, whole, wanted in (*places, (argument, {"v": value}, b'{"v":%b}' % body)):
        codec: Codec[Any] = Codec(type_)
        for write in (codec.encode, codec.write, codec.writer()):
            assert write(whole) == wanted
        assert same(codec.decode(wanted), whole)


# What tells the members of a union apart is sent, whether or not the caller gave it.


class Car(BaseModel):
    sort: Literal["car"] = "car"
    model: Literal["c"] = "c"
    wheels: int = 4


class Van(BaseModel):
    sort: Literal["van"] = "van"
    model: Literal["v"] = "v"
    wheels: int = 4


class Boat(BaseModel):
    sort: Literal["boat", "ship"] = "boat"
    length: int = 1


class OldCar(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: Literal[1] = 1
    wheels: int = 4


class OldBoat(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: Literal[1] = 1
    length: int = 1


class CarRide(BaseModel):
    ride: Car = Car()
    note: str = ""


class VanRide(BaseModel):
    ride: Van = Van()
    note: str = ""


class CarTrip(BaseModel):
    first: CarRide = CarRide()


class VanTrip(BaseModel):
    first: VanRide = VanRide()


class CarNamed(BaseModel):
    one: Car = Field(default=Car(), alias="ride")


class VanNamed(BaseModel):
    other: Van = Field(default=Van(), alias="ride")


class CarPlace(NamedTuple):
    ride: Car
    place: int


class VanPlace(NamedTuple):
    ride: Van
    place: int


@dataclasses.dataclass
class CarClass:
    ride: Car


@dataclasses.dataclass
class VanClass:
    ride: Van


class CarKeys(TypedDict):
    ride: Car


class VanKeys(TypedDict):
    ride: Van


ByModel = Annotated[Car | Van, Field(discriminator="model")]
BySort = TypeAliasType("BySort", Annotated[Car | Van, Field(discriminator="sort")])


class EitherRoot(RootModel[Car | Van]):
    pass


@pytest.mark.parametrize(
    ("union", "values"),
    [
        (Car | Van | None, [Car(), Van(), None]),
        (Annotated[ByModel | Boat, Field(discriminator="sort")], [Car(), Van(), Boat()]),
        (Annotated[BySort | Boat, Field(discriminator="sort")], [Car(), Van(), Boat()]),
        (Annotated[BySort | Boat | None, Field(discriminator="sort")], [Car(), None, Boat()]),
        (ByModel | Boat | None, [Car(), Van(), Boat()]),
        (EitherRoot | Boat, [EitherRoot(Car()), EitherRoot(Van()), Boat()]),
        (OldCar | OldBoat, [OldCar(), OldBoat()]),
        (list[Car] | list[Van], [[Car()], [Van(), Van()], []]),
        (dict[str, Car] | dict[str, Van], [{"a": Car()}, {"a": Van()}]),
        (tuple[Car, int] | tuple[Van, int], [(Car(), 1), (Van(), 1)]),
        (tuple[int, CarRide] | tuple[int, VanRide], [(1, CarRide()), (1, VanRide())]),
        (list[Car | None] | list[Van | None], [[Car(), None], [None, Van()]]),
        (list[Car | Boat] | list[Van], [[Car(), Boat()], [Van()]]),
        (CarRide | VanRide, [CarRide(), VanRide(), VanRide(note="x"), VanRide(ride=Van())]),
        (CarTrip | VanTrip, [CarTrip(), VanTrip(), VanTrip(first=VanRide(ride=Van()))]),
        (CarNamed | VanNamed, [CarNamed(), VanNamed(), VanNamed(ride=Van())]),
        (CarPlace | VanPlace, [CarPlace(Car(), 1), VanPlace(Van(), 1)]),
        (CarClass | VanClass, [CarClass(Car()), VanClass(Van())]),
        (CarKeys | VanKeys, [{"ride": Car()}, {"ride": Van()}]),
    ],
    ids=str,
)
def test_what_tells_members_apart_is_always_sent(union: Any, values: list[Any]) -> None:
    """A value of a union arrives as the member that it is, whatever of it was given and however deep the difference."""
    assert problems_of(union, is_input=True) == []
    argument = parameters_type("Input", {"v": (union, True), "more": (list[union], True)}, CONFIG)
    codec: Codec[Any] = Codec(argument)
    write = codec.writer()

    for value in values:
        sent = {"v": value, "more": [value]}
        assert same(codec.decode(write(sent)), sent)


def test_what_does_not_tell_members_apart_is_not_sent() -> None:
    """Where a tag is enough, the fields that were not given stay away."""
    write = Codec[Any](list[Car] | list[Van]).writer()

    assert write([Car()]) == b'[{"sort":"car","model":"c"}]'
    assert Codec[Any](list[Car | str]).writer()([Car(), "x"]) == b'[{},"x"]'
    assert Codec[Any](list[CarRide | int] | list[CarRide | str]).writer()([CarRide(), "x"]) == b'[{},"x"]'


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class Hidden(BaseModel):
    password: str = "secret"


class Row:
    name = "Ada"
    password = "secret"


DATA: dict[str, tuple[Any, object, bytes | None]] = {
    "as declared": (Shown, Shown(name="Ada"), b'{"name":"Ada"}'),
    "a row": (Shown, Row(), b'{"name":"Ada"}'),
    "nothing": (Shown, None, None),
    "another model": (Shown, Hidden(), None),
    "a list of another model": (list[Shown], [Hidden()], None),
    "nothing, declared": (None, None, b"null"),
    "something where nothing is declared": (None, Shown(name="Ada"), None),
    "a number for text": (str, 3, None),
}


@pytest.mark.parametrize("case", DATA)
def test_data_of_a_redirect_is_checked_like_an_output(case: str) -> None:
    """What a redirect carries is of the declared type, or an error of the server; rows are read as elsewhere."""
    annotation, data, expected = DATA[case]
    codec: Codec[Any] = Codec(Redirect[annotation])  # type: ignore[valid-type]  # known at run time

    if expected is None:
        with pytest.raises(InputError):
            codec.write(Redirect("/p", data))
    else:
        body = codec.write(Redirect("/p", data))
        assert body == b'{"location":"/p","data":%b}' % expected
        assert codec.decode(body).to == "/p"


# What is wrong with a member of a union.


class Bus(BaseModel):
    sort: Literal["bus"]
    seats: int


class Train(BaseModel):
    sort: Literal["train", "tram"] = "train"
    line: int
    name: str


@pytest.mark.parametrize(
    ("value", "issues"),
    [
        ({"sort": "bus", "seats": "x"}, [("seats", "int_parsing")]),
        ({"sort": "tram", "line": 1}, [("name", "missing")]),
        ({"sort": "ship"}, [("", "union_tag_invalid")]),
        ({"line": "x", "name": "y"}, [("sort", "missing"), ("seats", "missing"), ("line", "int_parsing")]),
    ],
    ids=str,
)
def test_a_member_of_a_union_is_judged_by_its_tag(value: dict[str, Any], issues: list[tuple[str, str]]) -> None:
    """What is wrong with a value is said of the member that its tag names; without a tag, of every member."""
    places: list[tuple[Any, Any, str]] = [
        (Bus | Train, value, ""),
        (list[Bus | Train] | None, [value], "0"),
        (dict[str, Bus | Train], {"a": value}, "a"),
    ]

    for type_, whole, place in places:
        with pytest.raises(InputError) as caught:
            Codec[Any](type_).decode(json.dumps(whole))
        wanted = {(".".join(filter(None, (place, path))), kind) for path, kind in issues}
        assert {(issue.path, issue.type) for issue in caught.value.issues} == wanted


def small_letters(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def read_small_letters(value: object, read: Callable[[object], object]) -> object:
    return read(small_letters(value))


def with_the_old_name(value: Any) -> Any:
    return {**value, "sort": value["type"]} if "type" in value else value


class OldName(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def rename(cls, value: Any) -> Any:
        return with_the_old_name(value)


def two_members(base: type[BaseModel] = BaseModel, around: Any = None, alias: str = "") -> Any:
    """Return a union of two objects whose tags are read in a way of their own."""
    members = []
    for name, inner in (("bus", "seats"), ("tram", "line")):
        sort: Any = Literal[name]
        field: Any = Field()
        if alias:
            field = Field(alias=f"{name}_{alias}")
        if around is not None:
            sort = Annotated[sort, around]
        fields: dict[str, Any] = {"sort": (sort, field), inner: (int, ...)}
        members.append(create_model(name, __base__=base, **fields))
    return Union[tuple(members)]  # noqa: UP007  # made at run time


@pytest.mark.parametrize(
    ("union", "value"),
    [
        (two_members(around=BeforeValidator(small_letters)), {"sort": "TRAM", "line": 1}),
        (two_members(around=WrapValidator(read_small_letters)), {"sort": "TRAM", "line": 1}),
        (two_members(OldName), {"type": "tram", "sort": "bus", "line": 1}),
        (
            Annotated[get_args(two_members())[0], BeforeValidator(with_the_old_name)]
            | Annotated[get_args(two_members())[1], BeforeValidator(with_the_old_name)],
            {"type": "tram", "sort": "bus", "line": 1},
        ),
        (two_members(alias="sort"), {"tram_sort": "tram", "bus_sort": "x", "line": 1}),
    ],
    ids=["field before", "field wrap", "model before", "member before", "aliases"],
)
def test_a_valid_member_of_a_union_has_no_issue(union: Any, value: dict[str, Any]) -> None:
    """A union that is read as valid has no issue where another field is wrong, whatever runs before its tag is read."""
    holder = create_model("Holder", union=(union, ...), count=(int, ...))
    codec: Codec[Any] = Codec(holder)

    assert codec.decode(json.dumps({"union": value, "count": 1})).union.line == 1
    with pytest.raises(InputError) as caught:
        codec.decode(json.dumps({"union": value, "count": "x"}))
    assert [issue.path for issue in caught.value.issues] == ["count"]


def test_a_tag_with_a_default_may_be_left_out() -> None:
    """A member whose tag has a default is read without it where nothing else is wrong."""
    assert Codec[Any](list[Bus | Train]).decode('[{"line": 1, "name": "y"}]') == [Train(line=1, name="y")]

"""Which types survive the wire, which do not, and what a refusal says."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import pathlib
import re
import sys
import typing
import uuid
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, Self, TypeVar, Union

import annotated_types
import pydantic
import pytest
from hypothesis import given
from kinds import BASE64, Bits, Colour, Mixed, Rights, Size, Word, kinds_with_values
from pydantic import (
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    OnErrorOmit,
    RootModel,
    SecretBytes,
    SecretStr,
    StringConstraints,
    Tag,
    TypeAdapter,
    computed_field,
)
from pydantic.alias_generators import to_camel
from pydantic.types import UuidVersion
from pydantic_core import SchemaError
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import Redirect, UploadedFile
from sanic_actions._types import representable
from sanic_actions._types.plain_types import is_plain_type
from sanic_actions._types.representable import problems_of

T = TypeVar("T")


class SecretDate(pydantic.Secret[datetime.date]):
    """A secret of a class of its own."""


class Plain(BaseModel):
    x: int


class Wider(BaseModel):
    x: int
    y: int


class WiderOptional(BaseModel):
    x: int
    z: int = 0


class Other(BaseModel):
    y: int


class Textual(BaseModel):
    x: str


class Fractional(BaseModel):
    x: float


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    x: int


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    y: int


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str


class Node(BaseModel):
    value: int
    children: list[Node] = []
    parent: Node | None = None


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: Page[T] | None = None


class Blob(BaseModel):
    data: bytes


class BlobBase64(BaseModel):
    model_config = BASE64
    data: list[bytes]


class RootBlob(RootModel[bytes]):
    pass


class Numbers(RootModel[list[int]]):
    pass


@dataclasses.dataclass
class Point:
    x: int
    tags: set[str] = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Derived:
    x: int
    double: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass
class Pair(Generic[T]):
    one: T
    other: T


class Place(NamedTuple):
    x: int
    y: datetime.date


class Coordinates(NamedTuple):
    x: int
    y: int


class PlaceOfAnything(NamedTuple):
    x: int
    y: Any


class Options(TypedDict, total=False):
    name: str


class MoreOptions(Options):
    size: NotRequired[int]


class OldOptions(typing.TypedDict):
    name: str


class Computed(BaseModel):
    side: int

    @computed_field  # type: ignore[prop-decorator]  # mypy has no words for it
    @property
    def area(self) -> int:
        return self.side**2


class ComputedStrict(Computed):
    model_config = ConfigDict(extra="forbid")


class ComputedOpen(Computed):
    model_config = ConfigDict(extra="allow")


class Written(BaseModel):
    x: int

    @pydantic.field_serializer("x")
    def write(self, value: int) -> str:
        return f"{value}!"


class WrittenWhole(BaseModel):
    x: int

    @pydantic.model_serializer
    def write(self) -> dict[str, int]:
        return {"y": self.x}


class Unsaid(BaseModel):
    x: int

    @pydantic.field_serializer("x")
    def write(self, value):  # type: ignore[no-untyped-def]  # the mistake under test
        return f"{value}!"


class UnsaidWhole(BaseModel):
    x: int

    @pydantic.model_serializer
    def write(self):  # type: ignore[no-untyped-def]  # the mistake under test
        return {"y": self.x}


class WrittenAsAny(BaseModel):
    x: int

    @pydantic.field_serializer("x")
    def write(self, value: int) -> Any:
        return value


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # json_encoders is deprecated

    class Encoders(BaseModel):
        model_config = ConfigDict(json_encoders={datetime.datetime: str})
        x: datetime.datetime


class Milliseconds(BaseModel):
    model_config = ConfigDict(ser_json_temporal="milliseconds")
    spans: dict[str, list[datetime.timedelta] | None]


class Seconds(BaseModel):
    model_config = ConfigDict(ser_json_timedelta="float")
    span: datetime.timedelta


class Timeless(BaseModel):
    model_config = ConfigDict(ser_json_temporal="milliseconds")
    x: int


class ComputedAny(BaseModel):
    x: int

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def more(self) -> dict[str, Any]:
        return {}


class ComputedPairs(BaseModel):
    x: int

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def more(self) -> dict[tuple[int, int], str]:
        return {}


class Card(enum.StrEnum):
    VISA = "visa"
    AMEX = "amex"


class Auto(enum.Enum):
    ONE = enum.auto()
    TWO = enum.auto()


class OldCard(str, enum.Enum):  # noqa: UP042  # as it was written before Python 3.11
    VISA = "visa"


class Short(BaseModel):
    nick: Annotated[str, Field(min_length=3)] = ""


class Unset(BaseModel):
    name: str = None  # type: ignore[assignment]  # the mistake under test


@dataclasses.dataclass
class Late:
    count: Annotated[int, Field(ge=1)] = 0


class Far(NamedTuple):
    colour: Colour = "blue"  # type: ignore[assignment]  # the mistake under test


class Again(BaseModel):
    children: list[Self] = []
    parent: Self | None = None


@pydantic.dataclasses.dataclass
class CheckedPair(Generic[T]):
    """A generic dataclass of pydantic, whose fields pydantic leaves as they are written."""

    one: T
    others: list[Annotated[T, Field(description="more")]] | None = None
    inner: CheckedPair[T] | None = None


@pydantic.dataclasses.dataclass
class CheckedChild(CheckedPair[int]):
    pass


@dataclasses.dataclass
class PlainChild(Pair[int]):
    pass


@pydantic.dataclasses.dataclass
class CheckedChildMended(CheckedPair[int]):
    one: int
    others: list[int] | None = None
    inner: CheckedChildMended | None = None


MaybePage = TypeAliasType("MaybePage", "Page[T] | None", type_params=(T,))
Pages = TypeAliasType("Pages", "dict[str, list[Page[T]]]", type_params=(T,))


class Hexadecimal(BaseModel):
    model_config = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")
    data: bytes


class HoldsEncoded(BaseModel):
    items: list[pydantic.Base64Bytes]


class Excluded(BaseModel):
    x: int = Field(exclude=True)


class PathAlias(BaseModel):
    x: int = Field(validation_alias=pydantic.AliasPath("a", 0))


class PathChoices(BaseModel):
    x: int = Field(validation_alias=pydantic.AliasChoices("a", pydantic.AliasPath("b", 0)))


class Choices(BaseModel):
    x: int = Field(validation_alias=pydantic.AliasChoices("a", "b"), serialization_alias="c")


class Login(BaseModel):
    password: SecretStr


class Private(BaseModel):
    x: int
    _seen: int = 0


class Upload(BaseModel):
    file: UploadedFile


class Arbitrary:
    pass


class OwnSchema:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(str)


class Pairs(enum.Enum):
    ONE = (1, 2)


class Empty(enum.Enum):
    pass


class Nothing(enum.Enum):
    NOTHING = None
    SOMETHING = 1


class MoreItems(TypedDict, extra_items=int):  # type: ignore[call-arg]  # mypy does not know it yet
    x: int


class NoMoreItems(TypedDict, closed=True):
    x: int


class MoreItemsMended(BaseModel, extra="allow"):
    __pydantic_extra__: dict[str, int] = Field(init=False)
    x: int


UserId = NewType("UserId", int)
Nested = TypeAliasType("Nested", "dict[str, Nested] | list[Nested] | str | int")
Many = TypeAliasType("Many", list[T], type_params=(T,))

SURVIVE: list[Any] = [
    *(str, int, float, bool, None, bytes, complex),
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
    *(pydantic.AwareDatetime, pydantic.NaiveDatetime, pydantic.PastDate),
    *(decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.Path),
    *(ipaddress.IPv4Address, ipaddress.IPv6Network, ipaddress.IPv4Interface),
    *(pydantic.AnyUrl, pydantic.HttpUrl, pydantic.PostgresDsn, pydantic.JsonValue, pydantic.ByteSize),
    *(Colour, Size, Word, Mixed, Rights, Bits),
    *(Literal["a", 1, True, None], Literal["a"]),
    *(list[int], set[int], frozenset[str], tuple[int, str], tuple[int, ...], tuple[()], collections.deque[int]),
    *(dict[str, int], dict[int, str], dict[Colour, int], dict[Size, int], dict[uuid.UUID, int]),
    *(dict[datetime.date, int], dict[Literal["a", "b"], int], dict[UserId, str], dict[decimal.Decimal, int]),
    *(collections.OrderedDict[str, int], collections.defaultdict[str, int], collections.Counter[str]),
    collections.defaultdict[str, Annotated[list[int], Field(default_factory=list)]],
    *(NoMoreItems, Literal[2**63 - 1, -(2**63)], enum.Enum("Long", {"A": 2**63 - 1})),
    *(typing.List[int], typing.Dict[str, int], typing.Optional[int]),  # noqa: UP006, UP045  # they are still written
    *(UserId, Nested, Many[int], Annotated[int, Field(gt=0)], Annotated[list[Annotated[str, Field()]], Field()]),
    *(Plain, Node, Page[int], Page[Page[Colour]], BlobBase64, Numbers, Point, Pair[int], Place, Options, MoreOptions),
    *(Computed, Private, Choices, Strict, Open, OwnSchema),
    *(Timeless, Excluded, Again, MaybePage[int], Pages[str], Hexadecimal, HoldsEncoded, dict[Auto, int]),
    *(Literal[Card.VISA], Literal[Card.VISA, "cash"], Literal[OldCard.VISA], Literal[Size.SMALL, "x"]),
    *(pydantic.PositiveInt, pydantic.StrictStr, pydantic.constr(min_length=1)),
    *(CheckedPair[int], list[CheckedPair[CheckedPair[datetime.date]] | None]),
]


@pytest.mark.parametrize("type_", SURVIVE, ids=str)
def test_type_survives(type_: Any) -> None:
    """Everything that comes back as it was is accepted, in both directions."""
    assert problems_of(type_, is_input=True) == []
    assert problems_of(type_, is_input=False) == []


class Hashed(BaseModel):
    """Has a hash of its own, whatever its fields have."""

    tags: list[str] = []

    def __hash__(self) -> int:
        return len(self.tags)


class Solid(BaseModel, frozen=True):
    numbers: tuple[int, ...] = ()
    inside: tuple[Solid, ...] = ()
    colour: Colour | None = None


class HoldsList(BaseModel, frozen=True):
    tags: list[str] = []


class SolidRoot(RootModel[frozenset[int]], frozen=True):
    pass


class ListRoot(RootModel[list[int]], frozen=True):
    pass


@dataclasses.dataclass(frozen=True)
class SolidPoint:
    x: int
    tags: list[str] = dataclasses.field(default_factory=list, compare=False)
    notes: list[str] = dataclasses.field(default_factory=list, hash=False)


@dataclasses.dataclass(unsafe_hash=True)
class HashedPoint:
    x: int


@dataclasses.dataclass(eq=False)
class OneOfAKind:
    x: list[int]


@dataclasses.dataclass(frozen=True)
class HoldsDict(Generic[T]):
    x: T


class HoldsSet(NamedTuple):
    x: set[int]


Deep = TypeAliasType("Deep", "tuple[Deep, ...] | int")
DeepDict = TypeAliasType("DeepDict", "tuple[DeepDict, ...] | dict[str, int]")

WITH_A_HASH: list[Any] = [
    *(Place, Solid, SolidRoot, SolidPoint, HashedPoint, OneOfAKind, Hashed, HoldsDict[int], HoldsDict[Solid]),
    *(
        tuple[int, Colour | None],
        frozenset[Solid],
        tuple[Solid, ...],
        Deep,
        UserId,
        Annotated[str, Field(min_length=1)],
    ),
    *(int | Solid, Literal["a"], OwnSchema, pydantic.HttpUrl, decimal.Decimal, None),
]
WITHOUT: list[tuple[Any, str]] = [
    (list[int], "list[int] has no hash"),
    (set[int], "set[int] has no hash"),
    (dict[str, int], "dict[str, int] has no hash"),
    (collections.deque[int], "has no hash"),
    (collections.Counter[str], "has no hash"),
    (Plain, "Plain has no hash"),
    (Point, "Point has no hash"),
    (Options, "Options has no hash"),
    (ListRoot, "ListRoot holds list[int], which has no hash"),
    (HoldsList, "HoldsList holds list[str], which has no hash"),
    (HoldsSet, "HoldsSet holds set[int], which has no hash"),
    (HoldsDict[dict[str, int]], "holds dict[str, int], which has no hash"),
    (tuple[int, Plain], "tuple[int, tests.test_representable.Plain] holds Plain, which has no hash"),
    (tuple[list[int], ...], "holds list[int], which has no hash"),
    (int | Plain, "Plain has no hash"),
    (DeepDict, "dict[str, int] has no hash"),
    (pydantic.JsonValue, "has no hash"),
    (Annotated[list[int], Field(min_length=1)], "list[int] has no hash"),
]


@pytest.mark.parametrize("member", WITH_A_HASH, ids=str)
def test_sets_of_what_has_a_hash(member: Any) -> None:
    """A set holds whatever has a hash, made of its fields or not."""
    for collection in (set, frozenset):
        assert problems_of(collection[member], is_input=True) == []
        assert problems_of(dict[str, collection[member]], is_input=False) == []  # type: ignore[valid-type]  # at run time


@pytest.mark.parametrize(("member", "reason"), WITHOUT, ids=lambda value: str(value)[:40])
def test_sets_of_what_has_no_hash_are_refused(member: Any, reason: str) -> None:
    """What no set can hold is refused at definition, not in each call."""
    for collection in (set, frozenset):
        for is_input in (True, False):
            (problem,) = problems_of(list[collection[member]], is_input=is_input)  # type: ignore[valid-type]  # at run time
            assert reason in problem.reason
            assert "Write list[...]" in problem.remedy
    (problem,) = problems_of(Set[member], is_input=True)
    assert reason in problem.reason


def written(*sources: str) -> list[Any]:
    """Return types that no checker lets stand in the source."""
    names = {"collections": collections, "Annotated": Annotated}
    return [eval(source, names) for source in sources]  # strings of this file


WRONG_MAPPINGS = written(
    *(
        "dict[str]",
        "dict[int]",
        "dict[str, int, int]",
        "list[dict[str]]",
        "dict[str] | None",
        "Annotated[dict[str], 1]",
    ),
    *("collections.OrderedDict[str]", "collections.defaultdict[str]", "dict[str, ...]"),
)
WRONG_COLLECTIONS = written(
    *("list[int, str]", "set[int, str]", "frozenset[int, int]", "collections.deque[int, int]", "list[int, ...]"),
    *("collections.Counter[str, int]", "dict[str, list[int, str]]", "int | list[int, str]"),
)
WRONG_TUPLES = written("tuple[int, ..., int]", "tuple[..., int]", "tuple[int, str, ...]", "list[tuple[..., int]]")

MAKE_TYPED_DICT: Any = TypedDict
MAKE_MODEL: Any = pydantic.create_model
MAKE_ENUM: Any = enum.Enum
MANGLED = MAKE_TYPED_DICT("Mangled", {"__x": int})
UNWRITABLE_NAMES: list[Any] = [
    *(MAKE_TYPED_DICT("Keys", {name: int}) for name in ("class", "content-type", "\ufb01x")),
    *(MAKE_MODEL("Fields", **{name: (int, ...)}) for name in ("class", "a-b", "\ufb01x")),
    *(MAKE_ENUM("Members", {name: 1}) for name in ("None", "a b", "class")),
]


class FirstMember(BaseModel):
    value: int | str | None = Field(None, union_mode="left_to_right")


@pydantic.dataclasses.dataclass
class Unwritten:
    x: int
    seed: dataclasses.InitVar[int] = 0


@dataclasses.dataclass
class UnwrittenPlain(Unwritten):
    y: int = 0


@pydantic.dataclasses.dataclass
class ComputedPlain:
    x: int

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def double(self) -> int:
        return 2 * self.x


Huge = enum.Enum("Huge", {"A": 2**63, "B": 1})
Bit = enum.Flag("Bit", {"A": 1, "B": 1 << 70})
DEFAULT_DICT: Any = collections.defaultdict
NO_FACTORY: list[Any] = [
    *(datetime.date, Plain, bytes, int | None, collections.defaultdict[str, int]),
    Annotated[datetime.date, Field(default_factory=datetime.date.today)],
]

MAKE_NEW_TYPE: Any = NewType
NEW_TYPES: list[Any] = [
    *(MAKE_NEW_TYPE("Name", kind) for kind in (NoMoreItems, int | None, Literal["a"])),
    MAKE_NEW_TYPE("Outer", MAKE_NEW_TYPE("Inner", NoMoreItems)),
]

UNPACKED: list[Any] = [tuple[int, *tuple[str, ...]], list[tuple[typing.Unpack[tuple[int, ...]], str]]]  # noqa: UP044  # the other way to write it

REFUSED: list[tuple[Any, str]] = [
    (MAKE_MODEL("Nameless", x=(int, Field(alias=""))), "the alias of 'x' is empty"),
    (MoreItems, "MoreItems has extra_items, which would be left out without a word"),
    *((kind, "of which type checkers make Any") for kind in NEW_TYPES),
    *((kind, "has an InitVar, which is not written") for kind in (Unwritten, UnwrittenPlain)),
    (ComputedPlain, "ComputedPlain is a dataclass with the computed field 'double'"),
    *(
        (kind, "has more than 64 bits")
        for kind in (Literal[2**63], Literal[1, -(2**63) - 1], Huge, dict[Huge, int], Bit)
    ),
    *((DEFAULT_DICT[str, kind], "has no value that both sides know") for kind in NO_FACTORY),
    *((kind, f"{kind.__name__} has no form in JSON") for kind in (AsyncIterator[int], Awaitable[int])),
    (typing.LiteralString, "LiteralString has no form in JSON"),
    *((kind, "Unpack has no form in JSON") for kind in UNPACKED),
    (Any, "Any has no one form in JSON"),
    (object, "object has no one form in JSON"),
    *((bare, f"{bare.__name__} does not say what it holds") for bare in (list, set, tuple, collections.deque, dict)),
    (Page, "the type variable ~T can be anything"),
    (list[T], "the type variable ~T can be anything"),  # type: ignore[valid-type]  # the mistake under test
    (Literal[Colour.RED], "a Literal of enum members reads back as nothing"),
    (Pairs, "Pairs has values that are no text or number"),
    (Empty, "Empty has values that are no text or number"),
    (Literal[b"a"], "values that are no text or number"),
    (dict[tuple[int, int], str], "keys of type tuple[int, int] have no form"),
    (dict[None, str], "keys of type None"),
    (dict[Plain, str], "keys of type Plain have no form"),
    (dict[int | str, str], "keys of several types are all written as text"),
    (dict[str | None, str], "keys of several types"),
    (dict[Literal[1], str], "read back as text"),
    (dict[Rights, str], "keys of type Rights read back as text"),
    (dict[Mixed, str], "keys of type Mixed read back as text"),
    (dict[SecretStr, str], "keys of type SecretStr have no form"),
    (Blob, "bytes in Blob would be written as UTF-8"),
    (RootBlob, "bytes in RootBlob would be written as UTF-8"),
    (list[Blob], "bytes in Blob"),
    (Page[bytes], "bytes in Page[bytes]"),
    (PlaceOfAnything, "Any has no one form"),
    (Derived, "field 'double' of Derived is not read back"),
    (ComputedStrict, "ComputedStrict writes the computed field 'area'"),
    (ComputedOpen, "ComputedOpen writes the computed field 'area'"),
    (CheckedPair, "the type variable ~T can be anything"),
    *((kind, "the type variable ~T can be anything") for kind in (CheckedChild, PlainChild)),
    *((kind, "encoded values are decoded whenever") for kind in (pydantic.Base64Bytes, list[pydantic.Base64Str])),
    (Milliseconds, "Milliseconds has ser_json_temporal='milliseconds', a number"),
    (Seconds, "Seconds has ser_json_timedelta='float', which loses microseconds"),
    (Short, "the default of 'nick' is '', which breaks its own min_length=3"),
    (Unset, "the default of 'name' is None, another type"),
    (Late, "the default of 'count' is 0, which breaks its own ge=1"),
    (Far, "the default of 'colour' is 'blue', another type"),
    (Literal[Card.VISA, "visa"], "two values that are written alike"),
    (
        Annotated[
            Annotated[Plain, Tag("plain")] | Annotated[WiderOptional, Tag("wider")], Discriminator(lambda _: "plain")
        ],
        "look alike in JSON",
    ),
    (PathAlias, "an AliasPath can be read, but not written"),
    (PathChoices, "an AliasPath can be read, but not written"),
    (Arbitrary, "Arbitrary has no form in JSON"),
    (range, "range has no form in JSON"),
    (bytearray, "bytearray has no form in JSON"),
    (Iterator[int], "Iterator has no form in JSON"),
    (Iterable[int], "Iterable has no form in JSON"),
    (Collection[int], "Collection has no form in JSON"),
    (Annotated[int, pydantic.ValidateAs(str, int)], "it is read as another type than it is written as"),
    (Annotated[int | str, Field(union_mode="left_to_right")], "makes int of whatever can be converted to it"),
    (FirstMember, "makes int of whatever can be converted to it"),
    (Callable[[int], int], "Callable has no form in JSON"),
    (type[int], "type has no form in JSON"),
    (pydantic.Json[list[int]], "it is read from a text of JSON"),
    (pydantic.SkipValidation[int], "it is not validated"),
    (pydantic.SerializeAsAny[Plain], "it is written with what its type does not have"),
    (pydantic.FilePath, "whether a path exists differs between machines"),
    (list[Redirect[None]], "a Redirect stands inside another type"),
    *((kind, "is not a name") for kind in UNWRITABLE_NAMES),
    (MANGLED, "has another name inside of a class"),
    *((kind, "takes the types of keys and values") for kind in WRONG_MAPPINGS),
    *((kind, "takes one type") for kind in WRONG_COLLECTIONS),
    *((kind, "'...' stands after one type") for kind in WRONG_TUPLES),
    *((kind, "would be left out without a word") for kind in (OnErrorOmit[int], dict[str, OnErrorOmit[int]])),
]


@pytest.mark.parametrize(("type_", "reason"), REFUSED, ids=lambda value: str(value)[:40])
def test_type_refused(type_: Any, reason: str) -> None:
    """What would not come back as it was is refused, in both directions, with a reason and a remedy."""
    for is_input in (True, False):
        (problem, *_) = problems_of(type_, is_input=is_input)
        assert reason in problem.reason
        assert problem.remedy.endswith((".", "'"))


OUTPUTS: list[tuple[Any, str]] = [
    (SecretStr, "a secret would be written as asterisks"),
    (SecretBytes, "a secret would be written as asterisks"),
    (Login, "a secret would be written as asterisks"),
    (UploadedFile, "an UploadedFile is what a form sends"),
    (list[Upload], "an UploadedFile is what a form sends"),
    (Unsaid, "a serializer of its own"),
    (UnsaidWhole, "a serializer of its own"),
    (Encoders, "which writes a form of its own"),
    (Annotated[int, pydantic.PlainSerializer(str)], "a serializer of its own"),
    (WrittenAsAny, "Any has no one form"),
    (Sequence[int], "Sequence can be one of several classes"),
    (Mapping[str, int], "Mapping can be one of several classes"),
]


@pytest.mark.parametrize(("type_", "reason"), OUTPUTS, ids=lambda value: str(value)[:40])
def test_type_for_inputs_only(type_: Any, reason: str) -> None:
    """Some types can be sent, and not returned."""
    assert problems_of(type_, is_input=True) == []
    assert reason in problems_of(type_, is_input=False)[0].reason


TOLD_APART: list[Any] = [
    *(int | str, int | float, bool | int, int | None, decimal.Decimal | int, datetime.date | int, list[int] | int),
    *(datetime.date | uuid.UUID, datetime.date | datetime.time, ipaddress.IPv4Address | ipaddress.IPv6Address),
    *(Literal["auto"] | datetime.date, Literal["a"] | str, Literal["a"] | Literal["b"], Literal["all"] | list[int]),
    *(
        Rights | str,
        Rights | None,
        Rights | list[int],
        Colour | int,
        Colour | Size,
        Colour | Word,
        Colour | datetime.date,
        Colour | None,
    ),
    *(list[int] | list[str], dict[str, int] | dict[str, str], list[int | str] | list[str], set[int] | set[str]),
    *(
        tuple[int] | tuple[int, int],
        tuple[int, uuid.UUID] | list[int],
        tuple[Literal["a"], int] | tuple[Literal["b"], int],
    ),
    *(Cat | Dog, list[Cat] | list[Dog], Annotated[Cat | Dog, Field(discriminator="kind")]),
    *(Plain | Other, Plain | Wider, Plain | str, Plain | list[int], Plain | None, list[Plain | Other]),
    *(pydantic.ByteSize | None, pydantic.ByteSize | list[int], pydantic.ByteSize | Plain),
    *(Plain | Redirect[None], Redirect[Plain] | Redirect[str], Literal[1, None] | None, Literal[None] | None),
    Annotated[Annotated[Plain, Tag("plain")] | Annotated[Other, Tag("other")], Discriminator(lambda value: "plain")],
]


@pytest.mark.parametrize("union", TOLD_APART)
def test_union_told_apart(union: Any) -> None:
    """Members that differ in the kind of JSON, in grammar, in values or in required fields can stand together."""
    assert problems_of(union, is_input=False) == []


LOOK_ALIKE: list[Any] = [
    *(pydantic.ByteSize | other for other in (int, float, bool, str, uuid.UUID, datetime.date, decimal.Decimal)),
    *(list[ipaddress.IPv4Address] | tuple[bool, int], tuple[ipaddress.IPv6Network] | tuple[bool]),
    *(datetime.datetime | str, datetime.date | datetime.datetime, uuid.UUID | str, str | bytes, decimal.Decimal | str),
    *(decimal.Decimal | datetime.date, datetime.time | datetime.timedelta, pathlib.Path | uuid.UUID),
    *(Colour | str, Size | int, Size | bool, Word | int, Word | datetime.date, Literal["1"] | decimal.Decimal),
    *(Rights | int, Rights | datetime.date, Rights | bool, Rights | Size, Literal[3] | Rights),
    *(Literal[1] | bool, Literal[1] | float, Literal["red"] | Colour),
    *(
        list[int] | set[int],
        list[int] | tuple[int, ...],
        tuple[int, int] | list[int],
        tuple[int, str] | list[int],
        Plain | Textual,
        Coordinates | list[int],
    ),
    *(list[datetime.date] | list[str], list[int] | list[float], dict[str, int] | dict[str, float]),
    *(dict[str, int] | dict[int, str], dict[str, int] | Plain, Options | Plain, dict[str, str] | Cat),
    *(Plain | WiderOptional, Plain | Strict, Plain | Fractional, list[Plain] | list[Wider], Open | Plain | Wider),
    *(Numbers | list[int], Page[int] | Page[str], Coordinates | Plain, RootModel[int] | int),
    *(Redirect[Plain] | Redirect[WiderOptional], Nested | datetime.date),
    *(
        Nothing | None,
        Annotated[Nothing, Field()] | None,
        Nothing | Literal[None],
        Nothing | str | None,
    ),
    *(RootModel[None] | None, RootModel[int | None] | None, RootModel[Nothing] | None),
]


@pytest.mark.parametrize("union", LOOK_ALIKE, ids=str)
def test_union_that_looks_alike(union: Any) -> None:
    """Members that share a JSON value, and read it differently, are refused by name whatever their order."""
    (problem,) = problems_of(union, is_input=False)
    turned = problems_of(Union[tuple(reversed(typing.get_args(union)))], is_input=False)  # noqa: UP007  # made here

    assert "look alike in JSON" in problem.reason
    assert "discriminator" in problem.remedy
    assert len(turned) == 1


def test_problem_says_where() -> None:
    """A problem deep inside a type has the path of its field; a class met twice is told of once."""

    class Deep(BaseModel):
        first: list[Blob]
        second: dict[str, Blob | None]

    assert [problem.where for problem in problems_of(Deep, is_input=True)] == ["first.data"]


def test_problem_names_the_remedy() -> None:
    """The remedy is text that can be copied."""
    (problem,) = problems_of(Blob, is_input=True)

    assert problem.remedy == (
        'Add \'model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")\' to Blob.'
    )


def test_unknown_class_may_be_injected() -> None:
    """A class that cannot travel may be meant to be injected, so the remedy says how."""
    (problem,) = problems_of(Arbitrary, is_input=True)

    assert problem.remedy.endswith("If a guard or an interceptor supplies it: Annotated[Arbitrary, Injected].")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on pydantic reads the one of typing")
def test_typed_dict_of_typing() -> None:
    """Before Python 3.12 pydantic needs the TypedDict of typing_extensions, and the remedy says so."""
    (problem,) = problems_of(OldOptions, is_input=True)

    assert "OldOptions is a typing.TypedDict" in problem.reason
    assert "import TypedDict from typing_extensions" in problem.remedy


def test_every_problem_of_a_type() -> None:
    """A type with several problems has all of them reported."""

    class Wrong(BaseModel):
        one: Any
        two: dict[tuple[int, int], str]
        three: datetime.date | str
        four: list[Arbitrary]

        model_config = ConfigDict(arbitrary_types_allowed=True)

    assert [problem.where for problem in problems_of(Wrong, is_input=True)] == ["one", "two", "three", "four"]


class Ranged(BaseModel):
    name: str = Field("", json_schema_extra={"form": {"widget": "range"}})


def test_glance_says_what_the_walk_says() -> None:
    """What is seen at a glance to survive, the walk finds nothing wrong with, in either direction."""
    every = [*SURVIVE, *(kind for kind, _ in (*REFUSED, *OUTPUTS)), *TOLD_APART, *LOOK_ALIKE, *CROSSED]
    glanced = [kind for kind in [*every, Ranged] if is_plain_type(kind)]

    assert len(glanced) > 20
    for kind in glanced:
        assert _walked(kind) == ([], [])


@given(kinds_with_values())
def test_glance_at_any_type(case: tuple[Any, list[Any]]) -> None:
    """The same for any type that can be drawn, in a model with defaults too."""
    kind, values = case
    model = pydantic.create_model("Drawn", one=(kind, ...), other=(kind | None, None), more=(kind, values[0]))

    for drawn in (kind, model):
        assert not is_plain_type(drawn) or _walked(drawn) == ([], [])


def _walked(kind: Any) -> tuple[list[Any], list[Any]]:
    """What the walk finds where no glance spares it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(representable, "is_plain_type", lambda *_: False)
        return problems_of(kind, is_input=True), problems_of(kind, is_input=False)


# Remedies.


class ShortMended(BaseModel):
    nick: Annotated[str, Field(min_length=3)] = "abc"


class UnsetMended(BaseModel):
    name: str | None = None


class MillisecondsMended(BaseModel):
    spans: dict[str, list[datetime.timedelta] | None]


class UnsaidMended(BaseModel):
    x: int

    @pydantic.field_serializer("x")
    def write(self, value: int) -> str:
        return f"{value}!"


class BlobMended(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    data: bytes


class StrColour(str, enum.Enum):  # noqa: UP042  # as the remedy writes it
    RED = "red"


class ComputedMended(BaseModel):
    x: int

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def more(self) -> dict[str, pydantic.JsonValue]:
        return {}


@pytest.mark.parametrize(
    ("wrong", "remedy", "mended"),
    [
        (Short, "Write a default that keeps it", ShortMended),
        (Unset, "Write 'name: str | None = None'", UnsetMended),
        (Milliseconds, "Remove ser_json_temporal", MillisecondsMended),
        (Unsaid, "Annotate what the serializer returns", UnsaidMended),
        (Blob, "ConfigDict(ser_json_bytes", BlobMended),
        (Literal[Colour.RED], "Use the enum itself", Colour),
        (Literal[Colour.RED], "class Colour(str, Enum)", Literal[StrColour.RED]),
        (ComputedAny, "use pydantic.JsonValue", ComputedMended),
        (dict[tuple[int, int], str], "a list of pairs", list[tuple[tuple[int, int], str]]),
        (pydantic.Base64Bytes, "Use bytes", bytes),
        (list[pydantic.Base64Bytes], "make it a field of a model", HoldsEncoded),
        (pydantic.Json[list[int]], "Use the type inside", list[int]),
        (pydantic.FilePath, "Use pathlib.Path", pathlib.Path),
        (Page, "Page[int]", Page[int]),
        (CheckedPair, "Page[int]", CheckedPair[int]),
        (CheckedChild, "Write the field again in CheckedChild, with its type", CheckedChildMended),
        (Encoders, "Remove json_encoders", Timeless),
        (MoreItems, "'__pydantic_extra__: dict[str, int]'", MoreItemsMended),
        (Literal[2**63, 1], "Write it as a str", Literal["9223372036854775808", 1]),
        (collections.defaultdict[str, bytes], "Write dict[str, bytes]", dict[str, bytes]),
        (Iterable[int], "Write list[...], or yield the items", list[int]),
        (Awaitable[int], "Write the type of what it gives", int),
        (typing.LiteralString, "Write str", str),
        (tuple[int, *tuple[str, ...]], "tuple[str, ...] for any number", tuple[str, ...]),
        (NEW_TYPES[0], "Write NoMoreItems itself", NoMoreItems),
        (NEW_TYPES[0], "or an alias of it", TypeAliasType("Name", NoMoreItems)),
    ],
    ids=str,
)
def test_remedy_helps(wrong: Any, remedy: str, mended: Any) -> None:
    """What a remedy says, followed to the letter, is accepted."""
    assert remedy in problems_of(wrong, is_input=False)[0].remedy
    assert problems_of(mended, is_input=False) == []


@pytest.mark.parametrize("kind", [Written, WrittenWhole, Computed], ids=str)
def test_serializers_that_say_what_they_write(kind: Any) -> None:
    """A serializer with a return annotation is fine in outputs, and its class in inputs."""
    assert problems_of(kind, is_input=True) == problems_of(kind, is_input=False) == []
    assert kind is Computed or representable.survey(kind, is_input=False).one_way == {kind: "a serializer"}


class SecretBlob(BaseModel):
    data: SecretBytes


class SecretBlobMended(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    data: SecretBytes


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [
        (pydantic.Secret[int], SecretStr),
        (list[SecretDate], SecretBytes),
        (pydantic.ImportString, Literal["a"]),
        (list[pydantic.ImportString[typing.Any]], Colour),
        (pathlib.WindowsPath, pathlib.PureWindowsPath),
        (BaseModel, Plain),
        (list[BaseModel | None], Plain | Other),
        (SecretBlob, SecretBlobMended),
    ],
    ids=str,
)
def test_inputs_that_would_arrive_as_something_else(wrong: Any, mended: Any) -> None:
    """What callers cannot send as it is, or should not choose, is refused as an input, and its remedy works."""
    assert len(problems_of(wrong, is_input=True)) == 1
    assert problems_of(mended, is_input=True) == []


class Bounded(BaseModel):
    """A union whose bound is one for numbers."""

    size: int | str = Field(gt=3)


class BoundedMended(BaseModel):
    """The same, mended as the remedy says."""

    size: Annotated[int, Field(gt=3)] | str


class Places(NamedTuple):
    """A place with a bound that it cannot have."""

    size: Annotated[bool, Field(max_length=3)]


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [
        (Annotated[int | str, Field(gt=3)], Annotated[int, Field(gt=3)] | str),
        (Annotated[int | str | None, Field(max_length=3)], int | Annotated[str, Field(max_length=3)] | None),
        (Annotated[Colour, Field(gt=3)], Colour),
        (Annotated[Colour | None, Field(min_length=3)], Colour | None),
        (Annotated[str, Field(gt=3)], Annotated[str, Field(gt="3")]),
        (Annotated[Plain, Field(min_length=1)], Plain),
        (Annotated[int, Field(max_digits=3)], Annotated[decimal.Decimal, Field(max_digits=3)]),
        (list[Annotated[float, Field(decimal_places=2)]], list[Annotated[decimal.Decimal, Field(decimal_places=2)]]),
        (Annotated[int, Field(pattern="a")], Annotated[str, Field(pattern="a")]),
        (Annotated[str, Field(multiple_of=3)], Annotated[int, Field(multiple_of=3)]),
        (Annotated[list[int] | int, annotated_types.Len(1, 3)], Annotated[list[int], annotated_types.Len(1, 3)] | int),
        (
            Annotated[ipaddress.IPv4Address | ipaddress.IPv6Address, Field(gt=ipaddress.IPv4Address(0))],
            Annotated[ipaddress.IPv4Address, Field(gt=ipaddress.IPv4Address(0))] | ipaddress.IPv6Address,
        ),
        (Bounded, BoundedMended),
        (Places, Plain),
    ],
    ids=str,
)
def test_constraints_that_no_value_can_keep(wrong: Any, mended: Any) -> None:
    """A constraint that a type cannot have, or a member of the union that it stands on, is refused by name."""
    (problem,) = problems_of(wrong, is_input=True)

    assert "cannot keep" in problem.reason
    assert [other.reason for other in problems_of(wrong, is_input=False)] == [problem.reason]
    assert problems_of(mended, is_input=True) == []


LIMITS = (
    *(("min_length", 0), ("max_length", 50), ("max_digits", 50), ("decimal_places", 50), ("multiple_of", 1)),
    *(("gt", 0), ("gt", "A"), ("gt", b"A"), ("gt", uuid.UUID(int=0))),
    *(("gt", datetime.timedelta(0)), ("gt", datetime.date(1, 1, 1)), ("gt", datetime.time(0)), ("gt", (0,))),
    *(("min_length", "1"), ("max_length", -1), ("max_length", 10**30), ("max_digits", -1), ("decimal_places", 1.5)),
    *(("multiple_of", 0), ("multiple_of", "a"), ("le", 1.5), ("le", "a"), ("le", [1])),
    *(("pattern", "a"), ("pattern", "("), ("pattern", "(?=a)"), ("pattern", 1)),
    *(("strict", "yes"), ("strict", True), ("allow_inf_nan", True), ("fail_fast", True), ("union_mode", "smart")),
)
VALUES: dict[Any, object] = {
    bool: True,
    int: 7,
    float: 7.0,
    decimal.Decimal: decimal.Decimal(7),
    fractions.Fraction: fractions.Fraction(7),
    str: "a",
    bytes: b"a",
    complex: 1j,
    Colour: Colour.RED,
    Literal["a"]: "a",
    list[int]: [1],
    set[int]: {1},
    uuid.UUID: uuid.UUID(int=7),
    pathlib.Path: pathlib.Path("a"),
    ipaddress.IPv4Address: ipaddress.IPv4Address(7),
    datetime.date: datetime.date(2020, 1, 1),
    datetime.time: datetime.time(1),
    Plain: Plain(x=1),
    datetime.timedelta: datetime.timedelta(7),
    dict[str, int]: {"a": 1},
    tuple[int, ...]: (1,),
    tuple[int]: (1,),
    int | None: 7,
    int | float: 7,
    SecretStr: "a",
}


@pytest.mark.skipif(pydantic.VERSION < "2.14", reason="its core knew other constraints")
@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_a_constraint_is_taken_where_it_can_be_kept(kind: Any) -> None:
    """A constraint is refused exactly where pydantic fails when it builds the validator, or when it meets a value."""
    taken, kept = [], []
    for limit in LIMITS:
        constrained = Annotated[kind, Field(**dict([limit]))]
        if not problems_of(constrained, is_input=True):
            taken.append(limit)
        with suppress(TypeError, SchemaError, RuntimeError, ZeroDivisionError):
            adapter = TypeAdapter(constrained)
            with suppress(ValueError):  # the value breaks it
                adapter.validate_python(VALUES[kind])
            kept.append(limit)

    assert taken == kept


# Of no type, as type checkers refuse these.
ANY_LIMIT: Any = "a"
ANY_LENGTH: Any = 1.5
ANY_FLAG: Any = "yes"
ANY_VERSION: Any = 9


class Lion(BaseModel):
    """One member of a union with a field that tells it apart, and one that does not."""

    kind: Literal["lion"]
    age: int


@dataclasses.dataclass
class Wolf:
    """The other member."""

    kind: Literal["wolf"]
    age: int


@dataclasses.dataclass
class Wrong:
    """A field of a class that pydantic builds at the first call."""

    count: Annotated[int, Field(gt=ANY_LIMIT)]


@pytest.mark.parametrize(
    ("wrong", "reason", "remedy"),
    [
        (
            Annotated[int, Field(gt=ANY_LIMIT)],
            "int cannot have gt='a': 'gt' must be coercible",
            "a limit of the type itself",
        ),
        (Wrong, "int cannot have gt='a'", "a limit of the type itself"),
        (list[Annotated[str, Field(max_length=-1)]], "str cannot have max_length=-1", "0 or more"),
        (
            Annotated[list[Plain], Field(min_length=ANY_LENGTH)],
            "cannot have min_length=1.5",
            "0 or more",
        ),
        (Annotated[str, Field(pattern="(")], "str cannot have pattern='(': unclosed group", "re.compile(...)"),
        (Annotated[str, StringConstraints(pattern="(?=a)")], "look-around", "without look-around"),
        (Annotated[str, StringConstraints(to_lower=ANY_FLAG)], "cannot have to_lower='yes'", "True or False"),
        (Annotated[int, Field(multiple_of=0)], "int cannot have multiple_of=0", "a number above 0"),
        (Annotated[int | str, Field(union_mode=ANY_FLAG)], "cannot have union_mode='yes'", "Remove union_mode"),
        (
            Annotated[int | float, Field(gt=ANY_LIMIT)],
            "the union has gt='a', which int cannot keep",
            "Give it to",
        ),
        (Annotated[uuid.UUID, UuidVersion(ANY_VERSION)], "UUID cannot have uuid_version=9", "Remove uuid_version"),
        (Annotated[Lion | Wolf, Field(discriminator="king")], "Lion has no field 'king'", "king: Literal['...']"),
        (Annotated[Lion | Wolf, Field(discriminator="age")], "'age' of Lion, which the discriminator", "age: Literal"),
        (Annotated[Lion | int, Discriminator("kind")], "int has no field 'kind'", "kind: Literal['...']"),
        (Annotated[UploadedFile, Field(max_length=5)], "UploadedFile cannot keep max_length=5", "Remove max_length"),
    ],
    ids=str,
)
def test_limits_that_pydantic_refuses_at_the_first_call(wrong: Any, reason: str, remedy: str) -> None:
    """A limit that pydantic cannot build a validator with is refused where it is written."""
    (problem,) = problems_of(wrong, is_input=True)

    assert reason in problem.reason
    assert remedy in problem.remedy
    assert not is_plain_type(wrong)


@pytest.mark.parametrize(
    "kind",
    [
        Annotated[str, Field(pattern=re.compile("(?=a)"))],
        Annotated[str, Field(pattern="^[a-z]+$")],
        Annotated[Lion | Wolf, Field(discriminator="kind")],
        Annotated[list[Plain], Field(min_length=1)],
        Annotated[list[Plain] | None, Field(max_length=3)],
        Annotated[datetime.date, Field(ge=datetime.date(2020, 1, 1))],
        Annotated[datetime.timedelta, Field(gt=datetime.timedelta(1))],
        Annotated[decimal.Decimal, Field(max_digits=5, decimal_places=2)],
        Annotated[int, pydantic.Strict()],
        Annotated[float, pydantic.AllowInfNan(False)],
    ],
    ids=str,
)
def test_limits_that_pydantic_takes(kind: Any) -> None:
    """Limits of a type are left alone."""
    assert problems_of(kind, is_input=True) == []
    TypeAdapter(kind)


class HalfKind(enum.Enum):
    """A member that no JSON can hold."""

    BROKEN = "\ud83d"


class HalfDefault(BaseModel):
    """A default that no JSON can hold."""

    name: str = "a\ud83d"


class HalfPlace(NamedTuple):
    """The same in a named tuple."""

    name: str = "a\ud83d"


HalfKey = TypedDict("HalfKey", {"\ud83d": int})


@pytest.mark.parametrize(
    "kind",
    [HalfKind, Literal["\ud83d"], HalfDefault, HalfPlace, HalfKey, list[HalfKind | None], dict[str, HalfDefault]],
    ids=ascii,
)
@pytest.mark.parametrize("is_input", [True, False])
def test_half_a_surrogate_pair_is_refused_where_it_would_travel(kind: Any, is_input: bool) -> None:
    """Values, keys and the defaults that a server writes are of whole characters, and the message can be printed."""
    if is_input and kind in (HalfDefault, HalfPlace, dict[str, HalfDefault]):
        assert problems_of(kind, is_input=True) == []  # what is left out is not sent
        return
    (problem,) = problems_of(kind, is_input=is_input)

    assert "half a surrogate pair" in problem.reason
    assert "Write whole characters" in problem.remedy
    assert str(problem).encode()


class OwnType(BaseModel):
    price: Annotated[decimal.Decimal, Field(ge=0)]
    share: decimal.Decimal | None = None
    rates: list[Annotated[decimal.Decimal, pydantic.PlainSerializer(lambda rate: rate, return_type=decimal.Decimal)]]
    name: Annotated[str, Field(min_length=1), pydantic.WrapSerializer(lambda name, write: name, return_type=str)]

    @pydantic.field_serializer("price")
    def rounded(self, price: decimal.Decimal) -> decimal.Decimal:
        return round(price, 2)

    @pydantic.field_serializer("share", when_used="json-unless-none")
    def rounded_share(self, share: decimal.Decimal) -> decimal.Decimal:
        return round(share, 2)


class OwnVariable(BaseModel, Generic[T]):
    items: list[T]

    @pydantic.field_serializer("items")
    def first(self, items: list[T]) -> list[T]:
        return items[:10]


class OwnBesideAnother(BaseModel):
    prices: list[Annotated[decimal.Decimal, pydantic.PlainSerializer(str, return_type=str)]]

    @pydantic.field_serializer("prices")
    def sorted(self, prices: list[decimal.Decimal]) -> list[decimal.Decimal]:
        return sorted(prices)


@pytest.mark.parametrize(
    ("kind", "is_one_way"), [(OwnType, False), (OwnVariable[int], False), (OwnBesideAnother, True)]
)
def test_serializers_that_write_the_type_itself(kind: Any, is_one_way: bool) -> None:
    """A serializer that declares its field's own type makes no other thing of it: the class travels both ways."""
    for is_input in (True, False):
        survey = representable.survey(kind, is_input=is_input)
        assert survey.problems == []
        assert (kind in survey.one_way) is is_one_way


@pytest.mark.parametrize("kind", [ComputedAny, ComputedPairs], ids=str)
def test_computed_fields_have_the_rules_of_fields(kind: Any) -> None:
    """A computed field of a type that does not survive is refused in outputs, with its name."""
    (problem,) = problems_of(kind, is_input=False)

    assert (problem.where, problem.owner, problem.field) == ("more", kind, "more")
    assert problems_of(kind, is_input=True) == []


# Names that cross.


class Crossed(BaseModel):
    name: str = Field("N", alias="title")
    title: str = Field("T", alias="heading")


class Swapped(BaseModel):
    a: int = Field(1, alias="b")
    b: int = Field(2, alias="a")


class OneAlias(BaseModel):
    a: int = Field(1, alias="x")
    b: int = Field(2, alias="x")


class AliasOfPlain(BaseModel):
    a: int = Field(1, alias="b")
    b: int = 2


class PlainBeforeAlias(BaseModel):
    b: int = 2
    a: int = Field(1, alias="b")


class AliasAmongChoices(BaseModel):
    a: int = Field(1, validation_alias=pydantic.AliasChoices("b", "c"))
    b: int = Field(2, alias="d")


class WrittenAsAnother(BaseModel):
    a: int = Field(1, serialization_alias="b")
    b: int = Field(2, serialization_alias="c")


class GeneratedCrossing(BaseModel):
    model_config = ConfigDict(alias_generator=lambda name: {"a": "b", "b": "c"}[name])
    a: int = 1
    b: int = 2


@pydantic.dataclasses.dataclass
class CrossedClass:
    a: int = Field(1, alias="b")
    b: int = Field(2, alias="c")


@dataclasses.dataclass
class CrossedPlainClass:
    a: Annotated[int, Field(alias="b")] = 1
    b: int = 2


class CrossedDict(TypedDict):
    a: NotRequired[Annotated[int, Field(alias="b")]]
    b: NotRequired[int]


class GeneratedCrossingDict(TypedDict):
    __pydantic_config__ = ConfigDict(alias_generator=lambda name: {"a": "b", "b": "c"}[name])  # type: ignore[misc]  # pydantic reads it
    a: NotRequired[int]
    b: NotRequired[int]


class ComputedCrossing(BaseModel):
    a: int = Field(1, alias="b")

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def b(self) -> int:
        return 2


CROSSED = [
    *(Crossed, Swapped, OneAlias, AliasOfPlain, PlainBeforeAlias, WrittenAsAnother, GeneratedCrossing),
    *(CrossedClass, CrossedPlainClass, CrossedDict, GeneratedCrossingDict),
]


@pytest.mark.parametrize(
    ("kind", "is_input"),
    [
        *((kind, is_input) for kind in CROSSED for is_input in (True, False)),
        (AliasAmongChoices, True),
        (ComputedCrossing, False),
        (list[Swapped | None], True),
    ],
    ids=str,
)
def test_an_alias_is_no_name_of_another_field(kind: Any, is_input: bool) -> None:
    """A field whose name in JSON is a name of another field as well is refused, since either could be meant."""
    (problem,) = problems_of(kind, is_input=is_input)

    assert "so that the one could be read as the other" in problem.reason
    assert "no other field has" in problem.remedy


class Apart(BaseModel):
    """Names that meet, where nobody who reads them could mean the other."""

    id: int = Field(1, alias="id")
    a: int = Field(2, validation_alias=pydantic.AliasChoices("a", "old"))
    b: int = Field(3, validation_alias=pydantic.AliasChoices("b", "old"))


class ReadFromOnePlace(BaseModel):
    raw: str = Field("", validation_alias="source")
    parsed: str = Field("", validation_alias="source")


class NotWritten(BaseModel):
    a: int = Field(1, alias="b")
    b: int = Field(2, exclude=True)


@pytest.mark.parametrize(
    ("kind", "is_input"),
    [(Apart, True), (Apart, False), (ReadFromOnePlace, False), (NotWritten, False), (ComputedCrossing, True)],
    ids=str,
)
def test_names_that_nobody_confuses(kind: Any, is_input: bool) -> None:
    """An alias may be that of another field where nothing that is sent under it could be the other's."""
    assert problems_of(kind, is_input=is_input) == []


# Defaults inside collections, and of numbers that are none.


def defaulted(kind: Any, default: Any, **config: Any) -> Any:
    return pydantic.create_model("Defaulted", __config__=typing.cast("ConfigDict", config), x=(kind, default))


class PlacedShort(NamedTuple):
    x: tuple[int, int] = (1,)  # type: ignore[assignment]  # the mistake under test


@dataclasses.dataclass
class ClassedShort:
    x: tuple[int, int] = (1,)  # type: ignore[assignment]  # the mistake under test


@pytest.mark.parametrize(
    "kind",
    [
        *(defaulted(list[int], ["x"]), defaulted(list[int] | None, ["x"]), defaulted(dict[str, int], {1: 1})),
        *(defaulted(list[Annotated[int, Field(gt=3)]], [1]), defaulted(tuple[int, int], (1,))),
        *(PlacedShort, ClassedShort),
    ],
    ids=str,
)
def test_defaults_that_hold_what_their_type_does_not_allow(kind: Any) -> None:
    """A default is refused for what a collection in it holds, too."""
    for is_input in (True, False):
        (problem,) = problems_of(kind, is_input=is_input)
        assert "which its type does not allow: " in problem.reason


@pytest.mark.parametrize("number", [float("nan"), float("inf"), decimal.Decimal("NaN")], ids=str)
def test_defaults_that_are_written_need_to_be_numbers(number: Any) -> None:
    """NaN and infinities are no defaults of outputs, unless they are declared; an input's default is never sent."""
    kind = type(number)
    (problem,) = problems_of(defaulted(kind, number), is_input=False)

    assert "allow_inf_nan=True" in problem.remedy
    assert problems_of(defaulted(kind, number), is_input=True) == []
    assert problems_of(defaulted(kind, Field(number, allow_inf_nan=True)), is_input=False) == []
    assert problems_of(defaulted(kind, number, allow_inf_nan=True), is_input=False) == []


@pytest.mark.parametrize(
    "kind",
    [
        *(defaulted(list[decimal.Decimal], [0]), defaulted(set[int], {1}), defaulted(dict[str, list[int]], {"a": [1]})),
        *(defaulted(list[pydantic.Base64Bytes], [b"hi"]), defaulted(tuple[int, ...], (1, 2))),
    ],
    ids=str,
)
def test_defaults_that_hold_what_their_type_allows(kind: Any) -> None:
    """What validation would convert, and what is encoded on the wire only, may be in a default."""
    assert problems_of(kind, is_input=True) == problems_of(kind, is_input=False) == []


# Configurations that reach into other classes.


@dataclasses.dataclass
class WithoutConfig:
    user_id: int


class KeysWithoutConfig(TypedDict):
    user_id: int


@dataclasses.dataclass
class WithConfig:
    __pydantic_config__ = ConfigDict()
    user_id: int


class KeysWithConfig(TypedDict):
    __pydantic_config__ = ConfigDict()  # type: ignore[misc]  # pydantic reads it
    user_id: int


@pydantic.dataclasses.dataclass
class CheckedWithoutConfig:
    user_id: int


def renaming(kind: Any) -> Any:
    config = ConfigDict(alias_generator=str.upper)
    return pydantic.create_model("Renaming", __config__=config, x=(list[kind] | None, ...))


@pytest.mark.parametrize("kind", [WithoutConfig, KeysWithoutConfig], ids=str)
def test_a_class_that_takes_over_aliases_is_refused(kind: Any) -> None:
    """A class without a configuration has that of the model around it, and other names there than elsewhere."""
    (problem,) = problems_of(renaming(kind), is_input=False)

    assert f"{kind.__name__} has no configuration, so that alias_generator of Renaming" in problem.reason
    assert "'__pydantic_config__ = ConfigDict()'" in problem.remedy
    assert problems_of(kind, is_input=True) == []


@dataclasses.dataclass
class SingleWords:
    street: str
    city: str
    own_name: Annotated[str, Field(alias="name")] = ""


@pytest.mark.parametrize(
    "generator", [to_camel, AliasGenerator(serialization_alias=to_camel)], ids=["function", "object"]
)
@pytest.mark.parametrize(("kind", "is_renamed"), [(SingleWords, False), (WithoutConfig, True)])
def test_a_class_whose_names_stay_is_not_refused(kind: Any, is_renamed: bool, generator: Any) -> None:
    """Generators of camel case leave single words alone, and stated aliases."""
    config = ConfigDict(alias_generator=generator)
    model = pydantic.create_model("Camel", __config__=config, place=(kind, ...))

    assert bool(list(problems_of(model, is_input=False))) is is_renamed


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (WithConfig, WithConfig(1)),
        (KeysWithConfig, {"user_id": 1}),
        (CheckedWithoutConfig, CheckedWithoutConfig(1)),
        (Plain, Plain(x=1)),
    ],
    ids=str,
)
def test_a_class_with_a_configuration_keeps_its_names(kind: Any, value: Any) -> None:
    """With a configuration of its own, also an empty one, a class is the same everywhere."""
    model = renaming(kind)
    name = "user_id" if kind is not Plain else "x"

    assert problems_of(model, is_input=True) == problems_of(model, is_input=False) == []
    assert TypeAdapter(model).dump_python(model(X=[value]), by_alias=True) == {"X": [{name: 1}]}

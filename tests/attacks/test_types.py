"""Inputs of a few bytes that cost much by the type that reads them: recursive unions, equal hashes, patterns, depth."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing
import uuid
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from ipaddress import IPv6Address
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import httpx2
import pytest
from attacks.cost import cost, cpu
from conftest import running
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    RootModel,
    field_validator,
)
from sanic import Sanic
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import DefinitionError, InputError, Namespace, action, define_action
from sanic_actions._types.representable import problems_of
from sanic_actions._wire import Codec
from sanic_actions.server import ActionsBlueprint

PRIME = 2**61 - 1
"""All multiples of it have one hash."""

TIMES_SLOWER = 30
"""How many times the time of an ordinary input of its size an attack may take."""


TICK = 1e-4
"""Less than this is not measured."""


def seconds(codec: Codec[Any], body: bytes) -> float:
    """What reading or refusing an input takes of this thread, at best of three."""
    return cpu(partial(codec.decode, body))


def lines(codec: Codec[Any], body: bytes) -> int:
    """How many lines of Python run to read or refuse an input."""

    def decode() -> None:
        with contextlib.suppress(InputError):
            codec.decode(body)

    return cost(decode).lines


# Recursive unions whose members have a common Literal.


class And(BaseModel):
    kind: Literal["and"]
    parts: list[Expression]


class Or(BaseModel):
    kind: Literal["or", "either"] = "or"
    parts: dict[str, Expression]


class Is(BaseModel):
    kind: Literal["is"]
    value: int


Expression = And | Or | Is


class AliasedAnd(BaseModel):
    kind: Literal["and"] = Field(alias="$kind")
    parts: list[AliasedAnd | AliasedOr | int]


class AliasedOr(BaseModel):
    kind: Literal["or"] = Field(alias="$kind")
    parts: list[AliasedAnd | AliasedOr | int]


class AndDict(TypedDict):
    kind: Literal["and"]
    parts: list[AndDict | OrDict]


class OrDict(TypedDict):
    kind: Literal["or"]
    parts: list[AndDict | OrDict]


@dataclasses.dataclass
class AndClass:
    kind: Literal["and"]
    parts: tuple[AndClass | OrClass, ...] = ()


@dataclasses.dataclass
class OrClass:
    kind: Literal["or"]
    parts: list[AndClass | OrClass] = dataclasses.field(default_factory=list)


T = TypeVar("T")


class AndOf(BaseModel, Generic[T]):
    kind: Literal["and"]
    parts: list[AndOf[T] | OrOf[T]]
    leaf: T | None = None


class OrOf(BaseModel, Generic[T]):
    kind: Literal["or"]
    parts: list[AndOf[T] | OrOf[T]]


Filter = TypeAliasType("Filter", "AndFilter | OrFilter | list[Filter] | None")


class AndFilter(BaseModel):
    kind: Literal["and"]
    parts: list[Filter]


class OrFilter(BaseModel):
    kind: Literal["or"]
    parts: list[Filter]


TAGGED: dict[str, tuple[Any, str, str]] = {
    "models": (list[Expression], '{"kind":"and","parts":[', "]}"),
    "dicts": (list[Expression], '{"kind":"either","parts":{"a":', "}}"),
    "aliased": (list[AliasedAnd | AliasedOr], '{"$kind":"and","parts":[', "]}"),
    "typed dicts": (list[AndDict | OrDict], '{"kind":"and","parts":[', "]}"),
    "dataclasses": (list[AndClass | OrClass], '{"kind":"or","parts":[', "]}"),
    "generic": (list[AndOf[int] | OrOf[int]], '{"kind":"and","parts":[', "]}"),
    "alias": (list[Filter], '{"kind":"or","parts":[', "]}"),
    "alone": (AndDict | OrDict, '{"kind":"and","parts":[', "]}"),
}


@pytest.mark.parametrize("leaf", ['{"kind":"is","value":1}', '{"kind":"is","value":"x"}', "{}", "[[]]", "1.5", "null"])
@pytest.mark.parametrize("name", TAGGED)
def test_recursive_union_is_read_once(name: str, leaf: str) -> None:
    """Each level of a recursive union is read once: ten levels more are not a thousand times the work."""
    kind, start, end = TAGGED[name]
    codec: Codec[Any] = Codec(kind)

    def body(depth: int) -> bytes:
        inner = start * depth + leaf + end * depth
        return (inner if name == "alone" else f"[{inner}]").encode()

    assert problems_of(kind, is_input=True) == []
    assert seconds(codec, body(22)) < 100 * max(seconds(codec, body(12)), TICK)
    assert lines(codec, body(60)) <= 4 * lines(codec, body(30)) + 500


@pytest.mark.parametrize("name", TAGGED)
def test_tagged_values_survive(name: str) -> None:
    """A value of a recursive union comes back as the member that it was."""
    kind, start, end = TAGGED[name]
    codec: Codec[Any] = Codec(kind)
    leaf = '{"kind":"is","value":1}' if name in ("models", "dicts") else ""
    inner = start * 3 + leaf + end * 3
    value = codec.decode(inner if name == "alone" else f"[{inner}]")

    assert codec.decode(codec.encode(value)) == value
    assert codec.validate(value) == value


def test_tag_by_name_and_by_alias() -> None:
    """A tag is found under its alias and under the field's name."""
    codec: Codec[Any] = Codec(AliasedAnd | AliasedOr)

    assert codec.decode('{"kind": "or", "parts": []}') == codec.decode('{"$kind": "or", "parts": []}')


# Recursive unions without one.


class Left(BaseModel):
    parts: list[Left | Right]


class Right(BaseModel):
    parts: list[Left | Right]
    right: int


class LeftDict(TypedDict):
    left: int
    parts: dict[str, LeftDict | RightDict]


class RightDict(TypedDict):
    right: int
    parts: dict[str, LeftDict | RightDict]


@dataclasses.dataclass
class LeftClass:
    left: int
    part: LeftClass | RightClass | None = None


@dataclasses.dataclass
class RightClass:
    right: int
    part: LeftClass | RightClass | None = None


class Rows(RootModel[list["Rows | Pair"]]):
    pass


class Pair(NamedTuple):
    one: Rows | Pair
    other: int


class SameTag(BaseModel):
    kind: Literal["a"]
    a: int
    parts: list[SameTag | OtherTag]


class OtherTag(BaseModel):
    kind: Literal["a", "b"]
    b: int
    parts: list[SameTag | OtherTag]


def lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class LoweredAll(BaseModel):
    kind: Annotated[Literal["all"], BeforeValidator(lower)]
    parts: list[LoweredAll | LoweredAny]


class LoweredAny(BaseModel):
    kind: Annotated[Literal["any"], BeforeValidator(lower)]
    parts: list[LoweredAll | LoweredAny]


class WrappedAll(BaseModel):
    kind: Literal["all"]
    parts: list[WrappedAll | WrappedAny]

    _lower = field_validator("kind", mode="wrap")(lambda value, read: read(lower(value)))


class WrappedAny(BaseModel):
    kind: Literal["any"]
    parts: list[WrappedAll | WrappedAny]

    _lower = field_validator("*", mode="before")(lower)


UNTAGGED = (
    LoweredAll | LoweredAny,
    WrappedAll | WrappedAny,
    Left | Right,
    list[Left | Right],
    LeftDict | RightDict,
    LeftClass | RightClass | None,
    SameTag | OtherTag,
)


@pytest.mark.parametrize("kind", UNTAGGED, ids=str)
def test_recursive_union_without_a_tag(kind: Any) -> None:
    """A recursive union that no Literal tells apart is a definition error with a remedy."""

    def given(value: int) -> None: ...

    given.__annotations__["value"] = kind

    with pytest.raises(DefinitionError, match=r"hold the union again|look alike") as caught:
        ActionsBlueprint(Namespace(given=action(given)))
    assert "Literal field of one name" in str(caught.value)


def test_remedy_of_recursive_unions() -> None:
    """What the remedy says helps: with a Literal in each, the union is accepted."""

    class Plus(BaseModel):
        kind: Literal["plus"]
        parts: list[Plus | Minus]

    class Minus(BaseModel):
        kind: Literal["minus"]
        parts: list[Plus | Minus]

    Plus.model_rebuild()

    assert problems_of(Plus | Minus, is_input=True) == []


def test_a_tag_may_be_checked_after_it_was_read() -> None:
    """Validators that cannot change what is sent before the tag is read, and those of other fields, are fine."""

    class Plus(BaseModel):
        kind: Annotated[Literal["plus"], AfterValidator(lower)]
        name: Annotated[str, BeforeValidator(lower)] = ""
        parts: list[Plus | Minus]

    class Minus(BaseModel):
        kind: Literal["minus"]
        parts: list[Plus | Minus]

        _sorted = field_validator("parts", mode="before")(lower)

    Plus.model_rebuild()

    assert problems_of(Plus | Minus, is_input=True) == []


class Alone(BaseModel):
    parts: list[Alone | list[Alone] | int]
    more: dict[str, Alone | str | None] = {}


@pytest.mark.parametrize("kind", [Alone | int | None, list[Alone], JsonValue, Alone | list[Alone] | str], ids=str)
def test_recursion_in_one_member(kind: Any) -> None:
    """Where one member alone reads what is nested, nothing is read twice."""
    assert problems_of(kind, is_input=True) == []


# Equal hashes.


@dataclasses.dataclass(frozen=True)
class FrozenClass:
    number: int


class FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True)
    number: int


class Holder(BaseModel):
    inner: list[set[int]]


def ints(step: int, count: int) -> Iterator[str]:
    return (str(number * step) for number in range(1, count))


def quoted(write: Callable[[int], str]) -> Callable[[int, int], Iterator[str]]:
    return lambda step, count: (f'"{write(number * step)}"' for number in range(1, count))


def listed(items: Iterator[str]) -> str:
    return f"[{','.join(items)}]"


def keyed(items: Iterator[str]) -> str:
    keys = (item if item.startswith('"') else f'"{item}"' for item in items)
    return f"{{{','.join(f'{key}:[]' for key in keys)}}}"


UUIDS = quoted(lambda number: str(uuid.UUID(int=number)))
COLLIDING: dict[str, tuple[Any, Callable[[int, int], Iterator[str]], Callable[[Iterator[str]], str]]] = {
    "set[int]": (set[int], ints, listed),
    "frozenset[int]": (frozenset[int], ints, listed),
    "set[Annotated[int]]": (set[Annotated[int, Field(ge=0)]], ints, listed),
    "set[int | None]": (set[int | None], ints, listed),
    "set[UUID]": (set[uuid.UUID], UUIDS, listed),
    "frozenset[Decimal]": (frozenset[Decimal], quoted(str), listed),
    "set[Fraction]": (set[Fraction], quoted(str), listed),
    "set[IPv6Address]": (set[IPv6Address], quoted(lambda number: str(IPv6Address(number))), listed),
    "set[tuple[int, int]]": (set[tuple[int, int]], lambda s, n: (f"[{number},1]" for number in ints(s, n)), listed),
    "set[frozenset[int]]": (set[frozenset[int]], lambda s, n: (f"[{number}]" for number in ints(s, n)), listed),
    "set[FrozenModel]": (set[FrozenModel], lambda s, n: (f'{{"number":{number}}}' for number in ints(s, n)), listed),
    "set[FrozenClass]": (set[FrozenClass], lambda s, n: (f'{{"number":{number}}}' for number in ints(s, n)), listed),
    "dict[int, list]": (dict[int, list[int]], ints, keyed),
    "dict[UUID, list]": (dict[uuid.UUID, list[int]], UUIDS, keyed),
    "dict[Decimal, list]": (dict[Decimal, list[int]], ints, keyed),
    "OrderedDict": (OrderedDict[int, list[int]], ints, keyed),
    "defaultdict": (defaultdict[int, list[int]], ints, keyed),
    "Counter": (Counter[int], ints, lambda items: keyed(items).replace("[]", "1")),
    "nested": (list[Holder], ints, lambda items: f'[{{"inner":[{listed(items)}]}}]'),
    "dict in dict": (dict[str, dict[int, list[int]]], ints, lambda items: f'{{"a":{keyed(items)}}}'),
    "validated": (Annotated[set[int], BeforeValidator(lambda value: value)], ints, listed),
}


@pytest.mark.parametrize("count", [2_000, 20_000])
@pytest.mark.parametrize("name", COLLIDING)
def test_values_of_one_hash(name: str, count: int) -> None:
    """Many values of one hash are refused, at the cost of as many ordinary ones."""
    kind, items, around = COLLIDING[name]
    codec: Codec[Any] = Codec(kind)
    attack, ordinary = (around(items(step, count)).encode() for step in (PRIME, PRIME + 2))

    codec.decode(ordinary)
    with pytest.raises(InputError) as caught:
        codec.decode(attack)
    assert {issue.type for issue in caught.value.issues} == {"too_many_collisions"}
    assert seconds(codec, attack) < TIMES_SLOWER * max(seconds(codec, ordinary), TICK)


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        (set[int], listed(iter(["7"] * 100)), {7}),
        (set[int], f"[{','.join(str(2**power) for power in range(1_900))}]", {2**power for power in range(1_900)}),
        (frozenset[int], "[1, 2, 1]", frozenset({1, 2})),
        (dict[int, str], '{"1": "a", "01": "b"}', {1: "b"}),
        (OrderedDict[int, str], '{"2": "a", "1": "b"}', OrderedDict({2: "a", 1: "b"})),
        (Counter[int], '{"1": 2}', Counter({1: 2})),
    ],
    ids=str,
)
def test_ordinary_collections_are_what_they_were(kind: Any, body: str, value: object) -> None:
    """Repeated items, powers of two and a few equal hashes are read as ever."""
    codec: Codec[Any] = Codec(kind)
    decoded = codec.decode(body)

    assert (decoded, type(decoded)) == (value, type(value))
    assert codec.decode(codec.encode(decoded)) == codec.validate(decoded) == value


@pytest.mark.parametrize(("body", "kind"), [("[]", "too_short"), ("[1,2,3,4]", "too_long"), ("[1,1,1,1,2]", None)])
def test_length_counts_what_differs(body: str, kind: str | None) -> None:
    """The length of a set is that of its different items."""
    codec: Codec[Any] = Codec(Annotated[set[int], Field(min_length=1, max_length=3)])

    if kind is None:
        assert codec.decode(body) == {1, 2}
        return
    with pytest.raises(InputError) as caught:
        codec.decode(body)
    assert [(issue.path, issue.type) for issue in caught.value.issues] == [("", kind)]


# Patterns.


class WithPattern(BaseModel):
    patterns: dict[str, list[re.Pattern[str]]]


@pytest.mark.parametrize(
    "kind",
    [re.Pattern[str], re.Pattern[bytes], re.Pattern, typing.Pattern[str] | None, list[re.Pattern[str]], WithPattern],
    ids=str,
)
def test_pattern_as_an_input(kind: Any) -> None:
    """A pattern is refused as an input, since its sender chooses how long it takes; an output may be one of str."""
    (problem,) = problems_of(kind, is_input=True)

    assert "chooses how long it takes to compile" in problem.reason
    assert "Take str" in problem.remedy
    is_of_bytes = kind == re.Pattern[bytes]
    assert bool(problems_of(kind, is_input=False)) is is_of_bytes


# Depth.


@dataclasses.dataclass
class DeepClass:
    child: DeepClass | None = None
    children: list[DeepClass] = dataclasses.field(default_factory=list)


class DeepModel(BaseModel):
    child: DeepModel | None = None
    children: list[DeepModel] = []


class DeepDict(TypedDict, total=False):
    child: DeepDict
    children: list[DeepDict]


class DeepTuple(NamedTuple):
    child: DeepTuple | None = None
    children: list[DeepTuple] = []


Tree = TypeAliasType("Tree", "list[Tree] | dict[str, Tree] | int")
DEEP: dict[str, Any] = {
    "dataclass": DeepClass,
    "model": DeepModel,
    "dict": DeepDict,
    "tuple": DeepTuple,
    "tree": Tree,
    "json": JsonValue,
}


AROUND = pytest.mark.parametrize(
    "around", [('{"child":', "}"), ('{"children":[', "]}"), ("[", "]")], ids=["child", "list", "[]"]
)


@pytest.fixture(scope="module")
def deep() -> Iterator[httpx2.Client]:
    """A server with an action for each recursive type."""

    def echo(input: Any) -> None: ...

    app: Sanic[Any, Any] = Sanic("deep")
    actions = {name: define_action(input=kind, handler=echo, accept=("json", "form")) for name, kind in DEEP.items()}
    app.blueprint(ActionsBlueprint(actions))
    with running(app) as url, httpx2.Client(base_url=f"{url}/_actions/", timeout=60) as client:
        yield client


@pytest.mark.parametrize("depth", [90, 150, 199, 260, 1_000, 10_000])
@pytest.mark.parametrize("leaf", ["null", "1.5", "[]", '"x"', "{}"])
@AROUND
def test_deep_json(deep: httpx2.Client, around: tuple[str, str], leaf: str, depth: int) -> None:
    """However deep JSON is nested, it is read or refused as a bad request, never an error of the server."""
    body = around[0] * depth + leaf + around[1] * depth

    for name in DEEP:
        answer = deep.post(name, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in ((200, 204) if answer.is_success else (400,)), (name, answer.text)


@pytest.mark.parametrize("name", DEEP)
@AROUND
def test_cost_of_depth(name: str, around: tuple[str, str]) -> None:
    """What a deep input costs grows with its bytes, right or wrong."""
    codec: Codec[Any] = Codec(list.__class_getitem__(DEEP[name]))

    def body(number: int) -> bytes:
        inner = around[0] * 90 + '"x"' + around[1] * 90
        return f"[{','.join([inner] * number)}]".encode()

    assert lines(codec, body(160)) <= 6 * lines(codec, body(40)) + 2_000
    assert seconds(codec, body(160)) < 40 * max(seconds(codec, body(40)), 10 * TICK)

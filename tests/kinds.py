"""Types that survive the wire, and values of them, for property tests: in process here, over HTTP elsewhere.

``HYPOTHESIS_PROFILE=full`` runs 10,000 examples of a property, or 500 to 5,000 of a slow one, instead of a few.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import ipaddress
import itertools
import math
import pathlib
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, Union

from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, RootModel, create_model
from typing_extensions import TypedDict

from sanic_actions._types.representable import problems_of

BASE64 = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
NAMES = ("a", "b", "items", "kind", "self", "type", "value")

_numbers = itertools.count()


class Kind(NamedTuple):
    """A type, and a strategy for its values."""

    type: Any
    values: st.SearchStrategy[Any]


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Word(enum.StrEnum):
    YES = "yes"
    NUMBER = "1"
    DAY = "2020-01-01"


class Mixed(enum.Enum):
    NUMBER = 1
    TEXT = "b"
    FRACTION = 1.5
    TEXT_NUMBER = "1"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Bits(enum.IntFlag):
    READ = 1
    WRITE = 2


UserId = NewType("UserId", int)

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
moments = st.datetimes(timezones=st.none() | offsets)
networks = st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map("{0[0]}/{0[1]}".format)

KEYS = (
    Kind(str, st.text()),
    Kind(int, st.integers()),
    Kind(bool, st.booleans()),
    Kind(float, st.floats(allow_nan=False, allow_infinity=False)),
    Kind(bytes, st.binary()),
    Kind(datetime.datetime, moments),
    Kind(datetime.date, st.dates()),
    Kind(datetime.time, st.times()),
    Kind(datetime.timedelta, st.timedeltas()),
    Kind(decimal.Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    Kind(uuid.UUID, st.uuids()),
    Kind(Colour, st.sampled_from(Colour)),
    Kind(Size, st.sampled_from(Size)),
    Kind(Word, st.sampled_from(Word)),
    Kind(Literal["a", "1"], st.sampled_from(["a", "1"])),
    Kind(ipaddress.IPv4Address, st.ip_addresses(v=4)),
    Kind(ipaddress.IPv6Address, st.ip_addresses(v=6)),
    Kind(pathlib.PurePosixPath, st.text().map(pathlib.PurePosixPath)),
    Kind(UserId, st.integers()),
    Kind(Annotated[int, Field(ge=0)], st.integers(0)),
)
LEAVES = (
    *KEYS,
    Kind(type(None), st.none()),
    Kind(Mixed, st.sampled_from(Mixed)),
    Kind(Rights, st.sampled_from([Rights(0), Rights.READ, Rights.READ | Rights.WRITE])),
    Kind(Bits, st.sampled_from([Bits(0), Bits.READ, Bits.READ | Bits.WRITE])),
    Kind(Literal["a", 1, True, None], st.sampled_from(["a", 1, True, None])),
    Kind(Literal[0, False], st.sampled_from([0, False])),
    Kind(complex, st.complex_numbers(allow_nan=False, allow_infinity=False)),
    Kind(ipaddress.IPv4Network, networks.map(lambda text: ipaddress.IPv4Network(text, strict=False))),
    Kind(ipaddress.IPv4Interface, networks.map(ipaddress.IPv4Interface)),
    Kind(AnyUrl, st.sampled_from(["http://x/", "a:b", "https://ü.example/?q=%20#f"]).map(AnyUrl)),
)


leaves = st.sampled_from(LEAVES)


def _of(generic: Any, *arguments: Any) -> Any:
    """``generic[arguments]``, made at run time."""
    return generic[arguments if len(arguments) != 1 else arguments[0]]


def _collections(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    def make(kind: Kind) -> st.SearchStrategy[Kind]:
        items = st.lists(kind.values, max_size=3)
        return st.sampled_from(
            [
                Kind(_of(list, kind.type), items),
                Kind(_of(tuple, kind.type, ...), items.map(tuple)),
                Kind(_of(deque, kind.type), items.map(deque)),
            ]
        )

    return kinds.flatmap(make)


def _sets() -> st.SearchStrategy[Kind]:
    def make(kind: Kind) -> st.SearchStrategy[Kind]:
        items = st.lists(kind.values, max_size=3)
        return st.sampled_from(
            [
                Kind(_of(set, kind.type), items.map(set)),
                Kind(_of(frozenset, kind.type), items.map(frozenset)),
                Kind(_of(set, _of(tuple, kind.type, int)), items.map(lambda items: {(item, 1) for item in items})),
                Kind(_of(frozenset, _of(frozenset, kind.type)), items.map(lambda items: frozenset({frozenset(items)}))),
            ]
        )

    return st.one_of(leaves, _frozen(leaves)).flatmap(make)


def _frozen(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    """Objects of hashable fields, which have a hash themselves."""
    return st.one_of(_models(kinds, frozen=True), _dataclasses(kinds, frozen=True), _named_tuples(kinds))


def _mappings(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    return st.tuples(st.sampled_from(KEYS), kinds).map(
        lambda pair: Kind(
            _of(dict, pair[0].type, pair[1].type), st.dictionaries(pair[0].values, pair[1].values, max_size=3)
        )
    )


def _tuples(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    def make(places: list[Kind]) -> Kind:
        return Kind(_of(tuple, *(kind.type for kind in places)), st.tuples(*(kind.values for kind in places)))

    return st.lists(kinds, max_size=3).map(make)


def _unions(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    def make(members: list[Kind]) -> Kind:
        # Not one_of, which draws from fewer where it sees that two are alike, now and then in another run only.
        values = st.sampled_from([kind.values for kind in members]).flatmap(_same_again)
        return Kind(_of(Union, *(kind.type for kind in members)), values)

    unions = st.lists(kinds, min_size=2, max_size=3).map(make)
    return unions.filter(lambda kind: not problems_of(kind.type, is_input=False))


def _optionals(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    optionals = kinds.map(lambda kind: Kind(kind.type | None, st.none() | kind.values))
    return optionals.filter(lambda kind: not problems_of(kind.type, is_input=False))


def _fields(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[dict[str, tuple[Kind, bool]]]:
    """Name to kind and whether it is required."""
    return st.dictionaries(st.sampled_from(NAMES), st.tuples(kinds, st.booleans()), min_size=1, max_size=4)


def _values(fields: Mapping[str, tuple[Kind, bool]]) -> st.SearchStrategy[dict[str, Any]]:
    mandatory = {name: kind.values for name, (kind, is_required) in fields.items() if is_required}
    optional = {name: kind.values for name, (kind, is_required) in fields.items() if not is_required}
    return st.fixed_dictionaries(mandatory, optional=optional)


@st.composite
def _models(draw: st.DrawFn, kinds: st.SearchStrategy[Kind], *, frozen: bool = False) -> Kind:
    fields = draw(_fields(kinds))
    config: ConfigDict = {**BASE64, "extra": draw(st.sampled_from(["ignore", "forbid", "allow"]))}
    config["frozen"] = frozen or draw(st.booleans())
    declarations: dict[str, Any] = {}
    for name, (kind, is_required) in fields.items():
        alias = draw(st.none() | st.just(f"{name}-Alias"))
        info = Field(alias=alias) if is_required else Field(draw(kind.values), alias=alias)
        declarations[name] = (kind.type, info)
    model = create_model(f"Model{next(_numbers)}", __config__={**config, "populate_by_name": True}, **declarations)
    return Kind(model, _values(fields).map(lambda values: model.model_validate(values, by_name=True, by_alias=False)))


def _same_again(value: Any) -> Any:
    return value


@st.composite
def _dataclasses(draw: st.DrawFn, kinds: st.SearchStrategy[Kind], *, frozen: bool = False) -> Kind:
    fields = draw(_fields(kinds))
    fields.pop("self", None)
    declarations = []
    for name, (kind, is_required) in fields.items():
        default = draw(kind.values)
        factory = dataclasses.field(default_factory=partial(_same_again, default))
        declarations.append((name, kind.type, dataclasses.field() if is_required else factory))
    name = f"Dataclass{next(_numbers)}"
    namespace = {"__pydantic_config__": BASE64}
    cls: Any = dataclasses.make_dataclass(name, declarations, namespace=namespace, kw_only=True, frozen=frozen)
    cls.__module__ = __name__  # before Python 3.12 it is said to be of the module that made it
    return Kind(cls, _values(fields).map(lambda values: cls(**values)))


@st.composite
def _typed_dicts(draw: st.DrawFn, kinds: st.SearchStrategy[Kind]) -> Kind:
    fields = draw(_fields(kinds))
    keys: dict[str, Any] = {}
    for name, (kind, is_required) in fields.items():
        keys[name] = kind.type if is_required else NotRequired[kind.type]
    cls: Any = TypedDict(f"TypedDict{next(_numbers)}", keys)  # type: ignore[misc]  # made at run time
    cls.__pydantic_config__ = BASE64  # type: ignore[attr-defined]  # pydantic reads it
    return Kind(cls, _values(fields))


@st.composite
def _named_tuples(draw: st.DrawFn, kinds: st.SearchStrategy[Kind]) -> Kind:
    fields = draw(_fields(kinds))
    types = [(name, kind.type) for name, (kind, _) in fields.items()]
    cls: Any = NamedTuple(f"NamedTuple{next(_numbers)}", types)  # type: ignore[misc]  # made at run time
    return Kind(cls, st.tuples(*(kind.values for kind, _ in fields.values())).map(lambda values: cls(*values)))


def _root_models(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    def make(kind: Kind) -> Kind:
        model = type(
            f"Root{next(_numbers)}", (_of(RootModel, kind.type),), {"model_config": BASE64, "__module__": __name__}
        )
        return Kind(model, kind.values.map(model))

    return kinds.map(make)


def _all(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    return st.one_of(
        _collections(kinds),
        _sets(),
        _mappings(kinds),
        _tuples(kinds),
        _unions(kinds),
        _models(kinds),
        _dataclasses(kinds),
        _typed_dicts(kinds),
        _named_tuples(kinds),
        _root_models(kinds),
        _optionals(kinds),
    )


unions = _unions(st.one_of(leaves, _all(leaves)))
kinds: st.SearchStrategy[Kind] = st.recursive(leaves, _all, max_leaves=6)


@st.composite
def kinds_with_values(draw: st.DrawFn, of: st.SearchStrategy[Kind] = kinds) -> tuple[Any, list[Any]]:
    """A type and a few values of it."""
    kind = draw(of)
    return kind.type, draw(st.lists(kind.values, min_size=1, max_size=4))


def same(first: Any, second: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if type(first) is not type(second):
        return False
    if isinstance(first, BaseModel):
        return same(dict(first), dict(second)) and bool(first == second)
    if dataclasses.is_dataclass(first):
        return same(vars(first), vars(second))
    if isinstance(first, dict):
        return _typed(first) == _typed(second) and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple | deque):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, set | frozenset):
        return _typed(first) == _typed(second)
    if isinstance(first, float):
        return bool(first == second) and math.copysign(1, first) == math.copysign(1, second)
    if isinstance(first, decimal.Decimal):
        return bool(first.as_tuple() == second.as_tuple())
    equal: bool = first == second
    return equal


def _typed(items: Iterable[Any]) -> set[tuple[type, Any]]:
    return {(type(item), item) for item in items}

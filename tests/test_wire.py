"""Values to bytes and back: equal, and of the same types."""

from __future__ import annotations

import datetime
import ipaddress
import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from hypothesis import given
from kinds import BASE64, kinds_with_values, same, unions
from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, SecretStr, computed_field
from typing_extensions import TypedDict

from sanic_actions import InputError, Redirect
from sanic_actions._types.representable import faults
from sanic_actions._wire import Codec

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
    assert faults(type_, is_input=True) == faults(type_, is_input=False) == []

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

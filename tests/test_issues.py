"""What is said of invalid input: a path that names a place in the data, a message, a type."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError
from typing_extensions import TypedDict

from sanic_actions import InputError
from sanic_actions._issues import MAX_COUNTED, MAX_ISSUES, MAX_PATHS
from sanic_actions._wire import Codec


class Address(BaseModel):
    city: str
    zip_code: int = Field(alias="zipCode")


class User(BaseModel):
    name: str = Field(min_length=2)
    address: Address | None = None
    addresses: list[Address] = []
    by_name: dict[str, Address] = {}
    numbers: dict[int, int] = {}
    place: tuple[int, Address] | None = None

    @field_validator("name")
    @classmethod
    def check_name(cls, name: str) -> str:
        if name == "taken":
            raise ValueError("is already taken")
        if name == "asserted":
            raise AssertionError("must not be that")
        return name

    @model_validator(mode="after")
    def check_all(self) -> User:
        if self.name == "whole":
            raise ValueError("does not fit together")
        if self.name == "custom":
            raise PydanticCustomError("odd_one", "is odd")
        return self


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    home: Address


class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    either: int | list[Address] | None = None
    object: Cat | Address | None = None


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    x: int = 1


class OpenTyped(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Address]


class Choices(BaseModel):
    x: int = Field(validation_alias=AliasChoices("a", AliasPath("b", 0)))


class Tree(BaseModel):
    value: int
    children: list[Tree] = []


class Addresses(RootModel[list[Address]]):
    pass


class Place(NamedTuple):
    x: int
    address: Address


class Wrapped(BaseModel):
    x: Annotated[list[Address], BeforeValidator(lambda value: value)]


class LikeTypes(BaseModel):
    str: int
    nullable: int
    Address: dict[Any, int] = {}


class Keys(TypedDict):
    address: Address


@dataclasses.dataclass
class Point:
    x: int
    address: Address | None = None


def issues(type_: Any, body: str) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        Codec[Any](type_).decode(body)
    return [(issue.path, issue.type) for issue in caught.value.issues]


@pytest.mark.parametrize(
    ("type_", "body", "found"),
    [
        (User, '{"name": "a"}', [("name", "string_too_short")]),
        (User, "{}", [("name", "missing")]),
        (User, "[]", [("", "model_type")]),
        (User, '{"name": "ab", "address": {"city": 1, "zipCode": 1}}', [("address.city", "string_type")]),
        (User, '{"name": "ab", "address": {"city": "a"}}', [("address.zip_code", "missing")]),
        (User, '{"name": "ab", "address": {"city": "a", "zip_code": "x"}}', [("address.zip_code", "int_parsing")]),
        (User, '{"name": "ab", "addresses": [{"city": "a", "zipCode": 1}, 3]}', [("addresses.1", "model_type")]),
        (User, '{"name": "ab", "by_name": {"a b": {"city": 1, "zipCode": 1}}}', [("by_name.a b.city", "string_type")]),
        (User, '{"name": "ab", "numbers": {"x": 1}}', [("numbers.x", "int_parsing")]),
        (User, '{"name": "ab", "numbers": {"1": "x"}}', [("numbers.1", "int_parsing")]),
        (User, '{"name": "ab", "place": [1, {"city": 1, "zipCode": 1}]}', [("place.1.city", "string_type")]),
        (User, '{"name": "ab", "place": [1]}', [("place.1", "missing")]),
        (Owner, '{"pet": {"kind": "bird"}}', [("pet", "union_tag_invalid")]),
        (Owner, '{"pet": {}}', [("pet", "union_tag_not_found")]),
        (Owner, '{"pet": {"kind": "cat", "lives": "x"}}', [("pet.lives", "int_parsing")]),
        (Owner, '{"pet": {"kind": "dog", "home": {"city": "a"}}}', [("pet.home.zip_code", "missing")]),
        (
            Owner,
            '{"either": [{"city": "a"}]}',
            [("either", "int_type"), ("either.0.zip_code", "missing")],
        ),
        (
            Owner,
            '{"object": {"city": "a"}}',
            [("object.kind", "missing"), ("object.lives", "missing"), ("object.zip_code", "missing")],
        ),
        (Closed, '{"y": 1}', [("y", "extra_forbidden")]),
        (OpenTyped, '{"y": {"city": "a"}}', [("y.zip_code", "missing")]),
        (Choices, "{}", [("x", "missing")]),
        (Choices, '{"a": "x"}', [("x", "int_parsing")]),
        (Choices, '{"b": ["x"]}', [("x", "int_parsing")]),
        (Tree, '{"value": 1, "children": [{"value": "x"}]}', [("children.0.value", "int_parsing")]),
        (Addresses, '[{"city": "a"}]', [("0.zip_code", "missing")]),
        (list[Place], '[[1, {"city": "a"}]]', [("0.1.zip_code", "missing")]),
        (list[Place], '[{"x": 1, "address": {"city": "a"}}]', [("0.address.zip_code", "missing")]),
        (Wrapped, '{"x": [{"city": "a"}]}', [("x.0.zip_code", "missing")]),
        (
            LikeTypes,
            '{"str": "a", "nullable": "b", "Address": {"str": "c"}}',
            [("str", "int_parsing"), ("nullable", "int_parsing"), ("Address.str", "int_parsing")],
        ),
        (Keys, '{"address": {"city": "a"}}', [("address.zip_code", "missing")]),
        (Point, '{"address": {"city": "a"}}', [("x", "missing"), ("address.zip_code", "missing")]),
        (list[int], '["x"]', [("0", "int_parsing")]),
        (int, '"x"', [("", "int_parsing")]),
        (
            dict[str, list[Cat | Address]],
            '{"a": [{"city": "b"}]}',
            [
                ("a.0.kind", "missing"),
                ("a.0.lives", "missing"),
                ("a.0.zip_code", "missing"),
            ],
        ),
    ],
)
def test_path_of_an_issue(type_: Any, body: str, found: list[tuple[str, str]]) -> None:
    """A path holds field names, keys and numbers: no aliases, tags, labels of unions or names of validators."""
    assert issues(type_, body) == found


@pytest.mark.parametrize(
    ("name", "path", "type", "message"),
    [
        ("taken", "name", "value_error", "is already taken"),
        ("asserted", "name", "assertion_error", "must not be that"),
        ("whole", "", "value_error", "does not fit together"),
        ("custom", "", "odd_one", "is odd"),
    ],
)
def test_message_of_a_validator(name: str, path: str, type: str, message: str) -> None:
    """A validator's words are the message; a validator of the whole model speaks of the whole input."""
    with pytest.raises(InputError) as caught:
        Codec[User](User).decode(f'{{"name": "{name}"}}')

    (issue,) = caught.value.issues
    assert (issue.path, issue.type, issue.message) == (path, type, message)
    assert caught.value.form_errors == ([message] if not path else [])


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (Owner, '{"pet": {"kind": "SECRET"}}'),
        (User, '{"name": "ab", "address": "SECRET"}'),
        (Literal["a"], '"SECRET"'),
        (int, '"SECRET"'),
        (Closed, '{"y": "SECRET"}'),
    ],
)
def test_input_is_never_repeated(type_: Any, body: str) -> None:
    """No issue holds what was submitted."""
    with pytest.raises(InputError) as caught:
        Codec[Any](type_).decode(body)

    assert "SECRET" not in f"{caught.value!r} {caught.value} {caught.value.fields}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_issues_are_bounded() -> None:
    """One error holds so many issues and says how many more there are."""
    found = issues(list[int], f"[{', '.join(['null'] * (MAX_ISSUES + 5))}]")

    assert len(found) == MAX_ISSUES + 1
    assert found[-1] == ("", "too_many_issues")


def test_issues_are_counted_before_they_are_made() -> None:
    """A flood of bad values gives one issue, in bounded time."""
    assert issues(list[int], f"[{', '.join(['null'] * (MAX_COUNTED + 1))}]") == [("", "too_many_issues")]


def test_python_values_have_the_same_paths() -> None:
    """A value that is checked before it is sent has issues by the same paths."""
    with pytest.raises(InputError) as caught:
        Codec[User](User).validate({"name": "ab", "address": {"city": 1, "zip_code": 1}})

    assert [issue.path for issue in caught.value.issues] == ["address.city"]


def _refuse(number: int) -> int:
    """Refuse a number by a rule that follows from it, in pydantic's words or in words of its own."""
    if number < 10:
        raise PydanticKnownError("less_than", {"lt": number})
    if number < 20:
        raise PydanticCustomError("greater_than", "own words", {"gt": number})
    if number < 30:
        raise ValueError(f"not {number}")
    raise PydanticCustomError("odd_one", f"not {number}")


class Ruled(BaseModel):
    """Rules of each kind that an issue can speak of."""

    number: Annotated[int, AfterValidator(_refuse)]
    name: str = Field("ab", min_length=2, max_length=3)
    colors: list[Literal["red", "blue"]] = Field(["red"], min_length=1)
    tags: list[str] = Field(["a"], min_length=1)
    by_key: dict[str, int] = {}


RULED: list[dict[str, Any]] = [
    *({"number": number} for number in (1, 2, 11, 12, 21, 22, 31, 32)),
    {"number": "SECRET", "name": "a", "colors": [], "tags": []},
    {"number": 1, "name": "abcd", "colors": ["SECRET"], "tags": "SECRET"},
    *({"number": 2, "by_key": {key: None}} for key in ("a", "b", "k" * 200)),
    {},
]


def _said(codec: Codec[Any], body: dict[str, Any]) -> list[tuple[object, ...]]:
    with pytest.raises(InputError) as caught:
        codec.decode(json.dumps(body))
    said: list[tuple[object, ...]] = [
        (issue.path, issue.message, issue.type, dict(issue.values)) for issue in caught.value.issues
    ]
    for issue in caught.value.issues:  # whoever gets an error may change it
        issue.message = issue.path = "changed"
    return said


def test_what_was_said_before_changes_nothing() -> None:
    """A codec that has refused inputs before says of each what a new codec says, whatever makes the rule."""
    used = Codec[Any](Ruled)

    for body in [*RULED, *reversed(RULED), *RULED]:
        assert _said(used, body) == _said(Codec[Any](Ruled), body)


def test_what_is_remembered_is_bounded() -> None:
    """Senders choose the keys of mappings: no number of them makes a reader grow for ever."""
    codec = Codec[Any](dict[str, int])
    for number in range(3 * MAX_PATHS):
        _said(codec, {f"key {number}": None})

    reader: Any = codec._issue_reader
    assert len(reader._rows) == len(reader._known) == MAX_PATHS

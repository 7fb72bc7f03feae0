"""What is said of invalid input: a path that names a place in the data, a message, a type."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import (
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
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from sanic_actions import InputError
from sanic_actions._issues import MAX_COUNTED, MAX_ISSUES
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

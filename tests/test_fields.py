"""What object types are made of."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Generic, NewType, NotRequired, Required, TypeVar

import pydantic
import pytest
from pydantic import AliasChoices, BaseModel, Field, RootModel, computed_field
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import MaxBytes, UploadedFile
from sanic_actions._types.fields import (
    UNKNOWN,
    accepted_names,
    computed_names,
    config_of,
    fields_of,
    parameters_type,
    written_name,
)
from sanic_actions._types.uploads import FILES_OF_A_LIST, upload_room
from sanic_actions._wire import CONFIG, Codec

T = TypeVar("T")


class Model(BaseModel):
    required: int
    literal: str = "a"
    made: list[int] = Field(default_factory=list)
    constrained: Annotated[int, Field(gt=0, description="Positive")] = 1


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: Page[T] | None = None


@dataclasses.dataclass
class Plain:
    required: int
    literal: str = "a"
    made: list[int] = dataclasses.field(default_factory=list)
    hidden: int = dataclasses.field(init=False, default=1)


@dataclasses.dataclass
class Pair(Generic[T]):
    one: T
    others: list[T]


@pydantic.dataclasses.dataclass
class Checked:
    required: Annotated[int, Field(gt=0)]
    literal: str = Field("a", description="A letter")


class Keys(TypedDict):
    required: Annotated[int, Field(gt=0)]
    optional: NotRequired[str]


class Options(TypedDict, Generic[T], total=False):
    required: Required[T]
    optional: list[T]


class Aliased(BaseModel):
    both: int = Field(alias="a")
    split: int = Field(validation_alias=AliasChoices("b", "c"), serialization_alias="d")

    @computed_field(alias="total")  # type: ignore[prop-decorator]  # mypy has no words for it
    @property
    def sum(self) -> int:
        return self.both + self.split


def shape(type_: Any) -> list[tuple[str, Any, bool, object]]:
    return [(field.name, field.annotation, field.required, field.default) for field in fields_of(type_) or ()]


def test_fields_of_a_model() -> None:
    """A model's fields have their types with constraints, and a default where it is a plain value."""
    (required, literal, made, constrained) = fields_of(Model) or ()

    assert (required.name, required.annotation, required.required, required.default) == ("required", int, True, UNKNOWN)
    assert (literal.required, literal.default) == (False, "a")
    assert (made.annotation, made.required, made.default) == (list[int], False, UNKNOWN)
    assert constrained.annotation.__metadata__[0].gt == 0
    assert constrained.info.description == "Positive"


def test_fields_of_a_dataclass() -> None:
    """A dataclass has the fields of its constructor."""
    assert shape(Plain) == [
        ("required", int, True, UNKNOWN),
        ("literal", str, False, "a"),
        ("made", list[int], False, UNKNOWN),
    ]


def test_fields_of_a_pydantic_dataclass() -> None:
    """A pydantic dataclass has constraints and descriptions too."""
    (required, literal) = fields_of(Checked) or ()

    assert required.annotation.__metadata__[0].gt == 0
    assert (literal.default, literal.info.description) == ("a", "A letter")


def test_fields_of_a_typed_dict() -> None:
    """A typed dict has its keys, without the words that say which are required."""
    (required, optional) = fields_of(Keys) or ()

    assert (required.required, required.annotation.__origin__) == (True, int)
    assert (optional.required, optional.annotation, optional.default) == (False, str, UNKNOWN)


def test_fields_of_generic_types() -> None:
    """Type variables are replaced by what they stand for, in every kind of object and inside itself."""
    assert [field.annotation for field in fields_of(Page[int]) or ()] == [list[int], Page[int] | None]
    assert [field.annotation for field in fields_of(Pair[int]) or ()] == [int, list[int]]
    assert [field.annotation for field in fields_of(Options[int]) or ()] == [int, list[int]]


@pytest.mark.parametrize(
    "type_",
    [Annotated[Plain, "x"], NewType("Other", Plain), TypeAliasType("Alias", Plain)],
    ids=str,
)
def test_fields_behind_other_names(type_: Any) -> None:
    """Annotated, NewType and aliases have the fields of the type behind them."""
    assert shape(type_) == shape(Plain)


@pytest.mark.parametrize(
    "type_", [int, list[int], int | None, Model | Plain, Any, None, RootModel[int], dict[str, int]]
)
def test_no_object(type_: Any) -> None:
    """A list, a union, a mapping or a value has no fields."""
    assert fields_of(type_) is None


def test_names_on_the_wire() -> None:
    """A field is written under one name, and read under its own and its aliases."""
    (both, split) = fields_of(Aliased) or ()

    assert (written_name(both), written_name(split)) == ("a", "d")
    assert sorted(accepted_names(both)) == ["a", "both"]
    assert sorted(accepted_names(split)) == ["b", "c", "split"]
    assert [*computed_names(Aliased)] == ["total"]
    assert [*computed_names(Plain), *computed_names(int)] == []


def test_configuration() -> None:
    """A type's configuration is its own; a type without one has an empty one."""
    made = parameters_type("made", {}, CONFIG)

    assert config_of(made)["ser_json_bytes"] == "base64"
    assert dict(config_of(int)) == dict(config_of(Plain)) == {}


def test_parameters_type() -> None:
    """A typed dict of parameters has any names, keeps absent keys absent, and writes bytes as base64."""
    made = parameters_type("like", {"self": (int, True), "json": (bytes, False), "class": (str, False)}, CONFIG)
    codec: Codec[dict[str, Any]] = Codec(made)

    assert codec.decode(b'{"self": 1}') == {"self": 1}
    assert codec.decode(codec.encode({"self": 1, "json": b"\xff", "class": "x"})) == {
        "self": 1,
        "json": b"\xff",
        "class": "x",
    }


def test_unknown_default_shows_as_dots() -> None:
    """A default that no caller can know is shown as ``...``."""
    assert repr(UNKNOWN) == "..."


RecursiveData = TypeAliasType("RecursiveData", "list[RecursiveData] | dict[str, RecursiveData] | str | None")


class Album(BaseModel):
    cover: Annotated[UploadedFile, MaxBytes("5MB")]
    pages: list[Annotated[UploadedFile, MaxBytes("1MB")]] = []
    data: RecursiveData = None
    inner: list[Album] = []


def test_the_room_for_files_of_a_recursive_type_is_finite() -> None:
    """A type that holds itself, by an alias or by a class, is counted once more and no further."""
    own = 5_000_000 + FILES_OF_A_LIST * 1_000_000

    assert upload_room(fields_of(Album)) == own + FILES_OF_A_LIST * own

"""What is seen at a glance to be written without complaint, and what is left to pydantic."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, TypeAdapter, computed_field, field_serializer

from sanic_actions import InputError
from sanic_actions._schemas.exact import exact_check
from sanic_actions._wire import Codec


class Plain(BaseModel):
    name: str
    count: Annotated[int, Field(ge=0)] = 0
    share: float | None = None
    done: bool = False
    at: datetime.datetime | None = None
    day: datetime.date = datetime.date(2026, 1, 2)
    time: datetime.time = datetime.time(1, 2)
    took: datetime.timedelta = datetime.timedelta(1)
    price: Decimal = Decimal("1.50")
    id: UUID = UUID(int=1)


class Name(str):
    """A string of a class of its own."""


class Below(Plain):
    more: int = 1


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


class Again(BaseModel):
    model_config = ConfigDict(revalidate_instances="always")
    name: str


class Computed(BaseModel):
    name: str

    @computed_field
    def length(self) -> int:
        return len(self.name)


class Serialized(BaseModel):
    name: str

    @field_serializer("name")
    def upper(self, name: str) -> str:
        return name.upper()


class Nested(BaseModel):
    inner: Plain


class Root(RootModel[str]):
    pass


VALUE = Plain(name="a", at=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC))


def is_exact(model: type[BaseModel], value: object) -> bool:
    check = exact_check(TypeAdapter(model).core_schema)
    assert check is not None
    return check(value)


def test_exact_values_are_written_as_pydantic_writes_them() -> None:
    """A model of plain fields of exactly their classes is written as with all of pydantic's checks."""
    codec: Codec[Any] = Codec(Plain)

    assert is_exact(Plain, VALUE)
    assert codec.write(VALUE).decode() == VALUE.model_dump_json(warnings="error")


@pytest.mark.parametrize(
    "change",
    [
        {"name": 1},
        {"name": None},
        {"name": Name("a")},
        {"count": True},
        {"count": 1.0},
        {"share": "1"},
        {"share": 1},
        {"done": 1},
        {"at": "now"},
        {"day": datetime.datetime(2026, 1, 2)},
        {"time": 1},
        {"took": 1},
        {"price": 1.5},
        {"id": "1"},
        {"other": 1},
    ],
    ids=repr,
)
def test_other_values_are_left_to_pydantic(change: dict[str, object]) -> None:
    """A field of any other class than the declared one, and one field more, is for pydantic to judge."""
    value = VALUE.model_copy()
    value.__dict__.update(change)

    assert not is_exact(Plain, value)


def test_a_missing_field_is_left_to_pydantic() -> None:
    """A model without one of its fields is for pydantic to judge."""
    value = VALUE.model_copy()
    del value.__dict__["id"]

    assert not is_exact(Plain, value)


@pytest.mark.parametrize("value", [Below(name="a"), Nested(inner=VALUE), {"name": "a"}, None], ids=repr)
def test_values_of_other_classes_are_left_to_pydantic(value: object) -> None:
    """A model below the declared one, and what is not a model, is for pydantic to judge."""
    assert not is_exact(Plain, value)


@pytest.mark.parametrize("model", [Extra, Again, Computed, Serialized, Nested, Root, str, list[Plain]])
def test_models_with_ways_of_their_own_are_left_to_pydantic(model: Any) -> None:
    """A model that is written in a way of its own, or holds more than plain fields, is never seen to be exact."""
    assert exact_check(TypeAdapter(model).core_schema) is None


def test_a_wrong_field_is_refused_after_right_ones() -> None:
    """That right values were written before does not let a wrong one pass."""
    codec: Codec[Any] = Codec(Plain)
    codec.write(VALUE)
    wrong = VALUE.model_copy(update={"count": "many"})

    with pytest.raises(ValueError, match="count"):
        codec.write(wrong)


def test_infinities_of_exact_models_are_refused() -> None:
    """A float of the right class that is not finite is refused as anywhere."""
    codec: Codec[Any] = Codec(Plain)

    with pytest.raises(ValueError, match="'share' is NaN or infinite"):
        codec.write(VALUE.model_copy(update={"share": float("inf")}))


def test_other_types_are_refused() -> None:
    """A value of another type raises as it does without the glance."""
    codec: Codec[Any] = Codec(Plain)

    with pytest.raises(InputError):
        codec.write(Nested(inner=VALUE))

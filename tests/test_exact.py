"""What is seen at a glance to be written without complaint."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, NotRequired
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, TypeAdapter, computed_field, field_serializer
from typing_extensions import TypedDict

from sanic_actions import InputError
from sanic_actions._exact import exact_check, exact_dict_check
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


class Wrong(str):
    """A text of a class of its own."""


class Below(Plain):
    more: int = 1


def check(model: Any, value: object) -> bool | None:
    found = exact_check(TypeAdapter(model).core_schema)
    return None if found is None else found(value)


def test_exact_values_are_written_as_pydantic_writes_them() -> None:
    """A model of plain fields is seen to be right, again and again, and written as it would be otherwise."""
    value = Plain(name="a", at=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC))

    assert [check(Plain, value), check(Plain, Plain(name="b"))] == [True, True]
    codec: Codec[Any] = Codec(Plain)
    assert codec.encode(value).decode() == value.model_dump_json(warnings="error")


@pytest.mark.parametrize(
    "change",
    [
        {"name": 1}, {"name": None}, {"name": Wrong("a")}, {"count": True}, {"count": 1.0}, {"share": "1"},
        {"share": 1},        {"done": 1}, {"at": "now"},
        {"day": datetime.datetime(2026, 1, 2)}, {"time": 1}, {"took": 1}, {"price": 1.5},
        {"id": "1"}, {"other": 1},
    ],
    ids=repr,
)  # fmt: skip
def test_other_values_are_left_to_pydantic(change: dict[str, object]) -> None:
    """A field of any other class than the declared one, and one field more or less, is for pydantic to judge."""
    value = Plain.model_construct(**{**dict(Plain(name="a")), **change})
    value.__dict__.update(change)

    assert check(Plain, Plain(name="a")) is True
    assert check(Plain, value) is False


def test_missing_fields_are_left_to_pydantic() -> None:
    """A model without one of its fields is for pydantic to judge."""
    value = Plain(name="a")
    del value.__dict__["id"]

    assert check(Plain, value) is False


def test_subclasses_are_left_to_pydantic() -> None:
    """Only the declared class itself is exact."""
    assert check(Plain, Below(name="a")) is False


def test_a_wrong_value_is_refused_when_written() -> None:
    """A field that was changed to something else is an error, also after right ones were written."""
    codec: Codec[Any] = Codec(Plain)
    codec.encode(Plain(name="a"))

    with pytest.raises(ValueError, match="name"):
        codec.encode(Plain(name="a").model_copy(update={"name": 1}))


class Lists(BaseModel):
    names: list[str]


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


class Computed(BaseModel):
    name: str

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def size(self) -> int:
        return len(self.name)


class Written(BaseModel):
    name: str

    @field_serializer("name")
    def write(self, name: str) -> str:
        return name


class Root(RootModel[str]):
    pass


class Empty(BaseModel):
    pass


@pytest.mark.parametrize(
    "model", [Lists, Open, Computed, Written, Root, Empty, str, list[Plain], Plain | None, dict], ids=str
)
def test_other_types_are_left_to_pydantic(model: Any) -> None:
    """Anything but a model of plain fields is never called exact."""
    assert exact_check(TypeAdapter(model).core_schema) is None


def test_instances_that_are_validated_again_are_left_to_pydantic() -> None:
    """A model whose instances count for nothing is never written without its validators."""

    class Doubted(Plain):
        model_config = ConfigDict(revalidate_instances="always")

    assert check(Doubted, Doubted(name="a")) is None


def test_written_value_is_checked() -> None:
    """What is written is checked first: a model at a glance, anything else by its validator."""
    codec: Codec[Any] = Codec(Plain)

    assert codec.write(Plain(name="a")) == codec.write({"name": "a"}) == codec.encode(Plain(name="a"))
    with pytest.raises(InputError, match="name: This field is required"):
        codec.write({})


class Parameters(TypedDict):
    name: Annotated[str, Field(min_length=1)]
    count: NotRequired[int | None]


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ({"name": "a"}, True),
        ({"name": "a", "count": None}, True),
        ({"name": "a", "count": True}, False),
        ({"name": Wrong("a"), "count": 1}, False),
    ],
)
def test_valid_dict_that_is_exact(value: Any, exact: bool) -> None:
    """Of a typed dict that was validated, the classes of its values are all that is looked at."""
    found = exact_dict_check(TypeAdapter(Parameters).core_schema)

    assert found is not None
    assert found(value) is exact


def test_dict_is_validated_before_it_is_written() -> None:
    """A dict whose values have the right classes is held to its constraints and its fields all the same."""
    codec: Codec[Any] = Codec(Parameters)

    assert codec.write({"name": "a"}) == b'{"name":"a"}'
    for wrong in ({"name": ""}, {"count": 1}, {"name": "a", "count": "x"}):
        with pytest.raises(InputError):
            codec.write(wrong)


def test_dict_that_only_pydantic_can_judge() -> None:
    """A typed dict with a model in it, or with more than its fields, is left to pydantic."""

    class Holder(TypedDict):
        plain: Plain

    class Open(TypedDict):
        __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]  # so pydantic documents it
        name: str

    assert [exact_dict_check(TypeAdapter(d).core_schema) for d in (Holder, Open, Plain)] == [None, None, None]

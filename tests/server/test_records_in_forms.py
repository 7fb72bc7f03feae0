"""What a page gives a form at first: records of any kind, values of any JSON, and names that are misspelt."""

from __future__ import annotations

import re
import sqlite3
from collections import namedtuple
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, JsonValue
from visitor import Visitor

from sanic_actions import Issue, UploadedFile, action
from sanic_actions._forms.encode import encode_fields
from sanic_actions.server._controls import known_paths
from sanic_actions.server._controls.form import form_fields


class Address(BaseModel):
    city: str = ""
    zip_code: str = ""


class Line(BaseModel):
    sku: str = ""
    count: int = 1


@action(accept="form")
async def save(
    name: str,
    address: Address = Address(),  # noqa: B008  # never changed
    lines: list[Line] = [],
    counts: dict[str, int] = {},
    photo: UploadedFile | None = None,
) -> None: ...


class Row:
    """A row as an ORM has them: attributes of its own, and of rows that belong to it."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("name",)

    def __init__(self) -> None:
        self.name = "Ada"


@dataclass
class Record:
    name: str
    id: int = 3


def _row_of_sqlite() -> Any:
    with closing(sqlite3.connect(":memory:")) as database:
        database.row_factory = sqlite3.Row
        return database.execute("select 'Ada' as name, 7 as id").fetchone()


Named = namedtuple("Named", "name id")  # as libraries of databases make them

RECORDS: dict[str, Any] = {
    "mapping": {"name": "Ada", "id": 3, "created_at": "today"},
    "dataclass": Record("Ada"),
    "object": Row(name="Ada", id=3),
    "object with slots": Slotted(),
    "named tuple": Named("Ada", 3),
    "row of sqlite3": _row_of_sqlite(),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_record_fills_the_fields_of_its_names(kind: str) -> None:
    """A record of any kind shows in the fields that it has values for; what else it has is left out."""
    fields: Any = form_fields(save, values=RECORDS[kind])

    assert fields["name"].value == "Ada"
    assert "today" not in str(fields)


@pytest.mark.parametrize("is_whole", [True, False])
def test_record_fills_groups_and_rows(*, is_whole: bool) -> None:
    """The objects of an object fill the groups and the rows of its fields, also in a mapping."""
    parts: Any = {"name": "Ada", "address": Row(city="Wien"), "lines": [Row(sku="a", count=2), Row(sku="b", count=3)]}
    values = Row(**parts) if is_whole else parts

    fields: Any = form_fields(save, values=values)

    assert fields["address.city"].value == "Wien"
    assert [fields[f"lines.{number}.count"].value for number in (0, 1)] == ["2", "3"]


@pytest.mark.parametrize("values", ["Ada", 5, Row(id=3), object()])
def test_values_without_fields_are_an_error(values: Any) -> None:
    """What has none of the fields would show an empty form, without a word."""
    with pytest.raises(TypeError, match="none of the fields of this form"):
        form_fields(save, values=values)


WRONG: dict[str, tuple[str, Any, str]] = {
    "path": ("values", {"address.ctiy": "x"}, "'address.ctiy'.*Did you mean 'address.city'"),
    "path of a row": ("values", {"lines.0.colour": "x"}, r"There is no field 'lines\.0\.colour'"),
    "hidden, in a group": ("hidden", {"address": {"ctiy": "x"}}, "'address.ctiy'.*Did you mean 'city'"),
    "part": ("classes", {"labl": "x"}, "classes= names 'labl'.*Did you mean 'label'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_name_that_leads_nowhere_is_an_error(case: str) -> None:
    """What a page itself spells wrong is a mistake, and the error says the field."""
    option, value, message = WRONG[case]
    options: Any = {option: value}

    with pytest.raises(ValueError, match=message):
        form_fields(save, **options)


MISSPELT: dict[str, tuple[Any, str]] = {
    "name": ({"nmae": "x"}, "'nmae'.*Did you mean 'name'"),
    "in a group": ({"address": {"ctiy": "x"}}, "'address.ctiy'.*Did you mean 'city'"),
    "in a row": ({"lines": [{"sku": "a"}, {"cuont": 2}]}, r"'lines\.\*\.cuont'.*Did you mean 'count'"),
    "row of sqlite": (Named("Ada", 3)._asdict() | {"adress": 1}, "Did you mean 'address'"),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_record_with_a_name_almost_that_of_a_field_is_logged(case: str, caplog: pytest.LogCaptureFixture) -> None:
    """A column may be called so, and no page fails for it; but a field that stays blank is lost when it is saved."""
    values, message = MISSPELT[case]
    known_paths._warn.cache_clear()

    form_fields(save, values=values)
    form_fields(save, values=values)

    (logged,) = caplog.messages
    assert re.search(message, logged)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "x", "names": ["a"]},  # the field has its value
        {"address_id": 3, "name_of_owner": "x", "id": 1},  # other names
        {"address": {"city": "x", "country": "AT"}, "counts": {"ctiy": 1}},
        {"name": "x", 3: "y"},
    ],
)
def test_record_may_have_more_than_the_form(values: Any) -> None:
    """Other names are left out, and keys of mappings are any."""
    assert "name" in form_fields(save, values=values)


def test_mapping_without_keys_shows_nothing() -> None:
    """Nobody could fill in a legend: a mapping shows once it has keys, or a message."""
    blank, filled = form_fields(save), form_fields(save, values={"counts": {"a": 1}})

    assert "Counts" not in str(blank)
    assert "Counts" in str(filled)
    assert "Counts" in str(form_fields(save, issues=[Issue("counts", "Too few", "too_short")]))


def test_hidden_value_that_a_page_cannot_hold_is_an_error() -> None:
    """An object would go along as None."""
    with pytest.raises(TypeError, match="hidden= gives 'address' a Row"):
        str(form_fields(save, hidden={"address": Row(city="Wien")}))


JSON: list[Any] = [None, 1, -1.5, True, "x", "", "007", [], [1, {"a": [None, ""]}], {"a": {"b": None, "c.d": "e"}}]


@pytest.mark.parametrize("value", JSON, ids=repr)
@pytest.mark.parametrize("option", ["values", "hidden", "sent"])
@pytest.mark.parametrize("annotation", [JsonValue, dict[str, JsonValue], list[JsonValue]])
def test_any_json_comes_back(value: Any, option: str, annotation: Any) -> None:
    """A value of any JSON is the same after a form has shown it, hidden it, or a client has sent it."""
    wrapped = {JsonValue: value, dict[str, JsonValue]: {"k": value}, list[JsonValue]: ["first", value]}[annotation]
    if option == "sent":
        given: Any = Visitor(annotation).plan.decode(encode_fields({"it": wrapped, "gate": "ok"}))
        assert given.it == wrapped
        return
    options: Any = {option: {"it": wrapped}}
    visitor = Visitor(annotation, **options)

    visitor.refused()

    assert visitor.accepted() == wrapped


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: str = ""


class OpenLists(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, list[int]]


OPEN: list[Any] = [Open.model_validate({"b": value}) for value in ("x", "", None, [], ["x", "y"], [["x"], []])]


@pytest.mark.parametrize("value", [*OPEN, OpenLists.model_validate({"b": [1], "c": []})])
@pytest.mark.parametrize("is_hidden", [False, True])
def test_undeclared_fields_keep_their_lists(value: Any, *, is_hidden: bool) -> None:
    """A model that allows further fields gets texts, lists of texts, and None, as they were sent."""
    if is_hidden:
        assert Visitor(type(value), hidden={"it": value}).accepted() == value
    else:
        pairs = encode_fields({"it": value.model_dump(), "gate": "ok"})
        assert Visitor(type(value)).plan.decode(pairs).it == value

"""A form that is written field by field says what its controls say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from sanic_actions import Action, Issue, define_action
from sanic_actions.server._controls.failed_sheet import FailedSheet
from sanic_actions.server._controls.form import FormFields, form_fields, render_form
from sanic_actions.server._controls.sheet import sheet_of


class Address(BaseModel):
    """A group of fields."""

    city: str = "Bonn"
    zip: str | None = None


class Flat(BaseModel):
    """Fields of many kinds, none with rows."""

    name: Annotated[str, Field(min_length=1, description="As in your passport")]
    note: str | None = "none"
    remarks: Annotated[str | None, Field(max_length=5000)] = "none"
    body: Annotated[str, Field(max_length=5000)] = ""
    count: Annotated[int, Field(multiple_of=5)] = 5
    day: date | None = None
    password: SecretStr
    kind: Literal["a", "b"] = "a"
    fixed: Literal["x"] = "x"
    terms: bool = False
    several: list[Literal["a", "b", "c"]] = []
    address: Address = Address()
    old: Annotated[str, Field(json_schema_extra={"form": {"widget": "hidden"}})] = "old"
    own: Annotated[str, Field(json_schema_extra={"form": {"value": "mine"}})] = ""


class WithRows(Flat):
    """The same with rows."""

    tags: list[str] = ["first"]


def _take(input: Any) -> None: ...


def _action(input: type[BaseModel]) -> Action[..., object]:
    return define_action(input=input, handler=_take, accept="form")


FLAT, ROWS = _action(Flat), _action(WithRows)
TEXTS = st.sampled_from(["", "Ada", "two\nlines", "\nfirst", "<b>&\"'", "false", "7", "5", "2000-01-01", "b", "true"])
NAMES = st.sampled_from([*Flat.model_fields, "address.city"])
ISSUES = st.lists(st.builds(Issue, st.one_of(NAMES, st.sampled_from(["", "several.0", "no_such"])), TEXTS), max_size=4)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.just("second form"),
        "hidden": st.dictionaries(st.sampled_from(["name", "count", "address", "several"]), TEXTS, max_size=2),
        "exclude": st.sets(st.sampled_from(["note", "terms"])),
        "classes": st.sampled_from([{"invalid": "wrong"}, {"field": "row", "errors": "bad"}]),
        "translate": st.just(lambda _, english: english.upper()),
    },
)


def _written(fields: FormFields) -> tuple[str, str, str, bool, bool]:
    markup = str(fields)
    return markup, str(fields.summary_html()), fields.enctype, fields.has_edits, fields.has_buttons


def _of_controls(fields: FormFields) -> str:
    return "".join(map(str, fields))


@pytest.mark.parametrize("action", [FLAT, ROWS])
@given(values=st.one_of(st.none(), st.dictionaries(NAMES, TEXTS)), options=OPTIONS)
def test_values_are_written_as_controls_show_them(
    action: Action[..., object], values: dict[str, str] | None, options: dict[str, Any]
) -> None:
    """The markup of a form that holds values is that of its controls."""
    fields = form_fields(action, values=values, **options)

    assert str(fields) == _of_controls(fields)


@pytest.mark.parametrize("action", [FLAT, ROWS])
@given(pairs=st.lists(st.tuples(NAMES, TEXTS), max_size=8), issues=ISSUES, options=OPTIONS)
def test_failures_are_written_as_controls_show_them(
    action: Action[..., object], pairs: list[tuple[str, str]], issues: list[Issue], options: dict[str, Any]
) -> None:
    """The markup of a form that has failed is that of its controls: messages, the focus, the summary."""
    fields = form_fields(action, values=pairs, issues=issues, **options)
    written = _written(fields)
    again = form_fields(action, values=pairs, issues=issues, **options)
    again._write = None

    assert written == _written(again)
    assert written[0] == _of_controls(again)


VALUES = st.one_of(TEXTS, st.sampled_from([5, 7, True, False, None, 1.5, ["a"], {"city": "Köln"}]))


@pytest.mark.parametrize("action", [FLAT, ROWS])
@given(
    values=st.one_of(st.none(), st.dictionaries(st.sampled_from([*Flat.model_fields, "address.city", "x"]), VALUES)),
    hidden=st.dictionaries(st.sampled_from(["name", "count", "old", "note"]), TEXTS, max_size=2),
    id=st.sampled_from(["", "second form", "row-1", "row:1"]),
    legend=st.sampled_from([None, "Who <are> you?"]),
)
def test_whole_forms_are_written_as_controls_show_them(
    action: Action[..., object], values: dict[str, Any] | None, hidden: dict[str, str], id: str, legend: str | None
) -> None:
    """A form that is written at once, from text that is ready, is the one that its controls make."""
    sheet = sheet_of(action, id=id, rows=1, name="take", submit=None, legend=legend)
    markup = None if sheet is None else sheet.written("?a=1", "<i>", values, hidden)
    if markup is None:
        return

    fields = form_fields(action, values=values, hidden=hidden, id=id)
    fields._write = None
    assert markup.replace("<i>", "") == render_form(fields, name="take", url="?a=1", legend=legend)


def test_forms_of_all_kinds_of_fields_are_written_at_once() -> None:
    """What most pages give to a form needs none of its controls: texts, numbers, choices, hidden values, ids."""
    values = {"name": "Ada", "count": 7, "kind": "b", "terms": True, "body": "two\nlines", "day": "2000-01-01"}
    for prefix in ("", "row-1"):
        sheet = sheet_of(FLAT, id=prefix, rows=1, name="take", submit="Go", legend=None)
        assert sheet is not None
        assert sheet.written("?", "", values, {"note": "n"}) is not None


@pytest.mark.parametrize("action", [FLAT, ROWS])
@given(
    pairs=st.lists(
        st.tuples(st.one_of(NAMES, st.sampled_from(["unknown", "name[]", "_action", "_action.edit"])), TEXTS),
        max_size=8,
        unique_by=lambda pair: pair[0],
    ),
    marks=st.lists(
        st.tuples(
            st.sampled_from(["_action.null", "_action.lines", "_action.absent", "_action.false", "_action.text"]), NAMES
        ),
        max_size=3,
    ),
    issues=ISSUES,
    hidden=st.dictionaries(st.sampled_from(["name", "count", "old"]), TEXTS, max_size=1),
    id=st.sampled_from(["", "row-1"]),
)
def test_failed_forms_are_written_as_controls_show_them(
    action: Action[..., object],
    pairs: list[tuple[str, str]],
    marks: list[tuple[str, str]],
    issues: list[Issue],
    hidden: dict[str, str],
    id: str,
) -> None:
    """A form that failed and is written at once is the one that its controls make: texts, messages, focus, summary."""
    sheet = sheet_of(action, id=id, rows=1, name="take", submit=None, legend=None)
    assert sheet is not None
    pairs = [*pairs, *marks, ("_action.token", "t")]
    markup = FailedSheet(sheet, issues).written("?", "<i>", pairs, hidden)
    if markup is None:
        return

    fields = form_fields(action, values=pairs, issues=issues, hidden=hidden, id=id)
    fields._write = None
    assert markup.replace("<i>", "") == render_form(fields, name="take", url="?")


def test_failed_forms_of_all_kinds_of_fields_are_written_at_once() -> None:
    """What browsers send for a form without rows needs none of its controls to be shown again."""
    sheet = sheet_of(FLAT, id="", rows=1, name="take", submit=None, legend=None)
    pairs = [
        *[("name", ""), ("_action.null", "note"), ("note", ""), ("_action.lines", "body"), ("body", "a\r\nb")],
        *[("count", "7"), ("day", ""), ("password", "x"), ("kind", "b"), ("fixed", "x"), ("old", "old"), ("own", "")],
    ]
    assert sheet is not None
    assert FailedSheet(sheet, [Issue("name", "Enter name"), Issue("kind", "No")]).written("?", "", pairs, {})


@pytest.mark.parametrize("text", ["", "a\r\nb"])
def test_text_that_is_blank_on_purpose_stays_so_in_a_form_that_failed(text: str) -> None:
    """The mark of a control of several lines says nothing of what is blank; only the mark of None makes it None."""
    sheet = sheet_of(FLAT, id="", rows=1, name="take", submit=None, legend=None)
    assert sheet is not None
    for marks in ([], [("_action.null", "remarks")]):
        pairs = [("name", ""), ("remarks", text), ("_action.lines", "remarks"), *marks]
        fields = form_fields(FLAT, values=pairs, issues=[Issue("name", "Enter name")])
        fields._write = None
        markup = FailedSheet(sheet, [Issue("name", "Enter name")]).written("?", "", pairs, {})
        assert markup == render_form(fields, name="take", url="?").replace("<i>", "")

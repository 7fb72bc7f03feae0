"""The fields that a page names for a form, by path: what leads to none is an error, what is not shown now is not."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from sanic_actions import action
from sanic_actions.server._controls.form import form_fields


class Card(BaseModel):
    kind: Literal["card"]
    bank: str


class Transfer(BaseModel):
    kind: Literal["transfer"]
    iban: str
    lines: list[Card] = []


class Line(BaseModel):
    sku: str
    note: str = ""


@action(accept="form")
async def order(
    pay: Annotated[Card | Transfer, Field(discriminator="kind")],
    lines: list[Line],
    tags: list[str],
    prices: dict[str, int],
    pair: tuple[str, int],
    extra: Line | None = None,
) -> None: ...


WRONG = [
    ("tagz", " Did you mean 'tags'?"),
    ("lines.*.skus", " Did you mean 'lines.*.sku'?"),
    ("line.*.sku", " Did you mean 'lines.*.sku'?"),
    ("lines.sku", " Did you mean 'lines.*.sku'?"),
    ("pay.ibam", " Did you mean 'pay.iban'?"),
    ("pay.lines.*.banc", " Did you mean 'pay.lines.*.bank'?"),
    ("extra.skus", " Did you mean 'extra.sku'?"),
    ("tags.*.x", ""),
    ("prices.*", ""),
    ("pair.2", ""),
    ("zzz", ""),
]
OPTIONS: dict[str, dict[str, Any]] = {
    "choices": {"offered choices": ["a"]},
    "exclude": {"left out": None},
    "hidden": {"hidden": "a"},
    "controls": {"given attributes": {"data-x": 1}},
}


def given(option: str, path: str) -> dict[str, Any]:
    """The option of a form that names a field."""
    [value] = OPTIONS[option].values()
    return {option: [path] if option == "exclude" else {path: value}}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(("path", "remedy"), WRONG)
def test_path_of_no_field_is_an_error(option: str, path: str, remedy: str) -> None:
    """A path that leads to no field is an error, with a star or without, whatever rows there are."""
    [purpose] = OPTIONS[option]

    for rows in (0, 1):
        with pytest.raises(ValueError) as caught:
            str(form_fields(order, rows=rows, **given(option, path)))
        assert str(caught.value) == f"There is no field {path!r} to be {purpose} in this form.{remedy}"


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("path", ["pay.iban", "pay.lines.*.bank", "pay.bank", "lines.*.sku", "extra.note", "pair.0"])
def test_field_of_another_member_may_be_named(option: str, path: str) -> None:
    """A page may name fields of all members of a union, of which one is shown, and of rows that are not there."""
    for kind in ("card", "transfer"):
        for rows in (0, 1):
            assert str(form_fields(order, values={"pay.kind": kind}, rows=rows, **given(option, path)))


def test_starred_path_is_of_all_rows() -> None:
    """What is left out, hidden or offered by a star is so in all rows, those that the script adds included."""
    values = {"lines": [{"sku": "a", "note": "b"}, {"sku": "c", "note": "d"}]}

    left_out = str(form_fields(order, values=values, exclude=["lines.*.note"]))
    hidden = str(form_fields(order, values=values, hidden={"lines.*.note": "same"}))
    offered = str(form_fields(order, values=values, choices={"lines.*.note": ["b", "d"]}))

    assert len(re.findall(r"name=\"?lines\.\w+\.sku", left_out)) == 4  # two rows, a blank one, and the one to be copied
    assert not re.findall(r"name=\"?lines\.\w+\.note", left_out)
    assert hidden.count("value=same") == 4
    assert offered.count("<select") == 5  # and the choice of the union


def test_hidden_row_that_is_not_there_is_an_error() -> None:
    """A hidden value of a row that the form does not have would not be sent, so it is an error."""
    with pytest.raises(ValueError, match=r"'lines\.7\.sku' cannot be hidden"):
        form_fields(order, hidden={"lines.7.sku": "a"})


@pytest.mark.parametrize("path", ["pay.bank", "lines.*.sku", "tags.0", "*"])
@pytest.mark.parametrize("kind", ["password", "PASSWORD"])
def test_look_of_a_password_is_an_error(path: str, kind: str) -> None:
    """The page alone would know that it is one, and what is typed would be written into the next page."""
    with pytest.raises(ValueError, match="Declare it as SecretStr"):
        form_fields(order, controls={path: {"type": kind}})

"""Named tuples in forms: each place has its own default, and what is left blank moves none of the others."""

from __future__ import annotations

import datetime
import enum
from typing import NamedTuple

import pytest
from browser_form import Pair, sent
from pydantic import BaseModel

from sanic_actions import InputError, define_action
from sanic_actions._definition import Input
from sanic_actions._forms.plan import FormPlan
from sanic_actions._types.fields import fields_of
from sanic_actions._wire import Codec
from sanic_actions.server._controls.form import form_fields


class Unit(enum.Enum):
    PIECE = "pcs"
    BOX = "box"


class Line(NamedTuple):
    sku: str
    pieces: int = 7
    unit: Unit = Unit.BOX
    taxed: bool = True
    due: datetime.date = datetime.date(2026, 1, 2)
    note: str | None = "none given"


class Order(BaseModel):
    line: Line
    lines: list[Line] = []


def decoded(pairs: list[Pair]) -> Order:
    """What a form means."""
    handler_input = Input(annotation=Order, fields=fields_of(Order), spread=False)
    order: Order = FormPlan(handler_input, Codec(Order)).decode(pairs)
    return order


LINES: dict[str, tuple[dict[int, str], Line]] = {
    "only what is needed": ({0: "a"}, Line("a")),
    "blank, and a value behind it": ({0: "a", 1: "", 2: "pcs"}, Line("a", unit=Unit.PIECE)),
    "not sent, and a value behind it": ({0: "a", 4: "2027-03-04"}, Line("a", due=datetime.date(2027, 3, 4))),
    "several blank": ({0: "a", 1: "", 2: "", 3: "no", 4: "", 5: "b"}, Line("a", taxed=False, note="b")),
}


@pytest.mark.parametrize("case", LINES)
def test_place_that_is_left_blank_has_its_default(case: str) -> None:
    """A place that is left blank or not sent has its default, and those behind it keep their values."""
    places, line = LINES[case]
    alone = [(f"line.{number}", text) for number, text in places.items()]
    in_a_row = [(f"lines.3.{number}", text) for number, text in places.items()]

    assert decoded(alone + in_a_row) == Order(line=line, lines=[line])


def test_place_that_is_missing_is_named() -> None:
    """A place without a default that is not sent is the one that is complained of."""
    with pytest.raises(InputError) as caught:
        decoded([("line.1", "5"), ("line.2", "pcs")])

    assert [issue.path for issue in caught.value.issues] == ["line.0"]


def test_page_shows_the_defaults_of_places() -> None:
    """A form of which only what is needed is filled in means the defaults, alone and in rows."""

    async def take(input: Order) -> None: ...

    markup = str(form_fields(define_action(input=Order, handler=take, accept="form")))
    pairs = [(name, "a" if name in ("line.0", "lines.0.0") else text) for name, text in sent(markup)]

    assert decoded(pairs) == Order(line=Line("a"), lines=[Line("a")])

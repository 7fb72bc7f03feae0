"""Blank values that a page gives stay what they are: sent untouched, after a failure, and after any button."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from visitor import Visitor

Letters = set[Literal["a", "b"]]


class Row(BaseModel):
    note: str | None = "none"
    tags: list[str | None] = ["tag"]
    flag: bool = True


class Sheet(BaseModel):
    texts: list[str | None] = ["a"]
    maybe: list[str] | None = ["a"]
    note: str | None = "none"
    rows: list[Row] = [Row()]
    grid: list[list[int]] = [[1]]
    other: list[int] = []


BLANK: dict[str, tuple[Any, Any, Any]] = {
    "list in a list": (list[list[int]], [[1], []], [[]]),
    "some lists in a list": (list[list[str]], ..., [["a"], [], []]),
    "list of no lists": (list[list[int]], [[1]], []),
    "None in a list of lists": (list[list[int] | None], [[1]], [None, []]),
    "tuple in a list": (list[tuple[int, ...]], [(1,)], [()]),
    "choices in a list": (list[Letters], [{"a"}], [set()]),
    "mapping in a list": (list[dict[str, int]], [{"a": 1}], [{}]),
    "lists three deep": (list[list[list[int]]], [[[1]]], [[[]], []]),
    "list in a mapping": (dict[str, list[int]], {"a": [1]}, {"b": []}),
    "list in a row": (list[Row], [Row()], [Row(note=None, tags=[], flag=False)]),
    "texts": (list[str | None], ["a"], ["", None]),
    "group": (Sheet, Sheet(), Sheet(texts=["", None], maybe=None, note="", rows=[], grid=[[]])),
}


@pytest.mark.parametrize("case", BLANK)
@pytest.mark.parametrize("posts", [0, 1, 2])
def test_blank_value_is_not_the_default(case: str, posts: int) -> None:
    """A form that nobody has touched gives the value that its page gave, also after a post that failed."""
    annotation, default, value = BLANK[case]
    visitor = Visitor(annotation, default, values={"it": value})

    for _ in range(posts):
        visitor.refused()

    assert visitor.accepted() == value


FULL = Sheet(
    texts=["", None, "x"],
    maybe=[""],
    note="",
    rows=[Row(note="", tags=["", None]), Row(note=None, tags=[], flag=False)],
    grid=[[], [1]],
    other=[1, 2],
)


@pytest.mark.parametrize("list_", ["other", "texts", "maybe", "rows", "rows.0.tags", "rows.1.tags", "grid", "grid.0"])
@pytest.mark.parametrize("presses", [1, 2])
def test_button_that_adds_changes_nothing_of_other_lists(list_: str, presses: int) -> None:
    """Empty texts, None and blank rows stay so when a row is added, in its list, around it and elsewhere."""
    visitor = Visitor(Sheet, values={"it": FULL})

    for _ in range(presses):
        visitor.press("_action.add", f"it.{list_}")

    assert visitor.accepted() == FULL


@pytest.mark.parametrize(
    ("row", "left"),
    [
        ("other.0", {"other": [2]}),
        ("texts.2", {"texts": ["", None]}),
        ("texts.0", {"texts": [None, "x"]}),
        ("maybe.0", {"maybe": []}),
        ("rows.1", {"rows": FULL.rows[:1]}),
        ("grid.1", {"grid": [[]]}),
        ("grid.0", {"grid": [[1]]}),
    ],
)
def test_button_that_removes_changes_nothing_else(row: str, left: dict[str, Any]) -> None:
    """Empty texts, None and blank rows stay so when a row is removed."""
    visitor = Visitor(Sheet, values={"it": FULL})

    visitor.press("_action.remove", f"it.{row}")

    assert visitor.accepted() == FULL.model_copy(update=left)


@pytest.mark.parametrize("value", [None, []])
def test_rows_can_be_added_to_none(value: Any) -> None:
    """Each press shows one blank row more, also in a list that is None, which it stays while they are blank."""
    visitor = Visitor(list[str] | None, ["a"], values={"it": value})

    visitor.press("_action.add", "it")
    visitor.press("_action.add", "it")

    assert visitor.names >= {"it.0", "it.1", "it.2"}
    assert visitor.accepted() == value


@pytest.mark.parametrize("presses", [0, 1])
def test_text_that_a_list_needs_has_to_be_filled_in(presses: int) -> None:
    """A blank row that the page marks as required is no item, whoever sends it past the browser."""
    visitor = Visitor(Annotated[list[str], Field(min_length=2)])
    for _ in range(presses):
        visitor.press("_action.add", "it")
    assert visitor.refused() == ["it: Must have at least 2 items"]
    visitor.enter("it.1", "x")
    assert visitor.refused() == ["it: Must have at least 2 items"]
    assert visitor.holds("it.1") == ["x"]
    visitor.enter("it.2", "y")

    assert visitor.accepted() == ["x", "y"]


class Unit(enum.Enum):
    NONE = ""
    KILO = "kg"


@pytest.mark.parametrize("widget", ["select", "radio"])
@pytest.mark.parametrize("default", [None, Unit.NONE, Unit.KILO])
@pytest.mark.parametrize("value", [None, Unit.NONE, Unit.KILO])
def test_blank_choice_is_what_the_page_gives(value: Unit | None, default: Unit | None, widget: str) -> None:
    """Where None and one of the values look blank, neither becomes the other, nor the default, untouched."""
    annotation = Annotated[Unit | None, Field(json_schema_extra={"form": {"widget": widget}})]
    visitor = Visitor(annotation, default, values={"it": value})
    assert visitor.refused() == []
    assert visitor.refused() == []

    assert visitor.accepted() is value


def test_blank_value_can_be_chosen_beside_a_default() -> None:
    """A value that looks blank is one that can be chosen, where None is not."""
    visitor = Visitor(Unit, Unit.KILO)
    visitor.enter("it", "")

    assert visitor.accepted() is Unit.NONE

"""Line breaks in values that nobody types: browsers send those of any control as CR LF, and actions get LF again."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from visitor import Visitor

TEXT = "one\ntwo\n"


class Verse(enum.Enum):
    FIRST = "roses\nred"
    SECOND = "violets\nblue"


class Row(BaseModel):
    sku: str = ""
    note: Annotated[str, Field(json_schema_extra={"form": {"widget": "hidden"}})] = TEXT


def control(annotation: Any, widget: str) -> Any:
    return Annotated[annotation, Field(json_schema_extra={"form": {"widget": widget}})]


UNTOUCHED: dict[str, tuple[Any, Any, dict[str, Any], Any]] = {
    "hidden default": (control(str, "hidden"), TEXT, {}, TEXT),
    "hidden value of a page": (str, ..., {"hidden": {"it": TEXT}}, TEXT),
    "hidden list of a page": (list[str], ..., {"hidden": {"it": [TEXT, "x"]}}, [TEXT, "x"]),
    "hidden field of rows": (list[Row], [Row(sku="S")], {}, [Row(sku="S")]),
    "hidden field of a page in rows": (
        list[Row],
        [Row(sku="S")],
        {"hidden": {"it.*.note": "a\nb"}},
        [Row(sku="S", note="a\nb")],
    ),
    "only value": (Literal["a\nb"], ..., {}, "a\nb"),
    "carriage returns of the page's own": (str, ..., {"hidden": {"it": "a\r\nb"}}, "a\r\nb"),
    "chosen by default": (Verse, Verse.SECOND, {}, Verse.SECOND),
    "several chosen by default": (list[Verse], [Verse.SECOND], {}, [Verse.SECOND]),
}


@pytest.mark.parametrize("posts", [0, 1, 2])
@pytest.mark.parametrize("name", UNTOUCHED)
def test_line_breaks_of_what_nobody_types(name: str, posts: int) -> None:
    """A value that goes along with a form arrives with the line breaks that it had, however often the form fails."""
    annotation, default, options, expected = UNTOUCHED[name]
    visitor = Visitor(annotation, default, **options)
    for _ in range(posts):
        assert visitor.refused() == []

    assert visitor.accepted() == expected


CHOSEN: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "select": (Verse, {}, Verse.FIRST),
    "radio": (control(Verse, "radio"), {}, Verse.FIRST),
    "select of several": (set[Verse], {}, {Verse.FIRST}),
    "boxes": (control(list[Verse], "checkbox"), {}, [Verse.FIRST]),
    "choices of a page": (str, {"choices": {"it": ["roses\nred", "x"]}}, "roses\nred"),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_value_with_line_breaks_can_be_chosen(name: str) -> None:
    """A choice whose value has line breaks is a choice like any other, and stays chosen after a failure."""
    annotation, options, expected = CHOSEN[name]
    visitor = Visitor(annotation, **options)
    visitor.enter("it", "roses\r\nred")
    for _ in range(2):
        assert visitor.refused() == []
        assert visitor.holds("it") == ["roses\r\nred"]

    assert visitor.accepted() == expected

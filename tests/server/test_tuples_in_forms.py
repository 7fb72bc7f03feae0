"""Positions of tuples are fields of a form: with their defaults, and to be filled in where they have none."""

from __future__ import annotations

import datetime
from typing import Any, Literal, NamedTuple

import pytest
from pydantic import BaseModel
from visitor import Visitor

from sanic_actions import InputError


class Item(NamedTuple):
    """A named tuple with a default of each sort."""

    sku: str
    unit: str = "pcs"
    taxed: bool = True
    amount: int | None = 4
    day: datetime.date = datetime.date(2026, 1, 2)
    size: Literal["s", "l"] = "l"
    tags: list[str] = ["t"]


class Holder(BaseModel):
    title: str = "held"
    item: Item


class Kind(BaseModel):
    kind: Literal["kind"] = "kind"
    item: Item


class Other(BaseModel):
    kind: Literal["other"] = "other"


PLACES: dict[str, tuple[Any, Any, str, Any]] = {
    "field": (Item, ..., "it", lambda value: value),
    "optional": (Item | None, None, "it", lambda value: value),
    "row": (list[Item], ..., "it.0", lambda value: value[0]),
    "field of a group": (Holder, ..., "it.item", lambda value: value.item),
    "field of an optional group": (Holder | None, None, "it.item", lambda value: value.item),
    "field of a row": (list[Holder], ..., "it.0.item", lambda value: value[0].item),
    "field of a kind": (Kind | Other, ..., "it.item", lambda value: value.item),
}


@pytest.mark.parametrize("place", PLACES)
def test_defaults_of_a_named_tuple_are_shown_and_sent(place: str) -> None:
    """Where one position is filled in, the others have their defaults, as in a model."""
    annotation, default, path, of = PLACES[place]
    visitor = Visitor(annotation, default)
    visitor.enter(f"{path}.0", "S")
    assert visitor.holds(f"{path}.1") == ["pcs"]
    assert visitor.refused() == []

    assert of(visitor.accepted()) == Item("S")


@pytest.mark.parametrize("place", PLACES)
def test_changes_of_a_named_tuple_arrive(place: str) -> None:
    """What a visitor changed, unticked or emptied is what arrives."""
    annotation, default, path, of = PLACES[place]
    visitor = Visitor(annotation, default)
    for number, texts in enumerate([["S"], ["kg"], [], [""], ["2026-03-04"], ["s"]]):
        visitor.enter(f"{path}.{number}", *texts)
    visitor.press("_action.remove", f"{path}.6.0")
    assert visitor.refused() == []

    expected = Item("S", "kg", False, None, datetime.date(2026, 3, 4), "s", [])
    assert of(visitor.accepted()) == expected


@pytest.mark.parametrize("place", PLACES)
def test_blank_required_text_of_a_named_tuple_is_missing(place: str) -> None:
    """A required string is to be filled in, in a named tuple too; a blank row or optional group is left out."""
    annotation, default, path, _ = PLACES[place]
    visitor = Visitor(annotation, default)
    if place in ("field", "field of a group", "field of a kind"):
        assert visitor.refused()[0] == f"{path}.0: This field is required"
        return

    assert visitor.refused() == []
    assert visitor.accepted() in (None, [])


POSTS: list[tuple[Any, list[tuple[str, str]], Any]] = [
    (tuple[str, str], [("it.0", ""), ("it.1", "")], ["it.0", "it.1"]),
    (tuple[str, str], [("it", ""), ("it", "b")], ["it.0"]),
    (tuple[str, int], [("it.0", ""), ("it.1", "1")], ["it.0"]),
    (tuple[str, ...], [("it.0", "a"), ("it.1", "b")], ("a", "b")),
    (tuple[str | None, str], [("it.0", ""), ("it.1", "b")], ("", "b")),
    (tuple[str, str], [("it.0", ""), ("_action.text", "it.0"), ("it.1", "b")], ("", "b")),
    (Item, [("it.0", "S")], Item("S")),
    (Item, [("it.0", "S"), ("it.3", "7")], Item("S", amount=7)),
    (Item, [("it.0", "S"), ("it.5", "s")], Item("S", size="s")),
    (Item, [("it.0", "S"), ("it.3", "x")], ["it.3"]),
    (Item, [("it.1", "kg")], ["it.0"]),
]


@pytest.mark.parametrize(("annotation", "pairs", "expected"), POSTS)
def test_hand_written_post(annotation: Any, pairs: list[tuple[str, str]], expected: Any) -> None:
    """Positions that are not sent have their defaults wherever they stand; a blank required string is missing."""
    visitor = Visitor(annotation)

    if isinstance(expected, list):
        with pytest.raises(InputError) as refused:
            visitor.plan.decode([*pairs, ("gate", "ok")])
        assert [issue.path for issue in refused.value.issues] == expected
    else:
        assert visitor.plan.decode([*pairs, ("gate", "ok")]).it == expected

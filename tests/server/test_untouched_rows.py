"""A row or an optional group that nobody has touched is left out, whatever its fields hold from the start."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pydantic
import pytest
from pydantic import BaseModel, Field
from visitor import Visitor


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    city: str
    zip: str = "1010"
    main: bool = True
    codes: list[int] = [1, 2]


@dataclass
class Plain:
    city: str = "Graz"
    codes: list[int] = field(default_factory=lambda: [1])


class A(BaseModel):
    kind: Literal["a"] = "a"
    x: str = "x"
    tags: list[str] = ["t"]


class B(BaseModel):
    kind: Literal["b"] = "b"
    taxed: bool = True


def asks(annotation: Any, widget: str) -> Any:
    return Annotated[annotation, Field(json_schema_extra={"form": {"widget": widget}})]


PART = Part(city="Wien", zip="1020", main=False, codes=[7])

FIELDS: dict[str, tuple[Any, Any]] = {
    "text": (str, "pcs"),
    "text area": (asks(str, "textarea"), "a\nb"),
    "number": (int, 3),
    "truth": (bool, True),
    "truth or none": (bool | None, True),
    "date": (datetime.date, datetime.date(2026, 1, 2)),
    "choice": (Color, Color.BLUE),
    "radio": (asks(Color, "radio"), Color.BLUE),
    "constant": (Literal["only"], "only"),
    "hidden": (asks(list[str], "hidden"), ["a", "b"]),
    "texts": (list[str], ["x", "y"]),
    "texts or none": (list[str] | None, ["x"]),
    "set": (set[str], {"x"}),
    # The set holds them as 8 and 1, and the page offers them as 1 and 8.
    "several in no order": (set[Literal[1, 8]], {1, 8}),
    "several": (list[Literal["p", "q"]], ["p", "q"]),
    "check boxes": (asks(list[Literal["p", "q"]], "checkbox"), ["q"]),
    "several in another order": (list[Literal["p", "q"]], ["q", "p"]),
    "mapping": (dict[str, int], {"k": 1}),
    "mapping of groups": (dict[str, Part], {"k": PART}),
    "tuple": (tuple[int, str], (1, "one")),
    "tuples": (list[tuple[int, str]], [(1, "one")]),
    "texts in lists": (list[list[str]], [["x"], ["y", "z"]]),
    "group": (Part, PART),
    "group or none": (Part | None, PART),
    "none or group": (Part | None, None),
    "groups": (list[Part], [PART, Part(city="Linz")]),
    "groups or none": (list[Part] | None, [PART]),
    "dataclass": (Plain, Plain()),
    "kind": (A | B, A()),
    "other kind": (A | B, B()),
    "kind or none": (A | B | None, B()),
    "kinds": (list[A | B], [A(), B()]),
}


def line(name: str) -> Any:
    """The class of a row with a field of a type."""
    return pydantic.create_model("Line", sku=(str, ...), of=FIELDS[name])


class Inner(BaseModel):
    first: str = "first"


PLACES = ["row", "row after a given one", "optional group", "group in a row", "row in a group"]


def at(place: str, cls: Any) -> tuple[Any, Any, str, Any]:
    """Return an annotation, its default, the path of the place in it, and what it is when nobody touches it."""
    if place == "row":
        return list[cls], ..., "it.0", []
    if place == "row after a given one":
        return list[cls], [cls(sku="given")], "it.1", [cls(sku="given")]
    if place == "optional group":
        return cls | None, None, "it", None
    outer: Any
    if place == "group in a row":
        outer = pydantic.create_model("Outer", name=(str, "n"), inner=(cls | None, None))
        return list[outer], ..., "it.0.inner", []
    outer = pydantic.create_model("Outer", name=(str, "n"), inner=(list[cls], ...))
    return outer | None, None, "it.inner.0", None


def of(place: str, value: Any) -> Any:
    """Return what stands at the place."""
    if place in ("row", "row after a given one"):
        return value[-1]
    if place == "optional group":
        return value
    if place == "group in a row":
        return value[0].inner
    return value.inner[0]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", FIELDS)
def test_untouched_is_left_out(name: str, place: str) -> None:
    """Nothing arrives of what nobody has touched, however often the form is refused or changed elsewhere."""
    cls = line(name)
    annotation, default, _, expected = at(place, cls)
    visitor = Visitor(annotation, default)
    assert visitor.refused() == []
    assert visitor.refused() == []
    if place.startswith("row after"):
        visitor.press("_action.add", "it")

    assert visitor.accepted() == expected


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", FIELDS)
def test_what_is_filled_in_beside_defaults_comes_with_them(name: str, place: str) -> None:
    """One field that is filled in makes the row or the group, with the defaults that the others show."""
    cls = line(name)
    annotation, default, path, _ = at(place, cls)
    visitor = Visitor(annotation, default)
    visitor.enter(f"{path}.sku", "S")
    assert visitor.refused() == []

    assert of(place, visitor.accepted()) == cls(sku="S")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", FIELDS)
def test_what_is_blanked_again_is_left_out(name: str, place: str) -> None:
    """Whoever clears what was typed has not touched the row or the group, after a refusal too."""
    annotation, default, path, expected = at(place, line(name))
    visitor = Visitor(annotation, default)
    visitor.enter(f"{path}.sku", "S")
    assert visitor.refused() == []
    visitor.enter(f"{path}.sku", "")
    assert visitor.refused() == []

    assert visitor.accepted() == expected


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("name", "left"), [("several", "q"), ("several in no order", "8")])
def test_choices_of_which_some_were_dropped_are_a_change(name: str, left: str, place: str) -> None:
    """Whoever drops one of several choices has touched the row or the group, however often the form is refused."""
    annotation, default, path, _ = at(place, line(name))
    visitor = Visitor(annotation, default)
    visitor.enter(f"{path}.of", left)

    for _ in range(2):
        assert visitor.refused() == [f"{path}.sku: This field is required"]
        assert visitor.holds(f"{path}.of") == [left]


CHANGES: dict[str, tuple[str, list[str], Any]] = {
    "text": ("of", ["kg"], "kg"),
    "texts": ("of.1", ["z"], ["x", "z"]),
    "texts or none": ("of.0", [""], []),
    "several": ("of", ["q"], ["q"]),
    "check boxes": ("of", ["p", "q"], ["p", "q"]),
    "mapping": ("of.k", ["2"], {"k": 2}),
    "tuple": ("of.1", ["two"], (1, "two")),
    "group": ("of.zip", ["1030"], PART.model_copy(update={"zip": "1030"})),
    "group or none": ("of.zip", ["1030"], PART.model_copy(update={"zip": "1030"})),
    "groups": ("of.1.zip", ["1"], [PART, Part(city="Linz", zip="1")]),
    "kind": ("of.x", ["y"], A(x="y")),
    "kinds": ("of.0.tags.0", ["y"], [A(tags=["y"]), B()]),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", CHANGES)
def test_changed_default_arrives_beside_untouched_ones(name: str, place: str) -> None:
    """A default that was changed in part arrives as it is seen."""
    cls = line(name)
    field, texts, expected = CHANGES[name]
    annotation, default, path, _ = at(place, cls)
    visitor = Visitor(annotation, default)
    visitor.enter(f"{path}.{field}", *texts)
    if any(texts):
        assert visitor.refused() == [f"{path}.sku: This field is required"]
    visitor.enter(f"{path}.sku", "S")
    assert visitor.refused() == []

    assert of(place, visitor.accepted()) == cls(sku="S", of=expected)


@pytest.mark.parametrize("place", PLACES)
def test_rows_are_added_and_removed_in_what_is_untouched(place: str) -> None:
    """Buttons inside of a blank row or group do what they say, and alone make nothing of it."""
    cls = line("texts")
    annotation, default, path, expected = at(place, cls)
    visitor = Visitor(annotation, default)
    visitor.press("_action.add", f"{path}.of")
    assert {f"{path}.of.{number}" for number in range(4)} <= visitor.names
    visitor.press("_action.remove", f"{path}.of.0")
    assert f"{path}.of.0" not in visitor.names
    assert visitor.refused() == []
    assert visitor.accepted() == expected


@pytest.mark.parametrize("place", PLACES)
def test_rows_removed_in_what_is_filled_in_later(place: str) -> None:
    """A row of a default that was removed stays away when the rest is filled in."""
    cls = line("texts")
    annotation, default, path, _ = at(place, cls)
    visitor = Visitor(annotation, default)
    visitor.press("_action.remove", f"{path}.of.0")
    visitor.enter(f"{path}.sku", "S")
    assert visitor.refused() == []

    assert of(place, visitor.accepted()) == cls(sku="S", of=["y"])


class Item(BaseModel):
    sku: str = ""
    owner: str = ""
    tags: list[str] = []


@pytest.mark.parametrize("edits", ["", "failed", "add", "add failed add", "failed add failed"])
def test_hidden_values_of_all_rows_make_no_row(edits: str) -> None:
    """What goes along with each row, as a page says of all, is not sent for rows that stay blank."""
    visitor = Visitor(
        list[Item], hidden={"it.*.owner": "me", "it.*.tags": ["a", "b"]}, values={"it": [Item(sku="one")]}
    )
    visitor.enter("it.1.sku", "two")
    for edit in edits.split():
        if edit == "add":
            visitor.press("_action.add", "it")
        else:
            visitor.refused()

    assert visitor.accepted() == [Item(sku=sku, owner="me", tags=["a", "b"]) for sku in ("one", "two")]

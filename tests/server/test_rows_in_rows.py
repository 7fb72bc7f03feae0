"""Rows in rows are added by their button, in types that contain themselves too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from visitor import Visitor

from sanic_actions import action
from sanic_actions.server._controls.form import form_fields


class Rec(BaseModel):
    name: str
    unit: str = "pcs"
    kids: list[Rec] = []


@dataclass
class Plain:
    name: str
    kids: list[Plain] = field(default_factory=list)


class Leaf(BaseModel):
    kind: Literal["leaf"] = "leaf"
    name: str


class Node(BaseModel):
    kind: Literal["node"] = "node"
    name: str
    kids: list[Node | Leaf] = []


class Maybe(BaseModel):
    name: str
    kids: list[Maybe] | None = None


class Part(BaseModel):
    tags: list[str] = []
    made: Leaf | Plain | None = None


class Line(BaseModel):
    parts: list[Part] = []


@pytest.mark.parametrize(
    "annotation",
    [list[Line], list[list[str]], list[Node | Leaf], list[Rec], list[Part], Line],
    ids=str,
)
def test_each_button_has_a_name_of_its_own(annotation: Any) -> None:
    """Screen readers list buttons without what is around them, so each says the rows that it stands in."""
    whole: dict[str, Any] = {"parts": [{"tags": ["a", "b"]}] * 2, "kind": "node", "name": "a", "tags": ["a", "b"]}
    whole["kids"] = [{"kind": "node", "name": "b", "kids": [{"kind": "leaf", "name": "c"}] * 2}] * 2
    values: Any = {Line: whole, list[list[str]]: [["a", "b"]] * 2}.get(annotation, [whole, whole])

    def handler(it: Any) -> None: ...

    handler.__annotations__["it"] = annotation
    markup = str(form_fields(action(accept="form")(handler), values={"it": values}))
    labels = re.findall(r'<button[^>]*aria-label="?([^">]*)', re.sub("(?s)<template.*?</template>", "", markup))

    assert len(labels) > 4
    assert sorted(labels) == sorted(set(labels))


def test_name_of_a_button_begins_with_the_outermost_row() -> None:
    """What a button is about follows from the outside inwards, and no row is named twice."""

    @action(accept="form")
    def cut(lines: list[list[str]]) -> None: ...

    markup = str(form_fields(cut, values={"lines": [["a"], ["b"]]}))

    assert 'aria-label="Remove: Lines 2, Lines 2 1"' in markup
    assert 'aria-label="Add another: Lines 2"' in markup


@pytest.mark.parametrize(
    ("annotation", "path", "expected"),
    [
        (Rec, "it", lambda kids: Rec(name="top", kids=kids)),
        (list[Rec], "it.0", lambda kids: [Rec(name="top", kids=kids)]),
        (Plain, "it", lambda kids: Plain("top", kids)),
        (Maybe, "it", lambda kids: Maybe(name="top", kids=kids)),
    ],
    ids=["model", "row", "dataclass", "none without rows"],
)
def test_row_of_the_same_type_is_added(annotation: Any, path: str, expected: Any) -> None:
    """A list of the type around it shows no row until one is asked for, at each depth."""
    cls = {"it": annotation}.get(path, Rec)
    visitor = Visitor(annotation)
    visitor.enter(f"{path}.name", "top")
    assert f"{path}.kids.0.name" not in visitor.names
    visitor.press("_action.add", f"{path}.kids")
    visitor.press("_action.add", f"{path}.kids")
    assert {f"{path}.kids.0.name", f"{path}.kids.1.name"} <= visitor.names
    visitor.enter(f"{path}.kids.1.name", "kid")
    visitor.press("_action.add", f"{path}.kids.1.kids")
    visitor.enter(f"{path}.kids.1.kids.0.name", "grandchild")
    assert visitor.refused() == []

    grandchild = cls(name="grandchild")
    assert visitor.accepted() == expected([cls(name="kid", kids=[grandchild])])


@pytest.mark.parametrize("annotation", [Node, Node | Leaf, Annotated[Node | Leaf, Field(discriminator="kind")]])
def test_kind_of_a_row_of_the_same_union_is_chosen(annotation: Any) -> None:
    """A row of the union around it lets its kind be chosen."""
    visitor = Visitor(annotation)
    visitor.enter("it.name", "top")
    visitor.press("_action.add", "it.kids")
    visitor.enter("it.kids.0.kind", "node")
    visitor.press("_action.switch", "it.kids.0")
    visitor.enter("it.kids.0.name", "kid")
    visitor.press("_action.add", "it.kids.0.kids")
    visitor.enter("it.kids.0.kids.0.kind", "leaf")
    visitor.press("_action.switch", "it.kids.0.kids.0")
    visitor.enter("it.kids.0.kids.0.name", "leaf")
    visitor.refused()

    kid = Node(name="kid", kids=[Leaf(name="leaf")])
    assert visitor.accepted() == Node(name="top", kids=[kid])


def test_rows_of_the_same_type_that_stay_blank_are_left_out() -> None:
    """A row that was added and left blank is not sent, and is not there after a failure."""
    visitor = Visitor(Rec)
    visitor.enter("it.name", "top")
    visitor.press("_action.add", "it.kids")
    assert visitor.holds("it.kids.0.unit") == ["pcs"]
    assert visitor.refused() == []

    assert visitor.accepted() == Rec(name="top")


def test_script_finds_a_row_of_the_same_type() -> None:
    """The list of the type around it has a row that the script copies, with a button for rows in it."""

    async def take(it: Rec) -> None: ...

    markup = str(form_fields(action(accept="form")(take)))

    assert markup.count("<template data-sanic-row>") == 1
    assert 'name="it.kids.__row__.name"' in markup
    assert 'value="it.kids.__row__.kids"' in markup


class Night(BaseModel):
    hotel: str
    stars: int = 3


class Guest(BaseModel):
    name: str
    country: str = "DE"
    breakfast: bool = True
    nights: list[Night] = []


@pytest.mark.parametrize("added", [0, 1])
def test_rows_are_added_in_an_untouched_row(added: int) -> None:
    """A row that was added is like the first: it has its defaults and a blank row in it, and one more when asked."""
    visitor = Visitor(list[Guest])
    for _ in range(added):
        visitor.press("_action.add", "it")
    assert f"it.{added}.nights.0.hotel" in visitor.names
    visitor.press("_action.add", f"it.{added}.nights")
    assert f"it.{added}.nights.1.hotel" in visitor.names
    assert visitor.holds(f"it.{added}.country") == ["DE"]
    assert visitor.holds(f"it.{added}.breakfast") == ["true"]
    visitor.enter(f"it.{added}.nights.1.hotel", "Sacher")
    visitor.enter(f"it.{added}.name", "Ada")
    assert visitor.refused() == []

    assert visitor.accepted() == [Guest(name="Ada", nights=[Night(hotel="Sacher")])]

"""A group that shows a default, of which a visitor clears all: what arrives is what is seen, not the default again."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal, NotRequired

import pytest
from browser_form import parsed
from pydantic import BaseModel, Field
from typing_extensions import TypedDict
from visitor import Visitor

Letters = set[Literal["a", "b"]]
Boxes = Annotated[list[Literal["a", "b"]], Field(json_schema_extra={"form": {"widget": "checkbox"}})]


class Box(BaseModel):
    dark: bool = True


class Needed(BaseModel):
    dark: bool
    letters: Letters


class Mixed(BaseModel):
    dark: bool = True
    letters: Boxes = ["a"]
    note: str = "note"
    day: int | None = 3


class Outer(BaseModel):
    inner: Needed = Needed(dark=True, letters={"a"})
    box: Box = Box()


class Part(BaseModel):
    city: str


def unknown() -> Part:
    return Part(city="Rome")


@dataclasses.dataclass
class Plain:
    dark: bool
    note: str = "note"


GROUPS: dict[str, tuple[Any, Any, Any]] = {
    "one box": (Box, Box(), Box(dark=False)),
    "controls that send nothing": (Needed, Needed(dark=True, letters={"a"}), Needed(dark=False, letters=set())),
    "controls of all kinds": (Mixed, Mixed(), Mixed(dark=False, letters=[], note="", day=None)),
    "groups in a group": (Outer, Outer(), Outer(inner=Needed(dark=False, letters=set()), box=Box(dark=False))),
    "dataclass": (Plain, Plain(dark=True), Plain(dark=False, note="")),
    "object or text": (Box | str, Box(), Box(dark=False)),
    "objects": (Needed | Mixed, Needed(dark=True, letters={"a"}), Needed(dark=False, letters=set())),
    "tuple": (tuple[Letters, str | None], ({"a"}, "x"), (set(), None)),
}
STEPS = ["", "refused", "refused refused"]


def clear(visitor: Visitor, path: str) -> None:
    """Clear all controls of a group: no text, no tick, no choice."""
    for element in parsed(visitor.markup).iter():
        name, type_ = element.get("name", ""), element.get("type")
        if name.startswith(f"{path}.") and element.tag in ("input", "select") and type_ != "hidden":
            is_blank_sent = type_ != "checkbox" and "multiple" not in element.attrib
            visitor.enter(name, *[""] * is_blank_sent)


def go(visitor: Visitor, steps: str) -> None:
    for _ in steps.split():
        assert visitor.refused() == []


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("name", GROUPS)
def test_cleared_group_is_not_the_default(name: str, steps: str) -> None:
    """Whoever clears all of a group gets that, and not the default that stood there."""
    annotation, default, cleared = GROUPS[name]
    visitor = Visitor(annotation, default)
    clear(visitor, "it")
    go(visitor, steps)

    assert visitor.accepted() == cleared


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("name", GROUPS)
def test_cleared_group_that_a_page_gives_is_not_the_default(name: str, steps: str) -> None:
    """The same where the page says what the group holds, and where it says that all of it is blank."""
    annotation, default, cleared = GROUPS[name]
    visitor = Visitor(annotation, default, values={"it": default})
    clear(visitor, "it")
    go(visitor, steps)
    assert visitor.accepted() == cleared

    blank = Visitor(annotation, default, values={"it": cleared})
    go(blank, steps)
    assert blank.accepted() == cleared


class Other(BaseModel):
    kind: Literal["other"] = "other"


class Row(BaseModel):
    sku: str
    tags: list[str] = []
    needed: Needed = Needed(dark=True, letters={"a"})
    box: Box = Box()


class Kind(Row):
    kind: Literal["kind"] = "kind"


CLEARED = Row(sku="S", needed=Needed(dark=False, letters=set()), box=Box(dark=False))
PLACES: dict[str, tuple[Any, Any, str, Any]] = {
    "new row": (list[Row], ..., "it.0", [CLEARED]),
    "row that was there": (list[Row], [Row(sku="S")], "it.0", [CLEARED]),
    "optional group": (Row | None, None, "it", CLEARED),
    "kind": (Kind | Other, ..., "it", Kind(sku="S", needed=CLEARED.needed, box=CLEARED.box)),
}


@pytest.mark.parametrize("steps", [*STEPS, "change", "change refused", "refused change"])
@pytest.mark.parametrize("place", PLACES)
def test_cleared_group_inside_of_what_is_filled_in(place: str, steps: str) -> None:
    """A default that was cleared stays so in rows, optional groups and kinds too, whatever button is pressed."""
    annotation, default, path, expected = PLACES[place]
    visitor = Visitor(annotation, default)
    visitor.enter(f"{path}.sku", "S")
    clear(visitor, f"{path}.needed")
    clear(visitor, f"{path}.box")
    for step in steps.split():
        if step == "change":
            visitor.press("_action.add", f"{path}.tags")
        else:
            assert visitor.refused() == []

    assert visitor.accepted() == expected


@pytest.mark.parametrize("steps", STEPS)
def test_group_that_is_cleared_in_part_needs_what_it_lacks(steps: str) -> None:
    """What a group needs is asked for again, also where all of the group is blank."""
    visitor = Visitor(Part, Part(city="Rome"))
    visitor.enter("it.city", "")
    for _ in ("", *steps.split()):
        assert visitor.refused() == ["it.city: This field is required"]
    visitor.enter("it.city", "Oslo")

    assert visitor.accepted() == Part(city="Oslo")


def test_group_whose_default_is_not_known_may_stay_blank() -> None:
    """A group that shows nothing and is left so has its default."""
    visitor = Visitor(Part, Field(default_factory=unknown))

    assert visitor.accepted() == Part(city="Rome")


class Person(TypedDict):
    name: str
    part: NotRequired[Part]
    box: NotRequired[Box]


class Company(TypedDict):
    kind: Literal["company"]
    name: str
    part: NotRequired[Part]
    box: NotRequired[Box]


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("annotation", [Person, Company | Other, list[Person]])
def test_key_of_a_group_that_is_cleared_is_missing(annotation: Any, steps: str) -> None:
    """A key that may be missing has no default: without its group it is missing, and nothing of that is needed."""
    kind = {"kind": "company"} if annotation == Company | Other else {}
    person: Any = {**kind, "name": "Ann", "part": Part(city="Rome"), "box": Box()}
    expected: Any = {**kind, "name": "Ann"}
    path = "it"
    if annotation == list[Person]:
        person, expected, path = [person], [expected], "it.0"
    visitor = Visitor(annotation, values={"it": person})
    clear(visitor, f"{path}.part")
    clear(visitor, f"{path}.box")
    go(visitor, steps)

    assert visitor.accepted() == expected

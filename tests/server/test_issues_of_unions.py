"""What a form says of a union without a tag: only what is wrong with the fields that it shows."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Literal

import pytest
from pydantic import BaseModel, create_model, model_validator
from visitor import Visitor


class Cat(BaseModel):
    meows: int


class Dog(BaseModel):
    barks: int
    name: str = "Rex"


class Home(BaseModel):
    pet: Cat | Dog
    rooms: int


class Fussy(BaseModel):
    day: int

    @model_validator(mode="after")
    def check(self) -> Fussy:
        raise ValueError("never right")


REQUIRED = "This field is required"
WHOLE = "Enter a whole number"
CASES: dict[str, tuple[Any, Any, dict[str, str], list[str]]] = {
    "objects left blank": (Cat | Dog, ..., {}, [f"it.meows: {REQUIRED}"]),
    "object that is wrong": (Cat | Dog, ..., {"it.meows": "x"}, [f"it.meows: {WHOLE}"]),
    "other object": (Cat | Dog, Dog(barks=1), {"it.barks": ""}, [f"it.barks: {REQUIRED}"]),
    "object or number left blank": (Cat | int, ..., {}, [f"it.meows: {REQUIRED}"]),
    "object or number that is wrong": (Cat | int, ..., {"it.meows": "x"}, [f"it.meows: {WHOLE}"]),
    "object or None": (Cat | Dog | None, ..., {"it.meows": "x"}, [f"it.meows: {WHOLE}"]),
    "row": (list[Cat | Dog], [Cat(meows=1)], {"it.0.meows": "x"}, [f"it.0.meows: {WHOLE}"]),
    "row behind a gap": (
        list[Cat | Dog],
        [Cat(meows=1)] * 2,
        {"it.0.meows": "", "it.1.meows": "x"},
        [f"it.1.meows: {WHOLE}"],
    ),
    "key": (dict[str, Cat | Dog], {"k": Cat(meows=1)}, {"it.k.meows": ""}, [f"it.k.meows: {REQUIRED}"]),
    "field of an object": (Home, ..., {}, [f"it.pet.meows: {REQUIRED}", f"it.rooms: {REQUIRED}"]),
    "validator of an object": (Fussy | int, ..., {"it.day": "1"}, ["it: never right", f"it: {WHOLE}"]),
}


@pytest.mark.parametrize("name", CASES)
def test_no_message_is_about_fields_that_are_not_there(name: str) -> None:
    """Each message stands at a control that the form has, and says what is wrong with what is shown."""
    annotation, default, texts, expected = CASES[name]
    visitor = Visitor(annotation, default)
    for control, text in texts.items():
        visitor.enter(control, text)

    for _ in range(2):
        assert visitor.refused() == expected
    paths = {issue.partition(": ")[0] for issue in expected}
    assert paths - {"it"} <= visitor.names


FIELDS: dict[str, Any] = {
    "kind": (Literal["x", "y"], ...),
    "size": (int, ...),
    "name": (str, ...),
    "note": (str, "note"),
    "dark": (bool, False),
}
NAMES = [names for count in (1, 2, 3) for names in combinations(FIELDS, count)]


@pytest.mark.parametrize("names", [names for names in NAMES if "kind" in names], ids="-".join)
def test_messages_are_about_the_object_that_is_shown(names: tuple[str, ...]) -> None:
    """A choice that is no longer offered fits another object better, which is not what the visitor sees."""
    shown = create_model("Shown", **{name: FIELDS[name] for name in names})
    for other_names in NAMES:
        other: Any = create_model("Other", **{name: FIELDS[name] for name in other_names})
        visitor = Visitor(shown | other)
        visitor.enter("it.kind", "gone")
        visitor.refused()

        assert {path for path, _ in visitor.issues} <= visitor.names

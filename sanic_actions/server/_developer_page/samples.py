"""Sample inputs made from their description: a developer who tries an action edits one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..._types.scalars import SCALARS
from ...contract._plain_data import name_of

Json = dict[str, Any]

MAX_DEPTH: Final = 6
"""The most levels of objects in objects; a class that holds itself would have no end."""

# A description says HttpUrl, which has no row of its own: the row of AnyUrl is for its subclasses
# too.
_SAMPLES: Final[Mapping[str, object]] = {
    "None": None,
    "pydantic.HttpUrl": "https://example.com/",
    **{name_of(scalar.type): scalar.sample for scalar in SCALARS},
}
"""JSON for scalars, by their names in descriptions."""


class Sampler:
    """Makes values of described types.

    Args:
        classes: The descriptions of the classes that inputs lead to, by name.
    """

    def __init__(self, classes: Mapping[str, Json]) -> None:
        self._classes = classes

    def fields(self, description: Json, depth: int = 0) -> Json:
        """Return a JSON object with the required fields, and what tells unions apart."""
        values: Json = {}
        for name, field in description.get("fields", {}).items():
            if not field.get("optional") or _is_constant(field["type"]):
                values[field.get("alias", name)] = self.value(field["type"], depth + 1)
        return values

    def value(self, description: Any, depth: int = 0) -> Any:
        """Return JSON for a described type: a valid value, or one to start from."""
        if not isinstance(description, dict):
            return _SAMPLES.get(description, "text")
        kind, content = next(iter(description.items()))
        if depth > MAX_DEPTH:
            return None
        match kind:
            case "of":
                sample = self._constrained(description, depth)
            case "union":
                sample = self.value(next((member for member in content if member != "None"), "None"), depth)
            case "literal":
                sample = _plain(content[0])
            case "class" | "new":
                sample = self._instance(content, depth)
            case "dict":
                sample = {}
            case "tuple":
                sample = [self.value(place, depth + 1) for place in content]
            case _:
                sample = []
        return sample

    def _constrained(self, description: Json, depth: int) -> Any:
        value = self.value(description["of"], depth)
        if isinstance(value, list) and description.get("min_length"):
            _, item = next(iter(description["of"].items()))
            # Three are enough to see how a list is written; a type may ask for thousands.
            return [self.value(item, depth + 1)] * min(description["min_length"], 3)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _within(value, description)
        if isinstance(value, str) and description["of"] == "str":
            longest = description.get("max_length", len(value))
            return value.ljust(min(description.get("min_length", 0), 100), "x")[:longest]
        return value

    def _instance(self, name: str, depth: int) -> Any:
        description = self._classes.get(name, {})
        if description.get("kind") == "enum":
            return next(iter(description["members"].values()), None)
        if "fields" in description:
            return self.fields(description, depth)
        if "tuple" in description:
            return [self.value(place, depth + 1) for place in description["tuple"]]
        if "type" in description:
            return self.value(description["type"], depth + 1)
        return "text"


def _within(number: float, limits: Json) -> float:
    lowest: float = max(limits.get("ge", number), limits.get("gt", number - 1) + 1)
    highest: float = min(limits.get("le", lowest), limits.get("lt", lowest + 1) - 1)
    if highest < lowest:
        return lowest
    return highest


def _is_constant(description: Any) -> bool:
    return isinstance(description, dict) and len(description.get("literal", ())) == 1


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("value")
    return value

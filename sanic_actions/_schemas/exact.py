"""Recognize values that are exactly what their type declares, and are written unchecked.

pydantic checks while it writes only if it is given ``warnings="error"``, and takes 0.8 µs to read
that string: three times as long as writing a small model, and 3 % of a call. A model with plain
fields, whose values are of exactly the declared classes, passes both validation and that check. All
other values are left to pydantic.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, Final

from .walk import Node

Check = Callable[[Any], bool]

MAX_SHAPES: Final = 64
"""How many combinations of classes are kept of one model: any optional field may be None."""

PLAIN_CLASSES: Final[Mapping[str, type]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "decimal": decimal.Decimal,
    "uuid": uuid.UUID,
    "date": datetime.date,
    "datetime": datetime.datetime,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
}
"""Types whose values are valid, and can be written, if they are of exactly this class."""

_OWN_WAYS: Final = ("serialization", "computed_fields", "root_model", "extras_schema")
"""Entries of a model that is not written as its fields, or with more than its fields."""


def exact_check(schema: Node) -> Check | None:
    """Return a function that recognizes exact instances of a model; None for other schemas."""
    inner = schema.get("schema", {})
    if schema["type"] != "model" or inner.get("type") != "model-fields" or _is_special(schema) or _is_special(inner):
        return None
    classes = {name: _classes(field) for name, field in inner["fields"].items()}
    if all(classes.values()):
        return _check(schema["cls"], classes)
    return None


def _is_special(schema: Node) -> bool:
    config = schema.get("config", {})
    if any(map(schema.get, _OWN_WAYS)):
        return True
    if "allow" in (schema.get("extra_behavior"), config.get("extra_fields_behavior")):
        return True
    revalidations = {schema.get("revalidate_instances"), config.get("revalidate_instances")}
    return not revalidations <= {None, "never"}


def _classes(node: Node) -> frozenset[type]:
    """Return the classes of a field's values; none if the class does not show what is valid."""
    if "serialization" in node or "serialization_exclude_if" in node:
        return frozenset()
    if node["type"] in ("model-field", "default"):
        return _classes(node["schema"])
    if node["type"] == "nullable":
        classes = _classes(node["schema"])
        if classes:
            classes |= {NoneType}
        return classes
    if node["type"] in PLAIN_CLASSES:
        return frozenset({PLAIN_CLASSES[node["type"]]})
    return frozenset()


def _check(model: type, classes: Mapping[str, frozenset[type]]) -> Check:
    shapes: set[tuple[object, ...]] = set()

    def is_exact(value: Any) -> bool:
        if type(value) is not model:
            return False
        values = value.__dict__
        # One look-up of names and classes together, in place of the loop below.
        shape = (*values, *map(type, values.values()))
        if shape in shapes:
            return True
        if values.keys() != classes.keys():
            return False
        for name, value_classes in classes.items():
            if type(values[name]) not in value_classes:
                return False
        if len(shapes) < MAX_SHAPES:
            shapes.add(shape)
        return True

    return is_exact

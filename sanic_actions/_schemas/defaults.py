"""Validates defaults of a near type: 0 for a Decimal, a string for a URL or for a member of an enum.

pydantic takes a default as it is, and what a default factory makes. So the field of a model that somebody else left
out would hold another type than it declares, and could not be written.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

from pydantic_core import SchemaError, SchemaValidator, ValidationError

from .walk import Node, choices_of, definitions_of, unwrapped, with_children

_CLASSES: Final[Mapping[str, type]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
    "list": list,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "tuple": tuple,
    "decimal": decimal.Decimal,
    "uuid": uuid.UUID,
    "date": datetime.date,
    "datetime": datetime.datetime,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
}
_COLLECTIONS: Final = (list, set, frozenset, dict, tuple)


def with_validated_defaults(schema: Node) -> Node:
    """Return a core schema that validates the defaults that may be of another type than they are declared."""
    definitions = definitions_of(schema)

    def change(node: Node) -> Node:
        node = with_children(node, change)
        is_plain = node["type"] == "default" and "default" in node and not node.get("validate_default")
        if is_plain and _is_near(node["default"], node["schema"], definitions):
            return {**node, "validate_default": True}
        if "default_factory" in node and not node.get("validate_default"):
            return _with_validated_factory(node, definitions)
        return node

    return change(schema)


def _with_validated_factory(node: Node, definitions: Mapping[str, Node]) -> Node:
    """Return a default whose factory makes what validation makes of its values; what breaks the type stays as it is.

    To let pydantic validate it would blame the caller for what the server has made.
    """
    factory, inner = node["default_factory"], unwrapped(node["schema"], definitions)
    cls = _CLASSES.get(inner["type"]) or inner.get("cls")
    if factory is cls:
        return node
    validator = cache(partial(_validator, node["schema"], definitions))

    def validated(*data: Any) -> Any:
        value = factory(*data)
        if type(value) is cls and not isinstance(value, _COLLECTIONS):
            return value
        try:
            return validator().validate_python(value)
        except ValidationError:
            return value

    return {**node, "default_factory": validated}


def _is_near(default: Any, schema: Node, definitions: Mapping[str, Node]) -> bool:
    """Return whether validation makes a default another value; one that breaks its type is a definition error."""
    if _is_exact(default, schema, definitions):
        return False
    try:
        _validator(schema, definitions).validate_python(default)
    except (ValidationError, SchemaError):
        return False
    return True


def _validator(schema: Node, definitions: Mapping[str, Node]) -> SchemaValidator:
    whole: Any = {"type": "definitions", "schema": schema, "definitions": [*definitions.values()]}
    return SchemaValidator(whole)


def _is_exact(default: Any, schema: Node, definitions: Mapping[str, Node]) -> bool:
    """Return whether a default is seen at a glance to be a value of its type."""
    if default is None:
        return True  # of a type that takes None, else it is a definition error
    inner = unwrapped(schema, definitions)
    kind = type(default)
    if isinstance(default, _COLLECTIONS) and default:
        return False
    if inner["type"] == "literal":
        return default in inner["expected"]
    cls = _CLASSES.get(inner["type"]) or inner.get("cls")
    return kind is cls or kind in _of_union(inner)


def _of_union(schema: Node) -> set[type]:
    """Return the classes of the plain members of a union."""
    if schema["type"] != "union":
        return set()
    types = {member["type"] for member in choices_of(schema)}
    return set(map(_CLASSES.__getitem__, types & _CLASSES.keys()))


def always_validated(schema: Node) -> Node:
    """Return a core schema that validates instances of classes again, with all that they hold."""
    schema = with_children(schema, always_validated)
    if schema["type"] in ("model", "dataclass"):
        return {**schema, "revalidate_instances": "always"}
    return schema

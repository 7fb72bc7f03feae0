"""Translate JSON schemas of OpenAPI 3.1 into the dialect of OpenAPI 3.0.

A keyword that 3.0 lacks is left out: the schema then promises less, but nothing wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .schemas import Json


def in_openapi_30(schema: Any) -> Json:
    """Return the schema in the dialect of OpenAPI 3.0 (Schema Object; JSON Schema Wright 00)."""
    # True and False are schemas too: any value, and none.
    if not isinstance(schema, dict):
        if schema:
            return {}
        return {"not": {}}
    if "$ref" in schema and len(schema) > 1:  # 3.0 ignores everything beside a reference
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {"allOf": [{"$ref": schema["$ref"]}], **in_openapi_30(rest)}
    # An array with a type for each place becomes one whose items have any of these types.
    if "prefixItems" in schema:
        members = [*schema["prefixItems"], *([schema["items"]] if "items" in schema else [])]
        schema = {**schema, "items": {"anyOf": members}}
    older: Json = {"items": {}} if schema.get("type") == "array" else {}
    for key, value in schema.items():
        if key in _SAME or key.startswith("x-"):
            older[key] = value
        elif key in _OTHERWISE:
            older |= _OTHERWISE[key](value)
    return older


def _type(name: object) -> Json:
    if name == "null":
        return _NULL
    if isinstance(name, str):
        return {"type": name}
    return {}


def _any_of(members: list[Any]) -> Json:
    older = [in_openapi_30(member) for member in members]
    values = [member for member in older if member != _NULL]
    if len(older) == 2 and len(values) == 1 and "type" in values[0] and "enum" not in values[0]:
        return {**values[0], "nullable": True}  # 3.0 allows it only beside a type
    return {"anyOf": older}


_NULL: Final[Json] = {"enum": [None], "nullable": True}

_SAME: Final = frozenset(
    {"$ref", "default", "deprecated", "description", "discriminator", "enum", "format", "title"}
) | {
    *("maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum"),
    *("multipleOf", "pattern", "readOnly", "required", "uniqueItems", "writeOnly"),
}

_OTHERWISE: Final[dict[str, Callable[[Any], Json]]] = {
    "type": _type,
    "const": lambda value: {"enum": [value]},
    "examples": lambda values: {"example": values[0]} if values else {},
    "exclusiveMinimum": lambda least: {"minimum": least, "exclusiveMinimum": True},
    "exclusiveMaximum": lambda most: {"maximum": most, "exclusiveMaximum": True},
    "anyOf": _any_of,
    "allOf": lambda schemas: {"allOf": [in_openapi_30(schema) for schema in schemas]},
    "oneOf": lambda schemas: {"oneOf": [in_openapi_30(schema) for schema in schemas]},
    "not": lambda schema: {"not": in_openapi_30(schema)},
    "items": lambda schema: {"items": in_openapi_30(schema)},
    "properties": lambda schemas: {"properties": {name: in_openapi_30(schema) for name, schema in schemas.items()}},
    "additionalProperties": lambda schema: {
        "additionalProperties": schema if isinstance(schema, bool) else in_openapi_30(schema)
    },
}

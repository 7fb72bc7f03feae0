"""Read computed fields, which the server writes and does not read itself."""

from __future__ import annotations

from .walk import Node, with_children


def with_computed_fields(schema: Node) -> Node:
    """Return a core schema that reads computed fields, as callers do, like any other field."""
    schema = with_children(schema, with_computed_fields)
    if schema["type"] != "model-fields" or not schema.get("computed_fields"):
        return schema
    fields = dict(schema["fields"])
    for member in schema["computed_fields"]:
        field = {"type": "model-field", "schema": member["return_schema"]}
        fields[member.get("alias") or member["property_name"]] = field
    return {**schema, "fields": fields}

"""Write dataclasses of which callers do not know all fields: copies with defaults that only the server makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_core import core_schema

from .walk import Node, with_children

Known = Callable[[Any], dict[str, Any]]


def with_known_fields(schema: Node) -> Node:
    """Return a core schema that writes generic dataclasses with those fields alone that their objects know.

    A dataclass says this itself, in its own schema, which pydantic does not ask for where the class has arguments.
    """
    schema = with_children(schema, with_known_fields)
    if schema["type"] != "dataclass" or "serialization" in schema:
        return schema
    known = getattr(schema["cls"], "__known_fields__", None)
    if known is None:
        return schema
    return {**schema, "serialization": write_partly(schema, known)}


def write_partly(schema: Node, known: Known) -> core_schema.WrapSerializerFunctionSerSchema:
    """Return the serialization of a dataclass that is given those fields alone that an object knows."""
    arguments: Any = schema
    while arguments["type"] != "dataclass-args":
        arguments = arguments["schema"]
    fields = {}
    for field in arguments["fields"]:
        options = {name: field.get(name) for name in ("serialization_alias", "serialization_exclude")}
        fields[field["name"]] = core_schema.typed_dict_field(field["schema"], required=False, **options)

    def write(value: Any, handler: Any) -> Any:
        return handler(known(value))

    return core_schema.wrap_serializer_function_ser_schema(write, schema=core_schema.typed_dict_schema(fields))

"""Serialize the fields of named tuples by their declared types.

Before 2.13, pydantic describes a named tuple as a call of its class. It then writes the values by
their classes, and cannot write some of them, such as IP networks.
"""

from __future__ import annotations

from operator import itemgetter

from pydantic_core import core_schema

from .walk import Node, with_children


def as_named_tuple(schema: Node) -> Node:
    """Return a named tuple's schema in the form of pydantic 2.13; any other schema as it is."""
    if _is_call(schema):
        return {"type": "named-tuple", "fields": _places(schema)}
    return schema


def _is_call(schema: Node) -> bool:
    return schema["type"] == "call" and hasattr(schema["function"], "_fields")


def _places(schema: Node) -> list[Node]:
    places: list[Node] = schema["arguments_schema"]["arguments_schema"]
    return places


def with_written_places(schema: Node) -> Node:
    """Return a core schema whose named tuples are written as tuples of their places' types."""
    schema = with_children(schema, with_written_places)
    if not _is_call(schema) or "serialization" in schema:
        return schema
    places = list(map(itemgetter("schema"), _places(schema)))
    shape = core_schema.tuple_schema(places)
    serialization = core_schema.plain_serializer_function_ser_schema(tuple, return_schema=shape)
    return {**schema, "serialization": serialization}

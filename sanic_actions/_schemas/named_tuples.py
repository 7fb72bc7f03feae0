"""Writes the places of named tuples by their types.

pydantic before 2.13 describes a named tuple as a call of its class, and writes what it holds by the classes of the
values, of which it does not know IP networks, for example.
"""

from __future__ import annotations

from pydantic_core import core_schema

from .walk import Node, with_children


def with_written_places(schema: Node) -> Node:
    """Return a core schema whose named tuples are written as tuples of the types of their places."""
    schema = with_children(schema, with_written_places)
    if schema["type"] != "call" or "serialization" in schema or not hasattr(schema["function"], "_fields"):
        return schema
    places = [place["schema"] for place in schema["arguments_schema"]["arguments_schema"]]
    written = core_schema.plain_serializer_function_ser_schema(tuple, return_schema=core_schema.tuple_schema(places))
    return {**schema, "serialization": written}

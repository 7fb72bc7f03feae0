"""Reads back what serializers of the user's have written: by the types that they say that they write.

A class with such a serializer, or with a field that is never written, cannot be read as it is declared. What was kept
of it, for a page or for a repeated call, is read as callers read it: an object of the class with what was written.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import core_schema

from .walk import Node, is_foreign, with_children, with_reference

_FUNCTIONS: Final = frozenset({"function-plain", "function-wrap"})
_CALLED: Final = (int, tuple)
"""What serializes sizes in bytes, and named tuples before pydantic 2.13."""
_CODE: Final = frozenset({"custom_init", "post_init"})
"""What runs code of the class with values of the declared types."""
_CHECKS: Final = frozenset({"function-before", "function-after", "function-wrap"})


def as_written(schema: Node) -> Node:
    """Return a core schema that reads what is written by serializers; the same object where there are none."""
    copy = with_children(schema, as_written)
    serialization = schema.get("serialization")
    if serialization is not None and _is_users(serialization):
        return _returned(schema, serialization)
    if copy is schema and not schema.get("serialization_exclude"):
        return schema
    if schema["type"] in _CHECKS:
        return with_reference(copy["schema"], schema)  # what it checks is not what was written
    if schema["type"] in ("model", "dataclass"):
        return {key: value for key, value in copy.items() if key not in _CODE}
    if schema.get("serialization_exclude") and copy["schema"]["type"] != "default":
        return {**copy, "schema": {"type": "default", "schema": copy["schema"], "default": None}}
    return copy


def _is_users(serialization: Node) -> bool:
    """Return whether a serializer is one of the user's, rather than what pydantic or this library has for a type."""
    function = serialization.get("function")
    return serialization["type"] in _FUNCTIONS and function not in _CALLED and not is_foreign(function)


def _returned(schema: Node, serialization: Node) -> Node:
    """Return the schema of what a serializer returns, with the reference of what it stands for."""
    result: Any = serialization.get("return_schema") or core_schema.any_schema()
    if serialization.get("when_used") in ("unless-none", "json-unless-none"):
        result = core_schema.nullable_schema(result)
    return with_reference(result, schema)

"""Read back the output of the user's serializers, by the return types that they declare.

A class with such a serializer, or with a field that is never written, cannot be read back as it is
declared. An output that was stored for a page or a repeated call is therefore read as callers read
it: an object of the class, with the values that were written.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import core_schema

from .walk import Node, is_foreign, with_children, with_reference

_FUNCTIONS: Final = frozenset({"function-plain", "function-wrap"})
_CALLED: Final = (int, tuple)
"""The serializers of ``ByteSize``, and before pydantic 2.13 of named tuples: not the user's."""
_CODE: Final = frozenset({"custom_init", "post_init"})
"""Entries that run code of the class, which expects values of the declared types."""
_CHECKS: Final = frozenset({"function-before", "function-after", "function-wrap"})


def reading_serializer_results(schema: Node) -> Node:
    """Return a core schema that reads what serializers write; the same object without any."""
    copy = with_children(schema, reading_serializer_results)
    serialization = schema.get("serialization")
    if serialization is not None and _is_users(serialization):
        return _returned(schema, serialization)
    if copy is schema and not schema.get("serialization_exclude"):
        return schema
    if schema["type"] in _CHECKS:
        # The function expects the type before serialization.
        return with_reference(copy["schema"], schema)
    if schema["type"] in ("model", "dataclass"):
        return {key: value for key, value in copy.items() if key not in _CODE}
    if schema.get("serialization_exclude") and copy["schema"]["type"] != "default":
        return {**copy, "schema": {"type": "default", "schema": copy["schema"], "default": None}}
    return copy


def _is_users(serialization: Node) -> bool:
    """Return whether a serializer is the user's, and not one of pydantic or of this library."""
    function = serialization.get("function")
    return serialization["type"] in _FUNCTIONS and function not in _CALLED and not is_foreign(function)


def _returned(schema: Node, serialization: Node) -> Node:
    """Return the schema of a serializer's result under the reference of the replaced schema."""
    result: Any = serialization.get("return_schema") or core_schema.any_schema()
    if serialization.get("when_used") in ("unless-none", "json-unless-none"):
        result = core_schema.nullable_schema(result)
    return with_reference(result, schema)

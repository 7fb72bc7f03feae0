"""Write encoded bytes by the configuration of the class that holds them, as they are read.

pydantic's serializer of ``Base64Bytes`` does not say that it returns bytes. pydantic-core then
writes them by the outermost configuration, and base64 there would encode them twice.
"""

from __future__ import annotations

from pydantic import EncodedBytes
from pydantic_core import core_schema

from .walk import Node, with_children


def with_encoded_bytes(schema: Node) -> Node:
    """Return a core schema whose serializers of encoded bytes declare that they return bytes."""
    schema = with_children(schema, with_encoded_bytes)
    encode = schema.get("function")
    if schema["type"] != "function-plain" or not isinstance(getattr(encode, "__self__", None), EncodedBytes):
        return schema
    return {**schema, "return_schema": core_schema.bytes_schema()}

"""Write bytes by the configuration of the class that holds them, as they are read.

pydantic's serializer of ``Base64Bytes`` does not say that it returns bytes. pydantic-core then
writes them by the outermost configuration, and base64 there would encode them twice.

Its serializer of a typed dict does not look at the configuration of the dict, which its validator
follows: the bytes of one inside a model would be written by the model's.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pydantic import EncodedBytes
from pydantic_core import PydanticSerializationUnexpectedValue, core_schema

from .walk import Node, with_children


def with_encoded_bytes(schema: Node) -> Node:
    """Return a core schema whose serializers of encoded bytes declare that they return bytes."""
    schema = with_children(schema, with_encoded_bytes)
    encode = schema.get("function")
    if schema["type"] != "function-plain" or not isinstance(getattr(encode, "__self__", None), EncodedBytes):
        return schema
    return {**schema, "return_schema": core_schema.bytes_schema()}


def with_own_encodings(schema: Node, around: str | None = "base64") -> Node:
    """Return a core schema that writes the bytes in each typed dict by the dict's own configuration.

    Args:
        schema: The schema.
        around: How bytes are written where it stands; None where that is not known.
    """
    if schema["type"] == "typed-dict":
        own = _encoding_in(schema)
        if own is not None and own != around:
            return with_children(schema, partial(_in_encoding, own))
    elif schema["type"] in _CONFIGURED:
        around = _encoding_in(schema)
    elif schema["type"] == "definitions":
        around = None  # its schemas are named from several places
    return with_children(schema, partial(with_own_encodings, around=around))


def _encoding_in(schema: Node) -> str | None:
    encoding: str | None = schema.get("config", {}).get("ser_json_bytes")
    return encoding


def _in_encoding(encoding: str, schema: Node) -> Node:
    """Return a part of a typed dict whose bytes are written in its encoding."""
    if schema["type"] in _CONFIGURED or (schema["type"] == "typed-dict" and _encoding_in(schema) is not None):
        return with_own_encodings(schema, encoding)
    if schema["type"] == "bytes" and "serialization" not in schema and encoding in _WRITERS:
        write = core_schema.plain_serializer_function_ser_schema(_WRITERS[encoding], when_used="json")
        return {**schema, "serialization": write}
    return with_children(schema, partial(_in_encoding, encoding))


def _base64(value: Any) -> str:
    return urlsafe_b64encode(_bytes(value)).decode()


def _hex(value: Any) -> str:
    return _bytes(value).hex()


def _bytes(value: Any) -> bytes:
    # So that a union goes on to its other members.
    if not isinstance(value, bytes):
        raise PydanticSerializationUnexpectedValue("Expected `bytes`")
    return value


_CONFIGURED: Final = frozenset({"model", "dataclass"})
_WRITERS: Final[Mapping[str, Callable[[Any], str]]] = {"base64": _base64, "hex": _hex}

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

from .walk import Node, children, definitions_of, with_children


def with_encoded_bytes(schema: Node) -> Node:
    """Return a core schema whose serializers of encoded bytes declare that they return bytes."""
    schema = with_children(schema, with_encoded_bytes)
    encode = schema.get("function")
    if schema["type"] != "function-plain" or not isinstance(getattr(encode, "__self__", None), EncodedBytes):
        return schema
    return {**schema, "return_schema": core_schema.bytes_schema()}


def with_bytes_in_place(schema: Node) -> Node:
    """Return a core schema with each alias of bytes where it is used, rather than a reference.

    pydantic-core reads and writes what is referred to by the outermost configuration.
    """
    definitions = definitions_of(schema)
    aliases = {}
    for reference, definition in definitions.items():
        if _is_alias_of_bytes(definition, definitions):
            aliases[reference] = definition
    if not aliases:
        return schema
    return _in_place(aliases, schema)


def _in_place(aliases: Mapping[str, Node], schema: Node) -> Node:
    # An alias does not name itself, at any depth, so this ends.
    if schema["type"] == "definition-ref" and schema["schema_ref"] in aliases:
        schema = {**aliases[schema["schema_ref"]], **_own_entries(schema)}
        schema.pop("ref", None)
    return with_children(schema, partial(_in_place, aliases))


def _own_entries(reference: Node) -> Node:
    """Return what a reference has beside what it refers to, such as a serializer."""
    return {key: reference[key] for key in reference.keys() - {"type", "schema_ref", "ref"}}


def _is_alias_of_bytes(definition: Node, definitions: Mapping[str, Node]) -> bool:
    """Return whether a definition holds bytes with no class around them, and not itself."""
    holds_bytes = False
    visits = set()
    pending = [definition]
    # Each definition is entered once.
    while pending:
        node = pending.pop()
        if node["type"] == "bytes":
            holds_bytes = True
        if node["type"] == "definition-ref":
            reference = node["schema_ref"]
            if definitions[reference] is definition:
                return False
            if reference not in visits:
                visits.add(reference)
                pending.append(definitions[reference])
        elif node["type"] not in _CONFIGURED and node["type"] != "typed-dict":
            pending += children(node)
    return holds_bytes


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

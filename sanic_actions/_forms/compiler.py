"""Compiles a reader of forms from the schema that validation uses.

The rule of this file: validation and form see one shape. A schema that only wraps another, without
changing what is sent (a default, a validator, a model around its fields), is unwrapped; the schema
inside decides how it is read.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

from .._files import UploadedFile
from .._schemas.named_tuples import as_named_tuple
from .._schemas.walk import choices_of
from .form_json import JSON, is_json_value
from .form_lists import ListNode
from .form_mappings import MappingNode
from .form_objects import ObjectNode, plain_aliases
from .form_scalars import FILE, FormNode, FormScalar, Schema, Slot, scalar_node
from .form_unions import AnyOf, TaggedUnion


class Compiler:
    """Makes the nodes of one input, one for each schema: a recursive type refers to its own."""

    def __init__(self) -> None:
        self._definitions: dict[str, Schema] = {}
        # By the identity of their schemas: these are dicts without a hash, and the codec keeps them
        # alive.
        self._nodes: dict[int, FormNode] = {}

    def slot(self, schema: Schema) -> Slot:
        """Return the slot that a schema describes."""
        nullable = optional = False
        # One wrapper less each time.
        while (inner := self._inside(schema)) is not None:
            nullable |= schema["type"] == "nullable"
            optional |= schema["type"] == "default"
            schema = inner
        if schema["type"] == "union":
            return self._union(schema, nullable, optional)
        nullable |= schema["type"] == "none" or is_json_value(schema) or None in schema.get("expected", ())
        return Slot(self._node(schema), nullable, optional)

    def _inside(self, schema: Schema) -> Schema | None:
        """Return the schema in a wrapper that does not change what is sent; None for any other."""
        kind = schema["type"]
        if kind == "definitions":
            for definition in schema["definitions"]:
                self._definitions[definition["ref"]] = definition
        if kind == "definition-ref":
            return self._definitions[schema["schema_ref"]]
        if kind == "chain":
            # The later steps see what the first has made of the input.
            first: Schema = schema["steps"][0]
            return first
        if _is_file(schema) or is_json_value(schema) or (kind == "model" and not schema.get("root_model")):
            return None
        input_schema: Schema | None = schema.get("json_schema_input_schema")
        if input_schema is not None and input_schema["type"] != "any":
            return input_schema
        return schema.get(_WRAPPERS.get(kind, ""))

    def _node(self, schema: Schema) -> FormNode:
        node = self._nodes.get(id(schema))
        if node is None:
            node = self._nodes[id(schema)] = self._compiled(schema)
        return node

    def _compiled(self, schema: Schema) -> FormNode:
        schema = as_named_tuple(schema)
        kind = schema["type"]
        if schema["type"] == "json-or-python" and (_is_file(schema) or is_json_value(schema)):
            return FILE if _is_file(schema) else JSON
        if kind in ("model", "dataclass", "typed-dict"):
            return self._object(schema)
        if kind == "tagged-union":
            return self._tagged(schema)
        if kind in _LISTS:
            return ListNode(self.slot, schema)
        if kind in _MAPPINGS:
            return MappingNode(self.slot, schema)
        return scalar_node(schema)

    def _object(self, schema: Schema) -> FormNode:
        # A model keeps its fields a few wrappers down, and its config on the outermost of them.
        config, cls = schema.get("config", {}), schema.get("cls")
        extra = config.get("extra_fields_behavior", "ignore")
        while "fields" not in schema or schema["type"] == "dataclass":
            if schema["type"] in ("model", "dataclass"):
                inner = schema["schema"]
            else:
                inner = self._inside(schema)
            if inner is None:
                return scalar_node(schema)
            schema = inner
        strips = bool(config.get("str_strip_whitespace"))
        return ObjectNode(self.slot, schema, schema.get("extra_behavior") or extra, strips=strips, cls=cls)

    def _tagged(self, schema: Schema) -> FormNode:
        tag = schema["discriminator"]
        if not callable(tag) and plain_aliases(tag):
            return TaggedUnion(self.slot, schema)
        # A tag that a function finds, or a path leads to, cannot be read from the names of
        # controls.
        return AnyOf([self.slot(choice).node for choice in schema["choices"].values()])

    def _union(self, schema: Schema, nullable: bool, optional: bool) -> Slot:
        """Return the slot of a union: None only makes it nullable, and all scalars become one."""
        nodes: list[FormNode] = []
        for choice in choices_of(schema):
            slot = self.slot(choice)
            nullable |= slot.nullable
            if choice["type"] != "none":
                nodes.append(slot.node)
        if JSON in nodes:
            return Slot(JSON, nullable=True, optional=optional)
        scalars = [node for node in nodes if isinstance(node, FormScalar)]
        if len(scalars) == len(nodes):
            return Slot(reduce(or_, scalars), nullable, optional)
        return Slot(AnyOf(nodes), nullable, optional)


def _is_file(schema: Schema) -> bool:
    return schema["type"] == "json-or-python" and schema["python_schema"].get("cls") is UploadedFile


_LISTS: Final = frozenset({"list", "set", "frozenset", "deque", "tuple", "named-tuple", "generator"})

_MAPPINGS: Final = frozenset({"dict", "ordered-dict", "counter"})

_WRAPPERS: Final = {
    **dict.fromkeys(("definitions", "nullable", "default", "model", "custom-error"), "schema"),
    **dict.fromkeys(("function-before", "function-after", "function-wrap"), "schema"),
    "json-or-python": "json_schema",
    "lax-or-strict": "lax_schema",
}

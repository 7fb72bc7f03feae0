"""Compiles the way in which a form is read from the schema that validation follows.

The law of this file: validation and form see one shape. What wraps a schema without changing what is sent (a default, a
validator, a model around its fields) is looked through; what it holds is read by kind.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

from .._files import UploadedFile
from .groups import Entries, Fields, Items, plain_aliases
from .leaves import FILE, Leaf, Node, Place, Schema, leaf
from .unions import Choice, Tagged


class Compiler:
    """Makes nodes of the schemas of one input, one of each."""

    def __init__(self) -> None:
        self._definitions: dict[str, Schema] = {}
        self._nodes: dict[int, Node] = {}

    def place(self, schema: Schema) -> Place:
        """The place that a schema describes."""
        nullable = optional = False
        while (inner := self._inside(schema)) is not None:
            nullable |= schema["type"] == "nullable"
            optional |= schema["type"] == "default"
            schema = inner
        if schema["type"] == "union":
            return self._union(schema, nullable, optional)
        nullable |= schema["type"] == "none" or None in schema.get("expected", ())
        return Place(self._node(schema), nullable, optional)

    def _inside(self, schema: Schema) -> Schema | None:
        """The schema in a wrapper that makes no difference to what is sent; None for any other."""
        kind = schema["type"]
        if kind == "definitions":
            self._definitions.update({made["ref"]: made for made in schema["definitions"]})
        if kind == "definition-ref":
            return self._definitions[schema["schema_ref"]]
        if kind == "chain":
            first: Schema = schema["steps"][0]
            return first
        if _is_file(schema) or (kind == "model" and not schema.get("root_model")):
            return None
        declared = schema.get("json_schema_input_schema")
        if declared is not None and declared["type"] != "any":
            return declared  # type: ignore[no-any-return]  # a schema holds schemas
        return schema.get(_WRAPPERS.get(kind, ""))

    def _node(self, schema: Schema) -> Node:
        made = self._nodes.get(id(schema))
        if made is None:
            made = self._nodes[id(schema)] = self._make(schema)
        return made

    def _make(self, schema: Schema) -> Node:
        kind = schema["type"]
        if _is_file(schema):
            return FILE
        if kind in ("model", "dataclass", "typed-dict"):
            return self._object(schema)
        if kind == "tagged-union":
            named = not callable(schema["discriminator"]) and plain_aliases(schema["discriminator"])
            return (
                Tagged(self.place, schema)
                if named
                else Choice([self.place(s).node for s in schema["choices"].values()])
            )
        if kind in _ITEMS:
            return Items(self.place, schema)
        return Entries(self.place, schema) if kind == "dict" else leaf(schema)

    def _object(self, schema: Schema) -> Node:
        extra = schema.get("config", {}).get("extra_fields_behavior", "ignore")
        while "fields" not in schema or schema["type"] == "dataclass":
            inner = schema["schema"] if schema["type"] in ("model", "dataclass") else self._inside(schema)
            if inner is None:
                return leaf(schema)
            schema = inner
        return Fields(self.place, schema, schema.get("extra_behavior") or extra)

    def _union(self, schema: Schema, nullable: bool, optional: bool) -> Place:
        """A union: members that only stand for None aside, one leaf if it has only leaves."""
        choices = [choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"]]
        places = [self.place(choice) for choice in choices]
        nullable |= any(place.nullable for place in places)
        nodes = [place.node for place, choice in zip(places, choices, strict=True) if choice["type"] != "none"]
        leaves = [node for node in nodes if isinstance(node, Leaf)]
        node: Node = reduce(or_, leaves) if len(leaves) == len(nodes) else Choice(nodes)
        return Place(node, nullable, optional)


def _is_file(schema: Schema) -> bool:
    return schema["type"] == "json-or-python" and schema["python_schema"].get("cls") is UploadedFile


_ITEMS: Final = frozenset({"list", "set", "frozenset", "deque", "tuple", "named-tuple", "generator"})

_WRAPPERS: Final = {
    **dict.fromkeys(("definitions", "nullable", "default", "model", "custom-error"), "schema"),
    **dict.fromkeys(("function-before", "function-after", "function-wrap"), "schema"),
    "json-or-python": "json_schema",
    "lax-or-strict": "lax_schema",
}

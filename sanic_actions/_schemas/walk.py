"""The one walk over pydantic's core schemas: which of a schema's entries hold schemas.

Everything that reads or changes core schemas uses it, so that a new version of pydantic needs
changes in one place. A node is any dictionary with a ``type``: a schema, a field, a serializer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from operator import attrgetter, is_
from typing import Any, Final

Node = Mapping[str, Any]

_INNER: Final = (
    "schema",
    "items_schema",
    "keys_schema",
    "values_schema",
    "fields",
    "choices",
    "steps",
    "definitions",
    "lax_schema",
    "strict_schema",
    "python_schema",
    "json_schema",
    "arguments_schema",
    "extras_schema",
    "var_args_schema",
    "var_kwargs_schema",
    "computed_fields",
    "return_schema",
    "serialization",
)
"""The entries that hold nodes. Others (defaults, classes, metadata) are the user's."""

AROUND: Final = frozenset(
    {
        "definitions",
        "nullable",
        "default",
        "model",
        "dataclass",
        "custom-error",
        "function-before",
        "function-after",
        "function-wrap",
    }
)
"""Schemas around another one that read the same kind of JSON as it."""


def is_node(value: object) -> bool:
    """Return whether this is a node, and not a dictionary of fields or choices by name."""
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly inside a node."""
    for key in _INNER:
        if key in node:
            yield from _nodes_in(node[key])


def _nodes_in(value: Any) -> Iterator[Node]:
    if is_node(value):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _nodes_in(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _nodes_in(member)


def types_in(schema: Node) -> set[str]:
    """Return the types of all nodes from here on, and "extras" for undeclared fields."""
    types = set()
    pending = [schema]
    while pending:  # references are not followed, so this ends
        node = pending.pop()
        types.add(node["type"])
        if "config" in node and node["config"].get("extra_fields_behavior") == "allow":
            types.add("extras")
        pending.extend(children(node))
    return types


def with_children(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return the node with each node directly inside it changed; itself if nothing changes."""
    # The same object tells callers that they can keep pydantic's own validator.
    entries: dict[str, Any] = {}
    for key in _INNER:
        if key in node:
            value = _changed(node[key], change)
            if value is not node[key]:
                entries[key] = value
    if entries:
        return {**node, **entries}
    return node


def _changed(value: Any, change: Callable[[Node], Node]) -> Any:
    if is_node(value):
        return change(value)
    if isinstance(value, dict):
        members = [_changed(member, change) for member in value.values()]
        if all(map(is_, members, value.values())):
            return value
        return dict(zip(value, members, strict=True))
    if isinstance(value, list | tuple):
        items = [_changed(item, change) for item in value]
        if all(map(is_, items, value)):
            return value
        return type(value)(items)
    return value


def definitions_of(schema: Node) -> dict[str, Node]:
    """Return every definition in a schema by its reference."""
    definitions = {}
    pending = [schema]
    while pending:
        node = pending.pop()
        if node["type"] == "definitions":
            for inner in node["definitions"]:
                definitions[inner["ref"]] = inner
        pending.extend(children(node))
    return definitions


def choices_of(union: Node) -> list[Node]:
    """Return the members of a union, tagged or not."""
    choices = union["choices"]
    if isinstance(choices, dict):
        return list(choices.values())
    return list(map(_without_label, choices))


def _without_label(choice: Any) -> Node:
    """Return a choice of a union without its label, if it is a pair of both."""
    member: Node = choice
    if isinstance(choice, tuple):
        member = choice[0]
    return member


def unwrapped(
    node: Node,
    definitions: Mapping[str, Node],
    around: Collection[str] = AROUND,
) -> Node:
    """Return the schema behind references and the schemas in ``around``."""
    while True:  # pydantic refuses references that lead only to each other, so this ends
        if node["type"] == "definition-ref":
            node = definitions[node["schema_ref"]]
        elif node["type"] in around:
            node = node["schema"]
        else:
            return node


def is_foreign(function: object) -> bool:
    """Return whether a function in a schema is pydantic's or this library's, and not the user's."""
    if isinstance(function, attrgetter):
        return True  # pydantic's serializer of patterns and of the values of enums
    module = getattr(getattr(function, "func", function), "__module__", None) or ""
    return module.partition(".")[0] in _FOREIGN


_FOREIGN: Final = frozenset({"pydantic", "pydantic_core", "sanic_actions"})


def with_reference(node: Node, former: Node) -> Node:
    """Return a node with the reference of the one that it replaces."""
    if "ref" in former:
        return {**node, "ref": former["ref"]}
    return node

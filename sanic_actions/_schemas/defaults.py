"""Validate defaults once, so that they have the declared type: 0 for a Decimal, a string for a URL.

pydantic does not validate defaults, nor the results of default factories. A field that was left out
would hold a value of another type than declared, which could not be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from .exact import PLAIN_CLASSES
from .walk import AROUND, Node, choices_of, definitions_of, is_foreign, unwrapped, with_children, with_reference

_CLASSES: Final[Mapping[str, type]] = {
    **PLAIN_CLASSES,
    "bytes": bytes,
    "list": list,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "tuple": tuple,
}
_AROUND: Final = AROUND - {"function-before", "function-after", "function-wrap"}
"""Schemas to look through. Not functions: types such as ``ByteSize`` are functions around the schema
of another type."""
_COLLECTIONS: Final = (list, set, frozenset, dict, tuple)


def with_validated_defaults(schema: Node) -> Node:
    """Return a core schema whose defaults are of the types that they are declared as.

    They are validated here, as Python values and once: where a value comes from JSON, pydantic-core
    validates its default as if it came from there too, and refuses paths and secrets, which JSON
    cannot hold.
    """
    definitions = definitions_of(schema)

    def change(node: Node, config: Any = None) -> Node:
        inner_config = node.get("config", config)
        node = with_children(node, lambda child: change(child, inner_config))
        if node["type"] != "default" or not _is_pydantics(node):
            return node
        validator = cache(partial(_validator, node["schema"], definitions, config))
        if "default" not in node and "default_factory" not in node:
            return node  # it says only what happens to values that break their type
        if "default" not in node:
            return _with_validated_factory(node, definitions, validator)
        if _is_exact(node["default"], node["schema"], definitions):
            return node
        try:
            default = validator().validate_python(node["default"])
        except (ValidationError, SchemaError):
            return node  # one that breaks its type is a definition error
        return {**node, "default": default, "validate_default": False}

    return change(schema)


def _is_pydantics(default: Node) -> bool:
    """Return whether no validator of the user has to see a default that is to be validated."""
    return not default.get("validate_default") or without_validators(default) is default


def _with_validated_factory(
    node: Node, definitions: Mapping[str, Node], validator: Callable[[], SchemaValidator]
) -> Node:
    """Return a default with a factory whose results are validated; one that fails stays as it is.

    If pydantic validated it, the caller would be blamed for a value that the server has made.
    """
    factory = node["default_factory"]
    inner = unwrapped(node["schema"], definitions)
    cls = _CLASSES.get(inner["type"]) or inner.get("cls")
    if factory is cls:
        return node

    def validated(*data: Any) -> Any:
        value = factory(*data)
        if type(value) is cls and not isinstance(value, _COLLECTIONS):
            return value
        try:
            return validator().validate_python(value)
        except (ValidationError, SchemaError):
            return value

    return {**node, "default_factory": validated, "validate_default": False}


def _validator(schema: Node, definitions: Mapping[str, Node], config: Any) -> SchemaValidator:
    """Return a validator of a type without the user's validators, which see the default later."""
    inner: Any = list(map(without_validators, definitions.values()))
    whole: Any = {"type": "definitions", "schema": without_validators(schema), "definitions": inner}
    return SchemaValidator(whole, config)


def without_validators(schema: Node) -> Node:
    """Return a core schema without the validators of the user; the same object if it has none."""
    schema = with_children(schema, without_validators)
    function = schema.get("function")
    if not isinstance(function, dict) or is_foreign(function["function"]):
        return schema
    return with_reference(schema.get("schema") or core_schema.any_schema(), schema)


def _is_exact(default: Any, schema: Node, definitions: Mapping[str, Node]) -> bool:
    """Return whether a default is surely a value of its type and needs no validator."""
    if default is None:
        return True  # of a type that takes None, else it is a definition error
    inner = unwrapped(schema, definitions, _AROUND)
    kind = type(default)
    if isinstance(default, _COLLECTIONS) and default:
        return False
    if inner["type"].startswith("function-"):
        return _is_exact_of_function(default, inner, definitions)
    if inner["type"] == "literal":
        return default in inner["expected"]
    cls = _CLASSES.get(inner["type"]) or inner.get("cls")
    return kind is cls or kind in _of_union(inner)


def _is_exact_of_function(default: Any, schema: Node, definitions: Mapping[str, Node]) -> bool:
    if "schema" not in schema:
        return not is_foreign(schema["function"]["function"])
    if is_foreign(schema["function"]["function"]):
        # What encodes bytes would decode a default, which is decoded already.
        return type(default) is _CLASSES.get(schema["schema"]["type"])
    return _is_exact(default, schema["schema"], definitions)


def _of_union(schema: Node) -> set[type]:
    """Return the classes of the plain members of a union."""
    if schema["type"] != "union":
        return set()
    types = {member["type"] for member in choices_of(schema)}
    return set(map(_CLASSES.__getitem__, types & _CLASSES.keys()))


def always_validated(schema: Node) -> Node:
    """Return a core schema that validates instances of classes again, with all that they hold."""
    schema = with_children(schema, always_validated)
    if schema["type"] in ("model", "dataclass"):
        return {**schema, "revalidate_instances": "always"}
    return schema

"""Refuse NaN and the infinities, which are not JSON: pydantic reads them, and writes null for them.

They are refused in both directions, unless a float declares that it may be one, or its model
declares how it writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic_core import PydanticKnownError, core_schema

from .walk import Node, children, with_children


def finite(schema: Node, *, may_be_infinite: bool = False, has_extras: bool = False) -> Node:
    """Return a core schema whose floats say whether they are finite; the same if there are none."""
    config = schema.get("config")
    if config is not None:
        may_be_infinite = _declares_infinity(config)
        has_extras = config.get("extra_fields_behavior") == "allow"
    if schema["type"] == "float":
        return {**schema, "allow_inf_nan": schema.get("allow_inf_nan", may_be_infinite)}
    strict = with_children(schema, lambda child: finite(child, may_be_infinite=may_be_infinite, has_extras=has_extras))
    if schema["type"] in _OPEN and has_extras and "extras_schema" not in schema and not may_be_infinite:
        strict = {**strict, "extras_schema": _FINITE_JSON}
    elif _is_json_value(schema):
        strict = {**strict, "json_schema": _FINITE_JSON}
    if strict is not schema and config is not None and config.get("ser_json_inf_nan") not in _EXACT:
        return {**strict, "config": {**config, "ser_json_inf_nan": "constants"}}
    return strict


def _declares_infinity(config: Mapping[str, Any]) -> bool:
    return config.get("allow_inf_nan") is True or config.get("ser_json_inf_nan") in _EXACT


_EXACT: Final = ("constants", "strings")
"""Ways to write NaN and the infinities that can be read back; ``null`` loses which it was."""

_OPEN: Final = frozenset({"model-fields", "typed-dict"})
"""Schemas that may have undeclared fields."""


def _is_json_value(schema: Node) -> bool:
    """Return whether this is ``pydantic.JsonValue``, which does not check the floats inside."""
    return schema["type"] == "json-or-python" and str(schema.get("ref")).startswith("pydantic.types.JsonValue:")


def _refuse_infinite(value: Any) -> Any:
    if next(infinite_places(value), None) is not None:
        raise PydanticKnownError("finite_number")
    return value


_FINITE_JSON: Final[Any] = core_schema.no_info_after_validator_function(_refuse_infinite, core_schema.any_schema())


def infinite_places(value: Any) -> Iterator[str]:
    """Yield the field paths of the numbers in JSON that are NaN or infinite."""
    # Each value once; the parser bounds the depth, and the limit of the body the number of values.
    pending = [("", value)]
    while pending:
        path, item = pending.pop()
        # This is math.isfinite without a call for each number.
        if type(item) is float and item - item != 0:
            yield path
        elif type(item) is list:
            pending += [(f"{path}.{place}", inner) for place, inner in enumerate(item) if type(inner) in _PARTS]
        elif type(item) is dict:
            pending += [(f"{path}.{name}", inner) for name, inner in item.items() if type(inner) in _PARTS]


_PARTS: Final = frozenset({float, list, dict})


def declares_infinite(schema: Node) -> bool:
    """Return whether a float in a schema may be NaN or infinite."""
    pending = [schema]
    while pending:
        node = pending.pop()
        if node["type"] == "float" and node.get("allow_inf_nan"):
            return True
        pending.extend(children(node))
    return False

"""NaN and the infinities are not JSON: pydantic reads them anyway and writes null for them.

Here they are refused, in both directions, unless a float says that it may be one, or its model how it writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .walk import Node, with_children


def finite(schema: Node, *, declared: bool = False) -> Node:
    """Return a core schema whose floats are finite but for those declared otherwise; the same if there are none."""
    config = schema.get("config")
    if config is not None:
        declared = _declares_infinity(config)
    if schema["type"] == "float" and not declared and "allow_inf_nan" not in schema:
        return {**schema, "allow_inf_nan": False}
    changed = with_children(schema, lambda child: finite(child, declared=declared))
    if changed is not schema and config is not None and "ser_json_inf_nan" not in config:
        return {**changed, "config": {**config, "ser_json_inf_nan": "constants"}}
    return changed


def _declares_infinity(config: Mapping[str, Any]) -> bool:
    return config.get("allow_inf_nan") is True or config.get("ser_json_inf_nan") in ("constants", "strings")

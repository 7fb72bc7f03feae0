"""NaN and the infinities are not JSON: pydantic reads them anyway and writes null for them.

Here they are refused, in both directions, unless a float says that it may be one, or its model how it writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .walk import Node, with_children


def finite(schema: Node, *, may_be_infinite: bool = False) -> Node:
    """Return a core schema whose floats say whether they are finite; the same if there are none."""
    config = schema.get("config")
    if config is not None:
        may_be_infinite = _declares_infinity(config)
    if schema["type"] == "float":
        return {**schema, "allow_inf_nan": schema.get("allow_inf_nan", may_be_infinite)}
    strict = with_children(schema, lambda child: finite(child, may_be_infinite=may_be_infinite))
    if strict is not schema and config is not None and config.get("ser_json_inf_nan") not in _EXACT:
        return {**strict, "config": {**config, "ser_json_inf_nan": "constants"}}
    return strict


def _declares_infinity(config: Mapping[str, Any]) -> bool:
    return config.get("allow_inf_nan") is True or config.get("ser_json_inf_nan") in _EXACT


_EXACT: Final = ("constants", "strings")
"""How they are written so that they can be read; ``null`` loses which of them it was."""

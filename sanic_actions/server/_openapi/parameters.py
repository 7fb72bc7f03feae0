"""Add the defaults of an action's parameters to its schema, from the handler's signature."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from ..._definition import Input
from ..._types.fields import UNKNOWN


def add_defaults(schema: dict[str, Any], parameters: Input | None) -> None:
    """Add the defaults of an action's parameters to their schema."""
    if parameters is None or parameters.fields is None:
        return
    properties = schema.get("properties", {})
    for field in parameters.fields:
        if field.default is UNKNOWN or "default" in properties.get(field.name, {"default": None}):
            continue
        try:
            default = to_jsonable_python(field.default, bytes_mode="base64")
            json.dumps(default, allow_nan=False)
        except (PydanticSerializationError, ValueError, RecursionError):
            continue  # a default that cannot be written as JSON
        properties[field.name]["default"] = default

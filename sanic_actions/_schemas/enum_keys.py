"""Read members of integer enums as keys of objects, which are strings in JSON.

pydantic reads the key ``"1"`` as an int and as a member of an ``IntEnum``. It does not read it as a
member of a plain ``Enum`` of integers, such as those of ``auto()``, although it writes them so.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic_core import core_schema

from .walk import Node, with_children

_WHOLE: Final = re.compile(r"-?[0-9]{1,4000}")
"""``int()`` refuses more than 4,300 digits by itself."""


def with_readable_keys(schema: Node) -> Node:
    """Return a core schema whose dictionaries have members of enums of whole numbers as keys."""
    schema = with_children(schema, with_readable_keys)
    keys = schema.get("keys_schema")
    if keys is None or keys["type"] != "enum" or "sub_type" in keys:
        return schema
    if {type(member.value) for member in keys["members"]} - {int}:
        # Strings are read as they are, and other values are refused as keys at definition.
        return schema
    return {**schema, "keys_schema": core_schema.no_info_before_validator_function(_number, keys)}


def _number(key: Any) -> Any:
    if isinstance(key, str) and _WHOLE.fullmatch(key):
        return int(key)
    # What is wrong with any other key is said by the enum.
    return key

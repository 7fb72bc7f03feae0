"""Read members of integer enums as keys of objects, which are strings in JSON.

pydantic reads the key ``"1"`` as an int and as a member of an ``IntEnum``. It does not read it as a
member of a plain ``Enum`` of integers, such as those of ``auto()``, although it writes them so.
"""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import core_schema

from .walk import Node, children, with_children

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


def has_crossed_names(schema: Node) -> bool:
    """Return whether a field has the name of another one as its alias.

    Read by names and by aliases, the two would be swapped.
    """
    pending = [schema]
    while pending:  # as many nodes as the schema has: children() follows no reference
        node = pending.pop()
        fields = node.get("fields")
        if isinstance(fields, dict):
            for name, field in fields.items():
                alias = _alias(field)
                if alias != name and alias in fields:
                    return True
        pending.extend(children(node))
    return False


def unwritable_key(value: object) -> str | None:
    """Return a key inside a value that has half a surrogate pair; None if all keys can be written.

    pydantic-core refuses such a string as a value, but in a key it writes three replacement
    characters.
    """
    pending = [value]
    while pending:  # each part once; the value has just been written, so it is finite
        part = _as_collection(pending.pop())
        if isinstance(part, dict):
            for key in part:
                if isinstance(key, str) and _SURROGATE.search(key):
                    return key
            pending.extend(part.values())
        elif isinstance(part, _COLLECTIONS):
            pending.extend(part)
    return None


def _as_collection(part: object) -> object:
    """Return the fields of an object, which stays one where it is a member of a set; anything else as it is."""
    if isinstance(part, BaseModel):
        return {**part.__dict__, **(part.model_extra or {})}
    if dataclasses.is_dataclass(part):
        # A slot may be without a value.
        return [getattr(part, field.name, None) for field in dataclasses.fields(part)]
    return part


_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_COLLECTIONS: Final = (list, tuple, set, frozenset, deque)


def _alias(field: Node) -> str | None:
    alias = field.get("validation_alias", field.get("alias"))
    if isinstance(alias, str):
        return alias
    return None


def _number(key: Any) -> Any:
    if isinstance(key, str) and _WHOLE.fullmatch(key):
        return int(key)
    # What is wrong with any other key is said by the enum.
    return key

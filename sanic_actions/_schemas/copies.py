"""Copy mutable defaults for each value, so that one caller cannot change the default of another.

pydantic copies defaults that have no hash. A mutable object with a hash, by identity or by some of
its fields, would be shared by all.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any

from .._defaults import is_immutable
from .walk import Node, with_children


def with_copied_defaults(schema: Node) -> Node:
    """Return a core schema that copies mutable defaults for each value, where pydantic does not."""
    schema = with_children(schema, with_copied_defaults)
    if schema["type"] != "default" or "default" not in schema:
        return schema
    default = schema["default"]
    if is_immutable(default) or not _has_hash(default):
        return schema
    # pydantic-core ignores ``copy_default``: it copies what has no hash.
    copying = {**schema, "default_factory": partial(deepcopy, default)}
    del copying["default"]
    return copying


def _has_hash(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:  # also of a tuple with a list in it, which only looks hashable
        return False
    return True

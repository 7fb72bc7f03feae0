"""Copies the defaults that something could change, so that one caller's never becomes another's.

pydantic copies those that have no hash. An object that is hashed by its identity, or by some of its fields, it hands to
everybody.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any

from .._defaults import is_immutable
from .walk import Node, with_children


def with_copied_defaults(schema: Node) -> Node:
    """Return a core schema that copies each default for each value; the same where pydantic does so already."""
    schema = with_children(schema, with_copied_defaults)
    if schema["type"] != "default" or "default" not in schema:
        return schema
    default = schema["default"]
    if is_immutable(default) or not _has_hash(default):
        return schema
    # pydantic-core does not look at ``copy_default``, only at the hash.
    copying = {**schema, "default_factory": partial(deepcopy, default)}
    del copying["default"]
    return copying


def _has_hash(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True

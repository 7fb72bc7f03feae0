"""Find the keys of a written value that pydantic-core replaces silently, as UTF-8 cannot encode them."""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from typing import Final

from pydantic import BaseModel


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

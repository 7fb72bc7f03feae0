"""Find the defaults of parameters that each call gets a copy of, so that none is shared."""

from __future__ import annotations

import datetime
import enum
from typing import Final

from ._types.scalars import SCALARS

# No scalar can be changed; its row in the table is for its very class, for a subclass may have attributes.
_IMMUTABLE: Final = frozenset({range, type, datetime.timezone, *(scalar.type for scalar in SCALARS)})


def is_immutable(value: object) -> bool:
    """Return whether a value surely is immutable; one of an unknown class may not be."""
    if type(value) in _IMMUTABLE or isinstance(value, enum.Enum):
        return True
    return isinstance(value, tuple | frozenset) and type(value) in (tuple, frozenset) and all(map(is_immutable, value))

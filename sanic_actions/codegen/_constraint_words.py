"""The constraints of a type in words, for docstrings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .._files import Accept, MaxBytes
from .._types.constraints import FieldOptions
from ._text import literal

# They change how pydantic reads a value, not what a caller may send.
_SILENT: Final = frozenset({"discriminator", "union_mode", "fail_fast", "strict", "coerce_numbers_to_str"})


def described(options: FieldOptions, metadata: Iterable[Any]) -> str:
    """Return the constraints in words, for a docstring."""
    parts: list[str] = []
    for name, value in options.items():
        if name not in _SILENT:
            parts.append(f"{name}={literal(value) or value}")
    for mark in metadata:
        if isinstance(mark, MaxBytes | Accept):
            parts.append(repr(mark))
    if parts:
        return f"Constraints: {', '.join(parts)}."
    return ""

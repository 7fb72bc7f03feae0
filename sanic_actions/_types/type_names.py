"""How messages call a type."""

from __future__ import annotations

from typing import Any, get_args


def name_of(annotation: Any) -> str:
    """Return the name of a type for messages."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace(f"{getattr(annotation, '__module__', '')}.", "")

"""How messages call a type."""

from __future__ import annotations

import re
from typing import Any, Final, get_args


def name_of(annotation: Any) -> str:
    """Return the name of a type for messages."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace(f"{getattr(annotation, '__module__', '')}.", "")


def short_name_of(annotation: Any) -> str:
    """Return the name of a type as its module writes it, in which no class has the name of another."""
    return _MODULES.sub(r"\1", name_of(annotation))


_MODULES: Final = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\b(?:[^\W\d]\w*\.|<locals>\.)+(?=\w)""")
"""A string, which stays as it is, or the modules before the name of a class."""

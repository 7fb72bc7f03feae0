"""The names that a field has in JSON, as the server reads and writes them."""

from __future__ import annotations

from .._types.annotations import is_annotated
from .._types.crossed_names import sent_name
from .._types.fields import Field, written_name
from ._text import exact


def is_plain(field: Field) -> bool:
    """Return whether a field has a type and a default and nothing else, as most do."""
    info = field.info
    marks = info.metadata or info.alias or info.validation_alias or info.serialization_alias
    is_marked = marks or info.discriminator is not None or info.deprecated
    return not is_marked and not is_annotated(field.annotation)


def aliases_of(field: Field) -> tuple[str, str]:
    """Return the name by which the server reads a field, the first of several, and writes it."""
    return exact(sent_name(field)), exact(written_name(field))

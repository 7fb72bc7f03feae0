"""The marks of a field: whether it has any, and the names in JSON that they give it."""

from __future__ import annotations

from .._types.annotations import is_annotated
from .._types.crossed_names import sent_name
from .._types.fields import Field, written_name
from ._text import plain_str


def is_unmarked(field: Field) -> bool:
    """Return whether a field has a type and a default and nothing else, as most do."""
    if is_annotated(field.annotation):
        return False
    info = field.info
    if info.metadata or info.alias or info.validation_alias or info.serialization_alias:
        return False
    return info.discriminator is None and not info.deprecated


def json_names(field: Field) -> tuple[str, str]:
    """Return the name by which the server reads a field, the first of several, and writes it."""
    return plain_str(sent_name(field)), plain_str(written_name(field))

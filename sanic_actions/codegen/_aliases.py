"""The names that a field has in JSON, as the server reads and writes them."""

from __future__ import annotations

from pydantic import AliasChoices

from .._fields import Field, written_name


def aliases_of(field: Field) -> tuple[str, str]:
    """The name under which the server reads a field (the first if there are several), and the one it writes."""
    alias = field.info.validation_alias
    if isinstance(alias, AliasChoices):
        alias = next((choice for choice in alias.choices if isinstance(choice, str)), None)
    return (alias if isinstance(alias, str) else field.name), written_name(field)

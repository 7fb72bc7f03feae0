"""Numbers of rows: all rows of a list share one template, whose names, ids and paths hold a placeholder instead.

A placeholder is a string that no other text contains (see ``place``), so that ``str.replace`` puts
the number in.
"""

from __future__ import annotations

from .markup import Attributes

Rows = tuple[tuple[str, str], ...]
"""Placeholders with the numbers that replace them, from the outermost list inwards."""


def bound_all(attributes: Attributes, rows: Rows) -> Attributes:
    """Return attributes with the numbers of rows in place of their placeholders."""
    with_numbers: Attributes = {}
    for key, value in attributes.items():
        if value is True:
            with_numbers[key] = value
        else:
            with_numbers[key] = bound(value, rows)
    return with_numbers


def bound(text: str, rows: Rows) -> str:
    """Return a text with the numbers of rows in place of their placeholders."""
    for placeholder, number in rows:
        text = text.replace(placeholder, number)
    return text

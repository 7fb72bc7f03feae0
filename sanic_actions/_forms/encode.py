"""Encodes JSON values as the form controls that a client sends; ``plan`` reads them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .markers import EMPTY, NULL, TEXT
from .names import control_text, control_under, members_of


def encode_fields(value: object) -> list[tuple[str, str]]:
    """Return the controls for a JSON value: ``{"items": [{"title": "a"}]}`` gives ``("items.0.title", "a")``.

    Three values need a marker, since no control can express them: ``("_action.null",
    "field.path")`` for None, ``_action.empty`` for a list or an object without members, and
    ``_action.text`` beside an empty string, which would otherwise count as not filled in.
    """
    return list(_controls(value, ""))


def _controls(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if value is None:
        yield NULL, name
    elif not isinstance(value, dict | list):
        if value == "":
            yield TEXT, name
        yield name, control_text(value)
    elif not value:
        yield EMPTY, name
    else:
        for key, member in members_of(value):
            yield from _controls(member, control_under(name, key))

"""Counts how deep a body is nested, before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ..._errors import ActionError
from ..._forms.names import steps_of


def check_json_depth(body: bytes, most: int) -> None:
    """Refuse JSON with more lists and objects inside each other than ``most``.

    Raises:
        ActionError: ``BAD_REQUEST``.
    """
    if body.count(b"[") + body.count(b"{") <= most:
        return
    depth = 0
    # One token at most for each byte of a body, whose size is bounded; a text is read once, however
    # many quotes it has.
    for token in _TOKEN.finditer(body):
        first = token[0][0]
        depth += first in b"[{"
        depth -= first in b"]}"
        if depth > most:
            raise _too_deep(most)


def check_name_depth(names: Iterable[str], most: int) -> None:
    """Refuse a form with a name of more steps than ``most``.

    Raises:
        ActionError: ``BAD_REQUEST``.
    """
    # Limits(fields=...) bounds how many names there are, header_bytes how long one is, and steps_of
    # how far it is read.
    if any(len(steps_of(name)) > most for name in names):
        raise _too_deep(most)


def _too_deep(most: int) -> ActionError:
    return ActionError("BAD_REQUEST", f"The input is nested more than {most} deep, the most that this action takes.")


_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""A bracket, or a text as a whole, since brackets in it do not count."""

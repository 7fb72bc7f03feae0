"""Names of form controls and field paths: one notation, written and read here.

The rule of this file: a name that is written for a path is read as that path, whatever characters
its keys have. Forms may also use brackets: ``items[0][title]`` is ``items.0.title``, and ``tags[]``
is one more of ``tags``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

OURS: Final = "_action"
"""Controls whose names begin with this belong to the library and never reach a model."""

FORM_TOKEN: Final = "_action.token"  # noqa: S105  # a control's name
"""Control by which a repeated post of one form is known."""

FORM_KEY: Final = "_action.key"
"""Control that tells two forms of one action apart."""

FORM_SIGN: Final = "_action.form"
"""Control that says whose form it is, for buttons that send it to another action."""

ABOUT_FORM: Final = frozenset({FORM_TOKEN, FORM_KEY, FORM_SIGN})
"""The controls that say which form was sent; what its fields hold does not depend on them."""

MAX_DEPTH: Final = 32
"""Most steps of one path. Reading goes down a path by recursion, a few frames for each step."""

MAX_INDEX: Final = 999
"""The largest index of a list item. More than three digits are refused unread."""

_NAME: Final = re.compile(r"(?:[^.\[\]]+|\[[^\[\]]*\])(?:\.[^.\[\]]+|\[[^\[\]]*\])*")
_STEP: Final = re.compile(r"\[([^\[\]]*)\]|\.?([^.\[\]]+)")

# Equals signs end the name in the value of a marker. Percent signs, quotes, backslashes and control
# characters in names are altered by one or another writer of multipart bodies, so they are escaped
# like the characters with a meaning here.
_SPECIAL: Final = re.compile(r"""[.\[\]~=%"\\\x00-\x1f\x7f]""")
_ESCAPED: Final = re.compile(r"~([0-9a-f]{2})")


def under(path: str, key: str | int) -> str:
    """Return the path of a member: ``items`` and ``0`` give ``items.0``."""
    if path:
        return f"{path}.{key}"
    return str(key)


def control_under(name: str, key: str | int) -> str:
    """Return the control name of a member, with a key of any characters."""
    if key == "":
        return f"{name}[]"
    step = _SPECIAL.sub(_escape, str(key))
    if not name and step.startswith(OURS):
        step = f"~5f{step[1:]}"
    return under(name, step)


def steps_of(name: str) -> tuple[str, ...]:
    """Return the steps of a control name, no more than ``MAX_DEPTH`` and one; a name that is not a path is one step."""
    if name.isidentifier():
        return (name,)
    if not name or not _NAME.fullmatch(name):
        if name:
            return (name,)
        return ()
    # A name of 4 KB can have 2,000 steps, and a caller that keeps the path of each would need 4 MB.
    matches = islice(_STEP.finditer(name), MAX_DEPTH + 1)
    return tuple(_ESCAPED.sub(_unescape, match[1] or match[2] or "") for match in matches)


def is_index(step: str) -> bool:
    """Return whether a step is the number of an item. Each number has one spelling."""
    return len(step) <= 3 and step.isascii() and step.isdigit() and (step == "0" or step[0] != "0")


def control_text(value: Any) -> str:
    """Return a single JSON value as the text of a control."""
    if isinstance(value, bool):
        if value:
            return "true"
        return "false"
    return str(value)


def members_of(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str | int, Any]]:
    """Return the members of a JSON object or array with their keys or numbers."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value)


def _escape(match: re.Match[str]) -> str:
    return f"~{ord(match[0]):02x}"


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))

"""Names of form controls and field paths: one notation, written and read here.

The law of this file: a name that is written for a path is read as that path, whatever the keys hold. Browsers may also
write brackets: ``items[0][title]`` is ``items.0.title``, and ``tags[]`` is one more of ``tags``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any, Final

OURS: Final = "_action"
"""Controls whose names begin with this belong to the library and never reach a model."""

NULL: Final = "_action.null"
"""A control that names a field which is None: no value of a control says that."""

EMPTY: Final = "_action.empty"
"""A control that names a list or an object without members: there is no control to say that either."""

DEEP: Final = "deep"
"""What `Sent.said` holds for names of more steps than `MAX_DEPTH`."""

MAX_DEPTH: Final = 32
"""Most steps of one path."""

MAX_INDEX: Final = 999
"""The largest index of a list item."""

_NAME: Final = re.compile(r"(?:[^.\[\]]+|\[[^\[\]]*\])(?:\.[^.\[\]]+|\[[^\[\]]*\])*")
_STEP: Final = re.compile(r"\[([^\[\]]*)\]|\.?([^.\[\]]+)")

# Percent signs, quotes, backslashes and control characters in names are altered on the way by one or another writer of
# multipart bodies, so they are written like the characters that have a meaning here.
_SPECIAL: Final = re.compile(r"""[.\[\]~%"\\\x00-\x1f\x7f]""")
_ESCAPED: Final = re.compile(r"~([0-9a-f]{2})")


def under(path: str, key: str | int) -> str:
    """The path of a member: ``items`` and ``0`` give ``items.0``."""
    return f"{path}.{key}" if path else str(key)


def control_under(name: str, key: str | int) -> str:
    """The control name of a member, with a key of any characters."""
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
        return (name,) if name else ()
    # A name of 4 KB has 2,000 steps, and whoever walks it may keep each of its beginnings.
    matches = islice(_STEP.finditer(name), MAX_DEPTH + 1)
    return tuple(_ESCAPED.sub(_unescape, match[1] or match[2] or "") for match in matches)


def is_index(key: str) -> bool:
    """Return whether a step is the number of an item."""
    return len(key) <= 3 and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0")


def control_text(value: Any) -> str:
    """A single JSON value as the text of a control."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _escape(match: re.Match[str]) -> str:
    return f"~{ord(match[0]):02x}"


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


class Sent:
    """What was sent under one path.

    Attributes:
        values: Texts in their order; a file is its number.
        inside: What was sent under the paths below, by the next step.
        said: ``NULL`` or ``EMPTY`` where a control of ours said so, ``DEEP`` where a path goes too deep.
    """

    __slots__ = ("inside", "said", "values")

    def __init__(self, *values: str | int) -> None:
        self.values: list[str | int] = list(values)
        self.inside: dict[str, Sent] = {}
        self.said: str | None = None

    def at(self, steps: tuple[str, ...]) -> Sent:
        """What was sent under the steps from here, made on the way."""
        if len(steps) > MAX_DEPTH:
            first = self.at(steps[:1])
            first.said = DEEP
            return Sent()
        here = self
        for step in steps:
            here = here.inside.setdefault(step, Sent())
        return here

    @property
    def nothing(self) -> bool:
        """Whether nothing at all was sent."""
        return not (self.values or self.inside or self.said)

    @property
    def blank(self) -> bool:
        """Whether nothing but empty texts was sent, at any depth."""
        empty = self.said is None and all(value == "" for value in self.values)
        return empty and all(child.blank for child in self.inside.values())


def gather(pairs: Iterable[tuple[str, str | int]], whole: Collection[str]) -> Sent:
    """Sort controls by their paths; names in ``whole`` are single steps whatever they look like."""
    root = Sent()
    for name, value in pairs:
        if not name.startswith(OURS):
            root.at((name,) if name in whole else steps_of(name)).values.append(value)
        elif name in (NULL, EMPTY) and isinstance(value, str):
            root.at(steps_of(value)).said = name
    return root

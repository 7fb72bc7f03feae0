"""Names of generic classes without the metadata of their arguments, which pydantic includes.

``Page[Annotated[Cat | Dog, Field(discriminator="kind")]]`` has a name of a hundred letters, most of
which are the repr of pydantic's own objects.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

_ANNOTATED: Final = "Annotated["


def without_metadata(name: str) -> str:
    """Return a type's name with ``T`` for ``Annotated[T, ...]``; unchanged if unreadable."""
    short, rest = "", name
    while _ANNOTATED in rest:  # one less each time
        before, _, rest = rest.partition(_ANNOTATED)
        marks = _marks_outside(rest)
        commas = [place for place, mark in marks if mark == ","]
        ends = [place for place, mark in marks if mark == "]"]
        if not commas or not ends:
            return name
        short, rest = short + before, rest[: commas[0]] + rest[ends[0] + 1 :]
    return short + rest


def digest_of(name: str) -> str:
    """Return six digits that distinguish names which differ only in their metadata."""
    return sha256(name.encode(errors="backslashreplace")).hexdigest()[:6]


def _marks_outside(text: str) -> list[tuple[int, str]]:
    """Return the commas outside of brackets and strings, up to the bracket that closes the text."""
    marks: list[tuple[int, str]] = []
    depth, quote, is_escaped = 0, "", False
    for place, mark in enumerate(text):
        if quote:
            if is_escaped or mark == "\\":
                is_escaped = not is_escaped
            elif mark == quote:
                quote = ""
        elif mark in "'\"":
            quote = mark
        elif mark in "[({":
            depth += 1
        elif mark in "])}":
            if depth == 0:
                return [*marks, (place, mark)]
            depth -= 1
        elif mark == "," and depth == 0:
            marks.append((place, mark))
    return marks

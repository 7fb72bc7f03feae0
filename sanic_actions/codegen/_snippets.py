"""Pieces of Python source, each with the names that it needs of its file.

Making a piece has no side effect. A file imports the modules that its pieces need, and orders its
classes by the classes that they need.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

WIDTH: Final = 120
INDENT: Final = "    "


NeedKind = Literal["module", "models", "partial", "class", "alias", "variable"]
"""What a file must have: an absolute module, a module of models, a class of a half loaded module of
models, a class of the file itself, another name for such a class, or a type variable."""


class Need(NamedTuple):
    """A name that a file must have for a piece of its source to run."""

    kind: NeedKind
    name: str
    at_import: bool = False
    """Whether it is evaluated while the module is imported, as bases and defaults are."""
    path: str = ""
    """The class in a half loaded module."""


Needs = frozenset[Need]
NO_NEEDS: Final[Needs] = frozenset()


@dataclasses.dataclass(slots=True)
class Snippet:
    """A piece of source; in a list, a line. It is never changed."""

    # Neither frozen nor a named tuple: a package of 1,000 actions has 300,000 of them, and making
    # either takes twice as long.

    text: str
    needs: Needs = NO_NEEDS
    is_doc: bool = False
    """Whether it is documentation: shown to callers, and not a part of the contract."""


Files = dict[str, list[Snippet]]
"""Path inside the package to the lines of the file, without its header."""


def snippet(*parts: str | Snippet) -> Snippet:
    """Join pieces of source into one."""
    text = ""
    needs = NO_NEEDS
    for part in parts:
        if type(part) is str:
            text += part
        elif isinstance(part, Snippet):
            text += part.text
            # Most pieces need nothing, or only one of them does: then no union is made.
            if not needs:
                needs = part.needs
            elif part.needs:
                needs = needs | part.needs
    return Snippet(text, needs)


def enclosed(before: str | Snippet, piece: Snippet | None, after: str = "") -> Snippet | None:
    """Return a piece of source between two others; None if the piece is None."""
    if piece is None:
        return None
    return snippet(before, piece, after)


def when(condition: object, text: str) -> list[Snippet]:
    """Return a piece of source as a list, which is empty unless a condition holds."""
    if condition:
        return [Snippet(text)]
    return []


def joined(separator: str, pieces: Iterable[Snippet]) -> Snippet:
    """Join pieces of source with a separator between them."""
    pieces = tuple(pieces)
    if len(pieces) == 1:
        return pieces[0]
    texts = [piece.text for piece in pieces]
    return Snippet(separator.join(texts), needs_of(pieces))


def needs_of(pieces: Iterable[Snippet]) -> Needs:
    """Return the needs of all the pieces together."""
    needs = [piece.needs for piece in pieces if piece.needs]
    return NO_NEEDS.union(*needs)


def names_of(needs: Needs, kind: NeedKind) -> set[str]:
    """Return the names among the needs of one kind."""
    return {need.name for need in needs if need.kind == kind}


def plain_lines(*texts: str) -> list[Snippet]:
    """Return lines that need nothing."""
    return list(map(Snippet, texts))


def indented(lines: Iterable[Snippet]) -> list[Snippet]:
    """Return the lines one level deeper; empty ones stay empty."""
    deeper: list[Snippet] = []
    for line in lines:
        if line.text:
            deeper.append(Snippet(INDENT + line.text, line.needs, line.is_doc))
        else:
            deeper.append(line)
    return deeper


def wrapped(opening: str, items: list[Snippet], closing: Snippet) -> list[Snippet]:
    """Return a bracketed list: on one line if it fits into a class body, else one item a line."""
    line = snippet(opening, joined(", ", items), closing)
    if len(line.text) <= WIDTH - len(INDENT):
        return [line]
    lines = [Snippet(opening)]
    for item in items:
        lines.append(Snippet(f"{INDENT}{item.text},", item.needs))
    return [*lines, closing]

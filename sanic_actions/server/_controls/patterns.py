r"""Translates regular expressions of pydantic for the ``pattern`` attribute of HTML.

The rule of this file: a pattern never refuses a value that the server accepts. pydantic searches
with a Unicode-aware engine (Rust's ``regex``, or Python's ``re``); a browser matches the whole
value, in JavaScript's ``v`` mode (HTML standard, "the pattern attribute"), where ``\d`` and ``\w``
are ASCII only. A pattern without an exact translation is left out.
"""

from __future__ import annotations

import re
from typing import Final

_DIGIT: Final = r"\p{Nd}"
_SPACE: Final = r"\p{White_Space}"
_WORD: Final = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}"
_CLASSES: Final = {
    "d": _DIGIT,
    "D": r"\P{Nd}",
    "s": _SPACE,
    "S": r"\P{White_Space}",
    "w": f"[{_WORD}]",
    "W": f"[^{_WORD}]",
}
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")
_PLAIN_IN_CLASS: Final = frozenset("_\"'")

_ATOM: Final = r"""
    (?P<anchor> \^ | \$ | \\A | \\z )
  | (?P<open> \( (?: \?: | \?P?<(?P<name>[A-Za-z_]\w*)> | (?!\?) ) )
  | (?P<close> \) )
  | (?P<or> \| )
  | (?P<dot> \. )
  | (?P<class> \[ \^? \]? (?: \\. | [^\\\]\[] )+ \] )
  | (?P<repeat> (?: [*+?] | \{\d+(?:,\d*)?\} ) \?? (?![*+?{]) )
  | (?P<escape> \\ [^AzbBG] )
  | (?P<literal> [^\\^$.*+?()\[\]{}|] )
"""
_TOKEN: Final = re.compile(_ATOM, re.VERBOSE | re.DOTALL)
_MEMBER: Final = re.compile(r"\\(?P<escape>.)|(?P<literal>.)", re.DOTALL)
_PUZZLING: Final = re.compile(r"&&|--|~~")
"""Operations on sets, in one engine or the other."""


def html_pattern(pattern: str | re.Pattern[str]) -> str | None:
    """Return the ``pattern`` attribute that accepts the same texts; None if there is none."""
    if isinstance(pattern, re.Pattern):
        # The attribute has no place for flags, such as that for either case.
        if pattern.flags & ~re.UNICODE:
            return None
        pattern = pattern.pattern
    # Anchored at both ends, as most are: what a browser does anyway. An alternative may have an
    # anchor of its own, and a dollar after an odd number of backslashes is a character.
    if pattern.startswith("^") and re.search(r"(?<!\\)(\\\\)*\$\Z", pattern) and "|" not in pattern:
        return _translated(pattern[1:-1])
    translation = _translated(pattern)
    if translation is None:
        return None
    return rf"[\s\S]*(?:{translation})[\s\S]*"


def _translated(pattern: str) -> str | None:
    """Return the expression in JavaScript's syntax; None if a token of it has no equal."""
    parts: list[str] = []
    position = 0
    # One token further each time; the pattern is the developer's, not a caller's.
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            text = None
        else:
            text = _token(token)
        if token is None or text is None:
            return None
        parts.append(text)
        position = token.end()
    return "".join(parts)


def _token(token: re.Match[str]) -> str | None:
    text = token[0]
    if token["class"]:
        return _class(text)
    if token["escape"]:
        return _escaped(text[1])
    if token["name"]:
        return f"(?<{token['name']}>"
    if token["literal"]:
        if text in _SYNTAX:
            return f"\\{text}"
        return text
    # JavaScript's dot leaves out \r, U+2028 and U+2029 too.
    return {"\\A": "^", "\\z": "$", ".": r"[^\n]"}.get(text, text)


def _class(text: str) -> str | None:
    """Return a bracketed class; in ``v`` mode nearly all punctuation inside must be escaped."""
    is_negated = text.startswith("[^")
    inner = text[1 + is_negated : -1]
    if _PUZZLING.search(inner) or "[" in inner:
        return None
    parts: list[str] = []
    members = list(_MEMBER.finditer(inner))
    for index, member in enumerate(members):
        if member["literal"] == "-" and 0 < index < len(members) - 1:
            parts.append("-")
        elif (member_class := _member(member)) is not None:
            parts.append(member_class)
        else:
            return None
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"


def _member(member: re.Match[str]) -> str | None:
    if (escape := member["escape"]) is not None and escape.isalnum():
        return _escaped(escape)
    character = escape or member["literal"]
    punctuation = character.isascii() and not character.isalnum() and character.isprintable() and character != " "
    if punctuation and character not in _PLAIN_IN_CLASS:
        return f"\\{character}"
    return character


def _escaped(character: str) -> str | None:
    if character in _CLASSES:
        return _CLASSES[character]
    if character in "nrtfv":
        return f"\\{character}"
    if character.isalnum():  # back references, look-around, names of scripts: no equal, or not the same
        return None
    if character in _SYNTAX:
        return f"\\{character}"
    return character

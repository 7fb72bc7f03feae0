"""The hidden controls that say what a form cannot say by itself. The value of each is the path of a field.

Most say what a blank field stands for, and count only where everything at and below their path is blank:

    _action.null      the value is None
    _action.empty     the value is an empty list or object
    _action.text      the value is an empty text, where a blank control of a required field counts as not filled in
    _action.false     the value is False (a check box that is not ticked sends nothing)
    _action.absent    drop the blank controls, as if they were not in the form (rows left blank, secrets left alone)

One says what a control held from the start, which makes nothing of a row or a group that is otherwise blank:

    _action.initial   the name of the control, "=", and its text

One says that this is a value of a field all the same, though not of the row or the group around it:

    _action.given     initial texts count as filled in, for the other marks of this path

One says that the field is a text area: browsers send its line breaks as CR LF, though people and ``maxlength`` count
them as one character:

    _action.lines     line breaks are LF
"""

from __future__ import annotations

from typing import Final

Marker = tuple[str, str]
"""The name of a hidden control and the path that it speaks of."""

NULL: Final = "_action.null"
EMPTY: Final = "_action.empty"
TEXT: Final = "_action.text"
FALSE: Final = "_action.false"
ABSENT: Final = "_action.absent"
INITIAL: Final = "_action.initial"
GIVEN: Final = "_action.given"
LINES: Final = "_action.lines"

MARKERS: Final = frozenset({NULL, EMPTY, TEXT, FALSE, ABSENT, INITIAL, GIVEN, LINES})

"""Markers: hidden controls for what a form cannot express otherwise; their values are field paths.

Most give the value of a blank field, and count only if everything at and below their path is blank:

    _action.null      the value is None
    _action.empty     the value is an empty list or object
    _action.text      the value is a text: an empty one, where a blank control of a required field
                      counts as not filled in; or, beside a control, a text such as "1", where the
                      type would read a number from it
    _action.false     the value is False (a check box that is not ticked sends nothing)
    _action.absent    drop the blank controls, as if they were not in the form (rows left blank,
                      secrets left alone)

One holds the text that a control had when the page was made, so that a row with only such texts
still counts as blank:

    _action.initial   the name of the control, "=", and its text

One makes such a text a value of its own field, though still not of the row or group around it:

    _action.given     initial texts count as filled in, for the other marks of this path

One says that a group is there, also if all of it is blank:

    _action.present   the value is an object of what its controls hold, and not the default

One marks a control whose text may have several lines: browsers send line breaks as CR LF, though
people and ``maxlength`` count one character, and a hidden value had LF:

    _action.lines     line breaks are LF
"""

from __future__ import annotations

from typing import Final

Marker = tuple[str, str]
"""The name of a hidden control and its value: the path of a field."""

NULL: Final = "_action.null"
EMPTY: Final = "_action.empty"
TEXT: Final = "_action.text"
FALSE: Final = "_action.false"
ABSENT: Final = "_action.absent"
INITIAL: Final = "_action.initial"
GIVEN: Final = "_action.given"
PRESENT: Final = "_action.present"
LINES: Final = "_action.lines"

KIND: Final = "_action.kind"
"""The member of a union that a page has shown: its name, "=", and the kind. It is not one of ``MARKERS``."""

MARKERS: Final = frozenset({NULL, EMPTY, TEXT, FALSE, ABSENT, INITIAL, GIVEN, PRESENT, LINES})

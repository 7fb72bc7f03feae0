"""The marks beside controls that may be left blank: they say which value a blank place has.

Browsers send nothing for a list without rows, and the same for null and for an empty string. See
``_forms/markers`` for the marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..._forms.markers import ABSENT, EMPTY, LINES, MARKERS, NULL, Marker
from ..._forms.tree import REMOVED, FormTree, Pair
from .compiled_node import CompiledNode
from .place import Place
from .row_numbers import Rows, bound
from .spot import Spot

BLANK_TEXTS: Final = frozenset({"", "false"})
"""What blank controls send: an empty text, or that of a box that is not ticked."""


def is_blank_on_purpose(tree: FormTree | None) -> bool:
    """Return whether a blank value is there on purpose, to be sent as it is."""
    return tree is not None and not tree.is_null and tree.looks_blank


def bound_marks(marks: tuple[Marker, ...], rows: Rows) -> tuple[Marker, ...]:
    """Return marks with the numbers of rows in place of their placeholders."""
    if not rows or not marks:
        return marks
    return tuple((mark, bound(name, rows)) for mark, name in marks)


def line_marks(pairs: Iterable[Pair]) -> tuple[Marker, ...]:
    """Return the marks of texts whose line breaks are LF: browsers send those of any control as CR LF."""
    names = {name: None for name, text in pairs if "\n" in text and "\r" not in text and name not in MARKERS}
    return tuple((LINES, name) for name in names)


def list_marks(node: CompiledNode, spot: Spot) -> tuple[Marker, ...]:
    """Return the marks that give the value of a list if nothing in it is filled in or chosen."""
    place, tree = node.place, spot.tree
    if place.stated_group_marks is not None:
        return place.stated_group_marks
    if place.is_row:
        return bound_marks(((ABSENT, place.name),), spot.rows)
    if tree is None or _is_absent_list(place, tree):
        return ()
    if tree.is_null:
        return bound_marks(((NULL, place.name),), spot.rows)
    return bound_marks(((EMPTY, place.name),), spot.rows)


def _is_absent_list(place: Place, tree: FormTree) -> bool:
    """Return whether a list is as if nothing were sent, once its blank rows are dropped."""
    if tree.is_null:
        return place.absent_is_none
    if tree.mark == REMOVED and place.type.nullable and place.absent_is_none:
        return True
    has_blank_rows = tree.mark is None and bool(tree.rows) and tree.looks_blank
    return has_blank_rows or place.absent_is_empty

"""The marks of one form of one request: what its controls held at first, and what a blank in them means.

The rule of this file: a form that is shown again has the marks that its page had at first, so that
what nobody has touched counts as untouched however often it is sent. See ``_forms/markers`` for the
marks themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..._forms.markers import ABSENT, EMPTY, GIVEN, INITIAL, MARKERS, PRESENT, Marker
from ..._forms.names import steps_of
from .blank_marks import bound_marks, is_blank_on_purpose, list_marks
from .compiled_groups import GroupNode, MappingRows
from .compiled_lists import ListRows
from .compiled_node import CompiledNode
from .control import Control
from .row_numbers import Rows, bound
from .spot import Spot


class FormMarks:
    """The marks of one form.

    Args:
        first: Those that its page had when it was first shown; none where this is that time.
        around_edit: Those that were sent for the places around what a button has changed, by the
            steps to these.
        is_submitted: Whether the form shows what was submitted.
    """

    __slots__ = ("_around_edit", "_first", "_is_submitted")

    def __init__(
        self, first: frozenset[Marker], around_edit: Mapping[tuple[str, ...], tuple[Marker, ...]], *, is_submitted: bool
    ) -> None:
        self._first = first
        self._around_edit = around_edit
        self._is_submitted = is_submitted

    def is_first(self, mark: Marker) -> bool:
        """Return whether the page had a mark when it was first shown."""
        return mark in self._first

    # Single values

    def initial(self, name: str, texts: tuple[str, ...], spot: Spot) -> tuple[Marker, ...]:
        """Return the marks of texts that a control held before anybody touched it."""
        if not (spot.is_initial or self._first):
            return ()
        own_name = bound(name, spot.rows)
        marks = [(INITIAL, f"{own_name}={text}") for text in texts if text]
        return tuple(mark for mark in marks if spot.is_initial or mark in self._first)

    def given(self, name: str, spot: Spot) -> tuple[Marker, ...]:
        """Return the mark of what held a value at first, inside of what may be left blank."""
        mark = GIVEN, name
        is_first = spot.is_initial and spot.tree is not None and not spot.tree.is_null
        if is_first or mark in self._first:
            return (mark,)
        return ()

    def add_untouched(self, control: Control, spot: Spot) -> None:
        """Mark a hidden value that goes with each row: it makes none of an otherwise blank one."""
        if spot.is_initial or self._first:
            pairs = [(control.name, control.value)] if control.value else control.marks
            marks = [(INITIAL, f"{name}={text}") for name, text in pairs if name not in MARKERS]
            control.marks += tuple(mark for mark in marks if spot.is_initial or mark in self._first)

    # Rows and groups

    def of_rows(self, node: ListRows | MappingRows, spot: Spot) -> tuple[Marker, ...]:
        """Return the marks for the value of a list or a mapping if nothing in it is filled in."""
        marks = self._sent_around_edit(node, spot.rows)
        if marks is None:
            return list_marks(node, spot)
        return marks

    def of_group(self, node: GroupNode, spot: Spot, *, has_members: bool) -> tuple[Marker, ...]:
        """Return the marks that give the value of a group if nothing in it is filled in."""
        if node.place.stated_group_marks is not None:
            return node.place.stated_group_marks
        sent_marks = self._sent_around_edit(node, spot.rows)
        if sent_marks is not None:
            return sent_marks
        if not has_members and not node.place.is_row:
            return _of_nothing(node, spot)
        marks = bound_marks(node.blank_marks, spot.rows)
        is_optional = bool(marks) and marks[0][0] == ABSENT and not node.place.is_row
        if is_optional and self._is_present(node, spot):
            return ((PRESENT, marks[0][1]),)
        if is_blank_on_purpose(spot.tree):
            return ()
        return marks

    def _is_present(self, node: GroupNode, spot: Spot) -> bool:
        """Return whether a group has shown a value at first: once cleared, it gets no default."""
        tree, default = spot.tree, node.place.default
        if node.place.is_optional_key:
            return False
        if self.is_first((PRESENT, bound(node.place.name, spot.rows))):
            return True
        is_first = tree is not None and not tree.is_null and (not self._is_submitted or tree is default)
        return is_first and not (tree is default and is_blank_on_purpose(tree))

    def _sent_around_edit(self, node: CompiledNode, rows: Rows) -> tuple[Marker, ...] | None:
        """Return the marks that were sent of a place around what a button changed; else None.

        They have not been applied, since the place must be shown; its tree does not tell which
        there were.
        """
        if not self._around_edit:
            return None
        return self._around_edit.get(steps_of(bound(node.place.name, rows)))


def _of_nothing(node: GroupNode, spot: Spot) -> tuple[Marker, ...]:
    """Return the marks of a group that has no controls: it is there, or it is not."""
    if spot.tree is None or spot.tree.is_null:
        return ()
    return bound_marks(((EMPTY, node.place.name),), spot.rows)

"""Buttons that change a form and run nothing: rows are added and removed, another member of a union is chosen.

They are submit buttons, so they work without a script; all that was typed is shown again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .names import MAX_INDEX, is_index, steps_of
from .tree import FormTree, Pair

ADD: Final = "_action.add"
"""Add a row to the list of this name."""

REMOVE: Final = "_action.remove"
"""Remove the row of this name."""

SWITCH: Final = "_action.switch"
"""Show the fields of the member that was chosen for the union of this name."""

EDITS: Final = frozenset({ADD, REMOVE, SWITCH})


def edit_of(fields: Iterable[Pair]) -> Pair | None:
    """Return the button that was pressed: its name and the name of what it changes; None for a form to be run."""
    for pair in fields:
        if pair[0] in EDITS:
            return pair
    return None


def apply_edit(tree: FormTree, edit: Pair) -> None:
    """Change a form as its button says; what does not name a place of it changes nothing."""
    kind, name = edit
    steps = steps_of(name)
    if kind == ADD:
        _add_row(tree.at(steps))
    elif kind == REMOVE and steps:
        parent = tree.find(steps[:-1])
        if parent is not None:
            _remove_row(parent, steps[-1])


def _add_row(rows: FormTree) -> None:
    rows.mark = None
    # As many as were sent. One row is added, whatever number was asked for, and none above MAX_INDEX.
    numbers = list(map(int, filter(is_index, rows.below)))
    number = max(numbers, default=len(rows.values) - 1) + 1
    if number <= MAX_INDEX:
        rows.below[str(number)] = FormTree()


def _remove_row(rows: FormTree, step: str) -> None:
    rows.below.pop(step, None)

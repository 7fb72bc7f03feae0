"""Buttons that change a form and run nothing: they add and remove rows, and choose members of unions.

They are submit buttons, so they work without a script; all that was typed is shown again. What a
page has to remember for them is sent along in hidden controls, which are not part of the input:

    _action.kind    the name of a union, "=", and the kind whose fields are shown
    _action.kept    the name of a control of another kind, "=", and the text that was typed into it
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .markers import KIND
from .names import MAX_INDEX, is_index, steps_of
from .read_tree import read_tree
from .tree import REMOVED, FormTree, Pair

ADD: Final = "_action.add"
"""Add a row to the list of this name."""

REMOVE: Final = "_action.remove"
"""Remove the row of this name."""

SWITCH: Final = "_action.switch"
"""Show the fields of the member that was chosen for the union of this name."""

EDITS: Final = frozenset({ADD, REMOVE, SWITCH})

KEPT: Final = "_action.kept"
"""What was typed into a member of a union that is not shown."""


def edit_of(fields: Iterable[Pair]) -> Pair | None:
    """Return the button that was pressed and the name that it changes; None without one."""
    for pair in fields:
        if pair[0] in EDITS:
            return pair
    return None


def shown_kinds(fields: Iterable[Pair]) -> dict[str, str]:
    """Return which kind a page has shown of each union, by the name of the union."""
    kinds: dict[str, str] = {}
    for mark, value in fields:  # which Limits(fields=...) bounds
        if mark == KIND:
            name, _, kind = value.partition("=")
            kinds[name] = kind
    return kinds


def kept_texts(fields: Iterable[Pair]) -> FormTree:
    """Return what was typed into members of unions that were not shown."""
    pairs: list[Pair] = []
    for mark, value in fields:  # which Limits(fields=...) bounds
        if mark == KEPT:
            name, _, text = value.partition("=")
            pairs.append((name, text))
    return read_tree(pairs)


def apply_edit(tree: FormTree, edit: Pair) -> None:
    """Change a form as its button asks; a name that is not in the form changes nothing."""
    kind, name = edit
    steps = steps_of(name)
    if kind == ADD:
        _add_row(tree.at(steps))
    elif kind == REMOVE and steps:
        parent = tree.find(steps[:-1])
        if parent is not None:
            _remove_row(parent, steps[-1])


def _add_row(rows: FormTree) -> None:
    # A mark stays: with blank rows too, the list must not fall back to its default. This is one pass
    # over the rows that were sent; one row is added, and none above MAX_INDEX.
    numbers = list(map(int, filter(is_index, rows.below)))
    number = max(numbers, default=len(rows.values) - 1) + 1
    if number <= MAX_INDEX:
        rows.below[str(number)] = FormTree()


def _remove_row(rows: FormTree, step: str) -> None:
    # Without a mark the list would send nothing at all, and so get its default again.
    row = rows.below.pop(step, None)
    is_left_blank = not rows.values and all(each.is_nothing for each in rows.below.values())
    if row is not None and rows.mark is None and is_left_blank:
        rows.mark = REMOVED

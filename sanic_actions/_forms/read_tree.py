"""Reads the controls of a form into a tree, and applies its marks.

The rule of this file: each name and each mark is walked once, however often it was sent. Marks
(see ``markers``) say what no control can say of a value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from .markers import (
    ABSENT,
    EMPTY,
    FALSE,
    GIVEN,
    INITIAL,
    KIND,
    LINES,
    MARKERS,
    NULL,
    PRESENT,
    TEXT,
    Marker,
)
from .names import OURS, is_index, steps_of
from .tree import FormTree, Pair


def read_tree(
    fields: Iterable[Pair],
    files: Iterable[str] = (),
    whole: Collection[str] = (),
    *,
    edit: Pair | None = None,
) -> FormTree:
    """Return the tree of the controls of a form, its marks applied.

    Args:
        fields: Names and texts, in the order in which they were sent.
        files: The names of the controls that hold files, in their order.
        whole: Names that are single steps, whatever they look like.
        edit: The button that changes the form. As the form is shown again, blank rows stay in it.
    """
    root = FormTree()
    markers: list[Marker] = []
    kinds: list[str] = []
    # One place for each step of each name: at most Limits(fields=...) names of MAX_DEPTH steps.
    for name, text in fields:
        if not name.startswith(OURS):
            root.control(name, whole).values.append(text)
        elif name in MARKERS:
            markers.append((name, text))
        elif name == KIND:
            kinds.append(text)
    for number, name in enumerate(files):
        if not name.startswith(OURS):
            root.control(name, whole).values.append(number)
    if markers:
        _apply(root, markers, edit)
    for text in kinds:  # at most as many as fields were sent
        name, _, kind = text.partition("=")
        union = root.find(steps_of(name))
        if union is not None:
            union.kind = kind
    return root


def _apply(root: FormTree, markers: Sequence[Marker], edit: Pair | None) -> None:
    """Apply the marks, outer paths first: once one has decided, those inside do not count."""
    # Each mark once. A mark looks at all texts of its place, and both may be sent as often as there
    # are fields.
    by_path = list(dict.fromkeys((steps_of(path), mark) for mark, path in markers if mark != INITIAL))
    by_path.sort(key=lambda item: (len(item[0]), item[1] == ABSENT))
    places = _Filled(root, markers, by_path)
    # Somebody who changes a row or a group wants it, even if it is still blank.
    around: tuple[str, ...] = ()
    if edit is not None:
        around = steps_of(edit[1])[:-1]
    absent_paths: list[tuple[str, ...]] = []
    # Each mark walks down its own path alone, of MAX_DEPTH steps at most.
    for steps, mark in by_path:
        tree = root.find(steps)
        if mark == LINES:
            _join_lines(tree)
        elif mark == TEXT and tree is not None and tree.is_one_text:
            tree.mark = TEXT
        elif mark in _OF_FIRST or places.is_at(tree, steps, mark) or _is_decided(root, steps):
            continue
        elif edit is None or steps != around[: len(steps)]:
            _decide(root.at(steps), mark, keeps_blank=edit is not None)
            if mark == ABSENT:
                absent_paths.append(steps)
    _add_present(root, by_path)
    for steps in absent_paths:
        if edit is None:
            _drop(root, steps)
        else:
            root.at(steps).mark = None


class _Filled:
    """The places of a form where something was filled in, found in one pass for all marks.

    Asking for each mark anew would visit a place as often as there are marks above it.

    Args:
        root: The form.
        markers: All markers of the form.
        by_path: Those that give the value of a blank, by their paths.
    """

    def __init__(
        self,
        root: FormTree,
        markers: Iterable[Marker],
        by_path: Iterable[tuple[tuple[str, ...], str]],
    ) -> None:
        self._touched: set[int] = set()
        """Places where anything but blank and untouched texts was sent, there or below."""
        self._valued: set[int] = set()
        """Places where any text was sent, except for rows and groups that are nothing."""
        self._given = {steps for steps, mark in by_path if mark == GIVEN}
        self._untouched = _untouched(root, markers)
        # The marks of places that can be nothing as a whole. ABSENT takes the text of the place's own
        # control with it, NULL only the texts below.
        self._whole: dict[int, str] = {}
        for steps, mark in by_path:
            tree = root.find(steps)
            if tree is not None and mark in (ABSENT, NULL) and steps not in self._given:
                self._whole[id(tree)] = mark
        self._visit(root)

    def is_at(self, tree: FormTree | None, steps: tuple[str, ...], mark: str) -> bool:
        """Return whether the place of a mark is filled in, as that mark counts it."""
        if tree is None:
            return False
        if mark == EMPTY or steps in self._given:
            return id(tree) in self._valued
        # An untouched text is still the value of its own control. It only does not count for the row
        # around it, nor for a row that is a single control.
        is_value = mark != ABSENT and any(value != "" for value in tree.values)
        return is_value or id(tree) in self._touched

    def _visit(self, tree: FormTree) -> None:
        """Note one place, after those below it."""
        for below in tree.below.values():
            self._visit(below)
        key, has_text = id(tree), any(value != "" for value in tree.values)
        inner = {id(below) for below in tree.below.values()}
        if (has_text and key not in self._untouched) or not self._touched.isdisjoint(inner):
            self._touched.add(key)
        mark = None
        if key not in self._touched:
            mark = self._whole.get(key)
        is_own_value = has_text and mark != ABSENT
        if is_own_value or (mark is None and not self._valued.isdisjoint(inner)):
            self._valued.add(key)


def _untouched(root: FormTree, markers: Iterable[Marker]) -> set[int]:
    """Return the identities of trees whose texts are those their page was made with."""
    texts_by_name: dict[str, list[str | int]] = {}
    for mark, value in markers:  # as many as there are fields
        if mark == INITIAL:
            name, _, text = value.partition("=")
            texts_by_name.setdefault(name, []).append(_with_line_feeds(text))
    place_ids = set()
    for name, texts in texts_by_name.items():
        tree = root.find(steps_of(name))
        if tree is not None and list(map(_with_line_feeds, tree.values)) == texts:
            place_ids.add(id(tree))
    return place_ids


def _with_line_feeds(value: str | int) -> str | int:
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    return value


def _add_present(root: FormTree, by_path: Iterable[tuple[tuple[str, ...], str]]) -> None:
    """Add the places of groups that are there though nothing of them was sent.

    Where what is around a group is not there, neither is the group.
    """
    for steps, mark in by_path:  # each walks down its own path alone
        if mark == PRESENT and not _is_decided(root, steps):
            root.at(steps)


def _is_decided(root: FormTree, steps: Sequence[str]) -> bool:
    """Return whether a mark at a path or above it has already decided the value there."""
    tree: FormTree | None = root
    for step in steps:
        if tree is None or tree.mark is not None:
            break
        tree = tree.below.get(step)
    return tree is not None and tree.mark is not None


def _decide(tree: FormTree, mark: str, *, keeps_blank: bool) -> None:
    # Without these rows none could ever be added to an empty list, or to None: it would vanish when
    # the page is shown again.
    blank_rows: dict[str, FormTree] = {}
    if keeps_blank and mark in (EMPTY, NULL):
        for step in filter(is_index, tree.below):  # as many as were sent
            blank_rows[step] = FormTree()
    tree.below, tree.values, tree.mark = blank_rows, [], mark
    if mark in _TEXTS:
        tree.values.append(_TEXTS[mark])
    if mark == FALSE:
        tree.mark = None


_OF_FIRST: Final = frozenset({GIVEN, PRESENT})
_TEXTS: Final = {FALSE: "false", TEXT: ""}


def _drop(root: FormTree, steps: Sequence[str]) -> None:
    """Remove a place from the tree, and with it those above that are then empty."""
    if not steps:
        root.mark = None
    for depth in range(len(steps), 0, -1):
        parent = root.find(steps[: depth - 1])
        if parent is None:
            return
        parent.below.pop(steps[depth - 1], None)
        if not parent.is_nothing:
            return


def _join_lines(tree: FormTree | None) -> None:
    if tree is None:
        return
    tree.values = list(map(_with_line_feeds, tree.values))

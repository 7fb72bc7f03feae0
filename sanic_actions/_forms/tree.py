"""A form as a tree of field paths: read once, to validate the form and to show it again.

The rule of this file: no path is deeper than ``MAX_DEPTH``, and each name is walked once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, Self

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
    TEXT,
    Marker,
)
from .names import MAX_DEPTH, OURS, control_text, control_under, is_index, members_of, steps_of

Pair = tuple[str, str]

TOO_DEEP: Final = "too deep"
"""The mark of a path below which names have more than ``MAX_DEPTH`` steps."""

REMOVED: Final = "removed"
"""The mark of a list whose rows have all been removed, so that it holds none of its default."""


class FormTree:
    """The part of a form at one path.

    Attributes:
        values: The texts of its controls in their order; an uploaded file is its number.
        below: The parts at the paths below, by their next step.
        mark: ``NULL``, ``EMPTY`` or ``TEXT`` for a value that no control can express; ``TOO_DEEP``
            or ``REMOVED``.
        kind: Of a union, the kind whose fields the page has shown; empty where it did not say.
    """

    __slots__ = ("below", "kind", "mark", "values")

    def __init__(self, *values: str | int, mark: str | None = None) -> None:
        self.values: list[str | int] = [*values]
        self.below: dict[str, FormTree] = {}
        self.mark: str | None = mark
        self.kind = ""

    @classmethod
    def of_json(cls, value: Any) -> Self:
        """Return the tree of a JSON value."""
        if value is None:
            return cls(mark=NULL)
        if not isinstance(value, dict | list):
            return cls(control_text(value))
        if not value:
            return cls(mark=EMPTY)
        tree = cls()
        # Not bounded here: the values are the page's own, and to_jsonable_python has refused what
        # contains itself.
        for key, member in members_of(value):
            tree.below[str(key)] = cls.of_json(member)
        return tree

    def at(self, steps: Sequence[str]) -> FormTree:
        """Return the tree at a path from here, made if it is missing.

        A path that is too deep is marked at its first step, and its own tree is thrown away with
        what is put into it.
        """
        if len(steps) > MAX_DEPTH:
            self.at(steps[:1]).mark = TOO_DEEP
            return FormTree()
        tree = self
        for step in steps:
            inner = tree.below.get(step)
            if inner is None:
                inner = tree.below[step] = FormTree()
            tree = inner
        return tree

    def control(self, name: str, whole: Collection[str]) -> FormTree:
        """Return the place of a control by its name; a name in ``whole`` is a single step."""
        if name in whole:
            return self.at((name,))
        return self.at(steps_of(name))

    def find(self, steps: Sequence[str]) -> FormTree | None:
        """Return the tree at a path from here; None if nothing was sent there."""
        tree: FormTree | None = self
        for step in steps:
            if tree is None:
                return None
            tree = tree.below.get(step)
        return tree

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all was sent."""
        return not (self.values or self.below or self.mark)

    @property
    def is_blank(self) -> bool:
        """Whether nothing but empty texts was sent, at any depth."""
        if self.mark is not None or any(value != "" for value in self.values):
            return False
        return all(tree.is_blank for tree in self.below.values())

    @property
    def is_blank_text(self) -> bool:
        """Whether one empty text was sent, and no mark says that it is meant."""
        return self.values == [""] and self.mark is None and not self.below

    # For pages that show the form again.

    @property
    def texts(self) -> list[str]:
        """The texts of its controls, without files."""
        return [value for value in self.values if isinstance(value, str)]

    @property
    def text(self) -> str:
        """The text of a single control; empty where there is none."""
        if self.values and isinstance(self.values[0], str):
            return self.values[0]
        return ""

    @property
    def all_texts(self) -> list[str]:
        """The texts of a control that holds several values, sent under one name or under numbers."""
        texts = self.texts
        for tree in self.below.values():
            texts += tree.texts
        return texts

    @property
    def typed(self) -> list[Pair]:
        """The texts that are not blank, with their paths."""
        # Nobody has typed the marks.
        return sorted(pair for pair in self.pairs("it") if pair[1] and pair[0] not in MARKERS)

    @property
    def rows(self) -> list[tuple[str, FormTree]]:
        """The items of a list by their numbers; values sent under the list's own name come first."""
        texts = self.texts
        rows = dict(enumerate(map(FormTree, texts)))
        for step, tree in self.below.items():
            if is_index(step):
                rows[int(step) + len(texts)] = tree
        return [(str(number), rows[number]) for number in sorted(rows)]

    @property
    def is_null(self) -> bool:
        """Whether it is None."""
        return self.mark == NULL

    @property
    def is_empty(self) -> bool:
        """Whether it is a list or an object without members."""
        return self.mark != NULL and not (self.values or self.below)

    @property
    def looks_blank(self) -> bool:
        """Whether controls that show this send nothing but blanks; a check box that is not ticked sends nothing."""
        if any(value not in ("", "false") for value in self.values):
            return False
        return all(tree.looks_blank for tree in self.below.values())

    @property
    def is_one_text(self) -> bool:
        """Whether one text was sent that is not empty, and nothing below it."""
        if len(self.values) != 1 or self.below:
            return False
        return isinstance(self.values[0], str) and self.values[0] != ""

    def pairs(self, name: str) -> Iterator[Pair]:
        """Yield the controls that send this under a name."""
        if self.is_null:
            yield NULL, name
        elif self.is_empty:
            yield EMPTY, name
        for text in self.texts:
            if text == "" or self.mark == TEXT:
                yield TEXT, name
            yield name, text
        for key, tree in self.below.items():
            yield from tree.pairs(control_under(name, key))


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
        elif mark == GIVEN or places.is_at(tree, steps, mark) or _is_decided(root, steps):
            continue
        elif edit is None or steps != around[: len(steps)]:
            _decide(root.at(steps), mark, keeps_blank=edit is not None)
            if mark == ABSENT:
                absent_paths.append(steps)
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

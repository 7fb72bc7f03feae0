"""A form as a tree of field paths: read once, to validate the form and to show it again.

The rule of this file: no path is deeper than ``MAX_DEPTH``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, Self

from .markers import EMPTY, MARKERS, NULL, TEXT
from .names import MAX_DEPTH, control_text, control_under, is_index, members_of, steps_of

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
        """Return the place of a control by its name; a plain name, or one in ``whole``, is a single step."""
        if name.isidentifier() or name in whole:
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


NO_TREE: Final = FormTree()
"""The tree of a place for which nothing was sent; it is never changed."""

"""What a form already holds: values handed back after an error, or given by the page's author.

Also the marks: hidden controls that hold a field path and say what a form cannot say by itself. Most say what a blank
field stands for, and count only where everything at and below their path is blank:

    _action.absent    drop the blank controls, as if they were not in the form (rows left blank, secrets left alone)
    _action.null      the value is None
    _action.empty     the value is an empty list or object
    _action.false     the value is False (a check box that is not ticked sends nothing)

One says that the field is a text area: browsers send its line breaks as CR LF, though people and ``maxlength`` count
them as one character:

    _action.lines     line breaks are LF
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from pydantic_core import to_jsonable_python

from ..._forms.names import EMPTY, MAX_DEPTH, NULL, OURS, control_text, control_under, is_index, steps_of

Pair = tuple[str, str]
Marks = tuple[Pair, ...]

ABSENT: Final = "_action.absent"
FALSE: Final = "_action.false"
LINES: Final = "_action.lines"
_BLANK: Final = frozenset({ABSENT, NULL, EMPTY, FALSE})
_MARKS: Final = _BLANK | {LINES}


@dataclass(slots=True)
class Given:
    """The value at one place of the form: texts as a control would send them, or the places below it."""

    texts: list[str] = field(default_factory=list)
    below: dict[str, Given] = field(default_factory=dict)
    known: bool = False
    """Whether there is a value here, were it None or empty."""
    null: bool = False

    @classmethod
    def of(cls, value: object) -> Self:
        """From a Python value: a model, a mapping of names, or anything that pydantic writes as JSON."""
        return cls._of_json(to_jsonable_python(value, by_alias=False, bytes_mode="base64", fallback=_unwritable))

    @classmethod
    def _of_json(cls, value: Any) -> Self:
        if isinstance(value, dict):
            return cls(below={str(key): cls._of_json(item) for key, item in value.items()}, known=True)
        if isinstance(value, list):
            return cls(below={str(index): cls._of_json(item) for index, item in enumerate(value)}, known=True)
        if value is None:
            return cls(known=True, null=True)
        return cls(texts=[control_text(value)], known=True)

    @classmethod
    def submitted(cls, pairs: Sequence[Pair]) -> Self:
        """From what a browser sent."""
        root = cls(known=True)
        for name, value in settle(pairs):
            if name in (NULL, EMPTY):
                place = root.at(value, make=True)
                place.known, place.null = True, name == NULL
            elif not name.startswith(OURS):
                root.at(name, make=True).texts.append(value)
        return root

    def at(self, name: str, *, make: bool = False) -> Given:
        """The place of a field path; an unknown one where nothing was given."""
        steps = steps_of(name)
        if len(steps) > MAX_DEPTH:
            return Given()  # refused when the form was read; whoever shows it again walks no deeper either
        place = self
        for step in steps:
            inner = place.below.get(step)
            if inner is None:
                inner = Given()
                if make:
                    place.below[step] = inner
            inner.known |= make
            place = inner
        return place

    @property
    def text(self) -> str:
        """The text of a single control; empty where there is none."""
        return self.texts[0] if self.texts else ""

    @property
    def all_texts(self) -> list[str]:
        """The texts of a control that holds several values, sent under one name or under numbers."""
        return [*self.texts, *(text for item in self.below.values() for text in item.texts)]

    @property
    def rows(self) -> list[tuple[str, Given]]:
        """The items of a list by their numbers; values sent under the list's own name come first."""
        plain = [(str(number), Given([text], known=True)) for number, text in enumerate(self.texts)]
        numbered = sorted((int(step), item) for step, item in self.below.items() if is_index(step))
        taken = len(plain)
        return plain + [(str(number + taken), item) for number, item in numbered]

    @property
    def empty(self) -> bool:
        """Whether this is a list or an object without members."""
        return self.known and not (self.null or self.texts or self.below)

    def pairs(self, name: str) -> Iterator[Pair]:
        """The controls that send this value under a name."""
        if self.null:
            yield NULL, name
        elif self.empty:
            yield EMPTY, name
        for text in self.texts:
            yield name, text
        for key, item in self.below.items():
            yield from item.pairs(control_under(name, key))

    @property
    def blank(self) -> bool:
        """Whether nothing but blank texts would be sent from here; a check box that is not ticked sends nothing."""
        return all(text in ("", "false") for text in self.texts) and all(item.blank for item in self.below.values())


def settle(fields: Sequence[Pair], files: Sequence[str] = ()) -> list[Pair]:
    """Apply the marks of a form to its fields.

    Args:
        fields: What was sent, in order.
        files: The names of the controls that hold a file.

    Returns:
        The fields without those that count as absent. Of the marks, ``_action.null`` and ``_action.empty`` are left
        where they apply, and ``_action.false`` has become a ``false``.
    """
    marked = [(name, value) for name, value in fields if name in _MARKS]
    if not marked:
        return [*fields]
    blank = {steps_of(value) for name, value in marked if name != LINES}
    lines = {value for name, value in marked if name == LINES}
    if blank:
        filled = {steps_of(name) for name, value in fields if value and not name.startswith(OURS)}
        filled |= {steps_of(name) for name in files}
        blank -= {path[:depth] for path in filled for depth in range(len(path) + 1)}
    settled = _settled(fields, blank)
    return [(name, value.replace("\r\n", "\n") if name in lines else value) for name, value in settled]


def _settled(fields: Sequence[Pair], blank: set[tuple[str, ...]]) -> Iterator[Pair]:
    for name, value in fields:
        path = steps_of(value if name in _BLANK else name)
        covered = any(path[:depth] in blank for depth in range(len(path)))
        if name == LINES:
            continue
        if name in _BLANK:
            if covered or path not in blank or name == ABSENT:
                continue
            yield (value, "false") if name == FALSE else (name, value)
        elif not covered and path not in blank:
            yield name, value


def prefill(values: object) -> Given:
    """The values that the author of a page gives: submitted pairs, a model or a mapping."""
    if isinstance(values, Sequence) and not isinstance(values, str | bytes):
        return Given.submitted(values)
    if isinstance(values, Mapping):
        given = Given(known=True)
        for name, value in values.items():
            place, made = given.at(str(name), make=True), Given.of(value)
            place.texts, place.below, place.null = made.texts, made.below, made.null
        return given
    return Given(known=True) if values is None else Given.of(values)


def _unwritable(value: object) -> None:
    """Files and the like: nothing a page could hold."""

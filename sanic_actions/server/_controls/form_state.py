"""What the form of one request holds: what was sent or is shown at first, and the page's words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, cast

from ..._errors import Issue
from ..._forms.edits import REMOVE, apply_edit, edit_of, kept_texts, shown_kinds
from ..._forms.kept_files import KeptUpload, by_name
from ..._forms.markers import ABSENT, EMPTY, GIVEN, INITIAL, NULL, PRESENT, Marker
from ..._forms.names import steps_of
from ..._forms.read_tree import read_tree
from ..._forms.tree import FormTree, Pair
from .choices import Choices
from .compiled_form import CompiledForm
from .control import ControlOrGroup
from .filling import Filling
from .known_paths import EACH, may_be_absent
from .prefill import are_pairs, prefilled
from .row_numbers import Rows
from .words import Translate

ROOM: Final = 300
"""How many more controls a form shows than were sent, before its further rows are carried along unseen. Browsers send
something for nearly each control that they show; a sender of 990 rows of one field each would have thousands shown."""


class Content(NamedTuple):
    """What a form holds, the button that changed it, the count of controls, and kept files.

    Attributes:
        kinds: By the name of each union, the kind whose fields the page has shown.
        kept: What was typed into kinds that the page has not shown.
        first: The marks of what controls held from the start.
        around_edit: The marks that were sent for the places around what the button has changed, by
            the steps to these.
    """

    tree: FormTree
    edit: Pair | None = None
    total: int | None = None
    uploads: Sequence[KeptUpload] = ()
    kinds: Mapping[str, str] = {}  # only read
    kept: FormTree = FormTree()  # only read
    first: frozenset[Marker] = frozenset()
    around_edit: Mapping[tuple[str, ...], tuple[Marker, ...]] = {}  # only read


class FormState(NamedTuple):
    """A form of one request, before its controls are made or its markup is written.

    Attributes:
        form: What of it does not depend on the request.
        content: What it holds.
        issues: What was wrong with it.
        bindings: What replaces the placeholder of the prefix of ids.
        rows: How many blank rows follow the items of a list.
        hidden: Values that go along unseen, by field path.
        choices: What there is to choose from, by field path.
        exclude: Fields that it does not have.
        translate: Says the library's own words.
    """

    form: CompiledForm
    content: Content
    issues: Sequence[Issue]
    bindings: Rows
    rows: int
    hidden: Mapping[str, object]
    choices: Mapping[str, Choices]
    exclude: frozenset[str]
    translate: Translate | None

    @property
    def is_submitted(self) -> bool:
        """Whether it shows what was sent: then defaults stand for nothing."""
        return self.content.total is not None

    def controls(self) -> tuple[Sequence[ControlOrGroup], Filling]:
        """Return the controls of the form, and what knows all of them.

        Raises:
            ValueError: A hidden value belongs to a row that is not there.
        """
        filling = self.filling()
        top = filling.fill(self.content.tree)
        for path in self.hidden:
            is_shown = path in filling.controls or EACH in path
            if not is_shown and not may_be_absent(path, self.form.input):
                raise ValueError(f"{path!r} cannot be hidden: this form has no such row, or it is left out.")
        return top, filling

    def filling(self) -> Filling:
        """Return what makes the controls."""
        content = self.content
        return Filling(
            self.form,
            issues=self.issues,
            is_submitted=content.total is not None,
            edit=content.edit,
            around_edit=content.around_edit,
            kinds=content.kinds,
            kept=content.kept,
            first=content.first,
            rows=self.rows,
            bindings=self.bindings,
            hidden=self.hidden,
            choices=self.choices,
            exclude=self.exclude,
            most=math.inf if content.total is None else ROOM + content.total,
            translate=self.translate,
            uploads=by_name(content.uploads),
        )


def content_of(values: object, form: CompiledForm, uploads: Sequence[KeptUpload] = ()) -> Content:
    """Return what a form holds: what a page gives, or what was sent."""
    if values is None:
        return Content(FormTree())
    if not are_pairs(values):
        return Content(prefilled(values, form.input))
    values = cast("Sequence[Pair]", values)
    edit = edit_of(values)
    files = [upload.name for upload in uploads]
    tree = read_tree(values, files, form.field_names, edit=edit)
    if edit is not None:
        apply_edit(tree, edit)
    # Browsers send the line breaks of hidden controls as CR LF too.
    marks = [(mark, value) for mark, value in values if mark in _OF_FIRST]
    first = frozenset((mark, value.replace("\r\n", "\n")) for mark, value in marks)
    return Content(
        tree=tree,
        edit=edit,
        total=len(values),
        uploads=uploads,
        kinds=shown_kinds(values),
        kept=kept_texts(values),
        first=first,
        around_edit={} if edit is None else _marks_around(edit, values),
    )


def _marks_around(edit: Pair, pairs: Sequence[Pair]) -> dict[tuple[str, ...], tuple[Marker, ...]]:
    """Return the marks sent for the places around what a button changed, by their steps."""
    steps = steps_of(edit[1])
    marks: dict[tuple[str, ...], tuple[Marker, ...]] = {steps[:depth]: () for depth in range(1, len(steps))}
    for pair in pairs if marks else ():  # which Limits(fields=...) bounds; a place has one mark of each kind
        if pair[0] in _OF_BLANK:
            place = steps_of(pair[1])
            if place in marks and pair not in marks[place]:
                marks[place] += (pair,)
    if edit[0] == REMOVE and {mark for mark, _ in marks.get(steps[:-1], ())} <= {EMPTY}:
        marks.pop(steps[:-1], None)  # the rows that are left decide anew whether the list is empty
    return marks


_OF_BLANK: Final = frozenset({NULL, EMPTY, ABSENT, PRESENT})
"""The marks that give the value of a blank row, group or list."""


_OF_FIRST: Final = frozenset({INITIAL, GIVEN, PRESENT})
"""The marks of what controls held before anybody touched them."""

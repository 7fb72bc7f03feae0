"""Fills a compiled form with what one request shows: values, messages, rows, hidden values and choices.

The rule of this file: what is shown grows with what was sent. Beyond ``most`` controls, rows are
carried along unseen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..._errors import Issue
from ..._forms.edits import ADD, REMOVE, SWITCH
from ..._forms.kept_files import KeptUpload
from ..._forms.markers import INITIAL, PRESENT, Marker
from ..._forms.names import MAX_INDEX, steps_of, under
from ..._forms.tree import NO_TREE, FormTree, Pair
from .blank_marks import bound_marks, is_blank_on_purpose, line_marks, list_marks
from .carried import carried, carried_key, is_bare_text
from .choices import Choices, read_choices
from .compiled_controls import CheckboxControl, ChoiceControl, ConstantControl, HiddenNode, TextControl, text_template
from .compiled_form import CompiledForm, offering
from .compiled_groups import GroupNode, MappingRows, ObjectFields, TupleFields
from .compiled_lists import FilesControl, ListRows, SeveralControl
from .compiled_node import CompiledNode, starred
from .compiled_unions import TaggedFields, UntaggedFields
from .control import Control, ControlOrGroup, Group, SubmitButtons
from .edit_buttons import EditButtons
from .file_control import FileControl
from .form_marks import FormMarks
from .hidden_control import HiddenControl
from .kinds import KindsOf
from .known_paths import EACH
from .labels_around import LabelsAround
from .place import MARK, Place
from .prefill import hidden_tree
from .row_numbers import Rows, bound
from .spot import Spot
from .templates import ControlTemplate
from .words import ADD as ADD_WORD
from .words import REMOVE as REMOVE_WORD
from .words import SWITCH as SWITCH_WORD
from .words import Translate, Word

MOST_BLANK: Final = 4
"""How deep in each other lists are that show a blank row in a blank row."""

MOST_KEYS: Final = 500
"""How many keys of mappings a submitted form shows: each is compiled anew, whatever it is."""

ROW: Final = "__row__"
"""The placeholder of the row's number in the blank row that the script copies."""


class Filling:
    """One form of one request.

    Args:
        form: The compiled form.
        issues: What was wrong with what was submitted.
        is_submitted: Whether it shows what was submitted: then defaults stand for nothing that is
            missing.
        edit: The button that has changed it: then blank rows stay.
        around_edit: The marks that were sent for the places around what it has changed, by the
            steps to these.
        kinds: By the name of each union, the kind whose fields were shown.
        kept: What was typed into kinds that were not shown.
        first: The marks of what its controls held from the start.
        rows: How many blank rows follow the items of a list.
        bindings: What replaces the placeholder of the prefix of ids.
        hidden: Values that go along unseen, by field path.
        choices: What there is to choose from, by field path.
        exclude: Fields that the form does not have.
        most: How many controls are shown before further rows are carried along unseen.
        translate: Says the library's own words.
        uploads: The files that are kept for it, by the names of their controls.

    Attributes:
        has_focus: Whether a control or a group has the focus: the first that shows a message, or
            what a button has changed.
        focused_group: The path of the group that has the focus.
        has_edits: Whether it has buttons that change it and run nothing.
        first_button: The name and the value of the first button that sends the form, where a field
            of it is its buttons.
        kinds: The kinds of its controls.
        controls: Controls and groups by field path.
        placed: By the path of each issue, the node that shows it.
    """

    # Defaults are on the class, so that the constructor need not set them: most forms change none.
    has_focus: bool = False
    focused_group: str | None = None
    has_edits: bool = False
    first_button: Marker | None = None
    _takes_focus: bool = False
    """Whether the next control has the focus."""
    _is_template: bool = False
    """Whether what is being filled in is a row that the script copies."""
    _keys: int = 0
    """How many keys of mappings have been shown."""

    def __init__(
        self,
        form: CompiledForm,
        *,
        issues: Sequence[Issue] = (),
        is_submitted: bool = False,
        edit: Pair | None = None,
        around_edit: Mapping[tuple[str, ...], tuple[Marker, ...]] | None = None,
        kinds: Mapping[str, str] | None = None,
        kept: FormTree | None = None,
        first: frozenset[Marker] = frozenset(),
        rows: int = 1,
        bindings: Rows = (),
        hidden: Mapping[str, object] | None = None,
        choices: Mapping[str, Choices] | None = None,
        exclude: Iterable[str] = (),
        most: float = math.inf,
        translate: Translate | None = None,
        uploads: Mapping[str, Sequence[KeptUpload]] | None = None,
    ) -> None:
        self._uploads = uploads or {}
        self._form = form
        self._shows_defaults = not is_submitted
        self._edit = edit
        self._is_edited = edit is not None
        self._marks = FormMarks(first, around_edit or {}, is_submitted=is_submitted)
        self._buttons = EditButtons(edit, form.look, translate)
        self._kinds = kinds or {}
        self._kept = kept or NO_TREE
        self._blank_rows = rows
        self._bindings = bindings
        self._hidden = hidden or {}
        self._choices = {path: tuple(read_choices(offer)) for path, offer in (choices or {}).items()}
        self._exclude = frozenset(exclude)
        self._has_stars = any(EACH in path for path in (*self._hidden, *self._choices, *self._exclude))
        self._most = most
        self._most_keys = MOST_KEYS if is_submitted else math.inf
        self._translate = translate
        self._messages = _messages_by_path(issues)
        self._around: list[tuple[str, str]] = []
        """The names and labels of the rows around what is being filled in, outermost first."""
        self._opened: set[str] = set()
        """The paths of rows that somebody has asked for, also of a type that contains itself."""
        self.kinds: set[str] = set()
        self.controls: dict[str, ControlOrGroup] = {}
        self.placed: dict[str, ControlOrGroup] = {}
        self._labels = LabelsAround()
        """Empty where there are no messages."""

    def labels(self) -> dict[str, str]:
        """Return the label of each node that shows an issue, by path; see ``LabelsAround``."""
        elsewhere: list[Place] = []
        if isinstance(self._form.root, tuple):
            places = [node.place for node in self._form.root if node.place.path in self._messages]
            elsewhere = [place for place in places if place.path not in self.controls]  # written without a filling
        return self._labels.in_full(self.placed, self.controls, elsewhere)

    def fill(self, tree: FormTree) -> tuple[ControlOrGroup, ...]:
        """Return the controls at the top, in the order of the fields.

        Raises:
            TypeError: The input is one bare value, which has no name to be sent under.
        """
        root = self._form.root
        spot = Spot(tree, "", self._bindings, self._shows_defaults, is_initial=False)
        if isinstance(root, tuple):
            return tuple(self._fields(((node.place.path, node) for node in root), spot))
        node = self._fill(root, spot)
        if isinstance(node, Control):
            annotation = self._form.input.annotation
            raise TypeError(f"The input is {annotation!r}, one value without a name. Make it a field of a model.")
        if node is None:
            return ()
        return node.controls

    def fill_field(self, node: CompiledNode, tree: FormTree) -> ControlOrGroup | None:
        """Return what stands at one field of the input, of a form that holds a tree."""
        inner = tree.below.get(node.place.path)
        return self._fill(node, Spot(inner, "", self._bindings, self._shows_defaults, is_initial=False))

    def _fields(self, fields: Iterable[tuple[str, CompiledNode]], above: Spot) -> Iterator[ControlOrGroup]:
        for name, node in fields:
            tree = None if above.tree is None else above.tree.below.get(name)
            spot = Spot(tree, "", above.rows, above.shows_defaults, above.is_initial)
            piece = self._fill(node, spot)
            if piece is not None:
                yield piece

    def _fill(self, node: CompiledNode, spot: Spot) -> ControlOrGroup | None:
        """Return what stands at a place."""
        path = bound(node.place.path, spot.rows) if spot.rows else node.place.path
        pattern = path
        if self._has_stars and spot.rows:
            pattern = starred(node.place.path)
        if path in self._exclude or pattern in self._exclude:
            return None
        for key in (path, pattern):
            if key in self._hidden:
                control = self._hide(node, hidden_tree(key, self._hidden[key]), path, spot.rows)
                if key != path:
                    self._marks.add_untouched(control, spot)
                return control
        tree = spot.tree
        if tree is not None and tree.is_nothing:
            tree = None
        if tree is None and spot.shows_defaults:
            tree = node.place.default
        choices = self._choices.get(path, self._choices.get(pattern))
        if choices is not None:
            node = offering(node, choices)
        own_spot = Spot(tree, path, spot.rows, spot.shows_defaults, spot.is_initial)
        if self._messages and not self.has_focus and isinstance(node, GroupNode) and self._has_message(path):
            return self._focused(node, own_spot)
        shown_node: ControlOrGroup = _FILLERS[type(node)](self, node, own_spot)
        return shown_node

    def _has_message(self, path: str) -> bool:
        """Return whether there is a message about a place itself."""
        return any(path == own_path for own_path, _ in self._messages.get(path, ()))

    def _focused(self, node: GroupNode, spot: Spot) -> ControlOrGroup | None:
        """Return a group with messages of its own, which has the focus before what is in it."""
        self.has_focus, self.focused_group = True, spot.path
        group: ControlOrGroup | None = _FILLERS[type(node)](self, node, spot)
        if group is None:
            self.has_focus, self.focused_group = False, None
        return group

    # One value

    def _text(self, node: TextControl, spot: Spot) -> Control:
        text = "" if spot.tree is None or node.holds_nothing else spot.tree.text
        if spot.is_initial and not text:
            text = node.first_text
        template = text_template(node, text)
        is_left_blank = is_blank_on_purpose(spot.tree)
        marks = bound_marks(node.marks(template, is_left_blank=is_left_blank), spot.rows)
        marks += self._marks.initial(template.name, (text,), spot)
        return self._control(template, spot, marks, value=text)

    def _checkbox(self, node: CheckboxControl, spot: Spot) -> Control:
        is_checked = spot.tree is not None and spot.tree.text.lower() in _TRUE_TEXTS
        marks = bound_marks(node.blank_marks, spot.rows)
        if is_checked:
            marks += self._marks.initial(node.template.name, ("true",), spot)
        return self._control(node.template, spot, marks, is_checked=is_checked)

    def _choice(self, node: ChoiceControl, spot: Spot) -> Control:
        text = "" if spot.tree is None else spot.tree.text
        is_none = node.has_two_blanks and (spot.tree is None or spot.tree.is_null)
        is_chosen = text in node.values and not is_none
        template, choices = node.template(is_chosen=is_chosen), node.choices
        marks = bound_marks(node.blank_marks, spot.rows)
        if node.has_two_blanks and is_chosen and not text:
            template, marks = node.template_of_blank, ()
        elif node.has_two_blanks:
            choices = tuple(choice for choice in choices if choice.value)
        values = (text,) if is_chosen else ()
        marks += bound_marks(node.line_marks, spot.rows)
        marks += self._marks.initial(template.name, values, spot)
        return self._control(template, spot, marks, chosen=values, choices=choices)

    def _constant(self, node: ConstantControl, spot: Spot) -> Control:
        name = bound(node.place.name, spot.rows)
        mark = INITIAL, f"{name}={node.value}"
        if spot.is_initial or self._marks.is_first(mark):
            # A constant alone does not make an object of a row or a group that is otherwise blank.
            pairs = ((name, node.value), mark)
            return self._hidden_control(node, pairs, spot.path, spot.rows)
        return self._hide(node, FormTree(node.value), spot.path, spot.rows)

    def _hidden_node(self, node: HiddenNode, spot: Spot) -> Control:
        control = self._hide(node, spot.tree, spot.path, spot.rows)
        self._marks.add_untouched(control, spot)
        return control

    # Several values

    def _several(self, node: SeveralControl, spot: Spot) -> ControlOrGroup | None:
        texts = [] if spot.tree is None else spot.tree.all_texts
        if not node.shows(texts):
            return self._fill(node.as_rows, spot)
        marks = list_marks(node, spot) + bound_marks(node.line_marks, spot.rows)
        marks += self._marks.initial(node.template.name, self._first_of_several(node, texts, spot), spot)
        return self._control(node.template, spot, marks, chosen=tuple(texts), choices=node.choices)

    def _first_of_several(self, node: SeveralControl, texts: Sequence[str], spot: Spot) -> tuple[str, ...]:
        """Return what a control of several values held at first, in the order of browsers.

        All of it, also what is no longer chosen: without that, what is left would be all that it
        held.
        """
        if spot.is_initial:
            return tuple(value for value in node.values if value in texts)
        return tuple(node.values)

    def _files(self, node: FilesControl, spot: Spot) -> Control:
        return self._control(node.template, spot, list_marks(node, spot))

    # Groups

    def _object(self, node: ObjectFields | TupleFields, spot: Spot) -> Group | None:
        inside = self._inside(node, spot)
        if inside is None:
            return None
        members = tuple(self._fields(node.fields, inside))
        return self._group(node, members, spot, self._marks.of_group(node, spot, has_members=bool(members)))

    def _untagged(self, node: UntaggedFields, spot: Spot) -> ControlOrGroup | None:
        if spot.tree is not None and spot.tree.values:
            return self._fill(node.as_text, spot)
        return self._object(node.member(spot.tree), spot)

    def _tagged(self, node: TaggedFields, spot: Spot) -> ControlOrGroup | None:
        if spot.tree is not None and spot.tree.values:
            return self._fill(node.as_text, spot)
        inside = self._inside(node, spot)
        if inside is None:
            return None
        tree = None if spot.tree is None else spot.tree.below.get(node.tag)
        tag = "" if tree is None else tree.text
        if tag not in node.selector.values and not node.inside.optional:
            tag = node.first  # a value is required, so the fields of some kind are needed
        name = bound(node.place.name, spot.rows)
        self._takes_focus |= self._buttons.has_pressed(SWITCH, name)
        selector = self._fill(node.selector, inside._replace(tree=FormTree(tag)))
        kinds = KindsOf(node, tag, self._kinds.get(name, tag), name, spot.rows)
        if not self._shows_defaults and spot.tree is not None:
            kept = self._kept.find(steps_of(name)) or NO_TREE
            tree = kinds.tree_after(spot.tree, kept, is_switched=self._edit == (SWITCH, name))
            inside = inside._replace(tree=tree, shows_defaults=True)
        members = tuple(self._fields(node.member_fields(tag), inside))
        if selector is not None:
            members = (selector, *members)
        more = self._button(SWITCH, name, SWITCH_WORD, _label_of(node, spot))
        marks = self._marks.of_group(node, spot, has_members=bool(members)) + tuple(kinds.marks())
        return self._group(node, members, spot, marks, more=more)

    def _list(self, node: ListRows, spot: Spot) -> ControlOrGroup | None:
        if is_bare_text(node, spot.tree):
            return self._fill(node.as_text, spot)
        mapping = node.as_mapping(spot.tree)
        if mapping is not None:
            return self._fill(mapping, spot)
        members = tuple(self._rows(node, spot))
        more = "" if self._is_template else self._row_template(node, spot)
        more += self._button(ADD, bound(node.place.name, spot.rows), ADD_WORD, _label_of(node, spot))
        return self._group(node, members, spot, self._marks.of_rows(node, spot), more=more)

    def _rows(self, node: ListRows, spot: Spot) -> Iterator[ControlOrGroup]:
        # As many as were sent and some blank ones; beyond so many controls they are carried along unseen.
        trees = self._row_trees(node, spot)
        has_grown = self._is_edited and self._buttons.has_pressed(ADD, bound(node.place.name, spot.rows))
        for position, (step, tree) in enumerate(trees):
            rows = (*spot.rows, (node.placeholder, step), (node.label_placeholder, str(position + 1)))
            row_spot = spot._replace(tree=tree, path=under(spot.path, step), rows=rows)
            if tree is not None and len(self.controls) >= self._most:
                yield self._carry(node.row(optional=True, may_be_absent=True), row_spot)
                continue
            self._takes_focus |= has_grown and position == len(trees) - 1
            row = self._row(node, row_spot, optional=position >= node.least)
            if row is not None:
                yield row

    def _row_trees(self, node: ListRows, spot: Spot) -> Sequence[tuple[str, FormTree | None]]:
        """Return the rows by their numbers: those that the list holds, and blank ones."""
        tree = spot.tree
        rows: list[tuple[str, FormTree | None]] = []
        if tree is not None:  # None has blank rows too, once a button has added them
            for step, row in tree.rows:
                if row.is_nothing and self._is_edited:
                    self._opened.add(under(spot.path, step))
                rows.append((step, None if row.is_nothing else row))
        # A list of itself (JsonValue) would have a blank row in each blank row, without end. A row adds two bindings.
        if len(spot.rows) // 2 >= MOST_BLANK and not rows:
            return ()
        is_sent = tree is not None and tree is not node.place.default
        has_been_shown = self._is_edited and is_sent and not spot.is_initial
        blank = 0 if has_been_shown else self._blank_rows
        total = min(max(len(rows) + blank, node.least), max(node.most, len(rows)))
        number = 0
        if rows:
            number = int(rows[-1][0]) + 1
        more = min(total - len(rows), MAX_INDEX + 1 - number)
        return [*rows, *((str(number + further), None) for further in range(more))]

    def _row(self, node: ListRows, spot: Spot, *, optional: bool) -> ControlOrGroup | None:
        """Return one row; one that may be left blank has a mark, unless it is blank anyway."""
        is_new = spot.tree is None
        shows_defaults = spot.shows_defaults and not is_new
        inner = spot._replace(shows_defaults=shows_defaults, is_initial=spot.is_initial or is_new)
        stays = spot.tree is not None and spot.tree.looks_blank
        item = node.row(optional=optional, may_be_absent=(optional or node.needs_texts) and not stays)
        name, label = bound(item.place.name, inner.rows), bound(str(item.place.label), inner.rows)
        self._around.append((name, label))
        if self._messages:
            self._labels.rows[inner.path] = label
        row = self._fill(item, inner)
        self._around.pop()
        if row is None:
            return None
        if isinstance(row, Control):
            row.marks += self._marks.given(row.name, inner)
        row.add(self._button(REMOVE, row.name, REMOVE_WORD, row.label))
        return row

    def _row_template(self, node: ListRows, spot: Spot) -> str:
        """Return the row that the script copies, of outer lists; its controls are in no form."""
        if any(placeholder.startswith(MARK) for placeholder, _ in spot.rows):
            return ""
        # Set aside: what is in the template must not be found by path, get messages or take the focus.
        state = self.controls, self.placed, self._messages, self.has_focus
        self.controls, self.placed, self._messages, self._is_template = {}, {}, {}, True
        rows = (*spot.rows, (node.placeholder, ROW), (node.label_placeholder, ROW))
        path = under(spot.path, ROW)
        self._opened.add(path)
        row = self._row(node, spot._replace(tree=None, path=path, rows=rows), optional=True)
        self.controls, self.placed, self._messages, self.has_focus = state
        self._is_template = False
        if row is None:
            return ""
        return f"<template data-sanic-row>{row}</template>"

    def _mapping(self, node: MappingRows, spot: Spot) -> Group:
        members = []
        markers: list[Marker] = []
        # One row for each key that was sent; beyond so many keys or controls they are carried along unseen.
        for key, tree in ({} if spot.tree is None else spot.tree.below).items():
            if len(self.controls) >= self._most or self._keys >= self._most_keys:
                markers += carried_key(node, key, tree, spot.rows)
                continue
            self._keys += 1
            row_spot = spot._replace(tree=tree, path=under(spot.path, key))
            if self._messages:
                self._labels.rows[row_spot.path] = key
            row = self._fill(node.row(key), row_spot)
            if row is not None:
                members.append(row)
        if markers:
            members.append(HiddenControl(node.hidden_template, rows=spot.rows, marks=tuple(markers)))
        if members:
            marks = self._marks.of_group(node, spot, has_members=True)
        else:
            marks = self._marks.of_rows(node, spot)
        return self._group(node, tuple(members), spot, marks)

    def _inside(self, node: GroupNode, spot: Spot) -> Spot | None:
        """Return the spot as its members see it; None for a group inside itself without end.

        A group that nobody has filled in shows its defaults; left as it is, it counts as blank.
        """
        if spot.tree is not None and not spot.tree.is_null:
            return spot
        if node.is_endless and spot.path not in self._opened:
            return None
        return spot._replace(shows_defaults=True, is_initial=spot.is_initial or node.inside.optional)

    # Making controls

    def _control(self, template: ControlTemplate, spot: Spot, marks: tuple[Marker, ...], **holding: Any) -> Control:
        messages = self._messages.get(spot.path, ()) if self._messages else ()
        errors = tuple(dict.fromkeys(message for _, message in messages))
        is_first = not self.has_focus or self.focused_group == spot.path
        has_focus = (bool(errors) or self._takes_focus) and is_first
        self._takes_focus = False
        self.has_focus |= has_focus
        kind: Callable[..., Control] = SubmitButtons if template.kind == "submit" else Control
        if self._uploads and template.kind == "file":
            uploads = self._uploads.get(bound(template.name, spot.rows), ())
            if uploads:
                kind, holding["uploads"] = FileControl, uploads
        control = kind(
            template,
            rows=spot.rows,
            errors=errors,
            marks=marks,
            translate=self._translate,
            has_focus=has_focus,
            **holding,
        )
        self.controls[spot.path] = control
        self.kinds.add(template.kind)
        if self.first_button is None and template.kind == "submit" and control.options:
            self.first_button = control.name, control.options[0].value
        for path, _ in messages:
            self.placed[path] = control
        return control

    def _group(
        self,
        node: GroupNode,
        members: tuple[ControlOrGroup, ...],
        spot: Spot,
        marks: tuple[Marker, ...],
        *,
        more: str = "",
    ) -> Group:
        messages = self._messages.get(spot.path, ()) if self._messages else ()
        errors = tuple(dict.fromkeys(message for path, message in messages if path == spot.path))
        if marks and marks[0][0] != PRESENT:
            marks += self._marks.given(bound(node.place.name, spot.rows), spot)
        group = Group(
            node.template,
            rows=spot.rows,
            errors=errors,
            marks=marks,
            translate=self._translate,
            controls=members,
            more=more,
            has_focus=self.focused_group == spot.path,
        )
        if spot.path:
            self.controls[spot.path] = group
            if self._messages and not isinstance(node, ListRows):  # whose rows have its label in theirs
                self._labels.groups[spot.path] = group.label
            if errors:
                self.placed[spot.path] = group
        return group

    def _hide(self, node: CompiledNode, tree: FormTree | None, path: str, rows: Rows) -> Control:
        """Return a value of any type that goes along unseen, as the page's author says.

        Raises:
            ValueError: It is a secret or a file.
        """
        if node.is_unshowable:
            raise ValueError(f"{path!r} is a secret or a file: it cannot be written into a page as a hidden value.")
        pairs = () if tree is None else tuple(tree.pairs(bound(node.place.name, rows)))
        return self._hidden_control(node, pairs, path, rows)

    def _carry(self, node: CompiledNode, spot: Spot) -> Control:
        """Return what was submitted in a row, to be sent again unseen; no secrets and no files."""
        return self._hidden_control(node, tuple(carried(node, spot.tree, spot.rows)), spot.path, spot.rows)

    def _hidden_control(self, node: CompiledNode, pairs: tuple[Marker, ...], path: str, rows: Rows) -> Control:
        """Return hidden controls; messages cannot be shown at them."""
        template, marks = node.hidden_template, line_marks(pairs)
        if len(pairs) == 1 and pairs[0][0] == bound(template.name, rows):
            control = HiddenControl(template, rows=rows, value=pairs[0][1], marks=marks)
        else:
            control = HiddenControl(template, rows=rows, marks=pairs + marks)
        self.controls[path] = control
        return control

    def _button(self, name: str, value: str, word: Word, label: str) -> str:
        """Return a button that changes the form; see ``EditButtons``."""
        self.has_edits = True
        self.has_focus |= self._buttons.takes_focus(name, value)
        return self._buttons.markup(name, value, word, label, self._around)


def _label_of(node: GroupNode, spot: Spot) -> str:
    return bound(str(node.template.label), spot.rows)


def _messages_by_path(issues: Iterable[Issue]) -> dict[str, list[tuple[str, str]]]:
    """Return the messages by each path that may show them: their own, and those above.

    A path of an issue has no more steps than its type is deep, and there are no more than 100
    issues.
    """
    messages: dict[str, list[tuple[str, str]]] = {}
    for issue in issues:
        path = issue.path
        while path:
            messages.setdefault(path, []).append((issue.path, issue.message))
            path = path.rpartition(".")[0]
    return messages


_TRUE_TEXTS: Final = frozenset({"true", "on", "1", "yes"})

_FILLERS: Final[dict[type, Callable[..., Any]]] = {
    TextControl: Filling._text,
    CheckboxControl: Filling._checkbox,
    ChoiceControl: Filling._choice,
    ConstantControl: Filling._constant,
    HiddenNode: Filling._hidden_node,
    SeveralControl: Filling._several,
    FilesControl: Filling._files,
    ObjectFields: Filling._object,
    UntaggedFields: Filling._untagged,
    TaggedFields: Filling._tagged,
    TupleFields: Filling._object,
    ListRows: Filling._list,
    MappingRows: Filling._mapping,
}

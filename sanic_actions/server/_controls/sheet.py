"""The whole form of an action as text with gaps: what most pages show, without making its controls.

The rule of this file: it writes what ``render_form`` writes of the same fields. What it cannot write from text that is
ready it leaves to ``render_form``, and says so by None.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import NoneType
from typing import Final, NamedTuple

from ..._actions import Action
from ..._forms.names import control_text
from ..._forms.tree import FormTree
from .compiled_controls import CheckboxControl, ChoiceControl, TextControl
from .compiled_form import CompiledForm, compiled_for
from .control import PLAIN, Rows, bound
from .filling import Filling
from .markup import quoted
from .outline import enter_button, plain_outline
from .pieces import Piece, first_button, hidden_piece, pieces_of, written_by, written_text

TEXTS: Final = frozenset({int, bool})
"""The types of values that are no strings and that a control holds as a text all the same."""


class Sheet(NamedTuple):
    """The form of an action for all requests.

    Attributes:
        form: The compiled form.
        rows: How many blank rows follow the items of a list.
        pieces: Its fields by path.
        bindings: What stands for the beginning of all ids.
        tag: The rest of its tag after the URL.
        before: What stands before its fields.
        after: What stands after them, to the end.
        blank_fields: Its fields when nothing is known of them.
    """

    form: CompiledForm
    rows: int
    pieces: Mapping[str, Piece]
    bindings: Rows
    tag: str
    before: str
    after: str
    blank_fields: str

    def written(self, url: str, own: str, values: object, hidden_values: Mapping[str, object] | None) -> str | None:
        """Return the whole form, with what a page gives its fields.

        Args:
            url: Where it is posted to.
            own: The library's own controls.
            values: See ``form_fields``.
            hidden_values: What is sent along without being shown, by field path.
        """
        if values is None and not hidden_values:
            fields: str | None = self.blank_fields
        elif values is None or isinstance(values, Mapping):
            fields = self._body(values or {}, hidden_values or {})
        else:
            fields = None
        if fields is None:
            return None
        return f"<form method=post action={quoted(url)}{self.tag}{own}{self.before}{fields}{self.after}"

    def _body(self, values: Mapping[str, object], hidden_values: Mapping[str, object]) -> str | None:
        paths = self.pieces.keys()
        if not (paths >= values.keys() and paths >= hidden_values.keys()):
            return None
        parts: list[str] = []
        for path, piece in self.pieces.items():
            if path in hidden_values:
                # What a field asks of the form around it, it does not ask unseen.
                markup = None if piece.needs else hidden_piece(piece, hidden_values[path])
            elif path in values:
                markup = self._piece(piece, path, values[path])
            elif self.bindings:
                markup = bound(piece.markup, self.bindings)
            else:
                markup = piece.markup
            if markup is None:
                return None
            parts.append(markup)
        return "".join(parts)

    def _piece(self, piece: Piece, path: str, value: object) -> str | None:
        """Return a field that holds a value."""
        if type(value) is str:
            text = value
        elif type(value) in TEXTS:
            text = control_text(value)
        else:
            return None
        if piece.line is not None and text not in ("", "false") and "\n" not in text:
            before, after = piece.line
            if self.bindings:
                before, after = bound(before, self.bindings), bound(after, self.bindings)
            return f"{before}{quoted(text)}{after}"
        node = piece.node
        if type(node) is TextControl:
            return written_text(node, FormTree(text), self.bindings)
        if type(node) is ChoiceControl:
            return self._chosen(piece, path, text, text in node.values)
        return self._chosen(piece, path, text, type(node) is CheckboxControl and text in ("true", "false"))

    def _chosen(self, piece: Piece, path: str, text: str, is_known: bool) -> str | None:
        """Return a choice, which is written once for each value that there is."""
        if not is_known:
            return None
        markup = piece.by_text.get(text)
        if markup is None:
            tree = FormTree()
            tree.below[path] = FormTree(text)
            markup = piece.by_text[text] = written_by(Filling(self.form, rows=self.rows), piece.node, tree)
        return bound(markup, self.bindings)


@lru_cache(maxsize=512)
def _sheet(form: CompiledForm, rows: int, name: str | None, submit: str | None, legend: str | None) -> Sheet | None:
    pieces = pieces_of(form, rows)
    if pieces is None or not all(path.isidentifier() for path in pieces.by_path):
        return None
    tag, before, after = plain_outline(name, submit, legend, pieces.needs)
    enter = enter_button(pieces.needs, first_button(pieces.by_path.values()))
    blank_fields = "".join(piece.markup for piece in pieces.by_path.values())
    return Sheet(form, rows, pieces.by_path, (), tag, f"{enter}{before}", f"{after}</form>", blank_fields)


def sheet_of(
    action: Action[..., object], *, id: str, rows: int, name: str | None, submit: object, legend: object
) -> Sheet | None:
    """Return the sheet of an action's form, None where it has to be made of its controls.

    Args:
        action: The action.
        id: See ``form_fields``; likewise ``rows``.
        rows: See ``form_fields``.
        name: The dotted name of the action; None for a form that is none of the script's.
        submit: The text of the button.
        legend: What the form is about.
    """
    if type(submit) not in _KEYS or type(legend) not in _KEYS:
        return None
    form, bindings = compiled_for(action, id, PLAIN)
    sheet = _sheet(form, rows, name, submit, legend)
    if sheet is None or not bindings:
        return sheet
    return sheet._replace(bindings=bindings, blank_fields=bound(sheet.blank_fields, bindings))


_KEYS: Final = frozenset({str, NoneType})
"""What a button and a legend are when they are kept: markup equals the text that it is made of."""

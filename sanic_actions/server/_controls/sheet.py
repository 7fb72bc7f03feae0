"""The whole form of an action as markup with gaps, from which most pages are written.

The rule of this file: the markup is what ``render_form`` would have written. If that is not
possible from markup that is ready, the result is None, and the form is left to ``render_form``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import NoneType
from typing import Final

from ..._actions import Action
from ..._errors import Issue
from ..._forms.names import control_text
from ..._forms.tree import FormTree
from .compiled_controls import (
    CheckboxControl,
    ChoiceControl,
    ConstantControl,
    HiddenNode,
    TextControl,
)
from .compiled_form import CompiledForm, compiled_for
from .compiled_node import CompiledNode
from .filling import Filling
from .look import PLAIN
from .markup import quoted
from .outline import enter_button, plain_outline
from .pieces import Piece, first_button, hidden_piece, needs_of, pieces_of, written_by, written_text
from .row_numbers import Rows, bound

TEXTS: Final = frozenset({int, bool})
"""The types of values, besides strings, that a control holds as one text."""


Values = Mapping[str, object]
"""Values by field path."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of an action for all requests.

    Attributes:
        form: The compiled form.
        rows: How many blank rows follow the items of a list.
        pieces: Its fields by path.
        needs: What they need of the form around them.
        prefix: The beginning of all ids.
        bindings: What replaces the placeholder of the prefix in the fields.
        tag: The rest of its tag after the URL.
        before: The markup before its fields.
        after: The markup after them, to the end.
        blank_fields: Its fields with nothing but defaults.
    """

    form: CompiledForm
    rows: int
    pieces: Mapping[str, Piece]
    needs: frozenset[str]
    prefix: str
    bindings: Rows
    tag: str
    before: str
    after: str
    blank_fields: str

    def written(
        self,
        url: str,
        library_markup: str,
        values: object,
        hidden_values: Mapping[str, object] | None,
    ) -> str | None:
        """Return the whole form, with the values that a page gives its fields.

        Args:
            url: Where it is posted to.
            library_markup: The library's own controls.
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
        return self.around(url, library_markup, fields)

    def around(self, url: str, library_markup: str, fields: str) -> str:
        """Return the whole form around its fields."""
        tag = f"<form method=post action={quoted(url)}{self.tag}"
        return f"{tag}{library_markup}{self.before}{fields}{self.after}"

    def _body(self, values: Mapping[str, object], hidden_values: Values) -> str | None:
        paths = self.pieces.keys()
        if not (paths >= values.keys() and paths >= hidden_values.keys()):
            return None
        parts: list[str] = []
        for path, piece in self.pieces.items():
            if path in hidden_values:
                # A hidden field needs nothing of the form, so the outline would be another one.
                markup = None if piece.needs else hidden_piece(piece, hidden_values[path])
            elif path in values:
                value = values[path]
                if type(value) is str:
                    markup = self.piece_with(piece, path, value)
                elif type(value) in TEXTS:
                    markup = self.piece_with(piece, path, control_text(value))
                else:
                    markup = None
            elif self.bindings:
                markup = bound(piece.markup, self.bindings)
            else:
                markup = piece.markup
            if markup is None:
                return None
            parts.append(markup)
        return "".join(parts)

    def piece_with(
        self,
        piece: Piece,
        path: str,
        text: str | None,
        *,
        is_submitted: bool = False,
    ) -> str | None:
        """Return the markup of a field with a text, or of one that was sent without a text.

        None if it needs something else of the form around it than the blank field does.
        """
        if text and piece.line is not None and text != "false" and "\n" not in text:
            before, after = piece.line
            if self.bindings:
                before, after = bound(before, self.bindings), bound(after, self.bindings)
            return f"{before}{quoted(text)}{after}"
        node, markup = piece.node, None
        if type(node) is TextControl:
            markup = written_text(node, text, self.bindings)
        elif text is None or _is_value(node, text):
            return self._kept(piece, path, text)
        elif type(node) is HiddenNode:
            markup = hidden_piece(piece, text)
        if markup is not None:
            return markup
        return self.controls_of(piece, path, text, self.filling(is_submitted=is_submitted))

    def _kept(self, piece: Piece, path: str, text: str | None) -> str | None:
        """Return the markup of a choice, which is written once for each of its values."""
        markup = piece.by_text.get(text)
        if markup is None:
            filling = Filling(self.form, rows=self.rows, is_submitted=text is None)
            markup = self.controls_of(piece, path, text, filling)
            if markup is None:
                return None
            piece.by_text[text] = markup
        return bound(markup, self.bindings)

    def filling(self, issues: Sequence[Issue] = (), *, is_submitted: bool) -> Filling:
        """Return the filling for a field that cannot be written from markup that is ready."""
        return Filling(
            self.form,
            issues=issues,
            is_submitted=is_submitted,
            rows=self.rows,
            bindings=self.bindings,
        )

    def controls_of(self, piece: Piece, path: str, text: str | None, filling: Filling) -> str | None:
        """Return the markup that a field's controls write; None if they need more than that."""
        tree = FormTree()
        if text is not None:
            tree.below[path] = FormTree(text)
        markup = written_by(filling, piece.node, tree)
        if needs_of(filling) == piece.needs:
            return markup
        return None


def _is_value(node: CompiledNode, text: str) -> bool:
    """Return whether a text is one of the few values of a control."""
    if type(node) is ChoiceControl:
        return text in node.values
    if type(node) is CheckboxControl:
        return text in ("true", "false")
    return type(node) is ConstantControl and text == node.value


@lru_cache(maxsize=512)
def _sheet(form: CompiledForm, rows: int, name: str | None, submit: str | None, legend: str | None) -> Sheet | None:
    pieces = pieces_of(form, rows)
    if pieces is None or not all(path.isidentifier() for path in pieces.by_path):
        return None
    tag, before, after = plain_outline(name, submit, legend, pieces.needs)
    enter = enter_button(pieces.needs, first_button(pieces.by_path.values()))
    blank_fields = "".join(piece.markup for piece in pieces.by_path.values())
    return Sheet(
        form=form,
        rows=rows,
        pieces=pieces.by_path,
        needs=pieces.needs,
        prefix=form.prefix,
        bindings=(),
        tag=tag,
        before=f"{enter}{before}",
        after=f"{after}</form>",
        blank_fields=blank_fields,
    )


@lru_cache(maxsize=512)
def _sheet_of(
    action: Action[..., object], rows: int, name: str | None, submit: str | None, legend: str | None
) -> Sheet | None:
    """Return the sheet of a form without an id of its own, as most are."""
    return _sheet(compiled_for(action, "", PLAIN)[0], rows, name, submit, legend)


def sheet_of(
    action: Action[..., object],
    *,
    id: str,
    rows: int,
    name: str | None,
    submit: object,
    legend: object,
) -> Sheet | None:
    """Return the sheet of an action's form; None if the form has to be made of its controls.

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
    if not id:
        return _sheet_of(action, rows, name, submit, legend)
    form, bindings = compiled_for(action, id, PLAIN)
    sheet = _sheet(form, rows, name, submit, legend)
    if sheet is None or not bindings:
        return sheet
    blank_fields = bound(sheet.blank_fields, bindings)
    return replace(sheet, prefix=bindings[0][1], bindings=bindings, blank_fields=blank_fields)


_KEYS: Final = frozenset({str, NoneType})
"""The types of a button and a legend for which a sheet is kept; see ``outline``."""

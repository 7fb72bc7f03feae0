"""Writes a form from its pieces, field by field, without making its controls.

The rule of this file: a field that holds more than one text is left to ``Filling``, in its place
among the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._errors import Issue
from ..._forms.markers import Marker
from ..._forms.tree import FormTree
from .blank_marks import is_blank_on_purpose
from .compiled_controls import TextControl
from .compiled_node import CompiledNode
from .filling import Filling
from .form_state import FormState
from .markup import quoted
from .pieces import (
    EDITS,
    FILE,
    SUBMIT,
    Anchor,
    Piece,
    Pieces,
    WrittenForm,
    anchors_of,
    first_button,
    hidden_piece,
    needs_of,
    pieces_of,
    text_anchors,
    written_by,
    written_text,
)
from .row_numbers import bound


def writer_of(state: FormState) -> Callable[[], WrittenForm] | None:
    """Return the function that writes a form field by field; None if it needs controls."""
    pieces = pieces_of(state.form, state.rows)
    if pieces is None or _asks_for_controls(state, pieces):
        return None
    return PieceWriter(pieces, state).written


def _asks_for_controls(state: FormState, pieces: Pieces) -> bool:
    """Return whether the controls have to be made, to know what to write or what to refuse."""
    content = state.content
    if state.choices or content.uploads or content.edit is not None:
        return True
    if state.exclude and any("." in path for path in state.exclude):
        return True
    if content.total is not None and EDITS in pieces.needs:
        return True  # rows count the controls before them
    for path in state.hidden:
        if path not in pieces.by_path or path in state.exclude or pieces.by_path[path].node.is_unshowable:
            return True
    return False


class PieceWriter:
    """Writes one form for one request."""

    # Defaults are on the class, so that the constructor need not set them: most forms use none.
    _filling: Filling | None = None
    _needs: frozenset[str] = frozenset()
    _has_focus: bool = False

    def __init__(self, pieces: Pieces, state: FormState) -> None:
        self._pieces = pieces
        self._state = state
        self._bindings = state.bindings
        self._anchors: dict[str, Anchor] = {}
        self._issues: dict[str, list[Issue]] = {}
        for issue in state.issues:
            self._issues.setdefault(issue.path.partition(".")[0], []).append(issue)

    def written(self) -> WrittenForm:
        """Return the markup of all fields."""
        state = self._state
        below, parts = state.content.tree.below, []
        special = {*state.hidden, *state.exclude, *self._issues}
        for path, piece in self._pieces.by_path.items():
            tree = below.get(path)
            if path in special:
                parts.append(self._special_piece(piece, tree, path))
            elif tree is None:
                parts.append(self._blank_piece(piece))
            elif piece.line is not None and _is_line(tree):
                before, after = piece.line
                if self._bindings:
                    before, after = bound(before, self._bindings), bound(after, self._bindings)
                parts.append(f"{before}{quoted(tree.values[0])}{after}")
            else:
                parts.append(self._piece(piece.node, tree, ()))
        if self._filling is not None:
            self._needs |= needs_of(self._filling)
            self._anchors |= anchors_of(self._filling)
        return WrittenForm("".join(parts), self._needs, self._anchors, self._has_focus, self._button())

    def _button(self) -> Marker | None:
        """Return the button that Enter should press, if the form has others before it."""
        if EDITS not in self._needs or SUBMIT not in self._needs:
            return None
        absent = {*self._state.hidden, *self._state.exclude}
        return first_button(piece for path, piece in self._pieces.by_path.items() if path not in absent)

    def _special_piece(self, piece: Piece, tree: FormTree | None, path: str) -> str:
        """Return the markup of a field that the page hides or leaves out, or that has issues."""
        if path in self._state.hidden:
            return self._hidden_piece(piece, self._state.hidden[path])
        if path in self._state.exclude:
            return ""
        return self._piece(piece.node, tree, self._issues[path])

    def _blank_piece(self, piece: Piece) -> str:
        """Return the markup of a field without a value: usually that of any fresh form."""
        state = self._state
        if piece.is_text:
            is_ready = not (state.is_submitted and piece.has_default)
        else:
            is_ready = state.translate is None and not state.is_submitted
        if not is_ready:
            return self._piece(piece.node, None, ())
        if piece.needs:
            self._needs |= piece.needs
        if self._bindings:
            return bound(piece.markup, self._bindings)
        return piece.markup

    def _piece(self, node: CompiledNode, tree: FormTree | None, issues: Sequence[Issue]) -> str:
        if type(node) is TextControl and not (issues and "invalid" in node.form.look.classes):
            return self._text_piece(node, tree, issues)
        return self._other_piece(node)

    def _hidden_piece(self, piece: Piece, value: object) -> str:
        return hidden_piece(piece, value) or self._other_piece(piece.node)

    def _text_piece(self, node: TextControl, tree: FormTree | None, issues: Sequence[Issue]) -> str:
        if tree is not None and tree.is_nothing:
            tree = None
        if tree is None and not self._state.is_submitted:
            tree = node.place.default
        text = None
        if tree is not None and (tree.text or is_blank_on_purpose(tree)):
            text = tree.text
        markup = written_text(node, text, self._bindings, issues, takes_focus=not self._has_focus)
        if markup is None:
            return self._other_piece(node)
        if node.kind == FILE:
            self._needs |= {FILE}
        if issues:
            self._has_focus = True
            self._anchors |= text_anchors(node, self._bindings, issues)
        return markup

    def _other_piece(self, node: CompiledNode) -> str:
        if self._filling is None:
            self._filling = self._state.filling()
        self._filling.has_focus = self._has_focus
        markup = written_by(self._filling, node, self._state.content.tree)
        self._has_focus = self._filling.has_focus
        return markup


def _is_line(tree: FormTree) -> bool:
    """Return whether a field holds one line of text that is not blank, as most do."""
    if len(tree.values) != 1:
        return False
    text = tree.values[0]
    return type(text) is str and text not in ("", "false") and "\n" not in text

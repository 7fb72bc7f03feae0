"""Writes a form that has failed from its sheet: what was sent, and the messages at their fields.

The rule of sheets holds here too: what cannot be written field by field is left to ``render_form``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..._errors import Issue
from ..._forms.markers import ABSENT, FALSE, LINES, NULL
from ..._forms.names import ABOUT_FORM, OURS
from ..._forms.tree import Pair
from .compiled_controls import CheckboxControl, ChoiceControl, TextControl
from .form_controls import summary_markup
from .look import PLAIN
from .pieces import EDITS, Anchor, Piece, anchors_of, hidden_piece, text_anchors, written_text
from .sheet import Sheet, Values

Texts = Mapping[str, str | None]
"""The one text that was sent for each field, or None for a blank one whose mark empties it."""


class FailedSheet:
    """Writes one form for one request.

    Args:
        sheet: The form for all requests.
        issues: What was wrong with it.
    """

    def __init__(self, sheet: Sheet, issues: Sequence[Issue]) -> None:
        self._sheet = sheet
        self._issues = issues
        self._by_field: dict[str, list[Issue]] = {}
        for issue in issues:  # no more than MAX_ISSUES, or than the action itself has raised
            self._by_field.setdefault(issue.path.partition(".")[0], []).append(issue)
        self._anchors: dict[str, Anchor] = {}
        self._has_focus = False

    def written(
        self,
        url: str,
        library_markup: str,
        pairs: Iterable[Pair],
        hidden_values: Values,
    ) -> str | None:
        """Return the whole form; see ``Sheet.written``.

        Args:
            url: Where it is posted to.
            library_markup: The library's own controls.
            pairs: The names and texts that were sent.
            hidden_values: What is sent along without being shown, by field path.
        """
        sheet, by_field = self._sheet, self._by_field
        texts = _texts_of(pairs, sheet)
        if texts is None or not sheet.pieces.keys() >= hidden_values.keys():
            return None
        parts: list[str] = []
        for path, piece in sheet.pieces.items():
            text = texts.get(path)
            if path in hidden_values:
                markup = None if piece.needs else hidden_piece(piece, hidden_values[path])
            elif path in by_field:
                markup = self._with_issues(piece, path, text, by_field[path])
            else:
                markup = sheet.piece_with(piece, path, text, is_submitted=True)
            if markup is None:
                return None
            parts.append(markup)
        return sheet.around(url, library_markup, self._summary() + "".join(parts))

    def _with_issues(self, piece: Piece, path: str, text: str | None, issues: Sequence[Issue]) -> str | None:
        """Return the markup of a field with issues, and note where they are shown."""
        node, bindings = piece.node, self._sheet.bindings
        if type(node) is TextControl:
            self._anchors |= text_anchors(node, bindings, issues)
            markup = written_text(node, text, bindings, issues, takes_focus=not self._has_focus)
            if markup is not None:
                self._has_focus = True
                return markup
        return self._controls_with_issues(piece, path, text, issues)

    def _controls_with_issues(self, piece: Piece, path: str, text: str | None, issues: Sequence[Issue]) -> str | None:
        """Return the markup of a field with issues that only its controls can write."""
        filling = self._sheet.filling(issues, is_submitted=True)
        filling.has_focus = self._has_focus
        markup = self._sheet.controls_of(piece, path, text, filling)
        self._has_focus = filling.has_focus
        self._anchors |= anchors_of(filling)
        return markup

    def _summary(self) -> str:
        if not self._issues:
            return ""
        return summary_markup(self._sheet.prefix, _CLASS, self._issues, self._anchors, has_focus=self._has_focus)


def _texts_of(pairs: Iterable[Pair], sheet: Sheet) -> Texts | None:
    """Return the text sent for each field, marks applied; None if any has more than one.

    See ``read_tree``, which applies the marks of any form.
    """
    if EDITS in sheet.needs:  # rows count the controls before them
        return None
    texts: dict[str, str | None] = {}
    marks: list[Pair] = []
    for name, text in pairs:  # bounded by Limits(fields=...), and ends at any that is not plain
        if name in sheet.pieces:
            if name in texts:
                return None
            texts[name] = text
        elif name in _OF_TEXTS:
            marks.append((name, text))
        elif name not in ABOUT_FORM and (name.startswith(OURS) or not name.isidentifier()):
            return None  # a path may lead into a field; other names belong to none
    for mark, path in marks:
        piece = sheet.pieces.get(path)
        if piece is None or type(piece.node) not in _OF_TEXTS[mark]:
            return None
        _apply(mark, path, texts)
    return texts


def _apply(mark: str, path: str, texts: dict[str, str | None]) -> None:
    text = texts.get(path)
    if mark == LINES:
        if text:
            texts[path] = text.replace("\r\n", "\n")
    elif not text:
        texts[path] = None


_CLASS: Final = PLAIN.css("summary")
_SINGLE: Final = frozenset({TextControl, CheckboxControl, ChoiceControl})
_OF_TEXTS: Final = {NULL: _SINGLE, ABSENT: _SINGLE, FALSE: {CheckboxControl}, LINES: {TextControl}}
"""The marks that only empty a blank field or join its lines, with their usual fields."""

"""The fields of a form as pieces of markup that are ready before any request, with room for a text.

The rule of this file: the markup is what the controls would have written. ``PieceWriter``, ``Sheet``
and ``FailedSheet`` put pieces together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..._errors import Issue
from ..._forms.markers import Marker
from ..._forms.tree import FormTree
from .blank_marks import BLANK_TEXTS
from .compiled_controls import TextControl, text_template
from .compiled_form import CompiledForm
from .compiled_node import CompiledNode
from .control import ControlOrGroup, textarea_content
from .filling import Filling
from .markup import hidden_input, marks_markup, quoted
from .row_numbers import Rows, bound
from .templates import ControlTemplate

MAX_KEPT: Final = 8
"""How many sets of pieces are kept for a form; they differ in the number of blank rows."""


class Line(NamedTuple):
    """The markup around the text of a control for one line that is neither blank nor wrong."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One field of a form: its markup with its default, and the means to write it with a value.

    Attributes:
        node: The compiled field.
        markup: Its markup with nothing but its default.
        needs: What that markup needs of the form around it.
        line: The markup around its text, if it is one control for a line of text.
        is_text: Whether it is one control for a text; then none of its words are the library's.
        has_default: Whether it has a default.
        button: The first button that sends the form, if the field is such buttons.
        by_text: Its markup for each value of a choice, and for None that of one sent without a
            value.
    """

    node: CompiledNode
    markup: str
    needs: frozenset[str]
    line: Line | None
    is_text: bool
    has_default: bool
    button: Marker | None
    by_text: dict[str | None, str]


class Pieces(NamedTuple):
    """The fields of a form by name, and what they need of the form around them."""

    by_path: dict[str, Piece]
    needs: frozenset[str]


class Anchor(NamedTuple):
    """A place that the summary of a form links to."""

    id: str
    label: str


class WrittenForm(NamedTuple):
    """The markup of all fields, and what the form around them has to know.

    Attributes:
        markup: The fields.
        needs: What they need of the form around them: ``FILE``, ``SUBMIT``, ``EDITS``.
        anchors: By the path of each issue, the control or the group that shows it.
        has_focus: Whether one of the controls has the focus, as the first that shows a message.
        button: The name and the value of the first button that sends the form, where a field of it
            is its buttons.
    """

    markup: str
    needs: frozenset[str]
    anchors: Mapping[str, Anchor]
    has_focus: bool
    button: Marker | None


FILE: Final = "file"
"""There is a control for files: the form is sent as multipart."""

SUBMIT: Final = "submit"
"""A field is the buttons that send the form."""

EDITS: Final = "edits"
"""There are buttons that change the form and run nothing."""

_OF_KINDS: Final = frozenset({FILE, SUBMIT})


def written_by_controls(top: Sequence[ControlOrGroup], filling: Filling) -> WrittenForm:
    """Return the markup that the controls of a form write themselves."""
    markup = "".join(map(str, top))
    return WrittenForm(markup, needs_of(filling), anchors_of(filling), filling.has_focus, filling.first_button)


def pieces_of(form: CompiledForm, rows: int) -> Pieces | None:
    """Return the fields of a form; None for one that cannot be written ahead of its request."""
    pieces: Pieces | None = form.pieces.get(rows)
    if pieces is not None or rows in form.pieces:
        return pieces
    if isinstance(form.root, tuple):
        by_path = {node.place.path: _piece_of(form, node, rows) for node in form.root}
        # A lazy text differs between requests, and a name with a dot looks like a path.
        if not form.is_lazy and not any("." in path for path in by_path):
            pieces = Pieces(by_path, frozenset().union(*(piece.needs for piece in by_path.values())))
    if len(form.pieces) >= MAX_KEPT:
        form.pieces.clear()
    form.pieces[rows] = pieces
    return pieces


def _piece_of(form: CompiledForm, node: CompiledNode, rows: int) -> Piece:
    filling = Filling(form, rows=rows)
    return Piece(
        node=node,
        markup=written_by(filling, node, FormTree()),
        needs=needs_of(filling),
        line=_line_of(node),
        is_text=type(node) is TextControl,
        has_default=node.place.default is not None,
        button=filling.first_button,
        by_text={},
    )


def _line_of(node: CompiledNode) -> Line | None:
    if type(node) is not TextControl or node.kind != "text" or node.holds_nothing:
        return None
    template = node.template("text")
    if template.has_held:
        return None
    head = _head(node, template, is_left_blank=False)
    return Line(f"{head} value=", f"{template.described(has_errors=False)}>{template.frame()[1]}</div>")


def needs_of(filling: Filling) -> frozenset[str]:
    needs = _OF_KINDS & filling.kinds
    if filling.has_edits:
        needs |= {EDITS}
    return needs


def text_anchors(node: TextControl, bindings: Rows, issues: Iterable[Issue]) -> dict[str, Anchor]:
    """Return where the issues of a field of text are shown: all at its one control."""
    target, label = node.usual.id, str(node.usual.label)
    if bindings:
        target = bound(target, bindings)
    return {issue.path: Anchor(target, label) for issue in issues}


def anchors_of(filling: Filling) -> dict[str, Anchor]:
    labels = filling.labels()
    return {path: Anchor(node.id, labels[path]) for path, node in filling.placed.items()}


def first_button(pieces: Iterable[Piece]) -> Marker | None:
    """Return the first button that sends a form, if a field of it is its buttons."""
    return next((piece.button for piece in pieces if piece.button is not None), None)


def hidden_piece(piece: Piece, value: object) -> str | None:
    """Return the markup of a hidden value; None if it is more than one text, or a secret."""
    if type(value) in PLAIN_VALUES and value != "" and not piece.node.is_unshowable:
        text = str(value)
        if "\n" not in text:  # a line break needs a mark
            return hidden_input(piece.node.place.name, text)
    return None


def written_text(
    node: TextControl,
    text: str | None,
    bindings: Rows,
    issues: Sequence[Issue] = (),
    *,
    takes_focus: bool = False,
) -> str | None:
    """Return the markup of a control for a text; None if its field overrides what depends on that.

    Args:
        node: The compiled field.
        text: Its value; empty if it was sent or set blank, and None if it has none.
        bindings: What replaces the placeholder of the prefix of ids.
        issues: What is wrong with it.
        takes_focus: Whether it gets the focus, if it has issues: the first control with a message
            does.
    """
    is_left_blank = text in BLANK_TEXTS and bool(node.blank_marks)
    template = node.usual
    if node.holds_nothing:
        text = None
    if text:
        template = text_template(node, text)
    if template.has_held:
        return None
    head = _head(node, template, is_left_blank=is_left_blank)
    aria = template.described(bool(issues))
    tail = template.frame()[1]
    if issues:
        if takes_focus:
            aria += " autofocus"
        tail += template.messages_html(dict.fromkeys([issue.message for issue in issues]))
    if bindings:
        head, aria, tail = bound(head, bindings), bound(aria, bindings), bound(tail, bindings)
    if template.tag == "textarea":
        return f"{head}{aria}{textarea_content(text or '')}{tail}</div>"
    if text:
        return f"{head} value={quoted(text)}{aria}>{tail}</div>"
    return f"{head}{aria}>{tail}</div>"


def written_by(filling: Filling, node: CompiledNode, tree: FormTree) -> str:
    """Return the markup that the controls of a field write; empty if there are none."""
    control = filling.fill_field(node, tree)
    if control is None:
        return ""
    return str(control)


def _head(node: TextControl, template: ControlTemplate, *, is_left_blank: bool) -> str:
    """Return the markup before the text of a control: label, marks, the beginning of its tag."""
    key = template, is_left_blank
    head = node.heads.get(key)
    if head is None:
        marks = node.marks(template, is_left_blank=is_left_blank)
        inputs = marks_markup(marks, template.attributes.get("form"))
        head = node.heads[key] = f"{template.frame()[0]}{inputs}{template.opening()}"
    return head


PLAIN_VALUES: Final = frozenset({str, int})
"""The types whose ``str()`` is what is sent; a subclass may have another, and does not count."""

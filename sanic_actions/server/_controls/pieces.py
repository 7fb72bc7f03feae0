"""Writes a form field by field, without making its controls: what ``form()`` shows of most forms.

The rule of this file: it writes what the controls would write of themselves. A field that holds more than one text is
left to ``Filling``, in its place among the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..._errors import Issue
from ..._forms.tree import FormTree
from .compiled import CompiledForm, CompiledNode, TextControl
from .control import HELD, Control, ControlTemplate, Rows, bound, textarea_content
from .filling import Filling, Node, is_blank_on_purpose, text_template
from .markup import hidden_input, quoted

MAX_KEPT: Final = 8
"""How many sets of pieces are kept for a form; they differ in the number of blank rows."""


class Piece(NamedTuple):
    """One field of a form: as it stands when nothing is known of it, and what writes it when something is."""

    path: str
    node: CompiledNode
    markup: str
    kinds: frozenset[str]
    has_edits: bool


class Anchor(NamedTuple):
    """Where the summary of a form leads."""

    id: str
    label: str


@dataclass(slots=True)
class WrittenForm:
    """The markup of all fields, and what the form around them asks for.

    Attributes:
        markup: The fields.
        kinds: The kinds of their controls.
        has_edits: Whether there are buttons that change the form and run nothing.
        anchors: By the path of each issue, the control or the group that shows it.
        has_focus: Whether one of the controls has the focus, as the first that shows a message.
    """

    markup: str = ""
    kinds: set[str] = field(default_factory=set)
    has_edits: bool = False
    anchors: dict[str, Anchor] = field(default_factory=dict)
    has_focus: bool = False


def pieces_of(form: CompiledForm, rows: int) -> tuple[Piece, ...] | None:
    """Return the fields of a form; None for one that cannot be written ahead of its request."""
    pieces: tuple[Piece, ...] | None = None
    if rows in form.pieces:
        return form.pieces[rows]
    if isinstance(form.root, tuple):
        pieces = tuple(_written_first(form, form.root, rows))
    # A lazy text is another for each request; a name with a dot is not told from a path.
    if form.is_lazy or any("." in piece.path for piece in pieces or ()):
        pieces = None
    if len(form.pieces) >= MAX_KEPT:
        form.pieces.clear()
    form.pieces[rows] = pieces
    return pieces


def _written_first(form: CompiledForm, nodes: Sequence[CompiledNode], rows: int) -> Iterator[Piece]:
    for node in nodes:
        filling = Filling(form, rows=rows)
        markup = _written_by(filling, node, FormTree())
        yield Piece(node.place.path, node, markup, frozenset(filling.kinds), filling.has_edits)


def written_by_controls(top: Sequence[Node], filling: Filling) -> WrittenForm:
    """Return the markup that the controls of a form write themselves."""
    form = WrittenForm("".join(map(str, top)))
    _add_controls(form, filling)
    return form


def _add_controls(form: WrittenForm, filling: Filling) -> None:
    """Note what is known of controls."""
    form.kinds |= filling.kinds
    form.has_edits |= filling.has_edits
    for path, node in filling.placed.items():
        form.anchors[path] = Anchor(node.id, node.label)
        form.has_focus |= isinstance(node, Control)


class PieceWriter:
    """Writes one form for one request.

    Args:
        make_filling: Makes what makes the controls of fields that hold more than one text.
        tree: What the form holds.
        issues: What was wrong with it.
        hidden: Values that go along unseen.
        exclude: Fields that the form does not have.
        bindings: What stands for placeholders in ids.
        is_submitted: Whether it shows what was sent: then defaults stand for nothing.
        is_english: Whether the library's own words stand as they are.
    """

    def __init__(
        self,
        make_filling: Callable[[], Filling],
        tree: FormTree,
        issues: Sequence[Issue],
        *,
        hidden: Mapping[str, object],
        exclude: frozenset[str],
        bindings: Rows,
        is_submitted: bool,
        is_english: bool,
    ) -> None:
        self._make_filling = make_filling
        self._filling: Filling | None = None
        self._tree = tree
        self._issues: dict[str, list[Issue]] = {}
        for issue in issues:
            self._issues.setdefault(issue.path.partition(".")[0], []).append(issue)
        self._hidden = hidden
        self._exclude = exclude
        self._bindings = bindings
        self._is_submitted = is_submitted
        self._has_ready_pieces = is_english and not is_submitted and not bindings
        self._form = WrittenForm()

    def write(self, pieces: Sequence[Piece]) -> WrittenForm:
        """Return the markup of all fields."""
        parts = [self._piece(piece) for piece in pieces if piece.path not in self._exclude]
        self._form.markup = "".join(parts)
        if self._filling is not None:
            _add_controls(self._form, self._filling)
        return self._form

    def _piece(self, piece: Piece) -> str:
        path, node = piece.path, piece.node
        if path in self._hidden:
            return self._hidden_piece(node, self._hidden[path])
        tree = self._tree.below.get(path)
        if tree is not None and tree.is_nothing:
            tree = None
        issues = self._issues.get(path, ())
        if tree is None and not issues and self._has_ready_pieces:
            self._form.kinds |= piece.kinds
            self._form.has_edits |= piece.has_edits
            return piece.markup
        if type(node) is TextControl and not (issues and "invalid" in node.form.look.classes):
            return self._text_piece(node, tree, issues)
        return self._other_piece(node)

    def _hidden_piece(self, node: CompiledNode, value: object) -> str:
        if type(value) in PLAIN_VALUES and value != "" and not node.is_unshowable:
            return hidden_input(node.place.name, str(value))
        return self._other_piece(node)

    def _text_piece(self, node: TextControl, tree: FormTree | None, issues: Sequence[Issue]) -> str:
        if tree is None and not self._is_submitted:
            tree = node.place.default
        text = ""
        if tree is not None and not node.holds_nothing:
            text = tree.text
        template = text_template(node, text)
        if not HELD.isdisjoint(template.overrides):
            return self._other_piece(node)
        self._form.kinds.add(template.kind)
        is_left_blank = bool(node.blank_marks) and is_blank_on_purpose(tree)
        head = _head(node, template, is_left_blank=is_left_blank)
        aria = template.described(bool(issues))
        messages = ""
        if issues:
            aria += self._anchor(template, issues)
            messages = template.messages_html(dict.fromkeys(issue.message for issue in issues))
        tail = f"{template.frame()[1]}{messages}</div>"
        if self._bindings:
            head, aria = bound(head, self._bindings), bound(aria, self._bindings)
            tail = bound(tail, self._bindings)
        if template.tag == "textarea":
            return f"{head}{aria}{textarea_content(text)}{tail}"
        value = ""
        if text:
            value = f" value={quoted(text)}"
        return f"{head}{value}{aria}>{tail}"

    def _anchor(self, template: ControlTemplate, issues: Sequence[Issue]) -> str:
        """Note where issues are shown; return the focus, for the first control that shows any."""
        form = self._form
        anchor = Anchor(bound(template.id, self._bindings), str(template.label))
        for issue in issues:
            form.anchors[issue.path] = anchor
        if form.has_focus:
            return ""
        form.has_focus = True
        return " autofocus"

    def _other_piece(self, node: CompiledNode) -> str:
        if self._filling is None:
            self._filling = self._make_filling()
        self._filling.has_focus = self._form.has_focus
        markup = _written_by(self._filling, node, self._tree)
        self._form.has_focus = self._filling.has_focus
        return markup


def _written_by(filling: Filling, node: CompiledNode, tree: FormTree) -> str:
    """Return what the controls of a field write; nothing where there are none."""
    control = filling.fill_field(node, tree)
    if control is None:
        return ""
    return str(control)


def _head(node: TextControl, template: ControlTemplate, *, is_left_blank: bool) -> str:
    """Return what stands before the text of a control: label, marks, the beginning of its tag."""
    key = template, is_left_blank
    head = node.heads.get(key)
    if head is None:
        marks = node.marks(template, is_left_blank=is_left_blank)
        inputs = "".join(hidden_input(name, value) for name, value in marks)
        head = node.heads[key] = f"{template.frame()[0]}{inputs}{template.opening()}"
    return head


PLAIN_VALUES: Final = frozenset({str, int})
"""The types whose values are sent as they are written; there may be subclasses of them that are not."""

"""Forms made from actions: all the controls of an input, and the whole form around them.

Nothing here knows of requests. Pages find the result of the last post and hand it over; see ``fields_after``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache, partial
from types import NoneType
from typing import Any, Final, NamedTuple

from html5tagger import HTML

from ..._actions import Action
from ..._definition import Definition, Input
from ..._errors import ActionError, InputError, Issue
from ..._forms.edits import apply_edit, edit_of
from ..._forms.tree import FormTree, Pair, read_tree
from ..._results import Err, Ok
from .choices import Choices
from .compiled import PREFIX, CompiledForm
from .control import PLAIN, Control, Group, Look, Rows
from .filling import Filling, Node
from .markup import Rendered, attribute_text, element, escaped, hidden_input, quoted
from .pieces import Piece, PieceWriter, WrittenForm, pieces_of, written_by_controls
from .prefill import prefilled
from .words import OF_THE_SCRIPT, SEND, UPLOAD, Say, Word

MULTIPART: Final = "multipart/form-data"

ROOM: Final = 300
"""How many more controls a form shows than were sent, before its further rows are carried along unseen. Browsers send
something for nearly each control that they show; a sender of 990 rows of one field each would have thousands shown."""

MakeControls = Callable[[], tuple[Sequence[Node], Filling]]
"""Makes the controls of a form: those at the top, and what knows all of them."""


class FormFields(Rendered):
    """The controls of an action's input, in the order of its fields.

    Iterating gives what stands at the top: controls, and groups of controls for objects and lists. Indexing by field
    path gives any of them: ``fields["items.0.title"]``, or a ``ValueError``. Everything renders itself.

    Attributes:
        id: What the ids of all controls begin with.
    """

    __slots__ = ("_filled", "_form", "_issues", "_look", "_make", "_own", "_say", "_write", "id")

    def __init__(
        self,
        id: str,
        make: MakeControls,
        issues: Sequence[Issue],
        *,
        own: Sequence[Pair] = (),
        look: Look = PLAIN,
        say: Say | None = None,
        write: Callable[[], WrittenForm] | None = None,
    ) -> None:
        self.id: str = id
        self._make = make
        self._write = write
        self._filled: tuple[Sequence[Node], Filling] | None = None
        self._form: WrittenForm | None = None
        self._issues = tuple(issues)
        self._own = tuple(own)
        self._look = look
        self._say = say

    @property
    def _controls(self) -> tuple[Sequence[Node], Filling]:
        """The controls, which are made when a page asks for one."""
        if self._filled is None:
            self._filled = self._make()
        return self._filled

    @property
    def _filling(self) -> Filling:
        return self._controls[1]

    @property
    def _written(self) -> WrittenForm:
        """The markup of all controls, and what is known of them."""
        if self._form is None:
            if self._write is None:
                self._form = written_by_controls(*self._controls)
            else:
                self._form = self._write()
        return self._form

    @property
    def form_errors(self) -> tuple[str, ...]:
        """The messages that belong to no control."""
        paths = self._filling.placed
        return tuple(dict.fromkeys(issue.message for issue in self._issues if issue.path not in paths))

    def __iter__(self) -> Iterator[Node]:
        return iter(self._controls[0])

    def __len__(self) -> int:
        return len(self._controls[0])

    def __contains__(self, path: str) -> bool:
        return path in self._filling.controls

    def __getitem__(self, path: str) -> Node:
        controls = self._filling.controls
        try:
            return controls[path]
        except KeyError:
            near = get_close_matches(str(path), controls, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(controls) or 'none'}."
            # Jinja shows nothing at all for a LookupError, a TypeError or an AttributeError.
            raise ValueError(f"There is no control {path!r} in this form. {remedy}") from None

    @property
    def has_errors(self) -> bool:
        """Whether there is anything to correct."""
        return bool(self._issues)

    @property
    def enctype(self) -> str:
        """How the form must be encoded: as multipart only if it has files."""
        if "file" in self._written.kinds:
            return MULTIPART
        return "application/x-www-form-urlencoded"

    @property
    def has_buttons(self) -> bool:
        """Whether a field of it is the buttons that send the form."""
        return "submit" in self._written.kinds

    @property
    def has_edits(self) -> bool:
        """Whether it has buttons that change it and run nothing."""
        return self._written.has_edits

    def __html__(self) -> str:
        return self._written.markup

    def token_html(self) -> HTML:
        """Return the hidden controls that tell a form sent twice, and one form of an action from another."""
        return HTML("".join(hidden_input(name, value) for name, value in self._own))

    def summary_html(self, **attributes: object) -> HTML:
        """Return all messages in one place, each a link to its control; empty without any."""
        if not self._issues:
            return HTML("")
        own = {
            "id": f"{self.id}-summary",
            "class": self._look.css("summary"),
            "role": "alert",
            "tabindex": "-1",
            "autofocus": not self._written.has_focus,
            **attributes,
        }
        items = "".join(dict.fromkeys(self._summary_item(issue) for issue in self._issues))
        return HTML(f"<div{attribute_text(own)}><ul>{items}</ul></div>")

    def _summary_item(self, issue: Issue) -> str:
        anchor = self._written.anchors.get(issue.path)
        if anchor is None:
            return f"<li>{escaped(issue.message)}</li>"
        text = issue.message
        if anchor.label:
            text = f"{anchor.label}: {text}"
        return f"<li><a href={quoted(f'#{anchor.id}')}>{escaped(text)}</a></li>"

    def button_html(self, submit: object = None, **attributes: object) -> HTML:
        """Return the button that sends the form; none where a field of the form is its buttons."""
        if submit is None:
            if self.has_buttons:
                return HTML("")
            submit = self.word(SEND)
        return element("button", {"type": "submit", "class": self.css("submit"), **attributes}, submit)

    @property
    def is_plain(self) -> bool:
        """Whether its words and classes are those of the library."""
        return self._say is None and self._look is PLAIN

    def css(self, part: str) -> str | None:
        """Return the class of a part of the form."""
        return self._look.css(part)

    def word(self, word: Word) -> str:
        """Return a word of the library in the visitor's language."""
        if self._say is None:
            return str(word)
        return self._say(word.type, word.english)


def form_fields(
    action: Action[..., object] | Definition,
    *,
    values: object = None,
    issues: Iterable[Issue] = (),
    hidden: Mapping[str, object] | None = None,
    id: str = "",
    rows: int = 1,
    own: Sequence[Pair] = (),
    choices: Mapping[str, Choices] | None = None,
    exclude: Iterable[str] = (),
    classes: Mapping[str, str] | None = None,
    controls: Mapping[str, Mapping[str, object]] | None = None,
    say: Say | None = None,
) -> FormFields:
    """Return the controls of an action's form, derived from its input.

    Args:
        action: The action, or its definition.
        values: What the form holds at first: a model, or a mapping of field paths; defaults show for what is missing.
            What was submitted is given as its pairs of names and texts, and shows as it was. Secrets and files never
            show.
        issues: What was wrong with it; each shows at its control.
        hidden: Values that are sent along without being shown, by field path; they win over ``values``.
        id: What the ids of the controls begin with, so that several forms fit on one page; the handler's name if left
            out.
        rows: How many blank rows follow the items of a list.
        own: Hidden controls of the library.
        choices: What there is to choose from, by field path, as a page knows it for a request.
        exclude: Field paths that the form does not have.
        classes: The CSS classes of the parts of the form.
        controls: Further attributes of controls, by field path; ``*`` for all.
        say: Says the library's own words.

    Raises:
        TypeError: The input is one bare value, which has no name to be sent under.
        ValueError: A hidden value, choices or an excluded field belong to no field, or a secret is to be hidden.
    """
    definition = action.definition if isinstance(action, Action) else action
    prefix = re.sub(r"[\s.\[\]]+", "-", id or getattr(action, "__name__", "form"))
    issues = list(issues)
    look = _look(classes, controls)
    layout, bindings = _compiled_for(action, prefix, look)
    if values is None and not (issues or hidden or choices or exclude or bindings or say):
        top, filling, write = _at_first(layout, rows)
        return FormFields(prefix, lambda: (top, filling), (), own=own, look=look, write=write)
    content = _content(values, definition)
    state = _FormState(
        compiled=layout,
        content=content,
        issues=issues,
        bindings=bindings,
        rows=rows,
        hidden=hidden or {},
        choices=choices or {},
        exclude=frozenset(exclude),
        say=say,
    )
    pieces = state.pieces()
    if pieces is not None:
        write = partial(state.write, pieces)
        return FormFields(prefix, state.controls, issues, own=own, look=look, say=say, write=write)
    controls_at_once = state.controls()
    return FormFields(prefix, lambda: controls_at_once, issues, own=own, look=look, say=say)


class _Content(NamedTuple):
    """What a form holds, the button that changed it, and how many controls were sent."""

    tree: FormTree
    edit: Pair | None = None
    sent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _FormState:
    """A form of one request, before its controls are made or its markup is written."""

    compiled: CompiledForm
    content: _Content
    issues: Sequence[Issue]
    bindings: Rows
    rows: int
    hidden: Mapping[str, object]
    choices: Mapping[str, Choices]
    exclude: frozenset[str]
    say: Say | None

    def pieces(self) -> Sequence[Piece] | None:
        """Return the fields to be written one by one; None where the controls are needed to know what to write."""
        if self.choices or self.content.edit is not None:
            return None
        pieces = pieces_of(self.compiled, self.rows)
        if pieces is None or any(path.count(".") for path in self.exclude):
            return None
        if self.content.sent is not None and any(piece.has_edits for piece in pieces):
            return None  # rows count the controls before them
        if self.hidden:
            nodes = {piece.path: piece.node for piece in pieces}
            for path in self.hidden:
                if path not in nodes or path in self.exclude or nodes[path].is_unshowable:
                    return None  # so that it is refused at once
        return pieces

    def write(self, pieces: Sequence[Piece]) -> WrittenForm:
        """Return the markup of the form."""
        writer = PieceWriter(
            self._filling,
            self.content.tree,
            self.issues,
            hidden=self.hidden,
            exclude=self.exclude,
            bindings=self.bindings,
            is_submitted=self.content.sent is not None,
            is_english=self.say is None,
        )
        return writer.write(pieces)

    def controls(self) -> tuple[Sequence[Node], Filling]:
        """Return the controls of the form.

        Raises:
            ValueError: A hidden value or choices belong to no field.
        """
        filling = self._filling()
        top = filling.fill(self.content.tree)
        _check_paths("hidden", self.hidden, filling)
        _check_paths("offered choices", self.choices, filling)
        return top, filling

    def _filling(self) -> Filling:
        content = self.content
        return Filling(
            self.compiled,
            issues=self.issues,
            is_submitted=content.sent is not None,
            is_edited=content.edit is not None,
            rows=self.rows,
            bindings=self.bindings,
            hidden=self.hidden,
            choices=self.choices,
            exclude=self.exclude,
            most=math.inf if content.sent is None else ROOM + content.sent,
            say=self.say,
        )


def _content(values: object, definition: Definition) -> _Content:
    """Return what a form holds: what a page gives, or what was sent."""
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        return _Content(prefilled(values))
    edit = edit_of(values)
    fields = definition.input.fields if definition.input is not None else None
    tree = read_tree(values, whole={field.name for field in fields or ()}, keeps_blank=edit is not None)
    if edit is not None:
        apply_edit(tree, edit)
    return _Content(tree, edit, len(values))


def _check_paths(option: str, paths: Iterable[str], filling: Filling) -> None:
    for path in paths:
        if path not in filling.controls and "*" not in path:
            near = get_close_matches(path, filling.controls, 1)
            remedy = ""
            if near:
                remedy = f" Did you mean {near[0]!r}?"
            raise ValueError(f"There is no field {path!r} to be {option} in this form.{remedy}")


def _look(classes: Mapping[str, str] | None, controls: Mapping[str, Mapping[str, object]] | None) -> Look:
    if not classes and not controls:
        return PLAIN
    attributes = tuple((path, tuple(each.items())) for path, each in (controls or {}).items())
    return _look_of(tuple((classes or {}).items()), attributes)


@lru_cache(maxsize=64)
def _look_of(classes: tuple[tuple[str, str], ...], controls: tuple[tuple[str, tuple[Any, ...]], ...]) -> Look:
    return Look(dict(classes), {path: dict(attributes) for path, attributes in controls})


def _compiled_for(action: Action[..., object] | Definition, prefix: str, look: Look) -> tuple[CompiledForm, Rows]:
    """Return the compiled form, and what stands for the beginning of its ids.

    The forms of one action that have ids of their own, one for each row of a page, are compiled once.
    """
    if prefix == getattr(action, "__name__", "form") or not re.fullmatch(r"[\w-]+", prefix):
        return _compiled(action, prefix, _Same(look)), ()
    return _compiled(action, PREFIX, _Same(look)), ((PREFIX, prefix),)


class _Same:
    """A look as a part of a key: the same object is the same look."""

    __slots__ = ("look",)

    def __init__(self, look: Look) -> None:
        self.look = look

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.look is self.look

    def __hash__(self) -> int:
        return object.__hash__(self.look)


@lru_cache(maxsize=512)
def _compiled(action: Action[..., object] | Definition, prefix: str, look: _Same) -> CompiledForm:
    definition = action.definition if isinstance(action, Action) else action
    return CompiledForm(definition.input or NO_INPUT, prefix, look.look)


def _at_first(layout: CompiledForm, rows: int) -> tuple[Sequence[Node], Filling, Callable[[], WrittenForm] | None]:
    """Return the controls of a form that holds nothing but defaults, and what writes them: most pages show just these.

    What is written is kept, unless it has texts that are others for each request.
    """
    entry = layout.shown_at_first.get(rows)
    if entry is None:
        filling = Filling(layout, rows=rows)
        top = filling.fill(FormTree())
        if layout.is_lazy:  # the rows to be copied are markup already, in the language of this request
            return top, filling, None
        markup = written_by_controls(top, filling)
        entry = layout.shown_at_first[rows] = top, filling, lambda: markup
        if len(layout.shown_at_first) > MAX_SHOWN:
            del layout.shown_at_first[next(iter(layout.shown_at_first))]
    first: tuple[Sequence[Node], Filling, Callable[[], WrittenForm] | None] = entry
    return first


NO_INPUT: Final = Input(annotation=NoneType, fields=(), spread=False)

MAX_SHOWN: Final = 8
"""How many untouched forms of one action are kept; they differ in the number of blank rows."""


def fields_after(
    action: Action[..., object] | Definition,
    result: Ok[Any] | Err[Any] | None,
    submitted: Sequence[Pair] = (),
    *,
    values: object = None,
    **options: Any,
) -> FormFields:
    """Return the form after a post: as it was submitted, with its issues if the action failed, else as at first.

    Args:
        action: The action.
        result: Its result, if it was posted to.
        submitted: The names and texts that were sent, the library's own included.
        values: See ``form_fields``.
        options: See ``form_fields``.
    """
    if isinstance(result, Err):
        issues = issues_of(result.error, options.get("say"))
        return form_fields(action, values=submitted, issues=issues, **options)
    if submitted and edit_of(submitted) is not None:
        return form_fields(action, values=submitted, **options)
    return form_fields(action, values=values, **options)


def issues_of(error: ActionError, say: Say | None = None) -> Sequence[Issue]:
    """Return what an error has to say in a form: its issues, or its message for the form as a whole.

    The type of such a message is the code of the error, in lower case.
    """
    if isinstance(error, InputError) and error.issues:
        return error.issues
    message, type_ = error.message or error.code.replace("_", " ").capitalize(), error.code.lower()
    return [Issue("", message if say is None else say(type_, message), type_)]


def render_form(
    fields: FormFields,
    *,
    name: str,
    url: str,
    submit: object = None,
    legend: object = None,
    attributes: Mapping[str, object] | None = None,
) -> HTML:
    """Return the whole form: error summary, controls and a button, with marks for the script.

    Args:
        fields: Its controls.
        name: The dotted name of the action.
        url: Where it is posted to.
        submit: The text of the button, or markup.
        legend: What the form is about; its controls then stand in a fieldset.
        attributes: Further attributes of the form element.
    """
    outline = _Outline(submit, legend, fields.enctype == MULTIPART, fields.has_edits, fields.has_buttons)
    if fields.is_plain and type(submit) in _KEYS and type(legend) in _KEYS:
        before, after = _plain_frame(outline)
    else:
        before, after = _frame(outline, fields.word, fields.css("submit"))
    tag = _tag(fields, name, url, attributes)
    return HTML(f"{tag}{fields.token_html()}{before}{fields.summary_html()}{fields.__html__()}{after}</form>")


class _Outline(NamedTuple):
    """What the markup around the fields of a form depends on."""

    submit: object
    legend: object
    is_multipart: bool
    has_edits: bool
    has_buttons: bool


_KEYS: Final = frozenset({str, NoneType})
"""What a button and a legend are when they are kept: markup equals the text that it is made of."""


@lru_cache(maxsize=512)
def _plain_frame(outline: _Outline) -> tuple[str, str]:
    return _frame(outline, str, PLAIN.css("submit"))


def _frame(outline: _Outline, word: Callable[[Word], str], css: str | None) -> tuple[str, str]:
    """Return what stands before and after the fields of a form: buttons, the legend, how far an upload is."""
    before, after = "", ""
    if outline.has_edits:
        # The first submit button is the one that Enter presses: it must not be one that only adds a row.
        before = '<button type="submit" hidden></button>'
    if outline.legend is not None:
        before += f"<fieldset>{element('legend', {}, outline.legend)}"
        after = "</fieldset>"
    if outline.is_multipart:
        attributes = {"data-sanic-progress": True, "hidden": True, "aria-label": word(UPLOAD)}
        after += element("progress", attributes)
    if outline.submit is not None or not outline.has_buttons:
        submit = word(SEND) if outline.submit is None else outline.submit
        after += element("button", {"type": "submit", "class": css}, submit)
    return before, after


def _tag(fields: FormFields, name: str, url: str, attributes: Mapping[str, object] | None) -> str:
    if fields.is_plain and not attributes:
        return f"<form method=post action={quoted(url)}{_plain_attributes(name, fields.enctype)}>"
    own = {
        "method": "post",
        "action": url,
        "enctype": fields.enctype,
        "accept-charset": "utf-8",
        "data-sanic-action": name,
        **_words_of_the_script(fields),
        **(attributes or {}),
    }
    return f"<form{attribute_text(own)}>"


@lru_cache(maxsize=1024)
def _plain_attributes(name: str, enctype: str) -> str:
    return attribute_text({"enctype": enctype, "accept-charset": "utf-8", "data-sanic-action": name})


def _words_of_the_script(fields: FormFields) -> dict[str, str]:
    """Return the attributes by which the script speaks the visitor's language; none where that is English."""
    attributes: dict[str, str] = {}
    for word in OF_THE_SCRIPT:
        sentence = fields.word(word)
        if sentence != word.english:
            attributes[f"data-sanic-{word.type.replace('_', '-')}"] = sentence
    return attributes


__all__ = ["Control", "FormFields", "Group", "fields_after", "form_fields", "issues_of", "render_form"]

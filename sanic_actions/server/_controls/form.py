"""Forms made from actions: all the controls of an input, and the whole form around them.

Nothing here knows of requests. Pages find the result of the last post and hand it over; see ``fields_after``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from types import NoneType
from typing import Any, Final

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
from .markup import Rendered, element, hidden_input
from .prefill import prefilled
from .words import OF_THE_SCRIPT, SEND, UPLOAD, Say, Word

MULTIPART: Final = "multipart/form-data"

ROOM: Final = 300
"""How many more controls a form shows than were sent, before its further rows are carried along unseen. Browsers send
something for nearly each control that they show; a sender of 990 rows of one field each would have thousands shown."""

NO_MAPPING: Final[Mapping[str, Any]] = {}


class FormFields(Rendered):
    """The controls of an action's input, in the order of its fields.

    Iterating gives what stands at the top: controls, and groups of controls for objects and lists. Indexing by field
    path gives any of them: ``fields["items.0.title"]``, or a ``ValueError``. Everything renders itself.

    Attributes:
        id: What the ids of all controls begin with.
        form_errors: The messages that belong to no control.
    """

    __slots__ = ("_filling", "_issues", "_look", "_markup", "_own", "_say", "_top", "form_errors", "id")

    def __init__(
        self,
        id: str,
        top: Sequence[Node],
        filling: Filling,
        issues: Sequence[Issue],
        *,
        own: Sequence[Pair] = (),
        look: Look = PLAIN,
        say: Say | None = None,
        markup: str | None = None,
    ) -> None:
        self.id: str = id
        self._top = tuple(top)
        self._filling = filling
        self._issues = tuple(issues)
        self._own = tuple(own)
        self._look = look
        self._say = say
        self._markup = markup
        elsewhere = [issue.message for issue in issues if issue.path not in filling.placed]
        self.form_errors: tuple[str, ...] = tuple(dict.fromkeys(elsewhere))

    def __iter__(self) -> Iterator[Node]:
        return iter(self._top)

    def __len__(self) -> int:
        return len(self._top)

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
        return MULTIPART if "file" in self._filling.kinds else "application/x-www-form-urlencoded"

    @property
    def has_buttons(self) -> bool:
        """Whether a field of it is the buttons that send the form."""
        return "submit" in self._filling.kinds

    @property
    def has_edits(self) -> bool:
        """Whether it has buttons that change it and run nothing."""
        return self._filling.has_edits

    def __html__(self) -> str:
        return "".join(map(str, self._top)) if self._markup is None else self._markup

    def token_html(self) -> HTML:
        """Return the hidden controls that tell a form sent twice, and one form of an action from another."""
        return HTML("".join(hidden_input(name, value) for name, value in self._own))

    def summary_html(self, **attributes: object) -> HTML:
        """Return all messages in one place, each a link to its control; empty without any."""
        if not self._issues:
            return HTML("")
        has_focus = not any(isinstance(node, Control) for node in self._filling.placed.values())
        merged = {
            "id": f"{self.id}-summary",
            "class": self._look.css("summary"),
            "role": "alert",
            "tabindex": "-1",
            "autofocus": has_focus,
            **attributes,
        }
        items = dict.fromkeys(self._summary_item(issue) for issue in self._issues)
        return element("div", merged, element("ul", {}, *items))

    def _summary_item(self, issue: Issue) -> HTML:
        node = self._filling.placed.get(issue.path)
        if node is None:
            return element("li", {}, issue.message)
        text = f"{node.label}: {issue.message}" if node.label else issue.message
        return element("li", {}, element("a", {"href": f"#{node.id}"}, text))

    def button_html(self, submit: object = None, **attributes: object) -> HTML:
        """Return the button that sends the form; none where a field of the form is its buttons."""
        if submit is None:
            if self.has_buttons:
                return HTML("")
            submit = self.word(SEND)
        return element("button", {"type": "submit", "class": self._look.css("submit"), **attributes}, submit)

    def word(self, word: Word) -> str:
        """Return a word of the library in the visitor's language."""
        return str(word) if self._say is None else self._say(word.type, word.english)


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
    found = list(issues)
    look = _look(classes, controls)
    compiled, bindings = _compiled_for(action, prefix, look)
    plain = not (found or hidden or choices or exclude or bindings or say)
    if values is None and plain:
        top, filling, markup = _at_first(compiled, rows)
        return FormFields(prefix, top, filling, found, own=own, look=look, markup=markup)
    tree, edit, sent = _tree(values, definition)
    filling = Filling(
        compiled,
        issues=found,
        is_submitted=sent is not None,
        is_edited=edit is not None,
        rows=rows,
        bindings=bindings,
        hidden=hidden,
        choices=choices,
        exclude=exclude,
        most=math.inf if sent is None else ROOM + sent,
        say=say,
    )
    top = filling.fill(tree)
    _check_paths("hidden", hidden or (), filling)
    _check_paths("offered choices", choices or (), filling)
    return FormFields(prefix, top, filling, found, own=own, look=look, say=say)


def _tree(values: object, definition: Definition) -> tuple[FormTree, Pair | None, int | None]:
    """Return what the form holds, the button that changed it, and how many controls were sent."""
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        return prefilled(values), None, None
    edit = edit_of(values)
    fields = definition.input.fields if definition.input is not None else None
    tree = read_tree(values, whole={field.name for field in fields or ()}, keeps_blank=edit is not None)
    if edit is not None:
        apply_edit(tree, edit)
    return tree, edit, len(values)


def _check_paths(what: str, paths: Iterable[str], filling: Filling) -> None:
    for path in paths:
        if path not in filling.controls and "*" not in path:
            near = get_close_matches(path, filling.controls, 1)
            remedy = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"There is no field {path!r} to be {what} in this form.{remedy}")


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


def _at_first(compiled: CompiledForm, rows: int) -> tuple[Sequence[Node], Filling, str | None]:
    """Return the controls of a form that holds nothing but defaults: most pages show just these."""
    shown = compiled.shown_at_first.get(rows)
    if shown is None:
        filling = Filling(compiled, rows=rows)
        top = filling.fill(FormTree())
        if compiled.is_lazy:  # the rows to be copied are markup already, in the language of this request
            return top, filling, None
        shown = compiled.shown_at_first[rows] = top, filling, "".join(map(str, top))
        if len(compiled.shown_at_first) > MAX_SHOWN:
            del compiled.shown_at_first[next(iter(compiled.shown_at_first))]
    first: tuple[Sequence[Node], Filling, str | None] = shown
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
    if edit_of(submitted) is not None:
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
    merged = {
        "method": "post",
        "action": url,
        "enctype": fields.enctype,
        "accept-charset": "utf-8",
        "data-sanic-action": name,
        **_words_of_the_script(fields),
        **(attributes or {}),
    }
    markup = fields.__html__()
    # The first submit button is the one that Enter presses: it must not be one that only adds a row.
    default = '<button type="submit" hidden></button>' if fields.has_edits else ""
    controls = HTML(f"{fields.summary_html()}{markup}")
    if legend is not None:
        controls = element("fieldset", {}, element("legend", {}, legend), controls)
    parts = fields.token_html(), HTML(default), controls, _progress(fields), fields.button_html(submit)
    return element("form", merged, *parts)


def _words_of_the_script(fields: FormFields) -> dict[str, str]:
    """Return the attributes by which the script speaks the visitor's language; none where that is English."""
    words = {word: fields.word(word) for word in OF_THE_SCRIPT}
    return {f"data-sanic-{word.type.replace('_', '-')}": said for word, said in words.items() if said != word.english}


def _progress(fields: FormFields) -> HTML:
    """Return where the script shows how far an upload is."""
    if fields.enctype != MULTIPART:
        return HTML("")
    label = fields.word(UPLOAD)
    return element("progress", {"data-sanic-progress": True, "hidden": True, "aria-label": label})


__all__ = ["Control", "FormFields", "Group", "fields_after", "form_fields", "issues_of", "render_form"]

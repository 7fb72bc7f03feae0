"""Forms made from actions: all the controls of an input, and the whole form around them.

Nothing here knows of requests. Pages find the result of the last post and hand it over; see ``fields_after``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from html5tagger import HTML, Builder

from ..._actions import Action
from ..._definition import Definition
from ..._errors import ActionError, InputError, Issue
from ..._results import Err, Ok
from .control import Control, Group, Rendered, element, hidden_input
from .derivation import Derivation
from .sheet import Node, Sheet
from .values import Pair, prefill

MULTIPART = "multipart/form-data"


ROOM: Final = 300
"""How many more controls a form shows than were sent, before its further rows are carried along unseen. Browsers send
something for nearly each control that they show; a sender of 990 rows of one field each would have thousands shown."""


class FormFields(Rendered):
    """The controls of an action's input, in the order of its fields.

    Iterating gives what stands at the top: controls, and groups of controls for objects and lists. Indexing by field
    path gives any of them: ``fields["items.0.title"]``, or a ``ValueError``. Everything renders itself.

    Attributes:
        id: What the ids of all controls begin with.
        form_errors: The messages that belong to no control.
    """

    __slots__ = ("_issues", "_own", "_sheet", "_top", "form_errors", "id")

    def __init__(
        self, id: str, top: Sequence[Node], sheet: Sheet, issues: Sequence[Issue], own: Sequence[Pair] = ()
    ) -> None:
        self.id: str = id
        self._top = tuple(top)
        self._sheet = sheet
        self._issues = tuple(issues)
        self._own = tuple(own)
        self.form_errors: tuple[str, ...] = tuple(
            dict.fromkeys(i.message for i in issues if i.path not in sheet.placed)
        )

    def __iter__(self) -> Iterator[Node]:
        return iter(self._top)

    def __len__(self) -> int:
        return len(self._top)

    def __contains__(self, path: str) -> bool:
        return path in self._sheet.controls

    def __getitem__(self, path: str) -> Node:
        try:
            return self._sheet.controls[path]
        except KeyError:
            near = get_close_matches(str(path), self._sheet.controls, 1)
            known = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(self._sheet.controls) or 'none'}."
            # Jinja shows nothing at all for a LookupError, a TypeError or an AttributeError.
            raise ValueError(f"There is no control {path!r} in this form. {known}") from None

    @property
    def has_errors(self) -> bool:
        """Whether there is anything to correct."""
        return bool(self._issues)

    @property
    def enctype(self) -> str:
        """How the form must be encoded: as multipart only if it has files."""
        files = any(control.type == "file" for control in self._sheet.controls.values())
        return MULTIPART if files else "application/x-www-form-urlencoded"

    def __html__(self) -> str:
        return "".join(map(str, self._top))

    def token_html(self) -> HTML:
        """Hidden controls by which a form that is sent twice is known, and forms of one action are told apart."""
        return HTML("".join(str(hidden_input(name, value)) for name, value in self._own))

    def summary_html(self, **attributes: object) -> HTML:
        """All messages in one place, each a link to its control; empty without any."""
        if not self._issues:
            return HTML("")
        focus = not any(isinstance(node, Control) for node in self._sheet.placed.values())
        given = {"id": f"{self.id}-summary", "class": "form-errors", "role": "alert", "tabindex": "-1"}
        items = dict.fromkeys(str(self._summed(issue)) for issue in self._issues)
        return HTML(
            str(element("div", {**given, "autofocus": focus, **attributes}, element("ul", {}, *map(HTML, items))))
        )

    def _summed(self, issue: Issue) -> Builder:
        node = self._sheet.placed.get(issue.path)
        if node is None:
            return element("li", {}, issue.message)
        text = f"{node.label}: {issue.message}" if node.label else issue.message
        return element("li", {}, element("a", {"href": f"#{node.id}"}, text))


def form_fields(
    action: Action[..., object] | Definition,
    *,
    values: object = None,
    issues: Iterable[Issue] = (),
    hidden: Mapping[str, object] | None = None,
    id: str = "",
    rows: int = 1,
    own: Sequence[Pair] = (),
) -> FormFields:
    """Derive every control of an action's form from its input.

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

    Raises:
        TypeError: The input is one bare value, which has no name to be sent under.
        ValueError: A hidden value belongs to no field, or is a secret.
    """
    definition = action.definition if isinstance(action, Action) else action
    prefix = id or getattr(action, "__name__", "form")
    found = list(issues)
    hidden = hidden or {}
    if isinstance(action, Action) and values is None and not found and not hidden:
        top, sheet = _at_first(action, prefix, rows)
        return FormFields(prefix, top, sheet, found, own)
    sheet = Sheet(prefix, found)
    first = not isinstance(values, Sequence)
    most = ROOM + len(values) if isinstance(values, Sequence) else math.inf
    derivation = Derivation(sheet, prefill(values), rows=rows, hidden=hidden, defaults=first, most=most)
    top = derivation.of(definition.input) if definition.input is not None else ()
    for path in hidden:
        if path not in sheet.controls:
            near = get_close_matches(path, sheet.controls, 1)
            remedy = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"There is no field {path!r} to be hidden in this form.{remedy}")
    return FormFields(prefix, top, sheet, found, own)


@lru_cache(maxsize=256)
def _at_first(action: Action[..., object], prefix: str, rows: int) -> tuple[tuple[Node, ...], Sheet]:
    """The controls of a form that holds nothing but defaults: most pages show just these, and they never change."""
    sheet, declared = Sheet(prefix, ()), action.definition.input
    derivation = Derivation(sheet, prefill(None), rows=rows, hidden={}, defaults=True)
    return derivation.of(declared) if declared is not None else (), sheet


def fields_after(
    action: Action[..., object] | Definition,
    result: Ok[Any] | Err[Any] | None,
    submitted: Sequence[Pair] = (),
    *,
    values: object = None,
    hidden: Mapping[str, object] | None = None,
    id: str = "",
    rows: int = 1,
    own: Sequence[Pair] = (),
) -> FormFields:
    """The form after a post: as it was submitted and with its issues if the action failed, else as at first.

    Args:
        action: The action.
        result: Its result, if it was posted to.
        submitted: The names and texts that were sent, the library's own included.
        values: See ``form_fields``; likewise the others.
        hidden: See ``form_fields``.
        id: See ``form_fields``.
        rows: See ``form_fields``.
        own: See ``form_fields``.
    """
    if not isinstance(result, Err):
        return form_fields(action, values=values, hidden=hidden, id=id, rows=rows, own=own)
    issues = issues_of(result.error)
    return form_fields(action, values=list(submitted), issues=issues, hidden=hidden, id=id, rows=rows, own=own)


def issues_of(error: ActionError) -> Sequence[Issue]:
    """What an error has to say in a form: its issues, or its message for the form as a whole."""
    if isinstance(error, InputError) and error.issues:
        return error.issues
    return [Issue("", error.message or error.code.replace("_", " ").capitalize(), "action_error")]


def render_form(
    fields: FormFields,
    *,
    name: str,
    url: str,
    submit: object = "Send",
    legend: object = None,
    attributes: Mapping[str, object] | None = None,
) -> HTML:
    """The whole form: error summary, controls and a button, with marks for the script.

    Args:
        fields: Its controls.
        name: The dotted name of the action.
        url: Where it is posted to.
        submit: The text of the button, or markup.
        legend: What the form is about; its controls then stand in a fieldset.
        attributes: Further attributes of the form element.
    """
    given = {
        "method": "post",
        "action": url,
        "enctype": fields.enctype,
        "accept-charset": "utf-8",
        "data-sanic-action": name,
        **(attributes or {}),
    }
    controls: tuple[object, ...] = fields.summary_html(), *fields
    if legend is not None:
        controls = (element("fieldset", {}, element("legend", {}, legend), *controls),)
    button = element("button", {"type": "submit"}, submit)
    return HTML(str(element("form", given, fields.token_html(), *controls, *_progress(fields), button)))


def _progress(fields: FormFields) -> list[Builder]:
    """Where the script shows how far an upload is."""
    shown = {"data-sanic-progress": True, "hidden": True, "aria-label": "Upload"}
    return [element("progress", shown)] if fields.enctype == MULTIPART else []


__all__ = ["Control", "FormFields", "Group", "fields_after", "form_fields", "issues_of", "render_form"]

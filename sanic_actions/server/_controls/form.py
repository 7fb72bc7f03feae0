"""Forms made from actions: all the controls of an input, and the whole form around them.

Nothing here reads a request. Pages find the result of the last post and pass it on; see
``fields_after``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from ..._actions import Action
from ..._definition import Definition
from ..._errors import ActionError, CallError, InputError, Issue
from ..._forms.edits import edit_of
from ..._forms.kept_files import KeptUpload
from ..._forms.tree import FormTree, Pair
from ..._problem_types import issue_type
from ..._results import Err, Ok
from .choices import Choices
from .compiled_controls import INPUTS
from .compiled_form import CompiledForm, compiled_for
from .control import Control, ControlOrGroup, Group
from .filling import Filling
from .form_controls import FormFields
from .form_state import FormState, content_of
from .known_paths import EACH, check_paths, check_values
from .look import PLAIN, Look
from .outline import render_form
from .piece_writer import writer_of
from .pieces import WrittenForm, written_by_controls
from .wording import with_choices
from .words import Translate


def form_fields(
    action: Action[..., object] | Definition,
    *,
    values: object = None,
    issues: Iterable[Issue] = (),
    hidden: Mapping[str, object] | None = None,
    id: str = "",
    rows: int = 1,
    library_controls: Sequence[Pair] = (),
    choices: Mapping[str, Choices] | None = None,
    exclude: Iterable[str] = (),
    classes: Mapping[str, str] | None = None,
    controls: Mapping[str, Mapping[str, object]] | None = None,
    translate: Translate | None = None,
    uploads: Sequence[KeptUpload] = (),
) -> FormFields:
    """Return the controls of an action's form, derived from its input.

    Args:
        action: The action, or its definition.
        values: What the form holds at first: a model, or a mapping of field paths; defaults show
            for what is missing. What was submitted is given as its pairs of names and texts, and
            shows as it was. Secrets and files never show.
        issues: What was wrong with it; each shows at its control.
        hidden: Values that are sent along without being shown, by field path; they win over
            ``values``.
        id: What the ids of the controls begin with, so that several forms fit on one page; the
            handler's name if left out.
        rows: How many blank rows follow the items of a list.
        library_controls: Hidden controls of the library.
        choices: What there is to choose from, by field path, as a page knows it for a request.
        exclude: Field paths that the form does not have.
        classes: The CSS classes of the parts of the form.
        controls: Further attributes of controls, by field path; ``*`` for all.
        translate: Says the library's own words.
        uploads: The files that are kept for it.

    Raises:
        TypeError: The input is one bare value, which has no name to be sent under.
        ValueError: A hidden value, choices, an excluded field or attributes belong to no field, or
            a secret is to be hidden.
    """
    issues = tuple(issues)
    look = PLAIN
    if classes or controls:
        look = _look(classes or {}, controls or {})
    layout, bindings = compiled_for(action, id, look)
    excluded_paths = frozenset(exclude)
    check_paths("hidden", hidden or (), layout.input)
    check_values("hidden=", hidden or {}, layout.input)
    check_paths("offered choices", choices or (), layout.input)
    check_paths("left out", excluded_paths, layout.input)
    check_paths("given attributes", (path for path in controls or () if path != EACH), layout.input)
    prefix = bindings[0][1] if bindings else layout.prefix
    if values is None and translate is None and not (issues or hidden or choices or excluded_paths or bindings):
        return _at_first(layout, prefix, rows, library_controls)
    state = FormState(
        form=layout,
        content=content_of(values, layout, uploads),
        issues=issues,
        bindings=bindings,
        rows=rows,
        hidden=hidden or {},
        choices=choices or {},
        exclude=excluded_paths,
        translate=translate,
    )
    write = writer_of(state)
    if write is None:
        controls_at_once = state.controls()
        return FormFields(
            prefix, lambda: controls_at_once, issues, library_controls=library_controls, look=look, translate=translate
        )
    return FormFields(
        prefix, state.controls, issues, library_controls=library_controls, look=look, translate=translate, write=write
    )


def _look(classes: Mapping[str, str], controls: Mapping[str, Mapping[str, object]]) -> Look:
    attributes = tuple((path, tuple(each.items())) for path, each in controls.items())
    return _look_of(tuple(classes.items()), attributes)


@lru_cache(maxsize=64)
def _look_of(classes: tuple[tuple[str, str], ...], controls: tuple[tuple[str, tuple[Any, ...]], ...]) -> Look:
    for path, attributes in controls:
        if str(dict(attributes).get("type", "")).lower() == "password":
            raise ValueError(
                f"controls= makes {path!r} look like a password, and what is typed would be written into the page "
                "again. Declare it as SecretStr, or with Field(json_schema_extra={'form': {'widget': 'password'}})."
            )
    for part, _ in classes:
        if part not in PARTS:
            near = get_close_matches(part, PARTS, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(sorted(PARTS))}."
            raise ValueError(f"classes= names {part!r}, which is not a part of a form. {remedy}")
    return Look(dict(classes), {path: dict(attributes) for path, attributes in controls})


PARTS: Final = frozenset(
    {
        *("field", "label", "control", "invalid", "help", "errors", "group", "legend", "option", "option-label"),
        *("summary", "button", "submit", "input", "select", "textarea", "fieldset", "checkbox", "radio"),
        *INPUTS,
    }
)
"""The parts of a form that ``classes=`` can name: kinds of controls, and their elements."""


def _at_first(layout: CompiledForm, prefix: str, rows: int, library_controls: Sequence[Pair]) -> FormFields:
    """Return the controls of a form with nothing but defaults, which most pages show.

    Its markup is kept, unless it has texts that differ between requests.
    """
    first: _Shown | None = layout.shown_at_first.get(rows)
    if first is None:
        filling = Filling(layout, rows=rows)
        top = filling.fill(FormTree())
        if layout.is_lazy:  # the rows to be copied are markup already, in the language of this request
            return FormFields(prefix, lambda: (top, filling), (), library_controls=library_controls, look=layout.look)
        first = layout.shown_at_first[rows] = _Shown((top, filling), written_by_controls(top, filling))
        if len(layout.shown_at_first) > MAX_SHOWN:
            del layout.shown_at_first[next(iter(layout.shown_at_first))]
    return FormFields(
        prefix, first.controls, (), library_controls=library_controls, look=layout.look, write=first.written
    )


class _Shown:
    """An untouched form, which is the same for all requests."""

    __slots__ = ("_controls", "_written")

    def __init__(self, controls: tuple[Sequence[ControlOrGroup], Filling], markup: WrittenForm) -> None:
        self._controls = controls
        self._written = markup

    def controls(self) -> tuple[Sequence[ControlOrGroup], Filling]:
        return self._controls

    def written(self) -> WrittenForm:
        return self._written


MAX_SHOWN: Final = 8
"""How many forms with defaults are kept for an action; they differ in the number of blank rows."""


def fields_after(
    action: Action[..., object] | Definition,
    result: Ok[Any] | Err[Any] | None,
    pairs: Sequence[Pair] = (),
    *,
    issues: Sequence[Issue] = (),
    values: object = None,
    hidden: Mapping[str, object] | None = None,
    id: str = "",
    rows: int = 1,
    library_controls: Sequence[Pair] = (),
    choices: Mapping[str, Choices] | None = None,
    exclude: Iterable[str] = (),
    classes: Mapping[str, str] | None = None,
    controls: Mapping[str, Mapping[str, object]] | None = None,
    translate: Translate | None = None,
    uploads: Sequence[KeptUpload] = (),
) -> FormFields:
    """Return the form after a post: as submitted, with its issues, if it failed; else a fresh one.

    Args:
        action: The action.
        result: Its result, if it was posted to.
        pairs: The names and texts that were sent, the library's own included.
        issues: What was wrong with it, for an error without issues of fields.
        values: See ``form_fields``; likewise all that follows.
        hidden: See ``form_fields``.
        id: See ``form_fields``.
        rows: See ``form_fields``.
        library_controls: See ``form_fields``.
        choices: See ``form_fields``.
        exclude: See ``form_fields``.
        classes: See ``form_fields``.
        controls: See ``form_fields``.
        translate: See ``form_fields``.
        uploads: See ``form_fields``.
    """
    shown_issues: Sequence[Issue] = ()
    if isinstance(result, Err):
        values = pairs
        shown_issues = issues or issues_of(result.error, translate)
        if choices:
            shown_issues = with_choices(shown_issues, choices, translate)
    elif pairs and edit_of(pairs) is not None:
        values = pairs
    return form_fields(
        action,
        values=values,
        issues=shown_issues,
        hidden=hidden,
        id=id,
        rows=rows,
        library_controls=library_controls,
        choices=choices,
        exclude=exclude,
        classes=classes,
        controls=controls,
        translate=translate,
        uploads=uploads,
    )


def issues_of(error: ActionError, translate: Translate | None = None) -> Sequence[Issue]:
    """Return the issues that a form shows for an error: its own, or its message for the whole form.

    The type of such a message is the code of the error in lower case, or a type of the library's
    own.
    """
    if isinstance(error, InputError) and error.issues:
        return error.issues
    message, type_ = error.message or error.code.replace("_", " ").capitalize(), issue_type(error)
    values: Mapping[str, object] = {}
    if isinstance(error, CallError) and error.id is not None:  # in JSON it stands beside the message
        message, values = _MASKED.format(id=error.id), {"id": error.id}
    return [Issue("", message if translate is None else translate(type_, message, values), type_, values)]


_MASKED: Final = "The action failed. The server has logged why under the id {id}."


__all__ = ["Control", "FormFields", "Group", "fields_after", "form_fields", "issues_of", "render_form"]

"""``form_fields`` and ``form``: the form of an action on a page, after a failed post as sent."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, wraps
from typing import Any, Final, TypeVar, cast

from html5tagger import HTML
from sanic import Request

from ..._actions import Action
from ..._forms.names import FORM_KEY, FORM_SIGN, FORM_TOKEN
from ..._known_options import known_options
from ..._results import Err
from ..._server_mistakes import type_error
from .._controls.choices import Choices
from .._controls.failed_sheet import FailedSheet
from .._controls.form import FormFields, fields_after, issues_of, render_form
from .._controls.markup import hidden_input, hidden_inputs
from .._controls.sheet import Sheet, sheet_of
from .._controls.words import Translate
from .._lookup import place_of, places_of
from .form_action import current_request, url_for_posts
from .form_kinds import check_kinds
from .page_query import Pair
from .posted import Posted, posted_form

AnyRequest = Request[Any, Any]

F = TypeVar("F", bound=Callable[..., Any])


def _with_action_first(function: F) -> F:
    """Return a function of an action and options by name that says what to write where it is called otherwise."""
    label, names = function.__name__, frozenset(function.__kwdefaults__ or ())
    checked = known_options(label, advice=_ADVICE)(function)

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if len(args) == 1 and options.keys() <= names:
            try:
                return function(*args, **options)
            except (AttributeError, TypeError, ValueError):
                check_kinds(label, args[0], options)
                raise
        if any(isinstance(each, Request) for each in args):
            raise type_error(f"{label}() takes the action alone, and finds the request itself: {label}(action).")
        return checked(*args, **options)

    return cast("F", call)


_ADVICE: Final[Mapping[str, str]] = {
    "class_": "CSS classes stand in a mapping: attributes={'class': 'wide'} of form() for the form element, "
    "classes={'control': 'wide'} for its parts.",
    "method": "Forms of actions are always posted.",
    "action": "It follows from the action; path= names another page to post to.",
    "enctype": "It follows from the action.",
    "novalidate": "An attribute of the form element: form(action, attributes={'novalidate': True}).",
}
"""What to write in place of options that forms have elsewhere."""


@_with_action_first
def form_fields(
    action: Action[..., object],
    *,
    values: object = None,
    hidden: Mapping[str, object] | None = None,
    id: str = "",
    rows: int = 1,
    key: str | int = "",
    choices: Mapping[str, Choices] | None = None,
    exclude: Iterable[str] = (),
    classes: Mapping[str, str] | None = None,
    controls: Mapping[str, Mapping[str, object]] | None = None,
    request: AnyRequest | None = None,
) -> FormFields:
    """Return the controls of an action's form: after a failed post as submitted, with issues, else as at first.

    Args:
        action: The action.
        values: What the form holds at first: a model, or a mapping of field paths; defaults show
            for what is missing.
        hidden: Values that are sent along without being shown, by field path.
        id: What the ids of the controls begin with, so that several forms fit on one page; made
            from the handler's name and the key when left out.
        rows: How many blank rows follow the items of a list.
        key: The key of the form, such as the id of a row, where the page has several of one action.
        choices: What there is to choose from, by field path (``lines.*.sku`` for all rows): values,
            pairs of a value and its label, or a mapping; a mapping of mappings makes groups. The
            action has to check what was chosen.
        exclude: Field paths that the form does not have; ``lines.*.note`` for all rows, likewise in
            ``hidden``.
        classes: The CSS classes of its parts: ``field``, ``label``, ``control``, a kind of control
            such as ``select`` or ``checkbox``, ``invalid``, ``help``, ``errors``, ``group``,
            ``legend``, ``option``, ``summary``, ``button`` (of rows), ``submit``.
        controls: Further attributes of controls, by field path; ``*`` for all.
        request: The page's request; the current one when left out.

    Raises:
        TypeError: The input is one bare value, which has no name to be sent under.
        ValueError: A path of ``hidden``, ``choices``, ``exclude`` or ``controls`` leads to no
            field, or a secret is to be hidden.
    """
    key = str(key)
    request = request or current_request()
    translate = None
    if request is not None:
        translate = places_of(action, request.app)[0].endpoint.settings.hooks.translate
    return _fields_after(
        _sent_form(request, action, key),
        action,
        translate=translate,
        values=values,
        hidden=hidden,
        id=_prefix(action, id, key),
        rows=rows,
        key=key,
        choices=choices,
        exclude=exclude,
        classes=classes,
        controls=controls,
    )


def _fields_after(
    post: Posted,
    action: Action[..., object],
    *,
    translate: Translate | None,
    values: object,
    hidden: Mapping[str, object] | None,
    id: str,
    rows: int,
    key: str,
    choices: Mapping[str, Choices] | None,
    exclude: Iterable[str],
    classes: Mapping[str, str] | None,
    controls: Mapping[str, Mapping[str, object]] | None,
) -> FormFields:
    """Return the controls of a form on a page, as the post that led there makes them."""
    # Each option by its name: passing them on as a dict takes as long as writing three fields.
    return fields_after(
        action,
        post.result,
        post.fields,
        issues=post.issues,
        values=values,
        hidden=hidden,
        id=id,
        rows=rows,
        library_controls=_library_controls(action, key),
        choices=choices,
        exclude=exclude,
        classes=classes,
        controls=controls,
        translate=translate,
        uploads=post.uploads,
    )


def _prefix(action: Action[..., object], id: str, key: str) -> str:
    """Return the prefix of a form's ids; empty for the default one."""
    if key and not id:
        return f"{action.handler.__name__}-{key}"
    return id


def _library_controls(action: Action[..., object], key: str) -> list[Pair]:
    """Return the library's own hidden controls of a form."""
    controls = [(FORM_TOKEN, secrets.token_urlsafe(16)), (FORM_SIGN, _form_sign(*_source_of(action)))]
    if key:
        controls.append((FORM_KEY, key))
    return controls


def _library_markup(action: Action[..., object], key: str) -> str:
    """Return the markup of the library's own hidden controls."""
    if key:
        return hidden_inputs(_library_controls(action, key))
    before, after = _around_token(*_source_of(action))
    return f"{before}{secrets.token_urlsafe(16)}{after}"


@lru_cache(maxsize=1024)
def _around_token(module: str, name: str) -> tuple[str, str]:
    """Return the markup before and after the token of a form without a key."""
    return f'<input type=hidden name="{FORM_TOKEN}" value="', f'">{hidden_input(FORM_SIGN, _form_sign(module, name))}'


def _sent_form(
    request: AnyRequest | None,
    action: Action[..., object],
    key: str,
    name: str | None = None,
) -> Posted:
    """Return the form that led to this page, if it was this one, sent to any action."""
    post = None
    if request is not None:
        post = posted_form(request)
    if post is None or post.key != key:
        return _NOT_SENT
    is_of_action = post.belongs_to(action, key)
    is_this_form = post.sign == _form_sign(*_source_of(action)) if post.sign else is_of_action
    is_of_other_name = name is not None and is_of_action and post.name != name
    if is_this_form and not is_of_other_name:
        return post
    return _NOT_SENT


_NOT_SENT: Final = Posted(None, "", None)


def _source_of(action: Action[..., object]) -> tuple[str, str]:
    """Return the module and the name of an action's handler; an object has its class's."""
    handler = action.handler
    return handler.__module__, getattr(handler, "__qualname__", type(handler).__qualname__)


# By strings: a handler may be an object that has no hash.
@lru_cache(maxsize=1024)
def _form_sign(module: str, name: str) -> str:
    """Return a short hash that tells the forms of an action from others, without its name."""
    return hashlib.sha256(f"{module}.{name}".encode()).hexdigest()[:8]


@_with_action_first
def form(
    action: Action[..., object],
    *,
    submit: object = None,
    legend: object = None,
    values: object = None,
    hidden: Mapping[str, object] | None = None,
    id: str = "",
    rows: int = 1,
    key: str | int = "",
    path: str = "",
    base: bool = False,
    name: str | None = None,
    choices: Mapping[str, Choices] | None = None,
    exclude: Iterable[str] = (),
    classes: Mapping[str, str] | None = None,
    controls: Mapping[str, Mapping[str, object]] | None = None,
    request: AnyRequest | None = None,
    attributes: Mapping[str, object] | None = None,
) -> HTML:
    """Return a whole form of an action: error summary, controls and a button; safe markup for Jinja and html5tagger.

    Args:
        action: The action.
        submit: The text of the button, or markup; "Send" when left out. A form with a field of
            buttons has no other.
        legend: What the form is about; its controls then stand in a fieldset.
        values: See ``form_fields``; likewise ``hidden``, ``id``, ``rows`` and ``key``.
        hidden: See ``form_fields``.
        id: See ``form_fields``.
        rows: See ``form_fields``.
        key: See ``form_fields``.
        path: Another page to post to than the current one.
        base: See ``form_action``.
        name: The action's dotted name, where it is mounted under several.
        choices: See ``form_fields``; likewise ``exclude``, ``classes`` and ``controls``.
        exclude: See ``form_fields``.
        classes: See ``form_fields``.
        controls: See ``form_fields``.
        request: The page's request; the current one when left out.
        attributes: Further attributes of the form element, such as
            ``{"class": "wide", "data-kind": "order"}``.
    """
    key = str(key)
    request = request or Request.get_current()
    endpoint = place_of(action, request.app, name).endpoint
    url = url_for_posts(endpoint, path, request, request.app, base=base)
    translate = endpoint.settings.hooks.translate
    if endpoint.is_download:
        marked_name = None  # the script must leave it alone: only the browser can save the file
    else:
        marked_name = endpoint.name
    post, prefix = _sent_form(request, action, key, name), _prefix(action, id, key)
    is_special = choices or exclude or classes or controls or attributes or post.uploads
    if translate is None and not is_special:
        sheet = sheet_of(
            action,
            id=prefix,
            rows=rows,
            name=marked_name,
            submit=submit,
            legend=legend,
        )
        markup = None
        if sheet is not None:
            library_markup = _library_markup(action, key)
            if post.fields or isinstance(post.result, Err):  # it is shown as it was sent
                markup = _failed_markup(sheet, post, url, library_markup, hidden)
            else:
                markup = sheet.written(url, library_markup, values, hidden)
        if markup is not None:
            return HTML(markup)
    fields = _fields_after(
        post,
        action,
        translate=translate,
        values=values,
        hidden=hidden,
        id=prefix,
        rows=rows,
        key=key,
        choices=choices,
        exclude=exclude,
        classes=classes,
        controls=controls,
    )
    return render_form(fields, name=marked_name, url=url, submit=submit, legend=legend, attributes=attributes)


def _failed_markup(
    sheet: Sheet,
    post: Posted,
    url: str,
    library_markup: str,
    hidden: Mapping[str, object] | None,
) -> str | None:
    """Return a failed form as it was sent; None if it was edited, or the sheet cannot write it."""
    if not isinstance(post.result, Err):
        return None
    issues = post.issues or issues_of(post.result.error)
    return FailedSheet(sheet, issues).written(url, library_markup, post.fields, hidden or {})

"""Functions for the handlers of pages: the result of a form, the URL to post it to, and the form itself."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Coroutine, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar, overload
from urllib.parse import urlencode

from html5tagger import HTML
from sanic import Request, Sanic
from sanic.exceptions import ServerError

from ..._actions import Action
from ..._errors import ActionError
from ..._results import Err, Ok
from .._call.endpoint import Endpoint
from .._call.site import HOST, Site, site_of
from .._controls.choices import Choices
from .._controls.failed_sheet import FailedSheet
from .._controls.form import FormFields, fields_after, issues_of, render_form
from .._controls.markup import hidden_input, hidden_inputs
from .._controls.sheet import Sheet, sheet_of
from .._controls.words import Say
from .._lookup import place_of, places_of
from .page_entrance import FORM, KEY, TOKEN
from .page_query import ACTION, Pair, action_named, without_ours
from .posted import Posted, posted
from .redirects import public_path

logger: Final = logging.getLogger("sanic_actions")

R = TypeVar("R")
AnyRequest = Request[Any, Any]


@overload
def action_result(
    request: AnyRequest,
    action: Action[..., Coroutine[Any, Any, R]],
    /,
    *,
    key: str | int = "",
    name: str | None = None,
) -> Ok[R] | Err[ActionError] | None: ...
@overload
def action_result(
    request: AnyRequest, action: Action[..., R], /, *, key: str | int = "", name: str | None = None
) -> Ok[R] | Err[ActionError] | None: ...
def action_result(
    request: AnyRequest,
    action: Action[..., Any],
    /,
    *,
    key: str | int = "",
    name: str | None = None,
) -> Any:
    """Return the result of the form that led to this page, if it was posted to this action.

    ``Err`` while the page renders after a failed post, ``Ok`` on the first GET after a successful one, else None.

    Args:
        request: The page's request.
        action: The action.
        key: The key of the form, such as the id of a row, where the page has several of one action.
        name: The action's dotted name, where it is mounted under several.

    Raises:
        LookupError: The app does not serve the action, or under several names of which none was given.
    """
    place_of(action, request.app, name)
    form = _form_of(request)
    if form is not None and form.belongs_to(action, str(key), name):
        return form.result
    return None


def _form_of(request: AnyRequest) -> Posted | None:
    """Return the form that led to a page; log that none could, where the page's own route has taken the post."""
    form = posted(request)
    if form is None and request.method == "POST":
        _warn_of_own_route(request)
    return form


def _warn_of_own_route(request: AnyRequest) -> None:
    name, route = action_named(request.query_string), request.route
    if name is None or route is None or "POST" not in route.methods:
        return
    site = site_of(request.app)
    if site.target(name, request.headers.get(HOST)) is not None and site.mistakes.is_new((name, route.name)):
        logger.warning(_OWN_ROUTE, name, route.name, extra={"action": name})


_OWN_ROUTE: Final = (
    "%r was not run: the page %r takes posts itself, and forms of actions are posted to the page. Leave 'POST' out of "
    "its methods."
)


def form_action(
    action: Action[..., object],
    path: str = "",
    *,
    base: bool = False,
    request: AnyRequest | None = None,
    app: Sanic[Any, Any] | None = None,
    name: str | None = None,
) -> str:
    """Return where a form is posted to, so that the page runs the action: ``?_action=blog.comment``.

    The current page's own query is kept, since the URL of a form replaces it.

    Args:
        action: The action.
        path: Another page than the current one; it may have a query.
        base: Whether the page has a ``<base href>``, which a query alone would be resolved against: then the current
            page's own path is written, below the prefix that a proxy strips where ``root_path`` or a forwarded path
            tells it.
        request: The page's request; the current one when left out.
        app: The app that serves the action, where there is no request.
        name: Its dotted name, for an action that is mounted under several.

    Raises:
        LookupError: It is not mounted, or under several names of which none was given, or another blueprint of the app
            has another action of that name.
    """
    page = request or _current_request()
    if app is None:
        app = _app_of(page)
    return _url_for_posts(place_of(action, app, name).endpoint, path, page, app, base=base)


def _url_for_posts(endpoint: Endpoint, path: str, page: AnyRequest | None, app: Sanic[Any, Any], *, base: bool) -> str:
    _check_reachable(endpoint, site_of(app), page)
    if not endpoint.accepts_forms:
        _warn_of_json(endpoint.name, site_of(app))
    target, query = "", ""
    if path:
        target, _, query = path.partition("?")
    elif page is not None:
        query = page.query_string
        if base:
            target = public_path(page)
    own_query = without_ours(query) if query else []
    if not own_query:
        return f"{target}{_query_for(endpoint.name)}"
    return f"{target}?{urlencode([*own_query, (ACTION, endpoint.name)])}"


def _warn_of_json(name: str, site: Site) -> None:
    if site.mistakes.is_new(name):
        message = "A page has a form for %r, which takes JSON only: declare it with accept='form'."
        logger.warning(message, name, extra={"action": name})


@lru_cache(maxsize=1024)
def _query_for(name: str) -> str:
    return f"?{urlencode([(ACTION, name)])}"


def _check_reachable(endpoint: Endpoint, site: Site, page: AnyRequest | None) -> None:
    name, action = endpoint.name, endpoint.entry.action
    if page is None:
        target = next(iter(site.targets(name)), None)
    else:
        target = site.target(name, page.headers.get(HOST))
    if target is None:
        raise LookupError(
            f"Forms cannot be posted to {action!r}: its blueprint has forms=False, or does not serve this page's host."
        )
    if target.endpoint is not endpoint and target.endpoint.entry.action != action:
        raise LookupError(
            f"Forms cannot be posted to {action!r}: an earlier blueprint has another action called {name!r}. "
            "Rename one of them."
        )


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
        values: What the form holds at first: a model, or a mapping of field paths; defaults show for what is missing.
        hidden: Values that are sent along without being shown, by field path.
        id: What the ids of the controls begin with, so that several forms fit on one page; made from the handler's
            name and the key when left out.
        rows: How many blank rows follow the items of a list.
        key: The key of the form, such as the id of a row, where the page has several of one action.
        choices: What there is to choose from, by field path (``lines.*.sku`` for all rows): values, pairs of a value
            and its label, or a mapping; a mapping of mappings makes groups. The action has to check what was chosen.
        exclude: Field paths that the form does not have; ``lines.*.note`` for all rows, likewise in ``hidden``.
        classes: The CSS classes of its parts: ``field``, ``label``, ``control``, a kind of control such as ``select``
            or ``checkbox``, ``invalid``, ``help``, ``errors``, ``group``, ``legend``, ``option``, ``summary``,
            ``button`` (of rows), ``submit``.
        controls: Further attributes of controls, by field path; ``*`` for all.
        request: The page's request; the current one when left out.

    Raises:
        TypeError: The input is one bare value, which has no name to be sent under.
        ValueError: A path of ``hidden``, ``choices``, ``exclude`` or ``controls`` leads to no field, or a secret is to
            be hidden.
    """
    key = str(key)
    page = request or _current_request()
    say = None
    if page is not None:
        say = places_of(action, page.app)[0].endpoint.settings.hooks.say
    return _fields_after(
        _sent_form(page, action, key),
        action,
        say=say,
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
    say: Say | None,
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
        own=_own(action, key),
        choices=choices,
        exclude=exclude,
        classes=classes,
        controls=controls,
        say=say,
        uploads=post.uploads,
    )


def _prefix(action: Action[..., object], id: str, key: str) -> str:
    """Return the prefix of a form's ids; empty for the default one."""
    if key and not id:
        return f"{action.handler.__name__}-{key}"
    return id


def _own(action: Action[..., object], key: str) -> list[Pair]:
    """Return the hidden controls of the library."""
    own = [(TOKEN, secrets.token_urlsafe(16)), (FORM, _form_sign(action))]
    if key:
        own.append((KEY, key))
    return own


def _own_markup(action: Action[..., object], key: str) -> str:
    """Return the same as markup."""
    if key:
        return hidden_inputs(_own(action, key))
    before, after = _around_token(action)
    return f"{before}{secrets.token_urlsafe(16)}{after}"


@lru_cache(maxsize=1024)
def _around_token(action: Action[..., object]) -> tuple[str, str]:
    """Return the markup before and after the token of a form without a key."""
    return f'<input type=hidden name="{TOKEN}" value="', f'">{hidden_input(FORM, _form_sign(action))}'


def _sent_form(
    request: AnyRequest | None,
    action: Action[..., object],
    key: str,
    name: str | None = None,
) -> Posted:
    """Return the form that led to this page, if it was this one, whichever action it was sent to."""
    form = None
    if request is not None:
        form = _form_of(request)
    if form is None or form.key != key:
        return _NOT_SENT
    is_own = form.sign == _form_sign(action) if form.sign else form.belongs_to(action, key)
    is_of_other_name = name is not None and form.belongs_to(action, key) and form.name != name
    if is_own and not is_of_other_name:
        return form
    return _NOT_SENT


_NOT_SENT: Final = Posted(None, "", None)


@lru_cache(maxsize=1024)
def _form_sign(action: Action[..., object]) -> str:
    """Return a short hash that tells the forms of an action from those of others, without its name."""
    handler = action.handler
    return hashlib.sha256(f"{handler.__module__}.{handler.__qualname__}".encode()).hexdigest()[:8]


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
        submit: The text of the button, or markup; "Send" when left out. A form with a field of buttons has no other.
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
        attributes: Further attributes of the form element, such as ``{"class": "wide", "data-kind": "order"}``.
    """
    key = str(key)
    page = request or _current_request()
    app = _app_of(page)
    endpoint = place_of(action, app, name).endpoint
    url = _url_for_posts(endpoint, path, page, app, base=base)
    say = endpoint.settings.hooks.say
    if endpoint.gives_file:
        marked_name = None  # the script must leave it alone: only the browser can save the file
    else:
        marked_name = endpoint.name
    post, prefix = _sent_form(page, action, key, name), _prefix(action, id, key)
    is_special = choices or exclude or classes or controls or attributes or post.uploads
    if say is None and not is_special:
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
            own = _own_markup(action, key)
            if post.is_shown_again:
                markup = _again_on(sheet, post, url, own, hidden)
            else:
                markup = sheet.written(url, own, values, hidden)
        if markup is not None:
            return HTML(markup)
    fields = _fields_after(
        post,
        action,
        say=say,
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


def _again_on(
    sheet: Sheet,
    post: Posted,
    url: str,
    own: str,
    hidden: Mapping[str, object] | None,
) -> str | None:
    """Return a form as it was sent; None if a button has changed it, or the sheet cannot write it."""
    if not isinstance(post.result, Err):
        return None
    issues = post.issues or issues_of(post.result.error)
    return FailedSheet(sheet, issues).written(url, own, post.fields, hidden or {})


def _app_of(page: AnyRequest | None) -> Sanic[Any, Any]:
    """Return the app of a page, or of the current request; Sanic raises an error if there is none."""
    if page is None:
        page = Request.get_current()
    return page.app


def _current_request() -> AnyRequest | None:
    try:
        return Request.get_current()
    except ServerError:
        return None

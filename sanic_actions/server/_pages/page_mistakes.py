"""Mistakes of pages and of their actions that only a request shows, each logged once for the people who write them.

A visitor can do nothing about any of them. Names and paths are cut before they are logged, and their
number is bounded (``Site.logged_mistakes``): senders choose them.
"""

from __future__ import annotations

import logging
from difflib import get_close_matches
from typing import Any, Final

from sanic import Request

from ..._errors import InputError
from ..._forms.names import steps_of
from ..._forms.read_tree import read_tree
from .._call.endpoint import Endpoint
from .._call.entrance import ServerCall
from .._call.site import HOST, Site, site_of
from .._controls.known_paths import may_be_absent, remedy_for
from .._controls.wording import always_sends
from .._form_body import FormBody
from .page_query import action_named
from .redirects import path_in_app
from .routes_of_paths import own_post_route

logger: Final = logging.getLogger("sanic_actions")

AnyRequest = Request[Any, Any]

MAX_SHOWN: Final = 60
"""Characters of a name or a path in the log."""


# ---- Where a form is posted to


def warn_of_unknown_action(site: Site, name: str) -> None:
    """Log that a form names no action: a page written by hand may misspell it."""
    quotation = repr(name[:MAX_SHOWN])
    if site.logged_mistakes.is_new(quotation):
        near = get_close_matches(name[:MAX_SHOWN], site.form_names, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        logger.warning("A form was posted to %s, which is not an action that this page can post to.%s", quotation, hint)


def warn_of_json(name: str, site: Site) -> None:
    """Log that a page has a form of an action that takes no forms."""
    if site.logged_mistakes.is_new(name):
        message = "A page has a form for %r, which takes JSON only: declare it with accept='form'."
        logger.warning(message, name, extra={"action": name})


def warn_of_form_elsewhere(name: str, site: Site, request: AnyRequest, target: str) -> None:
    """Log, once for a form of a page, that its posts go to a route of the app: an old handler's."""
    route = request.route
    if request.method != "GET" or route is None or not site.checked_forms.is_new((name, route.name, target)):
        return
    path = request.path
    if target:
        path = path_in_app(target, request)
    post_route = own_post_route(request.app, path, request.headers.get(HOST))
    if post_route is not None and site.logged_mistakes.is_new((name, post_route.name)):
        logger.warning(_FORM_ELSEWHERE, name, route.name, post_route.name, extra={"action": name})


_FORM_ELSEWHERE: Final = (
    "%r will not be run by its form on the page %r: the route %r takes what is posted there. "
    "Remove that route, or leave 'POST' out of its methods."
)


def warn_of_post_elsewhere(request: AnyRequest) -> None:
    """Log that a route of the app took the post of a form, under the same key as ``warn_of_form_elsewhere``."""
    name, route = action_named(request.query_string), request.route
    if name is None or route is None or "POST" not in route.methods:
        return
    site = site_of(request.app)
    if site.target(name, request.headers.get(HOST)) is not None and site.logged_mistakes.is_new((name, route.name)):
        logger.warning(_POST_ELSEWHERE, name, route.name, extra={"action": name})


_POST_ELSEWHERE: Final = (
    "%r was not run: the page %r takes posts itself, and forms of actions are posted to the page. "
    "Leave 'POST' out of its methods."
)


# ---- What a form sends


def warn_of_files_by_name(call: ServerCall, form: FormBody, error: InputError) -> None:
    """Log that a form sends only the names of its files, as forms without ``enctype`` do."""
    if form.files:
        return
    paths = {issue.path for issue in error.issues if issue.type == "file_expected"}
    is_name_sent = any(text and name in paths for name, text in form.fields)  # as many as a form may have
    if is_name_sent and site_of(call.request.app).logged_mistakes.is_new(("enctype", call.name)):
        logger.warning(_BY_NAME, call.name, extra={"action": call.name})


_BY_NAME: Final = (
    'A form for %r sends its files by name only: write <form method="post" enctype="multipart/form-data">, or '
    'enctype="{{ fields.enctype }}" with fields = form_fields(...).'
)


def warn_of_absent_controls(call: ServerCall, form: FormBody, error: InputError, endpoint: Endpoint) -> None:
    """Log that a form of the library's lacks a needed control: nobody can fill it in."""
    paths = [issue.path for issue in error.issues if issue.type == "missing"]
    handler_input = endpoint.input if paths else None
    if handler_input is None:
        return
    names = {name for name, _ in form.fields}  # as many as a form may have
    mistakes = site_of(call.request.app).logged_mistakes
    tree = read_tree(form.fields)
    for path in paths:  # no more than MAX_ISSUES
        is_lacking = path not in names and tree.find(steps_of(path)) is None and always_sends(path, handler_input)
        # The fields of a kind that was only just chosen were not in the page.
        if is_lacking and not may_be_absent(path, handler_input) and mistakes.is_new((path, call.name)):
            logger.warning(_WITHOUT_CONTROL, call.name, path, path, extra={"action": call.name})


_WITHOUT_CONTROL: Final = (
    "A form for %r was sent without a control for %r, which has to be filled in. In markup of your own write "
    "{{ fields[%r] }}, also for a hidden value; if the form leaves the field out (exclude=), give it a default."
)


# ---- What an action answers


def warn_of_unknown_paths(call: ServerCall, endpoint: Endpoint, error: InputError) -> None:
    """Log that an action complains about a field that it lacks: no control shows the message."""
    # No more than MAX_ISSUES, or than the action itself has raised.
    paths = [issue.path for issue in error.issues if issue.type == OWN_ISSUE and issue.path]
    handler_input = endpoint.input if paths else None
    if handler_input is None:
        return
    mistakes = site_of(call.request.app).logged_mistakes
    for path in paths:
        start = path[:MAX_SHOWN]
        remedy = remedy_for(path, handler_input)
        if remedy is not None and mistakes.is_new(("path", call.name, start)):
            logger.warning(_NO_FIELD, call.name, start, remedy, extra={"action": call.name})


OWN_ISSUE: Final = "value_error"
"""The type of the issues that an action raises, unless it says another."""

_NO_FIELD: Final = "%r raised an InputError about %r, which is not a field: its form shows that at no control.%s"


def note_redirect_to_nowhere(name: str, path: str, request: AnyRequest) -> None:
    """Log that the redirect of an action leads to a path where the app has no page to show its result."""
    if site_of(request.app).logged_mistakes.is_new(("redirect", name)):
        message = "The result of %r is shown nowhere: its redirect leads to %r, where this app has no page."
        logger.info(message, name, path[:MAX_SHOWN], extra={"action": name})

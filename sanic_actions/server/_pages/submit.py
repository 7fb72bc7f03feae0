"""Forms on pages that need no script: ``POST /post/1?_action=blog.comment``, where the page has a GET route only.

The post runs the action. When that fails, the page's own GET handler renders in place, with the error's status. When it
succeeds the answer is 303, and the result waits in the state store for the GET that follows. Whatever rendering does,
the action is not run again.
"""

from __future__ import annotations

import inspect
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from sanic import HTTPResponse, Request, Sanic

from ..._actions import Action
from ..._errors import ActionError, InputError
from ..._results import Err, Ok, Redirect
from .._call.context import ActionContext, put_on
from .._call.endpoint import Endpoint
from .._call.origin import check_origin
from .._call.outcome import failure, read_result
from .._call.problems import error_response
from .._dispatch import Settings
from .._state.store import StateStore
from .carried_results import find_result, leave_result
from .class_views import arguments_of_get
from .redirects import checked_location, own_location
from .submissions import Pair, Runs

logger: Final = logging.getLogger("sanic_actions")

PageHandler = Callable[..., Any]
AnyRequest = Request[Any, Any]

ACTION: Final = "_action"
"""Query parameter that names the action; controls that begin with it belong to the library."""

KEY: Final = "_action.key"
"""Control that tells two forms of one action apart."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What a page shows of the form that led to it.

    Attributes:
        action: The action that the form was posted to; None where there is none of that name.
        key: The form's own key, where a page has several forms of one action.
        result: The result as a page sees it: errors as they would travel, nothing of a masked exception.
        fields: What was submitted, to be shown again; nothing after a redirect.
        context: What the action adds to the answer, while the page renders in place.
    """

    action: Action[..., object] | None
    key: str
    result: Ok[Any] | Err[ActionError]
    fields: Sequence[Pair] = ()
    context: ActionContext | None = None


class Pages:
    """Answers form posts to the pages of one app.

    Attributes:
        app: The app.
        own: Names of the routes of actions, which are no pages.
    """

    def __init__(self, app: Sanic[Any, Any], store: StateStore) -> None:
        self.app = app
        self.own: set[str] = set()
        self._runs = Runs(store)
        self._targets: dict[str, tuple[Endpoint, Settings]] = {}

    @property
    def store(self) -> StateStore:
        """Where results wait, and repeated posts and calls meet."""
        return self._runs.store

    def use(self, store: StateStore) -> None:
        """Keep results in another store than the default one."""
        self._runs.store = store

    def add(self, actions: Mapping[str, Endpoint], settings: Settings, routes: Iterable[str]) -> None:
        """Let pages post to these actions; of several of one name, the first one stays."""
        self.own.update(routes)
        for name, action in actions.items():
            self._targets.setdefault(name, (action, settings))

    def action(self, name: str) -> Action[..., object] | None:
        """The action that a post to this name runs."""
        return self._targets[name][0].entry.action if name in self._targets else None

    async def submit(self, request: AnyRequest, page: PageHandler, parameters: Mapping[str, Any], name: str) -> Any:
        """Run an action, then show the page or lead back to it."""
        action, settings = self._targets.get(name, (None, Settings()))
        try:
            check_origin(request, settings.trusted)
        except ActionError as error:
            return error_response(error, None)
        context = ActionContext(request, name=name, called_from="form")
        fields, written = await self._runs.run(action, settings, context)
        key = dict(fields).get(KEY, "")
        try:
            result = read_result(written, action)
            if isinstance(result, Ok):
                return await self._lead_on(result.data, settings, context, key, written)
        except (InputError, ValueError) as error:  # the code has changed since the outcome was kept
            result = read_result(failure(error, action), action)
        _remember(request, Posted(self.action(name), key, result, fields, context))
        return await _render(request, page, parameters)

    async def _lead_on(
        self, output: object, settings: Settings, context: ActionContext, key: str, written: bytes
    ) -> HTTPResponse:
        """The answer to success: a redirect, at whose end the result is shown."""
        request = context.request
        own = own_location(request, without_ours(request.query_string))
        location = own
        if isinstance(output, Redirect):
            # A target without a path would keep the query of the post.
            to = own + output.to if output.to[:1] in ("", "#") else output.to
            location = checked_location(to, request, settings.redirects)
        response = _leading_to(location, request)
        parts = urlsplit(urljoin(own, location))
        if parts.netloc in ("", request.host):
            await leave_result(
                self._runs.store, response, path=parts.path or "/", context=context, key=key, written=written
            )
        put_on(response, context)
        return response

    async def show(self, request: AnyRequest, page: PageHandler, parameters: Mapping[str, Any]) -> Any:
        """The page, with the result of the form that led there if the request's cookies name one."""
        found = await find_result(self._runs.store, request)
        if found is not None:
            name, key, written = found
            action, _ = self._targets.get(name, (None, None))
            try:
                _remember(request, Posted(self.action(name), key, read_result(written, action)))
            except (InputError, ValueError) as error:
                logger.warning("The result of %r cannot be shown, its type has changed meanwhile: %s", name, error)
        response = page(request, **parameters)
        return await response if inspect.isawaitable(response) else response

    async def close(self) -> None:
        """Finish what runs, and let go of the store."""
        await self._runs.drain()
        await self._runs.store.close()


def posted(request: AnyRequest) -> Posted | None:
    """The form that led to this page, if one did."""
    found: Posted | None = getattr(request.ctx, "sanic_actions", None)
    return found


def _remember(request: AnyRequest, found: Posted) -> None:
    """Let the page see its result, and have response middleware of ours for this one request."""
    request.ctx.sanic_actions = found
    route: Any = copy(request.route)
    theirs = vars(route.extra)
    ours = deque([_finish, *theirs["response_middleware"], _keep_private])
    route.extra = SimpleNamespace(**{**theirs, "response_middleware": ours})
    request.route = route


def _finish(request: AnyRequest, response: Any) -> None:
    """Middleware before all other: what shows a failure has its status, cookies and headers."""
    found = posted(request)
    if found is not None and found.context is not None and isinstance(found.result, Err):
        if response.status == 200:  # else the page has a reason of its own
            response.status = found.result.error.status or 500
        put_on(response, found.context)


def _keep_private(request: AnyRequest, response: Any) -> None:
    """Middleware after all other: what shows somebody's result is kept by nobody."""
    response.headers["cache-control"] = "private, no-store"


def without_ours(query: str) -> list[Pair]:
    """The parameters of a query that are not the library's."""
    return [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not name.startswith(ACTION)]


def action_named(query: str) -> str | None:
    """The name of the action that a query asks for: None without any, and no name at all where it gives several."""
    names = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == ACTION]
    return names[0] if len(names) == 1 else "" if names else None


def _leading_to(location: str, request: AnyRequest) -> HTTPResponse:
    if request.headers.get("sanic-action") == "script":  # a script cannot see where a redirect leads
        return HTTPResponse(status=204, headers={"sanic-action-location": location, "cache-control": "no-store"})
    headers = {"location": location, "cache-control": "no-store", "content-length": "0"}
    return HTTPResponse(status=303, headers=headers, content_type="text/plain; charset=utf-8")


async def _render(request: AnyRequest, page: PageHandler, parameters: Mapping[str, Any]) -> Any:
    """The page, as for a GET."""
    request.method = "GET"  # class-based views look at it
    try:
        response = page(request, **await arguments_of_get(request, page, parameters))
        return await response if inspect.isawaitable(response) else response
    finally:
        request.method = "POST"

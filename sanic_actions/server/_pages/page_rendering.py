"""Run a page's handler: in place after a failed post, or with the result of its form."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import CoroutineType
from typing import Any, Final

from sanic import Request

from ..._errors import InputError
from .._call.outcome import Outcome
from .._call.site import HOST, Site
from .._host import OtherQuery, abandon_body
from .carried_results import find_result, leave_again
from .class_views import arguments_of_get
from .page_query import action_named, query_without_ours
from .posted import Posted, attach

logger: Final = logging.getLogger("sanic_actions")

PageHandler = Callable[..., Any]
AnyRequest = Request[Any, Any]


async def show_page(site: Site, request: AnyRequest, handler: PageHandler, parameters: Mapping[str, Any]) -> Any:
    """Return the page, with the result of a form if the request's cookies name one."""
    result = await find_result(site.store, request)
    if result is not None:
        target = site.target(result.name, request.headers.get(HOST))
        if target is not None:
            try:
                outcome = Outcome.kept(result.record, target.endpoint)
                action = target.endpoint.entry.action
                attach(site, request, Posted(action, result.key, outcome.result(), name=result.name))
            except (InputError, ValueError) as error:
                extra = {"action": result.name}
                logger.warning(
                    "The result of %r cannot be shown, its type has changed: %s", result.name, error, extra=extra
                )
    try:
        with _own_query(site, request):
            response = handler(request, **parameters)
            if type(response) is CoroutineType or inspect.isawaitable(response):  # isawaitable() alone is slow
                return await response
            return response
    except BaseException:  # also if the visitor does not wait for the page
        if result is not None:
            await leave_again(site.store, result)
        raise


def _own_query(site: Site, request: AnyRequest) -> AbstractContextManager[None]:
    """Return what hides the name of an action that the query of a GET still has from the post.

    Programs that follow the redirect keep the query, and a visitor may ask for the address anew.
    """
    name = action_named(request.query_string)
    if name is None or site.target(name, request.headers.get(HOST)) is None:
        return nullcontext()
    return OtherQuery(request, query_without_ours(request.query_string))


async def render_in_place(request: AnyRequest, handler: PageHandler, parameters: Mapping[str, Any]) -> Any:
    """Return the page in answer to a post; its handler sees a GET without its parameters."""
    query = query_without_ours(request.query_string)
    abandon_body(request)
    # Class-based views dispatch on it, and templates may ask for it.
    request.method = "GET"
    try:
        with OtherQuery(request, query):
            view: type[Any] | None = getattr(handler, "view_class", None)
            if view is not None:
                parameters = await arguments_of_get(request, view, parameters)
            response = handler(request, **parameters)
            if type(response) is CoroutineType or inspect.isawaitable(response):  # isawaitable() alone is slow
                return await response
            return response
    finally:
        request.method = "POST"

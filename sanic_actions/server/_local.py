"""Calls an action in process: validated and guarded as over HTTP, the outcome as a value."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from sanic import Request

from .._actions import Action
from .._errors import ActionError, InputError
from .._results import Err, Ok
from ._call.context import ActionContext, derived
from ._call.endpoint import Endpoint
from ._dispatch import call
from ._inject import run_guards
from ._lookup import mounts_of

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
AnyRequest = Request[Any, Any]


class LeadsWithContext(Protocol[P, R_co]):
    """An action whose first parameter is the context, as ty sees it; the others see ``Concatenate``."""

    @property
    def max_body_size(self) -> int | None:
        """As of any action; it tells one from a plain function."""

    def __call__(self, context: ActionContext, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the handler."""
        ...


@overload
def call_action(
    request: AnyRequest,
    action: Action[Concatenate[ActionContext, P], Coroutine[Any, Any, R]] | LeadsWithContext[P, Coroutine[Any, Any, R]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Coroutine[Any, Any, Ok[R] | Err[ActionError]]: ...
@overload
def call_action(
    request: AnyRequest,
    action: Action[Concatenate[ActionContext, P], R] | LeadsWithContext[P, R],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Coroutine[Any, Any, Ok[R] | Err[ActionError]]: ...
@overload
def call_action(
    request: AnyRequest, action: Action[P, Coroutine[Any, Any, R]], /, *args: P.args, **kwargs: P.kwargs
) -> Coroutine[Any, Any, Ok[R] | Err[ActionError]]: ...
@overload
def call_action(
    request: AnyRequest, action: Action[P, R], /, *args: P.args, **kwargs: P.kwargs
) -> Coroutine[Any, Any, Ok[R] | Err[ActionError]]: ...
async def call_action(request: AnyRequest, action: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call an action of the app that serves ``request``: validate, run its guards, run its handler.

    The arguments are the handler's own. One that takes a context is called with ``context=context`` and sees a context
    of its own that adds cookies and headers to the same answer; the context may be left out where it comes first.

    Returns:
        ``Ok`` with what the handler returns, or ``Err`` with the ``ActionError`` that it, a guard or validation raised.

    Raises:
        LookupError: The app does not serve the action, or serves it in places with different guards.
        TypeError: The arguments are not those of the handler, or ``request`` is no request.
    """
    if not isinstance(request, Request):
        raise TypeError(
            f"The first argument of call_action must be the request that is being answered, not {request!r}. "
            "A handler finds it in its context, as context.request, other code in Request.get_current(). "
            "A test calls the action itself, or over HTTP with app.test_client."
        )
    served = _served(action, request)
    given = _arguments(action, args, kwargs)
    context = _context(request, served.name, given)
    try:
        injected = await run_guards(served.entry, context, given)
        return Ok(await call(served, _input(served, given), request, context, injected))
    except InputError as error:
        return Err(served.reports.in_words(error))
    except ActionError as error:
        return Err(error)


def _served(action: Action[..., Any], request: AnyRequest) -> Endpoint:
    places = mounts_of(action, request.app)
    if any(served.entry.guards != places[0][1].entry.guards for _, served in places):
        found = ", ".join(repr(f"{mount.prefix}/{served.name}") for mount, served in places)
        raise LookupError(f"{action!r} is mounted with different guards: {found}. Mount it once, or guard it alike.")
    return places[0][1]


def _arguments(action: Action[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by parameter name; what may be left out is left to validation."""
    signature = inspect.signature(action.handler)
    parameters = list(signature.parameters.values())
    leading = parameters[0].name if parameters and parameters[0].name == action.definition.context else None
    if leading and leading not in kwargs and not (args and isinstance(args[0], ActionContext)):
        signature = signature.replace(parameters=parameters[1:])
    return signature.bind_partial(*args, **kwargs).arguments


def _context(request: AnyRequest, name: str, given: dict[str, Any]) -> ActionContext:
    outer = next((value for value in given.values() if isinstance(value, ActionContext)), None)
    return derived(outer, name) if outer else ActionContext(request, name=name, called_from="local")


def _input(served: Endpoint, given: dict[str, Any]) -> Any:
    definition = served.entry.definition
    declared = definition.input
    if declared is None:
        return None
    supplied = {definition.context, definition.request, *definition.injected}
    fields = {name: value for name, value in given.items() if name not in supplied}
    return served.codec.validate(fields if declared.spread else next(iter(fields.values()), {}))

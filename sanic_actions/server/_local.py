"""Calls an action in process: validated and guarded as over HTTP, the outcome as a value."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import Any, Concatenate, NoReturn, ParamSpec, Protocol, TypeVar, overload

from sanic import Request, Sanic

from .._actions import Action
from .._context import ActionContext, CalledFrom, derived
from .._errors import ActionError
from .._results import Err, Event, Ok
from ._call.call import answer
from ._call.endpoint import Endpoint
from ._call.entrance import ServerCall
from ._host import job_request
from ._lookup import places_of
from ._relay import Relay, open_stream

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
AnyRequest = Request[Any, Any]
AnySanic = Sanic[Any, Any]
Items = AsyncIterator[R] | Iterator[R]
Events = AsyncIterator[Event[R]] | Iterator[Event[R]]


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
    action: Action[Concatenate[ActionContext, P], Events[R]] | LeadsWithContext[P, Events[R]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Coroutine[Any, Any, Ok[AsyncIterator[R]] | Err[ActionError]]: ...
@overload
def call_action(
    request: AnyRequest,
    action: Action[Concatenate[ActionContext, P], Items[R]] | LeadsWithContext[P, Items[R]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Coroutine[Any, Any, Ok[AsyncIterator[R]] | Err[ActionError]]: ...
@overload
def call_action(
    request: AnyRequest, action: Action[P, Events[R]], /, *args: P.args, **kwargs: P.kwargs
) -> Coroutine[Any, Any, Ok[AsyncIterator[R]] | Err[ActionError]]: ...
@overload
def call_action(
    request: AnyRequest, action: Action[P, Items[R]], /, *args: P.args, **kwargs: P.kwargs
) -> Coroutine[Any, Any, Ok[AsyncIterator[R]] | Err[ActionError]]: ...
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
@overload
def call_action(
    app: AnySanic,
    action: Action[..., Coroutine[Any, Any, R]],
    /,
    *args: Any,
    injected: Mapping[str, object] = ...,
    **kwargs: Any,
) -> Coroutine[Any, Any, Ok[R] | Err[ActionError]]: ...
@overload
def call_action(
    app: AnySanic, action: Action[..., R], /, *args: Any, injected: Mapping[str, object] = ..., **kwargs: Any
) -> Coroutine[Any, Any, Ok[R] | Err[ActionError]]: ...
async def call_action(request: Any, action: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call an action of the app that serves ``request``: validate, run its guards, run its handler.

    The arguments are the handler's own. One that takes a context is called with ``context=context`` and sees a context
    of its own that adds cookies and headers to the same answer; the context may be left out where it comes first.

    A job that answers no request passes its app instead. Then no guard runs, since nobody calls, and
    ``injected={"user": user}`` supplies what guards would; whatever surrounds the handler runs as ever.

    Returns:
        ``Ok`` with what the handler returns, of a stream an asynchronous iterator of its items, to be closed with
        ``aclose()`` when it is left early; or ``Err`` with the ``ActionError`` that the handler, a guard or validation
        raised, as any other caller would see it.

    Raises:
        LookupError: The app does not serve the action, or serves it in places with different guards.
        TypeError: The arguments are not those of the handler, or ``request`` is not a request.
        Exception: What the handler raises unexpectedly, to be masked or handled by whoever answers the request.
    """
    is_job = isinstance(request, Sanic)
    if is_job:
        request = job_request(request)
    if not isinstance(request, Request):
        raise TypeError(
            f"The first argument of call_action must be the request that is being answered, not {request!r}. "
            "A handler finds it in its context, as context.request, other code in Request.get_current(). "
            "A job that answers no request passes its app. "
            "A test calls the action itself, or over HTTP with app.test_client."
        )
    endpoint = _endpoint_of(action, request)
    if is_job:
        additions = _supplied(action, kwargs.pop("injected", {}))
    else:
        additions = {}
    arguments = _arguments(action, args, {**kwargs, **additions})
    call = ServerCall(request, endpoint.name)
    call.is_local, call.is_job = True, is_job
    call.injected = {name: arguments[name] for name in endpoint.entry.definition.injected if name in arguments}
    entrance = LocalEntrance(endpoint, arguments)
    if endpoint.streams:
        return await open_stream(entrance.relay, answer(call, entrance))
    outcome = await answer(call, entrance)
    return outcome.result


class LocalEntrance:
    """Calls of the server's own code: the action is known, the input is a value, and there is no origin.

    Args:
        endpoint: The action.
        arguments: What it is called with, by parameter name.
    """

    masks = False
    called_from: CalledFrom = "local"

    def __init__(self, endpoint: Endpoint, arguments: dict[str, Any]) -> None:
        self.observers = endpoint.settings.observers
        self._endpoint = endpoint
        self._arguments = arguments
        self.relay = Relay()

    def known_name(self, call: ServerCall) -> str:
        """Return the name of the action; see ``Entrance``, likewise below."""
        return self._endpoint.name

    def find(self, call: ServerCall) -> Endpoint:
        """Return the action."""
        return self._endpoint

    def check_origin(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Let pass: whoever brought the request has been let in."""

    def context(self, call: ServerCall, endpoint: Endpoint) -> ActionContext:
        """Return a context that adds to the same answer as the one that the action is called with."""
        for argument in self._arguments.values():
            if isinstance(argument, ActionContext):
                return derived(argument, endpoint.name)
        return ActionContext(call.request, name=endpoint.name, called_from="local")

    async def read(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Validate the arguments."""
        definition = endpoint.entry.definition
        declaration = definition.input
        if declaration is None:
            return
        extras = {definition.context, definition.request, *definition.injected}
        fields = {name: value for name, value in self._arguments.items() if name not in extras}
        call.input = endpoint.codec.validate(fields if declaration.spread else next(iter(fields.values()), {}))

    def sink(self, call: ServerCall, endpoint: Endpoint) -> Relay:
        """Return what hands items to the caller."""
        return self.relay

    def file_sink(self, call: ServerCall, endpoint: Endpoint) -> NoReturn:
        """Raise TypeError: who calls within the server gets the download itself."""
        raise TypeError(f"{endpoint.name!r} gives a file, which is not sent to its own server.")

    def repetition(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Return None: who calls within the server knows how often."""


def _endpoint_of(action: Action[..., Any], request: AnyRequest) -> Endpoint:
    places = places_of(action, request.app)
    first = places[0].endpoint
    if any(place.endpoint.entry.guards != first.entry.guards for place in places):
        paths = ", ".join(repr(f"{place.prefix}/{place.endpoint.name}") for place in places)
        raise LookupError(f"{action!r} is mounted with different guards: {paths}. Mount it once, or guard it alike.")
    return first


def _supplied(action: Action[..., Any], injected: Mapping[str, object]) -> Mapping[str, object]:
    """Return what a job supplies.

    Raises:
        TypeError: The handler has no parameter of a name that is marked ``Injected``.
    """
    for name in injected:
        if name not in action.definition.injected:
            names = ", ".join(map(repr, action.definition.injected)) or "none"
            raise TypeError(f"injected= supplies {name!r}, and the parameters of {action!r} to supply are {names}.")
    return injected


def _arguments(action: Action[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments by parameter name; what may be left out is left to validation."""
    signature = inspect.signature(action.handler)
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].name == action.definition.context:
        leading = parameters[0].name
    else:
        leading = None
    if leading and leading not in kwargs and not (args and isinstance(args[0], ActionContext)):
        signature = signature.replace(parameters=parameters[1:])
    return signature.bind_partial(*args, **kwargs).arguments

"""Call an action from the server's own code: checked as over HTTP, the outcome as a value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar, overload

from sanic import Request, Sanic

from .._actions import Action
from .._context import ActionContext, derived
from .._errors import ActionError, error_for_server_code
from .._observers import ServerObservedCall
from .._results import Err, Event, Ok
from .._server_mistakes import lookup_error, type_error
from ._call.call import answer
from ._call.endpoint import Endpoint
from ._call.entrance import ServerCall
from ._call.outcome import Outcome
from ._host import JobRequest
from ._local_additions import leave_for_answer
from ._local_arguments import bound_arguments, injected_of, supplied_arguments
from ._lookup import places_of
from ._relay import FileRelay, Relay, open_file, open_stream

R = TypeVar("R")
E = TypeVar("E", bound=ActionError)
AnyRequest = Request[Any, Any]
AnySanic = Sanic[Any, Any]
LocalItems = AsyncIterator[R] | Iterator[R]
Events = AsyncIterator[Event[R]] | Iterator[Event[R]]


@overload
def call_action(
    request: AnyRequest | AnySanic,
    action: Action[..., Events[R], E],
    /,
    *args: Any,
    injected: Mapping[str, object] = ...,
    **kwargs: Any,
) -> Coroutine[Any, Any, Ok[AsyncIterator[R]] | Err[E]]: ...
@overload
def call_action(
    request: AnyRequest | AnySanic,
    action: Action[..., LocalItems[R], E],
    /,
    *args: Any,
    injected: Mapping[str, object] = ...,
    **kwargs: Any,
) -> Coroutine[Any, Any, Ok[AsyncIterator[R]] | Err[E]]: ...
@overload
def call_action(
    request: AnyRequest | AnySanic,
    action: Action[..., Coroutine[Any, Any, R], E],
    /,
    *args: Any,
    injected: Mapping[str, object] = ...,
    **kwargs: Any,
) -> Coroutine[Any, Any, Ok[R] | Err[E]]: ...
@overload
def call_action(
    request: AnyRequest | AnySanic,
    action: Action[..., R, E],
    /,
    *args: Any,
    injected: Mapping[str, object] = ...,
    **kwargs: Any,
) -> Coroutine[Any, Any, Ok[R] | Err[E]]: ...
async def call_action(request: Any, action: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call an action of the app that serves ``request``: validate, run its guards, run its handler.

    The arguments are the fields of the input, as the handler names them: its context, its request
    and what is marked ``Injected`` may be left out. Cookies and headers that the handler sets go on
    the answer to the request, whatever answers it; one of the same name that stands there stays.
    Called with ``context=context`` it sees the state of that context too. Type checkers know the
    output and the errors; they cannot see what is injected, so that the arguments are checked when
    it is called.

    A job that answers no request passes its app instead. Then no guard runs, since nobody calls,
    and ``injected={"user": user}`` supplies what guards would; whatever surrounds the handler runs
    as ever. What its handler calls in turn, with the request that it got, is called by the job too.
    With a request, ``injected=`` takes the place of what its guards give.

    Returns:
        ``Ok`` with what the handler returns, of a stream an asynchronous iterator of its items, to
        be closed with ``aclose()`` when it is left early; of a ``Download`` of an iterator whatever
        surrounds the handler lasts until its bytes have been read, or are closed likewise; or
        ``Err`` with a declared error, ``InputError``, or ``CallError`` for what the action does not
        declare, with its code and message. Raised on in a handler, it is what was raised there.

    Raises:
        LookupError: The app does not serve the action, or serves it in places with different
            guards.
        TypeError: The arguments are not those of the handler, or ``request`` is not a request.
        Exception: What the handler raises unexpectedly, to be masked or handled by whoever answers
            the request.
    """
    is_with_app = isinstance(request, Sanic)
    if is_with_app:
        request = JobRequest(request)
    is_job = isinstance(request, JobRequest)  # so is what the handler of a job calls in turn
    if not isinstance(request, Request):
        raise type_error(
            "The first argument of call_action must be the request that is being answered, not "
            f"{request!r}. A handler finds it in its context, as context.request, other code in "
            "Request.get_current(). A job that answers no request passes its app. A test calls the "
            "action itself, or over HTTP with app.test_client."
        )
    endpoint = _endpoint_of(action, request)
    supplies: Mapping[str, object] = {}
    # An action may have a field of this name; with a request, the argument is then that field's.
    if is_with_app or not _has_field(endpoint, "injected"):
        supplies = supplied_arguments(action, kwargs.pop("injected", {}))
    arguments = bound_arguments(action, args, {**kwargs, **supplies})
    call = ServerCall(request, endpoint.name)
    call.is_local, call.is_job = True, is_job
    call.injected = injected_of(action, arguments)
    entrance = LocalEntrance(endpoint, arguments)
    if endpoint.is_stream:
        return await _with_additions(call, open_stream(entrance.relay, answer(call, entrance)))
    if endpoint.surrounds_parts:
        return await _with_additions(call, open_file(entrance.file_relay, answer(call, entrance)))
    # Not kept in a variable, which the traceback of an error would hold, and the error the variable.
    return _result_of(await _with_additions(call, answer(call, entrance)))


def _result_of(outcome: Outcome) -> Any:
    """Return an outcome as server code gets it."""
    if outcome.error is not None:
        return Err(error_for_server_code(outcome.error))
    return outcome.result()


def _has_field(endpoint: Endpoint, name: str) -> bool:
    """Return whether the input has a field of this name."""
    source = endpoint.input
    return source is not None and name in [field.name for field in source.fields or ()]


async def _with_additions(call: ServerCall, work: Awaitable[R]) -> R:
    """Do the work of a call; its action's cookies and headers go to its request's answer."""
    try:
        return await work
    finally:
        # After a failure too: a handler may delete a cookie and then refuse.
        if call.context is not None and not call.is_job:
            goes_on = call.endpoint is not None and call.endpoint.surrounds_parts
            leave_for_answer(call.request, call.context, goes_on=goes_on)


class LocalEntrance:
    """Calls of the server's own code: the action is known, the input is a value, and there is no origin.

    Args:
        endpoint: The action.
        arguments: What it is called with, by parameter name.
    """

    # The code that calls sees its handler's exceptions as they are, as from any function.
    masks = False

    def __init__(self, endpoint: Endpoint, arguments: dict[str, Any]) -> None:
        self.observer = endpoint.settings.observer
        self._endpoint = endpoint
        self._arguments = arguments
        self.relay = Relay()
        self.file_relay = FileRelay()

    def observed(self, call: ServerCall) -> ServerObservedCall:
        """Return the call as observers see it; see ``Entrance``, likewise below."""
        return ServerObservedCall(self._endpoint.name, "local", call.request.headers)

    def find(self, call: ServerCall) -> Endpoint:
        """Return the action."""
        return self._endpoint

    def check_origin(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Do nothing: the current request has passed its own check."""

    def context(self, call: ServerCall, endpoint: Endpoint) -> ActionContext:
        """Return a context that adds to the same answer as a context among the arguments."""
        for argument in self._arguments.values():
            if isinstance(argument, ActionContext):
                return derived(argument, endpoint.name)
        return ActionContext(call.request, endpoint.name, "local")

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

    def file_sink(self, call: ServerCall, endpoint: Endpoint) -> FileRelay:
        """Return what hands the bytes of a file to the caller."""
        return self.file_relay

    def repetition(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Return None: the server's own code does not repeat a call without knowing."""


def _endpoint_of(action: Action[..., Any], request: AnyRequest) -> Endpoint:
    places = places_of(action, request.app)
    # Which guards run must not depend on the order in which blueprints were registered.
    first = places[0].endpoint
    if any(place.endpoint.entry.guards != first.entry.guards for place in places):
        paths = ", ".join(repr(f"{place.prefix}/{place.endpoint.name}") for place in places)
        raise lookup_error(f"{action!r} is mounted with different guards: {paths}. Mount it once, or guard it alike.")
    return first

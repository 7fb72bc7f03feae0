"""Observers, which hear when a call starts and ends, on the server and on the client.

In the layer of words: both sides import this file. ``logging`` is imported only to log, since a
client must start fast.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from typing import Any, Final, Literal, Protocol

from ._errors import ActionError
from ._results import Err, Ok

Side = Literal["server", "client"]
ObservedOutcome = Ok[Any] | Err[ActionError] | None


class ObservedCall:
    """One call as observers see it.

    Attributes:
        name: The dotted name of the action; empty for a name that the server does not know.
        side: Which side observes it: the ``"server"`` that answers, or the ``"client"`` that calls.
        called_from: On the server, which entrance it came through: ``"rpc"``, ``"form"`` or ``"local"``; on a client
            ``"client"``.
        attempt: 1 at first, 2 when a client sends the call again, and so on. Each attempt has a start and an end.
        headers: The headers of the request. Those that an observer adds on a client are sent; on a server they are a
            copy.
    """

    __slots__ = ("_headers", "attempt", "called_from", "name", "side")

    name: str
    side: Side
    called_from: str
    attempt: int

    def __init__(
        self, name: str, side: Side, called_from: str, headers: MutableMapping[str, str], attempt: int = 1
    ) -> None:
        self.name = name
        self.side = side
        self.called_from = called_from
        self._headers = headers
        self.attempt = attempt

    @property
    def headers(self) -> MutableMapping[str, str]:
        """The headers of the request."""
        return self._headers

    def __repr__(self) -> str:
        return f"<{self.side} call of {self.name or 'an unknown action'}>"


class ServerObservedCall(ObservedCall):
    """The same on the server, where a call has one attempt."""

    # On the class: each attribute that is set costs a hundredth of what an observer costs.
    __slots__ = ("_copied_headers",)
    side: Side = "server"
    attempt: int = 1

    def __init__(self, name: str, called_from: str, headers: MutableMapping[str, str]) -> None:
        self.name = name
        self.called_from = called_from
        self._headers = headers

    @property
    def headers(self) -> MutableMapping[str, str]:
        """A copy of the headers of the request, made for those that ask."""
        if not hasattr(self, "_copied_headers"):
            sent_headers: Any = self._headers
            self._copied_headers: MutableMapping[str, str] = sent_headers.copy()
        return self._copied_headers

    def __reduce__(self) -> tuple[type[ServerObservedCall], tuple[str, str, MutableMapping[str, str]]]:
        """Return how to copy a call: two of its attributes cannot be set."""
        return ServerObservedCall, (self.name, self.called_from, self.headers)


def observers_of(observers: Iterable[Observer]) -> tuple[Observer, ...]:
    """Return the value of an option ``observers`` as a tuple.

    Raises:
        TypeError: It is not a list of observers.
    """
    value: Any = observers
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise TypeError(f"observers={value!r:.60} is not a list. Write observers=[...].")
    members = tuple(value)
    for observer in members:
        methods = (getattr(observer, "on_start", None), getattr(observer, "on_end", None))
        if isinstance(observer, type) or not all(map(callable, methods)):
            raise TypeError(_not_an_observer(observer))
        for method, arguments in zip(methods, _ARGUMENTS, strict=True):
            _check_method(observer, method, arguments)
    return members


_ARGUMENTS: Final = (("call",), ("token", "call", "outcome", "exception"))
"""What ``on_start`` and ``on_end`` are called with."""


def _check_method(observer: object, method: Any, arguments: Sequence[str]) -> None:
    """Refuse a method that would have to be awaited, since it would never run, or that each call would log as broken.

    Raises:
        TypeError: It is a coroutine function, or takes other arguments.
    """
    from inspect import isasyncgenfunction, iscoroutinefunction, signature

    name = getattr(method, "__name__", "on_start")
    if iscoroutinefunction(method) or isasyncgenfunction(method):
        raise TypeError(
            f"observers=[...] holds {observer!r:.60}, whose {name} is asynchronous, and observers are not awaited. "
            f"Write 'def {name}(...)', and leave work that waits to a task: asyncio.create_task(...)."
        )
    try:
        signature(method).bind(*arguments)
    except TypeError as error:
        raise TypeError(
            f"observers=[...] holds {observer!r:.60}, whose {name} cannot be called with {', '.join(arguments)}: "
            f"{error}. Write 'def {name}(self, {', '.join(arguments)})'."
        ) from None
    except ValueError:  # one in C, which does not say
        pass


def _not_an_observer(observer: object) -> str:
    message = f"observers=[...] holds {observer!r:.60}, which is not an observer. "
    if isinstance(observer, type):
        message += f"Write an object of it: {observer.__name__}()."
    else:
        message += "Write an object with the methods on_start(call) and on_end(token, call, outcome, exception)."
    return message


class Observer(Protocol):
    """Is told when calls start and end. What it raises is logged and changes nothing."""

    def on_start(self, call: ObservedCall) -> object:
        """Hear of a call that starts; what this returns is given to ``on_end``."""

    def on_end(self, token: Any, call: ObservedCall, outcome: ObservedOutcome, exception: BaseException | None) -> None:
        """Hear of the end of a call.

        Args:
            token: What ``on_start`` returned.
            call: The same call.
            outcome: What the caller gets; None where the call was cancelled.
            exception: The exception behind the error of ``outcome``, if that is masked, or if ``errors=`` made it with
                a status of 500 and above; what ended a call without an outcome; else None.
        """


Observers = Sequence[Observer]

Listeners = tuple[Observer, object, "Listeners"] | None
"""The observers that heard of the start of a call, the last one first.

Each has what its ``on_start`` returned, and those that heard of it before.
"""


def tell_start(observers: Iterable[Observer], call: ObservedCall) -> Listeners:
    """Tell observers, in their order, that a call starts."""
    listeners: Listeners = None
    for observer in observers:
        try:
            listeners = observer, observer.on_start(call), listeners
        except BaseException as error:  # a broken observer must not fail the call
            if _ends_the_program(call, error):
                raise
            _report(_AT_START, observer, call, None)
    return listeners


def tell_end(
    listeners: Listeners, call: ObservedCall, outcome: ObservedOutcome, exception: BaseException | None = None
) -> None:
    """Tell those that heard of the start, in the opposite order, that the call has ended."""
    # The last one to start is the first to end, as with nested spans of a trace.
    while listeners is not None:
        observer, token, listeners = listeners
        try:
            observer.on_end(token, call, outcome, exception)
        except BaseException as error:
            if _ends_the_program(call, error):
                raise
            _report(_AT_END, observer, call, outcome)


class _Several:
    """Observers as one, which hear of a call in their order, and of its end in the opposite one."""

    def __init__(self, observers: Observers) -> None:
        self._observers = observers

    def on_start(self, call: ObservedCall) -> Listeners:
        return tell_start(self._observers, call)

    def on_end(
        self, token: Listeners, call: ObservedCall, outcome: ObservedOutcome, exception: BaseException | None
    ) -> None:
        tell_end(token, call, outcome, exception)


NOBODY: Final[Observer] = _Several(())
"""Hears nothing."""


def as_one(observers: Observers) -> Observer | None:
    """Return observers as one: a sole one as it is, since a loop over it would cost as much as it does."""
    if len(observers) > 1:
        return _Several(observers)
    return next(iter(observers), None)


def report_start(observer: Observer, call: ObservedCall) -> None:
    """Log the exception of a server's observer at the start of a call."""
    _report(_AT_START, observer, call, None)


def report_end(observer: Observer, call: ObservedCall, outcome: ObservedOutcome) -> None:
    """Log the exception of a server's observer at the end of a call."""
    _report(_AT_END, observer, call, outcome)


def _ends_the_program(call: ObservedCall, error: BaseException) -> bool:
    """Return whether an exception came from a signal, which Python raises wherever a program is.

    On a server signals arrive in the event loop, so the observer itself has raised such an
    exception, and no call may end the worker.
    """
    return call.side == "client" and isinstance(error, (KeyboardInterrupt, SystemExit))


def _report(message: str, observer: Observer, call: ObservedCall, outcome: ObservedOutcome) -> None:
    """Log the exception that an observer has raised."""
    import logging

    attributes = {"action": call.name}
    error_id = getattr(outcome and outcome.error, "id", None)
    if error_id:
        attributes["error_id"] = error_id
    logging.getLogger("sanic_actions").exception(message, observer, call, extra=attributes)


_AT_START: Final = "The observer %r failed at the start of %r."
_AT_END: Final = "The observer %r failed at the end of %r."

"""Calls of a client that has observers, which hear of each attempt.

The loops are those of ``_calls`` with the observers inside, so that calls without observers do not
pay for them: a client without any never imports this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .._error_facts import set_place
from .._errors import ActionError
from .._observers import Listeners, ObservedCall, ObservedOutcome, Observers, tell_end, tell_start
from .._results import Err, Ok
from ._address import checked_headers
from ._calls import AsyncCall, Call, ToResult, is_in_event_loop
from ._outcome import failure, read
from ._transport import Request

if TYPE_CHECKING:
    from ._plan import Plan
    from ._retries import Attempts
    from ._transport import AsyncTransport, Response, Transport

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)


class Conversation:
    """The attempts of one call, as they are reported to observers.

    Args:
        observers: Those of the client.
        name: The dotted name of the action.
    """

    __slots__ = ("_name", "_observers", "_started", "attempt")

    def __init__(self, observers: Observers, name: str) -> None:
        self._observers = observers
        self._name = name
        self._started: tuple[ObservedCall, Listeners] | None = None
        self.attempt = 0

    def start(self, request: Request) -> Request:
        """Tell of an attempt, and return its request with the headers that observers add."""
        headers = dict(request.headers)
        self._tell(headers)
        if headers == request.headers:
            return request
        return Request(request.url, self._with_added(request.headers, headers), request.body, request.timeout)

    def _with_added(self, own: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
        """Return a request's headers with those that observers add; log what cannot be sent."""
        sent = dict(own)
        for name, value in headers.items():  # as many as observers add
            if name in own and own[name] == value:
                continue
            try:
                sent |= checked_headers({name: value})
            except ValueError as error:
                import logging

                message = "A header that an observer has added to a call of %r is not sent: %s"
                logging.getLogger("sanic_actions").error(message, self._name, error)
        return sent

    def end(self, outcome: ObservedOutcome, exception: BaseException | None) -> None:
        """Tell of the end of an attempt, or of a call that came to an end before its first one."""
        if self._started is None:
            if self.attempt:
                return  # between two attempts
            self._tell({})
        started, self._started = self._started, None
        if started is not None:
            call, listeners = started
            tell_end(listeners, call, outcome, exception)

    def _tell(self, headers: dict[str, str]) -> None:
        self.attempt += 1
        call = ObservedCall(self._name, "client", "client", headers, self.attempt)
        self._started = call, tell_start(self._observers, call)

    def pause(
        self, attempts: Attempts | None, plan: Plan, request: Request, reply: Response | Exception
    ) -> float | None:
        """Tell observers of the end of an attempt, and return how long to wait before the next one.

        Returns:
            None where the reply is to be accepted; then the caller tells of the end.
        """
        if attempts is None:
            pause = None
        else:
            pause = attempts.pause(reply)
        if pause is None:
            return None
        if isinstance(reply, Exception):
            self.end(Err(failure(reply, request)), reply)
        else:
            self.end(_outcome(plan, request, reply), None)
        return pause


class ConversationApart(Conversation):
    """The same for an answer that is read part by part, in a context of its own.

    What observers set there, such as the current span, is not seen by whoever reads the parts: it
    may stop in the middle, read two answers in turn, or leave the rest to another task.
    """

    __slots__ = ("_context",)

    def __init__(self, observers: Observers, name: str) -> None:
        super().__init__(observers, name)
        self._context = copy_context()

    def start(self, request: Request) -> Request:
        """Tell of an attempt; see ``Conversation``, likewise below."""
        return self._context.run(super().start, request)

    def end(self, outcome: ObservedOutcome, exception: BaseException | None) -> None:
        """Tell of the end of an attempt."""
        self._context.run(super().end, outcome, exception)


def _outcome(plan: Plan, request: Request, response: Response) -> ObservedOutcome:
    try:
        return Ok(read(plan, request, response))
    except ActionError as error:
        return Err(error)


class ObservingCall(Call[P, R_co, E_co]):
    """A call of a ``Client`` with observers."""

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], to_result: ToResult) -> Any:
        if is_in_event_loop():
            self._session.connections.warn_of_blocking(self._name)
        conversation = Conversation(self._session.observers, self._name)
        request: Request | None = None
        try:
            plan, request, attempts = self._begin(args, kwargs)
            transport: Transport = self._session.open()
            while True:
                request = conversation.start(request)
                try:
                    response = transport.send(request)
                except Exception as error:
                    pause = conversation.pause(attempts, plan, request, error)
                    if attempts is None or pause is None:
                        raise failure(error, request, attempts) from error
                else:
                    pause = conversation.pause(attempts, plan, request, response)
                    if attempts is None or pause is None:
                        output = self._read(plan, request, response)
                        conversation.end(Ok(output), None)
                        return to_result(output, response)
                from time import sleep

                sleep(pause)
                request = attempts.request
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            conversation.end(Err(error), error.__cause__)
            raise
        except BaseException as error:
            if conversation.attempt:  # else nothing was called: the arguments are wrong
                conversation.end(None, error)
            raise


class ObservingAsyncCall(AsyncCall[P, R_co, E_co]):
    """A call of an ``AsyncClient`` with observers."""

    async def _call(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        to_result: ToResult,
    ) -> Any:
        conversation = Conversation(self._session.observers, self._name)
        request: Request | None = None
        try:
            plan, request, attempts = self._begin(args, kwargs)
            transport: AsyncTransport = self._session.open()
            while True:
                request = conversation.start(request)
                try:
                    response = await transport.send(request)
                except Exception as error:
                    pause = conversation.pause(attempts, plan, request, error)
                    if attempts is None or pause is None:
                        raise failure(error, request, attempts) from error
                else:
                    pause = conversation.pause(attempts, plan, request, response)
                    if attempts is None or pause is None:
                        output = self._read(plan, request, response)
                        conversation.end(Ok(output), None)
                        return to_result(output, response)
                from asyncio import sleep

                await sleep(pause)
                request = attempts.request
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            conversation.end(Err(error), error.__cause__)
            raise
        except BaseException as error:
            if conversation.attempt:  # else nothing was called: the arguments are wrong
                conversation.end(None, error)
            raise

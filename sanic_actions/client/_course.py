"""Answers that are read while they arrive: the decisions that streams, files and both clients share.

Such a call is sent when its caller asks for the first part, and closed at its end, by an error, or
by its caller. Its timeout is the longest gap between two parts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, ClassVar, Final, ParamSpec, TypeVar

from .._error_facts import set_place
from .._errors import ActionError
from .._literals import CONTRACT_HEADER
from .._results import Err, Ok
from ._calls import AnyCall
from ._outcome import MAX_PROBLEM, failure, unanswered
from ._retries import is_passing, is_rewindable, pause_after
from ._transport import AsyncOpenResponse, BadResponse, OpenResponse, Request, Response, streaming

if TYPE_CHECKING:
    from ._observed import Conversation
    from ._plan import Plan

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)

JSON: Final = {"content-type": "application/json"}
PROBLEM: Final = {"content-type": "application/problem+json"}


class OpenCall(AnyCall[P, R_co, E_co]):
    """An action whose answer is read while it arrives.

    Attributes:
        accept: The media types that are asked for.
    """

    accept: ClassVar[str]

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name == "safe":
                message = f"{self._name} is called before 'safe': write client.{self._name}(...).safe()"
                raise AttributeError(message, name=name, obj=self)
            return super().__getattr__(name)

    def prepared(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Plan, Request]:
        """Return the request of a call; a wrong input fails the first part that is asked for."""
        plan = self._declaration.plan()
        make_request = self._make_request or self._request_maker(plan)
        request = make_request(args, kwargs)
        headers = {**request.headers, "accept": f"{self.accept}, application/problem+json"}
        return plan, Request(request.url, headers, request.body, request.timeout)


class Course:
    """The state of one call: its request, how much has arrived, and whether it can be sent again.

    Attributes:
        noun: The word for the answer in messages: "stream" or "file".
        part: The word for a part of it: "item" or "part".
        name: The dotted name of the action.
        request: The request to send next.
        is_over: Whether the end has arrived.
        answer: The answer without its body, the last one where there were several; None before
            there is one.
        marks: The header of the answer that names the server's contract, if there is one. It is
            given to each response that is made of a part, since calls look for it there.
    """

    noun: ClassVar[str]
    part: ClassVar[str]
    name: str
    request: Request
    is_over: bool
    answer: Response | None
    marks: dict[str, str]
    _plan: Plan

    def __init__(
        self,
        call: OpenCall[Any, Any, Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        call._check_usage(args, kwargs)
        self.name = call._name
        self.is_over = False
        self.answer = None
        self.marks = {}
        self._call = call
        self._prepare: Callable[[], tuple[Plan, Request]] = lambda: call.prepared(args, kwargs)
        self._repeats = 0
        self._has_head = False
        self._conversation: Conversation | None = None

    def begin(self) -> Any:
        """Encode the arguments, and return the transport.

        Raises:
            InputError: The arguments cannot be sent.
            CallError: There is no URL, or the client is closed.
        """
        session = self._call._session
        if session.observers:
            from ._observed import ConversationApart

            self._conversation = ConversationApart(session.observers, self.name)
        self._plan, self.request = self._prepare()
        return session.open()

    def next_request(self) -> Request:
        """Return the request to send, and tell observers that an attempt starts."""
        if self._conversation is not None:
            self.request = self._conversation.start(self.request)
        self._has_head = False
        return self.request

    def is_wanted(self, response: OpenResponse | AsyncOpenResponse) -> bool:
        """Return whether the answer is a stream or a file; else it is an error, to read whole."""
        self._has_head = True
        self.answer = _response(response, b"")
        digest = response.headers.get(CONTRACT_HEADER)
        if digest is None:
            self.marks = {}
        else:
            self.marks = {CONTRACT_HEADER: digest}
        # No client asks for a coding, and none is undone: a small answer could unpack to anything.
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        return response.status == 200 and coding == "identity" and self._is_of_its_kind(response)

    def _is_of_its_kind(self, response: OpenResponse | AsyncOpenResponse) -> bool:
        raise NotImplementedError

    def pause(self, reply: Response | Exception) -> float | None:
        """Return how many seconds to wait before the call is sent again; None where it is not."""
        session = self._call._session
        if self._repeats >= session.retries or not is_rewindable(self.request):
            return None
        if not is_passing(reply, self._plan.repeatable):
            return None
        seconds = pause_after(reply, self._repeats)
        self._repeats += 1
        if isinstance(reply, Exception):
            self.tell(Err(self.failure(reply)), reply)
        return seconds

    def failure(self, reply: Response | Exception) -> ActionError:
        """Return the error for a reply in place of the answer, or in the middle of it."""
        if isinstance(reply, Response):
            try:
                self.read(reply)
            except ActionError as error:
                return error
            reply = BadResponse(f"{reply.status} without a {self.noun}", reply.status)
        if self._has_head and isinstance(reply, TimeoutError):
            seconds = self.request.timeout
            message = (
                f"No {self.part} from {self.request.url} within {seconds:g} seconds."
                f" Allow more time between two {self.part}s with with_options(timeout=...)."
            )
            return unanswered("GATEWAY_TIMEOUT", "timeout", message, self.request)
        return failure(reply, self.request)

    def with_place(self, error: ActionError) -> ActionError:
        """Return an error with the name of its action, and tell observers of it."""
        request = getattr(self, "request", None)
        set_place(error, self.name, "" if request is None else request.url)
        self.tell(Err(error), error.__cause__)
        return error

    def tell_if_left(self) -> None:
        """Tell observers that the caller has left before the end, with what ended its task or its program."""
        if self.is_over:
            return
        reason = sys.exception()
        if isinstance(reason, Exception | GeneratorExit):  # the caller's own affair
            reason = None
        self.tell(None, reason)

    def tell(
        self,
        outcome: Ok[Any] | Err[ActionError] | None,
        exception: BaseException | None,
    ) -> None:
        """Tell observers of the end of an attempt."""
        if self._conversation is not None:
            self._conversation.end(outcome, exception)

    def read(self, response: Response) -> Any:
        """Return the value in an answer, or raise the error in it."""
        return self._call._read(self._plan, self.request, response)


# ---- The network


def open_answer(course: Course, transport: Any) -> OpenResponse:
    """Send the request, again if need be, and return the stream or file that answers it.

    Raises:
        ActionError: Something else answered, or nothing.
    """
    while True:  # pause_before() raises once there is no other attempt
        try:
            response: OpenResponse = streaming(transport)(course.next_request())
            if course.is_wanted(response):
                return response
            try:
                reply: Response | Exception = _whole(response, course.request.timeout)
            finally:
                response.close()
        except Exception as error:
            reply = error
        sleep(pause_before(course, reply))


async def open_answer_async(course: Course, transport: Any) -> AsyncOpenResponse:
    """Return the same for an ``AsyncClient``."""
    from asyncio import sleep

    while True:  # likewise
        try:
            response: AsyncOpenResponse = await streaming(transport)(course.next_request())
            if course.is_wanted(response):
                return response
            try:
                reply: Response | Exception = await _whole_async(response, course.request.timeout)
            finally:
                await response.close()
        except Exception as error:
            reply = error
        await sleep(pause_before(course, reply))


def pause_before(course: Course, reply: Response | Exception) -> float:
    """Return how many seconds to wait before the next attempt.

    Raises:
        ActionError: There is no other attempt.
    """
    if isinstance(reply, ActionError):
        raise reply
    seconds = course.pause(reply)
    if seconds is not None:
        return seconds
    if isinstance(reply, Exception):
        raise course.failure(reply) from reply
    raise course.failure(reply)


def _whole(response: OpenResponse, seconds: float) -> Response:
    """Read an answer that is neither stream nor file, up to the size of a problem."""
    ends, body = monotonic() + seconds, bytearray()
    while len(body) <= MAX_PROBLEM and (chunk := response.read(ends - monotonic())):
        body += chunk
    return _response(response, bytes(body))


async def _whole_async(response: AsyncOpenResponse, seconds: float) -> Response:
    """Read the same for an ``AsyncClient``."""
    ends, body = monotonic() + seconds, bytearray()
    while len(body) <= MAX_PROBLEM and (chunk := await response.read(ends - monotonic())):
        body += chunk
    return _response(response, bytes(body))


def _response(response: OpenResponse | AsyncOpenResponse, body: bytes) -> Response:
    """Return an answer with what was read of its body."""
    cookies = getattr(response, "set_cookies", ())  # a transport of the user need not know
    return Response(response.status, response.headers, body, cookies)

"""Answers that are read while they arrive: the decisions that streams, files and both clients share.

Such a call is opened when something of it is first asked for, and closed at its end, by an error,
or by its caller. Its timeout is the longest gap between two parts.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, ClassVar, Final, ParamSpec, TypeVar

from .._errors import ActionError, set_place
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
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            if name == "safe":
                message = f"{self._name} is called before 'safe': write client.{self._name}(...).safe()"
            raise AttributeError(message, name=name, obj=self)

    def prepared(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Plan, Request]:
        """Return the request of a call; an input that cannot be sent fails the first part that is asked for."""
        plan = self._declaration.plan()
        make = self._make or self._maker(plan)
        request = make(args, kwargs)
        headers = {**request.headers, "accept": f"{self.accept}, application/problem+json"}
        return plan, Request(request.url, headers, request.body, request.timeout)


class Course:
    """One call: what is sent for it, what has arrived, and whether it can be sent again.

    Attributes:
        noun: What is asked for, as messages say it.
        part: What it arrives in, likewise.
        name: The dotted name of the action.
        request: What to send.
        is_over: Whether the end has arrived.
        marks: What the head of the answer says of the contract.
    """

    noun: ClassVar[str]
    part: ClassVar[str]
    name: str
    request: Request
    is_over: bool
    marks: dict[str, str]
    _plan: Plan

    def __init__(self, call: OpenCall[Any, Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call._check_usage(args, kwargs)
        self.name = call._name
        self.is_over = False
        self.marks = {}
        self._call = call
        self._prepare: Callable[[], tuple[Plan, Request]] = lambda: call.prepared(args, kwargs)
        self._repeated = 0
        self._was_opened = False
        self._conversation: Conversation | None = None

    def begin(self) -> Any:
        """Read the arguments, and return what opens an answer.

        Raises:
            InputError: They cannot be sent.
            CallError: There is no URL, or the client is closed.
        """
        session = self._call._session
        if session.observers:
            from ._observed import Conversation

            self._conversation = Conversation(session.observers, self.name)
        self._plan, self.request = self._prepare()
        return session.open()

    def next_request(self) -> Request:
        """Return what to send now."""
        if self._conversation is not None:
            self.request = self._conversation.start(self.request)
        self._was_opened = False
        return self.request

    def is_wanted(self, response: OpenResponse | AsyncOpenResponse) -> bool:
        """Return whether the answer is what was asked for; else it is an error to be read as a whole."""
        self._was_opened = True
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

    def pause(self, came: Response | Exception) -> float | None:
        """Return how long to wait before the call is sent again; None where it is not."""
        session = self._call._session
        if self._repeated >= session.retries or not is_rewindable(self.request):
            return None
        if not is_passing(came, self._plan.repeatable):
            return None
        seconds = pause_after(came, self._repeated)
        self._repeated += 1
        if isinstance(came, Exception):
            self.tell(Err(self.failure(came)), came)
        return seconds

    def failure(self, came: Response | Exception) -> ActionError:
        """Return the error for what came instead of what was asked for, or in the middle of it."""
        if isinstance(came, Response):
            try:
                self.read(came)
            except ActionError as error:
                return error
            came = BadResponse(f"{came.status} without a {self.noun}", came.status)
        if self._was_opened and isinstance(came, TimeoutError):
            seconds = self.request.timeout
            message = (
                f"No {self.part} from {self.request.url} within {seconds:g} seconds."
                f" Allow more time between two {self.part}s with with_options(timeout=...)."
            )
            return unanswered("GATEWAY_TIMEOUT", "timeout", message, self.request)
        return failure(came, self.request)

    def placed(self, error: ActionError) -> ActionError:
        """Return an error with the action that it is of, having told observers of it."""
        request = getattr(self, "request", None)
        set_place(error, self.name, "" if request is None else request.url)
        self.tell(Err(error), error.__cause__)
        return error

    def left(self) -> None:
        """Tell observers that the caller has left before the end."""
        if not self.is_over:
            self.tell(None, None)

    def tell(self, outcome: Ok[Any] | Err[ActionError] | None, exception: BaseException | None) -> None:
        """Tell observers of the end of an attempt."""
        if self._conversation is not None:
            self._conversation.end(outcome, exception)

    def read(self, response: Response) -> Any:
        """Return the value in an answer, or raise the error in it."""
        return self._call._read(self._plan, self.request, response)


# ---- The network


def opened(course: Course, transport: Any) -> OpenResponse:
    """Return the answer that was asked for, having sent the request as often as may be.

    Raises:
        ActionError: Another one came, or none.
    """
    while True:  # pause_before() raises once there is no other attempt
        try:
            response: OpenResponse = streaming(transport)(course.next_request())
            if course.is_wanted(response):
                return response
            try:
                came: Response | Exception = _whole(response, course.request.timeout)
            finally:
                response.close()
        except Exception as error:
            came = error
        sleep(pause_before(course, came))


async def opened_async(course: Course, transport: Any) -> AsyncOpenResponse:
    """Return the same for an ``AsyncClient``."""
    from asyncio import sleep

    while True:  # likewise
        try:
            response: AsyncOpenResponse = await streaming(transport)(course.next_request())
            if course.is_wanted(response):
                return response
            try:
                came: Response | Exception = await _whole_async(response, course.request.timeout)
            finally:
                await response.close()
        except Exception as error:
            came = error
        await sleep(pause_before(course, came))


def pause_before(course: Course, came: Response | Exception) -> float:
    """Return how long to wait before the next attempt.

    Raises:
        ActionError: There is none.
    """
    if isinstance(came, ActionError):
        raise came
    seconds = course.pause(came)
    if seconds is not None:
        return seconds
    if isinstance(came, Exception):
        raise course.failure(came) from came
    raise course.failure(came)


def _whole(response: OpenResponse, seconds: float) -> Response:
    """Return an answer that is not what was asked for; no more of it is read than of a problem."""
    ends, body = monotonic() + seconds, bytearray()
    while len(body) <= MAX_PROBLEM and (chunk := response.read(ends - monotonic())):
        body += chunk
    return Response(response.status, response.headers, bytes(body))


async def _whole_async(response: AsyncOpenResponse, seconds: float) -> Response:
    ends, body = monotonic() + seconds, bytearray()
    while len(body) <= MAX_PROBLEM and (chunk := await response.read(ends - monotonic())):
        body += chunk
    return Response(response.status, response.headers, bytes(body))

"""A call on its way through the checks, and the protocol of the entrances that bring calls."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from sanic import Request

from ..._context import ActionContext
from ..._entry import InterceptorCall
from ..._observers import Observer, ServerObservedCall
from ..._types.output_file import Download
from .._form_body import FormBody
from .deadline import TimeLimit, Until
from .endpoint import Endpoint
from .outcome import Outcome

_NOTHING: Final[Mapping[str, object]] = {}
_NO_HEADERS: Final[Mapping[str, str]] = {}


class ServerCall:
    """One call on its way through the checks, each of which adds to it.

    Attributes:
        request: The request that brings the call.
        name: The name that the caller asks for; it is an action's only if there is an endpoint.
        endpoint: The action, once it is known.
        context: The context for its handler and guards; None if none of them asks for one.
        injected: The values that guards and sanic-ext supply, by parameter name.
        body: The input as JSON, if it came as JSON.
        form: The input as a form, if it came as one; its files live until it is closed.
        input: The input, decoded and validated.
        ends_at: The moment at which its caller stops waiting, by ``time.monotonic``.
        headers: Headers for a refused caller, such as ``Retry-After``.
        exception: The exception behind a masked error.
        ends_with_request: Whether Sanic itself ends the call when it takes too long.
        is_local: Whether the call comes from the server's own code (``call_action``); rates do not
            count those.
        is_job: Whether the call comes from a job without a request; guards are skipped, as there is
            no caller to check.
        run_key: The key under which its outcome is kept, if it runs once.
        is_repeated: Whether its outcome is that of an earlier run.
        is_told: Whether observers have been told how it failed, while its run may go on.
        deadline: The timer that ends the call when its caller stops waiting.
        gap: The timer that ends a stream whose next item takes too long.
        sink: The receiver of a stream's items, or of a file's bytes.
        has_run: Whether the handler of a stream was called, or any other has failed, inside of its
            interceptors.
        handled: The handler's own outcome, inside of its interceptors.
        replacements: The outputs that inner interceptors returned in place of the handler's, the
            innermost first.
        unsubmitted: Why nothing is to run, whatever the input: a button changed the form, or the
            form was only to be checked.
    """

    # Defaults stand on the class: a call sets what it needs, which is little, and each attribute
    # costs 15 ns.
    endpoint: Endpoint | None = None
    context: ActionContext | None = None
    injected: Mapping[str, object] = _NOTHING
    body: bytes = b""
    form: FormBody | None = None
    input: Any = None
    ends_at: float | None = None
    headers: Mapping[str, str] = _NO_HEADERS
    ends_with_request: bool = True
    exception: BaseException | None = None
    is_local: bool = False
    is_job: bool = False
    run_key: str = ""
    is_repeated: bool = False
    is_told: bool = False
    deadline: Until[Any] | None = None
    gap: TimeLimit | None = None
    sink: Sink | None = None
    has_run: bool = False
    handled: Outcome | None = None
    replacements: tuple[tuple[InterceptorCall, object], ...] = ()
    unsubmitted: Literal["", "changed", "checked"] = ""

    def __init__(self, request: Request[Any, Any], name: str) -> None:
        self.request = request
        self.name = name


class Sink(Protocol):
    """The receiver of a stream's items."""

    def send(self, item: object, body: bytes, identity: str | None, now: float) -> Awaitable[None]:
        """Send an item or some bytes, and return when there is room for the next (backpressure).

        Args:
            item: As the handler has yielded it.
            body: The same as JSON.
            identity: Its id.
            now: The time, by the clock of the event loop.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHead:
    """The facts about a file that come before its first bytes.

    Attributes:
        name: Its safe name; empty where it has none.
        content_type: Its media type.
        size: Its length in bytes; None where nobody knows.
    """

    name: str
    content_type: str
    size: int | None


class FileReceiver(Sink, Protocol):
    """The receiver of a file's bytes."""

    def keeps(self, download: Download) -> bool:
        """Return whether the caller receives the ``Download`` itself, so that no bytes are sent."""
        ...

    def announce(self, head: FileHead) -> None:
        """Take note of the head of the file, before its first bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """An idempotency key: a caller's header, or the token in a form.

    A caller's key promises that nothing runs twice, whatever becomes of servers and stores. A
    form's token guards against second clicks, and a form that failed for reasons of ours may be
    sent again.
    """

    kind: Literal["call", "form"]
    key: str

    @property
    def is_strict(self) -> bool:
        """Whether it is better that nothing runs than that something runs twice."""
        return self.kind == "call"


class Entrance(Protocol):
    """Where calls come in. Each method is one step of ``_check_and_run`` (``call.py``), in this order.

    Attributes:
        masks: Whether an unexpected exception becomes an outcome; the server's own code sees it as
            it is.
        observer: Who is told of its calls.
    """

    masks: bool

    @property
    def observer(self) -> Observer | None:
        """Who is told of its calls."""
        ...

    def observed(self, call: ServerCall) -> ServerObservedCall:
        """Return the call as observers see it, with the name of a known action or an empty one.

        Callers choose names, so that unknown ones must not become labels of metrics.
        """
        ...

    def find(self, call: ServerCall) -> Endpoint:
        """Return the action that is called.

        Raises:
            ActionError: ``METHOD_NOT_ALLOWED`` or ``NOT_FOUND``.
        """
        ...

    def check_origin(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Refuse what a page of another origin sends.

        Raises:
            ActionError: ``FORBIDDEN``.
        """
        ...

    def context(self, call: ServerCall, endpoint: Endpoint) -> ActionContext | None:
        """Return the context of the call; None if nothing takes one."""
        ...

    async def read(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Read and validate the input: media type, size, decode, validate.

        Raises:
            ActionError: It cannot be read.
            InputError: It is not valid.
        """
        ...

    def sink(self, call: ServerCall, endpoint: Endpoint) -> AbstractAsyncContextManager[Sink]:
        """Return the receiver of a stream's items, to be entered while the stream lasts."""
        ...

    def file_sink(self, call: ServerCall, endpoint: Endpoint) -> AbstractAsyncContextManager[FileReceiver]:
        """Return the receiver of a file's bytes, to be entered for as long as the file is sent."""
        ...

    def repetition(self, call: ServerCall, endpoint: Endpoint) -> Repetition | None:
        """Return the idempotency key of the call; None without one.

        Raises:
            ActionError: ``BAD_REQUEST``, the key cannot be one.
        """
        ...

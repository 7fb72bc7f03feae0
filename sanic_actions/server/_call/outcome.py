"""What came of a call, as a value: a response asks it for status and body, a page for a result, a store for bytes."""

from __future__ import annotations

from typing import Any, Final

from ..._error_facts import http_status
from ..._errors import ActionError
from ..._results import Err, Ok
from .endpoint import Endpoint
from .problems import NO_DETAILS, Details, Later, masked_error, read_problem, seen_error, written_problem


class Outcome:
    """What came of a call.

    Attributes:
        endpoint: The action; None where there is none of that name.
        error: The failure as its caller sees it; None after a success.
    """

    __slots__ = ("_body", "_details", "_output", "endpoint", "error")

    error: ActionError | None
    _details: Details

    def __init__(self, endpoint: Endpoint | None, output: object, body: bytes | None) -> None:
        self.endpoint = endpoint
        self.error = None
        self._output = output
        self._body = body

    @classmethod
    def failed(cls, error: ActionError, endpoint: Endpoint | None) -> Outcome:
        """Return the outcome of an expected failure.

        Raises:
            Exception: The fields of the error are not what it declares.
        """
        outcome = cls(endpoint, None, None)
        outcome.error, outcome._details = seen_error(error, endpoint)
        return outcome

    @classmethod
    def masked(cls, error: BaseException, endpoint: Endpoint | None, later: Later | None = None) -> Outcome:
        """Return the outcome of an unexpected failure, which is logged, at once or later."""
        outcome = cls(endpoint, None, None)
        outcome.error, outcome._details = masked_error(error, endpoint, later), NO_DETAILS
        return outcome

    @classmethod
    def kept(cls, record: bytes, endpoint: Endpoint) -> Outcome:
        """Return the outcome of a call of the same action from what ``written`` gave."""
        mark, body = record[:1], record[1:]
        if mark == b"+":
            return cls(endpoint, _UNREAD, None if endpoint.returns_nothing else body)
        outcome = cls(endpoint, None, body)
        outcome.error = read_problem(body, endpoint)
        return outcome

    @property
    def status(self) -> int:
        """The HTTP status."""
        if self.error is not None:
            return http_status(self.error)
        if self._body is None:
            return 204
        return 200

    @property
    def body(self) -> bytes | None:
        """The output as JSON, or the error as problem+json; None for an action that declares no output."""
        if self._body is None and self.error is not None:
            self._body = written_problem(self.error, self._details)
        return self._body

    @property
    def output(self) -> Any:
        """The output; None after a failure.

        One that was kept holds what was written: of a serializer with another return type, what it returned.

        Raises:
            InputError: The outcome was kept, and the type of the output has changed since.
        """
        if self._output is _UNREAD and self.endpoint is not None:
            self._output = self.endpoint.output.decode_written(self._body or b"null")
        return self._output

    @property
    def result(self) -> Ok[Any] | Err[ActionError]:
        """The outcome as server code sees it; see ``output``."""
        if self.error is None:
            return Ok(self.output)
        return Err(self.error)

    @property
    def written(self) -> bytes:
        """The outcome as a store keeps it."""
        if self.error is None:
            mark = b"+"
        else:
            mark = b"-"
        return mark + (self.body or b"null")


_UNREAD: Final = object()

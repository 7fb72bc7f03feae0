"""What came of a call, as a value, from which a response, a page and a store take their parts."""

from __future__ import annotations

from typing import Any, Final

from ..._error_facts import http_status
from ..._errors import ActionError
from ..._results import Err, Ok
from .endpoint import Endpoint
from .problems import NO_DETAILS, Details, HeldLogs, error_for_caller, masked_error, read_problem, written_problem


class Outcome:
    """What came of a call.

    Attributes:
        endpoint: The action; None where there is none of that name.
        error: The failure as its caller sees it; None after a success.
        status: The HTTP status.
        returned: What the handler has returned; a mark where that is still JSON, see ``output``.
    """

    __slots__ = ("_body", "_details", "endpoint", "error", "returned", "status")

    error: ActionError | None
    _details: Details

    def __init__(
        self, endpoint: Endpoint | None, output: object, body: bytes | None, error: ActionError | None = None
    ) -> None:
        self.endpoint = endpoint
        self.error = error
        self.returned = output
        self._body = body
        if error is not None:
            self.status = http_status(error)
        elif body is None:
            self.status = 204
        else:
            self.status = 200

    @classmethod
    def failed(cls, error: ActionError, endpoint: Endpoint | None) -> Outcome:
        """Return the outcome of an expected failure.

        Raises:
            Exception: The fields of the error are not what it declares.
        """
        error, details = error_for_caller(error, endpoint)
        outcome = cls(endpoint, None, None, error)
        outcome._details = details
        return outcome

    @classmethod
    def masked(cls, error: BaseException, endpoint: Endpoint | None, held_logs: HeldLogs | None = None) -> Outcome:
        """Return the outcome of an unexpected failure, logged at once or with its held logs."""
        outcome = cls(endpoint, None, None, masked_error(error, endpoint, held_logs))
        outcome._details = NO_DETAILS
        return outcome

    @classmethod
    def kept(cls, record: bytes, endpoint: Endpoint) -> Outcome:
        """Return the outcome of a call of the same action from the bytes of ``written``."""
        mark, body = record[:1], record[1:]
        if mark == b"+":
            # Most repetitions are only sent again, as the bytes that they are: nothing is decoded
            # for those.
            return cls(endpoint, _UNREAD, None if endpoint.returns_nothing else body)
        return cls(endpoint, None, body, read_problem(body, endpoint))

    @property
    def body(self) -> bytes | None:
        """The output as JSON, or the error as problem+json; None if no output is declared."""
        if self._body is None and self.error is not None:
            self._body = written_problem(self.error, self.status, self._details)
        return self._body

    @property
    def output(self) -> Any:
        """The output; None after a failure.

        One that was kept is read from what was written. Where a serializer has another return type,
        that is what it returned.

        Raises:
            InputError: The outcome was kept, and the type of the output has changed since.
        """
        if self.returned is _UNREAD and self.endpoint is not None:
            self.returned = self.endpoint.output.decode_written(self._body or b"null")
        return self.returned

    # Not a property, which would take four times as long: each call that is observed pays for it.
    def result(self) -> Ok[Any] | Err[ActionError]:
        """The outcome as server code sees it; see ``output``."""
        if self.error is not None:
            return Err(self.error)
        if self.returned is _UNREAD:
            return Ok(self.output)
        return Ok(self.returned)  # a call less, likewise

    @property
    def written(self) -> bytes:
        """The outcome as a store keeps it."""
        if self.error is None:
            mark = b"+"
        else:
            mark = b"-"
        return mark + (self.body or b"null")


_UNREAD: Final = object()
"""Stands for an output that is still JSON, which ``Outcome.output`` decodes when it is asked."""

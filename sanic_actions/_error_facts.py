"""Facts that an error carries about its call: the action and URL, the status and the response.

In the layer of words, below the errors themselves. The facts are kept in ``__dict__`` under
underscored names. The declared fields of a typed error are found by their annotations, so a fact
never shows in its ``data`` and never takes the name of a field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ._codes import STATUS
from ._headers import headers_of_response
from ._issue import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeVar

    from ._literals import Code

    class Failure(Protocol):
        """An ``ActionError``, whose module imports this one."""

        message: str

        @property
        def code(self) -> Code: ...
        @property
        def status(self) -> int | None: ...

    F = TypeVar("F", bound=Failure)


# ---- The answer


class AnswerFact:
    """Gives ``response`` and ``headers`` of an error, from the answer that brought it.

    A typed error may have a field of such a name. The field wins: without a ``__set__`` here, the
    ``__dict__`` of the instance comes first. The class has no such attribute, or it would be taken
    for the default of the field.
    """

    def __init__(self, read: Callable[[Exception], object]) -> None:
        self._read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, error: Exception | None, owner: type) -> object:
        if error is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self._name!r}")
        return self._read(error)


def set_answer(error: F, response: object) -> F:
    """Keep the response that brought an error, and return the error."""
    error.__dict__["_answer"] = response
    return error


def answer_of(error: Exception) -> Any:
    """Return the response that brought an error; None for an error that no response has brought."""
    return error.__dict__.get("_answer")


def headers_of(error: Exception) -> Mapping[str, str]:
    """Return the headers of the response that brought an error, by their names in lower case."""
    return headers_of_response(answer_of(error))


def masked_id(error: Failure) -> str | None:
    """Return the id under which the server logged the exception behind an error, else None."""
    name: str | None = error.__dict__.get("_id")
    return name


# ---- The status


def with_status(error: F, status: int) -> F:
    """Keep the exact status of an error whose code is only the nearest; return the error."""
    if status != STATUS[error.code]:
        error.__dict__["_status"] = status
    return error


def http_status(error: Failure) -> int:
    """Return the status of an error as an answer: the one that it keeps, or that of its code."""
    status: int | None = error.__dict__.get("_status")
    # Below 400 the call itself succeeded: the client could not read the answer as the declared
    # type.
    if status is None or status < 400:
        return STATUS[error.code]
    return status


# ---- The call


PLACE = "_place"
"""Where an error keeps the call that raised it: the name of the action, and its URL."""


def set_place(error: Failure, action: str, url: str) -> None:
    """Keep which call raised an error, for its ``str`` and ``repr``.

    Args:
        error: What the call raises.
        action: The dotted name of the action.
        url: Where it was called; empty when there was no request.
    """
    error.__dict__[PLACE] = action, url


def upstream_action(error: BaseException) -> str:
    """Return the name of the action whose call raised an error, alone or in a group of exceptions.

    It is empty if no client did.
    """
    if isinstance(error, BaseExceptionGroup):  # of a task group, as deep as the app nests them
        return next(filter(None, map(upstream_action, error.exceptions)), "")
    action: str = error.__dict__.get(PLACE, _NO_PLACE)[0]
    return action


_NO_PLACE: tuple[str, str] = ("", "")


def is_unsent(error: Failure) -> bool:
    """Return whether a call raised an error before it sent anything."""
    place: tuple[str, str] | None = error.__dict__.get(PLACE)
    return place is not None and not place[1]


def placed_sentence(error: Failure, message: str) -> str:
    """Return the ``str`` of an error: its message, with action, code and URL of the call."""
    place = error.__dict__.get(PLACE)
    if place is None:
        return printable(message)
    action, url = place
    # Messages about connections hold the URL already.
    where = f" at {url}" if url and url not in error.message else ""
    if error.message:
        return printable(f"{_head(error, action)}{where}: {error.message}")
    return printable(f"{_head(error, action)}{where}")


def placed_repr(error: Failure, source: str) -> str:
    """Return the ``repr`` of an error: the source that constructs it, then its call."""
    place = error.__dict__.get(PLACE)
    if place is None:
        return source
    action, url = place
    where = f" at {url}" if url else ""
    return printable(f"<{source}: {_head(error, action)}{where}>")


def _head(error: Failure, action: str) -> str:
    outcome: str = error.code
    if error.status is not None and error.status >= 400:  # see http_status
        outcome = f"{error.status} {error.code}"
    name = masked_id(error)
    if name:
        return f"{action} failed: {outcome} (id {name})"
    return f"{action} failed: {outcome}"

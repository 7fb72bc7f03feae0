"""One download: what both clients know of a file, and what they decide about its head and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Generic, NamedTuple, ParamSpec, TypeVar

from .._errors import ActionError
from .._results import Ok, answered
from .._types.disposition import is_attachment, name_in
from ._course import JSON, Course
from ._transport import AsyncOpenResponse, BadResponse, OpenResponse, Response

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)
T = TypeVar("T")


class Head(NamedTuple):
    """The facts about a file that come before its bytes.

    Attributes:
        name: Its name, safe to be used in any folder.
        content_type: Its media type, as the server says.
        size: Its length in bytes; None where the server does not say it.
    """

    name: str
    content_type: str
    size: int | None


class DownloadCourse(Course):
    """One download; see ``Course``."""

    noun: ClassVar[str] = "file"
    part: ClassVar[str] = "part"
    _size: int | None = None
    _received: int = 0

    def head(self, response: OpenResponse | AsyncOpenResponse) -> Head:
        """Return the head of the file.

        Raises:
            BadResponse: The answer does not say where the file ends.
            CallError: The contract has changed, and the client was configured to raise.
        """
        headers = response.headers
        if self.marks:
            # Contracts are compared where a value is read, so an empty one is read for the file.
            self.read(Response(200, {**JSON, **self.marks}, b'""'))
        if not getattr(response, "is_delimited", True):  # a transport of the user need not know
            raise BadResponse("the file does not say where it ends, so that a part could be taken for it", 200)
        length = headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and len(length) < _DIGITS:
            self._size = int(length)
        # Without a name from the server, the file is named after the action.
        name = name_in(headers["content-disposition"]) or self.name.rpartition(".")[2]
        return Head(name, headers.get("content-type", _UNKNOWN)[:_LONGEST_TYPE], self._size)

    def checked(self, chunk: bytes, max_bytes: int | None) -> bytes:
        """Count the next bytes, and return them; no bytes are the end of the file.

        Args:
            chunk: The bytes.
            max_bytes: How many bytes the file may have; None for any number.

        Raises:
            BadResponse: The file is too large, or at its end smaller than it promised.
        """
        self._received += len(chunk)
        if max_bytes is not None and self._received > max_bytes:
            raise BadResponse(f"the file has more than {max_bytes} bytes, which max_bytes=... can allow", 200)
        if self._size is not None and (self._received > self._size or (self._received < self._size and not chunk)):
            raise BadResponse(f"the file has {self._received} bytes, and promises {self._size}", 200)
        if not chunk:
            self._end()
        return chunk

    def _end(self) -> None:
        self.is_over = True
        self.tell(Ok(None), None)

    def broken(self, exception: Exception) -> ActionError:
        """Return the error for an exception that ended a download, and tell observers of it."""
        if isinstance(exception, ActionError):
            return self.with_place(exception)
        if not hasattr(self, "request"):  # nothing was called yet: a mistake in the program
            raise exception
        error = self.failure(exception)
        error.__cause__ = exception
        return self.with_place(error)

    def _is_of_its_kind(self, response: OpenResponse | AsyncOpenResponse) -> bool:
        return is_attachment(response.headers.get("content-disposition", ""))


class AnyDownload(Generic[E_co]):
    """The attributes of a file, which the downloads of both clients have."""

    def __init__(self, course: DownloadCourse) -> None:
        self._course = course
        self._head: Head | None = None
        self._is_begun = self._is_read = False

    @property
    def name(self) -> str:
        """The file's name: safe to be used in any folder, and never empty."""
        return self._known_head().name

    @property
    def content_type(self) -> str:
        """The media type that the server says it has."""
        return self._known_head().content_type

    @property
    def size(self) -> int | None:
        """Its length in bytes; None where the server does not know it either."""
        return self._known_head().size

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields of the answer, by their names in lower case."""
        self._known_head()
        return answered(None, self._course.answer).headers

    @property
    def cookies(self) -> Mapping[str, str]:
        """The values of the cookies that the answer sets, by their names."""
        self._known_head()
        return answered(None, self._course.answer).cookies

    def __repr__(self) -> str:
        return f"<download of {self._course.name}>"

    def _known_head(self) -> Head:
        raise NotImplementedError

    def _begin(self) -> DownloadCourse:
        """Return the course of a download whose request is not sent yet.

        Raises:
            RuntimeError: It has been sent, and failed.
        """
        if self._is_begun:
            raise _used_up_error(self._course.name)
        self._is_begun = True
        return self._course

    def _begin_reading(self, response: T | None) -> T:
        """Return the open response of a file that nobody has read yet.

        Raises:
            RuntimeError: Somebody has, or it is closed.
        """
        if self._is_read or response is None:
            raise _used_up_error(self._course.name)
        self._is_read = True
        return response


def _used_up_error(name: str) -> RuntimeError:
    reason = f"The download of {name} has been read, or closed, before"
    return RuntimeError(f"{reason}: call the action again.")


_DIGITS: Final = 20
"""Digits from which a length is not read as a number: no file is so large, and long ones cost."""
_LONGEST_TYPE: Final = 200
"""Characters of a media type that are kept: it may be shown, and the server chooses it."""
_UNKNOWN: Final = "application/octet-stream"

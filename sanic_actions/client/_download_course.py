"""One download: decisions about its head and its bytes, the same for both clients."""

from __future__ import annotations

from typing import Any, ClassVar, Final, NamedTuple, ParamSpec, TypeVar

from .._errors import ActionError
from .._results import Ok
from .._types.disposition import is_attachment, name_in
from ._course import JSON, Course, OpenCall
from ._transport import AsyncOpenResponse, BadResponse, OpenResponse, Response

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)


class Head(NamedTuple):
    """What is known of a file before its bytes.

    Attributes:
        name: Its name, safe to be used in any folder.
        content_type: Its media type, as the server says.
        size: Its length in bytes; None where the server does not know it either.
    """

    name: str
    content_type: str
    size: int | None


class DownloadCourse(Course):
    """One download; see ``Course``."""

    noun: ClassVar[str] = "file"
    part: ClassVar[str] = "part"

    def __init__(self, call: OpenCall[Any, Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__(call, args, kwargs)
        self._size: int | None = None
        self._received = 0

    def head(self, response: OpenResponse | AsyncOpenResponse) -> Head:
        """Return what is known of the file.

        Raises:
            BadResponse: It does not say where it ends.
            CallError: The contract has changed, and the client was configured to raise.
        """
        headers = response.headers
        if self.marks:
            self.read(Response(200, {**JSON, **self.marks}, b'""'))  # what looks at contracts reads values
        if not getattr(response, "is_delimited", True):  # a transport of the user need not know
            raise BadResponse("the file does not say where it ends, so that a part could be taken for it", 200)
        length = headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and len(length) < _DIGITS:
            self._size = int(length)
        # Without a name from the server, the file is named after the action.
        name = name_in(headers["content-disposition"]) or self.name.rpartition(".")[2]
        return Head(name, headers.get("content-type", _UNKNOWN)[:_LONGEST_TYPE], self._size)

    def checked(self, chunk: bytes, max_bytes: int | None) -> bytes:
        """Return the next bytes; none at the end of a file that is whole.

        Raises:
            BadResponse: There are more bytes than there should be, or fewer at the end.
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

    def broken(self, came: Exception) -> ActionError:
        """Return the error for what has ended a download, having told observers of it."""
        if isinstance(came, ActionError):
            return self.placed(came)
        error = self.failure(came)
        error.__cause__ = came
        return self.placed(error)

    def _is_of_its_kind(self, response: OpenResponse | AsyncOpenResponse) -> bool:
        return is_attachment(response.headers.get("content-disposition", ""))


_DIGITS: Final = 20
_LONGEST_TYPE: Final = 200
_UNKNOWN: Final = "application/octet-stream"

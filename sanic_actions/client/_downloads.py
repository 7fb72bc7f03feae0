"""Downloads of a ``Client``: the file that an action gives, read part by part.

The request is sent when the caller first asks for the file or for what is known of it. A file that
does not arrive whole is a ``CallError``, never a shorter file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Generic, ParamSpec, Self, TypeVar

from .._errors import ActionError
from .._results import Err, Ok, answered
from ._calls import is_in_event_loop
from ._course import OpenCall, open_answer
from ._download_course import AnyDownload, DownloadCourse, Head
from ._saving import PartFile, SavePath, check_place
from ._transport import MAX_BYTES, OpenResponse
from ._unawaited import NotBytes

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)
T = TypeVar("T")


class Download(NotBytes, AnyDownload[E_co]):
    """A file from an action of a ``Client``; a context manager that closes it. One thread reads it, once."""

    def __init__(self, course: DownloadCourse) -> None:
        super().__init__(course)
        self._response: OpenResponse | None = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks()

    def chunks(self, *, max_bytes: int | None = None) -> Iterator[bytes]:
        """Yield the file part by part, as it arrives.

        Args:
            max_bytes: How many bytes the file may have; None for any number.

        Raises:
            InputError: The input is invalid.
            ActionError: The action failed as it declares.
            CallError: The call failed in any other way, in the middle of the file too, or the file
                is too large.
            RuntimeError: The file has been read or closed already.
        """
        self._open()
        course, response = self._course, self._begin_reading(self._response)
        try:
            while chunk := course.checked(response.read(course.request.timeout), max_bytes):
                yield chunk
        except Exception as exception:
            error = course.broken(exception)
            raise error from error.__cause__
        finally:
            self.close()

    def read(self, *, max_bytes: int = MAX_BYTES) -> bytes:
        """Return the whole file, where it is small enough to be held in memory; see ``chunks``."""
        return b"".join(self.chunks(max_bytes=max_bytes))

    def save(self, path: SavePath, *, overwrite: bool = False, max_bytes: int | None = None) -> Path:
        """Write the file to a path, or under its own name into a folder, and return where it is; see ``chunks``.

        The file appears when it is whole, and not before.

        Raises:
            FileExistsError: There is a file already, and ``overwrite`` is not true.
            OSError: The file cannot be written.
        """
        check_place(path, overwrite=overwrite)
        try:
            with PartFile(path, self.name, overwrite=overwrite) as file:
                for chunk in self.chunks(max_bytes=max_bytes):
                    file.write(chunk)
                return file.finish()
        finally:
            self.close()

    def safe(self) -> SafeDownload[E_co]:
        """Return the same file with results in place of errors of the call."""
        return SafeDownload(self)

    def close(self) -> None:
        """Close the connection; the rest of the file is not read."""
        response, self._response = self._response, None
        if response is not None:
            response.close()
            self._course.tell_if_left()

    def _known_head(self) -> Head:
        return self._open()

    def _open(self) -> Head:
        """Send the request unless it was sent before, and return the head of the file."""
        if self._head is not None:
            return self._head
        course = self._begin()
        try:
            self._response = open_answer(course, course.begin())
            self._head = course.head(self._response)
        except Exception as exception:
            error = course.broken(exception)
            self.close()
            raise error from error.__cause__
        except BaseException:
            course.tell_if_left()  # Ctrl-C, say: not an error of the call, and observers hear of its end
            raise
        return self._head

    def __del__(self) -> None:
        self.close()


class SafeDownload(Generic[E_co]):
    """A file of a ``Client`` that never raises for what happened to the call; the disk's own errors are raised."""

    def __init__(self, download: Download[E_co]) -> None:
        self._download = download

    def chunks(self, *, max_bytes: int | None = None) -> Iterator[Ok[bytes] | Err[E_co]]:
        """Yield ``Ok`` with each part; an ``Err`` with what ``chunks`` of the download would raise is the last one."""
        try:
            for chunk in self._download.chunks(max_bytes=max_bytes):
                yield answered(chunk, self._download._course.answer)
        except ActionError as error:
            yield Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other

    def read(self, *, max_bytes: int = MAX_BYTES) -> Ok[bytes] | Err[E_co]:
        """Return ``Ok`` with the whole file."""
        return self._result(lambda: self._download.read(max_bytes=max_bytes))

    def save(
        self,
        path: SavePath,
        *,
        overwrite: bool = False,
        max_bytes: int | None = None,
    ) -> Ok[Path] | Err[E_co]:
        """Return ``Ok`` with where the file was saved."""
        return self._result(lambda: self._download.save(path, overwrite=overwrite, max_bytes=max_bytes))

    def _result(self, steps: Callable[[], T]) -> Ok[T] | Err[E_co]:
        try:
            return answered(steps(), self._download._course.answer)
        except ActionError as error:
            return Err(error)  # type: ignore[arg-type]  # as above


class DownloadCall(OpenCall[P, bytes, E_co], Generic[P, E_co]):
    """A download of a ``Client``: read or save what a call of it gives."""

    accept: ClassVar[str] = "*/*"
    _usage = "with client.{}(...) as file"

    # No docstring, so that editors show that of the action. Nothing is sent before something of the file is asked for.
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Download[E_co]:
        if is_in_event_loop():
            self._session.connections.warn_of_blocking(self._name, "async with")
        return Download(DownloadCourse(self, args, kwargs))

"""Downloads of an ``AsyncClient``; see ``_downloads``. Files are written in threads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import ClassVar, Generic, ParamSpec, Self, TypeVar

from .._errors import ActionError
from .._results import Err, Ok, answered
from ._course import OpenCall, open_answer_async
from ._download_course import AnyDownload, DownloadCourse, Head
from ._saving import PartFile, SavePath, check_place
from ._transport import MAX_BYTES, AsyncOpenResponse
from ._unawaited import AsyncOnly, NotBytes

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)
T = TypeVar("T")


class AsyncDownload(AsyncOnly, NotBytes, AnyDownload[E_co]):
    """A file from an action of an ``AsyncClient``: with ``async with``, never awaited itself."""

    _noun = "download"
    _before = "await "

    def __init__(self, course: DownloadCourse) -> None:
        super().__init__(course)
        self._name = course.name
        self._response: AsyncOpenResponse | None = None

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.chunks()

    async def chunks(self, *, max_bytes: int | None = None) -> AsyncIterator[bytes]:
        """Yield the file part by part, as it arrives; see ``Download``."""
        await self._open()
        course, response = self._course, self._begin_reading(self._response)
        try:
            while chunk := course.checked(await response.read(course.request.timeout), max_bytes):
                yield chunk
        except Exception as exception:
            error = course.broken(exception)
            raise error from error.__cause__
        finally:
            await self.aclose()

    async def read(self, *, max_bytes: int = MAX_BYTES) -> bytes:
        """Return the whole file, where it is small enough to be held in memory; see ``chunks``."""
        return b"".join([chunk async for chunk in self.chunks(max_bytes=max_bytes)])

    async def save(
        self,
        path: SavePath,
        *,
        overwrite: bool = False,
        max_bytes: int | None = None,
    ) -> Path:
        """Write the file to a path, or by its name into a folder, and return where it is.

        See ``Download``.
        """
        await _in_thread(lambda: check_place(path, overwrite=overwrite))
        head = await self._open()
        file = PartFile(path, head.name, overwrite=overwrite)
        try:
            await _in_thread(file.__enter__)
            async for chunk in self.chunks(max_bytes=max_bytes):
                await _in_thread(lambda part=chunk: file.write(part))  # type: ignore[misc]  # bound here, called here
            return await _in_thread(file.finish)
        finally:
            await _in_thread(file.__exit__)
            await self.aclose()

    def safe(self) -> AsyncSafeDownload[E_co]:
        """Return the same file with results in place of errors of the call."""
        return AsyncSafeDownload(self)

    async def aclose(self) -> None:
        """Close the connection; the rest of the file is not read."""
        response, self._response = self._response, None
        if response is not None:
            await response.close()
            self._course.tell_if_left()

    def _known_head(self) -> Head:
        if self._head is None:
            name = self._course.name
            raise RuntimeError(
                f"Nothing is known of the download of {name} yet: write 'async with client.{name}(...)'."
            )
        return self._head

    async def _open(self) -> Head:
        """Send the request unless it was sent before, and return the head of the file."""
        if self._head is not None:
            return self._head
        course = self._begin()
        try:
            self._response = await open_answer_async(course, course.begin())
            self._head = course.head(self._response)
        except Exception as exception:
            error = course.broken(exception)
            await self.aclose()
            raise error from error.__cause__
        except BaseException:
            course.tell_if_left()
            raise
        return self._head


class AsyncSafeDownload(Generic[E_co]):
    """A file of an ``AsyncClient`` that never raises for what happened to the call."""

    def __init__(self, download: AsyncDownload[E_co]) -> None:
        self._download = download

    async def chunks(self, *, max_bytes: int | None = None) -> AsyncIterator[Ok[bytes] | Err[E_co]]:
        """Yield ``Ok`` with each part; see ``SafeDownload``."""
        try:
            async for chunk in self._download.chunks(max_bytes=max_bytes):
                yield answered(chunk, self._download._course.answer)
        except ActionError as error:
            yield Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other

    async def read(self, *, max_bytes: int = MAX_BYTES) -> Ok[bytes] | Err[E_co]:
        """Return ``Ok`` with the whole file."""
        return await self._result(self._download.read(max_bytes=max_bytes))

    async def save(
        self, path: SavePath, *, overwrite: bool = False, max_bytes: int | None = None
    ) -> Ok[Path] | Err[E_co]:
        """Return ``Ok`` with where the file was saved."""
        return await self._result(self._download.save(path, overwrite=overwrite, max_bytes=max_bytes))

    async def _result(self, steps: Awaitable[T]) -> Ok[T] | Err[E_co]:
        try:
            return answered(await steps, self._download._course.answer)
        except ActionError as error:
            return Err(error)  # type: ignore[arg-type]  # as above


class AsyncDownloadCall(OpenCall[P, bytes, E_co], Generic[P, E_co]):
    """A download of an ``AsyncClient``: read or save what a call of it gives, without ``await`` before the call."""

    accept: ClassVar[str] = "*/*"
    _usage = "async with client.{}(...) as file"

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> AsyncDownload[E_co]:
        return AsyncDownload(DownloadCourse(self, args, kwargs))


async def _in_thread(step: Callable[[], T]) -> T:
    """Run one step of writing in a thread, and wait for its end even if the task is cancelled.

    A thread cannot be cancelled: without waiting it would write to a file that is removed
    meanwhile.
    """
    from asyncio import CancelledError, ensure_future, shield, to_thread, wait

    future = ensure_future(to_thread(step))
    try:
        return await shield(future)
    except CancelledError:
        await wait([future])
        raise

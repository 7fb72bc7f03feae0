"""Downloads of a fake: the test answers with a ``Download``, as a handler would.

The client reads it with the same code as a server's response.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from .._errors import ActionError
from .._types import output_file
from .._types.disposition import disposition
from ..client import AsyncDownload, AsyncDownloadCall, Download, DownloadCall, Request, Response
from ..client._declaration import Declaration
from ..client._download_course import DownloadCourse
from .answer_checks import with_advice
from .faked import Faked, FakedAction

P = ParamSpec("P")
E = TypeVar("E", bound=ActionError)


class FakedFile(Faked[P, output_file.Download, E]):
    """A download of a fake: it returns ``sanic_actions.Download``, as a handler does."""

    def _checked_output(self, output: Any) -> Any:
        if not isinstance(output, output_file.Download):
            answer = "answer it with sanic_actions.Download(b'...', name='...')"
            raise TypeError(with_advice(f"{self.name} gives a file: {answer}, not {output!r}", output))
        return output


class FakedDownloadCall(FakedAction, DownloadCall[Any, Any]):
    """A download of a fake ``Client``."""

    def __init__(self, faked_of: Callable[..., Any], declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked: Faked[Any, Any, Any] = faked_of(FakedFile, declaration, name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Download[Any]:
        return Download(_FakedCourse(self, args, kwargs, self.faked, _FileResponse))


class AsyncFakedDownloadCall(FakedAction, AsyncDownloadCall[Any, Any]):
    """A download of a fake ``AsyncClient``."""

    def __init__(self, faked_of: Callable[..., Any], declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked: Faked[Any, Any, Any] = faked_of(FakedFile, declaration, name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> AsyncDownload[Any]:
        return AsyncDownload(_FakedCourse(self, args, kwargs, self.faked, _AsyncFileResponse))


class _FakedCourse(DownloadCourse):
    """A download that the test answers; a mistake of the test is not an error of the call."""

    def __init__(
        self, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any], faked: Faked[Any, Any, Any], response: Any
    ) -> None:
        super().__init__(call, args, kwargs)

        def answer() -> _FileResponse | _AsyncFileResponse:
            download = faked.answer(args, kwargs)
            return response(download, faked.response)  # type: ignore[no-any-return]  # a class of this file

        self._answer = answer

    def begin(self) -> Any:
        super().begin()  # the arguments are checked as a real client checks them
        return _FileTransport(self._answer())

    def broken(self, came: Exception) -> ActionError:
        # What a test has forgotten or written wrongly must fail the test, not the call.
        if isinstance(came, ActionError):
            return super().broken(came)
        raise came


class _FileTransport:
    def __init__(self, response: _FileResponse | _AsyncFileResponse) -> None:
        self._response = response

    def stream(self, request: Request) -> Any:
        """Return the answer, in the way of its client."""
        return self._response.opened()


class _FileHead:
    """The head of an answer, as a server would send it."""

    status = 200

    def __init__(self, download: output_file.Download, response: Response) -> None:
        source = download.take()  # an iterator gives its bytes once, as on a server
        if isinstance(source, str | PathLike):
            source = Path(source).read_bytes()
        headers = {
            **response.headers,
            "content-type": download.content_type,
            "content-disposition": disposition(download.name),
        }
        if isinstance(source, bytes):
            headers["content-length"] = str(len(source))  # so that its size is known
            source = [source]
        self.headers: Mapping[str, str] = headers
        self.set_cookies = response.set_cookies
        self._source: Any = source


class _FileResponse(_FileHead):
    def __init__(self, download: output_file.Download, response: Response) -> None:
        super().__init__(download, response)
        if isinstance(self._source, AsyncIterable):
            raise TypeError("A fake Client reads bytes and plain iterators, not asynchronous ones.")
        self._chunks: Iterator[bytes] = filter(None, self._source)

    def opened(self) -> _FileResponse:
        return self

    def read(self, seconds: float, /) -> bytes:
        return next(self._chunks, b"")

    def close(self) -> None:
        """Do nothing: nothing is connected."""


class _AsyncFileResponse(_FileHead):
    def __init__(self, download: output_file.Download, response: Response) -> None:
        super().__init__(download, response)
        self._chunks = _parts(self._source)

    async def opened(self) -> _AsyncFileResponse:
        return self

    async def read(self, seconds: float, /) -> bytes:
        return await anext(self._chunks, b"")

    async def close(self) -> None:
        """Do nothing: nothing is connected."""


async def _parts(source: Any) -> AsyncIterator[bytes]:
    if isinstance(source, AsyncIterable):
        async for chunk in source:
            if chunk:
                yield chunk
        return
    for chunk in filter(None, source):
        yield chunk

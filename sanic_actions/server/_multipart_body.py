"""Read ``multipart/form-data`` (RFC 7578): texts and files, counted part by part.

The parser finds the parts in a body that arrives in chunks of any size. What is kept of them, and
how much, is decided here: a text stays in memory, a large file goes to disk.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Final

from multipart import (  # type: ignore[import-untyped]  # it has no py.typed
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    StrictParserError,
)

from .._errors import ActionError
from .._files import UploadedFile, safe_name
from ._bounded_form import (
    FIELDS,
    FILES,
    NAMES,
    TEXT,
    FormBody,
    FormLimits,
    check_charset,
    form_error,
    note_counted,
    too_large_error,
)
from ._spool import Spool


class MultipartReader:
    """Reads one multipart body (RFC 7578)."""

    def __init__(self, boundary: str, limits: FormLimits) -> None:
        self._limits = limits
        self._spool = Spool()
        self._form = FormBody(spool=self._spool)
        self._parser = PushMultipartParser(
            boundary,
            max_header_size=limits.header_bytes,
            max_header_count=limits.headers,
            max_segment_count=limits.fields + limits.files,
            header_charset="utf8",
            strict=True,
        )
        self._opening = f"--{boundary}".encode()
        self._head: bytes | None = b""
        self._part: _Text | _File | None = None
        self._count = 0
        self._text_bytes = 0
        self._memory = limits.memory

    async def read(self, chunks: AsyncIterator[bytes]) -> FormBody:
        try:
            async for chunk in chunks:
                if data := self._after_opening(chunk):
                    await self._feed(data)
            self._parser.close()
            await self._spool.flush()
        except MultipartError as error:
            self._abandon()
            raise self._refusal(error) from None
        except BaseException:
            self._abandon()
            raise
        self._form.text_bytes = self._text_bytes
        return self._form

    def _after_opening(self, chunk: bytes) -> bytes:
        """Return the bytes to parse: none before the body has begun with the boundary."""
        if self._parser.closed:
            return b""
        if self._head is None:
            return chunk
        self._head += chunk
        if len(self._head) < len(self._opening) + 2:
            return b""
        if not self._head.removeprefix(b"\r\n").startswith(self._opening):
            # Whether the parser skips a preamble depends on how the network has cut the body.
            raise form_error("The multipart body does not begin with the boundary that the Content-Type names")
        chunk, self._head = self._head, None
        return chunk

    async def _feed(self, chunk: bytes) -> None:
        try:
            # The parser counts parts and their headers; _begin and _add count fields, files, texts
            # and bytes.
            for event in self._parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self._part = self._begin(event)
                elif event is None:
                    await self._end()
                else:
                    await self._add(event)
        except StrictParserError as error:
            self._check_incomplete(error)

    def _check_incomplete(self, error: StrictParserError) -> None:
        # Bytes after the last boundary are to be ignored (RFC 2046, 5.1.1). The parser does so in
        # the chunk of the boundary, and raises for a later one. close() succeeds only after that
        # boundary.
        try:
            self._parser.close()
        except MultipartError:
            raise error from None

    def _begin(self, segment: MultipartSegment) -> _Text | _File:
        self._count += 1
        name = segment.name or ""
        _check_part(segment, f"Field {name[:100]!r}")
        self._take_text(len(name.encode()))
        if segment.filename is None:
            if len(self._form.fields) >= self._limits.fields:
                raise too_large_error(FIELDS, self._limits.fields)
            return _Text(name)
        if len(self._form.files) >= self._limits.files:
            raise too_large_error(FILES, self._limits.files)
        return self._begin_file(segment)

    def _begin_file(self, segment: MultipartSegment) -> _File:
        return _File(segment, min(self._limits.file_memory, self._memory), self._spool)

    async def _add(self, data: bytes) -> None:
        if isinstance(self._part, _File):
            await self._part.add(data)
        elif self._part is not None:
            self._take_text(len(data))
            self._part.data += data

    async def _end(self) -> None:
        part, self._part = self._part, None
        if isinstance(part, _Text):
            self._form.fields.append((part.name, part.text()))
        elif part is not None and (part.filename or part.size):  # without a file browsers send an empty part
            self._end_file(part)

    def _end_file(self, part: _File) -> None:
        self._form.files.append((part.name, part.finish()))
        if not part.is_spooled:
            self._memory -= part.size

    def _take_text(self, size: int) -> None:
        self._text_bytes += size
        if self._text_bytes > self._limits.text_bytes:
            raise too_large_error(TEXT, self._limits.text_bytes)

    def _abandon(self) -> None:
        self._form.close()

    def _refusal(self, error: MultipartError) -> ActionError:
        message = error.args[0] if error.args else "it cannot be read"
        if isinstance(error, ParserLimitReached):
            refusal = form_error(f"The form is too large in part {self._count + 1}: {message}", "CONTENT_TOO_LARGE")
            # The headers of a part are the names of its control and its file.
            return note_counted(refusal, NAMES)
        return form_error(f"The multipart body is malformed after part {self._count}: {message}")


def _check_part(segment: MultipartSegment, subject: str) -> None:
    headers = [name for name, _ in segment.headerlist]
    if headers.count("Content-Disposition") > 1:
        raise form_error(f"{subject} has several Content-Disposition headers")
    encoding = next((value for name, value in segment.headerlist if name == "Content-Transfer-Encoding"), "binary")
    if encoding.strip().lower() not in ("7bit", "8bit", "binary"):
        raise form_error(f"{subject} has a Content-Transfer-Encoding, which forms do not use (RFC 7578, 4.7)")
    if segment.filename is None:
        check_charset(segment.charset, subject)


class _Text:
    """A part with a text."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.data = bytearray()

    def text(self) -> str:
        try:
            return self.data.decode()
        except UnicodeDecodeError as error:
            raise form_error(f"Field {self.name[:100]!r} is not UTF-8 at byte {error.start}") from None


class _File:
    """A part with a file: in memory while small, then on disk with the form's others."""

    def __init__(self, segment: MultipartSegment, room: int, spool: Spool) -> None:
        self.name = segment.name or ""
        self.filename = segment.filename or ""
        self.size = 0
        media_type = segment.content_type or ""
        self._content_type = media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
        self._buffer = bytearray()
        self._room = room
        self._spool = spool
        self._start: int | None = None

    @property
    def is_spooled(self) -> bool:
        return self._start is not None

    async def add(self, data: bytes) -> None:
        self.size += len(data)
        if self._start is not None:
            await self._spool.append(data)
            return
        self._buffer += data
        if len(self._buffer) > self._room:
            self._start = self._spool.size
            beginning, self._buffer = self._buffer, bytearray()
            await self._spool.append(beginning)

    def finish(self) -> UploadedFile:
        file = BytesIO(self._buffer) if self._start is None else self._spool.file(self._start)
        return UploadedFile(file, name=safe_name(self.filename), content_type=self._content_type, size=self.size)


class _DroppedFile(_File):
    """A part with a file of which only the size is kept."""

    async def add(self, data: bytes) -> None:
        self.size += len(data)


class TextsReader(MultipartReader):
    """Reads the texts of a multipart body."""

    def __init__(self, boundary: str, limits: FormLimits) -> None:
        super().__init__(boundary, limits)
        self.sizes: list[tuple[str, int]] = []

    def _begin_file(self, segment: MultipartSegment) -> _File:
        if len(self.sizes) >= self._limits.files:
            raise too_large_error(FILES, self._limits.files)
        return _DroppedFile(segment, 0, self._spool)

    def _end_file(self, part: _File) -> None:
        self.sizes.append((part.name, part.size))


_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+_-]+/[a-z0-9.+_-]+")

"""Bytes of a form to its controls: bounded, strict, UTF-8 only.

The law of this file: a form is read whole or refused with a reason; nothing of it is guessed, skipped or left on disk.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final
from urllib.parse import unquote_to_bytes

from multipart import (  # type: ignore[import-untyped]  # it has no py.typed
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    StrictParserError,
    parse_options_header,
)

from .._errors import ActionError, Code
from .._files import UploadedFile, safe_name
from ._spool import Spool

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """How much of a form is read. The size of the body as a whole is the caller's to count."""

    fields: int = 1_000
    files: int = 100
    text_bytes: int = 1024 * 1024
    """All names and texts together, in bytes."""
    header_bytes: int = 4 * 1024
    """One header line of a part, and one name."""
    headers: int = 8
    """Header lines of one part."""
    memory: int = 1024 * 1024
    """Bytes of files kept in memory, all files of the form together; what exceeds it goes to disk."""
    file_memory: int = 256 * 1024
    """Bytes of one file kept in memory."""


@dataclass(slots=True)
class FormBody:
    """The controls of a form in their order. Its files live until all who use it have closed it."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, UploadedFile]] = field(default_factory=list)
    spool: Spool | None = None
    """Where the large files are; urlencoded forms have none."""
    users: int = 1
    """How many have yet to close it."""

    def close(self) -> None:
        """Close the files, which removes them, where nobody else uses them."""
        self.users -= 1
        if self.users > 0:
            return
        for _, file in self.files:
            file.file.close()
        if self.spool is not None:
            self.spool.close()


async def read_form(
    chunks: AsyncIterator[bytes],
    content_type: str,
    limits: FormLimits = FormLimits(),
) -> FormBody:
    """Read a form of either encoding.

    Raises:
        ActionError: BAD_REQUEST for what is malformed, CONTENT_TOO_LARGE beyond a limit, UNSUPPORTED_MEDIA_TYPE when it
            is not a form. Nothing is left open.
    """
    if content_type == URLENCODED:  # as browsers write it
        return await _read_urlencoded(chunks, limits)
    kind, options = parse_options_header(content_type)
    _check_charset(options.get("charset"), "The form")
    if kind == URLENCODED:
        return await _read_urlencoded(chunks, limits)
    if kind == MULTIPART:
        return await _Multipart(_boundary(options), limits).read(chunks)
    raise ActionError("UNSUPPORTED_MEDIA_TYPE", f"A form is {URLENCODED} or {MULTIPART}")


@dataclass(frozen=True, slots=True)
class FormTexts:
    """The texts of a form, and how large its files are; nothing of these is kept."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    sizes: list[tuple[str, int]] = field(default_factory=list)
    """The size of each file by the name of its control, in their order."""


async def read_texts(chunks: AsyncIterator[bytes], content_type: str, limits: FormLimits) -> FormTexts:
    """Read the texts of a form and drop its files as they come in.

    Raises:
        ActionError: As ``read_form`` does.
    """
    kind, options = parse_options_header(content_type)
    if kind != MULTIPART:
        return FormTexts((await read_form(chunks, content_type, limits)).fields)
    reader = _TextsOnly(_boundary(options), limits)
    form = await reader.read(chunks)
    return FormTexts(form.fields, reader.sizes)


def _refuse(message: str, code: Code = "BAD_REQUEST") -> ActionError:
    return ActionError(code, message)


def _too_large(things: str, limit: int) -> ActionError:
    return ActionError("CONTENT_TOO_LARGE", f"The form has more than {limit} {things}")


def _check_charset(charset: str | None, subject: str) -> None:
    if charset is not None and charset.lower() not in ("utf-8", "utf8"):
        raise _refuse(f"{subject} is not in UTF-8, the one charset that forms may have")


def _boundary(options: dict[str, str]) -> str:
    """The boundary, of the length and characters that RFC 2046, 5.1.1 allows."""
    boundary = options.get("boundary", "")
    if not re.fullmatch(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", boundary):
        raise _refuse("The Content-Type has no valid boundary; send it as 'multipart/form-data; boundary=...'")
    return boundary


async def _read_urlencoded(chunks: AsyncIterator[bytes], limits: FormLimits) -> FormBody:
    body = bytearray()
    async for chunk in chunks:  # no more than limits.text_bytes and one chunk is kept
        body += chunk
        if len(body) > limits.text_bytes:
            break  # refused below
    return urlencoded_form(bytes(body), limits)


def urlencoded_form(body: bytes, limits: FormLimits) -> FormBody:
    """A urlencoded form that has arrived.

    Raises:
        ActionError: As ``read_form`` does.
    """
    if len(body) > limits.text_bytes:
        raise _too_large("bytes of text", limits.text_bytes)
    if body.count(b"&") >= limits.fields:
        raise _too_large("fields", limits.fields)
    fields = parse_urlencoded(body)
    if len(body) > limits.header_bytes and any(len(name) > limits.header_bytes for name, _ in fields):
        raise _too_large("bytes in a name", limits.header_bytes)
    return FormBody(fields)


def parse_urlencoded(body: bytes) -> list[tuple[str, str]]:
    """The pairs of a urlencoded body (URL Standard, 5.1), blank ones included.

    The caller has counted its bytes and its ampersands.

    Raises:
        ActionError: BAD_REQUEST when it is not UTF-8.
    """
    try:
        source = body.decode().replace("+", " ")
    except UnicodeDecodeError as error:
        raise _refuse(f"The form is not UTF-8 at byte {error.start}") from None
    pairs = [pair.partition("=") for pair in source.split("&") if pair]
    # Most names and texts have nothing to be decoded, and a call for each would cost more than the rest.
    if "%" not in source:
        return [(name, text) for name, _, text in pairs]
    fields: list[tuple[str, str]] = []
    for number, pair in enumerate(pairs, 1):
        name, _, text = pair
        if "%" in name:
            name = _unquote(name, number)
        if "%" in text:
            text = _unquote(text, number)
        fields.append((name, text))
    return fields


def _unquote(text: str, number: int) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise _refuse(f"Field {number} of the form is not UTF-8") from None


class _Multipart:
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
                if data := self._opened(chunk):
                    await self._feed(data)
            self._parser.close()
            await self._spool.flush()
        except MultipartError as error:
            self._abandon()
            raise self._refusal(error) from None
        except BaseException:
            self._abandon()
            raise
        return self._form

    def _opened(self, chunk: bytes) -> bytes:
        """What to parse: nothing before the start is known to be a boundary, nothing after the last one."""
        if self._parser.closed:
            return b""
        if self._head is None:
            return chunk
        self._head += chunk
        if len(self._head) < len(self._opening) + 2:
            return b""
        if not self._head.removeprefix(b"\r\n").startswith(self._opening):
            # Where a preamble is allowed depends, in the parser, on how the network cut the body.
            raise _refuse("The multipart body does not begin with the boundary that the Content-Type names")
        chunk, self._head = self._head, None
        return chunk

    async def _feed(self, chunk: bytes) -> None:
        try:
            # The parser counts parts and their headers; _begin and _add count fields, files, texts and bytes.
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
        # What follows the last boundary is to be ignored (RFC 2046, 5.1.1), be it in the same chunk or in a later one;
        # the parser objects to the latter. It closes without a word only if it had seen the last boundary.
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
                raise _too_large("fields", self._limits.fields)
            return _Text(name)
        if len(self._form.files) >= self._limits.files:
            raise _too_large("files", self._limits.files)
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
        elif part is not None and (part.filename or part.size):  # else no file was chosen
            self._end_file(part)

    def _end_file(self, part: _File) -> None:
        self._form.files.append((part.name, part.finish()))
        self._memory -= 0 if part.spooled else part.size

    def _take_text(self, size: int) -> None:
        self._text_bytes += size
        if self._text_bytes > self._limits.text_bytes:
            raise _too_large("bytes of text", self._limits.text_bytes)

    def _abandon(self) -> None:
        self._form.close()

    def _refusal(self, error: MultipartError) -> ActionError:
        message = error.args[0] if error.args else "it cannot be read"
        if isinstance(error, ParserLimitReached):
            return _refuse(f"The form is too large in part {self._count + 1}: {message}", "CONTENT_TOO_LARGE")
        return _refuse(f"The multipart body is malformed after part {self._count}: {message}")


def _check_part(segment: MultipartSegment, subject: str) -> None:
    headers = [name for name, _ in segment.headerlist]
    if headers.count("Content-Disposition") > 1:
        raise _refuse(f"{subject} has several Content-Disposition headers")
    encoding = next((value for name, value in segment.headerlist if name == "Content-Transfer-Encoding"), "binary")
    if encoding.strip().lower() not in ("7bit", "8bit", "binary"):
        raise _refuse(f"{subject} has a Content-Transfer-Encoding, which forms do not use (RFC 7578, 4.7)")
    if segment.filename is None:
        _check_charset(segment.charset, subject)


class _Text:
    """A part that is a text."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.data = bytearray()

    def text(self) -> str:
        try:
            return self.data.decode()
        except UnicodeDecodeError as error:
            raise _refuse(f"Field {self.name[:100]!r} is not UTF-8 at byte {error.start}") from None


class _File:
    """A part that is a file: in memory while it is small, then on disk with the other large ones of the form."""

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
    def spooled(self) -> bool:
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


class _Counted(_File):
    """A part that is a file, of which nothing but its size is kept."""

    async def add(self, data: bytes) -> None:
        self.size += len(data)


class _TextsOnly(_Multipart):
    """Reads the texts of a multipart body."""

    def __init__(self, boundary: str, limits: FormLimits) -> None:
        super().__init__(boundary, limits)
        self.sizes: list[tuple[str, int]] = []

    def _begin_file(self, segment: MultipartSegment) -> _File:
        if len(self.sizes) >= self._limits.files:
            raise _too_large("files", self._limits.files)
        return _Counted(segment, 0, self._spool)

    def _end_file(self, part: _File) -> None:
        self.sizes.append((part.name, part.size))


_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+_-]+/[a-z0-9.+_-]+")

"""Form fields and files as a request body."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from os import urandom
from urllib.parse import urlencode

from ._upload import Upload

Fields = Sequence[tuple[str, str]]

URLENCODED = "application/x-www-form-urlencoded"


def urlencoded(fields: Fields) -> bytes:
    """Return the fields as ``application/x-www-form-urlencoded``."""
    return urlencode(fields).encode("ascii")


class Multipart:
    """Fields and files as ``multipart/form-data`` (RFC 7578), read while they are sent.

    Attributes:
        content_type: The media type with the boundary.
        length: Length in bytes; None when a file is a stream of unknown length.
    """

    __slots__ = ("_end", "_parts", "content_type", "length")

    def __init__(self, fields: Fields, files: Sequence[tuple[str, Upload]]) -> None:
        boundary = urandom(16).hex()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._end = f"--{boundary}--\r\n".encode()
        self._parts: list[tuple[bytes, bytes | Upload]] = [
            *((_head(boundary, name), value.encode()) for name, value in fields),
            *((_head(boundary, name, file), file) for name, file in files),
        ]
        self.length = self._measured()

    def __iter__(self) -> Iterator[bytes]:
        for head, content in self._parts:
            yield head
            if isinstance(content, bytes):
                yield content
            else:
                yield from content
            yield b"\r\n"
        yield self._end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # A chunk from a local file is there at once: handing it to a thread costs more than reading it.
        for chunk in self:
            yield chunk

    def _measured(self) -> int | None:
        total = len(self._end)
        for head, content in self._parts:
            size = len(content) if isinstance(content, bytes) else content.size
            if size is None:
                return None
            total += len(head) + size + 2
        return total


def _head(boundary: str, name: str, file: Upload | None = None) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"'
    if file is not None:
        head += f'; filename="{_escaped(file.filename)}"\r\nContent-Type: {_one_line(file.content_type)}'
    return f"{head}\r\n\r\n".encode(errors="replace")


def _escaped(text: str) -> str:
    """Return a name as browsers write it in a part's header (HTML, multipart form data)."""
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")

"""``Download``: a file as a handler returns it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterable, Iterable
from os import PathLike
from typing import Any, Final
from urllib.parse import quote

from .._files import safe_name
from .._server_mistakes import runtime_error, type_error

FileSource = str | PathLike[str] | bytes | AsyncIterable[bytes] | Iterable[bytes]


class Download:
    """A file as the output of an action: ``Download(path)``, ``Download(b"...", name="a.csv")``.

    Attributes:
        source: A path, the bytes, or an iterator of bytes, asynchronous or plain, which can be
            sent once.
        name: The name under which callers save the file, made safe; empty to leave it to them.
        content_type: Its media type.
        size: Its length in bytes, if it is known before the file is read; the length of a path is
            read when it is opened.
    """

    __slots__ = ("_is_sent", "content_type", "name", "size", "source")

    source: FileSource
    name: str
    content_type: str
    size: int | None

    def __init__(
        self, source: FileSource, *, name: str | None = None, content_type: str | None = None, size: int | None = None
    ) -> None:
        """Make a download.

        Args:
            source: What to send. A path is opened when the file is sent.
            name: Its name; of a path, the name of that file when left out.
            content_type: Its media type. When left out, it follows from the name.
            size: How many bytes an iterator gives, so that the caller can show how far it is.

        Raises:
            TypeError: The source is none of these.
            ValueError: The content type is not one, or the size is not that of the bytes.
        """
        _check_source(source)
        _check_size(source, size)
        self.source = source
        if name is None:
            name = _name_of(source)
        if isinstance(source, bytes):
            size = len(source)
        self.name = safe_name(name)
        self.content_type = _checked_type(content_type or _type_of(self.name))
        self.size = size
        self._is_sent = False

    def take(self) -> FileSource:
        """Return the source, to be read.

        Raises:
            RuntimeError: It is an iterator that has been read before.
        """
        if self._is_sent and not is_whole(self):
            raise runtime_error(f"{self!r} has been sent before, and its iterator gives bytes once: make another.")
        self._is_sent = True
        return self.source

    def __repr__(self) -> str:
        return f"Download(name={self.name!r}, content_type={self.content_type!r}, size={self.size})"


def is_whole(download: Download) -> bool:
    """Return whether the source can be read more than once: bytes, or a path."""
    return isinstance(download.source, str | PathLike | bytes)


def is_download(annotation: Any) -> bool:
    """Return whether an output is declared as a download."""
    return annotation is Download


def _check_source(source: object) -> None:
    is_source = isinstance(source, str | PathLike | AsyncIterable | Iterable)
    # These two are iterables of numbers, and not of bytes.
    if not is_source or isinstance(source, bytearray | memoryview):
        kind = type(source).__name__
        raise type_error(f"A Download is made of a path, bytes or an iterator of bytes, not of {kind}.")


def _check_size(source: object, size: int | None) -> None:
    if size is None:
        return
    is_wrong = isinstance(source, bytes) and size != len(source)
    if size < 0 or is_wrong:
        raise ValueError(f"size={size} is not the length of this Download.")


def _name_of(source: object) -> str:
    if isinstance(source, str | PathLike):
        return os.fsdecode(source)
    return ""


def _type_of(name: str) -> str:
    """Return the media type that belongs to a name, as far as this machine knows."""
    from mimetypes import guess_type

    content_type, coding = guess_type(f"file:{quote(name)}")
    # A "report.csv.gz" is saved as it is, so its type is that of the archive.
    if coding is not None:
        content_type = _ARCHIVES.get(coding)
    return content_type or _UNKNOWN


def _checked_type(content_type: str) -> str:
    if not _MEDIA_TYPE.fullmatch(content_type):
        raise ValueError(f"content_type={content_type!r:.80} is not a media type such as 'text/csv; charset=utf-8'.")
    return content_type


_UNKNOWN: Final = "application/octet-stream"
_ARCHIVES: Final = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
}
_MEDIA_TYPE: Final = re.compile(
    r"""[\w.+-]{1,100}/[\w.+-]{1,100}(?:; ?[\w-]{1,40}=(?:[\w.+-]{1,80}|"[ \w.+-]{1,80}")){0,4}""", re.ASCII
)

"""Files to upload, known to be readable before the first byte of a request is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from mimetypes import guess_type
from pathlib import Path
from typing import Any, BinaryIO, Final

from .._errors import InputError, Issue

Open = Callable[[], AbstractContextManager[BinaryIO]]

CHUNK: Final = 64 * 1024


class Upload:
    """One file. Each iteration gives its bytes from the start, unless it cannot be rewound.

    Attributes:
        filename: The name to send.
        content_type: The media type to send.
        size: Length in bytes; None for a stream.
    """

    __slots__ = ("_open", "content_type", "filename", "size")

    def __init__(
        self,
        open_: Open,
        size: int | None,
        filename: str,
        content_type: str | None,
    ) -> None:
        self._open = open_
        self.size = size
        self.filename = filename
        self.content_type = content_type or guess_type(filename)[0] or "application/octet-stream"

    def __iter__(self) -> Iterator[bytes]:
        with self._open() as file:
            while chunk := file.read(CHUNK):
                yield chunk


def uploads(path: str, value: object, *, by_key: bool = False) -> list[tuple[str, Upload]]:
    """Return the files in an argument, each with its name in a form: one, or each of a list.

    Args:
        path: The field path of the argument.
        value: What the caller passed.
        by_key: Whether it may be a dict of files.

    Raises:
        InputError: It is not a file, or cannot be read.
    """
    if isinstance(value, list):
        return [(path, _upload(f"{path}.{number}", item)) for number, item in enumerate(value)]
    if by_key and isinstance(value, dict):
        from .._forms.names import control_under  # which calls without files do not need

        names = [control_under(path, key) for key in value]
        return [(name, _upload(name, item)) for name, item in zip(names, value.values(), strict=True)]
    return [(path, _upload(path, value))]


def _upload(path: str, value: object) -> Upload:
    try:
        content, filename, content_type = _parts(value)
        open_, size = _source(content)
        if filename is None:
            filename = _own_name(content)
    except TypeError as error:
        raise InputError([Issue(path, str(error), "file_expected")]) from None
    except Exception as error:
        # What a closed file or an object of another library raises is its own.
        reason = f"The file cannot be read: {getattr(error, 'strerror', None) or error}"
        raise InputError([Issue(path, reason, "file_expected")]) from error
    return Upload(open_, size, filename, content_type)


def _parts(value: object) -> tuple[Any, str | None, str | None]:
    match value:
        case (str() as filename, content):
            return content, filename, None
        case (str() as filename, content, str() as content_type):
            return content, filename, content_type
        case _:
            return value, None, None


def _source(content: Any) -> tuple[Open, int | None]:
    """Return a function that opens the content, and its length."""
    if isinstance(content, bytes | bytearray):
        return lambda: BytesIO(content), len(content)
    if isinstance(content, os.PathLike):
        path = Path(content)
        with path.open("rb") as file:  # opened, not only looked at: it must be readable
            return lambda: path.open("rb"), file.seek(0, os.SEEK_END)
    if isinstance(content, str):
        raise TypeError(f"A file is expected, not a string; for the file of that name pass pathlib.Path({content!r})")
    if not hasattr(content, "read"):
        raise TypeError(f"A path, bytes or an open file is expected, not {type(content).__name__}")
    if not isinstance(content.read(0), bytes):
        raise TypeError("The file is open in text mode; open it in mode 'rb'")
    return _file_source(content)


def _file_source(file: BinaryIO) -> tuple[Open, int | None]:
    """Return the same for a file that the caller has opened, from its current position.

    Closing it stays with the caller.
    """
    # A response of another library has `read` alone.
    if not hasattr(file, "seekable") or not file.seekable():
        return lambda: nullcontext(file), None
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start

    def rewound() -> AbstractContextManager[BinaryIO]:
        file.seek(start)
        return nullcontext(file)

    return rewound, size


def _own_name(content: Any) -> str:
    name = content if isinstance(content, os.PathLike) else getattr(content, "name", None)
    # Without a file name the server would take the part for a text field.
    if isinstance(name, str | os.PathLike):
        return Path(name).name or "upload"
    return "upload"

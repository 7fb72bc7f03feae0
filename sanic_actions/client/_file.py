"""The values that callers may pass for a file."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import BinaryIO, TypeAlias

    FileContent: TypeAlias = PathLike[str] | bytes | BinaryIO
    File: TypeAlias = FileContent | tuple[str, FileContent] | tuple[str, FileContent, str]
else:

    class File:
        """A file to upload.

        One of: a path (``pathlib.Path``), the bytes, an open binary file, or a tuple of file name,
        one of these, and optionally the content type.
        """

"""Save files on the caller's disk: a file appears under its name when it is whole, and not before.

Bytes go to a file of another name in the same folder, which is then renamed. Whatever happens, a
power cut included, nobody ever finds half a file under the name of the whole one, and an existing
file stays until it is replaced.
"""

from __future__ import annotations

import os
from contextlib import suppress
from errno import EEXIST, ENOENT
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Self

SavePath = str | os.PathLike[str]
"""Where to save a file: its path, or a folder."""


def check_place(path: SavePath, *, overwrite: bool) -> None:
    """Refuse a place where a file could not be saved, before the file is requested.

    Raises:
        FileExistsError: There is a file, and it is not to be replaced.
        FileNotFoundError: The folder does not exist.
    """
    target = Path(path)
    if target.is_dir():
        return
    if os.fspath(path).endswith(("/", os.sep)) or not target.parent.is_dir():
        raise FileNotFoundError(ENOENT, "The folder to save a download in does not exist", os.fspath(path))
    _check_free(target, overwrite=overwrite)


class PartFile:
    """A file that is being written; leaving its ``with`` before ``finish`` removes it.

    Args:
        path: The file's path, or a folder.
        name: The file's name in a folder: a safe one, so that it cannot lead out of it.
        overwrite: Whether an existing file is replaced.
    """

    def __init__(self, path: SavePath, name: str, *, overwrite: bool) -> None:
        folder = Path(path)
        if folder.is_dir():
            self._target = folder / name
        else:
            self._target = folder
        self._overwrite = overwrite
        # Not the name of the file with something behind it: that may be as long as names can be.
        self._part = self._target.with_name(f".{token_hex(8)}.part")
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        _check_free(self._target, overwrite=self._overwrite)
        self._file = self._part.open("xb")
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file is not None:
            self._file.close()
            with suppress(FileNotFoundError):
                self._part.unlink()

    def write(self, chunk: bytes) -> None:
        """Add some bytes."""
        assert self._file is not None  # noqa: S101  # entered
        self._file.write(chunk)

    def finish(self) -> Path:
        """Rename the file to its own name, and return its path.

        Raises:
            FileExistsError: There is a file of that name by now, and it is not to be replaced.
        """
        file, self._file = self._file, None
        assert file is not None  # noqa: S101  # entered
        try:
            with file:
                file.flush()
                os.fsync(file.fileno())  # else a power cut may leave the name and not the bytes
            if self._overwrite:
                self._part.replace(self._target)
            else:
                _rename_to_free_name(self._part, self._target)
        finally:
            with suppress(FileNotFoundError):
                self._part.unlink()
        return self._target


def _rename_to_free_name(part: Path, target: Path) -> None:
    """Rename a file, unless there is one of the new name."""
    try:
        os.link(part, target)  # fails where there is one, while a rename would replace it
    except FileExistsError:
        _check_free(target, overwrite=False)
        raise
    except OSError:  # a file system without links, such as FAT
        _check_free(target, overwrite=False)
        part.rename(target)


def _check_free(target: Path, *, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(target):
        message = "A download is not saved over a file that exists; allow it with save(..., overwrite=True)"
        raise FileExistsError(EEXIST, message, str(target))

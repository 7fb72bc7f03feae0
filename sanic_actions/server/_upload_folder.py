"""Keep valid uploads of a form that failed until it is sent again, in a folder, bounded in size and time.

The rule of this file: nothing that a caller sends becomes part of a path. The name of a file is a
digest of its owner and its token, so nobody can name it without both. A file that is too large is
not written at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from .._files import UploadedFile, size_in_words
from ._spool import Spool
from ._state.file import StateFile, refuse_foreign_folder

logger: Final = logging.getLogger("sanic_actions")

SHARE: Final = 4
"""One file takes at most a quarter of the room."""

RETIRED: Final = 60.0
"""Seconds that an upload is kept after its form has succeeded, in case of a second click."""

PATIENCE: Final = 5.0
"""Seconds that a worker waits until another one has written."""

HEAD: Final = 2_048
"""Most bytes before the content of a file: the length of this head, the name and the media type."""


class UploadFolder:
    """A folder in which uploads wait, shared by the workers of one machine.

    Oldest files go first where there is no room. Several machines need one folder that all of them
    mount, or a proxy that leads a visitor to the same machine each time; else an upload is gone,
    which the page then says.

    Args:
        path: The folder; made with mode 0700 if it is missing. Nothing else may be in it.
        max_bytes: Most bytes of all files together; one file takes at most a quarter.
        max_files: Most files.
        seconds: How long a file waits at the longest.

    Raises:
        ValueError: A bound is not a positive number.
    """

    __slots__ = ("_max_bytes", "_max_files", "_seconds", "_sweeper", "path")

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_bytes: int = 256 * 2**20,
        max_files: int = 1_000,
        seconds: float = 3_600.0,
    ) -> None:
        for name, bound in (("max_bytes", max_bytes), ("max_files", max_files), ("seconds", seconds)):
            if not _is_above_0(bound):
                mistake = f"{name}={bound!r:.60}"
                raise ValueError(f"The bounds of an UploadFolder are numbers above 0, not {mistake}.")
        self.path: Path = Path(path).expanduser().absolute()
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._seconds = seconds
        self._sweeper: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"UploadFolder({str(self.path)!r}, {size_in_words(self._max_bytes)}, {self._seconds:g} s)"

    @property
    def seconds(self) -> float:
        """How long a file waits at the longest."""
        return self._seconds

    async def start(self) -> None:
        """Make the folder, and remove what is too old.

        Raises:
            OSError: It cannot be made, or others could read or change what is in it.
        """
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_foreign_folder(self.path)
        with self._locked():
            self._remove_old(time.time())

    async def put(self, owner: str, file: UploadedFile) -> str | None:
        """Keep a file for its owner, and return its token; None if it is too large for the room.

        Raises:
            OSError: It cannot be written.
        """
        if file.size > self._max_bytes // SHARE - HEAD:
            return None
        token = secrets.token_urlsafe(24)
        await asyncio.to_thread(self._put, self._place(owner, token), file)
        self._sweep_later()
        return token

    async def find(self, owner: str, token: str) -> UploadedFile | None:
        """Return a file of this owner, open at its beginning; None if there is none any more."""
        if not _TOKEN.fullmatch(token):
            return None
        return await asyncio.to_thread(self._find, self._place(owner, token))

    async def drop(self, owner: str, token: str) -> None:
        """Remove a file of this owner."""
        if _TOKEN.fullmatch(token):
            await asyncio.to_thread(self._place(owner, token).unlink, missing_ok=True)

    async def retire(self, owner: str, token: str) -> None:
        """Have a file of this owner removed soon, since its form has succeeded."""
        if _TOKEN.fullmatch(token):
            await asyncio.to_thread(self._retire, self._place(owner, token))

    def _place(self, owner: str, token: str) -> Path:
        # With the length of the owner, so that no other owner and token give the same string.
        digest = hashlib.sha256(f"{len(owner)}:{owner}{token}".encode()).hexdigest()
        return self.path / digest

    def _locked(self) -> Any:
        return StateFile(self.path / "uploads").locked(PATIENCE)

    def _put(self, place: Path, file: UploadedFile) -> None:
        head = json.dumps([file.name, file.content_type]).encode()
        size = len(head) + 4 + file.size
        new = place.with_suffix(".new")
        with self._locked():
            self._make_room(size)
            try:
                with _created(new) as target:
                    target.write(len(head).to_bytes(4, "big") + head)
                    file.file.seek(0)
                    shutil.copyfileobj(file.file, target)
                new.rename(place)  # whole, or not there
            except BaseException:
                new.unlink(missing_ok=True)
                raise

    def _make_room(self, size: int) -> None:
        files = self._remove_old(time.time())
        files.sort()
        room = self._max_bytes - size - sum(each for _, each, _ in files)
        # Removes one file each time, and there are never more than max_files.
        while files and (room < 0 or len(files) >= self._max_files):
            _, oldest_size, path = files.pop(0)
            path.unlink(missing_ok=True)
            room += oldest_size
            logger.warning("%r is full: an upload that waited for its form was dropped.", str(self.path))

    def _remove_old(self, now: float) -> list[tuple[float, int, Path]]:
        """Remove what waited too long, and return the rest: time, size and path of each."""
        files = []
        for path, status in self._files():
            # abs(), so that files do not stay longer when the clock is set back.
            if abs(now - status.st_mtime) < self._seconds and path.suffix == "":
                files.append((status.st_mtime, status.st_size, path))
            else:
                path.unlink(missing_ok=True)
        return files

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        with os.scandir(self.path) as entries:
            for entry in entries:
                if _FILE.fullmatch(entry.name):
                    try:
                        yield Path(entry.path), entry.stat(follow_symlinks=False)
                    except FileNotFoundError:  # another worker has removed it
                        continue

    def _find(self, place: Path) -> UploadedFile | None:
        try:
            disk = cast("BinaryIO", open(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb"))  # noqa: SIM115, PTH123  # closed with the file
        except OSError:
            return None
        status = os.fstat(disk.fileno())
        if abs(time.time() - status.st_mtime) >= self._seconds:
            disk.close()
            return None
        length = int.from_bytes(disk.read(4), "big")
        name, content_type = json.loads(disk.read(length))
        spool = Spool.of(disk, status.st_size)
        start = 4 + length
        content = spool.file(start, owned=True)
        return UploadedFile(content, name=name, content_type=content_type, size=status.st_size - start)

    def _retire(self, place: Path) -> None:
        came = time.time() - self._seconds + min(RETIRED, self._seconds)
        try:
            os.utime(place, (came, came), follow_symlinks=False)
        except FileNotFoundError:
            return

    def _sweep_later(self) -> None:
        """Have old files removed in time even if nobody uses the folder."""
        loop = asyncio.get_running_loop()
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._sweeper = loop.call_later(self._seconds + 1, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        asyncio.get_running_loop().run_in_executor(None, self._try_to_sweep)

    def _try_to_sweep(self) -> None:
        try:
            with self._locked():
                self._remove_old(time.time())
        except OSError as error:
            logger.warning("Uploads that have waited too long could not be removed: %s", error)


def _created(path: Path) -> BinaryIO:
    """Return a new file that only its owner can read; an existing file or link is not used."""
    path.unlink(missing_ok=True)  # left by a worker that died
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    return cast("BinaryIO", open(os.open(path, flags, 0o600), "wb"))  # noqa: PTH123  # the caller closes it


_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_FILE: Final = re.compile(r"[0-9a-f]{64}(\.new)?")


def _is_above_0(bound: object) -> bool:
    return isinstance(bound, int | float) and not isinstance(bound, bool) and bound > 0

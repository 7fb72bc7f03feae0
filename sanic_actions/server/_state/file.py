"""The file under SQLiteStore: where it lies, who may read it, and how several processes begin or replace it at once.

The rule: a file is made, and a damaged one replaced, only while holding ``<file>.lock``. The database itself is never
opened here: closing any descriptor of it would drop SQLite's own locks in the whole process (POSIX advisory locks).
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

Identity = tuple[int, int]
"""Device and inode: which file a path means at the moment."""


@dataclass(frozen=True, slots=True)
class StateFile:
    """A path for a database.

    Attributes:
        path: The database file.
    """

    path: Path

    @classmethod
    def of_app(cls, name: str) -> StateFile:
        """The default file of an app."""
        return cls(_private_folder() / f"{quote(name, safe='')}.sqlite3")

    @property
    def private(self) -> bool:
        """It lies in the folder that default files share, whose name others can foresee; elsewhere users decide."""
        return self.path.parent == _private_folder()

    def identity(self) -> Identity | None:
        """Which file is there; None when there is none."""
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def prepare_folder(self) -> None:
        """Make the private folder, with mode 0700, if it is missing.

        Raises:
            OSError: It cannot be made, or is not ours alone.
        """
        if self.private:
            with suppress(FileExistsError):
                self.path.parent.mkdir(mode=0o700)
            _refuse_foreign(self.path.parent, stat.S_IFDIR, 0o077)

    def create(self) -> None:
        """Make the file, empty and with mode 0600 (SQLite gives its -wal and -shm the same), if it is missing.

        Raises:
            OSError: It cannot be made, or is not a file of ours.
        """
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _refuse_foreign(self.path, stat.S_IFREG)

    @contextmanager
    def locked(self, timeout: float) -> Iterator[None]:
        """Hold the lock file against all other processes and threads.

        Raises:
            OSError: It cannot be opened, or is not free within ``timeout`` seconds.
        """
        lock = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _wait_for(lock, time.monotonic() + timeout)
            yield
        finally:
            os.close(lock)

    def hold_folder(self) -> int | None:
        """A descriptor that keeps systemd-tmpfiles from ageing the files away while they are in use.

        It skips directories that somebody has locked (tmpfiles.d(5), "Age").
        """
        if not self.private:
            return None
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return folder

    def set_aside(self) -> Path:
        """Rename the file and what belongs to it to ``<file>.damaged``, in place of an earlier one."""
        aside = Path(f"{self.path}.damaged")
        # The database goes last: a new one must never meet the log of the old one.
        for suffix in ("-shm", "-wal", ""):
            with suppress(FileNotFoundError):
                Path(f"{self.path}{suffix}").replace(f"{aside}{suffix}")
        return aside


def _private_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"sanic-actions-{os.geteuid()}"


def _wait_for(lock: int, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError("its lock file is held by another process") from None
            time.sleep(0.005)


def _refuse_foreign(path: Path, kind: int, forbidden: int = 0) -> None:
    """What another user made, or could change, is no place for results: not even behind a symbolic link."""
    found = path.lstat()
    if stat.S_IFMT(found.st_mode) != kind or found.st_uid != os.geteuid() or found.st_mode & forbidden:
        what = stat.filemode(found.st_mode)
        raise PermissionError(f"{str(path)!r} is {what} of user {found.st_uid}, not ours alone")

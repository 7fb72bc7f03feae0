"""The file under SQLiteStore: its place, its mode, and how several processes create or replace it.

A file is created, and a damaged one removed, only while holding ``<file>.lock``. The database
itself is never opened here: closing any descriptor of it would drop SQLite's own locks in the whole
process (POSIX advisory locks).
"""

from __future__ import annotations

import os
import shlex
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

try:
    import fcntl
except ImportError as error:
    raise ImportError(
        "sanic_actions.server needs a POSIX system: the workers of an app share state through file locks (fcntl), "
        "which Windows does not have. Run the server under WSL or in a container; sanic_actions.client works on "
        "Windows.",
        name="fcntl",
    ) from error

Identity = tuple[int, int]
"""Device and inode, which tell one file of a path from a later one under the same path."""


@dataclass(frozen=True, slots=True)
class StateFile:
    """A path for a database.

    Attributes:
        path: The database file.
        private: The library makes the folder, under a name that others can foresee, and so refuses
            one that others have made. Any other folder is the user's choice and is not checked.
    """

    path: Path
    private: bool = False

    @classmethod
    def named(cls, name: str) -> StateFile:
        """Return the default file of this name, in the user's runtime folder or a temporary one."""
        return cls(_default_folder() / f"{quote(name, safe='')}.sqlite3", private=True)

    def identity(self) -> Identity | None:
        """Return the identity of the file at the path; None when there is none."""
        try:
            status = os.lstat(self.path)
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def prepare_folder(self) -> None:
        """Make the private folder, with mode 0700, if it is missing.

        Raises:
            OSError: It cannot be made, or belongs to others, or is open to them.
        """
        if self.private:
            with suppress(FileExistsError):
                self.path.parent.mkdir(mode=0o700)
            # One that was there already may be a trap: in /tmp anybody can make a folder.
            _refuse_foreign(self.path.parent, stat.S_IFDIR, 0o077)

    def create(self) -> None:
        """Make the file if it is missing, empty and with mode 0600, as SQLite makes its others.

        Raises:
            OSError: It cannot be made, or is not a regular file of this user.
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
            # The file stays: if it were removed, two processes could hold two files of one name.
            os.close(lock)

    def remove(self) -> None:
        """Remove the file and what belongs to it."""
        # The database goes last: a new one must never meet the log of the old one.
        for suffix in ("-shm", "-wal", ""):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)


def _default_folder() -> Path:
    """Return the folder of default files, in a runtime folder if there is one."""
    # Nobody else can write in a runtime folder, unlike in /tmp. Services often run without the
    # variable, and the folder is there all the same.
    user = os.geteuid()
    for runtime in (Path(os.environ.get("XDG_RUNTIME_DIR", "")), Path(f"/run/user/{user}")):
        if runtime.is_absolute() and _foreign(runtime, stat.S_IFDIR, 0o077) is None:
            return runtime / "sanic-actions"
    return Path(tempfile.gettempdir()) / f"sanic-actions-{user}"


def _wait_for(lock: int, deadline: float) -> None:
    while True:
        try:
            # Asked again and again, since a blocking flock has no timeout. The kernel drops the
            # lock of a dead process.
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError("its lock file is held by another process") from None
            time.sleep(0.005)


def refuse_foreign_folder(path: Path) -> None:
    """Raise ``PermissionError`` for a folder of another user, or one that others can use."""
    reason = _foreign(path, stat.S_IFDIR, 0o077)
    if reason is None:
        return
    if _foreign(path, stat.S_IFDIR, 0) is None:  # of this user, but open to others
        remedy = f"Run: chmod 700 {shlex.quote(str(path))}"
    else:
        remedy = "Name a folder that does not exist yet: it is made when the server starts."
    raise PermissionError(f"{reason}, not ours alone. {remedy}")


def _refuse_foreign(path: Path, kind: int, forbidden: int = 0) -> None:
    """Raise ``PermissionError`` if another user made a path or could change it."""
    # A symbolic link is not followed: it is not of the kind asked for.
    if reason := _foreign(path, kind, forbidden):
        raise PermissionError(f"{reason}, not ours alone")


def _foreign(path: Path, kind: int, forbidden: int) -> str | None:
    """Return why state must not be kept at a path; None if it may be."""
    try:
        status = path.lstat()
    except OSError as error:
        return str(error)
    if stat.S_IFMT(status.st_mode) == kind and status.st_uid == os.geteuid() and not status.st_mode & forbidden:
        return None
    return f"{str(path)!r} is {stat.filemode(status.st_mode)} of user {status.st_uid}"

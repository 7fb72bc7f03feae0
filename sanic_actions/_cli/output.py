"""A folder of generated files: compare it with what it should hold, and bring it up to date safely.

Files that the library did not write are never touched. A program that imports the package meanwhile
never sees half a file, and an interrupted run leaves none.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import filterfalse
from operator import attrgetter
from pathlib import Path
from typing import Final, Literal

from .._line_ends import holds
from ..codegen._package import CONTRACT_FILE
from ..codegen._project import README_MARK
from ..codegen._text import MARK
from .usage_error import UsageError

ChangeKind = Literal["create", "update", "remove", "unchanged"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of a package, and what brings it up to date."""

    path: str
    kind: ChangeKind


def compare(out: Path, package: str, texts: Mapping[str, str]) -> list[FileChange]:
    """Return the changes that turn the folder into the texts, by path.

    Raises:
        UsageError: The folder has files that the library did not write.
    """
    _refuse(out, package, texts)
    changes: dict[str, FileChange] = {}
    # Generated files that are not among the texts belong to actions that are gone.
    for file in _ours(out / package):
        path = file.relative_to(out).as_posix()
        changes[path] = FileChange(path, "remove")
    for path, text in texts.items():
        changes[path] = FileChange(path, _kind(out / path, text.encode()))
    return sorted(changes.values(), key=attrgetter("path"))


def is_stale(change: FileChange) -> bool:
    """Return whether a file is out of date."""
    return change.kind != "unchanged"


def _kind(path: Path, content: bytes) -> ChangeKind:
    if not path.exists():
        return "create"
    if holds(path, content):  # with the line ends of git's checkout, too
        return "unchanged"
    return "update"


def _ours(folder: Path) -> Iterator[Path]:
    return filter(_is_marked, _sources(folder))


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".pyi") and path.is_file():
            yield path


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:  # the mark is the first line
        return file.readline().rstrip(b"\r\n") in _MARKS


_MARKS: Final = frozenset({MARK.encode(), README_MARK.encode()})


def _refuse(out: Path, package: str, texts: Mapping[str, str]) -> None:
    root = out / package
    # Through a symbolic link, files would be written and removed outside of the folder.
    for path in (out, root, *(root.rglob("*") if root.is_dir() else ())):
        if path.is_symlink():
            raise UsageError(f"{path} is a symbolic link, and what it points to is not ours. Nothing was written.")
    files = list(map(out.joinpath, texts))
    folders = {out, root}
    for file in files:
        folders.update(parent for parent in file.parents if parent.is_relative_to(root))
    for path in sorted(folders):
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file, where a folder must be. Nothing was written.")
    foreign = _foreign(root) or next(filter(_is_unmarked_source, files), None)
    if foreign is not None:
        raise UsageError(
            f"{foreign} was not written by sanic-actions, and would be lost. Nothing was written.\n"
            "Choose another folder with --out, or another name with --package."
        )


def _is_unmarked_source(path: Path) -> bool:
    return path.suffix in (".py", ".pyi", ".toml", ".md") and path.is_file() and not _is_marked(path)


def _foreign(root: Path) -> Path | None:
    """Return a file that shows a package not to be generated; ``__init__.py`` decides first."""
    start = root / "__init__.py"
    if start.is_file():
        if _is_marked(start):
            return None
        return start
    if not root.is_dir():
        return None
    foreign = next(filterfalse(_is_marked, sorted(_sources(root))), None)
    contract = root / CONTRACT_FILE
    if foreign is None and contract.is_file() and _CONTRACT_MARK.match(contract.read_bytes()) is None:
        return contract
    return foreign


_CONTRACT_MARK: Final = re.compile(rb'\{\r?\n "actions": \{')
"""How the contract of a package begins; JSON has no comments that could say who wrote it."""


def write(out: Path, changes: list[FileChange], texts: Mapping[str, str]) -> None:
    """Make the changes: every file is written whole before the first is renamed into place.

    Raises:
        OSError: The folder cannot be written; its files are as before.
    """
    changes = list(filter(is_stale, changes))
    if not changes:
        return
    out.mkdir(parents=True, exist_ok=True)
    _clear(out)
    # Inside the folder itself: a rename replaces a file in one step only within one file system.
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=out) as drafts, contextlib.ExitStack() as undo:
        Path(drafts, _OWNER).write_text(MARK)
        for number, change in enumerate(changes):
            text = texts.get(change.path, "")
            Path(drafts, str(number)).write_bytes(text.encode())
            if change.kind != "create":  # kept until all changes are made, to undo them
                shutil.copy2(out / change.path, Path(drafts, f"{number}.old"))
        for number, change in enumerate(changes):
            _put(out / change.path, change.kind, Path(drafts, str(number)), undo)
        undo.pop_all()  # all changes are made: nothing is to be undone any more
    for change in changes:
        if change.kind == "remove":
            _remove_empty((out / change.path).parent, out)


_PREFIX: Final = ".sanic-actions-"
_OLD_AGE: Final = 3600.0
"""The age in seconds after which a run's folder counts as left behind by an interruption."""


_OWNER: Final = "generated-by-sanic-actions"
"""A file that marks a folder as ours: its name alone could be anybody's."""


def _clear(out: Path) -> None:
    """Remove the folders of interrupted runs, if they hold nothing but the files of a run."""
    for folder in out.glob(f"{_PREFIX}*"):
        if _is_abandoned(folder):
            for path in folder.iterdir():
                if _WORKING_FILE.fullmatch(path.name) and path.is_file():
                    path.unlink()
            if list(folder.iterdir()) == [folder / _OWNER]:
                shutil.rmtree(folder)


_WORKING_FILE: Final = re.compile(r"\d+(\.old)?")


def _is_abandoned(folder: Path) -> bool:
    owner = folder / _OWNER
    if folder.is_symlink() or not owner.is_file() or owner.read_bytes() != MARK.encode():
        return False
    return time.time() - folder.stat().st_mtime > _OLD_AGE


def _put(path: Path, kind: ChangeKind, draft: Path, undo: contextlib.ExitStack) -> None:
    """Make one change, and note how to undo it if a later one fails."""
    if kind == "create":
        path.parent.mkdir(parents=True, exist_ok=True)
        undo.callback(path.unlink, missing_ok=True)
    else:
        undo.callback(draft.with_suffix(".old").replace, path)
    if kind == "remove":
        path.unlink()
    else:
        draft.replace(path)


def _remove_empty(folder: Path, out: Path) -> None:
    """Remove a folder that has only our files' cache left, and parents empty without it."""
    while folder != out and folder.is_dir() and all(map(_is_cache, folder.iterdir())):
        shutil.rmtree(folder)
        folder = folder.parent


def _is_cache(path: Path) -> bool:
    if path.name != "__pycache__" or path.is_symlink() or not path.is_dir():
        return False
    return all(file.suffix == ".pyc" for file in path.iterdir())

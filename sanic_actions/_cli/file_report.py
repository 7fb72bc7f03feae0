"""Print what happened, or would happen, to each file of a package."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from .output import FileChange

WOULD: Final[Mapping[str, str]] = {
    "create": "would create",
    "update": "would update",
    "remove": "would remove",
}
TO_DO: Final[Mapping[str, str]] = {
    "create": "to create",
    "update": "to update",
    "remove": "to remove",
}
_DID: Final[Mapping[str, str]] = {
    "create": "created",
    "update": "updated",
    "remove": "removed",
    "unchanged": "unchanged",
}


def report_files(out: Path, changes: Sequence[FileChange]) -> None:
    """Print a line for each file, and a last line with the counts."""
    list_files(out, changes, _DID)
    count_files(changes, _DID)


def list_files(out: Path, changes: Iterable[FileChange], words: Mapping[str, str]) -> None:
    """Print a line for each file; ``words`` says a kind of change."""
    for change in changes:
        sys.stdout.write(f"{words[change.kind]} {(out / change.path).as_posix()}\n")


def count_files(changes: Sequence[FileChange], words: Mapping[str, str]) -> None:
    """Print one line that counts the changes of each kind."""
    counts: Counter[str] = Counter(change.kind for change in changes)
    words = {**words, "unchanged": "unchanged"}
    parts: list[str] = []
    for kind, word in words.items():
        if counts[kind]:
            parts.append(f"{counts[kind]} {word}")
    sys.stdout.write(f"{len(changes)} files: {', '.join(parts)}\n")

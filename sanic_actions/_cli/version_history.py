"""Find locks in git's history that gave the same version to another package.

Two branches that start from one version both arrive at the same next version. git merges or rebases
their locks without a conflict, since both changed the line of the version alike.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from ..contract import Lock
from .contracts import lock_at
from .usage_error import UsageError

MAX_REVISIONS: Final = 20
"""How many revisions that added or removed the version are read; usually there is one."""


def rival_locks(path: Path, lock: Lock) -> list[Lock]:
    """Return the committed locks of the same version for another contract or docstrings."""
    rivals: list[Lock] = []
    for revision in _revisions_with(path, f'"version": "{lock.version}"'):
        try:
            earlier = lock_at(revision, path)
        except UsageError:  # the revision removed the lock, or committed a broken one
            continue
        if earlier.app == lock.app and lock.is_rival(earlier):
            rivals.append(earlier)
    return rivals


def _revisions_with(path: Path, line: str) -> list[str]:
    """Return the revisions that added a line to a file or removed it."""
    heads = ["HEAD"]
    # The other side of a merge in progress.
    if _git(path, "rev-parse", "--quiet", "--verify", "MERGE_HEAD"):
        heads.append("MERGE_HEAD")
    search = ("--full-history", f"--max-count={MAX_REVISIONS}", "--format=%H", f"-S{line}")
    return _git(path, "log", *search, *heads, "--", path.name).split()


def _git(path: Path, *arguments: str) -> str:
    """Return the output of git in the folder of a file; empty without git or a repository."""
    command = ["git", "-C", str(path.resolve().parent), *arguments]
    try:
        # The command is a list, so that no shell reads the names of branches and files in it.
        result = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:  # git is not installed
        return ""
    if result.returncode != 0:  # there is no repository, or it has no such revision
        return ""
    return result.stdout.decode(errors="replace")

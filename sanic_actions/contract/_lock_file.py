"""The file of a lock: read it, checking that nobody changed it by hand, and write it in one step."""

from __future__ import annotations

import json
import os
import re
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from .._line_ends import holds
from ._contract import FORMAT, Contract
from ._grammar import check_lock
from ._lock import Lock, LockError
from ._plain_data import Json

LOCK_NAME: Final = "actions.lock.json"
"""The file of a lock, unless another one is named."""


def write_command(app: str, path: Path) -> str:
    """Return the command that writes a lock into a file."""
    command = f"sanic-actions lock {app}"
    if path == Path(LOCK_NAME):
        return command
    return f"{command} --lock {shlex.quote(path.as_posix())}"


def read_lock(path: Path) -> Lock:
    """Read a lock from a file.

    Raises:
        LockError: There is no such file, or it is not a lock that can be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LockError(f"{path} does not exist. Write it with: {write_command('MODULE:APP', path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(f"{path} cannot be read: {error}.") from None
    return parse_lock(text, str(path))


RESTORE: Final = "Restore it from version control, or delete it and run: sanic-actions lock --against git:HEAD"
RESTORE_REVISION: Final = (
    "Name a revision at which it is whole, such as git:HEAD~1, or delete the file and write a new one: "
    "sanic-actions lock"
)
"""The remedy for a lock that was committed damaged: its revision cannot be changed."""
_CONFLICT: Final = re.compile(r"^<{7} ", re.MULTILINE)
_MERGE: Final = (
    "In a merge, take the lock of one side with 'git checkout HEAD -- {path}' and let it follow the other with "
    "'sanic-actions lock --against git:MERGE_HEAD'; in a rebase the other is git:REBASE_HEAD. Otherwise restore it "
    "from version control, or delete it and run: sanic-actions lock --against git:HEAD"
)


def parse_lock(text: str, source: str, remedy: str = RESTORE) -> Lock:
    """Read a lock from its text.

    Args:
        text: The text.
        source: Where it came from, for messages.
        remedy: What to do about a damaged lock.

    Raises:
        LockError: It is not a lock, was changed by hand, or is of a later version of this library.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            later = f"it has format {data['format']!r}, and this version of sanic-actions reads format {FORMAT}."
            raise LockError(f"{source}: {later} Update sanic-actions.")
        check_lock(data)
        return _from_json(data, source, remedy)
    # People merge locks by hand: anything may be missing, or of another type.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if _CONFLICT.search(text):
            cause = "it has conflict markers of git"
            if remedy == RESTORE:
                remedy = _MERGE.format(path=shlex.quote(source))
        else:
            cause = f"{type(error).__name__}: {error}"
        raise LockError(f"{source} is not a lock of sanic-actions ({cause}). {remedy}") from None


def _from_json(data: Json, source: str, remedy: str) -> Lock:
    actions = {name: _without_extras(action) for name, action in data["actions"].items()}
    lock = Lock(
        app=data["app"],
        version=data["version"],
        contract=Contract(
            actions,
            data["inputs"],
            data["outputs"],
            modules=_modules(data.get("modules")),
            aliases=_names(data, "aliases"),
        ),
        serves=_names(data, "serves"),
        works_with=_names(data, "works_with"),
        allowed=data.get("allowed", {}),
        patch=data.get("patch", ""),
    )
    if strangers := lock.contract.dangling():
        raise ValueError(f"it mentions {strangers[0]!r}, which is not described")
    hashes = lock.contract.hashes
    for name, action in data["actions"].items():
        if action["hash"] != hashes[name]:
            reason = f"the hash of {name!r} is not that of its description, so it was changed by hand."
            raise LockError(f"{source}: {reason} {remedy}")
    return lock


def _without_extras(action: Json) -> Json:
    """Return a described action without the keys that only a lock has."""
    extras = {"aliases", "hash", "serves", "works_with"}
    return {key: value for key, value in action.items() if key not in extras}


def _modules(modules: Mapping[str, list[str]] | None) -> dict[str, tuple[str, ...]] | None:
    if modules is None:  # in a lock of an older version
        return None
    return {module: tuple(names) for module, names in modules.items()}


def _names(data: Json, key: str) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for name, action in data["actions"].items():
        if key in action:
            names[name] = tuple(action[key])
    return names


def write_lock(path: Path, lock: Lock) -> bool:
    """Write a lock completely or not at all; return whether the file changed.

    Raises:
        OSError: It cannot be written.
    """
    text: Any = lock.as_text().encode()
    if path.is_file() and holds(path, text):
        return False
    path = path.resolve()  # so that a symbolic link stays, and its target is written
    # In the same folder: a file replaces another in one step only within one file system.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        Path(temporary).chmod(0o644)  # mkstemp() lets only the owner read
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True

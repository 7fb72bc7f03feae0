"""The lock: a contract in a file, with its version and the older contracts of each action that still fit.

An older contract fits in two ways. A server *serves* the calls of an older client, and a client
*works with* an older server. Both follow from the changes in between and are kept as hashes, so
that neither side has to compare anything.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from .._line_ends import holds
from ._change import Change, breaks
from ._comparison import compare
from ._contract import FORMAT, Contract, laid_out
from ._grammar import check_lock
from ._plain_data import Json

LOCK_NAME: Final = "actions.lock.json"
"""The file of a lock, unless another one is named."""
FIRST_VERSION: Final = "0.1.0"
UNLOCKED_VERSION: Final = "0.0.0"
"""The version of a contract that no lock holds."""


class LockError(Exception):
    """A lock cannot be read or must not be written; the message says which file, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A contract with its version.

    Attributes:
        app: The name of the app whose contract it is.
        version: Three numbers, which follow from the changes.
        contract: The contract.
        serves: For each action the hashes of older contracts whose clients are still served.
        works_with: For each action the hashes of older contracts whose servers its clients work
            with.
        allowed: For each action the reason why a change of it was allowed to break callers.
        patch: A digest of what the package says, if that alone raised the version: two branches
            that have done so differ in it, for git and for :meth:`is_rival`.
    """

    app: str
    version: str
    contract: Contract
    serves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    works_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowed: Mapping[str, str] = field(default_factory=dict)
    patch: str = ""

    def as_text(self) -> str:
        """Return the text of the file: sorted, and readable in a difference."""
        head = {"format": FORMAT, "app": self.app, "version": self.version}
        if self.patch:
            head["patch"] = self.patch
        data = {**head, **self.contract.as_json()}
        data["actions"] = {name: self._action(name) for name in sorted(self.contract.actions)}
        if self.allowed:
            data["allowed"] = dict(self.allowed)
        return laid_out(data, self.contract.texts()) + "\n"

    def is_rival(self, earlier: Lock) -> bool:
        """Return whether an earlier lock gave the version of this one to another package."""
        if self.version != earlier.version:
            return False
        return self.patch not in ("", earlier.patch) or not self.contract.is_like(earlier.contract)

    def _action(self, name: str) -> Json:
        action = {**self.contract.actions[name], "hash": self.contract.hashes[name]}
        if aliases := self.contract.aliases.get(name):
            action["aliases"] = list(aliases)
        if serves := self.serves.get(name):
            action["serves"] = list(serves)
        if works_with := self.works_with.get(name):
            action["works_with"] = list(works_with)
        return action


def locked(app: str, contract: Contract, previous: Lock | None, allowed: Mapping[str, str] | None = None) -> Lock:
    """Return the lock of a contract, after the one before it.

    Raises:
        LockError: The one before is the lock of another app.
    """
    if previous is None:
        return Lock(app=app, version=FIRST_VERSION, contract=contract, allowed=allowed or {})
    if previous.app != app:
        reason = f"it is the lock of the app {previous.app!r}, and this is {app!r}."
        raise LockError(f"{reason} Nothing was written. Name another file with --lock.")
    changes = compare(previous.contract, contract)
    patch = previous.patch
    if changes:  # the version that they lead to is another one
        patch = ""
    return Lock(
        app=app,
        version=next_version(previous.version, changes),
        contract=contract,
        serves=_still_fitting(previous.contract, contract, changes, previous.serves),
        works_with=_still_fitting(
            previous.contract, contract, compare(contract, previous.contract), previous.works_with
        ),
        allowed={**still_allowed(previous, contract), **(allowed or {})},
        patch=patch,
    )


def join_locks(lock: Lock, rival: Lock) -> Lock:
    """Return a lock that also follows another one of its app, such as that of a merged branch.

    The version is above that of the other if the packages differ, and not below it otherwise.

    Raises:
        LockError: The rival is the lock of another app.
    """
    after = locked(lock.app, lock.contract, rival)
    joint = replace(
        lock,
        version=max(lock.version, after.version, key=version_numbers),
        serves=_all_hashes(after.serves, lock.serves),
        works_with=_all_hashes(after.works_with, lock.works_with),
        allowed={**after.allowed, **lock.allowed},
        patch=lock.patch or after.patch,
    )
    if joint.is_rival(rival):
        return with_next_patch(joint, joint.patch)
    return joint


def _all_hashes(
    first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the hashes of both for each action, each hash once."""
    hashes: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys([*first, *second]):
        hashes[name] = tuple(dict.fromkeys([*first.get(name, ()), *second.get(name, ())]))
    return hashes


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, by which versions are ordered."""
    return tuple(map(int, version.split(".")))


def unlocked(app: str, contract: Contract) -> Lock:
    """Return a contract as a lock that nobody has written, without a version or a history."""
    return Lock(app=app, version=UNLOCKED_VERSION, contract=contract)


def with_next_patch(lock: Lock, digest: str) -> Lock:
    """Return a lock with the next patch number: for a package in which only what it says is new.

    Args:
        lock: The lock.
        digest: A digest of what the package says.
    """
    major, minor, number = version_numbers(lock.version)
    return replace(lock, version=f"{major}.{minor}.{number + 1}", patch=digest)


def next_version(version: str, changes: Iterable[Change]) -> str:
    """Return the version after some changes, by the rules of semantic versioning.

    What breaks the source of callers raises the major number, anything else the minor one; below
    1.0 each is one place further down.
    """
    major, minor, patch = version_numbers(version)
    changes = list(changes)
    if not changes:
        return version
    is_breaking = any(breaks(change, "source") for change in changes)
    if major == 0:  # before 1.0 anything may break (Semantic Versioning 2.0.0, item 4)
        if is_breaking:
            return f"0.{minor + 1}.0"
        return f"0.{minor}.{patch + 1}"
    if is_breaking:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0"


def _still_fitting(
    older: Contract, newer: Contract, changes: Iterable[Change], older_hashes: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return for each action the hashes of the contracts that still fit after some changes.

    What fitted the older contract fits the newer one where the older one itself does.
    """
    # Every older contract of an action is dropped at the first change that breaks one of them: to
    # keep some would take the contracts themselves, of which a lock has only the hashes.
    unfit = {change.action for change in changes if not change.verdict.served}
    fitting: dict[str, tuple[str, ...]] = {}
    for name, digest in newer.hashes.items():
        if name in unfit or name not in older.hashes:
            continue
        # The oldest first, each once. A contract that has come back is the present one.
        hashes = dict.fromkeys([*older_hashes.get(name, ()), older.hashes[name]])
        hashes.pop(digest, None)
        if hashes:
            fitting[name] = tuple(hashes)
    return fitting


def still_allowed(previous: Lock, contract: Contract) -> dict[str, str]:
    """Return the reasons for actions that have not changed since: a reason allows a single change.

    The reason for a removed action stays until an action of that name returns.
    """
    if not previous.allowed:
        return {}
    # The names that callers import are not in any hash, but losing one breaks callers as well.
    changes = compare(previous.contract, contract)
    broken = {change.action for change in changes if breaks(change, "source")}
    allowed: dict[str, str] = {}
    for name, reason in previous.allowed.items():
        if name not in broken and contract.hashes.get(name) == previous.contract.hashes.get(name):
            allowed[name] = reason
    return allowed


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
    return {name: tuple(action[key]) for name, action in data["actions"].items() if key in action}


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

"""The checks behind ``check``: package and lock are current, errors declared, callers unbroken.

A caller's own check needs no app: its package is compared with a server, a lock or a revision.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path

from .._checks.undeclared import undeclared_errors
from ..codegen._package import CONTRACT_FILE
from ..contract import (
    UNLOCKED_VERSION,
    Change,
    Contract,
    Level,
    Lock,
    LockError,
    compare,
    read_lock,
    version_numbers,
)
from .change_report import breaking, report
from .contracts import contract_from, lock_in, without_credentials
from .package_files import ClientPackage, lock_command
from .usage_error import UsageError
from .version_history import rival_locks


def undeclared(client: ClientPackage) -> bool:
    """Print the errors that handlers raise and do not declare; return whether there are some."""
    problems = list(undeclared_errors(client.loaded.entries.values()))
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return bool(problems)


def outdated_lock(client: ClientPackage, older: Contract | None) -> bool:
    """Print what has changed since the lock was written; return whether anything has.

    Args:
        client: The package and its app.
        older: The contract of which all changes are printed anyway.
    """
    if client.is_locked or client.written_lock is None:
        return False
    if client.written_lock.contract != older:
        changes = compare(client.written_lock.contract, client.lock.contract)
        sys.stdout.write(report(changes, "text", "source", ()))
    sys.stderr.write(f"{client.lock_path.as_posix()} is out of date. Run: {lock_command(client)}\n")
    return True


def package_changes(client: ClientPackage, folder: Path) -> None:
    """Print which actions differ between a package that is out of date and the app."""
    try:
        own = read_lock(folder / CONTRACT_FILE)
    except (LockError, OSError):  # written by an older version of the library, or damaged
        return
    changes = compare(own.contract, client.lock.contract)
    if changes:
        sys.stdout.write(report(changes, "text", "source", ()))


def breaking_changes(
    client: ClientPackage, older: Contract, against: str, reasons: Mapping[str, str], level: Level
) -> bool:
    """Print the changes since an older contract; return whether one of them breaks callers."""
    changes = compare(older, client.lock.contract)
    names = {**client.lock.allowed, **reasons}
    sys.stdout.write(report(changes, "text", level, names))
    breaks = breaking(changes, level, names)
    if breaks:
        command = _allow_command(client, against, breaks)
        sys.stderr.write(f"{_counted(breaks)} callers of {against}. Change the app, or allow it: {command}\n")
    return bool(breaks)


def wrong_version(client: ClientPackage, rival: Lock, against: str) -> bool:
    """Print why the lock's version would mislead callers; return whether it would."""
    lock = client.lock
    # pip takes the same version for the same package, and upgrades only to a higher one.
    if UNLOCKED_VERSION in (lock.version, rival.version):
        return False
    if version_numbers(lock.version) < version_numbers(rival.version):
        reason = f"has version {lock.version}, below {rival.version} of {against}"
    elif lock.is_rival(rival):
        reason = f"has version {lock.version} like {against}, and {_difference(lock, rival)}"
    else:
        return False
    command = f"{lock_command(client)} --against {shlex.quote(against)}"
    sys.stderr.write(f"{client.lock_path.as_posix()} {reason}, so nobody would install it. Run: {command}\n")
    return True


def _difference(lock: Lock, rival: Lock) -> str:
    if lock.contract.is_like(rival.contract):
        return "other docstrings"
    return "another contract"


def taken_version(client: ClientPackage) -> bool:
    """Print that git's history has this version for another package; return whether it has.

    Where two branches took one number and git joined their locks, nothing else shows it.
    """
    lock = client.written_lock
    if lock is None or not client.is_locked:  # what brings it up to date raises the version too
        return False
    rivals = rival_locks(client.lock_path, lock)
    if rivals:
        sys.stderr.write(
            f"{client.lock_path.as_posix()} has version {lock.version}, which git's history gives to "
            f"{_difference(lock, rivals[0])}, so nobody would install it. Run: {lock_command(client)}\n"
        )
    return bool(rivals)


def _allow_command(client: ClientPackage, against: str, breaks: Iterable[Change]) -> str:
    """Return the command that allows what breaks callers: one reason for each action."""
    command = lock_command(client)
    names = sorted(frozenset(map(attrgetter("action"), breaks)))
    actions = {*client.loaded.entries}
    if client.written_lock is not None:
        actions.update(client.written_lock.contract.actions)
    if not actions.issuperset(names):
        # Actions that the lock has dropped already: without --against, `lock` would refuse their
        # names as unknown.
        command += f" --against {shlex.quote(against)}"
    for name in names:
        command += f' --allow "{name}: why callers can take it"'
    return command


def check_package(client: str, against: str | None, lock: Path, prefix: str | None, level: Level) -> int:
    """Compare the package of a caller with a server, a lock or a revision; 1 if it misfits.

    Raises:
        UsageError: The package is not there, or nothing to compare it with.
    """
    if against is None:
        raise UsageError("check --client needs what to compare with: --against https://inventory, a lock or git:main.")
    folder = _folder_of(client)
    file = folder / CONTRACT_FILE
    if not folder.is_dir():
        raise UsageError(_absence(client))
    if not file.is_file():
        remedy = "Name the folder of one, or write it anew with: sanic-actions generate"
        raise UsageError(
            f"{folder.as_posix()} is not a client package of this version: it has no contract.json. {remedy}"
        )
    # Nothing is imported: contract.json says everything, and the package may be for another Python.
    own = lock_in(file)
    newer = contract_from(against, lock, prefix)
    changes = [change for change in compare(own.contract, newer) if not _is_known(change.action, own, newer.hashes)]
    sys.stdout.write(report(changes, "text", level, ()))
    breaks = breaking(changes, level, ())
    if breaks:
        remedy = f"Install the version of {folder.name!r} that belongs to it, and mend what mypy says."
        sys.stderr.write(
            f"{_counted(breaks)} callers that use {client} against {without_credentials(against)}. {remedy}\n"
        )
    return int(bool(breaks))


def _folder_of(client: str) -> Path:
    """Return the folder of a package, from its path or the name of an installed one."""
    if client.isidentifier() and not Path(client).exists():
        return _place_of(client) or Path(client)
    return Path(client)


def _absence(client: str) -> str:
    """Return the message for a package that does not exist."""
    name = client.replace("-", "_")
    if name != client and name.isidentifier() and _place_of(name) is not None:
        return f"Packages are named as they are imported, not as they are installed: --client {name}"
    return (
        f"There is no folder {client!r}, and no package of that name is installed for "
        f"{sys.executable}. Name the folder, or install the package where this command runs."
    )


def _place_of(package: str) -> Path | None:
    """Return the folder of an installed package, imported only if it is inside another."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _is_known(name: str, own: Lock, hashes: Mapping[str, str]) -> bool:
    """Return whether the package also works with the other side's contract of an action."""
    return hashes.get(name) in own.works_with.get(name, ())


def _counted(changes: Iterable[Change]) -> str:
    count = len(list(changes))
    if count == 1:
        return "1 change breaks"
    return f"{count} changes break"

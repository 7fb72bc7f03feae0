"""``lock`` writes the contract into a file; ``diff`` says what changes break callers."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Container, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from .._definition_error import DefinitionError
from ..codegen._package import CONTRACT_FILE
from ..contract import (
    UNLOCKED_VERSION,
    Level,
    Lock,
    LockError,
    compare,
    describe,
    join_locks,
    locked,
    read_lock,
    write_lock,
)
from ..contract._lock import still_allowed, with_next_patch
from .change_report import Format, allowances, breaking, report
from .client_choice import clients_of, configured_app, configured_lock, lock_clients, only_lock
from .client_options import ClientOptions, configured_clients
from .contracts import contract_from, lock_from, lock_in
from .package_files import ClientPackage, package_texts
from .stated_options import Argument, Host, LockFile, Prefix
from .target import LoadedActions, load
from .usage_error import UsageError
from .version_history import rival_locks

ContractSource = Annotated[str, Parameter(help="MODULE:APP, a lock, git:REVISION, or the URL of a server.")]
Allow = Annotated[
    tuple[str, ...],
    Parameter(
        name="--allow",
        negative="",
        show_default=False,
        help='"ACTION: reason" for a change that may break callers; may be repeated.',
    ),
]


def register(app: App) -> None:
    """Add the commands to the command line."""
    app.command(lock)
    app.command(diff)


def lock(
    target: Argument = None,
    /,
    *,
    path: LockFile = None,
    prefix: Prefix = None,
    host: Host = None,
    allow: Allow = (),
    against: Annotated[
        str | None,
        Parameter(help="An older or merged contract: the version follows it too, and --allow knows its actions."),
    ] = None,
    patch: Annotated[
        bool,
        Parameter(
            name="--patch",
            negative="",
            help="Raise the version for a package in which only docstrings or deprecations are new.",
        ),
    ] = False,
) -> int:
    """Write the contract of an app into its lock, with the version that follows from what changed."""
    app = configured_app(target, Path.cwd())
    clients = lock_clients(app, path, prefix, host, Path.cwd())
    # Allowed changes and a published contract are of one tree of actions.
    if allow or (against is not None and not against.startswith("git:")):
        only_lock(clients)
    for client in clients:
        _lock(client, against, allowances(allow), patch=patch)
    if any(map(_is_followed, clients)):
        sys.stderr.write(f"Next: {shlex.join(['sanic-actions', 'generate', *filter(None, [target])])}\n")
    return 0


def _lock(client: ClientOptions, against: str | None, reasons: Mapping[str, str], *, patch: bool) -> None:
    """Write the lock of a client's app."""
    app = client.app or ""
    path = Path(client.lock)
    previous = _previous(path)
    rival = None
    if against is not None:
        rival = lock_from(against, path, client.prefix, client.host)
    actions = load(app, client.prefix, client.host)
    refuse_unknown(reasons, {*actions.entries, *_names(previous), *_names(rival)})
    try:
        current = locked(actions.title, describe(actions.entries), previous, reasons)
        if rival is not None and rival.version != UNLOCKED_VERSION:
            current = join_locks(current, rival)
        current = _above_rivals(path, current)
    except LockError as error:
        raise UsageError(f"{path.as_posix()}: {error}") from None
    # A change of the contract has raised the version already.
    if patch and previous is not None and current.version == previous.version:
        current = _above_rivals(path, with_next_patch(current, _digest(client, actions)))
    if previous is not None:
        _print_changes(previous, current)
    is_new = write_lock(path, current)
    sys.stdout.write(f"{_verb(previous, is_new)} {path.as_posix()} {_versions(previous, current)}\n")


def _above_rivals(path: Path, lock: Lock) -> Lock:
    """Return a lock with a version that git's history gives to no other package.

    See ``version_history``.
    """
    # Each round raises the version, so this ends above the last one of the history.
    while rivals := rival_locks(path, lock):
        for rival in rivals:
            lock = join_locks(lock, rival)
    return lock


def _is_followed(client: ClientOptions) -> bool:
    """Return whether a package is behind the lock that it follows."""
    lock = read_lock(Path(client.lock))
    followers = clients_of(client.app or "", Path(client.lock), Path.cwd())
    return any(map(partial(_is_behind, lock=lock), followers))


def _digest(client: ClientOptions, actions: LoadedActions) -> str:
    """Return a digest of the stubs of the packages that follow a lock: of all that they say."""
    digest = sha256()
    for options in clients_of(client.app or "", Path(client.lock), Path.cwd()) or [client]:
        try:
            texts = package_texts(ClientPackage(options, actions))
        except DefinitionError:  # there is no such package, so it has no words either
            continue
        for name in sorted(texts):
            if name.endswith(".pyi"):
                digest.update(texts[name].encode())
    return digest.hexdigest()[:16]


def _is_behind(client: ClientOptions, lock: Lock) -> bool:
    """Return whether a client's package has another version or contract than the lock."""
    try:
        own = read_lock(Path(client.out, client.package, CONTRACT_FILE))
    except LockError:  # no package yet, or a damaged one
        return False
    # Without settings the package in this folder may be another app's.
    return own.app == lock.app and own.as_text() != replace(lock, allowed={}).as_text()


def _names(earlier: Lock | None) -> set[str]:
    """Return the names of the actions of an older lock: a removed action can be allowed too."""
    if earlier is None:
        return set()
    return {*earlier.contract.actions, *earlier.allowed}


def _previous(path: Path) -> Lock | None:
    """Return the lock in its file; None if there is none yet."""
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent.as_posix()} is not a folder, so {path.name} cannot be written there.")
    if path.exists():
        return lock_in(path)
    return None


def _print_changes(previous: Lock, current: Lock) -> None:
    changes = compare(previous.contract, current.contract)
    if changes:
        sys.stdout.write(report(changes, "text", "source", current.allowed))


def diff(
    old: ContractSource,
    new: Annotated[str | None, Parameter(help="Likewise; by default the lock.")] = None,
    /,
    *,
    path: LockFile = None,
    prefix: Prefix = None,
    host: Host = None,
    format: Annotated[Format, Parameter(help="For people, programs, or a pull request.")] = "text",
    level: Annotated[
        Level, Parameter(help="Which callers count: deployed ones, or also those whose source is checked again.")
    ] = "source",
    allow: Allow = (),
) -> int:
    """Print the differences of two contracts, with a verdict for each change; exit 1 if one breaks callers."""
    client = ClientOptions(lock=configured_lock(path, Path.cwd()).as_posix(), prefix=prefix, host=host)
    if new is None or any(map(_needs_lock, (old, new))):
        apps = frozenset(map(attrgetter("app"), configured_clients(Path.cwd())))
        app = next(filter(apps.__contains__, (old, new)), None)
        client = only_lock(lock_clients(app, path, prefix, host, Path.cwd()))
    path = Path(client.lock)
    older = contract_from(old, path, client.prefix, client.host)
    newer = contract_from(new or path.as_posix(), path, client.prefix, client.host)
    changes = compare(older, newer)
    reasons = allowances(allow)
    refuse_unknown(reasons, {**older.actions, **newer.actions})
    if path.is_file():
        reasons = {**still_allowed(lock_in(path), newer), **reasons}
    sys.stdout.write(report(changes, format, level, reasons))
    if new is None and not changes:
        # The sources may have changed since the lock was written, and somebody may mean those.
        sys.stderr.write(f"That was {path.as_posix()}. To compare an app as it stands, name it: {_command(old)}\n")
    return int(bool(breaking(changes, level, reasons)))


def _needs_lock(source: str) -> bool:
    """Return whether pyproject.toml names a source: the lock at a revision, or an app."""
    return source.startswith("git:") or not (source.endswith(".json") or "://" in source)


def _command(old: str) -> str:
    # The configured app, or an example where none is.
    for client in configured_clients(Path.cwd()):
        if client.app:
            return f"sanic-actions diff {old} {client.app}"
    return f"sanic-actions diff {old} blog.app:app"


def refuse_unknown(reasons: Mapping[str, str], actions: Container[str]) -> None:
    """Raise for a reason that names no action of the app."""
    for name in reasons:
        if name not in actions:
            remedy = "One that was removed is known with --against and what still has it, such as git:main."
            raise UsageError(f"--allow names {name!r}, which is not an action of this app. {remedy}")


def _verb(previous: Lock | None, is_new: bool) -> str:
    if not is_new:
        return "unchanged"
    if previous is None:
        return "created"
    return "updated"


def _versions(previous: Lock | None, current: Lock) -> str:
    if previous is None or previous.version == current.version:
        return current.version
    return f"{previous.version} -> {current.version}"

"""The files of a client package: the generator's output, with the lock's contract, version."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from ..codegen._package import generate_entries
from ..codegen._page_only import callable_entries
from ..codegen._project import project_files
from ..contract import Lock, LockError, describe, locked, unlocked
from ..contract._lock_file import LOCK_NAME
from .client_options import ClientOptions, is_lock_named
from .contracts import lock_at, lock_in
from .next_steps import first_call
from .target import LoadedActions, load, refuse_open_prefix
from .usage_error import UsageError


@dataclass(frozen=True)
class ClientPackage:
    """A client package and the actions of its app.

    Attributes:
        options: The options of the package.
        loaded: The actions of the app.
    """

    options: ClientOptions
    loaded: LoadedActions

    @property
    def lock_path(self) -> Path:
        """The path of the app's lock, which need not exist."""
        return Path(self.options.lock)

    @cached_property
    def written_lock(self) -> Lock | None:
        """The lock in its file; None if there is none."""
        if self.lock_path.exists():
            return lock_in(self.lock_path)
        return None

    @cached_property
    def lock(self) -> Lock:
        """The lock as it should be: the contract of the app, versioned after the written lock.

        Raises:
            UsageError: The file is the lock of another app.
        """
        contract = describe(self.loaded.entries)
        if self.written_lock is None:
            # A lock is optional; without one the contract has no version and no history.
            return unlocked(self.loaded.title, contract)
        try:
            return locked(self.loaded.title, contract, self.written_lock)
        except LockError as error:
            raise UsageError(f"{self.lock_path.as_posix()}: {error}") from None

    @property
    def is_locked(self) -> bool:
        """Whether the lock, if there is one, is current."""
        return self.written_lock is None or self.written_lock.contract == self.lock.contract


def load_package(options: ClientOptions) -> ClientPackage:
    """Import the app of a client."""
    try:
        actions = load(options.app or "", options.prefix, options.host)
        refuse_open_prefix(actions.prefix, options.app or "")
        return ClientPackage(options, actions)
    except UsageError as error:
        # An app that imports its own client package, which does not exist before the first run.
        missing = getattr(error.__cause__, "name", None)
        if isinstance(error.__cause__, ModuleNotFoundError) and missing == options.package:
            remedy = (
                f"{missing!r} is the package that this command writes. Name the tree of actions in "
                "a module that does not import it, such as shop.server:server, or import it inside "
                "the functions that call."
            )
            raise UsageError(f"{error}\n\n{remedy}") from error.__cause__
        raise


def oldest_python(options: ClientOptions) -> tuple[int, int]:
    """Return the oldest Python that a package is for.

    Raises:
        UsageError: The library itself does not run there.
    """
    number = re.fullmatch(r"3\.(\d{1,2})", options.python)
    if number is None or int(number[1]) < 11:
        raise UsageError(
            f"--python {options.python} is not a Python that this library runs on. Write 3.11, 3.12 or later."
        )
    return 3, int(number[1])


def package_texts(client: ClientPackage) -> Mapping[str, str]:
    """Return the text of each file by its path."""
    options = client.options
    actions = client.loaded
    oldest = oldest_python(options)
    try:
        texts = generate_entries(
            actions.entries,
            package=options.package,
            prefix=actions.prefix,
            share=options.share,
            target=oldest,
            # The reasons of --allow are for those who keep the lock; with them inside, the package
            # would be out of date whenever somebody rewords one.
            lock=replace(client.lock, allowed={}),
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not options.pyproject:
        return texts
    return {**texts, **_project_texts(client)}


def _project_texts(client: ClientPackage) -> Mapping[str, str]:
    """Return the texts of the files that make the package a project for pip."""
    options = client.options
    entries = callable_entries(client.loaded.entries)
    return project_files(
        options.package,
        entries,
        client.lock,
        library=version("sanic-actions"),
        call=first_call(entries.values(), "client"),
        target=oldest_python(options),
    )


def lock_command(client: ClientPackage) -> str:
    """Return the command that brings the lock of a client's app up to date."""
    options = client.options
    words = ["sanic-actions", "lock", *filter(None, [options.app])]
    if options.lock != LOCK_NAME:
        words += ["--lock", options.lock]
    if options.prefix is not None:
        words += ["--prefix", options.prefix]
    if options.host is not None:
        words += ["--host", options.host]
    return shlex.join(words)


def missing_lock(client: ClientPackage, against: str | None = None) -> bool:
    """Print that the lock is missing, if it is and should not be; return whether it was printed.

    Args:
        client: The package and its app.
        against: A revision of git that has the lock, if one is known.
    """
    # A lock is optional: it is missing only where it is configured, or git has it.
    if client.written_lock is not None or not (against or is_lock_named(client.options, Path.cwd())):
        return False
    against = against or _committed(client.lock_path)
    command = lock_command(client)
    if against:  # so that the new lock continues the old one's versions
        command += f" --against {shlex.quote(against)}"
    sys.stderr.write(f"{client.lock_path.as_posix()} does not exist. Write it with: {command}\n")
    return True


def _committed(path: Path) -> str | None:
    """Return the revision of git that still has a deleted lock; None if there is none."""
    try:
        lock_at("HEAD", path)
    except UsageError:
        return None
    return "git:HEAD"


def warn_of_lock(client: ClientPackage) -> None:
    """Print that the lock is out of date or missing, if it is."""
    missing_lock(client)
    if not client.is_locked:
        sys.stderr.write(f"{client.lock_path.as_posix()} is out of date. Run: {lock_command(client)}\n")

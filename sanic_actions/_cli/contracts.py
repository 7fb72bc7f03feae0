"""Read the contracts to compare: of an app, a lock, a git revision or a running server."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Final

from ..contract import (
    Contract,
    Lock,
    LockError,
    describe,
    read_lock,
    unlocked,
)
from ..contract._lock_file import RESTORE_REVISION, parse_lock
from .target import load
from .usage_error import UsageError

MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest contract read from a server: 1,000 actions and 2,000 models have about 1 MB."""
TIMEOUT: Final = 30.0


def contract_from(source: str, lock: Path, prefix: str | None, host: str | None = None) -> Contract:
    """Return the contract of a source; see ``lock_from``."""
    return lock_from(source, lock, prefix, host).contract


def lock_from(source: str, lock: Path, prefix: str | None, host: str | None = None) -> Lock:
    """Return the contract of a source as a lock, which has a version if the source has one.

    Args:
        source: ``MODULE:APP``, the path of a lock, ``git:REVISION`` for the lock at a revision, or
            the URL of a server.
        lock: The path of the lock, for ``git:``.
        prefix: The path of the actions, for an app that serves several trees.
        host: The host of the actions, likewise.

    Raises:
        UsageError: The contract cannot be read; the message says why.
    """
    if source.startswith(("http://", "https://")):
        return _from_server(source, prefix)
    if source.startswith("git:"):
        return lock_at(source.removeprefix("git:"), lock)
    if source.endswith(".json") or Path(source).is_file():
        return lock_in(Path(source))
    if ":" not in source:
        raise UsageError(
            f"{source!r} does not say what to compare with. The lock at a revision of git is "
            f"git:{source}; a lock is a file whose name ends in .json, an app is written like "
            "blog.app:app, and a server is a URL."
        )
    actions = load(source, prefix, host)
    return unlocked(actions.title, describe(actions.entries))


def lock_in(path: Path) -> Lock:
    """Return the lock in a file; a broken one is an error of the command line."""
    try:
        return read_lock(path)
    except LockError as error:
        raise UsageError(str(error)) from None


def locked_version(path: Path, app: str) -> str | None:
    """Return the version in the lock of an app; None without a readable lock of it."""
    try:
        lock = read_lock(path)
    except LockError:  # only shown, so a broken lock is left for `check` to report
        return None
    if lock.app != app:
        return None
    return lock.version


def lock_at(revision: str, lock: Path) -> Lock:
    """Return the lock at a revision of git."""
    if not revision or revision.startswith("-"):  # git would read it as an option
        raise UsageError(f"git:{revision} does not name a revision. Write it like git:main.")
    folder = lock.resolve().parent
    # Without "./" git would look from the root of the repository.
    command = ["git", "-C", str(folder), "show", f"{revision}:./{lock.name}"]
    try:
        process = subprocess.run(command, capture_output=True, check=False)  # no shell, no option
    except FileNotFoundError:
        raise UsageError("git is not installed, so git:REVISION cannot be read.") from None
    if process.returncode != 0:
        complaint = process.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        reason = f"{complaint.rstrip('.')}. {_remedy(complaint)}"
        raise UsageError(f"git:{revision} has no lock {lock.as_posix()}: {reason}")
    try:
        text = process.stdout.decode(errors="replace")
        return parse_lock(text, f"{lock.name} at git:{revision}", RESTORE_REVISION)
    except LockError as error:
        raise UsageError(str(error)) from None


def _remedy(complaint: str) -> str:
    """Return what to do about a revision without a lock, by the message of git."""
    # git has more than one message for a revision that it does not know.
    if "invalid object name" in complaint or "bad revision" in complaint:
        return "Fetch it first: git fetch origin BRANCH, or fetch-depth: 0 where CI checks out a part of the history."
    return "Commit a lock there first, or compare with a file or a URL."


def _from_server(url: str, prefix: str | None) -> Lock:
    """Return the contract of a server, which ``ActionsBlueprint(contract=True)`` publishes."""
    import httpx2  # takes long to import, and other sources do not need it

    path = (prefix or "/_actions").strip("/")
    if url.endswith(".json"):
        address = url
    else:
        address = f"{url.rstrip('/')}/{path}/contract.json"
    label = without_credentials(address)
    try:
        with (
            httpx2.Client(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream("GET", address) as response,
        ):
            body = bytearray()
            ends_at = time.monotonic() + TIMEOUT
            # MAX_BYTES bounds what a server can make this process hold, and TIMEOUT how long it can
            # drip.
            for chunk in response.iter_bytes():
                body += chunk
                if time.monotonic() > ends_at:
                    raise UsageError(f"{label} took more than {TIMEOUT:.0f} seconds to answer.")
                if len(body) > MAX_BYTES:
                    raise UsageError(f"{label} answered with more than {MAX_BYTES} bytes, which is not a contract.")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        reason = without_credentials(str(error)).rstrip(".") or type(error).__name__
        raise UsageError(f"{label} cannot be asked: {reason}.") from None
    if response.status_code != 200:
        remedy = "A server publishes its contract with ActionsBlueprint(server, contract=True)."
        if response.status_code in (401, 403):
            remedy = "If a proxy asks for credentials, write them into the URL: https://NAME:PASSWORD@..."
        raise UsageError(f"{label} answered {response.status_code}, not with a contract. {remedy}")
    try:
        return parse_lock(body.decode(errors="replace"), label, "Is it a server of sanic-actions?")
    except LockError as error:
        raise UsageError(str(error)) from None


def without_credentials(text: str) -> str:
    """Return a text without the credentials of URLs in it: many people can read the logs of CI."""
    return _CREDENTIALS.sub("//", text)


_CREDENTIALS: Final = re.compile(r"//[^/@]*@")

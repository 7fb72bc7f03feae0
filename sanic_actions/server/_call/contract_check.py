"""Tells callers whose contract is not the server's own, if they send its hash.

A caller that fits costs a look-up: its hash is the action's own, or one that the lock says is still
served. Any other caller is named the server's hash in the answer, and the log says so once for each
action and hash.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from multidict import istr
from sanic import HTTPResponse, Request

from ..._entry import Entry
from ..._literals import CONTRACT_HEADER
from ...contract import Lock, LockError, describe, read_lock, unlocked
from ...contract._lock_file import write_command
from .log_once import LogOnce

AnyRequest = Request[Any, Any]

HEADER: Final = istr(CONTRACT_HEADER)
"""A header name as ``istr``, the type the header mapping stores.

A plain string would be converted on every lookup, which is 0.5 % of a call.
"""

MAX_REPORTED: Final = 1000
"""How many strange hashes are logged in an hour: callers choose them at will."""

MAX_ABSENT: Final = 50
"""How many unknown names of actions are logged in an hour."""

logger = logging.getLogger("sanic_actions.contract")


def lock_from(source: Lock | Path | str | None) -> Lock | None:
    """Return the lock that a setting names.

    A file that is not there yet is not a mistake: the command that writes it imports the app.

    Raises:
        ValueError: The file is not a lock.
    """
    if source is None or isinstance(source, Lock):
        return source
    path = Path(source)
    if not path.exists():
        command = write_command("MODULE:APP", path.absolute())
        logger.warning(_NO_LOCK, str(source), path.absolute(), command, path.name)
        return None
    try:
        return read_lock(path)
    except LockError as error:
        raise ValueError(f"lock={str(source)!r}: {error}") from None


_NO_LOCK: Final = (
    "lock=%r: there is no file %s, so older contracts are not served. Write it with: %s. If it is in the folder of "
    "this module, whatever folder the app is started in: lock=Path(__file__).with_name(%r)"
)


class ContractCheck:
    """The contracts that a tree of actions serves."""

    def __init__(self, entries: Mapping[str, Entry], lock: Lock | None) -> None:
        self._entries = entries
        self._lock = lock
        self._own: dict[str, str] = {}
        self._served: dict[str, frozenset[str]] = {}
        self._reported = LogOnce(MAX_REPORTED)
        self._reported_absent = LogOnce(MAX_ABSENT)
        self._document: bytes | None = None

    @property
    def version(self) -> str | None:
        """The version of the lock; None without one."""
        if self._lock is None:
            return None
        return self._lock.version

    def mark(self, request: AnyRequest, name: str, response: HTTPResponse) -> None:
        """Name the server's own contract in an answer to a caller with one that is not served."""
        digest = request.headers.get(HEADER)
        if digest is None:
            return
        if name not in self._entries:  # an empty one: the router drops names that callers make up
            self._report_absent(request, digest)
            return
        own = self.difference(request, name, digest)
        if own is not None:
            response.headers[HEADER] = own

    def difference(self, request: AnyRequest, name: str, digest: str) -> str | None:
        """Return the server's own hash of an action if a caller's is not served, else None."""
        hashes = self._served.get(name)
        if hashes is None:
            hashes = self._served[name] = self._hashes(name)
        if digest in hashes:
            return None
        own = self._own[name]
        self._report(request, name, digest, own)
        return own

    def document(self, title: str) -> bytes:
        """Return the published contract of all actions, with its lock's version and history."""
        if self._document is None:
            contract = describe(self._entries)
            lock = self._lock
            if lock is None or not lock.contract.is_like(contract):
                lock = unlocked(title, contract)
            self._document = lock.as_text().encode()
        return self._document

    def _hashes(self, name: str) -> frozenset[str]:
        """Return the hashes that are served, found at the first call: most starts need none."""
        contract = describe({name: self._entries[name]})
        own = self._own[name] = contract.hashes[name]
        if self._lock is None:
            return frozenset({own})
        if self._lock.contract.hashes.get(name) != own:
            message = "%s differs from the lock, so older contracts of it are not served. Run: sanic-actions lock"
            logger.warning(message, name, extra={"action": name})
            return frozenset({own})
        return frozenset({own, *self._lock.serves.get(name, ())})

    def _report_absent(self, request: AnyRequest, digest: str) -> None:
        """Log a call of what no action is, by a client that was generated when one was."""
        name = request.path.rpartition("/")[2][:100]
        # An action that is asked for below another path: its client's URL is wrong, and it hears
        # so.
        if name in self._entries or not self._reported_absent.is_new(name):
            return
        message = (
            "%r was called under the contract %r, and is not an action of this app: it was renamed or removed, or the "
            "client is another app's; the caller is %s"
        )
        logger.warning(message, name, digest[:16], _caller(request))

    def _report(self, request: AnyRequest, name: str, digest: str, own: str) -> None:
        if not self._reported.is_new((name, digest[:16])):
            return
        message = "%s was called under the contract %r, which is not served; the server's own is %s; the caller is %s"
        logger.warning(message, name, digest[:16], own, _caller(request), extra={"action": name})


def _caller(request: AnyRequest) -> str:
    """Return who calls, as far as a request tells: the address, and the program's name."""
    agent = request.headers.get("user-agent", "")
    return f"{request.client_ip} ({agent[:60]!r})"

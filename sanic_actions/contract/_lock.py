"""The lock: a contract with its version, and the older contracts of each action that still fit.

An older contract fits in two ways. A server *serves* the calls of an older client, and a client
*works with* an older server. Both follow from the changes in between and are kept as hashes, so
that neither side has to compare anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ._canonical_json import laid_out
from ._change import Change, breaks
from ._comparison import compare
from ._contract import FORMAT, Contract
from ._plain_data import Json

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
    # A client works with an older server if the way back from its contract breaks nothing.
    way_back = compare(contract, previous.contract)
    return Lock(
        app=app,
        version=next_version(previous.version, changes),
        contract=contract,
        serves=_still_fitting(previous.contract, contract, changes, previous.serves),
        works_with=_still_fitting(previous.contract, contract, way_back, previous.works_with),
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
        distinct = dict.fromkeys([*first.get(name, ()), *second.get(name, ())])
        hashes[name] = tuple(distinct)
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

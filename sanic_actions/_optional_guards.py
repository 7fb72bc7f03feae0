"""Find actions that are open although they have guards: those whose guards may all return None.

``-> User | None`` is right for an optional login, where the action takes ``User | None``. An action
that takes a ``User`` refuses a call without one. One that takes neither serves whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ._callables import Function
from ._credential import Credential
from ._entry import Entry, GuardCall
from ._injection import UNKNOWN, accepts_none, classes_of

Openings = Sequence[tuple[Function, Sequence[str]]]
"""Guards, each with the names of the actions that it leaves open."""


def letting_in(entry: Entry) -> tuple[Function, ...]:
    """Return the guards of an action that seems open by mistake: each may return None, untaken."""
    calls = (*entry.plan.calls, *entry.plan.field_calls)
    taken = {position for positions in entry.plan.suppliers.values() for position in positions}
    if entry.public or taken or not all(map(_may_return_none, calls)):
        return ()
    return tuple(call.function for call in calls)


def openings(entries: Iterable[Entry]) -> Openings:
    """Return such guards, each once, with the names of the actions that it leaves open."""
    # By identity: a guard need not have a hash.
    guards: dict[int, tuple[Function, list[str]]] = {}
    for entry in entries:
        for guard in letting_in(entry)[:1]:
            guards.setdefault(id(guard), (guard, []))[1].append(entry.name)
    return list(guards.values())


def _may_return_none(call: GuardCall) -> bool:
    """Return whether a guard says that it returns a class or None; one of None alone raises."""
    if isinstance(call.function, Credential) or call.returned is UNKNOWN:
        return False
    return accepts_none(call.returned) and bool(classes_of(call.returned))

"""Describe the credentials that guards read: ``security``, and a document's schemes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from ..._credential import Credential
from ..._entry import Entry
from .schemas import Json


def security_of(entry: Entry) -> list[Json]:
    """Return the combinations of credentials of which a call needs one; empty for none."""
    guards = [guard for guard in entry.guards if isinstance(guard, Credential)]
    if not guards:
        return []
    # Every guard must let the call in, with one of its credentials: a product. Both are few, since
    # somebody wrote each of them.
    combinations = product(*map(_scheme_names, guards))
    return [_requirement(names) for names in dict.fromkeys(combinations)]


def _scheme_names(guard: Credential) -> list[str]:
    return [part.security[0] for part in guard.parts()]


def _requirement(names: Iterable[str]) -> Json:
    """Return the schemes that a call needs together; none of ours has scopes."""
    return {name: [] for name in names}


def security_schemes(entries: Iterable[Entry]) -> Json:
    """Return the schemes of all credentials that a tree reads, by name."""
    guards = [guard for entry in entries for guard in entry.guards if isinstance(guard, Credential)]
    return dict(sorted((name, dict(scheme)) for guard in guards for name, scheme in _schemes(guard)))


def _schemes(guard: Credential) -> Iterable[tuple[str, Json]]:
    return ((part.security[0], dict(part.security[1])) for part in guard.parts())

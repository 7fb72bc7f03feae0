"""Check the names of fields and enum members, which become names in a client package."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable

from .._definition_error import Problem


def are_plain_names(names: Iterable[str]) -> bool:
    """Return whether all names are valid at a glance: a fast check for the usual case."""
    return all(map(str.isidentifier, names)) and not any(map(_is_special, names))


def _is_special(name: str) -> bool:
    return not name.isascii() or name.startswith("__") or keyword.iskeyword(name)


def name_problem(subject: str, name: str) -> Problem | None:
    """Return why a name cannot be used in the class of a client; None for one that can."""
    # Python normalizes identifiers (PEP 3131): a name that changes by that would be another one.
    is_stable = name.isascii() or unicodedata.normalize("NFKC", name) == name
    if not (is_stable and name.isidentifier()) or keyword.iskeyword(name):
        reason = f"{subject} {name!a} is not a name that can be written in Python."
    elif name.startswith("__") and not name.endswith("__"):
        reason = f"{subject} {name!a} has another name inside of a class, where Python adds that of the class."
    else:
        return None
    return Problem(reason, "Rename it; a field or a parameter can keep its name in JSON as an alias.")

"""The names of fields and members: a client package has them in classes and signatures."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable

from .._definition_error import Problem


def are_plain_names(names: Iterable[str]) -> bool:
    """Return whether all are surely names that Python reads as they are: the frequent case, decided fast."""
    return all(map(str.isidentifier, names)) and not any(map(_is_special, names))


def _is_special(name: str) -> bool:
    return not name.isascii() or name.startswith("__") or keyword.iskeyword(name)


def name_problem(subject: str, name: str) -> Problem | None:
    """Return why a name cannot stand in the class of a client; None for one that can."""
    is_stable = name.isascii() or unicodedata.normalize("NFKC", name) == name
    if not (is_stable and name.isidentifier()) or keyword.iskeyword(name):
        reason = f"{subject} {name!a} is not a name that can be written in Python."
    elif name.startswith("__") and not name.endswith("__"):
        reason = f"{subject} {name!a} has another name inside of a class, where Python adds that of the class."
    else:
        return None
    return Problem(reason, "Rename it; a field or a parameter can keep its name in JSON as an alias.")

"""Find problems of a tree of actions that a walk over its annotations cannot see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._definition_error import Problem
from .._entry import Entry
from ..codegen._package_problems import validator_problems
from .undeclared import undeclared_errors


def deeper_problems(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the types without a validator in pydantic, and errors that are raised undeclared."""
    entries = list(entries)
    yield from validator_problems(entries)
    yield from undeclared_errors(entries)

"""Collect the problems of a tree, each once: a class that ten actions use has one mistake."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ._definition_error import Problem
from ._entry import Entry
from ._pydantic import generic_origin
from ._types.uploads import holds_file

MOST_NAMES: Final = 5
"""How many of the actions that reach a class are named."""


def definition_problems(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the mistakes of handlers and of the classes that they use, in the order of the tree."""
    entries = list(entries)
    mistakes: dict[tuple[Any, ...], list[tuple[Entry, Problem]]] = {}
    for entry in entries:
        for problem in entry.definition.problems:
            mistakes.setdefault(_mistake(entry, problem), []).append((entry, problem))
    for places in mistakes.values():
        entry, problem = places[0]
        if problem.owner is None:
            yield problem.at(entry.name, *entry.definition.place)
        else:
            yield _class_problem(problem, [entry.name for entry, _ in places])
    yield from _one_way_problems(entries)
    yield from _unsendable_files(entries)


def _unsendable_files(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the actions that take a file, which JSON cannot bring, and accept nothing else."""
    for entry in entries:
        handler_input = entry.definition.input
        if handler_input is None or "form" in entry.action.accept:
            continue
        for field in handler_input.fields or ():
            if holds_file(field.annotation):
                reason = f"input {field.name!r}: it is a file, and the action accepts JSON only."
                yield Problem(reason, "Files come in forms: accept='form'.").at(entry.name, *entry.definition.place)


def _mistake(entry: Entry, problem: Problem) -> tuple[Any, ...]:
    """Return a key that two problems share if they are one mistake: of a class, or of an action."""
    if problem.owner is None:
        return entry.name, problem.located_reason
    return _plain_class(problem.owner), problem.field, problem.reason, problem.remedy


def _class_problem(problem: Problem, actions: list[str]) -> Problem:
    names = list(dict.fromkeys(actions))
    reason = f"{problem.located_reason} {_subject(problem)}{_reached_by(names[1:])}"
    return Problem(reason, problem.remedy).at(names[0], *class_place(problem.owner))


def _subject(problem: Problem) -> str:
    name = _plain_class(problem.owner).__name__
    if problem.field:
        return f"It is field {problem.field!r} of {name}"
    return f"It is {name}"


def _reached_by(actions: list[str]) -> str:
    if not actions:
        return "."
    names = ", ".join(map(repr, actions[:MOST_NAMES]))
    if len(actions) > MOST_NAMES:
        more = f" and {len(actions) - MOST_NAMES} more"
    else:
        more = ""
    return f", which {names}{more} {'reaches' if len(actions) == 1 else 'reach'} too."


def _one_way_problems(entries: list[Entry]) -> Iterator[Problem]:
    """Yield the classes that are both input and output, and are not written as they are read."""
    readers = {owner: entry.name for entry in entries for owner in entry.definition.read_one_way}
    owners = set()
    for entry in entries:
        for owner, why in entry.definition.written_one_way.items():
            if owner in readers and owner not in owners:
                owners.add(owner)
                file, line = class_place(owner)
                reason = f"{owner.__name__} is the input of {readers[owner]!r} and the output of {entry.name!r}, and "
                reason += f"{why} makes it another thing when it is written."
                remedy = f"Take the input as a class of its own, without that, and keep {owner.__name__} for outputs."
                yield Problem(action=entry.name, file=file, line=line, reason=reason, remedy=remedy)


def class_place(owner: Any) -> tuple[str, int]:
    """Return the file and line of a class; ``("", 0)`` if unknown.

    The file is relative to the working directory if it is below it.
    """
    owner = _plain_class(owner)
    try:
        file, line = inspect.getsourcefile(owner), inspect.getsourcelines(owner)[1]
    except (OSError, TypeError):  # made at run time, or in an interpreter
        return "", 0
    here = f"{Path.cwd()}{os.sep}"
    return (file or "").removeprefix(here).replace(os.sep, "/"), line


def _plain_class(owner: Any) -> Any:
    """Return the class as it was written, without its type arguments."""
    return generic_origin(owner) or getattr(owner, "__origin__", owner)

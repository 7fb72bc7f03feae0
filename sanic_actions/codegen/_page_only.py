"""Leave out actions that only pages can call, since their files are inside other values."""

from __future__ import annotations

from collections.abc import Mapping

from .._definition_error import DefinitionError, Problem
from .._entry import Entry
from ._type_walk import type_graph


def page_only(entries: Mapping[str, Entry]) -> dict[str, Problem]:
    """Return the actions that a package leaves out, each with the reason."""
    forms = {name: entry for name, entry in entries.items() if "form" in entry.action.accept}
    graph = type_graph(forms.values())
    problems: dict[str, Problem] = {}
    for declaration, place in graph.file_holders:
        reason = f"it is not in the package: {declaration.name} holds a file, which pages can send and calls cannot."
        remedy = "To call it from Python, take the file as a parameter, or as a field of the input."
        for name in (place.entry.name, *graph.actions_of(declaration.obj)):
            problems[name] = Problem(reason, remedy).at(name, *forms[name].definition.place)
    return dict(sorted(problems.items()))


def callable_entries(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """Return the actions that a package can have.

    Raises:
        DefinitionError: There are actions, but only pages can call them.
    """
    problems = page_only(entries)
    if not problems:
        return entries
    if len(problems) == len(entries):
        raise DefinitionError(list(problems.values()))
    return {name: entry for name, entry in entries.items() if name not in problems}

"""What is wrong with the members of a tree: their names, what they are, and what their kind of action cannot be."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from typing import Final

from ._actions import Action
from ._definition import place_of, underlying_function
from ._definition_error import Problem
from ._entry import Entry

RESERVED: Final = frozenset({"with_options", "close", "aclose"})
"""Names that the generated clients have for themselves, where the tree begins."""


def name_problem(name: object, *, is_root: bool) -> Problem | None:
    """Return why callers could not write a name."""
    remedy = "Give it another name in Namespace(...)."
    if not isinstance(name, str) or not name.isidentifier():
        reason = f"{name!r} is not a Python identifier, so callers could not write it."
        return Problem(reason=reason, remedy=remedy)
    if keyword.iskeyword(name):
        return Problem(reason=f"{name!r} is a Python keyword.", remedy=remedy)
    if name.startswith("_"):
        reason = f"{name!r} begins with an underscore; such names are never served."
        return Problem(reason=reason, remedy=remedy)
    if is_root and name in RESERVED:
        return Problem(reason=f"{name!r} is a method of the generated clients.", remedy=remedy)
    return None


def reading_problem(name: str, plain: str, first_of: Mapping[str, tuple[object, object]]) -> Problem | None:
    """Return what is wrong with a name that Python normalises (PEP 3131): callers write the plain one."""
    if plain in first_of:
        rival, member = first_of[plain]
        where = ":".join(map(str, place_of_member(member)))
        reason = f"Python reads its name as {plain!r}, as it does {rival!r} ({where})."
        return Problem(reason=reason, remedy="Rename one of them.")
    if plain != name:
        reason = f"Python reads the name {name!r} as {plain!r}, so callers could not write it."
        return Problem(reason=reason, remedy=f"Call it {plain!r}.")
    return None


def member_problem(member: object) -> Problem:
    """Return why something is not a member of a tree."""
    if isinstance(member, Action):
        name = getattr(member, "__name__", "like")
        reason = f"{name!r} is one action, where a tree of them is needed."
        return Problem(reason=reason, remedy=f"Write Namespace({name}={name}).")
    if not callable(member):
        remedy = "Only actions and namespaces can stand here."
        if isinstance(member, list | tuple | set | frozenset):
            remedy = "Give each action in it a name: write {'quote': quote}, or Namespace(quote=quote)."
        return Problem(reason=f"{member!r:.60} is not an action.", remedy=remedy)
    name, kind = getattr(member, "__name__", type(member).__name__), type(member).__name__
    remedy = "Decorate it with @action, or take it out."
    return Problem(reason=f"{name!r} is a plain {kind}, not an action.", remedy=remedy)


def place_of_member(member: object) -> tuple[str, int]:
    """Return where a member is defined, as far as it says."""
    target = member.handler if isinstance(member, Action) else member
    if callable(target):
        return place_of(underlying_function(target))
    return ("", 0)


def kind_problems(entry: Entry) -> Iterator[Problem]:
    """Yield what an action cannot be that is of its kind: a stream, a download, one for forms."""
    yield from _accept_problems(entry)
    yield from _stream_problems(entry)
    yield from _download_problems(entry)


def _accept_problems(entry: Entry) -> Iterator[Problem]:
    accept = entry.action.accept
    if not accept or not set(accept) <= {"json", "form"}:
        problem = Problem(
            reason=f"accept={accept!r} names a content type that no action takes.",
            remedy='Use "json", "form" or ("json", "form").',
        )
        yield problem.at(entry.name, *entry.definition.place)


def _stream_problems(entry: Entry) -> Iterator[Problem]:
    """Yield what a stream cannot be: kept for its key, or answered to a form on a page."""
    if not entry.definition.is_stream:
        return
    place = entry.definition.place
    if entry.action.once:
        reason = "a stream cannot run once for its key: an answer without an end cannot be kept."
        remedy = "Declare it idempotent=True and yield Event(..., id=...), so that callers can take it up again."
        yield Problem(reason=reason, remedy=remedy).at(entry.name, *place)
    if "form" in entry.action.accept:
        reason = "a stream cannot accept forms: a page shows one result."
        yield Problem(reason=reason, remedy="Leave out accept=..., or return a list.").at(entry.name, *place)


def _download_problems(entry: Entry) -> Iterator[Problem]:
    """Yield what a download cannot be: kept for its key."""
    if entry.definition.is_download and entry.action.once:
        reason = "a download cannot run once for its key: a file is not kept to be sent again."
        remedy = "Leave out once=True; declare it idempotent=True if it may run again."
        yield Problem(reason=reason, remedy=remedy).at(entry.name, *entry.definition.place)

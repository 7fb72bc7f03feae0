"""Actions as a table for ``list``: what they accept, guards, declared errors and limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from .._credential import label_of
from .._entry import Entry
from .._limits import DEFAULTS, Limits
from .._optional_guards import letting_in

HEAD = ("ACTION", "ACCEPT", "GUARDS", "ERRORS", "LIMITS")


def listing(entries: Iterable[Entry], within: Limits) -> Iterator[str]:
    """Yield a line of titles, and one for each action."""
    rows = [HEAD, *(_row(entry, within) for entry in entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def _row(entry: Entry, within: Limits) -> tuple[str, ...]:
    action = entry.action
    guards = ", ".join(map(label_of, (*entry.guards, *entry.field_guards))) or ("public" if entry.public else "none")
    if entry.kept_guards:
        guards += " (in spite of public=True)"
    if letting_in(entry):
        guards += " (None lets in)"
    errors = ", ".join(error.__name__ for error in entry.raises) or "-"
    encodings = ", ".join(action.accept)
    if entry.definition.is_stream:
        encodings += " (stream)"
    if entry.definition.is_download:
        encodings += " (download)"
    return entry.name, encodings, guards, errors, _limits(entry.limits.within(within))


def _limits(limits: Limits) -> str:
    """Return the limit of the body, and others that differ from the library's default."""
    words: list[str] = []
    for name, number in asdict(limits).items():
        if number is not None and (name == "body" or number != getattr(DEFAULTS, name)):
            words.append(_limit(name, number))
    return " ".join(words)


def _limit(name: str, number: object) -> str:
    if name == "seconds":
        return f"{name}={number:g}"
    return f"{name}={number}"

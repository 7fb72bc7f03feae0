"""Changes between contracts for people, programs and pull requests, and what ``--allow`` says of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from ..contract import Change, Level, breaks
from .usage_error import UsageError

Format = Literal["text", "json", "github"]


def allowances(options: Iterable[str]) -> dict[str, str]:
    """Return the reasons of ``--allow "ACTION: reason"`` by action."""
    reasons: dict[str, str] = {}
    for option in options:
        name, colon, reason = option.partition(":")
        if not colon or not name.strip() or not reason.strip():
            raise UsageError(f'--allow {option!r} is not "ACTION: reason". Say why the change may break callers.')
        reasons[name.strip()] = reason.strip()
    return reasons


def report(changes: Sequence[Change], form: Format, level: Level, reasons: Iterable[str]) -> str:
    """Return the changes as text, as JSON, or as annotations for a pull request on GitHub."""
    names = frozenset(reasons)
    if form == "json":
        return json.dumps([_as_json(change, level, names) for change in changes], indent=1) + "\n"
    text = ""
    for change in changes:
        if form == "github":
            text += _annotation(change, level, names)
        else:
            text += _line(change, level, names)
    if form == "github":
        return text
    return text + _summary(changes, level, names)


def _line(change: Change, level: Level, names: frozenset[str]) -> str:
    text = _shown(change.at(level))
    if change.action in names:
        return f"{text} allowed\n"
    return f"{text}\n"


def _shown(text: str) -> str:
    """Return a string that is safe to print: names may come from an unknown server."""
    return _CONTROLS.sub(lambda mark: mark[0].encode("unicode_escape").decode(), text)


# Control characters move the cursor and colour text, the others reorder it on the screen.
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def breaking(changes: Iterable[Change], level: Level, reasons: Iterable[str]) -> list[Change]:
    """Return the changes that break callers at a level and that nobody allowed."""
    names = frozenset(reasons)
    return [change for change in changes if breaks(change, level) and change.action not in names]


def _summary(changes: Sequence[Change], level: Level, names: frozenset[str]) -> str:
    if not changes:
        return "no changes\n"
    count = len(breaking(changes, level, names))
    if len(changes) == 1:
        noun = "change"
    else:
        noun = "changes"
    return f"{len(changes)} {noun}, {count} breaking\n"


def _as_json(change: Change, level: Level, names: frozenset[str]) -> dict[str, object]:
    verdict = change.verdict
    return {
        "action": change.action,
        "place": change.place,
        "text": change.text,
        "kind": change.kind,
        "wire": verdict.wire,
        "source": verdict.source,
        "served": verdict.served,
        "breaking": breaks(change, level),
        "allowed": change.action in names,
    }


def _annotation(change: Change, level: Level, names: frozenset[str]) -> str:
    """Return one workflow command of GitHub, with line ends and property ends escaped."""
    is_error = breaks(change, level) and change.action not in names
    if is_error:
        severity = "error"
    else:
        severity = "notice"
    title = re.sub(r"[,:%]", lambda mark: f"%{ord(mark[0]):02X}", _shown(change.action))
    message = _shown(change.at(level)).replace("%", "%25")
    return f"::{severity} title={title}::{message}\n"

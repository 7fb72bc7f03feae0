"""A change between two contracts, as a value: where it is, what it says, and what it breaks."""

from __future__ import annotations

from dataclasses import dataclass

from ._notation import on_one_line
from ._verdicts import VERDICTS, Level, Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two contracts.

    Attributes:
        action: The action whose callers would notice it.
        place: The part of it, such as ``input items[].qty``; empty for the action itself.
        text: What changed, in words.
        kind: The row of the table of verdicts.
    """

    action: str
    place: str
    text: str
    kind: str

    @property
    def verdict(self) -> Verdict:
        """The meaning of the change for callers."""
        return VERDICTS[self.kind]

    def __str__(self) -> str:
        return self.at("source")

    def at(self, level: Level) -> str:
        """Return the change as a line, with the verdict at a level."""
        if self.place:
            place = f" {self.place}"
        else:
            place = ""
        return on_one_line(f"{self.action}{place}: {self.text} ({self.verdict.at(level)})")


def breaks(change: Change, level: Level) -> bool:
    """Return whether a change breaks callers at a level; ``source`` includes breaks of the wire."""
    if change.verdict.wire == "breaking":
        return True
    return level == "source" and change.verdict.source == "breaking"

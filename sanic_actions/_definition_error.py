"""Words for what is wrong with the actions themselves, before there is a call.

Layer 0: the standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["DefinitionError", "Problem"]


class Problem:
    """One mistake in the definition of an action: what is wrong, where, and what to do about it.

    Attributes:
        reason: What is wrong.
        remedy: What to do about it.
        action: Dotted name of the action, or of the place in the tree; empty where no single one is meant.
        file: Path of the source file; empty when unknown.
        line: Line in that file; 0 when unknown.
    """

    __slots__ = ("action", "file", "line", "reason", "remedy")
    __match_args__ = ("action", "file", "line", "reason", "remedy")

    action: str
    file: str
    line: int
    reason: str
    remedy: str

    def __init__(self, *, reason: str, remedy: str, action: str = "", file: str = "", line: int = 0) -> None:
        self.action = action
        self.file = file
        self.line = line
        self.reason = reason
        self.remedy = remedy

    def at(self, action: str, file: str, line: int) -> Problem:
        """Return the same problem in its place."""
        return Problem(action=action, file=file, line=line, reason=self.reason, remedy=self.remedy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"Problem({str(self)!r})"

    def __str__(self) -> str:
        where = f" ({self.file}:{self.line})" if self.file else ""
        subject = f"Action {self.action!r}{where}" if self.action else f"The tree of actions{where}"
        return f"{subject}: {self.reason}\n  {self.remedy}"


class DefinitionError(Exception):
    """The actions are defined wrongly; raised before the first request, with every problem that was found.

    Attributes:
        problems: The mistakes, in the order of the tree.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = "One problem" if count == 1 else f"{count} problems"
        return "\n".join([f"{head} in the definition of actions.", *map(str, self.problems)])

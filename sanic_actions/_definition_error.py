"""Problems in the definition of actions, and the error that reports them before the first request.

In the layer of words: the standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["DefinitionError", "Problem"]


class Problem:
    """One mistake in the definition of an action: what is wrong, where, and what to do about it.

    Attributes:
        reason: What is wrong.
        remedy: What to do about it.
        action: Dotted name of the action, or of the place in the tree; empty where no single one is
            meant.
        file: Path of the source file; empty when unknown.
        line: Line in that file; 0 when unknown.
        where: Where it was found, while it is not known of which action: a field path below a type,
            then ``input 'items.0'`` or ``parameter 'size'``. Afterwards the reason begins with it.
        owner: The class that it is a mistake of, whoever uses it; None for a mistake of the
            handler's own.
        field: The field of that class; empty for the class as a whole.
    """

    __slots__ = ("action", "field", "file", "line", "owner", "reason", "remedy", "where")
    __match_args__ = ("action", "file", "line", "reason", "remedy")

    action: str
    file: str
    line: int
    reason: str
    remedy: str
    where: str
    owner: object
    field: str

    def __init__(
        self,
        reason: str,
        remedy: str,
        *,
        action: str = "",
        file: str = "",
        line: int = 0,
        where: str = "",
        owner: object = None,
        field: str = "",
    ) -> None:
        self.action = action
        self.file = file
        self.line = line
        self.reason = reason
        self.remedy = remedy
        self.where = where
        self.owner = owner
        self.field = field

    @property
    def located_reason(self) -> str:
        """The reason, with where it was found before it."""
        if self.where:
            return f"{self.where}: {self.reason}"
        return self.reason

    def at(self, action: str, file: str, line: int) -> Problem:
        """Return the same problem in its place."""
        return Problem(self.located_reason, self.remedy, action=action, file=file, line=line)

    def below(self, step: str) -> Problem:
        """Return the same problem of the type that holds this one in a field."""
        where = ".".join(filter(None, [step, self.where]))
        return Problem(self.reason, self.remedy, where=where, owner=self.owner, field=self.field)

    def within(self, subject: str) -> Problem:
        """Return the same problem of what has the type: the input, the output, a parameter."""
        where = subject
        if self.where:
            where = f"{subject} {self.where!r}"
        return Problem(self.reason, self.remedy, where=where, owner=self.owner, field=self.field)

    def of(self, owner: object, field: str = "") -> Problem:
        """Return the same problem as a mistake of a class, unless it has its class already."""
        if self.owner is not None:
            return self
        return Problem(self.reason, self.remedy, where=self.where, owner=owner, field=field)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and (str(self), self.where) == (str(other), other.where)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"Problem({str(self)!r})"

    def __str__(self) -> str:
        where = f" ({self.file}:{self.line})" if self.file else ""
        subject = f"Action {self.action!r}{where}" if self.action else f"The tree of actions{where}"
        return f"{subject}: {self.reason}\n  {self.remedy}"


class DefinitionError(Exception):
    """The actions are defined wrongly; raised before the first request with every problem.

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

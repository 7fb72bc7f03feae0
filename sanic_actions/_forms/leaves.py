"""What a text of a form means to a type of single values.

The law of this file: it turns a text into the JSON value that the type reads and leaves judging it to validation; it
complains only of what validation could not see.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from .._errors import Issue
from .._issues import MAX_ISSUES
from .._messages import TRUTH
from .names import DEEP, MAX_DEPTH, NULL, Sent, control_text

Schema = Mapping[str, Any]

ABSENT: Final[Any] = type("_Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""Stands for nothing: not sent, or sent blank where blank means nothing."""


class Reading:
    """What is found out while one form is read.

    Attributes:
        issues: Complaints by path, one for each.
        covered: Paths of which validation's own complaints would repeat these.
        kept: For a list whose indexes have gaps, its path and the indexes that it has.
        filling: Objects that are being made of nothing, so that a type that needs itself ends.
        opened: Lists that are being made of one empty control, so that a list of itself ends.
    """

    def __init__(self) -> None:
        self.issues: dict[str, Issue] = {}
        self.covered: set[str] = set()
        self.kept: dict[str, list[int]] = {}
        self.filling: set[Node] = set()
        self.opened: set[Node] = set()

    def complain(self, path: str, message: str, type: str, *, covers: str | None = None) -> Any:
        """Note an issue and give ABSENT in place of a value."""
        if len(self.issues) < MAX_ISSUES:
            self.issues.setdefault(path, Issue(path, message, type))
        self.covered.add(path if covers is None else covers)
        return ABSENT


class Node(Protocol):
    """A type's way to read what was sent for it."""

    @property
    def blank(self) -> Any:
        """The JSON value of an empty control; ABSENT where it counts as not sent."""

    @property
    def fills(self) -> bool:
        """Whether nothing sent makes a value."""

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        """The JSON value, or ABSENT."""

    def absent(self, path: str, reading: Reading) -> Any:
        """The JSON value when nothing was sent and the field has no default; ABSENT to let validation complain."""

    def empty(self, path: str, reading: Reading) -> Any:
        """The JSON value when a control of ours says that there are no members."""


class Place(NamedTuple):
    """A type where it is used: the same type can be nullable in one place and not in another."""

    node: Node
    nullable: bool
    optional: bool
    """Whether validation has a default for it."""

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        """The JSON value of what was sent, or ABSENT."""
        if sent.said is not None:
            return self._said(sent, path, reading)
        value = self.node.read(sent, path, reading)
        return self.node.blank if value is ABSENT and not self.nullable else value

    def fill(self, path: str, reading: Reading) -> Any:
        """The JSON value where nothing was sent, or ABSENT."""
        if self.optional:
            return ABSENT
        return None if self.nullable else self.node.absent(path, reading)

    @property
    def needed(self) -> bool:
        """Whether something must be sent."""
        return not (self.optional or self.nullable or self.node.fills)

    def _said(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.said == DEEP:
            return reading.complain(path, f"The names below it have more than {MAX_DEPTH} steps", "too_deep")
        if sent.values or sent.inside:
            return reading.complain(path, "A value is given, and also said to be absent", "conflict")
        return None if sent.said == NULL else self.node.empty(path, reading)


_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("on", "true", "1", "yes"), True),
    **dict.fromkeys(("off", "false", "0", "no"), False),
}
_INTEGER: Final = re.compile(r"-?[0-9]{1,4000}")
_FRACTION: Final = re.compile(r"-?[0-9]{1,200}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A type of single values, or a union of such types."""

    table: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Members of enums and Literals by the text of their value."""
    words: bool = False
    """Whether it is a truth value and nothing else."""
    integer: bool = False
    fraction: bool = False
    truth: bool = False
    """Whether 'true' and 'false' are truth values among other values."""
    keeps_blank: bool = False
    """Whether an empty text is a value, not nothing."""
    file: bool = False

    @property
    def blank(self) -> Any:
        return False if self.words and not self.table else ABSENT

    @property
    def fills(self) -> bool:
        return self.blank is not ABSENT

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.inside:
            return complain_of_shape(sent, path, reading, "One value is expected, not fields inside it")
        if len(sent.values) > 1:
            return reading.complain(path, f"One value is expected; {len(sent.values)} were sent", "repeated")
        value = sent.values[0] if sent.values else ""
        if not isinstance(value, str):
            return value if self.file else reading.complain(path, "A text is expected, not a file", "text_expected")
        value = self.text(value)
        if value is None:
            return reading.complain(path, TRUTH, "bool_parsing")
        return value

    def text(self, text: str) -> Any:
        """The JSON value of a text, ABSENT for nothing, None for a text that is no truth value."""
        if text in self.table:
            return self.table[text]
        if not self.keeps_blank and (not text or text.isspace()):
            return ABSENT
        return _WORDS.get(text.casefold()) if self.words else self._number(text)

    def _number(self, text: str) -> Any:
        """A number, or one of two truth values, as JSON has it; any other text as it is, for validation to judge."""
        if self.truth and text in ("true", "false"):
            return text == "true"
        if self.integer and _INTEGER.fullmatch(text):
            return int(text)
        if self.fraction and _FRACTION.fullmatch(text):
            return float(text)
        return text

    def absent(self, path: str, reading: Reading) -> Any:
        return self.blank

    def empty(self, path: str, reading: Reading) -> Any:
        return ABSENT

    def __or__(self, other: Leaf) -> Leaf:
        """The union of two."""
        if self == other:
            return self
        return Leaf(
            table={**other.table, **self.table},
            integer=self.integer or other.integer,
            fraction=self.fraction or other.fraction,
            truth=self.words or other.words or self.truth or other.truth,
            keeps_blank=self.keeps_blank or other.keeps_blank,
            file=self.file or other.file,
        )


def complain_of_shape(sent: Sent, path: str, reading: Reading, message: str) -> Any:
    """Complain of a name that is used as a value, as a group, or as both."""
    if sent.values and sent.inside:
        return reading.complain(path, "It is given both as one value and as fields inside it", "conflict")
    return reading.complain(path, message, "shape")


def leaf(schema: Schema) -> Leaf:
    """The leaf for a schema that is no container; any text is passed on for a kind that has no rule of its own."""
    match schema["type"]:
        case "literal":
            return _members(schema["expected"])
        case "enum":
            return _members(member.value for member in schema["members"])
        case kind:
            return _LEAVES.get(kind, _OTHER)


def _members(values: Iterable[Any]) -> Leaf:
    # A Literal may hold members of enums, and these may have values that JSON writes as a text.
    plain = [value.value if isinstance(value, enum.Enum) else value for value in values]
    table = {control_text(value): value for value in reversed(plain) if isinstance(value, str | int | float)}
    only_truth = all(isinstance(value, bool) or value is None for value in plain)
    # Combinations of flags are whole numbers that no member has.
    return Leaf(table=table, words=only_truth, integer=any(type(value) is int for value in plain))


FILE: Final = Leaf(file=True)
_OTHER: Final = Leaf()
_LEAVES: Final = {
    "str": Leaf(keeps_blank=True),
    "bytes": Leaf(keeps_blank=True),
    "bool": Leaf(words=True),
    "int": Leaf(integer=True),
    "float": Leaf(fraction=True),
    "timedelta": Leaf(fraction=True),  # a number where the configuration writes seconds
}

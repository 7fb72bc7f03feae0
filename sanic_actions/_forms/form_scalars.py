"""Reads single values from the texts of controls; defines what all nodes share: slots and notes.

The rule of this file: a text becomes the JSON value that its type reads, and validation judges that
value. An issue is added here only where validation could not see what is wrong.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import NoneType
from typing import Any, Final, NamedTuple, Protocol

from .._errors import Issue
from .._issues import MAX_ISSUES
from .._messages import TRUTH
from .markers import NULL, TEXT
from .names import MAX_DEPTH, control_text
from .tree import TOO_DEEP, FormTree

Schema = Mapping[str, Any]

ANY: Final[Schema] = {"type": "any"}
"""The schema of members without a type: one object, as nodes are kept by its identity."""

NOTHING: Final[Any] = type("_Nothing", (), {"__repr__": lambda self: "NOTHING"})()
"""The absence of a value: not sent, or sent blank where blank counts as not sent."""


class FormReading:
    """Notes that are taken while one form is read.

    Attributes:
        issues: Issues by path, one for each path.
        covered: Paths at which validation would repeat these issues.
        numbers: The numbers of a list's items, by the list's path, for lists with gaps.
        filling: Objects that are being made without any fields sent, so that a type that requires
            itself ends.
        opened: Lists that are being read from texts without numbers, so that a list of itself ends.
        meant: Objects of unions, each with its path and its class, in which something was entered
            that no other member has a field for. Validation would take another one, and drop that,
            if they are invalid.
        shown: By the path of each union without a tag that was read as one of its objects, what
            returns the fields that pages show of it: issues of others would stand at no control.
    """

    __slots__ = ("covered", "filling", "issues", "meant", "numbers", "opened", "shown")

    def __init__(self) -> None:
        self.issues: dict[str, Issue] = {}
        self.covered: set[str] = set()
        self.numbers: dict[str, list[int]] = {}
        self.filling: set[FormNode] = set()
        self.opened: set[FormNode] = set()
        self.meant: list[tuple[str, Any, Any]] = []
        self.shown: dict[str, Callable[[], Collection[str]]] = {}

    def add_issue(self, path: str, message: str, type: str, *, covers: str | None = None) -> Any:
        """Note an issue and return NOTHING in place of a value."""
        if len(self.issues) < MAX_ISSUES:
            self.issues.setdefault(path, Issue(path, message, type))
            if covers is None:
                covers = path
            self.covered.add(covers)
        return NOTHING


class FormNode(Protocol):
    """A type that reads the part of a form that was sent for it."""

    @property
    def blank_value(self) -> Any:
        """The JSON value of an empty control; NOTHING where it counts as not sent."""

    @property
    def has_empty_value(self) -> bool:
        """Whether a field has a value though nothing of it is sent, like a list without items."""

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        """Return the JSON value, or NOTHING."""

    def absent(self, path: str, reading: FormReading) -> Any:
        """Return the JSON value if nothing was sent; NOTHING leaves it to validation."""

    def empty(self, path: str, reading: FormReading) -> Any:
        """Return the JSON value if a marker was sent that there are no members."""


class Slot(NamedTuple):
    """A type in one place of its use; in another place the same type may not be nullable."""

    node: FormNode
    nullable: bool
    optional: bool
    """Whether validation has a default for it."""

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        """Return the JSON value of what was sent, or NOTHING."""
        if tree.mark is not None:
            return self._marked(tree, path, reading)
        value = self.node.read(tree, path, reading)
        if value is NOTHING and not self.nullable:
            return self.node.blank_value
        return value

    def fill(self, path: str, reading: FormReading) -> Any:
        """Return the JSON value where nothing was sent, or NOTHING."""
        if self.optional:
            return NOTHING
        if self.nullable:
            return None
        return self.node.absent(path, reading)

    @property
    def needs_text(self) -> bool:
        """Whether an empty text counts as not sent, though its type takes one: the field has to be filled in."""
        node = self.node
        return isinstance(node, FormScalar) and node.keeps_blank and not self.optional and not self.nullable

    @property
    def needed(self) -> bool:
        """Whether something must be sent."""
        return not (self.optional or self.nullable or self.node.has_empty_value)

    def _marked(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        if tree.mark == TOO_DEEP:
            return reading.add_issue(path, f"The names below it have more than {MAX_DEPTH} steps", "too_deep")
        if tree.mark == TEXT:
            text = tree
            if not tree.is_one_text:
                text = FormTree("")
            return self.node.read(text, path, reading)
        if tree.mark == NULL:
            return None
        return self.node.empty(path, reading)


_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("on", "true", "1", "yes"), True),
    **dict.fromkeys(("off", "false", "0", "no"), False),
}
# Bounds of what is turned into a number here: int() of more than 4,300 digits raises, and a float()
# that is infinite has no form in JSON. Anything else stays a string, which
# validation refuses with its own sentence.
_INTEGER: Final = re.compile(r"-?[0-9]{1,4000}")
_FRACTION: Final = re.compile(r"-?[0-9]{1,200}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormScalar:
    """A type of single values, or a union of such types."""

    table: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Members of enums and Literals by the text of their value."""
    words: bool = False
    """Whether it is a bool and nothing else, so that words such as 'on' and 'yes' are read too."""
    integer: bool = False
    fraction: bool = False
    truth: bool = False
    """Whether it is a bool among other types, so that only 'true' and 'false' are read."""
    keeps_blank: bool = False
    """Whether an empty text is a value, rather than not sent."""
    strips: bool = False
    """Whether validation removes the spaces around a text, so that spaces alone are an empty one."""
    file: bool = False

    @property
    def blank_value(self) -> Any:
        if self.words and not self.table:
            return False
        return NOTHING

    @property
    def has_empty_value(self) -> bool:
        return self.blank_value is not NOTHING

    def read(self, tree: FormTree, path: str, reading: FormReading) -> Any:
        if tree.below:
            return add_shape_issue(tree, path, reading, "One value is expected, not fields inside it")
        if len(tree.values) > 1:
            return reading.add_issue(path, f"One value is expected; {len(tree.values)} were sent", "repeated")
        if tree.values:
            value = tree.values[0]
        else:
            value = ""
        if not isinstance(value, str):
            if self.file:
                return value
            return reading.add_issue(path, "A text is expected, not a file", "text_expected")
        if tree.mark != TEXT:  # a text that is marked is one, also where it looks like a number
            value = self.text(value)
        if value is None:
            return reading.add_issue(path, TRUTH, "bool_parsing")
        return value

    def text(self, text: str) -> Any:
        """Return a text's JSON value: NOTHING for a blank one, None for what should be a bool."""
        if text in self.table:
            return self.table[text]
        if not self.keeps_blank and (not text or text.isspace()):
            return NOTHING
        if self.words:
            return _WORDS.get(text.casefold())
        return self._number(text)

    def _number(self, text: str) -> Any:
        """Return the number or bool that a text is; any other text unchanged, for validation."""
        if self.truth and text in ("true", "false"):
            return text == "true"
        if self.integer and _INTEGER.fullmatch(text):
            return int(text)
        if self.fraction and _FRACTION.fullmatch(text) and isfinite(float(text)):
            return float(text)
        return text

    def absent(self, path: str, reading: FormReading) -> Any:
        return self.blank_value

    def empty(self, path: str, reading: FormReading) -> Any:
        return NOTHING

    def __or__(self, other: FormScalar) -> FormScalar:
        """Return the union of two."""
        if self == other:
            return self
        return FormScalar(
            table=_table((*self.table.values(), *other.table.values())),
            integer=self.integer or other.integer,
            fraction=self.fraction or other.fraction,
            truth=self.words or other.words or self.truth or other.truth,
            keeps_blank=self.keeps_blank or other.keeps_blank,
            strips=self.strips and other.strips,
            file=self.file or other.file,
        )


def add_shape_issue(tree: FormTree, path: str, reading: FormReading, message: str) -> Any:
    """Add the issue of a name that is used as a value, as a group, or as both, and must not be."""
    if tree.values and tree.below:
        return reading.add_issue(path, "It is given both as one value and as fields inside it", "conflict")
    return reading.add_issue(path, message, "shape")


def scalar_node(schema: Schema) -> FormScalar:
    """Return the node of a schema that is not a container; most pass texts on unchanged."""
    match schema["type"]:
        case "literal":
            return _members(schema["expected"])
        case "enum":
            return _members(member.value for member in schema["members"])
        case "str" if schema.get("strip_whitespace"):
            return _WITHOUT_SPACES
        case kind:
            return _SCALARS.get(kind, _OTHER)


def _members(values: Iterable[Any]) -> FormScalar:
    # A Literal may hold members of enums, whose values are what JSON has.
    plain_values = list(map(plain_value, values))
    kinds = set(map(type, plain_values))
    only_truth, has_integers = kinds <= _TRUTH_OR_NONE, int in kinds
    # A combination of flags is an integer that is not the value of any member.
    return FormScalar(table=_table(plain_values), words=only_truth, integer=has_integers)


_TRUTH_OR_NONE: Final = frozenset({bool, NoneType})


def _table(values: Iterable[Any]) -> dict[str, Any]:
    """Return fixed values by their texts: of 1 and "1" the number, as the other has a mark."""
    table: dict[str, Any] = {}
    for value in sorted(values, key=lambda value: isinstance(value, str)):
        if isinstance(value, str | int | float):
            table.setdefault(control_text(value), value)
    return table


def plain_value(value: object) -> object:
    """Return the JSON value of a fixed value: for an enum's member, the member's value."""
    if isinstance(value, enum.Enum):
        return value.value
    return value


FILE: Final = FormScalar(file=True)
_OTHER: Final = FormScalar()
_WITHOUT_SPACES: Final = FormScalar(keeps_blank=True, strips=True)
_SCALARS: Final = {
    "str": FormScalar(keeps_blank=True),
    "bytes": FormScalar(keeps_blank=True),
    "bool": FormScalar(words=True),
    "int": FormScalar(integer=True),
    "float": FormScalar(fraction=True),
    "timedelta": FormScalar(fraction=True),  # seconds; ISO 8601 stays a string
}

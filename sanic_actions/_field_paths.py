"""Field paths of pydantic's locations: names for aliases, without the labels of unions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ._schemas.walk import choices_of

Location = tuple[str | int, ...]
Schema = Mapping[str, Any]

MAX_STEP: Final = 100
"""Longest step of a path in an issue: it may be a mapping's key, which its sender chooses."""

MAX_PATH: Final = 1_000
"""Longest path in an issue."""


class Path(NamedTuple):
    """A field path as a linked list, so that adding a step copies nothing."""

    above: Path | None
    step: str | int
    length: int


class Branch(NamedTuple):
    """How far a location was followed.

    Attributes:
        schema: The part of the schema that it has reached.
        known: How many of its steps the schema declares.
        path: The field path so far.
    """

    schema: Schema
    known: int
    path: Path | None

    def to(self, schema: Schema, *steps: str | int, known: int = 1) -> Branch:
        """Return the branch that goes on from here by some steps of the path."""
        path = self.path
        for step in steps:
            if path:
                length = path.length
            else:
                length = 0
            path = Path(path, step, length + 1)
        return Branch(schema, self.known + known, path)

    @property
    def length(self) -> int:
        """How many steps the path has."""
        if self.path is None:
            return 0
        return self.path.length


class SchemaPaths:
    """Reads locations in one core schema as field paths.

    pydantic labels the members of a union in a location, but a label does not say which branch of
    the schema it took. So all members are followed side by side, and the branch that matches most
    of the location wins. At each step a schema is followed once, from the best branch that reached
    it: the cost is the length of the location times the size of the schema, for recursive unions
    too.
    """

    __slots__ = ("_behind", "_definitions", "_schema")

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        definitions = schema.get("definitions", ())
        self._definitions: dict[str, Schema] = {definition["ref"]: definition for definition in definitions}
        self._behind: dict[int, tuple[Schema, ...]] = {}

    def walk(self) -> Walk:
        """Return a walk along the locations of one error."""
        return Walk(self, Branch(self._schema, 0, None))

    def reach(self, branches: dict[int, Branch], branch: Branch) -> None:
        """Keep a branch for each schema that it leads to and that can take a step."""
        # By identity: schemas are nested dictionaries without a hash, and this object keeps them
        # alive.
        behind = self._behind.get(id(branch.schema))
        if behind is None:
            behind = self._behind[id(branch.schema)] = self._opened(branch.schema)
        for schema in behind:
            rival = branches.get(id(schema))
            if rival is None or rival.known < branch.known:
                branches[id(schema)] = Branch(schema, branch.known, branch.path)

    def _opened(self, schema: Schema) -> tuple[Schema, ...]:
        """Return the schemas behind wrappers and references that take a step, in their order."""
        waiting = [schema]
        identities = set()
        steps = []
        while waiting:  # each schema once, so recursive references end
            inner = waiting.pop()
            if id(inner) in identities:
                continue
            identities.add(id(inner))
            if inner["type"] in _STEPS:
                steps.append(inner)
            else:
                waiting += reversed(self._inside(inner))  # the last one in is the next one out
        return tuple(steps)

    def is_choice(self, schema: Schema) -> bool:
        """Return whether a schema takes one of a few values, which forms show as boxes."""
        waiting = [schema]
        identities = set()
        while waiting:  # each schema once
            inner = waiting.pop()
            if inner["type"] in ("enum", "literal"):
                return True
            if id(inner) not in identities and inner["type"] not in _STEPS:
                identities.add(id(inner))
                waiting += self._inside(inner)
        return False

    def _inside(self, schema: Schema) -> list[Schema]:
        if schema["type"] == "definition-ref":
            target = self._definitions.get(schema["schema_ref"])
            return list(filter(None, [target]))
        if schema["type"] == "chain":
            return [*schema["steps"]]
        return list(filter(None, map(schema.get, _AROUND)))


class Walk:
    """Reads one location after another, each from where it differs from the one before.

    The issues of one input come in order, so that most locations differ in their last steps only.
    """

    __slots__ = ("_best", "_location", "_reached", "_same", "_schema")

    def __init__(self, schema: SchemaPaths, root: Branch) -> None:
        self._schema = schema
        self._location: Location = ()
        self._reached: list[dict[int, Branch]] = [{}]
        self._best = [root]
        self._same = 0
        """How many steps the next location may reuse: none after an alias of several."""
        schema.reach(self._reached[0], root)

    def path(self, location: Location) -> str:
        """Return the field path of a location."""
        start = self._shared(location)
        del self._reached[start + 1 :], self._best[start + 1 :]
        for _ in range(start, len(location)):
            self._reached.append({})
        self._location, self._same = location, len(location)
        for position in range(start, len(location)):
            self._step(position)
        return _written(self._best[-1].path)

    def leads_to_choices(self) -> bool:
        """Return whether the last location is that of a list, or a set, of choices."""
        items = [branch.schema.get("items_schema") for branch in self._reached[-1].values()]
        return bool(items) and all(isinstance(item, dict) and self._schema.is_choice(item) for item in items)

    def _shared(self, location: Location) -> int:
        most = min(len(location), len(self._location), self._same)
        for number in range(most):
            if location[number] != self._location[number]:
                return number
        return most

    def _step(self, position: int) -> None:
        best = self._best[position]
        for branch in self._reached[position].values():
            for count, longer in _STEPS[branch.schema["type"]](self._location, position, branch):
                if _explains_more(longer, best):
                    best = longer
                if count > 1:
                    # The steps in between belong to the alias: the next location may not begin
                    # among them.
                    self._same = min(self._same, position)
                self._schema.reach(self._reached[position + count], longer)
        self._best.append(best)


def _explains_more(branch: Branch, best: Branch) -> bool:
    if branch.known != best.known:
        return branch.known > best.known
    return branch.length > best.length


def _written(path: Path | None) -> str:
    steps: list[str] = []
    while path is not None:
        steps.append(_shortened(str(path.step), MAX_STEP))
        path = path.above
    return _shortened(".".join(reversed(steps)), MAX_PATH)


def _shortened(string: str, most: int) -> str:
    if len(string) <= most:
        return string
    return f"{string[:most]}…"


Steps = Iterator[tuple[int, Branch]]
"""Pairs of how many steps of the location were used, and the branch that they lead to."""


def _into_fields(location: Location, position: int, branch: Branch) -> Steps:
    step = location[position]
    for name, field in _named_fields(branch.schema):
        alias = field.get("validation_alias", field.get("alias"))
        if step in (name, alias):
            yield 1, branch.to(field["schema"], name)
        elif isinstance(alias, list) and (count := _steps_of_alias(location, position, alias)):
            yield count, branch.to(field["schema"], name)
    extras = branch.schema.get("extras_schema", _NO_SCHEMA)
    # Any step can be an extra field: that counts less than a branch that declares it.
    yield 1, branch.to(extras, step, known=0)


def _named_fields(schema: Schema) -> Iterator[tuple[str, Schema]]:
    fields = schema.get("fields", schema.get("arguments_schema"))
    if isinstance(fields, dict):
        yield from fields.items()
    else:
        for field in fields or ():
            yield field["name"], field


def _steps_of_alias(location: Location, position: int, alias: list[Any]) -> int:
    """Return how many steps of the location an alias path (or one of several) covers."""
    if isinstance(alias[0], list):
        paths = alias
    else:
        paths = [alias]
    # Of several alias paths pydantic takes the first that the input has; the longest one explains
    # most.
    most = 0
    for path in paths:
        if tuple(path) == location[position : position + len(path)]:
            most = max(most, len(path))
    return most


def _into_places(location: Location, position: int, branch: Branch) -> Steps:
    """Step into a named tuple: an array, whose places are numbers, or an object."""
    places = list(_named_fields(branch.schema))
    step = location[position]
    if isinstance(step, int) and step < len(places):
        yield 1, branch.to(places[step][1]["schema"], step)
    yield from _into_fields(location, position, branch)


def _into_items(location: Location, position: int, branch: Branch) -> Steps:
    step = location[position]
    if not isinstance(step, int):
        return
    items = branch.schema.get("items_schema")
    if items and isinstance(items, list):
        items = items[min(step, len(items) - 1)]
    yield 1, branch.to(items or _NO_SCHEMA, step)


def _into_values(location: Location, position: int, branch: Branch) -> Steps:
    # pydantic puts "[key]" behind the key whose own validation failed.
    if location[position + 1 : position + 2] == ("[key]",):
        yield 2, branch.to(_NO_SCHEMA, location[position])
    elif values := branch.schema.get("values_schema"):
        yield 1, branch.to(values, location[position])


def _into_choices(location: Location, position: int, branch: Branch) -> Steps:
    """Step over a label: the tag, or the name of a member as pydantic sees it."""
    choices, label = branch.schema["choices"], location[position]
    members = choices_of(branch.schema)
    if isinstance(choices, dict) and label in choices:
        members = [choices[label]]
    for member in members:  # a label is not a step of the path, and says nothing of a branch
        yield 1, branch.to(member, known=0)


_NO_SCHEMA: Final[Schema] = {"type": "any"}
"""The schema of what is not declared."""

_AROUND: Final = ("schema", "json_schema", "lax_schema", "python_schema", "strict_schema", "arguments_schema")

_STEPS: Final = {
    "model-fields": _into_fields,
    "typed-dict": _into_fields,
    "dataclass-args": _into_fields,
    "named-tuple": _into_places,
    "arguments": _into_places,  # of a named tuple, in older versions of pydantic
    "list": _into_items,
    "set": _into_items,
    "frozenset": _into_items,
    "tuple": _into_items,
    "dict": _into_values,
    "union": _into_choices,
    "tagged-union": _into_choices,
}

"""From pydantic's complaints to ours: field paths instead of schema locations, bounded in number, never the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ._errors import InputError, Issue
from ._messages import sentence, spoken_values

MAX_ISSUES: Final = 100
"""How many issues one error holds: a list of a million bad items must not become a million sentences."""

MAX_COUNTED: Final = 1_000
"""Beyond this many, pydantic is not even asked for the list: 10 MB of bad items cost it 24 s and 3.6 GB."""

Location = tuple[str | int, ...]
Schema = Mapping[str, Any]


class Complaints:
    """Turns failed validations against one core schema into ``InputError``."""

    __slots__ = ("_definitions", "_paths", "_schema")

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._definitions = {d["ref"]: d for d in schema.get("definitions", ())}
        self._paths: dict[Location, str] = {}

    def error(self, error: ValidationError) -> InputError:
        """The ``InputError`` for a failed validation."""
        count = error.error_count()
        if count > MAX_COUNTED:
            return InputError([Issue("", f"{count} values are invalid; that is too many to list", "too_many_issues")])
        details = error.errors(include_url=False, include_input=False)
        issues = [self._issue(detail) for detail in details[:MAX_ISSUES]]
        if count > MAX_ISSUES:
            issues.append(Issue("", f"{count - MAX_ISSUES} more values are invalid", "too_many_issues"))
        return InputError(issues)

    def _issue(self, detail: ErrorDetails) -> Issue:
        values = spoken_values(detail)
        return Issue(self._path(detail["loc"]), sentence(detail, values), detail["type"], values)

    def _path(self, location: Location) -> str:
        """The field path, remembered for a few places: the same fields are wrong again and again."""
        path = self._paths.get(location)
        if path is None:
            path = field_path(location, self._schema, self._definitions)
            if len(self._paths) < MAX_PATHS and len(path) < MAX_PATHS:
                self._paths[location] = path
        return path


MAX_PATHS: Final = 100
"""How many paths are remembered, and of how many characters: keys of mappings are the sender's."""


def field_path(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """The location as a field path: field names instead of aliases, without the labels of the members of unions."""
    return ".".join(map(str, _follow(location, schema, definitions)[1]))


Found = tuple[int, Location]
"""A way through the schema: how many steps of it the schema knows, and the path."""


def _follow(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Found:
    """The way that knows most of the location: a label does not say into which member of a union it leads."""
    if not location:
        return 0, ()
    while schema["type"] in _AROUND_ONE:
        schema = schema["schema"]
    step = _STEPS.get(schema["type"], _through)
    return max(step(location, schema, definitions), key=lambda found: found[0], default=(0, ()))


def _past(steps: Location, found: Found) -> Found:
    return found[0] + 1, (*steps, *found[1])


def _through(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Found]:
    """A wrapper (default, nullable, model, validator function): the place is inside."""
    for key in _WRAPPED:
        if key in schema:
            yield _follow(location, schema[key], definitions)


def _into_fields(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Found]:
    for name, field in _named_fields(schema):
        alias = field.get("validation_alias", field.get("alias"))
        if location[0] == name or location[0] == alias:
            yield _past((name,), _follow(location[1:], field["schema"], definitions))
        elif isinstance(alias, list) and (used := _used_path(location, alias)):
            yield _past((name,), _follow(location[used:], field["schema"], definitions))
    extras = schema.get("extras_schema")
    yield 0, (location[0], *(_follow(location[1:], extras, definitions)[1] if extras else ()))


def _named_fields(schema: Schema) -> Iterator[tuple[str, Schema]]:
    fields = schema.get("fields", schema.get("arguments_schema"))
    if isinstance(fields, dict):
        yield from fields.items()
    else:
        yield from ((field["name"], field) for field in fields or ())


def _used_path(location: Location, alias: list[Any]) -> int:
    """How many steps of the location an alias path (or one of several) covers."""
    paths = alias if isinstance(alias[0], list) else [alias]
    return max((len(path) for path in paths if tuple(path) == location[: len(path)]), default=0)


def _into_places(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Found]:
    """A named tuple: an array, whose places are numbers, or an object."""
    places = list(_named_fields(schema))
    if isinstance(location[0], int) and location[0] < len(places):
        field = places[location[0]][1]
        yield _past(location[:1], _follow(location[1:], field["schema"], definitions))
    yield from _into_fields(location, schema, definitions)


def _into_items(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Found]:
    if not isinstance(location[0], int):
        return
    items = schema.get("items_schema")
    if isinstance(items, list):
        items = items[min(location[0], len(items) - 1)] if items else None
    yield _past(location[:1], _follow(location[1:], items, definitions) if items else (0, ()))


def _into_values(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Found]:
    if location[1:2] == ("[key]",):
        yield 1, location[:1]
    elif values := schema.get("values_schema"):
        yield _past(location[:1], _follow(location[1:], values, definitions))


def _into_choices(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Found]:
    """The first step is a label: the tag, or the name of a member as pydantic sees it."""
    choices = schema["choices"]
    if isinstance(choices, dict):
        chosen = [choices[location[0]]] if location[0] in choices else list(choices.values())
    else:
        chosen = [choice[0] if isinstance(choice, tuple) else choice for choice in choices]
    for choice in chosen:
        yield _follow(location[1:], choice, definitions)


def _into_reference(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Found]:
    if target := definitions.get(schema["schema_ref"]):
        yield _follow(location, target, definitions)


_WRAPPED = ("schema", "json_schema", "lax_schema", "python_schema", "strict_schema", "arguments_schema")

_AROUND_ONE = frozenset({"default", "definitions", "model", "nullable"})
"""The frequent wrappers, which hold one schema and are no step of a location."""

_STEPS = {
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
    "definition-ref": _into_reference,
}

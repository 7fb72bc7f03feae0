"""From pydantic's complaints to ours: field paths instead of schema locations, bounded in number, never the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ._errors import InputError, Issue

MAX_ISSUES: Final = 100
"""How many issues one error holds: a list of a million bad items must not become a million sentences."""

MAX_COUNTED: Final = 1_000
"""Beyond this many, pydantic is not even asked for the list: 10 MB of bad items cost it 24 s and 3.6 GB."""

Location = tuple[str | int, ...]
Schema = Mapping[str, Any]


def input_error(error: ValidationError, schema: Schema) -> InputError:
    """The ``InputError`` for a failed validation against the core schema of the input."""
    count = error.error_count()
    if count > MAX_COUNTED:
        return InputError([Issue("", f"{count} values are invalid; that is too many to list", "too_many_issues")])
    details = error.errors(include_url=False, include_input=False, include_context=False)
    definitions = {d["ref"]: d for d in schema.get("definitions", ())}
    issues = [Issue(field_path(d["loc"], schema, definitions), _message(d), d["type"]) for d in details[:MAX_ISSUES]]
    if count > MAX_ISSUES:
        issues.append(Issue("", f"{count - MAX_ISSUES} more values are invalid", "too_many_issues"))
    return InputError(issues)


def _message(detail: ErrorDetails) -> str:
    """The sentence of a complaint; the one about an unknown tag would repeat what was sent."""
    if detail["type"] != "union_tag_invalid":
        return detail["msg"]
    return f"The tag found using {detail['msg'].rpartition(' found using ')[2]}"


def field_path(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """The location as a field path: field names instead of aliases, without the labels of unions and validators."""
    return ".".join(map(str, _follow(location, schema, definitions)))


def _follow(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Location:
    """Keep what names a place in the data; drop what names a branch of the schema."""
    if not location:
        return ()
    step = _STEPS.get(schema["type"], _through)
    return max(step(location, schema, definitions), key=len, default=())


def _through(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Location]:
    """A wrapper (default, nullable, model, validator function): the place is inside; a label of its own is dropped."""
    inner = [schema[key] for key in _WRAPPED if key in schema]
    for wrapped in inner:
        yield _follow(location, wrapped, definitions)
    if not inner:
        return
    if isinstance(location[0], str):
        for wrapped in inner:
            yield _follow(location[1:], wrapped, definitions)


def _into_fields(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Location]:
    for name, field in _named_fields(schema):
        alias = field.get("validation_alias")
        if location[0] == name or location[0] == alias:
            yield name, *_follow(location[1:], field["schema"], definitions)
        elif isinstance(alias, list) and (used := _used_path(location, alias)):
            yield name, *_follow(location[used:], field["schema"], definitions)
    if schema.get("extra_behavior") or schema["type"] != "dataclass-args":
        yield location[:1]


def _named_fields(schema: Schema) -> Iterator[tuple[str, Schema]]:
    fields = schema["fields"]
    if isinstance(fields, dict):
        yield from fields.items()
    else:
        yield from ((field["name"], field) for field in fields)


def _used_path(location: Location, alias: list[Any]) -> int:
    """How many steps of the location an alias path (or one of several) covers."""
    paths = alias if isinstance(alias[0], list) else [alias]
    return max((len(path) for path in paths if tuple(path) == location[: len(path)]), default=0)


def _into_items(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Location]:
    if not isinstance(location[0], int):
        return
    items = schema.get("items_schema")
    if isinstance(items, list):
        items = items[min(location[0], len(items) - 1)] if items else None
    yield location[0], *(_follow(location[1:], items, definitions) if items else ())


def _into_values(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Location]:
    rest = location[1:]
    if rest[:1] == ("[key]",):
        rest = rest[1:]
    values = schema.get("values_schema")
    yield location[0], *(_follow(rest, values, definitions) if values else ())


def _into_choices(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Location]:
    choices = schema["choices"]
    if isinstance(choices, dict):
        chosen = choices.get(location[0])
        yield from [_follow(location[1:], chosen, definitions)] if chosen else []
        return
    for choice in choices:
        yield _follow(location[1:], choice[0] if isinstance(choice, tuple) else choice, definitions)


def _into_reference(location: Location, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Location]:
    if target := definitions.get(schema["schema_ref"]):
        yield _follow(location, target, definitions)


_WRAPPED = ("schema", "json_schema", "lax_schema", "python_schema", "strict_schema")

_STEPS = {
    "model-fields": _into_fields,
    "typed-dict": _into_fields,
    "dataclass-args": _into_fields,
    "list": _into_items,
    "set": _into_items,
    "frozenset": _into_items,
    "tuple": _into_items,
    "dict": _into_values,
    "union": _into_choices,
    "tagged-union": _into_choices,
    "definition-ref": _into_reference,
}

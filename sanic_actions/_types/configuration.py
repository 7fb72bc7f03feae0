"""What each key of a pydantic configuration does to the values that go over the wire.

A key is copied to the caller's classes, or stays with the server because it does not concern the
wire, or a class that has it is refused. A key that is in none of the tables is refused too: in a
new version of pydantic it may mean anything.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

from pydantic import AliasGenerator

from .._definition_error import Problem
from .annotations import bare, class_of, is_union
from .containers import is_container, is_named_tuple, items_of
from .fields import Field, annotation_of, config_of, fields_of, is_plain_object

COPIED: Final = (
    *("allow_inf_nan", "coerce_numbers_to_str", "extra", "regex_engine", "ser_json_bytes", "ser_json_inf_nan"),
    *("str_max_length", "str_min_length", "str_strip_whitespace", "str_to_lower", "str_to_upper", "strict"),
    *("url_preserve_empty_path", "use_enum_values", "val_json_bytes", "validate_default"),
)
"""Keys that the caller's copies have too: both sides then read and write alike."""

LOCAL: Final = frozenset(
    {
        # names, which the fields themselves hold
        *("alias_generator", "populate_by_name", "validate_by_alias", "validate_by_name", "serialize_by_alias"),
        *("loc_by_alias", "title", "model_title_generator", "field_title_generator", "use_attribute_docstrings"),
        # descriptions
        *("json_schema_extra", "json_schema_mode_override", "json_schema_serialization_defaults_required"),
        # what Python code does with the class
        *("arbitrary_types_allowed", "from_attributes", "frozen", "ignored_types", "protected_namespaces"),
        *("revalidate_instances", "validate_assignment", "validate_return"),
        # how pydantic works
        *("cache_strings", "defer_build", "hide_input_in_errors", "plugin_settings", "validation_error_cause"),
        *("schema_generator", "val_temporal_unit"),
    }
)
"""Keys that do not change a value on the wire, or whose effect is in the fields already."""

_TEMPORAL: Final = (datetime.date, datetime.time, datetime.timedelta)


def config_problems(annotation: Any, *, is_input: bool) -> Iterator[Problem]:
    """Yield why a class with this configuration does not survive."""
    config = config_of(annotation)
    name = getattr(class_of(annotation)[0], "__name__", "it")
    for key, value in config.items():
        if key in COPIED or key in LOCAL or value is None:
            continue
        refusal = _REFUSALS.get(key)
        if refusal is None:
            yield Problem(f"{name} has {key}={value!r:.60}, which is not known to survive.", f"Remove {key}.")
        elif reason := refusal(annotation, value, is_input):
            yield Problem(f"{name} has {key}={value!r:.60}, {reason}", _REMEDIES[key])


def taken_over_problem(annotation: Any, owner: Any) -> Problem | None:
    """Return why a class needs its own configuration: pydantic would take the outer class's."""
    target = class_of(annotation)[0]
    if not is_plain_object(target) or getattr(target, "__pydantic_config__", None) is not None:
        return None
    generate = config_of(owner).get("alias_generator")
    if generate is None or not any(_is_renamed(field, generate) for field in fields_of(target) or ()):
        return None
    name = target.__name__
    owner_name = class_of(owner)[0].__name__
    reason = f"{name} has no configuration, so that alias_generator of {owner_name} changes it there, and nowhere else."
    return Problem(reason, f"Add '__pydantic_config__ = ConfigDict()' to {name}, or what it should have.")


def _is_renamed(field: Field, generate: AliasGenerator | Callable[[str], str]) -> bool:
    """Return whether generated aliases rename a field; most generators keep single words."""
    if field.info.alias_priority == OWN_ALIAS:
        return False
    if isinstance(generate, AliasGenerator):
        aliases: tuple[object, ...] = generate.generate_aliases(field.name)
    else:
        aliases = (generate(field.name),)
    return any(alias not in (None, field.name) for alias in aliases)


OWN_ALIAS: Final = 2
"""pydantic's priority of an alias that a field states itself, which no generator replaces."""


def _encoders(annotation: Any, value: Any, is_input: bool) -> str | None:
    if is_input or not value:
        return None
    return "which writes a form of its own, and callers know only how to read the types."


def _temporal(annotation: Any, value: Any, is_input: bool) -> str | None:
    if value == "iso8601" or not _holds_temporal(annotation):
        return None
    return "a number without a zone, whose unit the type does not say."


def _timedelta(annotation: Any, value: Any, is_input: bool) -> str | None:
    if value == "iso8601" or not _holds_temporal(annotation):
        return None
    return "which loses microseconds."


def _polymorphic(annotation: Any, value: Any, is_input: bool) -> str | None:
    if is_input or not value:
        return None
    return "so it is written with what its type does not have."


_REFUSALS: Final[Mapping[str, Callable[[Any, Any, bool], str | None]]] = MappingProxyType(
    {
        "json_encoders": _encoders,
        "ser_json_temporal": _temporal,
        "ser_json_timedelta": _timedelta,
        "polymorphic_serialization": _polymorphic,
    }
)

REFUSED_KEYS: Final = frozenset(_REFUSALS)
"""Keys that a class may not have where they change what it is."""

_REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "json_encoders": "Remove json_encoders; declare the type that is written, and convert in the handler.",
        "ser_json_temporal": "Remove ser_json_temporal: times are written as ISO 8601, which is exact.",
        "ser_json_timedelta": "Remove ser_json_timedelta: durations are written as ISO 8601, which is exact.",
        "polymorphic_serialization": "Remove polymorphic_serialization, and declare the type that is written.",
    }
)


def _holds_temporal(annotation: Any) -> bool:
    """Return whether a field of the class itself holds a date, a time or a duration."""
    pending = list(map(annotation_of, fields_of(annotation) or ()))
    visits = []  # a list, as annotations with metadata may have no hash
    while pending:
        inner = bare(pending.pop())
        if inner in visits:
            continue  # an alias that names itself
        visits.append(inner)
        if is_union(inner):
            pending.extend(get_args(inner))
        elif is_container(inner) or is_named_tuple(inner):
            pending.extend(items_of(inner))
        elif isinstance(inner, type) and issubclass(inner, _TEMPORAL):
            return True
    return False

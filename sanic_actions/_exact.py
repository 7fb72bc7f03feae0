"""Sees at a glance that a model holds what it declares, so that it can be written without further checks.

pydantic checks while it writes only if it is told so by a text, which it takes three microseconds to read: more than it
takes to write a small model. Of a model of plain fields, whose values are of exactly the declared classes, pydantic has
nothing to complain about, neither when it validates nor when it writes; that is quickly seen. Everything else is for
pydantic to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType
from typing import Any, Final
from uuid import UUID

Check = Callable[[Any], bool]


def exact_check(schema: Any) -> Check | None:
    """A check that a value is an instance of the schema's model with exact fields; None for any other schema."""
    kinds = _field_kinds(schema)
    if not kinds:
        return None
    model, known = schema["cls"], set[tuple[object, ...]]()

    def is_exact(value: Any) -> bool:
        if type(value) is not model:
            return False
        held = value.__dict__
        shape = (*held, *map(type, held.values()))
        if shape in known:
            return True
        found = held.keys() == kinds.keys() and all(type(held[name]) in kind for name, kind in kinds.items())
        if found and len(known) < MAX_SHAPES:
            known.add(shape)
        return found

    return is_exact


MAX_SHAPES: Final = 64
"""How many combinations of None and values are remembered of one model."""


def exact_dict_check(schema: Any) -> Check | None:
    """The same for a typed dict, of which validation has seen already that it has its fields and no others."""
    plain = schema["type"] == "typed-dict" and not _is_special(schema)
    kinds = _kinds_of(schema["fields"]) if plain else None
    if not kinds:
        return None

    def is_exact(value: Any) -> bool:
        for name, held in value.items():  # for the few parameters of an action faster than a shape  # noqa: SIM110
            if type(held) not in kinds[name]:
                return False
        return True

    return is_exact


def _field_kinds(schema: Any) -> dict[str, frozenset[type]] | None:
    """The classes that each field's values can have; None unless all of them are plain."""
    inner = schema.get("schema", {})
    if schema["type"] != "model" or inner.get("type") != "model-fields" or _is_special(schema) or _is_special(inner):
        return None
    return _kinds_of(inner["fields"])


def _kinds_of(fields: Any) -> dict[str, frozenset[type]] | None:
    kinds = {name: _kinds(field["schema"]) for name, field in fields.items()}
    return {name: kind for name, kind in kinds.items() if kind} if all(kinds.values()) else None


def _is_special(schema: Any) -> bool:
    """Whether it is written in a way of its own or with more than its fields, or whether instances are validated."""
    config = schema.get("config", {})
    again = {schema.get("revalidate_instances"), config.get("revalidate_instances")} - {None, "never"}
    return (
        any(schema.get(key) for key in ("serialization", "computed_fields", "root_model", "extras_schema"))
        or "allow" in (schema.get("extra_behavior"), config.get("extra_fields_behavior"))
        or bool(again)
    )


def _kinds(schema: Any) -> frozenset[type] | None:
    if schema.get("serialization"):
        return None
    if schema["type"] in ("nullable", "default"):
        inner = _kinds(schema["schema"])
        return inner | {NoneType} if inner and schema["type"] == "nullable" else inner
    kind = _CLASSES.get(schema["type"])
    return None if kind is None else frozenset({kind})


_CLASSES: Final[dict[str, type]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "date": date,
    "datetime": datetime,
    "time": time,
    "timedelta": timedelta,
    "decimal": Decimal,
    "uuid": UUID,
}

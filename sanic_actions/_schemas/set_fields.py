"""Send the fields that the caller has set, and leave other defaults to the server.

pydantic keeps which fields a model was constructed with, and which were set later. A default that
was changed in place, ``order.lines.append(...)``, counts as set too, and so do the fields that tell
members of a union apart (see ``always_sent``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import core_schema

from .always_sent import fields_always_sent, fields_in
from .walk import Node, with_children

_MUTABLE: Final = (list, dict, set, deque, BaseModel)

Defaults = Mapping[str, Callable[[], object]]


def noting_set_fields(schema: Node) -> Node:
    """Return a core schema whose models note, before they are written, which fields are set.

    A field with ``exclude=True`` is left out of what the server writes, and a part of what callers
    send.
    """
    always_sent = fields_always_sent(schema)

    def change(node: Node) -> Node:
        node = with_children(node, change)
        # Such a field is of a class of the server's own, which it does not write itself.
        if node.get("serialization_exclude"):
            return {key: value for key, value in node.items() if key != "serialization_exclude"}
        if node["type"] != "model" or "serialization" in node or node.get("root_model"):
            return node
        always = frozenset(always_sent.get(node["cls"], ()))
        defaults = _mutable_defaults(node)
        if not always and not defaults:
            return node
        note = _note(node["cls"], always, defaults)
        return {**node, "serialization": core_schema.wrap_serializer_function_ser_schema(note)}

    return change(schema)


def _note(
    cls: type[BaseModel],
    always: frozenset[str],
    defaults: Defaults,
) -> Callable[[Any, Any], Any]:
    def note(value: Any, write: Callable[[Any], Any]) -> Any:
        if isinstance(value, cls):  # in a union, pydantic tries each member with any value
            names = value.model_fields_set  # the set itself, which the serializer reads
            names |= always
            names.update(name for name in defaults.keys() - names if _is_changed(value, name, defaults[name]))
        return write(value)

    return note


def _is_changed(model: BaseModel, name: str, default: Callable[[], object]) -> bool:
    value = model.__dict__.get(name)
    return isinstance(value, _MUTABLE) and value != default()


def _mutable_defaults(model: Node) -> Defaults:
    """Return factories of the defaults that can be changed in place, to compare values with."""
    defaults: dict[str, Callable[[], object]] = {}
    for name, field in fields_in(model).items():
        schema = field["schema"]
        if schema["type"] != "default":
            continue
        factory = schema.get("default_factory")
        if factory is not None and not schema.get("default_factory_takes_data"):
            defaults[name] = factory
        elif isinstance(schema.get("default"), _MUTABLE):
            defaults[name] = partial(_itself, schema["default"])
    return defaults


def _itself(value: object) -> object:
    return value

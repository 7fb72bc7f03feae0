"""Send the fields of a model that the caller has set, and leave the defaults of others to the server.

pydantic notes the fields that a model was made with, and those that were set later. Three kinds of
fields count as set too:

- a default that was changed in place: ``order.lines.append(...)``;
- the tag of a member of a union, without which a reader cannot tell which member it is;
- every field of a member that only optional fields tell apart from another member.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import core_schema

from .walk import Node, children, choices_of, definitions_of, unwrapped, with_children

_MUTABLE: Final = (list, dict, set, deque, BaseModel)
_AROUND: Final = frozenset({"nullable", "default", "function-before", "function-after", "function-wrap", "definitions"})

Defaults = Mapping[str, Callable[[], object]]


def noting_given(schema: Node) -> Node:
    """Return a core schema whose models note which of their fields count as set before they are written."""
    tags = _tags(schema)

    def change(node: Node) -> Node:
        node = with_children(node, change)
        if node["type"] != "model" or "serialization" in node or node.get("root_model"):
            return node
        always, defaults = frozenset(tags.get(node["cls"], ())), _mutable_defaults(node)
        if not always and not defaults:
            return node
        note = _note(node["cls"], always, defaults)
        return {**node, "serialization": core_schema.wrap_serializer_function_ser_schema(note)}

    return change(schema)


def _note(cls: type[BaseModel], always: frozenset[str], defaults: Defaults) -> Callable[[Any, Any], Any]:
    def note(value: Any, write: Callable[[Any], Any]) -> Any:
        if isinstance(value, cls):  # in a union, each member is tried with the values of the others
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
    for name, field in _fields(model).items():
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


def _tags(schema: Node) -> dict[type, set[str]]:
    """Return the fields that are always sent, by model."""
    definitions = definitions_of(schema)
    always: dict[type, set[str]] = {}
    for union in _unions(schema):
        is_tagged = union["type"] == "tagged-union"
        models = list(_models(union, definitions))
        if len(models) < 2:
            continue
        for model in models:
            always.setdefault(model["cls"], set()).update(_constants(model, definitions))
            if is_tagged:
                always[model["cls"]].update(_named(model, union["discriminator"]))
        if not is_tagged and not _are_all_apart(models, definitions):
            for model in models:
                always[model["cls"]].update(_fields(model))
    return always


def _unions(schema: Node) -> Iterator[Node]:
    pending = [schema]
    while pending:
        node = pending.pop()
        if node["type"] in ("union", "tagged-union"):
            yield node
        pending.extend(children(node))


def _models(union: Node, definitions: Mapping[str, Node]) -> Iterator[Node]:
    """Yield the members of a union that are models."""
    for choice in choices_of(union):
        member = unwrapped(choice, definitions, _AROUND)
        if member["type"] == "model":
            yield member


def _fields(model: Node) -> Mapping[str, Node]:
    node = unwrapped(model["schema"], {}, _AROUND)
    fields: Mapping[str, Node] = {}
    if node["type"] == "model-fields":
        fields = node["fields"]
    return fields


def _constants(model: Node, definitions: Mapping[str, Node]) -> Iterator[str]:
    """Yield the fields that are Literals with a single value."""
    for name, field in _fields(model).items():
        node = unwrapped(field["schema"], definitions, _AROUND)
        if node["type"] == "literal" and len(node["expected"]) == 1:
            yield name


def _named(model: Node, discriminator: Any) -> Iterator[str]:
    """Yield the fields that a discriminator may read: named, or of paths; all of them for a function."""
    if isinstance(discriminator, str):
        names = {discriminator}
    elif isinstance(discriminator, list):
        names = {path[0] for path in discriminator if isinstance(path, list)} or {str(discriminator[0])}
    else:
        yield from _fields(model)
        return
    for name, field in _fields(model).items():
        if name in names or names & set(_aliases(field)):
            yield name


def _aliases(field: Node) -> Iterator[str]:
    alias = field.get("validation_alias") or ()
    if isinstance(alias, str):
        yield alias
        return
    for path in alias:
        if isinstance(path, str):
            yield path
        else:
            yield str(path[0])


def _are_all_apart(models: list[Node], definitions: Mapping[str, Node]) -> bool:
    return all(_are_apart(first, second, definitions) for first, second in combinations(models, 2))


def _are_apart(first: Node, second: Node, definitions: Mapping[str, Node]) -> bool:
    """Return whether a constant, or a field that each requires and the other lacks, tells two models apart."""
    if set(_constants(first, definitions)) & set(_constants(second, definitions)):
        return True
    fields, other_fields = _fields(first), _fields(second)
    return bool(_required(fields) - other_fields.keys()) and bool(_required(other_fields) - fields.keys())


def _required(fields: Mapping[str, Node]) -> set[str]:
    return {name for name, field in fields.items() if field["schema"]["type"] != "default"}

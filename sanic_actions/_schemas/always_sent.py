"""Find the fields that are sent even if nobody set them, because they tell members of a union apart.

These are the tag of each member, and all fields of a member that differs from another one in
optional fields only. The difference may be deep inside: ``list[Cat] | list[Dog]`` is read by the
tags of the items, and two models by the tags of a field that both have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations, product
from operator import itemgetter
from typing import Any, Final

from .walk import Node, children, choices_of, definitions_of, unwrapped

_UNIONS: Final = frozenset({"union", "tagged-union"})
_AROUND: Final = frozenset({"nullable", "default", "function-before", "function-after", "function-wrap", "definitions"})
_PLACES: Final = frozenset({"tuple", "named-tuple"})
_OBJECTS: Final = frozenset({"model", "dataclass", "typed-dict"})

NamesByClass = Mapping[type, set[str]]


def fields_always_sent(schema: Node) -> NamesByClass:
    """Return the names of the fields that are always sent, by model."""
    definitions = definitions_of(schema)
    search = _Search(definitions)
    for union in _unions(schema):
        members = list(_members(union, definitions))
        models = [member for member in members if member["type"] == "model"]
        discriminator = union.get("discriminator")
        for model in models:
            if len(models) > 1:
                search.always[model["cls"]].update(_constants(model, definitions))
            search.always[model["cls"]].update(_named(model, discriminator))
        if not isinstance(discriminator, str | list):
            for first, second in combinations(members, 2):
                search.tell_apart(first, second)
    return search.always


class _Search:
    """One search for the fields that tell types apart; each pair of types is compared once."""

    def __init__(self, definitions: Mapping[str, Node]) -> None:
        self.always: dict[type, set[str]] = defaultdict(set)
        self._definitions = definitions
        self._pairs: set[tuple[int, int]] = set()

    def tell_apart(self, first: Node, second: Node) -> None:
        """Note the fields of models without which a value of one type could be read as another."""
        for pair in product(_members(first, self._definitions), _members(second, self._definitions)):
            # By identity: nodes are dictionaries, and the schema keeps them alive.
            ids = id(pair[0]), id(pair[1])
            if ids not in self._pairs:
                self._pairs.add(ids)
                self._compare(*pair)

    def _compare(self, first: Node, second: Node) -> None:
        if first["type"] in _OBJECTS and second["type"] in _OBJECTS:
            self._compare_objects(first, second)
            return
        items = _items(first)
        other_items = _items(second)
        pairs: Iterable[tuple[Node, Node]] = product(items, other_items)
        if first["type"] == second["type"] in _PLACES and len(items) == len(other_items):
            pairs = zip(items, other_items, strict=True)
        for pair in pairs:
            self.tell_apart(*pair)

    def _compare_objects(self, first: Node, second: Node) -> None:
        if "cls" in first and first["cls"] is second.get("cls"):
            return  # one class in two places: it does not matter which of them is read
        fields = _by_name_in_json(first)
        other_fields = _by_name_in_json(second)
        tags = _tags(self._literals(fields), self._literals(other_fields))
        if tags:
            self._note(first, tags)
            self._note(second, tags)
            return
        if _required(fields) - other_fields.keys() and _required(other_fields) - fields.keys():
            # Each has a required field that the other lacks, and required fields are always sent.
            return
        self._note(first, fields)
        self._note(second, other_fields)
        for name in fields.keys() & other_fields.keys():
            self.tell_apart(fields[name]["schema"], other_fields[name]["schema"])

    def _literals(self, fields: Mapping[str, Node]) -> dict[str, set[object]]:
        """Return the values of those fields that are Literals."""
        literals: dict[str, set[object]] = {}
        for name, field in fields.items():
            inner = unwrapped(field["schema"], self._definitions, _AROUND)
            if inner["type"] == "literal":
                literals[name] = set(inner["expected"])
        return literals

    def _note(self, member: Node, names: Collection[str]) -> None:
        if member["type"] == "model":
            for name, field in fields_in(member).items():
                if _name_in_json(name, field) in names:
                    self.always[member["cls"]].add(name)


def _tags(literals: Mapping[str, set[object]], other_literals: Mapping[str, set[object]]) -> list[str]:
    """Return the Literals that both objects have, with no value in common."""
    shared_names = [name for name in literals if name in other_literals]
    return [name for name in shared_names if literals[name].isdisjoint(other_literals[name])]


def _unions(schema: Node) -> Iterator[Node]:
    pending = [schema]
    while pending:  # a schema is a tree: references are not followed
        node = pending.pop()
        if node["type"] in _UNIONS:
            yield node
        pending.extend(children(node))


def _members(schema: Node, definitions: Mapping[str, Node]) -> Iterator[Node]:
    """Yield the members of a union, and of unions and root models in it; any other type itself."""
    pending = [schema]
    # A root model may contain itself, so each is entered once.
    roots: set[type] = set()
    while pending:
        member = unwrapped(pending.pop(), definitions, _AROUND)
        if member["type"] in _UNIONS:
            pending += reversed(choices_of(member))
        elif not member.get("root_model"):
            yield member
        elif member["cls"] not in roots:
            roots.add(member["cls"])
            pending.append(member["schema"])


def _items(node: Node) -> list[Node]:
    """Return the types of what a collection holds; of a mapping those of its values."""
    if "values_schema" in node:
        return [node["values_schema"]]
    if node["type"] in _OBJECTS:
        return list(map(itemgetter("schema"), fields_in(node).values()))
    return list(children(node))


def fields_in(node: Node) -> Mapping[str, Node]:
    """Return the fields of an object by name."""
    if node["type"] != "typed-dict":
        node = unwrapped(node["schema"], {}, _AROUND)
    fields: list[Node] | Mapping[str, Node] = node.get("fields", {})
    if isinstance(fields, list):  # a dataclass has a list of them, a model a dictionary
        return {field["name"]: field for field in fields}
    return fields


def _by_name_in_json(node: Node) -> dict[str, Node]:
    return {_name_in_json(name, field): field for name, field in fields_in(node).items()}


def _name_in_json(name: str, field: Node) -> str:
    alias: str = field.get("serialization_alias", name)
    return alias


def _constants(model: Node, definitions: Mapping[str, Node]) -> Iterator[str]:
    """Yield the fields that are Literals with a single value."""
    for name, field in fields_in(model).items():
        inner = unwrapped(field["schema"], definitions, _AROUND)
        if inner["type"] == "literal" and len(inner["expected"]) == 1:
            yield name


def _named(model: Node, discriminator: Any) -> Iterator[str]:
    """Yield the fields that a discriminator may read: by name, by alias, or all for a function."""
    if discriminator is None:
        return
    if isinstance(discriminator, str):
        names = {discriminator}
    elif isinstance(discriminator, list):
        names = {path[0] for path in discriminator if isinstance(path, list)} or {str(discriminator[0])}
    else:
        yield from fields_in(model)
        return
    for name, field in fields_in(model).items():
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


def _required(fields: Mapping[str, Node]) -> set[str]:
    return {name for name, field in fields.items() if _is_required(field)}


def _is_required(field: Node) -> bool:
    # The key of a typed dict says it itself, any other field by its default.
    return field["schema"]["type"] != "default" and field.get("required") is not False

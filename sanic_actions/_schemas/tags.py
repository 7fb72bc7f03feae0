"""Read the members of recursive unions by a tag.

Without a discriminator, pydantic tries each member of a union. If two members contain the union
again, each level of an input doubles the work: 540 bytes of a filter of ``And | Or | Is`` took five
seconds. Members that each have a ``Literal`` of their own under one name are therefore told apart
by it, and each part of an input is read once.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from .walk import AROUND, Node, children, choices_of, definitions_of, unwrapped, with_children

_OBJECTS: Final = frozenset({"model-fields", "dataclass-args", "typed-dict"})

_AROUND_AS_SENT: Final = AROUND - {"function-before", "function-wrap"}
"""Schemas around another one that pass on the input as it was sent; functions may change the tag."""


def tagged(schema: Node) -> Node:
    """Return a core schema whose recursive unions have a discriminator if they have a tag.

    A tag is a Literal field that all members have in common.
    """
    # pydantic refers to a class that contains itself by a definition, so there is nothing to do
    # without.
    definitions = definitions_of(schema)
    recursive = _recursive(definitions)
    if recursive:
        return _with_tags(schema, definitions, recursive)
    return schema


def tagged_throughout(schema: Node) -> Node:
    """Return a core schema that reads every union by a tag, if two or more of its members have one.

    It is for the errors of an input that is invalid anyway: a missing tag is an error here even if
    it has a default. Members with a validator that may change the tag are not tagged, since they
    may be valid whatever was sent.
    """
    return _with_tags(schema, definitions_of(schema), None)


def _with_tags(
    schema: Node,
    definitions: Mapping[str, Node],
    recursive: frozenset[str] | None,
) -> Node:
    """Return a core schema with ``_with_tag`` applied to all of its unions."""

    def change(node: Node) -> Node:
        node = with_children(node, change)
        if node["type"] == "union":
            return _with_tag(node, definitions, recursive)
        return node

    return change(schema)


def is_recursive(schema: Node) -> bool:
    """Return whether values can hold values of their own type."""
    return bool(_recursive(definitions_of(schema)))


def _recursive(definitions: Mapping[str, Node]) -> frozenset[str]:
    """Return the references of the definitions that lead back to themselves."""
    references: set[str] = set()
    for reference, node in definitions.items():
        if reference in _references(node, definitions):
            references.add(reference)
    return frozenset(references)


def _references(start: Node, definitions: Mapping[str, Node]) -> set[str]:
    """Return the references that a schema leads to."""
    references: set[str] = set()
    pending = [start]
    while pending:
        node = pending.pop()
        if node["type"] == "definition-ref" and node["schema_ref"] not in references:
            references.add(node["schema_ref"])
            pending.append(definitions[node["schema_ref"]])
        pending.extend(children(node))
    return references


def _with_tag(
    union: Node,
    definitions: Mapping[str, Node],
    recursive: frozenset[str] | None,
) -> Node:
    """Return a union with a tag for its recursive members, or for all if ``recursive`` is None."""
    members = choices_of(union)
    around = AROUND
    if recursive is None:
        around = _AROUND_AS_SENT
    objects = _objects(members, definitions, around)
    # The numbers of the members that need a tag.
    needing = []
    for number in objects:
        if recursive is None or recursive & _references(members[number], definitions):
            needing.append(number)
    if len(needing) < 2:
        return union
    for name in objects[needing[0]]:
        tags = _tags(objects, name, definitions, around)
        if tags.keys() >= set(needing) and _differ(tags.values()):
            tag_fields = [objects[number][name] for number in tags]
            # A tagged union reads the aliases of all members, which a member on its own would not.
            if recursive is not None or _have_one_alias(tag_fields):
                return _tagged_union(union, tags, tag_fields, name)
    return union


def _objects(
    members: Sequence[Node],
    definitions: Mapping[str, Node],
    around: Collection[str],
) -> dict[int, Mapping[str, Node]]:
    """Return the fields of each member that is an object, by its number."""
    objects = {}
    for number, member in enumerate(members):
        fields = _fields(member, definitions, around)
        if fields is not None:
            objects[number] = fields
    return objects


def _have_one_alias(fields: Sequence[Node]) -> bool:
    """Return whether fields have the same alias, or none."""
    first = fields[0].get("validation_alias")
    return all(field.get("validation_alias") == first for field in fields)


def _tags(
    objects: Mapping[int, Mapping[str, Node]], name: str, definitions: Mapping[str, Node], around: Collection[str]
) -> dict[int, Sequence[Hashable]]:
    """Return the values of the Literal of this name in each member that has one."""
    tags = {}
    for number, fields in objects.items():
        values = _literal(fields.get(name), definitions, around)
        if values:
            tags[number] = values
    return tags


def _fields(
    member: Node,
    definitions: Mapping[str, Node],
    around: Collection[str],
) -> Mapping[str, Node] | None:
    """Return the fields of an object by name; None for a member of another kind."""
    inner = unwrapped(member, definitions, around)
    if inner["type"] not in _OBJECTS:
        return None
    fields: list[Node] | Mapping[str, Node] = inner["fields"]
    if isinstance(fields, list):  # of a dataclass
        return {field["name"]: field for field in fields}
    return fields


def _literal(
    field: Node | None,
    definitions: Mapping[str, Node],
    around: Collection[str],
) -> Sequence[Hashable]:
    """Return the values of a field that is a Literal; none for any other."""
    if field is None:
        return ()
    inner = unwrapped(field["schema"], definitions, around)
    values: Sequence[Hashable] = ()
    if inner["type"] == "literal":
        values = inner["expected"]
    return values


def _differ(tags: Any) -> bool:
    values = list(chain.from_iterable(tags))
    return len(set(values)) == len(values)


def _tagged_union(
    union: Node,
    tags: Mapping[int, Sequence[Hashable]],
    fields: Sequence[Node],
    name: str,
) -> Node:
    """Return the union with one tagged union in place of the members that have a tag."""
    choices = {}
    rest = []
    for number, member in enumerate(choices_of(union)):
        if number in tags:
            choices.update(dict.fromkeys(tags[number], member))
        else:
            rest.append(member)
    by_tag = {"type": "tagged-union", "choices": choices, "discriminator": _discriminator(fields, name)}
    if rest:
        return {**union, "choices": [by_tag, *rest]}
    return {**union, **by_tag}


def _discriminator(fields: Sequence[Node], name: str) -> str | list[list[str]]:
    """Return the discriminator: the name of the field, or all of its aliases and its name."""
    names = list(dict.fromkeys([*_aliases(fields), name]))
    if len(names) == 1:
        return name
    return [[alias] for alias in names]


def _aliases(fields: Sequence[Node]) -> Iterator[str]:
    for field in fields:
        alias = field.get("validation_alias")
        if isinstance(alias, str):
            yield alias
        elif alias:
            # One path or several alternatives; a path of more than one step cannot hold the tag.
            if isinstance(alias[0], list):
                paths = alias
            else:
                paths = [alias]
            for path in paths:
                if len(path) == 1:
                    yield path[0]

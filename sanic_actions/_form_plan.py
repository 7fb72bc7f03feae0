"""How the controls of a form become the JSON of an input: compiled from the schema that validation follows.

The law of this file: the declared type alone decides what controls mean. Members are compiled when they are first
needed, so recursive types end.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Any, Final

from ._files import UploadedFile
from ._form_leaves import ABSENT, FILE, Leaf, Node, Place, Reading, Schema, complain_of_shape, leaf
from ._form_names import Sent, control_text, under

MAX_INDEX: Final = 999
"""The largest index of a list item."""


class _Group:
    """What containers have in common: an empty control says nothing, and nothing sent is not a value."""

    blank: Any = ABSENT
    fills: bool = False

    def __init__(self, compiler: Compiler, schema: Schema) -> None:
        self._compiler = compiler
        self._schema = schema

    def _no_group(self, sent: Sent, path: str, reading: Reading) -> Any:
        """For values where fields below are expected."""
        if not sent.inside and all(value == "" for value in sent.values):
            return ABSENT
        return complain_of_shape(sent, path, reading, f"A group of fields is expected, named like '{path}.name'")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object."""

    name: str
    key: str
    """The key in JSON: the alias, which validation looks for first, or the name."""
    aliases: tuple[str, ...]
    place: Place


class Fields(_Group):
    """A model, a dataclass, a typed dict."""

    def __init__(self, compiler: Compiler, schema: Schema, extra: str) -> None:
        super().__init__(compiler, schema)
        self._extra = extra

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        fields = self._schema["fields"]
        named = fields.items() if isinstance(fields, dict) else ((spec["name"], spec) for spec in fields)
        return tuple(self._field(name, spec) for name, spec in named if spec.get("init", True))

    @cached_property
    def names(self) -> dict[str, Field]:
        """Every accepted name; an alias goes before the name of another field, as in validation."""
        declared = {known.name: known for known in self.fields}
        return declared | {alias: known for known in self.fields for alias in known.aliases}

    @cached_property
    def extras(self) -> Place | None:
        schema = self._schema.get("extras_schema")
        return None if schema is None else self._compiler.place(schema)

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.values:
            return self._no_group(sent, path, reading)
        data: dict[str, Any] = {}
        for name, child in sent.inside.items():
            known = self.names.get(name)
            if known is None:
                self._unknown(name, child, data, path, reading)
            elif known.key in data:
                reading.complain(under(path, known.name), "It is given under two names", "repeated")
            elif (value := known.place.read(child, under(path, known.name), reading)) is not ABSENT:
                data[known.key] = value
        self.complete(data, path, reading)
        return data

    def complete(self, data: dict[str, Any], path: str, reading: Reading) -> None:
        """Add what the fields that were not sent stand for."""
        for known in self.fields:
            if known.place.optional or known.key in data:
                continue
            here = under(path, known.name)
            value = ABSENT if here in reading.covered else known.place.fill(here, reading)
            if value is not ABSENT:
                data[known.key] = value

    def absent(self, path: str, reading: Reading) -> Any:
        if self in reading.filling:
            return ABSENT
        reading.filling.add(self)
        try:
            return self.read(Sent(), path, reading)
        finally:
            reading.filling.discard(self)

    empty = absent

    def misfit(self, sent: Sent) -> int:
        """How badly what was sent fits; zero for what could be this object."""
        given = {known: child for name, child in sent.inside.items() if (known := self.names.get(name))}
        unknown = 0 if self._extra == "allow" else len(sent.inside) - len(given)
        missing = sum(known.place.needed for known in self.fields if known not in given)
        return unknown + missing + 100 * sum(_is_other(known.place.node, child) for known, child in given.items())

    def _field(self, name: str, spec: Mapping[str, Any]) -> Field:
        aliases = _aliases(spec.get("validation_alias"))
        lacking = spec["type"] == "typed-dict-field" and not spec.get("required", self._schema.get("total", True))
        place = self._compiler.place(spec["schema"])
        return Field(name, (aliases or (name,))[0], aliases, place._replace(optional=place.optional or lacking))

    def _unknown(self, name: str, child: Sent, data: dict[str, Any], path: str, reading: Reading) -> None:
        if self._extra == "forbid":
            data[name] = ""  # validation complains of it
        elif self._extra == "allow" and (self.extras is None or isinstance(self.extras.node, Leaf)):
            data.update(_texts(name, child, path, reading))
        elif self._extra == "allow" and self.extras is not None:
            value = self.extras.read(child, under(path, name), reading)
            data |= {} if value is ABSENT else {name: value}


def _aliases(alias: str | list[Any] | None) -> tuple[str, ...]:
    """The plain names among a field's aliases; paths into other fields are no names of a control."""
    if alias is None or isinstance(alias, str):
        return () if alias is None else (alias,)
    paths = alias if isinstance(alias[0], list) else [alias]
    return tuple(path[0] for path in paths if len(path) == 1)


def _is_other(node: Node, sent: Sent) -> bool:
    """Whether a field of fixed values was sent with another value, as in another member of a union."""
    return isinstance(node, Leaf) and bool(node.table) and not any(value in node.table for value in sent.values)


def _texts(name: str, sent: Sent, path: str, reading: Reading) -> Iterator[tuple[str, Any]]:
    """What was sent under a name that the model does not know but takes: texts, under their full names."""
    texts = [value for value in sent.values if isinstance(value, str)]
    if len(texts) < len(sent.values):
        reading.complain(under(path, name), "A text is expected, not a file", "text_expected")
    if texts:
        yield name, texts[0] if len(texts) == 1 else texts
    for step, child in sent.inside.items():
        yield from _texts(f"{name}.{step}", child, path, reading)


class Items(_Group):
    """A list, a set, a tuple: fixed positions first, then any number of one type."""

    @cached_property
    def first(self) -> tuple[Place, ...]:
        if self._schema["type"] == "named-tuple":
            return tuple(self._compiler.place(spec["schema"]) for spec in self._schema["fields"])
        items = self._schema.get("items_schema")
        fixed = items[: self._schema.get("variadic_item_index", len(items))] if isinstance(items, list) else ()
        return tuple(map(self._compiler.place, fixed))

    @cached_property
    def rest(self) -> Place:
        items = self._schema.get("items_schema")
        if isinstance(items, list):
            items = items[self._schema["variadic_item_index"]] if "variadic_item_index" in self._schema else None
        return self._compiler.place(items or {"type": "any"})

    @cached_property
    def fills(self) -> bool:  # type: ignore[override]  # known late, as all members are
        return not self.first

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        numbered, more = dict(sent.inside), sent.inside.get("", _NOTHING)
        numbered.pop("", None)
        listed = [*sent.values, *more.values]
        if more.inside:
            return reading.complain(path, f"Number the items: '{path}.0', '{path}.1' and so on", "index_missing")
        if listed and numbered:
            return complain_of_shape(sent, path, reading, "Its items are given both with and without numbers")
        if listed == [""] and self._says_nothing():
            return ABSENT
        if listed:
            return self._collect({index: Sent(value) for index, value in enumerate(listed)}, path, reading)
        return self._numbered(numbered, path, reading)

    def absent(self, path: str, reading: Reading) -> Any:
        return [] if self.fills else ABSENT

    def empty(self, path: str, reading: Reading) -> Any:
        return []

    def _place(self, index: int) -> Place:
        return self.first[index] if index < len(self.first) else self.rest

    def _says_nothing(self) -> bool:
        """Whether one empty control stands for no items, rather than for one that is empty."""
        place = self._place(0)
        return not place.nullable and place.read(Sent(""), "", Reading()) is ABSENT

    def _numbered(self, numbered: Mapping[str, Sent], path: str, reading: Reading) -> Any:
        if wrong := next((key for key in numbered if not _is_index(key)), None):
            message = f"{wrong[:20]!r} is no number of an item; they go from 0 to {MAX_INDEX}"
            return reading.complain(path, message, "index")
        return self._collect({int(key): sent for key, sent in numbered.items()}, path, reading)

    def _collect(self, items: Mapping[int, Sent], path: str, reading: Reading) -> Any:
        """The items in the order of their numbers, which may have gaps: pages add and remove rows."""
        indexes = sorted({*items, *range(len(self.first))})
        values = [(index, self._item(index, items.get(index), path, reading)) for index in indexes]
        kept = [index for index, value in values if value is not ABSENT]
        if kept and kept[-1] >= len(kept):
            reading.kept[path] = kept
        return [value for _, value in values if value is not ABSENT]

    def _item(self, index: int, sent: Sent | None, path: str, reading: Reading) -> Any:
        place, here = self._place(index), under(path, index)
        value = ABSENT if sent is None else place.read(sent, here, reading)
        if value is ABSENT:
            value = place.fill(here, reading)
        if value is ABSENT and not place.optional:
            # Without it the positions of a tuple shift, and validation would complain of the wrong ones.
            return reading.complain(here, "Field required", "missing", covers=path if self.first else here)
        return value


_NOTHING: Final = Sent()


def _is_index(key: str) -> bool:
    return len(key) <= 3 and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and int(key) <= MAX_INDEX


class Entries(_Group):
    """A mapping: any keys, values of one type."""

    fills = True

    @cached_property
    def value(self) -> Place:
        return self._compiler.place(self._schema.get("values_schema") or {"type": "any"})

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.values:
            return self._no_group(sent, path, reading)
        return {key: self._entry(child, under(path, key), reading) for key, child in sent.inside.items()}

    def absent(self, path: str, reading: Reading) -> Any:
        return {}

    empty = absent

    def misfit(self, sent: Sent) -> int:
        return 1  # an object that fits exactly goes first

    def _entry(self, sent: Sent, path: str, reading: Reading) -> Any:
        value = self.value.read(sent, path, reading)
        if value is ABSENT and self.value.nullable:
            return None
        return reading.complain(path, "Field required", "missing") if value is ABSENT else value


class Choice(_Group):
    """A union with objects or lists in it: what was sent shows which member is meant."""

    def __init__(self, members: list[Node]) -> None:
        flat = [inner for node in members for inner in (node.members if isinstance(node, Choice) else [node])]
        self.members = flat
        self._items = next((node for node in flat if isinstance(node, Items)), None)
        self._objects = [node for node in flat if isinstance(node, Fields | Entries | Tagged)]
        leaves = [node for node in flat if isinstance(node, Leaf)]
        self._leaf = reduce(or_, leaves) if leaves else None

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        return self._meant(sent).read(sent, path, reading)

    def absent(self, path: str, reading: Reading) -> Any:
        return ABSENT

    def empty(self, path: str, reading: Reading) -> Any:
        group: Node = self._items or min(self._objects, key=lambda node: node.misfit(Sent()))
        return group.empty(path, reading)

    def misfit(self, sent: Sent) -> int:
        return min((node.misfit(sent) for node in self._objects), default=1000)

    def _meant(self, sent: Sent) -> Node:
        numbered = sent.inside and all(key == "" or _is_index(key) for key in sent.inside)
        if self._items and (numbered or not (self._leaf or self._objects) or len(sent.values) > 1):
            return self._items
        if self._leaf and not sent.inside:
            return self._leaf
        return min(self._objects, key=lambda node: node.misfit(sent)) if self._objects else self._items or self._leaf


class Tagged(_Group):
    """A discriminated union: one field says which member is meant."""

    @cached_property
    def choices(self) -> dict[str, Node]:
        return {control_text(_plain(tag)): self._compiler.place(s).node for tag, s in self._schema["choices"].items()}

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The names under which the tag may be sent."""
        return _aliases(self._schema["discriminator"])

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.values:
            return self._no_group(sent, path, reading)
        if chosen := self._chosen(sent):
            return chosen.read(sent, path, reading)
        kind = "union_tag_invalid" if any(tag in sent.inside for tag in self.tags) else "union_tag_not_found"
        message = f"Choose one of: {', '.join(map(repr, self.choices))}"
        return reading.complain(under(path, self.tags[0]), message, kind, covers=path)

    def absent(self, path: str, reading: Reading) -> Any:
        return self.read(Sent(), path, reading)

    empty = absent

    def misfit(self, sent: Sent) -> int:
        return 0 if self._chosen(sent) else 1000

    def _chosen(self, sent: Sent) -> Node | None:
        values = [value for tag in self.tags if tag in sent.inside for value in sent.inside[tag].values]
        return self.choices.get(values[0]) if values and isinstance(values[0], str) else None


def _plain(tag: Any) -> Any:
    return tag.value if isinstance(tag, enum.Enum) else tag


class Compiler:
    """Makes nodes of the schemas of one input, one of each."""

    def __init__(self) -> None:
        self._definitions: dict[str, Schema] = {}
        self._nodes: dict[int, Node] = {}

    def place(self, schema: Schema) -> Place:
        """The place that a schema describes."""
        nullable = optional = False
        while (inner := self._inside(schema)) is not None:
            nullable |= schema["type"] == "nullable"
            optional |= schema["type"] == "default"
            schema = inner
        if schema["type"] == "union":
            return self._union(schema, nullable, optional)
        nullable |= schema["type"] == "none" or None in schema.get("expected", ())
        return Place(self._node(schema), nullable, optional)

    def _inside(self, schema: Schema) -> Schema | None:
        """The schema in a wrapper that makes no difference to what is sent; None for any other."""
        kind = schema["type"]
        if kind == "definitions":
            self._definitions.update({made["ref"]: made for made in schema["definitions"]})
        if kind == "definition-ref":
            return self._definitions[schema["schema_ref"]]
        if kind == "chain":
            first: Schema = schema["steps"][0]
            return first
        if _is_file(schema) or (kind == "model" and not schema.get("root_model")):
            return None
        declared = schema.get("json_schema_input_schema")
        if declared is not None and declared["type"] != "any":
            return declared  # type: ignore[no-any-return]  # a schema holds schemas
        return schema.get(_WRAPPERS.get(kind, ""))

    def _node(self, schema: Schema) -> Node:
        made = self._nodes.get(id(schema))
        if made is None:
            made = self._nodes[id(schema)] = self._make(schema)
        return made

    def _make(self, schema: Schema) -> Node:
        kind = schema["type"]
        if _is_file(schema):
            return FILE
        if kind in ("model", "dataclass", "typed-dict"):
            return self._object(schema)
        if kind == "tagged-union":
            named = not callable(schema["discriminator"]) and _aliases(schema["discriminator"])
            return Tagged(self, schema) if named else Choice([self.place(s).node for s in schema["choices"].values()])
        if kind in _ITEMS:
            return Items(self, schema)
        return Entries(self, schema) if kind == "dict" else leaf(schema)

    def _object(self, schema: Schema) -> Node:
        extra = schema.get("config", {}).get("extra_fields_behavior", "ignore")
        while "fields" not in schema or schema["type"] == "dataclass":
            inner = schema["schema"] if schema["type"] in ("model", "dataclass") else self._inside(schema)
            if inner is None:
                return leaf(schema)
            schema = inner
        return Fields(self, schema, schema.get("extra_behavior") or extra)

    def _union(self, schema: Schema, nullable: bool, optional: bool) -> Place:
        """A union: members that only stand for None aside, one leaf if it has only leaves."""
        choices = [choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"]]
        places = [self.place(choice) for choice in choices]
        nullable |= any(place.nullable for place in places)
        nodes = [place.node for place, choice in zip(places, choices, strict=True) if choice["type"] != "none"]
        leaves = [node for node in nodes if isinstance(node, Leaf)]
        node: Node = reduce(or_, leaves) if len(leaves) == len(nodes) else Choice(nodes)
        return Place(node, nullable, optional)


def _is_file(schema: Schema) -> bool:
    return schema["type"] == "json-or-python" and schema["python_schema"].get("cls") is UploadedFile


_ITEMS: Final = frozenset({"list", "set", "frozenset", "deque", "tuple", "named-tuple", "generator"})

_WRAPPERS: Final = {
    **dict.fromkeys(("definitions", "nullable", "default", "model", "custom-error"), "schema"),
    **dict.fromkeys(("function-before", "function-after", "function-wrap"), "schema"),
    "json-or-python": "json_schema",
    "lax-or-strict": "lax_schema",
}

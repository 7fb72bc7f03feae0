"""What controls mean to types with members: objects, lists, mappings.

The law of this file: every member is read by its own type, and a complaint is on the path that was sent. Members are
compiled when they are first needed, so recursive types end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from .._messages import REQUIRED
from .leaves import ABSENT, Leaf, Node, Place, Reading, Schema, complain_of_shape
from .names import MAX_INDEX, Sent, is_index, under

PlaceOf = Callable[[Schema], Place]
"""Compiles the place of a member."""


class Group:
    """What containers have in common: an empty control says nothing, and nothing sent is not a value."""

    @property
    def blank(self) -> Any:
        return ABSENT

    @property
    def fills(self) -> bool:
        return False

    def __init__(self, place_of: PlaceOf, schema: Schema) -> None:
        self._place_of = place_of
        self._schema = schema

    def no_group(self, sent: Sent, path: str, reading: Reading) -> Any:
        """For values where fields below are expected."""
        if not sent.inside and sent.blank:
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


class Fields(Group):
    """A model, a dataclass, a typed dict."""

    def __init__(self, place_of: PlaceOf, schema: Schema, extra: str) -> None:
        super().__init__(place_of, schema)
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
        return None if schema is None else self._place_of(schema)

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.values:
            return self.no_group(sent, path, reading)
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
        aliases = plain_aliases(spec.get("validation_alias"))
        lacking = spec["type"] == "typed-dict-field" and not spec.get("required", self._schema.get("total", True))
        place = self._place_of(spec["schema"])
        return Field(name, (aliases or (name,))[0], aliases, place._replace(optional=place.optional or lacking))

    def _unknown(self, name: str, child: Sent, data: dict[str, Any], path: str, reading: Reading) -> None:
        if self._extra == "forbid":
            data[name] = ""  # validation complains of it
        elif self._extra == "allow" and (self.extras is None or isinstance(self.extras.node, Leaf)):
            data.update(_texts(name, child, path, reading))
        elif self._extra == "allow" and self.extras is not None:
            value = self.extras.read(child, under(path, name), reading)
            data |= {} if value is ABSENT else {name: value}


def plain_aliases(alias: str | list[Any] | None) -> tuple[str, ...]:
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


class Items(Group):
    """A list, a set, a tuple: fixed positions first, then any number of one type."""

    @cached_property
    def first(self) -> tuple[Place, ...]:
        if self._schema["type"] == "named-tuple":
            return tuple(self._place_of(spec["schema"]) for spec in self._schema["fields"])
        items = self._schema.get("items_schema")
        fixed = items[: self._schema.get("variadic_item_index", len(items))] if isinstance(items, list) else ()
        return tuple(map(self._place_of, fixed))

    @cached_property
    def rest(self) -> Place:
        items = self._schema.get("items_schema")
        if isinstance(items, list):
            items = items[self._schema["variadic_item_index"]] if "variadic_item_index" in self._schema else None
        return self._place_of(items or {"type": "any"})

    @property
    def fills(self) -> bool:
        return not self.first

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        numbered, more = dict(sent.inside), sent.inside.get("", _NOTHING)
        numbered.pop("", None)
        listed = [*sent.values, *more.values]
        if more.inside:
            return reading.complain(path, f"Number the items: '{path}.0', '{path}.1' and so on", "index_missing")
        if listed and numbered:
            return complain_of_shape(sent, path, reading, "Its items are given both with and without numbers")
        if listed == [""]:
            return self._of_empty_control(path, reading)
        if listed:
            return self._collect({index: Sent(value) for index, value in enumerate(listed)}, path, reading)
        return self._numbered(numbered, path, reading)

    def absent(self, path: str, reading: Reading) -> Any:
        return [] if self.fills else ABSENT

    def empty(self, path: str, reading: Reading) -> Any:
        return []

    def _place(self, index: int) -> Place:
        return self.first[index] if index < len(self.first) else self.rest

    def _of_empty_control(self, path: str, reading: Reading) -> Any:
        """Read one empty control: it stands for no items, or for one that is empty."""
        if self in reading.opened:
            return ABSENT
        reading.opened.add(self)
        try:
            return ABSENT if self._says_nothing(reading) else self._collect({0: Sent("")}, path, reading)
        finally:
            reading.opened.discard(self)

    def _says_nothing(self, reading: Reading) -> bool:
        place, attempt = self._place(0), Reading()
        attempt.opened = reading.opened
        return not place.nullable and place.read(Sent(""), "", attempt) is ABSENT

    def _numbered(self, numbered: Mapping[str, Sent], path: str, reading: Reading) -> Any:
        if wrong := next((key for key in numbered if not is_index(key)), None):
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
            return reading.complain(here, REQUIRED, "missing", covers=path if self.first else here)
        return value


_NOTHING: Final = Sent()


class Entries(Group):
    """A mapping: any keys, values of one type."""

    @property
    def fills(self) -> bool:
        return True

    @cached_property
    def value(self) -> Place:
        return self._place_of(self._schema.get("values_schema") or {"type": "any"})

    def read(self, sent: Sent, path: str, reading: Reading) -> Any:
        if sent.values:
            return self.no_group(sent, path, reading)
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
        return reading.complain(path, REQUIRED, "missing") if value is ABSENT else value

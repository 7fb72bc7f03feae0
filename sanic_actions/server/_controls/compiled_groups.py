"""Nodes of several named values: an object's fields, a tuple's positions, a mapping's keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..._forms.markers import ABSENT, NULL, Marker
from ..._forms.names import control_under
from ..._types.annotations import class_of
from ..._types.containers import items_of
from .compiled_node import CompiledNode, FormParts
from .field_types import FieldType, in_words, unwrap
from .place import MARK, Place, item_place
from .prefill import tree_of
from .templates import Template


class GroupNode(CompiledNode):
    """Several controls under a legend."""

    @cached_property
    def template(self) -> Template:
        return self.form.template(self.place)

    @property
    def cls(self) -> Any:
        """What ends the controls of a type that holds itself."""
        return class_of(self.place.type.target)[0]

    @cached_property
    def inside(self) -> Place:
        """The same place seen from inside the object."""
        place = self.place
        return replace(place, optional=place.optional or not place.needed, trail=(*place.trail, self.cls))

    @property
    def is_endless(self) -> bool:
        """Whether it would contain itself without end, unless it holds something."""
        return self.cls in self.place.trail

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        """The marks that give its value if nothing in it is filled in."""
        place = self.place
        if place.stated_group_marks is not None:
            return place.stated_group_marks
        if place.is_row:
            return ((ABSENT, place.name),)
        if place.type.nullable:
            return ((NULL, place.name),)
        if place.required:
            return ()
        return ((ABSENT, place.name),)


class ObjectFields(GroupNode):
    """The fields of an object."""

    _fields: tuple[tuple[str, CompiledNode], ...] | None = None

    @property
    def fields(self) -> tuple[tuple[str, CompiledNode], ...]:
        """The fields by their names."""
        if self._fields is not None:
            return self._fields
        fields = self.fields_of(self.place.type.target)
        if self.form.keeps(len(fields)):
            self._fields = fields
        return fields

    def fields_of(self, target: Any, skip: str = "") -> tuple[tuple[str, CompiledNode], ...]:
        """Return the fields of a type by their names."""
        fields = [field for field in self.form.fields_of(target) or () if field.name != skip]
        return tuple((field.name, self.form.compile(self.form.field(self.inside, field))) for field in fields)


class TupleFields(GroupNode):
    """A tuple: one control for each position."""

    def __init__(self, form: FormParts, place: Place, slots: Sequence[Any]) -> None:
        super().__init__(form, place)
        self._slots = slots

    @cached_property
    def fields(self) -> tuple[tuple[str, CompiledNode], ...]:
        names = getattr(self.cls, "_fields", ())
        fields = []
        for number, slot in enumerate(self._slots):
            if names:
                place = self._named_place(number, names[number], unwrap(slot))
            else:
                label = f"{self.place.label} {number + 1}"
                place = item_place(self.inside, str(number), unwrap(slot), label, optional=self.inside.optional)
            fields.append((str(number), self.form.compile(replace(place, is_row=False))))
        return tuple(fields)

    def _named_place(self, number: int, name: str, type_: FieldType) -> Place:
        """Return the place of a field of a named tuple: like that of a model, under its number."""
        defaults = self.cls._field_defaults
        default = None
        if name in defaults:
            default = tree_of(defaults[name])
        label = type_.title or in_words(name)
        place = item_place(self.inside, str(number), type_, label, optional=self.inside.optional)
        return replace(place, type=type_, required=name not in defaults, default=default)


class MappingRows(GroupNode):
    """A mapping: a control for each key that it has; HTML has no control for a key."""

    @cached_property
    def placeholder(self) -> str:
        """The placeholder of a key in the names of ``any_row``."""
        return f"{MARK}{self.place.path.count(MARK)}"

    @cached_property
    def any_row(self) -> CompiledNode:
        """What stands at any key, to carry along what was sent; not shown: keys may be markup."""
        return self.row(self.placeholder)

    def row(self, key: str) -> CompiledNode:
        """Return what stands at a key; it is not kept, since keys may be anything."""
        value = unwrap(items_of(self.place.type.target)[1])
        place = item_place(self.place, key, value, key, optional=False)
        name = control_under(self.place.name, key)
        return self.form.compile(replace(place, name=name, is_row=False, is_entry=True))

"""Nodes of unions of objects, with a choice of the member if fixed values tell them apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..._forms.names import control_under, under
from ..._forms.tree import FormTree
from ..._types.fields import Field, fields_of
from .choices import Choice, choices_of
from .compiled_controls import ChoiceControl
from .compiled_groups import ObjectFields
from .compiled_node import CompiledNode, FormParts
from .field_types import in_words, unwrap
from .place import Place


class UntaggedFields(ObjectFields):
    """A union of objects that no field tells apart, with the fields of the one that fits best."""

    def __init__(self, form: FormParts, place: Place, objects: Sequence[Any], members: Sequence[Any]) -> None:
        super().__init__(form, place)
        self._objects = objects
        self._members = members
        self._nodes: dict[int, ObjectFields] = {}

    def member(self, tree: FormTree | None) -> ObjectFields:
        """Return the member that has most of the names in the tree."""
        names = set() if tree is None else tree.below.keys()
        # Of equals, max() returns the first: a blank form shows the first member.
        number = max(range(len(self._objects)), key=lambda n: len(_by_name(self._objects[n]).keys() & names))
        if number not in self._nodes:
            self._nodes[number] = ObjectFields(self.form, self.place.of_type(self._objects[number]))
        return self._nodes[number]

    @cached_property
    def as_text(self) -> CompiledNode:
        """One control for a single value."""
        return self.form.loose(self.place, self._members)


class TaggedFields(ObjectFields):
    """A discriminated union: a choice of the member, and its fields."""

    def __init__(self, form: FormParts, place: Place, tag: str, objects: Sequence[Any], members: Sequence[Any]) -> None:
        super().__init__(form, place)
        self.tag = tag
        self._members = members
        self._targets: dict[str, Any] = {}
        choices: list[Choice] = []
        for member in objects:
            field = _by_name(member)[tag]
            for choice in choices_of(unwrap(field.annotation, field.info)) or ():
                self._targets[choice.value] = member
                choices.append(choice)
        self._choices = tuple(self._labelled(choices))
        self._of_members: dict[str, tuple[tuple[str, CompiledNode], ...]] = {}

    def _labelled(self, choices: Iterable[Choice]) -> Iterable[Choice]:
        labels = self.place.type.form.get("options") or {}
        for choice in choices:
            yield replace(choice, label=labels.get(choice.value, choice.label))

    @property
    def cls(self) -> Any:
        return tuple(self._targets.values())

    @cached_property
    def inside(self) -> Place:
        place = self.place
        optional = place.optional or not place.needed
        # Without a script another member is chosen by sending the form, so no field may be
        # required.
        return replace(place, optional=optional, is_lenient=True, trail=(*place.trail, self.cls))

    @property
    def first(self) -> str:
        """The tag that is chosen at first, if one is required."""
        return next(iter(self._targets))

    @cached_property
    def selector(self) -> ChoiceControl:
        """The choice of the member."""
        field = _by_name(self._targets[self.first])[self.tag]
        type_ = unwrap(field.annotation, field.info)
        place = replace(
            self.inside,
            path=under(self.place.path, self.tag),
            name=control_under(self.place.name, self.tag),
            label=type_.title or in_words(self.tag),
            type=replace(type_, nullable=False),
            required=True,
            is_nested=True,
            is_row=False,
            marks=(),
        )
        kind = "select"
        if type_.widget == "radio":
            kind = "radio"
        return ChoiceControl(self.form, place, self._choices, kind)

    def member_fields(self, tag: str) -> tuple[tuple[str, CompiledNode], ...]:
        """Return the fields of a tag's member; none for an unknown tag."""
        if tag not in self._targets:
            return ()
        fields = self._of_members.get(tag)
        if fields is None:
            fields = self.fields_of(self._targets[tag], skip=self.tag)
            if self.form.keeps(len(fields)):
                self._of_members[tag] = fields
        return fields

    @property
    def tags(self) -> Iterable[str]:
        """The tags of all members."""
        return self._targets

    @cached_property
    def as_text(self) -> CompiledNode:
        """One control for a single value."""
        return self.form.loose(self.place, self._members)


def tag_of(discriminator: str | None, members: Sequence[Any]) -> str | None:
    """Return the field that tells a union's members apart: the declared one, or any that can."""
    # Of unions inside each other, the declared field tells only the outer ones apart.
    names = [*filter(None, [discriminator]), *_by_name(members[0])]
    return next((name for name in names if _tells_apart(name, members)), None)


def _tells_apart(name: str, members: Sequence[Any]) -> bool:
    """Return whether every member has fixed values in a field, and no two the same one."""
    values: list[str] = []
    for member in members:
        field = _by_name(member).get(name)
        choices = None if field is None else choices_of(unwrap(field.annotation, field.info))
        if not choices:
            return False
        values += [choice.value for choice in choices]
    return len(values) == len(set(values))


def _by_name(annotation: Any) -> dict[str, Field]:
    return {field.name: field for field in fields_of(annotation) or ()}

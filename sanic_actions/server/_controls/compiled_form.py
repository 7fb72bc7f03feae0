"""The compiled form of an action: the part of each control that does not depend on a request.

The rule of this file: only here is it decided which type has which node. A request fills in what
the nodes keep ready.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from types import NoneType
from typing import Any, Final, get_args

from ..._actions import Action
from ..._definition import Definition, Input
from ..._types.annotations import is_union
from ..._types.containers import is_container, is_mapping, items_of, places_of
from .choices import Choice, choices_of
from .compiled_controls import (
    ChoiceControl,
    ConstantControl,
    HiddenNode,
    TextControl,
    choice_node,
    scalar_node,
)
from .compiled_groups import MappingRows, ObjectFields, TupleFields
from .compiled_lists import FilesControl, ListRows, SeveralControl
from .compiled_node import CompiledNode, FormParts
from .compiled_unions import TaggedFields, UntaggedFields, tag_of
from .field_types import unwrap
from .look import Look
from .place import PREFIX, Place
from .row_numbers import Rows


class CompiledForm(FormParts):
    """The form of one action, for one prefix of ids and one look."""

    @cached_property
    def root(self) -> CompiledNode | tuple[CompiledNode, ...]:
        """The fields of the input; one node for an input of another type."""
        place = Place(path="", name="", label="", type=unwrap(self.input.annotation))
        if self.input.fields is None:
            return self.compile(place)
        return tuple(self.compile(self.field(place, field)) for field in self.input.fields)

    def compile(self, place: Place) -> CompiledNode:
        """Return the node of a place."""
        type_ = place.type
        if type_.widget == "hidden":
            return HiddenNode(self, place)
        choices = choices_of(type_)
        if choices is not None:
            return choice_node(self, place, choices)
        if self.fields_of(type_.target) is not None:
            return ObjectFields(self, place)
        if is_union(type_.target):
            return self._union(place)
        return self._container(place) or scalar_node(self, place)

    def _container(self, place: Place) -> CompiledNode | None:
        """Return the node of a type with items; None for any other type."""
        target = place.type.target
        if is_mapping(target):
            return MappingRows(self, place)
        slots = places_of(target)
        if slots is not None:
            return TupleFields(self, place, slots)
        if is_container(target):
            return self._list(place)
        return None

    def _union(self, place: Place) -> CompiledNode:
        members = list(_members_of(place.type.target))
        objects = [member for member in members if self.fields_of(member) is not None]
        if not objects:
            return self.loose(place, members)
        tag = tag_of(place.type.discriminator, objects)
        if tag is None:
            return UntaggedFields(self, place, objects, members)
        return TaggedFields(self, place, tag, objects, members)

    def loose(self, place: Place, members: Sequence[Any]) -> CompiledNode:
        """Return a control that can hold any member of a union of single values."""
        if place.type.is_secret:  # one of its members is, and nothing tells which was sent
            return scalar_node(self, place)
        containers = [member for member in members if is_container(member)]
        if containers:
            node = self.compile(place.of_type(containers[0]))
            mapping = next(filter(is_mapping, containers[1:]), None)
            if mapping is not None and isinstance(node, ListRows):
                node.mapping = place.of_type(mapping)
            return node
        numbers = all(member in (int, float) for member in members)
        return scalar_node(self, place.of_type(float if numbers else str))

    def _list(self, place: Place) -> CompiledNode:
        item = unwrap(items_of(place.type.target)[0])
        if item.is_file:
            return FilesControl(self, place, item)
        choices = None if item.nullable or item.target is bool else choices_of(item)
        if choices is not None:
            return SeveralControl(self, place, item, choices)
        return ListRows(self, place, item)


def offering(node: CompiledNode, choices: tuple[Choice, ...]) -> CompiledNode:
    """Return the control of a place with choices of a request.

    Raises:
        TypeError: It is a place of another kind.
    """
    if isinstance(node, ListRows | SeveralControl):
        return SeveralControl(node.form, node.place, node.item, choices)
    if isinstance(node, TextControl | ChoiceControl | ConstantControl) and not node.place.type.is_file:
        kind = "select"
        if node.place.type.widget in ("radio", "submit"):
            kind = node.place.type.widget
        return ChoiceControl(node.form, node.place, choices, str(kind))
    raise TypeError(f"{node.place.path!r} is not a single value nor a list of them: nothing can be chosen there.")


def compiled_for(action: Action[..., object] | Definition, id: str, look: Look) -> tuple[CompiledForm, Rows]:
    """Return the compiled form of an action, and what replaces the placeholder of its prefix.

    A page may have a form of one action in each of its rows, with an id of its own. These share one
    compiled form, whose ids begin with a placeholder.

    Args:
        action: The action, or its definition.
        id: See ``form_fields``.
        look: The classes of its parts.
    """
    own_prefix: str = getattr(action, "__name__", "form")
    definition = action.definition if isinstance(action, Action) else action
    handler_input = definition.input or NO_INPUT
    if not id:
        return _compiled(handler_input, own_prefix, look), ()
    prefix = re.sub(r"[\s.\[\]]+", "-", id)
    if prefix == own_prefix or not re.fullmatch(r"[\w-]+", prefix):
        return _compiled(handler_input, prefix, look), ()
    return _compiled(handler_input, PREFIX, look), ((PREFIX, prefix),)


# Bounded, although an app has a fixed number of actions: a page may make looks and prefixes for
# each request.
@lru_cache(maxsize=512)
def _compiled(handler_input: Input, prefix: str, look: Look) -> CompiledForm:
    return CompiledForm(handler_input, prefix, look)


NO_INPUT: Final = Input(annotation=NoneType, fields=(), spread=False)


def _members_of(union: Any) -> Iterator[Any]:
    """Yield the members of a union, and of those that stand in it behind a discriminator or an alias."""
    for member in get_args(union):
        target = unwrap(member).target
        if is_union(target):
            yield from _members_of(target)
        else:
            yield target

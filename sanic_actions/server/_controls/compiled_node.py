"""The base of the nodes of a compiled form, and of the form that they are part of.

A node is compiled when it is first needed, so that recursive types end, and a form keeps
``MAX_KEPT`` nodes at most.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from ..._definition import Input
from ..._forms.names import control_under, under
from ..._forms.tree import FormTree
from ..._types.fields import UNKNOWN, Field, fields_of
from .autofill import signs_in
from .choices import Choice
from .field_types import OPTIONS, FieldType, in_words, unwrap
from .known_paths import EACH
from .look import Look
from .place import MARK, Place
from .prefill import tree_of
from .templates import ControlTemplate, Template

MAX_KEPT: Final = 2_000
"""The most nodes of a form that are kept: visitors can make a recursive type need any number."""


class FormParts(ABC):
    """The parts that the nodes of one form share: the prefix of ids, the look, and what is kept.

    Args:
        input: The input of the action.
        prefix: The beginning of the ids of all controls.
        look: The classes of its parts.
    """

    def __init__(self, input: Input, prefix: str, look: Look) -> None:
        self.input = input
        self.field_names = frozenset(field.name for field in input.fields or ())
        self.prefix = prefix
        self.look = look
        self.is_lazy: bool = False
        """Whether any of its labels differs between requests."""
        self.shown_at_first: dict[int, Any] = {}
        """The form with nothing but defaults, by the number of its blank rows."""
        self.pieces: dict[int, Any] = {}
        """Its fields as markup, by the number of its blank rows."""
        self._kept = 0
        self._fields: dict[Any, tuple[Field, ...] | None] = {}
        self._places: dict[int, tuple[Field, FieldType, FormTree | None]] = {}

    @cached_property
    def signs_in(self) -> bool:
        """Whether it asks for a password, and its ``name`` is who signs in."""
        return signs_in(self.input.fields or ())

    def keeps(self, count: int) -> bool:
        """Return whether there is room to keep ``count`` more nodes, and count them."""
        if self._kept + count > MAX_KEPT:
            return False
        self._kept += count
        return True

    def fields_of(self, target: Any) -> tuple[Field, ...] | None:
        """Return an object type's fields, None for others; kept, as each mapping key asks."""
        try:
            return self._fields[target]
        except KeyError:
            fields = fields_of(target)
        except TypeError:  # it has metadata without a hash
            return fields_of(target)
        if len(self._fields) < MAX_KEPT:
            self._fields[target] = fields
        return fields

    def _kept_field(self, field: Field) -> tuple[Field, FieldType, FormTree | None]:
        """Return a field with its type and its default; kept, as each mapping key asks."""
        # By identity, since an annotation may have no hash. The entry holds its field, so that no
        # other gets its number.
        entry = self._places.get(id(field))
        if entry is not None and entry[0] is field:
            return entry
        is_known = not field.required and field.default is not UNKNOWN
        default = tree_of(field.default) if is_known else None
        entry = field, unwrap(field.annotation, field.info), default
        if len(self._places) < MAX_KEPT:
            self._places[id(field)] = entry
        return entry

    def field(self, above: Place, field: Field) -> Place:
        """Return the place of a field of an object."""
        _, type_, default = self._kept_field(field)
        return Place(
            path=under(above.path, field.name),
            name=control_under(above.name, field.name),
            label=type_.title or in_words(field.name),
            type=type_,
            required=field.required,
            default=default,
            optional=above.optional,
            is_nested=bool(above.path),
            is_lenient=above.is_lenient,
            trail=above.trail,
        )

    def id_of(self, place: Place) -> str:
        """Return the id of a control."""
        # Spaces separate ids in aria-describedby; dots and brackets would need escapes in
        # selectors.
        return re.sub(r"[\s.\[\]]+", "-", f"{self.prefix}-{place.name}")

    def template(self, place: Place, attributes: Mapping[str, object] = {}) -> Template:  # only read
        """Return the template of a group."""
        template = Template(
            path=place.path,
            name=place.name,
            id=self.id_of(place),
            label=place.label,
            help=place.type.help,
            tag="fieldset",
            kind="group",
            look=self.look,
        )
        template.attributes = {key: str(value) for key, value in attributes.items()}
        form = self.look.attributes.get(EACH, {}).get("form")
        if form is not None:
            template.attributes["form"] = str(form)
        self.is_lazy |= template.is_lazy
        return template

    def control(
        self,
        place: Place,
        tag: str,
        kind: str,
        attributes: Mapping[str, object],
        choices: tuple[Choice, ...] = (),
        *,
        has_blank: bool = False,
    ) -> ControlTemplate:
        """Return the template of a control."""
        further = {**self.look.attributes.get(EACH, {}), **self.look.attributes.get(starred(place.path), {})}
        overrides = {key: value for key, value in place.type.form.items() if key not in OPTIONS}
        template = ControlTemplate(
            path=place.path,
            name=place.name,
            id=self.id_of(place),
            label=place.label,
            help=place.type.help,
            tag=tag,
            kind=kind,
            look=self.look,
            attributes=attributes,
            overrides={**overrides, **further},
            choices=choices,
            has_blank=has_blank,
        )
        self.is_lazy |= template.is_lazy or not template.has_plain_choices
        return template

    @abstractmethod
    def compile(self, place: Place) -> CompiledNode:
        """Return the node of a place."""

    @abstractmethod
    def loose(self, place: Place, members: Sequence[Any]) -> CompiledNode:
        """Return a control that can hold any member of a union of single values."""


class CompiledNode:
    """One place of a form: a control, a group of controls, or a hidden value."""

    def __init__(self, form: FormParts, place: Place) -> None:
        self.form = form
        self.place = place

    @cached_property
    def is_unshowable(self) -> bool:
        """Whether its value must never be written into a page."""
        return self.place.type.is_secret or self.place.type.is_file

    @cached_property
    def hidden_template(self) -> ControlTemplate:
        """The template of a hidden control in its place."""
        plain = replace(self.place.type, form={}, help="")
        place = replace(self.place, type=plain, label="")
        return self.form.control(place, "input", "hidden", {"id": None, "class": None})

    def template_for(self, kind: str, make: Callable[[], ControlTemplate]) -> ControlTemplate:
        """Return the template of one of the kinds of control that this can be; it is made once."""
        templates: dict[str, ControlTemplate] = self.__dict__.setdefault("templates", {})
        template = templates.get(kind)
        if template is None:
            template = templates[kind] = make()
        return template


def starred(path: str) -> str:
    """Return the path with a star for each number of a row, which names the field in all rows."""
    return re.sub(rf"{MARK}\d+", EACH, path)

"""Nodes of lists: a row for each item, or one control that holds them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..._forms.names import MAX_INDEX, is_index
from ..._forms.tree import FormTree
from ..._types.annotations import class_of
from .blank_marks import line_marks
from .choices import Choice
from .compiled_controls import scalar_node
from .compiled_groups import GroupNode
from .compiled_node import CompiledNode, FormParts
from .field_types import FieldType, takes_blank
from .html_limits import limit_attributes
from .place import LABEL_MARK, MARK, Place, item_place
from .templates import ControlTemplate, Template
from .words import is_plain


class ListRows(GroupNode):
    """A list: a row for each item, and blank ones."""

    def __init__(self, form: FormParts, place: Place, item: FieldType) -> None:
        super().__init__(form, place)
        self.item = item
        # Lists inside lists have placeholders of their own, told apart by their level.
        level = place.path.count(MARK)
        self.placeholder = f"{MARK}{level}"
        self.label_placeholder = f"{LABEL_MARK}{level}"
        self._rows: dict[tuple[bool, bool], CompiledNode] = {}
        self.mapping: Place | None = None
        """The same place for a mapping, if it may hold one too."""

    def as_mapping(self, tree: FormTree | None) -> CompiledNode | None:
        """Return the node for a value with keys; None for one without, or where none may be."""
        if self.mapping is None or tree is None or all(step == "" or is_index(step) for step in tree.below):
            return None
        return self.form.compile(self.mapping)

    @cached_property
    def template(self) -> Template:
        return self.form.template(self.place, {"data-sanic-list": self.place.name})

    @property
    def least(self) -> int:
        """The fewest items it may have."""
        if self.place.needed:
            return int(self.place.type.constraints.get("min_length", 0))
        return 0

    @property
    def most(self) -> int:
        """The most items it may have."""
        return int(self.place.type.constraints.get("max_length", MAX_INDEX + 1))

    @cached_property
    def needs_texts(self) -> bool:
        """Whether its items have to be filled in: a blank one counts as absent in any row."""
        return takes_blank(self.item) and not self.item.nullable

    @cached_property
    def holds_itself(self) -> bool:
        """Whether its items are such lists again, without end."""
        items: list[Any] = []
        node: CompiledNode = self
        while isinstance(node, ListRows):  # each kind of items in the annotation once
            if node.item.target in items:
                return True
            items.append(node.item.target)
            node = node.row(optional=True, may_be_absent=True)
        return False

    @cached_property
    def as_text(self) -> CompiledNode:
        """One control for a text where items are expected."""
        return scalar_node(self.form, self.place.of_type(str))

    def row(self, *, optional: bool, may_be_absent: bool) -> CompiledNode:
        """Return the node of a row.

        Args:
            optional: Whether none of its controls is required.
            may_be_absent: Whether a blank row counts as absent.
        """
        node = self._rows.get((optional, may_be_absent))
        if node is None:
            title = self.item.title or self.place.label
            label = f"{title} {self.label_placeholder}" if is_plain(title) else RowLabel(title, self.label_placeholder)
            place = item_place(self.place, self.placeholder, self.item, label, optional=optional)
            node = self.form.compile(replace(place, is_row=may_be_absent, is_entry=True))
            if self.form.keeps(1):
                self._rows[optional, may_be_absent] = node
        return node


class RowLabel:
    """The label of a row with a lazy title, which is read when the form is shown."""

    __slots__ = ("_placeholder", "_title")

    def __init__(self, title: object, placeholder: str) -> None:
        self._title = title
        self._placeholder = placeholder

    def __str__(self) -> str:
        return f"{self._title} {self._placeholder}".strip()


class SeveralControl(CompiledNode):
    """Some of several values: a select, or check boxes."""

    def __init__(self, form: FormParts, place: Place, item: FieldType, choices: tuple[Choice, ...]) -> None:
        super().__init__(form, place)
        self.item = item
        self.choices = choices
        self.values = [choice.value for choice in choices]
        self.line_marks = line_marks((place.name, value) for value in self.values)
        self.keeps_order = class_of(place.type.target)[0] not in (set, frozenset)

    @cached_property
    def template(self) -> ControlTemplate:
        if self.place.type.widget == "checkbox":
            return self.form.control(self.place, "fieldset", "checkbox", {}, self.choices)
        attributes = {"multiple": True, "required": self.place.is_required and self.place.needs_items}
        return self.form.control(self.place, "select", "select", attributes, self.choices)

    @cached_property
    def as_rows(self) -> CompiledNode:
        """The same as a list of single choices, for values that one control cannot send."""
        return ListRows(self.form, self.place, self.item)

    def shows(self, texts: Sequence[str]) -> bool:
        """Return whether the control can send these values: each once, in the choices' order."""
        if not self.keeps_order or not all(text in self.values for text in texts):
            return True
        # A browser sends what is chosen in the order of the options.
        positions = [self.values.index(text) for text in texts]
        return positions == sorted(set(positions))


class FilesControl(CompiledNode):
    """Several files in one control."""

    def __init__(self, form: FormParts, place: Place, item: FieldType) -> None:
        super().__init__(form, place)
        is_required = place.is_required and place.needs_items
        attributes = {"multiple": True, "required": is_required, **limit_attributes(item, "file")}
        self.template = form.control(place, "input", "file", attributes)

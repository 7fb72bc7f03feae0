"""A place of a form: its name, its label, its type, and the value of a field that is not sent.

Rows have no numbers yet: names, ids and paths hold placeholders, which are filled in for each
request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from typing_extensions import is_typeddict

from ..._forms.markers import ABSENT, Marker
from ..._forms.names import under
from ..._forms.tree import FormTree
from ..._types.annotations import class_of
from .field_types import FieldType

# Rows inside rows have placeholders of their own, so each is followed by its level. They begin with
# noncharacters, which Unicode reserves for internal use, so that no name or label is mistaken for
# one.
MARK: Final = "\ufdd0"
"""The beginning of the placeholder of a row's number in names, ids and paths."""

LABEL_MARK: Final = "\ufdd1"
"""The beginning of the placeholder of a row's position in its label."""

PREFIX: Final = "\ufdd2"
"""The placeholder of the prefix of all ids, for forms of one action that differ in nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of a form, before its node is chosen."""

    path: str
    """With a placeholder for each row on the way, like name and id."""
    name: str
    label: object
    type: FieldType
    required: bool = True
    """Whether the input has no default for it."""
    default: FormTree | None = None
    """The default; None if there is none, or it cannot be known."""
    optional: bool = False
    """Whether it is part of something that may be left blank, a row or an optional group."""
    is_nested: bool = False
    is_row: bool = False
    """Whether it is a row that may be left blank."""
    is_entry: bool = False
    """Whether it is one of the values of a list or a mapping, which lacks it if nothing is sent."""
    marks: tuple[Marker, ...] | None = None
    """The marks that it has in any case; None to derive them from its type."""
    is_lenient: bool = False
    """Whether no control is required, because the visitor may want another member of the union."""
    trail: tuple[Any, ...] = ()
    """The object types around it; several at once around a field of a union's kinds."""

    @property
    def needed(self) -> bool:
        """Whether it has to be filled in."""
        return self.required and not self.optional and not self.type.nullable

    @property
    def is_optional_key(self) -> bool:
        """Whether it is a key that a typed dict may lack: nothing is its default."""
        if self.required or self.default is not None or not self.trail:
            return False
        owner = self.trail[-1]
        owners = owner if isinstance(owner, tuple) else (owner,)
        return any(is_typeddict(class_of(each)[0]) for each in owners)

    @property
    def absent_is_none(self) -> bool:
        """Whether the input has None if nothing is sent, for a nullable type."""
        return (self.required and not self.is_entry) or (self.default is not None and self.default.is_null)

    @property
    def absent_is_empty(self) -> bool:
        """Whether the input has an empty list if nothing is sent, for a list."""
        if self.default is not None and self.default.is_empty:
            return True
        return self.required and not self.type.nullable and not self.is_entry

    @property
    def absent_is_false(self) -> bool:
        """Whether the input has False if nothing is sent, for a bool."""
        if self.is_nested:
            return False  # it may be what makes an object of a group that is otherwise blank
        return self.required or (self.default is not None and self.default.text == "false")

    @property
    def is_required(self) -> bool:
        """Whether the control has the attribute ``required``."""
        return self.needed and not self.is_lenient

    @property
    def needs_items(self) -> bool:
        """Whether an empty list is refused."""
        return bool(self.type.constraints.get("min_length"))

    @property
    def stated_marks(self) -> tuple[Marker, ...] | None:
        """The marks of a blank one, whatever its type; None to derive them from its type."""
        if self.marks is None and self.is_row:
            return ((ABSENT, self.name),)
        return self.marks

    @property
    def stated_group_marks(self) -> tuple[Marker, ...] | None:
        """The same of a blank group or list; the input as a whole is always there, and needs none."""
        if self.marks is None and not self.name:
            return ()
        return self.marks

    def of_type(self, target: Any) -> Place:
        """Return the same place for another type."""
        return replace(self, type=replace(self.type, target=target))


def item_place(above: Place, step: str, item: FieldType, label: object, *, optional: bool) -> Place:
    """Return the place of an item of a list, of a tuple or of a mapping."""
    return Place(
        path=under(above.path, step),
        name=under(above.name, step),
        label=label,
        type=replace(item, nullable=True) if item.target is bool else item,
        optional=optional or above.optional,
        is_nested=True,
        is_row=optional,
        is_lenient=above.is_lenient,
        trail=above.trail,
    )

"""The fields of one class of the server, in the forms in which each kind of class declares them."""

from __future__ import annotations

import dataclasses
from typing import Any, Self, get_args, get_type_hints

from pydantic.fields import FieldInfo

from .._errors import ActionError, error_fields
from .._pydantic import model_fields
from .._types.containers import places_of
from .._types.fields import UNKNOWN, Field
from ._text import plain_str


def root_field(model: Any) -> Field:
    """Return the one field of a root model."""
    info = model.model_fields["root"]
    default = UNKNOWN
    if not info.is_required() and not info.default_factory:
        default = info.default
    annotation = info.rebuild_annotation()
    return Field(name="root", annotation=annotation, required=info.is_required(), default=default, info=info)


def named_tuple_fields(obj: Any) -> tuple[Field, ...]:
    """Return the fields of a named tuple."""
    fields: list[Field] = []
    for name, annotation in zip(obj._fields, places_of(obj) or (), strict=True):
        fields.append(_field(name, annotation, obj._field_defaults.get(name, UNKNOWN)))
    return tuple(fields)


def typed_error_fields(obj: type[ActionError]) -> tuple[Field, ...]:
    """Return the fields of a typed error."""
    hints = get_type_hints(obj, include_extras=True)
    fields: list[Field] = []
    for name in error_fields(obj):
        fields.append(_field(name, hints[name], getattr(obj, name, UNKNOWN)))
    return tuple(fields)


def _field(name: str, annotation: Any, default: object) -> Field:
    return Field(
        name=plain_str(name),
        annotation=annotation,
        required=default is UNKNOWN,
        default=default,
        info=FieldInfo.from_annotation(annotation),
    )


def with_self(field: Field, owner: Any) -> Field:
    """Return a field with ``Self`` where it has its class, which a subclass would change."""
    # pydantic has replaced Self by the class: if the class is not there, Self was not either.
    if isinstance(field.annotation, type) and field.annotation is not owner:
        return field
    if model_fields(owner) is not None:
        annotation = field.info.rebuild_annotation()
    else:
        annotation = get_type_hints(owner, include_extras=True)[field.name]
    if _names_self(annotation):
        return dataclasses.replace(field, annotation=annotation)
    return field


def _names_self(annotation: Any) -> bool:
    if isinstance(annotation, type):
        return False
    return annotation is Self or any(map(_names_self, get_args(annotation)))


@dataclasses.dataclass(frozen=True, slots=True)
class Computed:
    """A computed field of a model: the server writes it, nobody sends it."""

    name: str
    alias: str
    """Its name in JSON."""
    annotation: Any
    doc: str | None


def computed_field(name: str, info: Any) -> Computed:
    """Return a computed field, from what pydantic keeps of it."""
    return Computed(plain_str(name), plain_str(info.alias or name), info.return_type, info.description)

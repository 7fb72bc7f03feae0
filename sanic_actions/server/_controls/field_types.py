"""A declared type as a form sees it: kind of control, label, help and constraints."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import pydantic
from pydantic import RootModel
from pydantic.fields import FieldInfo

from ..._files import UploadedFile
from ..._types.annotations import bare, behind_alias, class_of, is_union, union_of
from ..._types.scalars import nearest_scalar
from ..._types.unions import members_of

LONG: Final = 200
"""A text that may be longer than this gets a text area."""

FORM: Final = "form"
"""The key of a field's ``json_schema_extra``: ``widget``, ``options``, attributes."""

OPTIONS: Final = frozenset({"widget", "options", "label", "help"})
"""The keys of that description that are not attributes of the control."""


@dataclass(slots=True)
class FieldType:
    """A type without its wrappers, and what was read from the wrappers."""

    target: Any
    nullable: bool = False
    title: object = ""
    """A string, or an object that becomes one when it is shown, such as a lazy translation."""
    help: object = ""
    discriminator: str | None = None
    constraints: dict[str, Any] = field(default_factory=dict)
    """By their names: ``ge``, ``max_length``, ``pattern``, ..."""
    metadata: list[object] = field(default_factory=list)
    form: dict[str, Any] = field(default_factory=dict)
    """The field's description of its control."""

    @property
    def widget(self) -> str | None:
        """The kind of control that the field asks for."""
        return self.form.get("widget")

    @property
    def is_secret(self) -> bool:
        """Whether the value must never be written into a page: a secret, or a union with one."""
        return _may_be_secret(self.target)

    @property
    def is_file(self) -> bool:
        """Whether the value is an uploaded file."""
        return is_a(self.target, UploadedFile)


def unwrap(annotation: Any, info: FieldInfo | None = None) -> FieldType:
    """Return the type behind ``Annotated``, aliases, ``X | None`` and root models."""
    type_ = FieldType(annotation)
    if info is not None:
        _read(type_, info)
    # It ends: each step takes off one wrapper, and endless aliases are refused at definition.
    while True:
        inner = _inner(type_)
        if inner is type_.target:
            break
        type_.target = inner
    type_.title = type_.form.get("label", type_.title)
    type_.help = type_.form.get("help", type_.help)
    return type_


def _inner(type_: FieldType) -> Any:
    target = type_.target
    if get_origin(target) is Annotated:
        inner, *metadata = get_args(target)
        for item in metadata:
            _read(type_, item)
        return inner
    if is_union(target):
        members = [member for member in get_args(target) if bare(member) is not NoneType]
        if len(members) < len(get_args(target)):
            type_.nullable = True
            return union_of(members)
        return target
    if get_origin(target) is Literal:
        return _without_none(type_)
    cls = class_of(target)[0]
    if isinstance(cls, type) and issubclass(cls, RootModel):
        return cls.model_fields["root"].rebuild_annotation()
    return behind_alias(target)


def _without_none(type_: FieldType) -> Any:
    """Return the Literal of a type without None, which is a blank choice and no value of it."""
    values = tuple(value for value in get_args(type_.target) if value is not None)
    if not values or len(values) == len(get_args(type_.target)):
        return type_.target
    type_.nullable = True
    return Literal[values]


def _may_be_secret(target: Any) -> bool:
    # Which member a text is of is known only when it is valid, so the whole union counts as secret.
    if is_union(target):
        return any(_may_be_secret(unwrap(member).target) for member in get_args(target))
    return is_a(target, pydantic.SecretStr, pydantic.SecretBytes, pydantic.Secret)


_CONSTRAINTS: Final = (
    *("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern"),
    *("decimal_places", "strip_whitespace"),
)


def _read(type_: FieldType, item: object) -> None:
    """Read one piece of metadata; outer ones are read first, and win."""
    if isinstance(item, FieldInfo):
        type_.title = type_.title or item.title or ""
        type_.help = type_.help or item.description or ""
        extra = item.json_schema_extra
        form = extra.get(FORM) if isinstance(extra, Mapping) else None
        if isinstance(form, Mapping):
            type_.form = {**form, **type_.form}
        for inner in item.metadata:
            _read(type_, inner)
    discriminator = getattr(item, "discriminator", None)
    if isinstance(discriminator, str):
        type_.discriminator = type_.discriminator or discriminator
    for name in _CONSTRAINTS:
        value = getattr(item, name, None)
        if value is not None:
            type_.constraints.setdefault(name, value)
    type_.metadata.append(item)


def is_a(target: Any, *classes: type) -> bool:
    """Return whether a type is one of these classes, a subclass, or a generic form of one."""
    target = get_origin(target) or target
    return isinstance(target, type) and issubclass(target, classes)


def in_words(name: str) -> str:
    """Return a name as a label: ``post_id`` is "Post id", ``IN_PROGRESS`` is "In progress"."""
    words = name.replace("_", " ").strip()
    words = words.lower() if words.isupper() else words
    return words[:1].upper() + words[1:]


TEXTS: Final = frozenset({"text", "email", "url", "tel", "search", "password", "textarea"})
"""The types of controls that hold any text, an empty one included."""


def takes_blank(type_: FieldType) -> bool:
    """Return whether an empty text is a value of the type, whatever control shows it."""
    # An enum of strings does not: its blank choice means that nothing was chosen.
    members = [bare(member) for member in members_of(type_.target)]
    return any(is_a(member, str, bytes) and not is_a(member, enum.Enum) for member in members)


def control_type(type_: FieldType) -> str:
    """Return the type of an input for one value, or ``textarea``; ``text`` for want of a better."""
    if type_.is_secret:
        return "password"
    if type_.is_file:
        return "file"
    target = get_origin(type_.target) or type_.target
    kind = "text"
    if isinstance(target, type):
        kind = _type_of_class(target)
    long = type_.constraints.get("max_length", 0) > LONG
    if kind == "text" and long and is_a(type_.target, str):
        return "textarea"
    return kind


@lru_cache(maxsize=256)
def _type_of_class(cls: type) -> str:
    """Return the control from the table of scalars; an enum has texts, whatever its bases."""
    scalar = nearest_scalar(cls)
    if scalar is None or issubclass(cls, enum.Enum):
        return "text"
    return scalar.control

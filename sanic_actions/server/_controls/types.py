"""What a declared type says to a form: the kind of control, its choices, its words; and the limits, for elsewhere."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import pydantic
from pydantic import RootModel
from pydantic.fields import FieldInfo

from ..._files import UploadedFile
from ..._forms.names import control_text
from ..._types.annotations import behind_alias, class_of, is_union

LONG: Final = 200
"""A text that may be longer than this gets a text area."""

FORM: Final = "form"
"""Where ``json_schema_extra`` of a field holds what its control should be: a ``widget``, ``options``, attributes."""


@dataclass(slots=True)
class Peeled:
    """A type without its wrappers, and what the wrappers said."""

    target: Any
    nullable: bool = False
    title: str = ""
    help: str = ""
    discriminator: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    """The constraints by their names: ``ge``, ``max_length``, ``pattern``, ..."""
    marks: list[object] = field(default_factory=list)
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def secret(self) -> bool:
        """Whether the value must never be written into a page."""
        return is_a(self.target, pydantic.SecretStr, pydantic.SecretBytes, pydantic.Secret)

    @property
    def file(self) -> bool:
        """Whether the value is an uploaded file."""
        return is_a(self.target, UploadedFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value that can be chosen."""

    value: str
    label: str


def peel(annotation: Any, info: FieldInfo | None = None) -> Peeled:
    """Look behind ``Annotated``, aliases, ``X | None`` and root models."""
    peeled = Peeled(annotation)
    if info is not None:
        _read(peeled, info)
    while True:
        inner = _inner(peeled)
        if inner is peeled.target:
            return peeled
        peeled.target = inner


def _inner(peeled: Peeled) -> Any:
    target = peeled.target
    if get_origin(target) is Annotated:
        inner, *metadata = get_args(target)
        for item in metadata:
            _read(peeled, item)
        return inner
    if is_union(target):
        members = [member for member in get_args(target) if member is not NoneType]
        if len(members) < len(get_args(target)):
            peeled.nullable = True
            return Union[tuple(members)]  # noqa: UP007  # made at run time
        return target
    cls = class_of(target)[0]
    if isinstance(cls, type) and issubclass(cls, RootModel):
        return cls.__pydantic_fields__["root"].rebuild_annotation()
    return behind_alias(target)


_FACTS: Final = (
    *("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern"),
    *("decimal_places", "strip_whitespace"),
)


def _read(peeled: Peeled, item: object) -> None:
    """One piece of metadata; what stands further outside has been read before and wins."""
    if isinstance(item, FieldInfo):
        peeled.title = peeled.title or item.title or ""
        peeled.help = peeled.help or item.description or ""
        extra = item.json_schema_extra
        if isinstance(extra, Mapping) and isinstance(given := extra.get(FORM), Mapping):
            peeled.form = {**given, **peeled.form}
        for inner in item.metadata:
            _read(peeled, inner)
    if isinstance(name := getattr(item, "discriminator", None), str):
        peeled.discriminator = peeled.discriminator or name
    for fact in _FACTS:
        if (value := getattr(item, fact, None)) is not None:
            peeled.facts.setdefault(fact, value)
    peeled.marks.append(item)


def is_a(target: Any, *classes: type) -> bool:
    """Whether a type is one of these classes, or made of one."""
    target = get_origin(target) or target
    return isinstance(target, type) and issubclass(target, classes)


# Choices


def choices_of(peeled: Peeled) -> tuple[Choice, ...] | None:
    """The values of an enum or a Literal, with their labels; None for other types."""
    named = peeled.form.get("options")
    labels: Mapping[str, str] = named if isinstance(named, Mapping) else {}
    target = peeled.target
    if is_a(target, enum.Enum) and not is_a(target, enum.Flag):
        found = [(control_text(member.value), _member_label(member)) for member in target]
    elif get_origin(target) is Literal:
        found = [(control_text(value), control_text(value)) for value in _literal_values(target)]
    elif target is bool and (peeled.nullable or peeled.form.get("widget") in ("radio", "select")):
        found = [("true", "Yes"), ("false", "No")]
    else:
        return None
    return tuple(Choice(value=value, label=labels.get(value, label)) for value, label in found)


def _literal_values(target: Any) -> Iterator[object]:
    for value in get_args(target):
        if value is not None:
            yield value.value if isinstance(value, enum.Enum) else value


def _member_label(member: enum.Enum) -> str:
    label = getattr(member, "label", None)
    return label if isinstance(label, str) else in_words(member.name)


def in_words(name: str) -> str:
    """A name as a label: ``post_id`` is "Post id", ``IN_PROGRESS`` is "In progress"."""
    words = name.replace("_", " ").strip()
    words = words.lower() if words.isupper() else words
    return words[:1].upper() + words[1:]


# Types

TEXTS: Final = frozenset({"text", "email", "url", "tel", "search", "password", "textarea"})
"""The types of controls that hold any text, an empty one included."""


def control_type(peeled: Peeled) -> str:
    """The type of control for one value: an input's type, ``textarea``, or ``text`` where HTML has nothing better."""
    if peeled.secret:
        return "password"
    if peeled.file:
        return "file"
    target = get_origin(peeled.target) or peeled.target
    found = _type_of_class(target) if isinstance(target, type) else "text"
    long = peeled.facts.get("max_length", 0) > LONG
    return "textarea" if found == "text" and long and is_a(peeled.target, str) else found


@lru_cache(maxsize=256)
def _type_of_class(cls: type) -> str:
    return next((kind for classes, kind in _TYPES if issubclass(cls, classes)), "text")


_TYPES: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((bool,), "checkbox"),
    ((enum.Enum,), "text"),
    ((int, float, Decimal), "number"),
    ((pydantic.AwareDatetime,), "text"),  # a date and time with a zone, which datetime-local has no place for
    ((datetime.datetime, pydantic.NaiveDatetime, pydantic.PastDatetime, pydantic.FutureDatetime), "datetime-local"),
    ((datetime.date, pydantic.PastDate, pydantic.FutureDate), "date"),
    ((datetime.time,), "time"),
    ((pydantic.EmailStr,), "email"),
    ((pydantic.AnyUrl,), "url"),
)

"""Which types survive the wire: a value must come back equal and of the same Python type, or the type is refused.

``_refusals`` says why for each kind of type; ``_unions`` holds the rule for unions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin

import pydantic
from pydantic import BaseModel, Discriminator, RootModel
from pydantic.fields import FieldInfo

from .._results import Redirect
from .annotations import UNIONS, bare, behind_alias, class_of, is_union
from .configuration import config_refusals
from .containers import ARRAYS, MAPPINGS, is_container, is_mapping, is_named_tuple, items_of
from .defaults import default_refusal
from .fields import UNKNOWN, Field, computed_types, fields_of
from .hints import undefined
from .plain_types import is_plain_type
from .recursion import untagged_pair
from .refusals import (
    UNDECLARED_FORM,
    class_refusals,
    field_refusals,
    finite_refusals,
    key_refusal,
    mark_refusal,
    name_of,
    type_refusal,
)
from .scalars import members_of_finite
from .serializers import UNDECLARED, written_class, written_mark, written_type
from .unions import first_clash, may_be_null
from .widgets import widget_refusal


class Fault(NamedTuple):
    """Something about a type that could not travel unchanged."""

    path: str
    """Where, as a field path below the type."""
    reason: str
    remedy: str
    owner: Any = None
    """The class that it is a mistake of, whoever uses it; None for one of the handler's own annotations."""
    field: str = ""
    """The field of that class; empty for the class as a whole."""


class Survey(NamedTuple):
    """What is to be known of a type that travels."""

    faults: list[Fault]
    one_way: Mapping[Any, str]
    """Classes that are written otherwise than they are read, each with what does it."""


def faults(annotation: Any, *, is_input: bool) -> list[Fault]:
    """Return everything about a type that could not travel unchanged; nothing for a type that can."""
    return survey(annotation, is_input=is_input).faults


def survey(annotation: Any, *, is_input: bool) -> Survey:
    """Return what is wrong with a type, and which classes in it travel one way only."""
    if is_plain_type(annotation):
        return Survey([], {})
    walk = _TypeWalk(is_input=is_input)
    step = walk.visit if is_input else walk.outcome
    return Survey(list(step(annotation)), walk.one_way)


class _TypeWalk:
    """One walk over a type; each class is entered once, so recursive types end."""

    def __init__(self, *, is_input: bool) -> None:
        self.is_input = is_input
        self.seen: set[Any] = set()
        self.one_way: dict[Any, str] = {}

    def outcome(self, output: Any) -> Iterator[Fault]:
        """Yield the faults of an output: a redirect can stand here, alone or in the union of outcomes, only."""
        members: tuple[Any, ...] = (output,)
        if not isinstance(output, type) and is_union(bare(output)):
            members = get_args(bare(output))
        if not any(map(_is_redirect, members)):
            yield from self.visit(output)
            return
        for member in members:
            outcomes = get_args(member) if _is_redirect(member) else (member,)
            for outcome in outcomes:
                yield from self.visit(outcome)
        yield from self._clash(output, "")

    def visit(self, annotation: Any, path: str = "", owner: Any = None) -> Iterator[Fault]:
        """Yield the faults of a type; ``owner`` is the class whose field it is, None for parameters and bare values."""
        # The frequent kinds come first: this walk over every action is a part of each start of the app.
        if is_plain_type(annotation):
            return
        origin = get_origin(annotation)
        if origin in UNIONS:
            yield from self._union(annotation, path, owner)
        elif origin in ARRAYS or origin in MAPPINGS:
            yield from self._items(annotation, path, owner)
        elif origin is Annotated:
            yield from self._annotated(annotation, path, owner)
        elif (members := members_of_finite(annotation)) is not None:
            yield from (Fault(path, *reason) for reason in finite_refusals(annotation, members))
        elif isinstance(annotation, type):
            step = self._other
            if issubclass(annotation, BaseModel) and annotation is not BaseModel:
                step = self._class
            yield from step(annotation, path, owner)
        elif (behind := behind_alias(annotation)) is not annotation:
            yield from self._alias(annotation, behind, path, owner)
        else:
            yield from self._other(annotation, path, owner)

    def _alias(self, alias: Any, behind: Any, path: str, owner: Any) -> Iterator[Fault]:
        if alias is not pydantic.JsonValue and self._enter(alias):
            yield from self.visit(behind, path, owner)

    def _other(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        try:
            yield from self._looked_into(annotation, path, owner)
        except NameError as error:  # from the annotations of a dataclass, a typed dict or a named tuple
            target = class_of(annotation)[0]
            reason, remedy = undefined(str(error.name), vars(sys.modules.get(target.__module__, sys)))
            yield Fault(path, f"in {name_of(target)}, {reason}", remedy, target)

    def _looked_into(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        if reason := type_refusal(annotation, owner, is_input=self.is_input):
            yield Fault(path, *reason)
        elif is_container(annotation):
            yield from self._items(annotation, path, owner)
        else:
            yield from self._class(annotation, path, owner)

    def _enter(self, annotation: Any) -> bool:
        try:
            is_open = annotation in self.seen
            self.seen.add(annotation)
        except TypeError:  # metadata inside that cannot be hashed
            return True
        return not is_open

    def _annotated(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        inner, *metadata = get_args(annotation)
        reasons = [reason for mark in metadata if (reason := mark_refusal(mark, owner))]
        if self.is_input:
            reasons += _widget_refusals(inner, metadata)
        yield from (Fault(path, *reason) for reason in reasons)
        if reasons or any(map(_has_schema, metadata)):
            return
        type_ = written_mark(annotation)
        if type_ is not annotation and owner is not None:
            self.one_way[class_of(owner)[0]] = "a serializer"
        if type_ is not annotation and not self.is_input:
            yield from self._written(type_, path, owner)
        elif is_union(bare(inner)) and any(map(_tells_apart, metadata)):
            yield from self._members(bare(inner), path, owner)
        else:
            yield from self.visit(inner, path, owner)

    def _written(self, type_: Any, path: str, owner: Any) -> Iterator[Fault]:
        """Visit the type that a serializer says that it writes."""
        if type_ is UNDECLARED:
            yield Fault(path, *UNDECLARED_FORM)
        else:
            yield from self.visit(type_, path, owner)

    def _items(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        items = items_of(annotation)
        if is_mapping(annotation) and (reason := key_refusal(items[0])):
            yield Fault(path, *reason)
            items = items[1:]
        for item in items:
            yield from self.visit(item, path, owner)

    def _members(self, union: Any, path: str, owner: Any) -> Iterator[Fault]:
        for member in get_args(union):
            yield from self.visit(member, path, owner)

    def _union(self, union: Any, path: str, owner: Any) -> Iterator[Fault]:
        members = get_args(union)
        if len(members) == 2 and NoneType in members:
            (member,) = (member for member in members if member is not NoneType)
            if not may_be_null(member):
                yield from self.visit(member, path, owner)
                return
        inner_faults = list(self._members(union, path, owner))
        yield from inner_faults
        if not inner_faults:
            yield from self._clash(union, path)
            yield from _untagged(union, path)

    def _clash(self, union: Any, path: str) -> Iterator[Fault]:
        if clash := first_clash(union):
            names = " and ".join(map(name_of, clash))
            reason = f"{names} look alike in JSON, so a caller could get the one for the other."
            yield Fault(path, reason, _CLASH_REMEDY)

    def _class(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        if not self._enter(annotation):
            return
        yield from (Fault(path, *reason, annotation) for reason in class_refusals(annotation))
        yield from (Fault(path, *r, annotation) for r in config_refusals(annotation, is_input=self.is_input))
        type_ = written_class(annotation)
        if type_ is not annotation:
            self.one_way[class_of(annotation)[0]] = "a serializer"
        if type_ is not annotation and not self.is_input:
            yield from self._of(annotation, "", self._written(type_, path, annotation))
            return
        for field in fields_of(annotation) or ():
            yield from self._of(annotation, field.name, self._field(field, _under(path, field.name), annotation))
        if not self.is_input:
            for name, type_ in computed_types(annotation):
                yield from self._of(annotation, name, self.visit(type_, _under(path, name), annotation))
        yield from self._places(annotation, path, owner)

    def _places(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        """Visit the places of a named tuple and the root of a root model."""
        target = class_of(annotation)[0]
        if is_named_tuple(annotation):
            for name, place in zip(target._fields, items_of(annotation), strict=True):
                yield from self._of(annotation, name, self._place(annotation, name, place, path, owner))
        elif isinstance(target, type) and issubclass(target, RootModel):
            root = target.model_fields["root"].rebuild_annotation()
            yield from self._of(annotation, "", self.visit(root, path, annotation))

    def _place(self, annotation: Any, name: str, place: Any, path: str, owner: Any) -> Iterator[Fault]:
        defaults = class_of(annotation)[0]._field_defaults
        if name in defaults and (reason := default_refusal(name, defaults[name], place)):
            yield Fault(_under(path, name), *reason)
        yield from self.visit(place, _under(path, name), owner)

    def _of(self, owner: Any, field: str, inner_faults: Iterator[Fault]) -> Iterator[Fault]:
        """Say of faults whose class they are a mistake of: the innermost one."""
        for fault in inner_faults:
            if fault.owner is None:
                yield fault._replace(owner=owner, field=field)
            else:
                yield fault

    def _field(self, field: Field, path: str, owner: Any) -> Iterator[Fault]:
        yield from (Fault(path, *reason) for reason in field_refusals(field))
        if self.is_input and field.info.json_schema_extra:
            yield from (Fault(path, *reason) for reason in _widget_refusals(field.annotation, [field.info]))
        has_default = field.default is not UNKNOWN
        if has_default and (reason := default_refusal(field.name, field.default, field.annotation)):
            yield Fault(path, *reason)
        if field.info.exclude:
            if field.required:
                self.one_way[class_of(owner)[0]] = f"Field(exclude=True) of {field.name!r}"
            if not self.is_input:
                return  # callers have no such field
        type_ = written_type(field, owner)
        if type_ is not field.annotation:
            self.one_way[class_of(owner)[0]] = "a serializer"
        if type_ is not field.annotation and not self.is_input:
            yield from self._written(type_, path, owner)
        elif _named_discriminator(field.info.discriminator) and is_union(bare(field.annotation)):
            yield from self._members(bare(field.annotation), path, owner)
        else:
            yield from self.visit(field.annotation, path, owner)


def _is_redirect(annotation: Any) -> bool:
    return class_of(annotation)[0] is Redirect


def _widget_refusals(annotation: Any, metadata: list[Any]) -> list[tuple[str, str]]:
    """Return why fields cannot have the controls that they ask for."""
    extras = [mark.json_schema_extra for mark in metadata if isinstance(mark, FieldInfo)]
    return [reason for extra in extras if extra and (reason := widget_refusal(annotation, extra))]


def _under(path: str, name: str) -> str:
    if path:
        return f"{path}.{name}"
    return name


def _untagged(union: Any, path: str) -> Iterator[Fault]:
    if pair := untagged_pair(union):
        names = " and ".join(map(name_of, pair))
        reason = f"{names} can both hold the union again, so each level of an input would be read twice as often."
        yield Fault(path, reason, _TAG_REMEDY)


_TAG_REMEDY: Final = (
    "Make them models with a Literal field of one name and its own value in each: kind: Literal['and']."
)

_CLASH_REMEDY: Final = (
    "Keep one of them, or put each into a model with a Literal field of one name and its own value: a discriminator."
)


def _tells_apart(mark: object) -> bool:
    return isinstance(mark, Discriminator | FieldInfo) and _named_discriminator(mark.discriminator)


def _named_discriminator(discriminator: object) -> bool:
    """Return whether members are told apart by a field; a function of the server's is not known to callers."""
    if isinstance(discriminator, Discriminator):
        discriminator = discriminator.discriminator
    return isinstance(discriminator, str)


def _has_schema(mark: object) -> bool:
    """Return whether metadata replaces the schema of the type, rather than to add to it."""
    return isinstance(mark, _OWN_SCHEMA)


_OWN_SCHEMA: Final = (pydantic.PlainValidator, pydantic.EncodedBytes, pydantic.GetPydanticSchema)

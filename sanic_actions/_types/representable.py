"""Decide which types survive the wire: a value must come back equal and of the same Python type.

This file walks over a type. ``type_problems`` has the reasons for each kind of type,
``mark_problems`` those for metadata, and ``unions`` the rule for unions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import NoneType
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin

import pydantic
from pydantic import BaseModel, Discriminator, RootModel
from pydantic.fields import FieldInfo

from .._definition_error import Problem
from .._results import Redirect
from .annotations import UNIONS, bare, behind_alias, class_of, is_union
from .class_problems import class_problems, field_problems
from .configuration import config_problems, taken_over_problem
from .containers import ARRAYS, MAPPINGS, is_container, is_mapping, is_named_tuple, items_of
from .crossed_names import crossing_problem
from .defaults import default_problem, infinite_problem
from .fields import UNKNOWN, Field, computed_names, computed_types, config_of, fields_of
from .hashes import SETS, member_problem
from .hints import hint_problem
from .mark_problems import UNDECLARED_FORM, constraint_problem, mark_problem
from .other_frameworks import unsupplied_problem
from .plain_types import is_plain_type
from .recursion import untagged_pair
from .scalars import members_of_finite
from .serializers import UNDECLARED, written_class, written_mark, written_type
from .type_aliases import EndlessAliasError
from .type_arguments import arguments_problem
from .type_names import name_of
from .type_problems import (
    finite_problems,
    key_problem,
    new_type_problem,
    surface_problem,
    unwritable_problem,
)
from .unions import first_clash, may_be_null
from .upload_marks import upload_mark_problems
from .widgets import widget_problem


class Survey(NamedTuple):
    """The result of a walk over a type."""

    problems: list[Problem]
    """Each with its path below the type, and with the class whose mistake it is."""
    one_way: Mapping[Any, str]
    """Classes that are not written as they are read, each with the reason."""


def problems_of(annotation: Any, *, is_input: bool) -> list[Problem]:
    """Return the problems of a type; none if its values travel unchanged."""
    return survey(annotation, is_input=is_input).problems


def survey(annotation: Any, *, is_input: bool, is_item: bool = False) -> Survey:
    """Return the problems of a type, and the classes in it that are not written as they are read.

    Args:
        annotation: The type.
        is_input: Whether callers send it.
        is_item: Whether a stream yields it, so that it is not the outcome of a call.
    """
    # Most types are plain, so that starting an app with a thousand actions is mostly this question.
    with suppress(EndlessAliasError):
        if is_plain_type(annotation):
            return Survey([], {})
    walk = _ProblemWalk(is_input=is_input)
    if is_input or is_item:
        problems = walk.visit(annotation)
    else:
        problems = walk.outcome(annotation)
    return Survey(list(_until_endless(problems)), walk.one_way)


def _until_endless(problems: Iterator[Problem]) -> Iterator[Problem]:
    """Yield problems of a type up to an alias that never ends, which no step can look into."""
    try:
        yield from problems
    except EndlessAliasError as error:
        yield from error.problems


class _ProblemWalk:
    """One walk over a type; each class is entered once, so recursive types end."""

    def __init__(self, *, is_input: bool) -> None:
        self.is_input = is_input
        self.seen: set[Any] = set()
        self.one_way: dict[Any, str] = {}

    def outcome(self, output: Any) -> Iterator[Problem]:
        """Yield the problems of an output, the only place for a redirect: alone, or in a union."""
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
        yield from self._clash(output)

    def visit(self, annotation: Any, owner: Any = None) -> Iterator[Problem]:
        """Yield the problems of a type; ``owner`` is the class whose field it is, if any."""
        # The frequent kinds come first, since every start of an app walks over all its actions.
        if is_plain_type(annotation):
            return
        origin = get_origin(annotation)
        if origin in UNIONS:
            yield from self._union(annotation, owner)
        elif origin in ARRAYS or origin in MAPPINGS:
            yield from self._items(annotation, owner)
        elif origin is Annotated:
            yield from self._annotated(annotation, owner)
        elif (members := members_of_finite(annotation)) is not None:
            yield from finite_problems(annotation, members)
        elif isinstance(annotation, type):
            step = self._other
            if issubclass(annotation, BaseModel) and annotation is not BaseModel:
                step = self._class
            yield from step(annotation, owner)
        elif (behind := behind_alias(annotation)) is not annotation:
            yield from self._alias(annotation, behind, owner)
        else:
            yield from self._other(annotation, owner)

    def _alias(self, alias: Any, behind: Any, owner: Any) -> Iterator[Problem]:
        if problem := new_type_problem(alias):
            yield problem
            return
        # JsonValue is recursive, and survives by its definition.
        if alias is not pydantic.JsonValue and self._enter(alias):
            yield from self.visit(behind, owner)

    def _other(self, annotation: Any, owner: Any) -> Iterator[Problem]:
        try:
            yield from self._looked_into(annotation, owner)
        except NameError as error:
            # From the annotations of a dataclass, a typed dict or a named tuple.
            target = class_of(annotation)[0]
            problem = hint_problem(error, target)
            yield Problem(f"in {name_of(target)}, {problem.reason}", problem.remedy, owner=target)

    def _looked_into(self, annotation: Any, owner: Any) -> Iterator[Problem]:
        if problem := surface_problem(annotation, owner, is_input=self.is_input):
            yield problem
        elif is_container(annotation):
            yield from self._items(annotation, owner)
        else:
            yield from self._class(annotation, owner)

    def _enter(self, annotation: Any) -> bool:
        try:
            is_open = annotation in self.seen
            self.seen.add(annotation)
        except TypeError:  # metadata inside that cannot be hashed
            return True
        return not is_open

    def _annotated(self, annotation: Any, owner: Any) -> Iterator[Problem]:
        inner, *metadata = get_args(annotation)
        problems = [*_mark_problems(metadata, owner), *upload_mark_problems(inner, metadata)]
        if self.is_input:
            problems += _widget_problems(inner, metadata)
        if problem := constraint_problem(inner, metadata, owner):
            # If the type itself cannot travel, its constraint does not matter.
            problems += list(self.visit(inner, owner)) or [problem]
        yield from problems
        if problems or any(map(_has_schema, metadata)):
            return
        type_ = written_mark(annotation)
        if type_ is not annotation and owner is not None:
            self.one_way[class_of(owner)[0]] = "a serializer"
        if type_ is not annotation and not self.is_input:
            yield from self._written(type_, owner)
        elif is_union(bare(inner)) and any(map(_tells_apart, metadata)):
            yield from self._members(bare(inner), owner)
        else:
            yield from self.visit(inner, owner)

    def _written(self, type_: Any, owner: Any) -> Iterator[Problem]:
        """Visit the type that a serializer says that it writes."""
        if type_ is UNDECLARED:
            yield UNDECLARED_FORM
        else:
            yield from self.visit(type_, owner)

    def _items(self, annotation: Any, owner: Any) -> Iterator[Problem]:
        if problem := arguments_problem(annotation):
            yield problem
            return
        items = items_of(annotation)
        if is_mapping(annotation) and (problem := key_problem(items[0])):
            yield problem
            items = items[1:]
        elif class_of(annotation)[0] in SETS and (problem := member_problem(items[0])):
            yield problem
        for item in items:
            yield from self.visit(item, owner)

    def _members(self, union: Any, owner: Any) -> Iterator[Problem]:
        # Whether two of them clash is not asked here: it may be a discriminator that tells them apart.
        for member in get_args(union):
            yield from self.visit(member, owner)

    def _union(self, union: Any, owner: Any) -> Iterator[Problem]:
        members = get_args(union)
        # X | None, the most frequent union: null is not a value of X, unless X itself may be null.
        if len(members) == 2 and NoneType in members:
            (member,) = (member for member in members if member is not NoneType)
            if not may_be_null(member):
                yield from self.visit(member, owner)
                return
        # The rule for unions is about types that survive on their own.
        problems = list(self._members(union, owner))
        yield from problems
        if not problems:
            yield from self._clash(union)
            yield from _untagged(union)

    def _clash(self, union: Any) -> Iterator[Problem]:
        if clash := first_clash(union):
            names = " and ".join(map(name_of, clash))
            reason = f"{names} look alike in JSON, so a caller could get the one for the other."
            yield Problem(reason, _CLASH_REMEDY)

    def _class(self, annotation: Any, owner: Any) -> Iterator[Problem]:
        if problem := taken_over_problem(annotation, owner):
            yield problem
        if not self._enter(annotation):
            return
        for problem in (*class_problems(annotation), *config_problems(annotation, is_input=self.is_input)):
            yield problem.of(annotation)
        type_ = written_class(annotation)
        if type_ is not annotation:
            self.one_way[class_of(annotation)[0]] = "a serializer"
        if type_ is not annotation and not self.is_input:
            yield from _in_field(annotation, "", self._written(type_, annotation))
            return
        fields = fields_of(annotation) or ()
        on_the_wire = [field for field in fields if self.is_input or not field.info.exclude]
        clash = crossing_problem(on_the_wire, computed_names(annotation), is_input=self.is_input)
        if clash is not None:
            yield clash.of(annotation)
        for field in fields:
            yield from _in_field(annotation, field.name, self._field(field, annotation))
        if not self.is_input:
            for name, type_ in computed_types(annotation):
                yield from _in_field(annotation, name, self.visit(type_, annotation))
        yield from self._places(annotation, owner)

    def _places(self, annotation: Any, owner: Any) -> Iterator[Problem]:
        """Visit the places of a named tuple and the root of a root model."""
        target = class_of(annotation)[0]
        if is_named_tuple(annotation):
            for name, place in zip(target._fields, items_of(annotation), strict=True):
                yield from _in_field(annotation, name, self._place(annotation, name, place, owner))
        elif isinstance(target, type) and issubclass(target, RootModel):
            root = target.model_fields["root"].rebuild_annotation()
            yield from _in_field(annotation, "", self.visit(root, annotation))

    def _place(self, annotation: Any, name: str, place: Any, owner: Any) -> Iterator[Problem]:
        defaults = class_of(annotation)[0]._field_defaults
        if name in defaults and (problem := self._default(name, defaults[name], place, annotation)):
            yield problem
        yield from self.visit(place, owner)

    def _default(self, name: str, default: object, annotation: Any, owner: Any) -> Problem | None:
        if problem := unsupplied_problem(default):
            return problem
        # Callers leave a default out, but a server writes it into outputs.
        if not self.is_input and (problem := unwritable_problem(f"the default of {name!r}", default)):
            return problem
        is_allowed = self.is_input or bool(config_of(owner).get("allow_inf_nan"))
        if problem := infinite_problem(name, default, annotation, is_allowed=is_allowed):
            return problem
        return default_problem(name, default, annotation)

    def _field(self, field: Field, owner: Any) -> Iterator[Problem]:
        yield from field_problems(field)
        if self.is_input and field.info.json_schema_extra:
            yield from _widget_problems(field.annotation, [field.info])
        has_default = field.default is not UNKNOWN
        if has_default and (problem := self._default(field.name, field.default, field.annotation, owner)):
            yield problem
        if field.info.exclude:
            if field.required:
                self.one_way[class_of(owner)[0]] = f"Field(exclude=True) of {field.name!r}"
            if not self.is_input:
                return  # callers have no such field
        type_ = written_type(field, owner)
        if type_ is not field.annotation:
            self.one_way[class_of(owner)[0]] = "a serializer"
        if type_ is not field.annotation and not self.is_input:
            yield from self._written(type_, owner)
        elif _named_discriminator(field.info.discriminator) and is_union(bare(field.annotation)):
            yield from self._members(bare(field.annotation), owner)
        else:
            yield from self.visit(field.annotation, owner)


def _is_redirect(annotation: Any) -> bool:
    return class_of(annotation)[0] is Redirect


def _mark_problems(metadata: list[Any], owner: Any) -> Iterator[Problem]:
    for mark in metadata:
        if problem := mark_problem(mark, owner):
            yield problem


def _widget_problems(annotation: Any, metadata: list[Any]) -> list[Problem]:
    """Return why fields cannot have the controls that they ask for."""
    problems: list[Problem] = []
    for mark in metadata:
        if isinstance(mark, FieldInfo) and mark.json_schema_extra:
            problem = widget_problem(annotation, mark.json_schema_extra)
            if problem is not None:
                problems.append(problem)
    return problems


def _in_field(owner: Any, field: str, problems: Iterator[Problem]) -> Iterator[Problem]:
    """Yield problems as those of a field: its name becomes a step of their path.

    ``of`` keeps the first owner, so a problem belongs to the innermost class, whose mistake it is.
    """
    for problem in _until_endless(problems):
        yield problem.of(owner, field).below(field)


def _untagged(union: Any) -> Iterator[Problem]:
    if pair := untagged_pair(union):
        names = " and ".join(map(name_of, pair))
        reason = f"{names} can both hold the union again, so each level of an input would be read twice as often."
        yield Problem(reason, _TAG_REMEDY)


_TAG_REMEDY: Final = (
    "Make them models with a Literal field of one name and its own value in each, which no "
    "validator changes before it is read: kind: Literal['and']."
)

_CLASH_REMEDY: Final = (
    "Keep one of them, or put each into a model with a Literal field of one name and its own value: a discriminator."
)


def _tells_apart(mark: object) -> bool:
    return isinstance(mark, Discriminator | FieldInfo) and _named_discriminator(mark.discriminator)


def _named_discriminator(discriminator: object) -> bool:
    """Return whether a discriminator names a field; callers do not have functions."""
    if isinstance(discriminator, Discriminator):
        discriminator = discriminator.discriminator
    return isinstance(discriminator, str)


def _has_schema(mark: object) -> bool:
    """Return whether metadata replaces the schema of the type instead of adding to it."""
    return isinstance(mark, _OWN_SCHEMA)


_OWN_SCHEMA: Final = (pydantic.PlainValidator, pydantic.EncodedBytes, pydantic.GetPydanticSchema)

"""Describe a type by plain data: a name, or one key that says what kind of type it is.

    "str", "datetime.date"             a scalar, by the name that callers write
    {"list": T}, {"dict": [K, V]}      a collection; "set", "frozenset", "deque", ... likewise
    {"tuple": [A, B]}, {"items": T}    a tuple of fixed places, and one of any length
    {"union": [A, B], "by": "kind"}    members in an order of our own; "by" is a declared
                                       discriminator, and "closed" names those that refuse unknown
                                       fields
    {"literal": [1, "a"]}              values; an enum's member is
                                       {"member": "m.Status.NEW", "value": "new"}
    {"class": "shop.models.Order"}     a class that is described once, beside the actions
    {"redirect": T}                    where a page goes, with the data for other callers
    {"of": T, "ge": 1}                 a type with constraints

A class is described as one side sees it: a caller writes inputs by their validation aliases and may
leave defaults out, and reads outputs by their serialization aliases, with computed fields and
without excluded ones.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Iterable, Iterator
from types import NoneType
from typing import Annotated, Any, Final, Literal, NewType, get_args, get_origin, get_type_hints

import pydantic
from pydantic import BaseModel, RootModel
from typing_extensions import is_typeddict

from .._errors import ActionError, error_fields
from .._pydantic import decorators_of
from .._results import Redirect
from .._types.annotations import bare, behind_alias, class_of, generic_parts, is_foreign, is_union
from .._types.constraints import constraints, limits_of_one_type
from .._types.containers import is_container, is_mapping, is_named_tuple, items_of, places_of
from .._types.crossed_names import sent_name
from .._types.fields import Field, config_of, extras_type, fields_of
from .._types.serializers import UNDECLARED, written_class, written_mark, written_type
from .._types.type_aliases import is_alias, value_of
from ._offered_names import NameNotes
from ._plain_data import Json, default_value, file_limits, in_order, literal_value, name_of, plain_value
from ._traits import bases_of_enum, traits_of_class

DescribedSide = Literal["caller", "server"]

WIRE_CONFIG: Final = frozenset(
    {
        *("allow_inf_nan", "coerce_numbers_to_str", "ser_json_bytes", "ser_json_inf_nan", "ser_json_temporal"),
        *("ser_json_timedelta", "str_max_length", "str_min_length", "str_strip_whitespace", "str_to_lower"),
        *("str_to_upper", "strict", "use_enum_values", "val_json_bytes", "val_temporal_unit"),
    }
)
"""Settings of a class that change which values it accepts or how they are written."""

_SILENT: Final = frozenset(
    {
        *("discriminator", "union_mode", "fail_fast", "coerce_numbers_to_str"),
        *("strip_whitespace", "to_lower", "to_upper"),
        *("url_default_host", "url_default_path", "url_default_port", "url_preserve_empty_path"),
    }
)
"""Options of a field that say how pydantic reads, not what a caller may send."""

_NOT_BY_NAME: Final = frozenset({list, set, frozenset, tuple, dict, NoneType})
"""Builtin classes that are described by what they hold, or as None."""


class Describer:
    """Describes types as one side writes them.

    Attributes:
        written_by: The side: the caller writes inputs, the server outputs and errors.
        classes: The description of every class that a described type led to, by its dotted name.
        notes: The names of the types that were met, which callers import.
    """

    def __init__(self, written_by: DescribedSide) -> None:
        self.written_by = written_by
        self.classes: dict[str, Json] = {}
        self.notes = NameNotes()
        self._unwritten: list[Any] = []
        self._known: dict[type, Any] = {}

    def describe(self, annotation: Any) -> Any:
        """Describe a type."""
        if type(annotation) is type and annotation.__module__ == "builtins" and annotation not in _NOT_BY_NAME:
            return annotation.__name__  # most fields end here, at a twentieth of the cost
        if isinstance(annotation, type):
            return self._known_class(annotation)  # most others end here
        origin = get_origin(annotation)
        if origin is Annotated:
            description = self._with_marks(annotation)
        elif is_alias(origin or annotation):
            description = self._alias(annotation)
        elif isinstance(annotation, NewType):
            self.notes.note(annotation)
            supertype = self.describe(annotation.__supertype__)
            description = {"new": name_of(annotation), "type": supertype}
        elif is_union(annotation):
            description = self._union(annotation, None)
        elif origin is Literal:
            description = self._literal(annotation)
        else:
            description = self._plain(annotation)
        return description

    def _known_class(self, annotation: type) -> Any:
        """Describe a class; cached, since an app uses a class in many places."""
        if self._unwritten:  # the description of a class differs inside its own serializer
            return self._plain(annotation)
        if annotation not in self._known:
            self._known[annotation] = self._plain(annotation)
        return self._known[annotation]

    def fields(self, fields: Iterable[Field], *, owner: Any = None, keys: bool = False) -> Json:
        """Describe fields by their names.

        Args:
            fields: The fields.
            owner: The class that they belong to, whose serializers count; None for parameters.
            keys: Whether they are the keys of a typed dict, which has no defaults.
        """
        descriptions: Json = {}
        for field in fields:
            if not self._is_hidden(field):
                descriptions[field.name] = self._field(field, owner, keys)
        return descriptions

    def members(self, annotation: Any) -> Json:
        """Describe an object type: its fields, its rule for other fields, its configuration."""
        config = config_of(annotation)
        keys = is_typeddict(class_of(annotation)[0])
        description: Json = {"fields": self.fields(fields_of(annotation) or (), owner=annotation, keys=keys)}
        extra = config.get("extra") or "ignore"
        if extra == "allow":
            description["extra"] = self.describe(extras_type(annotation))
        elif extra == "forbid" and self.written_by == "caller":
            description["extra"] = "forbidden"
        settings = {name: config[name] for name in sorted(WIRE_CONFIG & config.keys())}
        if settings:
            description["config"] = settings
        if self.written_by == "server":
            description["fields"] |= self._computed(annotation)
        return description

    def error_fields(self, error: type[ActionError]) -> Json:
        """Describe the fields of a typed error, which travel with it."""
        self.notes.note(error)
        hints = get_type_hints(error, include_extras=True)
        fields: Json = {}
        for name in error_fields(error):
            fields[name] = {"type": self.describe(hints[name])}
            if hasattr(error, name):
                fields[name]["default"] = {"value": plain_value(getattr(error, name))}
        return fields

    def _with_marks(self, annotation: Any) -> Any:
        if self.written_by == "server":
            output_type = written_mark(annotation)
            if output_type is not annotation:
                return self._serialized(output_type)
        inner, *marks = get_args(annotation)
        options = constraints(marks)
        if is_union(bare(inner)) and isinstance(options.get("discriminator"), str):
            description = self._union(bare(inner), str(options["discriminator"]))
        else:
            description = self.describe(inner)
        options |= limits_of_one_type(marks)
        limits = {name: plain_value(value) for name, value in options.items() if name not in _SILENT}
        limits |= file_limits(marks)
        if limits:
            return {"of": description, **limits}
        return description

    def _serialized(self, output_type: Any) -> Any:
        """Describe the type that a serializer writes, which is what callers see."""
        if output_type is UNDECLARED:
            return "undeclared"
        return self.describe(output_type)

    def _literal(self, annotation: Any) -> Json:
        values = get_args(annotation)
        for value in values:
            if isinstance(value, enum.Enum):
                self.notes.note(type(value))
        return {"literal": in_order(map(literal_value, values))}

    def _alias(self, annotation: Any) -> Any:
        """Describe the type behind an alias; a recursive one is described once, like a class."""
        if annotation is pydantic.JsonValue:
            return "pydantic.JsonValue"
        if not leads_to_itself(annotation):
            self.notes.note_alias(get_origin(annotation) or annotation)
            return self.describe(behind_alias(annotation))
        name = _generic_name(annotation)
        if name not in self.classes:
            self.notes.note(annotation)
            self.classes[name] = {}  # so that the alias is not entered again from inside
            with self.notes.inside(name):
                self.classes[name] = {"kind": "alias", "type": self.describe(behind_alias(annotation))}
        return {"class": name}

    def _union(self, union: Any, discriminator: str | None) -> Json:
        members = list(self._flat(union))
        description: Json = {"union": in_order(map(self.describe, members))}
        if discriminator:
            description["by"] = discriminator
        if self.written_by == "server" and (names := self._closed(members)):
            description["closed"] = names
        return description

    def _closed(self, members: Iterable[Any]) -> list[str]:
        """Return the members of a union of several that refuse unknown fields.

        Elsewhere callers' copies ignore a new field. In a union it may distinguish two members.
        """
        classes = [bare(member) for member in members if member is not NoneType]
        if len(classes) < 2:
            return []
        names: set[str] = set()
        for target in classes:
            if config_of(target).get("extra") == "forbid":
                description = self.describe(target)
                if isinstance(description, dict) and "class" in description:
                    names.add(description["class"])
        return sorted(names)

    def _flat(self, union: Any) -> Iterator[Any]:
        """Yield the members of a union and of the unions directly inside it."""
        for member in get_args(union):
            plain_type = member
            if is_alias(member) and not leads_to_itself(member):
                self.notes.note_alias(member)
                plain_type = behind_alias(member)
            if is_union(plain_type):
                yield from self._flat(plain_type)
            else:
                yield plain_type

    def _plain(self, annotation: Any) -> Any:
        if annotation is None or annotation is NoneType:
            return "None"
        target = class_of(annotation)[0]
        if target is Redirect:
            return {"redirect": self.describe((get_args(annotation) or (None,))[0])}
        if is_named_tuple(annotation) or _is_described(target):
            return self._class(annotation)
        if is_container(annotation):
            return self._container(annotation, target)
        return name_of(target)

    def _container(self, annotation: Any, target: Any) -> Json:
        items = list(map(self.describe, items_of(annotation)))
        if target is tuple:
            if places_of(annotation) is None:
                return {"items": items[0]}
            return {"tuple": items}
        if is_mapping(annotation):
            return {name_of(target): items}
        return {name_of(target): items[0]}

    def _class(self, annotation: Any) -> Any:
        output_type = annotation
        if self.written_by == "server":
            output_type = written_class(annotation)
        if output_type is not annotation and annotation not in self._unwritten:
            # Remembered meanwhile, since a serializer may return a type that holds its own class.
            self._unwritten.append(annotation)
            description = self._serialized(output_type)
            self._unwritten.pop()
            return description
        name = _generic_name(annotation)
        if name not in self.classes:
            self.notes.note(annotation)
            self.classes[name] = {}  # as for an alias
            with self.notes.inside(name):
                self.classes[name] = self._class_members(annotation)
        return {"class": name}

    def _class_members(self, annotation: Any) -> Json:
        target = class_of(annotation)[0]
        if issubclass(target, enum.Enum):
            return _enumeration(target)
        if is_named_tuple(annotation):
            return self._named_tuple(annotation, target)
        if issubclass(target, RootModel):
            root = target.model_fields["root"].rebuild_annotation()
            traits = traits_of_class(target, (), self.base)
            return {"kind": "root model", "type": self.describe(root), **traits}
        description = self.members(annotation)
        traits = traits_of_class(target, description["fields"], self.base)
        return {"kind": _kind(target), **description, **traits}

    def base(self, base: Any) -> str:
        """Return the name of a base class, which callers can import too."""
        self.notes.note(base)
        return _generic_name(base)

    def _named_tuple(self, annotation: Any, target: Any) -> Json:
        places = list(map(self.describe, items_of(annotation)))
        description: Json = {"kind": "named tuple", "names": list(target._fields), "tuple": places}
        defaults = {name: plain_value(value) for name, value in target._field_defaults.items()}
        if defaults:
            description["defaults"] = defaults
        return description

    def _field(self, field: Field, owner: Any, keys: bool) -> Json:
        info = field.info
        annotation = field.annotation
        if self.written_by == "server" and owner is not None:
            annotation = written_type(field, owner)
        if annotation is not field.annotation:
            description: Json = {"type": self._serialized(annotation)}
        elif isinstance(info.discriminator, str) and is_union(bare(annotation)):
            description = {"type": self._union(bare(annotation), info.discriminator)}
        else:
            description = {"type": self.describe(annotation)}
        name = self._written_name(field)
        if name != field.name:
            description["alias"] = name
        if self.written_by == "server" and getattr(info, "exclude_if", None) is not None:
            description["optional"] = True
        if field.required:
            return description
        # A server writes every field of a model, defaults too; in what it writes only an optional
        # key of a typed dict can be absent.
        if keys or self.written_by == "caller":
            description["optional"] = True
        if not keys:
            description["default"] = default_value(field)
        return description

    def _written_name(self, field: Field) -> str:
        """Return the name under which this side writes a field."""
        if self.written_by == "server":
            return field.info.serialization_alias or field.name
        return sent_name(field)

    def _is_hidden(self, field: Field) -> bool:
        return self.written_by == "server" and field.info.exclude is True

    def _computed(self, annotation: Any) -> Json:
        decorators = decorators_of(class_of(annotation)[0])
        if decorators is None:
            return {}
        fields: Json = {}
        for name, decorator in decorators.computed_fields.items():
            fields[name] = {"type": self.describe(decorator.info.return_type)}
            if decorator.info.alias and decorator.info.alias != name:
                fields[name]["alias"] = decorator.info.alias
        return fields


def leads_to_itself(alias: Any) -> bool:
    """Return whether an alias is recursive."""
    target = get_origin(alias) or alias
    pending = [value_of(target)]
    annotations: list[Any] = []
    # Each annotation is entered once. They are compared by identity, as some cannot be hashed.
    while pending:
        annotation = pending.pop()
        if annotation is target or get_origin(annotation) is target:
            return True
        if any(annotation is earlier for earlier in annotations):
            continue
        annotations.append(annotation)
        pending.extend(get_args(annotation))
        if is_alias(annotation):
            pending.append(value_of(annotation))
    return False


def _generic_name(annotation: Any) -> str:
    origin, arguments = generic_parts(annotation)
    if origin is None:
        return name_of(annotation)
    return f"{name_of(origin)}[{', '.join(map(_argument_name, arguments))}]"


def _argument_name(argument: Any) -> str:
    """Return the name of a generic argument, by its own description where it has no name."""
    if isinstance(argument, type) or is_alias(get_origin(argument) or argument):
        return _generic_name(argument)
    description = Describer("caller").describe(argument)
    if isinstance(description, str):
        return description
    return json.dumps(description, sort_keys=True)


def _is_described(target: Any) -> bool:
    """Return whether a class is the server's own, so that callers have a copy of it."""
    if not isinstance(target, type) or is_foreign(target):
        return False
    return issubclass(target, _NAMED_BASES) or fields_of(target) is not None


_NAMED_BASES: Final = (enum.Enum, BaseModel)


def _enumeration(target: type[enum.Enum]) -> Json:
    if issubclass(target, enum.Flag):
        kind = "flag"
    else:
        kind = "enum"
    members = {member.name: plain_value(member.value) for member in target}
    description: Json = {"kind": kind, "members": members}
    if bases := bases_of_enum(target):
        description["bases"] = bases
    return description


def _kind(target: Any) -> str:
    if issubclass(target, BaseModel):
        return "model"
    if dataclasses.is_dataclass(target):
        return "dataclass"
    return "typed dict"

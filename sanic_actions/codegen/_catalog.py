"""The types that users declare (models, enums, aliases): each one's kind, module and parts."""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Literal, NewType, get_args, get_origin

from pydantic import BaseModel, RootModel
from typing_extensions import is_typeddict

from .._definition import Input, Parameters
from .._errors import ActionError
from .._pydantic import computed_fields, decorators_of, generic_parameters
from .._types.annotations import generic_parts, is_foreign
from .._types.containers import is_named_tuple
from .._types.fields import UNKNOWN, Field, config_of, fields_of
from .._types.serializers import has_serializers, written_type
from .._types.type_aliases import is_alias
from ._class_fields import (
    Computed,
    computed_field,
    named_tuple_fields,
    root_field,
    typed_error_fields,
    with_self,
)
from ._docs import documentation
from ._snippets import Snippet
from ._text import plain_str

Kind = Literal["model", "root", "dataclass", "typed dict", "named tuple", "enum", "error", "new type", "alias"]


@dataclasses.dataclass(frozen=True, eq=False)
class DeclaredType:
    """A class, alias or NewType of the server.

    Its fields, bases and docstring are cached: the walk over all types, the module and the stub
    each use them.
    """

    obj: Any
    kind: Kind
    module: str
    path: tuple[str, ...]
    """Its qualified name: one part, more for nested classes. The copy of a class that is local to a
    function stands at the top of its module."""
    catalog: Catalog

    @property
    def name(self) -> str:
        """The dotted name in its module."""
        return ".".join(self.path)

    @cached_property
    def doc(self) -> list[Snippet]:
        """The lines of its own docstring, which both files have."""
        return documentation(_doc(self))

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """Its pydantic configuration; empty if it has none."""
        return config_of(self.obj)

    @property
    def is_open(self) -> bool:
        """Whether it accepts extra fields."""
        return self.config.get("extra") == "allow"

    @cached_property
    def bases(self) -> list[Any]:
        """The base classes that are copied too."""
        return _bases(self)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All fields, those of base classes too."""
        return _fields(self)

    @cached_property
    def own_fields(self) -> list[Field]:
        """The fields that its own body declares, or that come from a base class without a copy."""
        return _own_fields(self)

    @cached_property
    def member_names(self) -> frozenset[str]:
        """The names in its body, which hide outer ones there."""
        if self.kind in ("new type", "alias", "enum"):
            return frozenset()
        names = [field.name for field in self.fields]
        return frozenset([*names, *(member.name for member in self.computed)])

    @cached_property
    def computed(self) -> list[Computed]:
        """The computed fields that its body declares or an uncopied base class gives it."""
        return _computed_fields(self)


class Catalog:
    """The declared types of the server, one ``DeclaredType`` for each."""

    def __init__(self) -> None:
        self._types: dict[Any, DeclaredType | None] = {}

    def find(self, annotation: Any) -> DeclaredType | None:
        """Return the declaration of a type, ``Page`` for ``Page[int]``; None without a copy."""
        origin = generic_parts(annotation)[0]
        return self.of(annotation if origin is None else origin)

    def of(self, obj: Any) -> DeclaredType | None:
        """Return the declaration of a type without arguments; None without a copy."""
        if obj not in self._types:
            self._types[obj] = self._read(obj)
        return self._types[obj]

    def _read(self, obj: Any) -> DeclaredType | None:
        kind = _kind(obj)
        if kind is None or is_foreign(obj):
            return None
        qualname = plain_str(obj.__name__ if kind in ("alias", "new type") else obj.__qualname__)
        # A class in a function, make.<locals>.Item, is copied to the top of its module.
        path = tuple(qualname.rpartition("<locals>.")[2].split("."))
        return DeclaredType(obj, kind, plain_str(obj.__module__), path, self)


def _kind(obj: Any) -> Kind | None:
    if isinstance(obj, NewType):
        return "new type"
    if is_alias(obj):
        return "alias"
    if not isinstance(obj, type) or get_origin(obj) is not None:
        return None
    if is_typeddict(obj):
        return "typed dict"
    return _class_kind(obj)


def _class_kind(obj: type) -> Kind | None:
    if dataclasses.is_dataclass(obj):
        return "dataclass"
    if is_named_tuple(obj):
        return "named tuple"
    for base, kind in _KINDS:
        if issubclass(obj, base):
            return kind
    return None


# The most specific ones first: a RootModel is a BaseModel too.
_KINDS: Final[tuple[tuple[type, Kind], ...]] = (
    (enum.Enum, "enum"),
    (RootModel, "root"),
    (BaseModel, "model"),
    (ActionError, "error"),
)


_OF_ROOT_MODEL: Final = generic_parameters(RootModel)


def parts_of(annotation: Any) -> Iterator[Any]:
    """Yield a type and all types inside it; the values of a Literal are not types."""
    yield annotation
    if get_origin(annotation) is Literal:
        return
    for argument in generic_parts(annotation)[1] or get_args(annotation):
        if not isinstance(argument, list):  # the parameters of a Callable
            yield from parts_of(argument)


def type_parameters(obj: Any) -> tuple[Any, ...]:
    """Return the type variables of a generic class or alias."""
    if isinstance(obj, type) and issubclass(obj, BaseModel):
        return tuple(parameter for parameter in generic_parameters(obj) if parameter not in _OF_ROOT_MODEL)
    if is_alias(obj):
        return tuple(obj.__type_params__)
    return tuple(getattr(obj, "__parameters__", ()))


def _doc(declaration: DeclaredType) -> str | None:
    """Return the class's own docstring, without those that Python makes up."""
    if declaration.kind in ("new type", "alias"):
        return None
    # Not an inherited one, which is written with the base class.
    doc = declaration.obj.__dict__.get("__doc__")
    if not isinstance(doc, str):
        return None
    # Python gives such a class without a docstring its signature: Point(x: int, y: int).
    if declaration.kind in ("dataclass", "named tuple") and doc.startswith(f"{declaration.path[-1]}("):
        return None
    return doc


def _bases(declaration: DeclaredType) -> list[Any]:
    if declaration.kind not in ("model", "root", "dataclass", "error"):
        return []
    bases = declaration.obj.__bases__
    if declaration.kind == "dataclass":
        # With their type arguments, Page[int]: of a model, pydantic makes a class for them, which
        # is in __bases__.
        bases = declaration.obj.__dict__.get("__orig_bases__", bases)
    return list(filter(declaration.catalog.find, bases))


def _copied_bases(declaration: DeclaredType) -> Iterator[DeclaredType]:
    for base in declaration.bases:
        if (base_type := declaration.catalog.find(base)) is not None:
            yield base_type


def _fields(declaration: DeclaredType) -> tuple[Field, ...]:
    if declaration.kind == "root":
        return (root_field(declaration.obj),)
    if declaration.kind == "named tuple":
        return named_tuple_fields(declaration.obj)
    if declaration.kind == "error":
        return typed_error_fields(declaration.obj)
    fields = fields_of(declaration.obj) or ()
    if declaration.kind == "typed dict":
        return fields
    return tuple(with_self(field, declaration.obj) for field in fields)


def _own_fields(declaration: DeclaredType) -> list[Field]:
    base_fields: dict[str, tuple[Field, Any]] = {}
    # In reverse, so that a field of the first base replaces that of a later one, as in Python.
    for base in reversed(list(_copied_bases(declaration))):
        for field in base.fields:
            base_fields[field.name] = field, base.obj
    if not base_fields:
        return list(declaration.fields)
    names = inspect.get_annotations(declaration.obj).keys()
    own: list[Field] = []
    for field in declaration.fields:
        if field.name in names or _is_changed(field, declaration.obj, base_fields.get(field.name)):
            own.append(field)
    return own


def _is_changed(field: Field, owner: Any, origin: tuple[Field, Any] | None) -> bool:
    """Return whether an inherited field differs from that of the copied base class.

    The alias generator and the serializers of a class apply to inherited fields too.
    """
    if origin is None:
        return True
    base_field, base = origin
    if _aliases(field) != _aliases(base_field):
        return True
    return has_serializers(owner) and written_type(field, owner) != written_type(base_field, base)


def _aliases(field: Field) -> tuple[object, ...]:
    info = field.info
    return info.alias, info.validation_alias, info.serialization_alias


def _computed_fields(declaration: DeclaredType) -> list[Computed]:
    decorators = decorators_of(declaration.obj)
    if decorators is None:
        return []
    aliases: dict[str, object] = {}
    for base in reversed(list(_copied_bases(declaration))):
        for name, decorator in computed_fields(base.obj).items():
            aliases[name] = decorator.info.alias
    own: list[Computed] = []
    for name, decorator in decorators.computed_fields.items():
        # The alias generator of a class applies to inherited ones too.
        if name in declaration.obj.__dict__ or aliases.get(name, UNKNOWN) != decorator.info.alias:
            own.append(computed_field(name, decorator.info))
    return own


def is_open(source: Input) -> bool:
    """Return whether an input accepts extra fields."""
    # Parameters never do; asking for their type would build it.
    return not isinstance(source, Parameters) and config_of(source.annotation).get("extra") == "allow"

"""What users declare (models, enums, aliases, ...): which kind it is, where it stands, and what it is made of."""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Literal, NewType, get_origin, get_type_hints

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

from .._definition import Input, Parameters
from .._errors import ActionError, error_fields
from .._types.annotations import generic_parts, is_alias, is_foreign
from .._types.containers import is_named_tuple, places_of
from .._types.fields import UNKNOWN, Field, config_of, fields_of
from ._text import docstring, exact

Kind = Literal["model", "root", "dataclass", "typed dict", "named tuple", "enum", "error", "new type", "alias"]


@dataclasses.dataclass(frozen=True, eq=False)
class Declared:
    """A class, alias or NewType of the server's own. What it is made of is read once: every file asks again."""

    obj: Any
    kind: Kind
    module: str
    path: tuple[str, ...]
    """Its qualified name: one part, more for nested classes. What is local to a function stands in its module."""
    catalog: Catalog

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @cached_property
    def doc(self) -> list[str]:
        """The lines of its own docstring, which both files have."""
        return docstring(_doc(self))

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """Its pydantic configuration; empty if it has none."""
        return config_of(self.obj)

    @property
    def is_open(self) -> bool:
        """Whether it takes more than its fields."""
        return self.config.get("extra") == "allow"

    @cached_property
    def bases(self) -> list[Any]:
        """The base classes that have fields and that are copied too."""
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
        """The names that its body has, which hide others there."""
        if self.kind in ("new type", "alias", "enum"):
            return frozenset()
        return frozenset([*(field.name for field in self.fields), *(one.name for one in self.computed)])

    @cached_property
    def computed(self) -> list[Computed]:
        """The computed fields that its body declares, or that come from a base class without a copy."""
        return _computed_fields(self)


class Catalog:
    """What the server declares, each thing once."""

    def __init__(self) -> None:
        self._known: dict[Any, Declared | None] = {}

    def find(self, annotation: Any) -> Declared | None:
        """What is declared under this type or its generic arguments; None for what needs no copy."""
        origin = generic_parts(annotation)[0]
        return self.of(annotation if origin is None else origin)

    def of(self, obj: Any) -> Declared | None:
        """The same for a type without arguments."""
        if obj not in self._known:
            self._known[obj] = self._read(obj)
        return self._known[obj]

    def _read(self, obj: Any) -> Declared | None:
        kind = _kind(obj)
        if kind is None or is_foreign(obj):
            return None
        qualname = obj.__name__ if kind in ("alias", "new type") else obj.__qualname__
        qualname, module = exact(qualname), exact(obj.__module__)
        return Declared(obj, kind, module, tuple(qualname.rpartition("<locals>.")[2].split(".")), self)


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
    return next((kind for base, kind in _KINDS if issubclass(obj, base)), None)


_KINDS: Final[tuple[tuple[type, Kind], ...]] = (
    (enum.Enum, "enum"),
    (RootModel, "root"),
    (BaseModel, "model"),
    (ActionError, "error"),
)


_OF_ROOT_MODEL: Final = RootModel.__pydantic_generic_metadata__["parameters"]


def type_parameters(obj: Any) -> tuple[Any, ...]:
    """The type variables of a generic class or alias."""
    if isinstance(obj, type) and issubclass(obj, BaseModel):
        parameters: tuple[Any, ...] = obj.__pydantic_generic_metadata__["parameters"]
        return tuple(parameter for parameter in parameters if parameter not in _OF_ROOT_MODEL)
    return tuple(getattr(obj, "__type_params__" if is_alias(obj) else "__parameters__", ()))


def _doc(this: Declared) -> str | None:
    """The class's own docstring, without those that Python makes up."""
    doc = None if this.kind in ("new type", "alias") else this.obj.__dict__.get("__doc__")
    if not isinstance(doc, str):
        return None
    invented = this.kind in ("dataclass", "named tuple") and doc.startswith(f"{this.path[-1]}(")
    return None if invented else doc


def _bases(this: Declared) -> list[Any]:
    if this.kind not in ("model", "root", "dataclass", "error"):
        return []
    original = this.obj.__dict__.get("__orig_bases__", ()) if this.kind == "dataclass" else ()
    return [base for base in (original or this.obj.__bases__) if this.catalog.find(base)]


def _copied_bases(this: Declared) -> Iterator[Declared]:
    return (found for base in this.bases if (found := this.catalog.find(base)))


def _fields(this: Declared) -> tuple[Field, ...]:
    if this.kind == "root":
        info = this.obj.__pydantic_fields__["root"]
        default = UNKNOWN if info.is_required() or info.default_factory else info.default
        annotation = info.rebuild_annotation()
        return (Field(name="root", annotation=annotation, required=info.is_required(), default=default, info=info),)
    if this.kind == "named tuple":
        return _named_tuple_fields(this.obj)
    if this.kind == "error":
        return _error_fields(this.obj)
    return fields_of(this.obj) or ()


def _own_fields(this: Declared) -> list[Field]:
    inherited = {field.name for base in _copied_bases(this) for field in base.fields}
    if not inherited:
        return list(this.fields)
    written = inspect.get_annotations(this.obj)
    return [field for field in this.fields if field.name in written or field.name not in inherited]


def _named_tuple_fields(obj: Any) -> tuple[Field, ...]:
    found = []
    for name, annotation in zip(obj._fields, places_of(obj) or (), strict=True):
        default = obj._field_defaults.get(name, UNKNOWN)
        required = name not in obj._field_defaults
        info = FieldInfo.from_annotation(annotation)
        found.append(Field(name=name, annotation=annotation, required=required, default=default, info=info))
    return tuple(found)


def _error_fields(obj: type[ActionError]) -> tuple[Field, ...]:
    hints = get_type_hints(obj, include_extras=True)
    found = []
    for name in error_fields(obj):
        default, info = getattr(obj, name, UNKNOWN), FieldInfo.from_annotation(hints[name])
        found.append(Field(name=name, annotation=hints[name], required=default is UNKNOWN, default=default, info=info))
    return tuple(found)


@dataclasses.dataclass(frozen=True, slots=True)
class Computed:
    """A computed field of a model: the server writes it, nobody sends it."""

    name: str
    written: str
    annotation: Any
    doc: str | None


def _computed_fields(this: Declared) -> list[Computed]:
    decorators = getattr(this.obj, "__pydantic_decorators__", None)
    if decorators is None:
        return []
    inherited: set[str] = set()
    for base in _copied_bases(this):
        inherited |= base.obj.__pydantic_decorators__.computed_fields.keys()
    return [
        Computed(name, exact(found.info.alias or name), found.info.return_type, found.info.description)
        for name, found in decorators.computed_fields.items()
        if name not in inherited or name in this.obj.__dict__
    ]


def is_open(made: Input) -> bool:
    """Whether an input takes more than its fields."""
    # Parameters never do, and their type is made when it is asked for.
    return not isinstance(made, Parameters) and config_of(made.annotation).get("extra") == "allow"

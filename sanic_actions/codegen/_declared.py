"""What users declare (models, enums, aliases, ...): which kind it is, where it stands, and what it is made of."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal, NewType, get_args, get_origin, get_type_hints

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

from .._annotations import is_alias
from .._containers import is_named_tuple, places_of
from .._errors import ActionError, error_fields
from .._fields import UNKNOWN, Field, fields_of

Kind = Literal["model", "root", "dataclass", "typed dict", "named tuple", "enum", "error", "new type", "alias"]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A class, alias or NewType of the server's own."""

    obj: Any
    kind: Kind
    module: str
    path: tuple[str, ...]
    """Its qualified name: one part, more for nested classes. What is local to a function stands in its module."""

    @property
    def name(self) -> str:
        return ".".join(self.path)


def declared(obj: Any) -> Declared | None:
    """What the server declares under this type; None for types that need no copy: builtins, stdlib and pydantic."""
    kind = _kind(obj)
    if kind is None or is_foreign(obj):
        return None
    qualname = obj.__name__ if kind in ("alias", "new type") else obj.__qualname__
    return Declared(obj, kind, obj.__module__, tuple(qualname.rpartition("<locals>.")[2].split(".")))


def is_foreign(obj: Any) -> bool:
    """Whether every client can import this: it belongs to Python, to pydantic or to this library."""
    return str(obj.__module__).partition(".")[0] in _FOREIGN


_FOREIGN: Final = (sys.stdlib_module_names - {"__main__"}) | {
    "annotated_types",
    "pydantic",
    "pydantic_core",
    "sanic_actions",
    "typing_extensions",
}


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


def generic_parts(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The class and the arguments of ``Page[User]``, which pydantic makes a class of its own."""
    made: Mapping[str, Any] = getattr(annotation, "__pydantic_generic_metadata__", {})
    if isinstance(annotation, type) and made.get("origin"):
        return made["origin"], made["args"]
    return get_origin(annotation), get_args(annotation)


def type_parameters(obj: Any) -> tuple[Any, ...]:
    """The type variables of a generic class or alias."""
    if isinstance(obj, type) and issubclass(obj, BaseModel):
        parameters: tuple[Any, ...] = obj.__pydantic_generic_metadata__["parameters"]
        return tuple(parameter for parameter in parameters if not is_foreign(parameter))  # RootModel has one
    return tuple(getattr(obj, "__type_params__" if is_alias(obj) else "__parameters__", ()))


def bases_of(this: Declared) -> list[Any]:
    """The base classes that have fields and that are copied too."""
    if this.kind not in ("model", "root", "dataclass", "error"):
        return []
    original = this.obj.__dict__.get("__orig_bases__", ()) if this.kind == "dataclass" else ()
    return [base for base in (original or this.obj.__bases__) if declared(generic_parts(base)[0] or base)]


def fields(this: Declared) -> tuple[Field, ...]:
    """All fields, those of base classes too."""
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


def own_fields(this: Declared) -> list[Field]:
    """The fields that its own body declares, or that come from a base class without a copy."""
    inherited: set[str] = set()
    for base in bases_of(this):
        if copied := declared(generic_parts(base)[0] or base):
            inherited |= {field.name for field in fields(copied)}
    written = inspect.get_annotations(this.obj)
    return [field for field in fields(this) if field.name in written or field.name not in inherited]


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


def computed_fields(this: Declared) -> list[Computed]:
    """The computed fields that the body of a model declares, or that come from a base class without a copy."""
    decorators = getattr(this.obj, "__pydantic_decorators__", None)
    if decorators is None:
        return []
    inherited: set[str] = set()
    for base in bases_of(this):
        cls = generic_parts(base)[0] or base
        inherited |= cls.__pydantic_decorators__.computed_fields.keys()
    return [
        Computed(name, found.info.alias or name, found.info.return_type, found.info.description)
        for name, found in decorators.computed_fields.items()
        if name not in inherited or name in this.obj.__dict__
    ]


def extras_type(annotation: Any) -> Any:
    """What extra fields hold under ``extra="allow"``: as declared, or any JSON."""
    from pydantic import JsonValue

    obj = generic_parts(annotation)[0] or annotation
    hint = _hint(obj, "__pydantic_extra__")
    arguments = [argument for argument in get_args(hint) if argument is not type(None)]
    if len(arguments) == 2:
        return arguments[1]  # dict[str, T]
    return get_args(arguments[0])[1] if arguments and get_args(arguments[0]) else JsonValue


def _hint(obj: Any, name: str) -> Any:
    for cls in getattr(obj, "__mro__", ()):
        if cls is BaseModel:
            return None
        if name in inspect.get_annotations(cls):
            return get_type_hints(cls, include_extras=True)[name]
    return None

"""The fields of object types: of models, dataclasses, typed dicts, and of a handler's parameters.

The definition, the form plan and the generator all read fields here, so that they never disagree.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from typing import Any, Final, NotRequired, Required, get_args, get_type_hints
from weakref import WeakKeyDictionary

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, JsonValue, RootModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typing_extensions import TypedDict, is_typeddict

from .._pydantic import computed_fields, is_complete, model_fields
from .annotations import (
    class_of,
    generic_parts,
    replace_recursion,
    stated_qualifiers,
    substitute,
    without_qualifiers,
)
from .hints import class_hints


class _Unknown:
    """The type of ``UNKNOWN``."""

    def __repr__(self) -> str:
        return "..."


UNKNOWN: Final = _Unknown()
"""Marks a default that callers cannot know: one from a factory, or that of an optional key."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an object type."""

    name: str
    annotation: Any
    """The declared type with ``Annotated`` metadata, without ``Required``, ``NotRequired``."""
    required: bool
    default: object = UNKNOWN
    """The default if it is a plain value; ``UNKNOWN`` for a factory or where there is none."""
    info: FieldInfo
    """The title, description, aliases and constraints, as pydantic has them."""


def fields_of(annotation: Any) -> tuple[Field, ...] | None:
    """Return the fields of an object type in order; None for any other type, such as a list."""
    target, arguments = class_of(annotation)
    if not isinstance(target, type):
        return None
    if issubclass(target, BaseModel):
        if not is_complete(target):
            target.model_rebuild(raise_errors=False)  # it names a class that was defined after it
        if not issubclass(target, RootModel):
            return _model_fields(target)
    elif dataclasses.is_dataclass(target):
        return _dataclass_fields(target, arguments)
    elif is_typeddict(target):
        return _typed_dict_fields(target, arguments)
    return None


def annotation_of(field: Field) -> Any:
    """Return the declared type of a field."""
    return field.annotation


def written_name(field: Field) -> str:
    """Return the name of a field in JSON."""
    return field.info.serialization_alias or field.name


def accepted_names(field: Field) -> frozenset[str]:
    """Return the names under which a field is read: its own and its validation aliases."""
    alias = field.info.validation_alias
    names = {field.name}
    if isinstance(alias, str):
        names.add(alias)
    elif isinstance(alias, AliasChoices):
        names.update(choice for choice in alias.choices if isinstance(choice, str))
    return frozenset(names)


def computed_names(annotation: Any) -> frozenset[str]:
    """Return the names of the computed fields of a model or a dataclass: written and never read."""
    decorators = computed_fields(class_of(annotation)[0])
    return frozenset(decorator.info.alias or name for name, decorator in decorators.items())


def computed_types(annotation: Any) -> Iterator[tuple[str, Any]]:
    """Yield the computed fields of a model or a dataclass, with the types they are written as."""
    for name, decorator in computed_fields(class_of(annotation)[0]).items():
        yield name, decorator.info.return_type


def config_of(annotation: Any) -> Mapping[str, Any]:
    """Return the pydantic configuration of a model, dataclass or typed dict; else an empty one."""
    target = class_of(annotation)[0]
    return getattr(target, "model_config", None) or getattr(target, "__pydantic_config__", None) or {}


def is_plain_object(target: Any) -> bool:
    """Return whether a class is a standard dataclass or a typed dict, rather than pydantic's."""
    if is_typeddict(target):
        return True
    return isinstance(target, type) and dataclasses.is_dataclass(target) and model_fields(target) is None


def parameters_type(name: str, fields: Mapping[str, tuple[Any, bool]], config: ConfigDict) -> Any:
    """Return a typed dict of a handler's parameters: name to (annotation, required).

    A dict rather than a model: its keys can have any name (``json``, ``self``, ``model_config``),
    it is passed on with ``**``, and a parameter that was not sent keeps the handler's own default.
    """
    keys: dict[str, Any] = {}
    for key, (annotation, is_required) in fields.items():
        qualifier: Any = Required if is_required else NotRequired
        keys[key] = qualifier[annotation]
    typed_dict = TypedDict(name, keys)  # type: ignore[misc]  # made at run time, on purpose
    typed_dict.__pydantic_config__ = config  # type: ignore[attr-defined]  # where pydantic looks for it
    return typed_dict


def _model_fields(model: type[BaseModel]) -> tuple[Field, ...]:
    """Return the fields of a model; cached, since every walk over an app's types asks again."""
    infos = model.model_fields
    source, fields = _FIELDS_OF_MODELS.get(model, (None, ()))
    # model_rebuild() replaces the fields, as for a model that mentions a class defined later.
    if source is not infos:
        fields = _pydantic_fields(model, infos, {})
        _FIELDS_OF_MODELS[model] = infos, fields
    return fields


_FIELDS_OF_MODELS: Final[WeakKeyDictionary[type[BaseModel], tuple[Mapping[str, FieldInfo], tuple[Field, ...]]]] = (
    WeakKeyDictionary()
)


def _pydantic_fields(
    owner: type,
    fields: Mapping[str, FieldInfo],
    arguments: Mapping[Any, Any],
) -> tuple[Field, ...]:
    owner_fields = []
    for name, info in fields.items():
        # In the fields of a model pydantic has replaced type variables itself, in those of a
        # dataclass it has not.
        annotation = replace_recursion(substitute(info.rebuild_annotation(), arguments), owner)
        owner_fields.append(_from_info(name, info, annotation))
    return tuple(owner_fields)


def _from_info(name: str, info: FieldInfo, annotation: Any) -> Field:
    is_required = info.is_required()
    default: object = UNKNOWN
    if not is_required and info.default is not PydanticUndefined and info.default_factory is None:
        default = info.default
    return Field(name=name, annotation=annotation, required=is_required, default=default, info=info)


def _dataclass_fields(target: type, arguments: dict[Any, Any]) -> tuple[Field, ...]:
    infos = model_fields(target)
    if infos is not None:  # a dataclass of pydantic's
        init_fields = {name: info for name, info in infos.items() if info.init is not False}
        return _pydantic_fields(target, init_fields, arguments)
    hints = class_hints(target)
    fields: list[Field] = []
    for field in dataclasses.fields(target):
        if not field.init:
            continue
        annotation = replace_recursion(substitute(hints[field.name], arguments), target)
        if isinstance(field.default, FieldInfo):
            fields.append(_from_info(field.name, field.default, annotation))
        else:
            fields.append(_from_dataclass(field, annotation))
    return _with_generated_aliases(target, fields)


def _from_dataclass(field: dataclasses.Field[Any], annotation: Any) -> Field:
    default: object = UNKNOWN
    is_required = field.default_factory is dataclasses.MISSING
    if field.default is not dataclasses.MISSING:
        default = field.default
        is_required = False
    info = FieldInfo.from_annotation(annotation)
    return Field(name=field.name, annotation=annotation, required=is_required, default=default, info=info)


def _typed_dict_fields(target: Any, arguments: dict[Any, Any]) -> tuple[Field, ...]:
    hints = class_hints(target)
    fields = []
    for name, hint in hints.items():
        annotation = replace_recursion(substitute(without_qualifiers(hint), arguments), target)
        info = FieldInfo.from_annotation(annotation)
        is_required = _is_required(target, name, hint)
        fields.append(Field(name=name, annotation=annotation, required=is_required, info=info))
    return _with_generated_aliases(target, fields)


def _with_generated_aliases(target: Any, fields: Collection[Field]) -> tuple[Field, ...]:
    """Return the fields with the aliases that the configuration of their class generates.

    pydantic completes the fields of its own classes only; those of others it changes while it
    builds a schema.
    """
    generator = config_of(target).get("alias_generator")
    if generator is None:
        return tuple(fields)
    return tuple(dataclasses.replace(field, info=_aliased(field, generator)) for field in fields)


def _aliased(field: Field, generator: Any) -> FieldInfo:
    info = copy(field.info)
    if isinstance(generator, AliasGenerator):
        alias, input_alias, output_alias = generator.generate_aliases(field.name)
    else:
        alias = input_alias = output_alias = generator(field.name)
    is_weak = info.alias_priority in (None, 1)
    if is_weak or info.alias is None:
        info.alias = alias
    if is_weak or info.validation_alias is None:
        info.validation_alias = input_alias or alias
    if is_weak or info.serialization_alias is None:
        info.serialization_alias = output_alias or alias
    return info


def _is_required(target: Any, name: str, hint: Any) -> bool:
    # With string annotations, Python did not see the qualifiers when it created the class.
    qualifiers = {"NotRequired", "Required"}.intersection(stated_qualifiers(hint))
    if qualifiers:
        return "Required" in qualifiers
    return name in target.__required_keys__


def extras_type(annotation: Any) -> Any:
    """Return the type of extra fields under ``extra="allow"``: the declared one, or any JSON."""
    obj = generic_parts(annotation)[0] or annotation
    hint = _hint(obj, "__pydantic_extra__")
    arguments = [argument for argument in get_args(hint) if argument is not type(None)]
    if len(arguments) == 2:
        return arguments[1]  # dict[str, T]
    if arguments and get_args(arguments[0]):
        return get_args(arguments[0])[1]
    return JsonValue


def _hint(obj: Any, name: str) -> Any:
    for cls in getattr(obj, "__mro__", ()):
        if cls is BaseModel:
            return None
        if name in inspect.get_annotations(cls):
            return get_type_hints(cls, include_extras=True)[name]
    return None

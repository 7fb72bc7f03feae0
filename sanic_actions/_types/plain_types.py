"""A fast check for types that certainly survive the wire: scalars, models, collections.

Every start of an app checks the types of all its actions, and most types pass here. A type that
does not pass goes through the full walk of ``representable``; a property test compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from enum import EnumType
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, Final, Optional, get_args

from annotated_types import BaseMetadata
from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from .._pydantic import decorators_of, is_complete, model_fields
from .configuration import COPIED, LOCAL
from .constraints import are_usual_limits, misplaced_constraint
from .containers import ARRAYS
from .defaults import broken_constraint
from .member_names import are_plain_names
from .scalars import SCALARS, is_utf8
from .type_problems import finite_problems
from .unions import may_be_null

_PLAIN_CONFIG: Final = frozenset({*COPIED, *LOCAL})
_SAFE: Final = frozenset(row.type for row in SCALARS if row.inputs and row.outputs and row.type is not bytes)
"""Scalars that survive wherever they stand, unlike bytes, whose encoding their class chooses."""
_UNION_KINDS: Final = frozenset({UnionType, type(Optional[int])})  # noqa: UP045  # they differ before Python 3.14
_PLAIN_KINDS: Final = frozenset({GenericAlias, *_UNION_KINDS})
_MODEL_KIND: Final = type(BaseModel)
_ANNOTATED_KIND: Final = type(Annotated[int, ""])
_SETS: Final = frozenset({set, frozenset})
_REALS: Final = frozenset({float, Decimal})


def is_plain_type(annotation: Any, depth: int = 4) -> bool:
    """Return whether a type certainly survives; ``depth`` bounds the nested models entered."""
    kind = type(annotation)
    if kind is type:
        return annotation in _SAFE
    if kind is _MODEL_KIND:
        return depth > 0 and _is_plain_model(annotation, depth - 1)
    if kind is EnumType:
        # A member that is written as null is not told from None.
        return not may_be_null(annotation) and not any(finite_problems(annotation, tuple(annotation)))
    return _is_plain_alias(annotation, kind, depth)


def _is_plain_alias(alias: Any, kind: type, depth: int) -> bool:
    """Return the same for ``Annotated[...]``, for a collection, and for ``X | None``."""
    if kind is _ANNOTATED_KIND:
        for mark in alias.__metadata__:
            # A subclass of FieldInfo belongs to another framework.
            is_constraint = type(mark) is FieldInfo or isinstance(mark, BaseMetadata)
            if not is_constraint or getattr(mark, "json_schema_extra", None):
                return False
        # pydantic may refuse an unusual limit, which the full walk finds out.
        is_usual = are_usual_limits(alias.__origin__, alias.__metadata__)
        if not is_usual or misplaced_constraint(alias.__origin__, alias.__metadata__):
            return False
        return is_plain_type(alias.__origin__, depth)
    arguments = alias.__args__ if kind in _PLAIN_KINDS else ()
    if not arguments or not all(is_plain_type(argument, depth) for argument in arguments):
        return False
    if kind in _UNION_KINDS:
        return len(arguments) == 2 and NoneType in arguments
    return _is_plain_collection(alias.__origin__, arguments)


def _is_plain_collection(origin: Any, arguments: tuple[Any, ...]) -> bool:
    if origin is dict:
        return len(arguments) == 2 and arguments[0] is str
    if origin in _SETS and arguments[0] not in _SAFE:
        return False  # what is not a scalar may have no hash
    return origin is tuple or (len(arguments) == 1 and origin in ARRAYS)


def _is_plain_model(model: type[BaseModel], depth: int) -> bool:
    decorators = decorators_of(model)
    if decorators is None or model is BaseModel or not is_complete(model) or issubclass(model, RootModel):
        return False
    if decorators.computed_fields or decorators.field_serializers or decorators.model_serializers:
        return False
    fields = model_fields(model) or {}
    if not are_plain_names(fields):
        return False
    return model.model_config.keys() <= _PLAIN_CONFIG and _are_plain_fields(fields.values(), depth)


def _are_plain_fields(fields: Iterable[FieldInfo], depth: int) -> bool:
    for info in fields:  # a loop, since all() takes twice as long for a few fields
        # json_schema_extra may ask for a control that cannot show the type.
        is_special = info.exclude or info.json_schema_extra
        is_renamed = info.validation_alias is not None or info.serialization_alias is not None
        if is_special or is_renamed or not is_plain_type(info.annotation, depth):
            return False
        if not info.is_required() and not _is_plain_default(info):
            return False
        for mark in info.metadata:
            if not isinstance(mark, BaseMetadata):
                return False
        if info.metadata and misplaced_constraint(info.annotation, info.metadata):
            return False
    return True


def _is_plain_default(info: FieldInfo) -> bool:
    """Return whether a default is surely a value of its field."""
    if info.default_factory is not None:
        return True
    default = info.default
    annotation = info.annotation
    kind = type(default)
    if kind in _REALS and not math.isfinite(default):
        return False
    if kind is annotation or (type(annotation) in _UNION_KINDS and kind in get_args(annotation)):
        return is_utf8(default) and (not info.metadata or broken_constraint(default, info.metadata) is None)
    return not default and not info.metadata and kind is getattr(annotation, "__origin__", None)

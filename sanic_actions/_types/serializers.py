"""The types that the user's serializers write, which are the return types that they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import pydantic
from pydantic_core import PydanticUndefined

from .._pydantic import decorators_of, generic_arguments, generic_origin, generic_parameters
from .annotations import class_of, is_annotated, substitute, with_arguments
from .fields import Field


class _Undeclared:
    """The type of ``UNDECLARED``."""

    def __repr__(self) -> str:
        return "undeclared"


UNDECLARED: Final = _Undeclared()
"""Marks the type of a serializer that does not declare what it returns."""

_MARKS: Final = (pydantic.PlainSerializer, pydantic.WrapSerializer)


def written_type(field: Field, owner: Any) -> Any:
    """Return the type that a field is written as: its serializer's or its own, or ``UNDECLARED``.

    A serializer that declares the field's own type leaves the annotation itself, as if there were
    none.
    """
    for decorator in _serializers(owner, "field_serializers"):
        if field.name in decorator.info.fields or "*" in decorator.info.fields:
            type_ = substitute(_returned(decorator.func, decorator.info.return_type), _arguments(owner))
            return _own_or_written(field.annotation, _or_none(type_, decorator.info.when_used))
    return written_mark(field.annotation)


def _arguments(owner: Any) -> Mapping[Any, Any]:
    """Return the types that a generic class was made with, by its type variables."""
    target, arguments = class_of(owner)
    origin = generic_origin(target)
    if origin is None:
        return arguments
    return dict(zip(generic_parameters(origin), generic_arguments(target), strict=False))


def written_mark(annotation: Any) -> Any:
    """Return the type that an annotated type is written as: its last serializer's, or itself."""
    if not is_annotated(annotation):
        return annotation
    for mark in reversed(get_args(annotation)[1:]):
        if isinstance(mark, _MARKS):
            type_ = _or_none(_returned(mark.func, mark.return_type), mark.when_used)
            if type_ == _without_constraints(get_args(annotation)[0]):
                return annotation
            return type_
    return annotation


def written_class(annotation: Any) -> Any:
    """Return the type that a class is written as: its serializer's or itself, or ``UNDECLARED``."""
    for decorator in _serializers(annotation, "model_serializers"):
        type_ = _returned(decorator.func, decorator.info.return_type)
        return _own_or_written(annotation, _or_none(type_, decorator.info.when_used))
    return annotation


def has_serializers(annotation: Any) -> bool:
    """Return whether a class has serializers for itself or for one of its fields."""
    decorators = decorators_of(class_of(annotation)[0])
    return decorators is not None and bool(decorators.field_serializers or decorators.model_serializers)


def _own_or_written(annotation: Any, type_: Any) -> Any:
    """Return the annotation itself if the serializer declares the same type, constraints aside."""
    if _without_constraints(type_) == _without_constraints(annotation):
        return annotation
    return type_


def _without_constraints(annotation: Any) -> Any:
    """Return a type without the metadata that does not change how it is written."""
    if not is_annotated(annotation):
        return with_arguments(annotation, _without_constraints)
    inner, *metadata = get_args(annotation)
    inner = _without_constraints(inner)
    marks = [mark for mark in metadata if isinstance(mark, _MARKS)]
    if marks:
        return Annotated[(inner, *marks)]
    return inner


def _serializers(annotation: Any, kind: str) -> Iterable[Any]:
    decorators = decorators_of(class_of(annotation)[0])
    by_name: Mapping[str, Any] = getattr(decorators, kind, {})
    return by_name.values()


def _or_none(type_: Any, when: str) -> Any:
    """Return the type with None, if the serializer does not run for None."""
    if type_ is UNDECLARED or when in ("always", "json"):
        return type_
    if get_origin(type_) is not None or isinstance(type_, type):
        return type_ | None
    return type_


def _returned(function: Callable[..., Any], annotation: Any) -> Any:
    if annotation is not PydanticUndefined:
        return annotation
    # The function behind a class method or a static one, and behind a partial.
    inner = getattr(function, "__func__", function)
    inner = getattr(inner, "func", inner)
    try:
        return get_type_hints(inner, include_extras=True).get("return", UNDECLARED)
    except (NameError, TypeError):
        return UNDECLARED

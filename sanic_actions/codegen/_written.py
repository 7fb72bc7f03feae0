"""What a serializer with a declared return type writes: callers read that, and not what the handler has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_type_hints

from pydantic import PlainSerializer, WrapSerializer
from pydantic_core import PydanticUndefined


def class_written_as(obj: Any) -> Any:
    """Return what a model with a serializer of its own is written as; None for any other type."""
    decorators = getattr(obj, "__pydantic_decorators__", None)
    if not decorators or not decorators.model_serializers:
        return None
    (decorator,) = list(decorators.model_serializers.values())[-1:]
    return _declared_return(decorator.info.return_type, decorator.func)


def field_written_as(name: str, owner: Any) -> Any:
    """Return what a field is written as by a serializer of its class; None without one."""
    decorators = getattr(owner, "__pydantic_decorators__", None)
    if not decorators or not decorators.field_serializers:
        return None
    for decorator in decorators.field_serializers.values():
        if name in decorator.info.fields or "*" in decorator.info.fields:
            return _declared_return(decorator.info.return_type, decorator.func)
    return None


def marks_written_as(metadata: Iterable[Any]) -> Any:
    """Return what ``Annotated`` metadata writes its type as; None without a serializer."""
    written = None
    for mark in metadata:
        if isinstance(mark, PlainSerializer | WrapSerializer):
            written = _declared_return(mark.return_type, mark.func)
    return written


def _declared_return(stated: Any, function: Any) -> Any:
    if stated is not PydanticUndefined:
        return stated
    try:
        hints = get_type_hints(getattr(function, "__func__", function), include_extras=True)
    except (NameError, TypeError):  # of a builtin, or with names that only checkers see
        return None
    return hints.get("return")

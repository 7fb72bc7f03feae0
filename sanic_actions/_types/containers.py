"""The collections that survive the wire, and what they hold."""

from __future__ import annotations

import collections
from collections import abc
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

from .annotations import class_of, replace_recursion, substitute
from .hints import class_hints

ARRAYS: Final = frozenset({list, set, frozenset, tuple, collections.deque})
MAPPINGS: Final = frozenset({dict, collections.OrderedDict, collections.defaultdict, collections.Counter})

ONE_ARGUMENT: Final = frozenset({collections.Counter})
"""Mappings that are declared with the type of their keys alone."""

ABSTRACT: Final[Mapping[Any, str]] = MappingProxyType(
    {
        abc.Sequence: "list[...] or tuple[..., ...]",
        abc.MutableSequence: "list[...]",
        abc.Set: "set[...] or frozenset[...]",
        abc.MutableSet: "set[...]",
        abc.Mapping: "dict[..., ...]",
        abc.MutableMapping: "dict[..., ...]",
    }
)
"""Abstract types, and the classes to write instead: an output must say which class it is."""

UNREAD: Final = frozenset({abc.Collection, abc.Container, abc.Iterable, abc.Reversible})
"""Abstract types that pydantic does not read, or reads lazily, item by item."""

_ABSTRACT_MAPPINGS: Final = frozenset({abc.Mapping, abc.MutableMapping})


def is_container(annotation: Any) -> bool:
    """Return whether this is a collection that holds other types."""
    target = class_of(annotation)[0]
    if not isinstance(target, type):
        return False
    return target in ARRAYS or target in MAPPINGS or target in ABSTRACT


def is_mapping(annotation: Any) -> bool:
    """Return whether this is a dict or another collection with keys."""
    target = class_of(annotation)[0]
    if not isinstance(target, type):
        return False
    return target in MAPPINGS or target in _ABSTRACT_MAPPINGS


def is_named_tuple(annotation: Any) -> bool:
    """Return whether this is a ``NamedTuple`` class."""
    target = annotation
    if not isinstance(annotation, type):
        target = class_of(annotation)[0]
    return isinstance(target, type) and issubclass(target, tuple) and hasattr(target, "_fields")


def items_of(annotation: Any) -> tuple[Any, ...]:
    """Return a collection's types: key and value of a mapping, else the items; Any if unstated."""
    target = class_of(annotation)[0]
    if (places := places_of(annotation)) is not None:
        return places
    arguments = tuple(argument for argument in get_args(annotation) if argument is not Ellipsis)
    # Counter[str] names the keys only; the values are counts.
    if target is collections.Counter:
        return (*(arguments or (Any,)), int)
    if not arguments and is_mapping(annotation):
        return Any, Any
    return arguments or (Any,)


def places_of(annotation: Any) -> tuple[Any, ...] | None:
    """Return the types of a fixed tuple's places or a named tuple's fields; else None."""
    target, values = class_of(annotation)
    if is_named_tuple(annotation):
        hints = class_hints(target)
        types = [substitute(hints.get(name, Any), values) for name in target._fields]
        return tuple(replace_recursion(type_, target) for type_ in types)
    arguments = get_args(annotation)
    if target is not tuple or annotation is tuple or Ellipsis in arguments:
        return None
    return arguments

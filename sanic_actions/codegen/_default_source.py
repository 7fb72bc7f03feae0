"""Write defaults as source: for readers of a signature, and for copied classes, which run it."""

from __future__ import annotations

import collections
import dataclasses
import enum
import pathlib
import types
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NewType

from pydantic import BaseModel, RootModel

from .._types.annotations import generic_parts, is_annotated, is_foreign, is_union
from .._types.containers import is_named_tuple
from .._types.defaults import validated_default
from .._types.fields import UNKNOWN, Field
from .._types.scalars import Source, scalar_of
from ._graph import TypeGraph, Unrenderable
from ._scope import Scope
from ._snippets import Snippet, enclosed, joined, snippet
from ._text import is_name, literal, plain_str

DOTS: Final = Snippet("...")
"""Stands in a stub for a default that only the server knows."""


def shown_default(field: Field, graph: TypeGraph, scope: Scope) -> Snippet:
    """Return the default as a stub shows it: a literal, a member, or ``...`` if only the server has it."""
    literal_text = sent_default(field)
    if literal_text is DOTS:
        return member(field.default, graph, scope) or DOTS
    return literal_text


def sent_default(field: Field) -> Snippet:
    """Return the default of a call's declaration: a literal or ``...``, as enums need an import."""
    # A NewType has no literals: for a checker, 3 is not a UserId.
    if field.default is UNKNOWN or (field.default is not None and _is_new_type(field.annotation)):
        return DOTS
    text = literal(field.default)
    if text is None:
        return DOTS
    return Snippet(text)


def member(value: object, graph: TypeGraph, scope: Scope) -> Snippet | None:
    """Return an enum member by its name; None for anything else, and for a combination of flags."""
    if not isinstance(value, enum.Enum) or not value._name_ or not is_name(value._name_):
        return None
    owner = _class(type(value), graph, scope)
    if owner is None:
        return None
    return snippet(owner, f".{plain_str(value._name_)}")


def _class(cls: type, graph: TypeGraph, scope: Scope) -> Snippet | None:
    """Return the name of a class that clients have; None for any other class."""
    declaration = graph.catalog.of(cls)
    if declaration is not None:
        if graph.has(declaration):
            return scope.declared(declaration)
        return None
    if is_foreign(cls):
        return scope.foreign(cls)
    return None


def expression(value: object, graph: TypeGraph, scope: Scope) -> Snippet | None:
    """Return source that makes an equal value; None if clients cannot run any."""
    if (text := literal(value)) is not None:
        return Snippet(text)
    if isinstance(value, enum.Enum):
        return _enum(value, graph, scope)
    write = _COLLECTION_WRITERS.get(type(value))
    if write is not None:
        return write(value, graph, scope)
    scalar = scalar_of(type(value))
    if scalar is not None and scalar.source is not None:
        return _scalar(value, scalar.source, scope)
    if _is_instance(value):
        return _instance(value, graph, scope)
    return None


def holds_instances(value: object) -> bool:
    """Return whether a value has an object of a copied class in it, made for each use."""
    if isinstance(value, Mapping) and type(value) in _COLLECTION_WRITERS:
        return any(map(holds_instances, value.values()))
    if isinstance(value, Iterable) and type(value) in _COLLECTION_WRITERS:
        return any(map(holds_instances, value))
    return _is_instance(value)


def _is_instance(value: object) -> bool:
    return isinstance(value, BaseModel) or dataclasses.is_dataclass(value) or is_named_tuple(type(value))


def _enum(value: enum.Enum, graph: TypeGraph, scope: Scope) -> Snippet | None:
    # A combination of flags is not a member: its name is made of theirs, or None.
    if isinstance(value, enum.Flag) and not (value._name_ and is_name(value._name_)):
        return _flags(value, graph, scope)
    return member(value, graph, scope)


def _flags(value: enum.Flag, graph: TypeGraph, scope: Scope) -> Snippet | None:
    owner = _class(type(value), graph, scope)
    number = literal(value._value_)
    if owner is None or number is None:
        return None
    return snippet(owner, f"({number})")


def _instance(value: Any, graph: TypeGraph, scope: Scope) -> Snippet | None:
    """Return a call that makes an equal object of a copied class, from the fields that were set."""
    owner = _class(type(value), graph, scope)
    if owner is None:
        return None
    if isinstance(value, RootModel):  # its constructor takes the value by position
        root = expression(value.root, graph, scope)
        return enclosed(snippet(owner, "("), root, ")")
    arguments: list[Snippet] = []
    for name in _stated_fields(value):
        argument = expression(getattr(value, name), graph, scope)
        if argument is None:
            return None
        arguments.append(snippet(f"{name}=", argument))
    return snippet(owner, "(", joined(", ", arguments), ")")


def _stated_fields(value: Any) -> Iterable[str]:
    """Return the fields that were set: the copy has the same defaults for the others."""
    if isinstance(value, BaseModel):
        return [name for name in type(value).model_fields if name in value.model_fields_set]
    if dataclasses.is_dataclass(value):
        return [field.name for field in dataclasses.fields(value) if field.init]
    names: tuple[str, ...] = value._fields
    return names


def _items(values: Iterable[Any], graph: TypeGraph, scope: Scope) -> list[Snippet] | None:
    items: list[Snippet] = []
    for value in values:
        item = expression(value, graph, scope)
        if item is None:
            return None
        items.append(item)
    return items


def _list(value: list[Any], graph: TypeGraph, scope: Scope) -> Snippet | None:
    items = _items(value, graph, scope)
    if items is None:
        return None
    return snippet("[", joined(", ", items), "]")


def _tuple(value: tuple[Any, ...], graph: TypeGraph, scope: Scope) -> Snippet | None:
    items = _items(value, graph, scope)
    if items is None:
        return None
    if len(items) == 1:
        return snippet("(", items[0], ",)")
    return snippet("(", joined(", ", items), ")")


def _set(value: set[Any] | frozenset[Any], graph: TypeGraph, scope: Scope) -> Snippet | None:
    items = _items(value, graph, scope)
    if items is None:
        return None
    # The order of a set of strings differs between processes, and generated files must not.
    items.sort(key=lambda item: item.text)
    cls = scope.builtin(type(value).__name__)
    if not items:
        return snippet(cls, "()")
    members = snippet("{", joined(", ", items), "}")
    if type(value) is set:
        return members
    return snippet(cls, "(", members, ")")


def _dict(value: Mapping[Any, Any], graph: TypeGraph, scope: Scope) -> Snippet | None:
    keys = _items(value, graph, scope)
    values = _items(value.values(), graph, scope)
    if keys is None or values is None:
        return None
    pairs = [snippet(key, ": ", item) for key, item in zip(keys, values, strict=True)]
    return snippet("{", joined(", ", pairs), "}")


def _mapping(value: Mapping[Any, Any], graph: TypeGraph, scope: Scope) -> Snippet | None:
    """Write a dictionary of a class of the standard library."""
    return enclosed(snippet(scope.foreign(type(value)), "("), _dict(value, graph, scope), ")")


def _deque(value: collections.deque[Any], graph: TypeGraph, scope: Scope) -> Snippet | None:
    if value.maxlen is not None:
        return None
    return enclosed(snippet(scope.foreign(collections.deque), "("), _list(list(value), graph, scope), ")")


def _scalar(value: Any, source: Source, scope: Scope) -> Snippet | None:
    """Write a scalar as its table row says; None for a class of the server, such as a URL."""
    cls = type(value)
    if not is_foreign(cls):
        return None
    if isinstance(value, pathlib.Path):
        cls = pathlib.Path  # a PosixPath cannot be made on Windows
    return snippet(scope.foreign(cls), _ARGUMENTS[source](value))


_ARGUMENTS: Final[Mapping[Source, Callable[[Any], str]]] = {
    "repr": lambda value: f"({value!r})",
    "string": lambda value: f"({str(value)!r})",
    "number": lambda value: f"({int(value)})",
    "isoformat": lambda value: f".fromisoformat({value.isoformat()!r})",
    "parts": lambda value: f"({value.days}, {value.seconds}, {value.microseconds})",
}
"""The source after the class of a scalar, by the ``source`` of its row."""

_COLLECTION_WRITERS: Final[dict[type, Callable[[Any, TypeGraph, Scope], Snippet | None]]] = {
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _set,
    dict: _dict,
    collections.OrderedDict: _mapping,
    collections.Counter: _mapping,
    collections.deque: _deque,
}


def factory(function: Any, annotation: Any, graph: TypeGraph, scope: Scope) -> Snippet | None:
    """Return a default factory that clients can have; None for one that only the server has.

    Clients have Python's collections, the functions of ``uuid``, classes with a copy, and
    functions that return constants. A value that validation would convert is written converted.
    """
    if isinstance(function, type) and function in _COLLECTION_WRITERS:
        value = function()
        if function in _BUILTIN and validated_default(value, annotation) is value:
            return scope.builtin(function.__name__)
        return _constant(function, annotation, graph, scope)
    # Their values are unique wherever they are made.
    if function in (uuid.uuid4, uuid.uuid1):
        return scope.member("uuid", function.__name__)
    if isinstance(function, type):
        owner = _class(function, graph, scope.called_later())
        return enclosed("lambda: ", owner, "()")
    if isinstance(function, types.FunctionType) and _is_constant(function):
        return _constant(function, annotation, graph, scope)
    return None


def _constant(function: Callable[[], object], annotation: Any, graph: TypeGraph, scope: Scope) -> Snippet | None:
    value = validated_default(function(), annotation)
    return enclosed("lambda: ", expression(value, graph, scope.called_later()))


_BUILTIN: Final[tuple[Any, ...]] = (list, dict, set, frozenset, tuple)


def _is_constant(function: types.FunctionType) -> bool:
    """Return whether a function has neither arguments nor names, so that its result is fixed."""
    # By its bytecode: the source of a lambda may share a line with others, or be missing.
    body = function.__code__
    return not (body.co_names or body.co_freevars or body.co_varnames or body.co_flags & _SUSPENDS)


_SUSPENDS: Final = 0x20 | 0x80 | 0x100 | 0x200
"""The flags of generators and coroutines (``inspect.CO_GENERATOR`` and its neighbours)."""


def _is_new_type(annotation: Any) -> bool:
    """Return whether a type has a NewType, whose values are calls rather than literals."""
    if is_union(annotation) or is_annotated(annotation):
        return any(map(_is_new_type, generic_parts(annotation)[1]))
    return isinstance(annotation, NewType)


def required_expression(value: object, graph: TypeGraph, scope: Scope, subject: str) -> Snippet:
    """Return source that makes an equal value, which the copy must have.

    Raises:
        Unrenderable: There is none.
    """
    source = expression(value, graph, scope)
    if source is None:
        remedy = "Use a string, a number or an enum member."
        raise Unrenderable(f"{subject} is {value!r:.60}, which has no literal.", remedy)
    return source

"""Which types survive the wire: a value must come back equal and of the same Python type, or the type is refused.

The rule for unions: two members can be told apart when they are written as different kinds of JSON (a text, a whole
number, a fraction, a truth value, a list, an object), or when both read back as one Python type anyway. Two objects can
be told apart by a discriminator, by literal fields of one name with different values, or by a field that one of them
requires and the other does not have.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from itertools import combinations
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from ._annotations import is_union
from ._fields import Field, fields_of

Fault = tuple[str, str, str]
"""Where (a field path below the type), reason, remedy."""


def faults(annotation: Any, *, is_input: bool) -> list[Fault]:
    """Everything about a type that could not travel unchanged; empty for a type that can."""
    return list(_Walk(is_input=is_input).visit(annotation, "", None))


class _Walk:
    """One walk over a type; each class is entered once, so recursive types end."""

    def __init__(self, *, is_input: bool) -> None:
        self.is_input = is_input
        self.seen: set[Any] = set()

    def visit(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        """The faults of a type; ``owner`` is the class whose field it is, None for parameters and bare values."""
        if get_origin(annotation) is Annotated:
            inner, *metadata = get_args(annotation)
            if is_union(inner) and any(isinstance(m, FieldInfo) and m.discriminator for m in metadata):
                yield from self._members(inner, path, owner)
            else:
                yield from self.visit(inner, path, owner)
            return
        annotation = _alias_value(annotation)
        if reason := _refusal(annotation, self.is_input):
            yield path, *reason
        elif annotation is bytes and owner is not None and not _writes_base64(owner):
            yield path, *_bytes_refusal(owner)
        elif is_union(annotation):
            yield from self._union(annotation, path, owner)
        elif (fields := self._enter(annotation)) is not None:
            yield from self._fields(annotation, fields, path)
        elif get_origin(annotation) is not Literal:
            yield from self._arguments(annotation, path, owner)

    def _enter(self, annotation: Any) -> tuple[Field, ...] | None:
        try:
            if annotation in self.seen:
                return ()
            self.seen.add(annotation)
        except TypeError:  # unhashable metadata
            return None
        return fields_of(annotation)

    def _fields(self, owner: Any, fields: tuple[Field, ...], path: str) -> Iterator[Fault]:
        for field in fields:
            yield from self.visit(field.annotation, f"{path}.{field.name}" if path else field.name, owner)

    def _arguments(self, annotation: Any, path: str, owner: Any) -> Iterator[Fault]:
        arguments = get_args(annotation)
        if get_origin(annotation) in _MAPPINGS and arguments and (reason := _key_refusal(arguments[0])):
            yield path, *reason
            arguments = arguments[1:]
        for argument in arguments:
            if argument is not Ellipsis and not isinstance(argument, list):
                yield from self.visit(argument, path, owner)

    def _members(self, union: Any, path: str, owner: Any) -> Iterator[Fault]:
        for member in get_args(union):
            yield from self.visit(member, path, owner)

    def _union(self, union: Any, path: str, owner: Any) -> Iterator[Fault]:
        yield from self._members(union, path, owner)
        members = [_bare(member) for member in get_args(union)]
        for one, other in combinations([m for m in members if m is not NoneType], 2):
            if _confusable(one, other):
                names = f"{_name(one)} and {_name(other)}"
                yield (
                    path,
                    f"{names} look alike in JSON, so a caller could get the one for the other.",
                    "Keep one of them, or put them into models with a discriminator: a Literal field of its own each.",
                )
                return


def _alias_value(annotation: Any) -> Any:
    """The type behind a ``type X = ...`` alias or a NewType."""
    while hasattr(annotation, "__value__") or hasattr(annotation, "__supertype__"):
        annotation = annotation.__value__ if hasattr(annotation, "__value__") else annotation.__supertype__
    return annotation


def _bare(annotation: Any) -> Any:
    annotation = _alias_value(annotation)
    return _bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)


def _refusal(annotation: Any, is_input: bool) -> tuple[str, str] | None:
    if annotation is Any or annotation is object:
        return f"{_name(annotation)} has no one form in JSON.", "Say which types it can hold, for example 'int | str'."
    if not is_input and annotation in (SecretStr, SecretBytes):
        return (
            "a secret would be written as asterisks.",
            "Return str or bytes where the caller may have it, or leave it out.",
        )
    if get_origin(annotation) is Literal and any(isinstance(value, enum.Enum) for value in get_args(annotation)):
        return "a Literal of enum members reads back as nothing.", "Use the enum itself, or a Literal of its values."
    if get_origin(annotation) is type or annotation is type:
        return "a class cannot travel.", "Send a name for it."
    if callable(annotation) and get_origin(annotation) is not None and _name(get_origin(annotation)) == "Callable":
        return "a function cannot travel.", "Send what it would return."
    return None


def _key_refusal(key: Any) -> tuple[str, str] | None:
    bare = _bare(key)
    if bare is NoneType or get_origin(bare) is tuple or bare is tuple:
        return f"keys of type {_name(bare)} have no form in JSON.", "Use str keys, or a list of pairs."
    return None


def _writes_base64(owner: Any) -> bool:
    config = _config(owner)
    return all(config.get(setting) == "base64" for setting in ("ser_json_bytes", "val_json_bytes"))


def _config(owner: Any) -> Mapping[str, Any]:
    target = get_origin(owner) or owner
    return getattr(target, "model_config", None) or getattr(target, "__pydantic_config__", None) or {}


def _bytes_refusal(owner: Any) -> tuple[str, str]:
    target = get_origin(owner) or owner
    setting = 'ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")'
    attribute = "model_config" if hasattr(target, "model_config") else "__pydantic_config__"
    return (
        f"bytes in {_name(target)} would be written as UTF-8, which not all bytes are.",
        f"Add '{attribute} = {setting}' to {_name(target)}.",
    )


def _confusable(one: Any, other: Any) -> bool:
    kinds = _kind(one), _kind(other)
    if None in kinds or kinds[0] != kinds[1]:
        return False
    if kinds[0] == "object":
        return not _distinct_objects(one, other)
    return _reads_as(one) != _reads_as(other)


def _kind(annotation: Any) -> str | None:
    """The kind of JSON that a type is written as; None where that cannot be said."""
    if get_origin(annotation) is Literal:
        kinds = {_kind(type(value)) for value in get_args(annotation)}
        return kinds.pop() if len(kinds) == 1 else None
    target = get_origin(annotation) or annotation
    if fields_of(annotation) is not None or target in _MAPPINGS:
        return "object"
    if not isinstance(target, type):
        return None
    if issubclass(target, enum.Enum):
        kinds = {_kind(type(member.value)) for member in target}
        return kinds.pop() if len(kinds) == 1 else None
    return next((kind for base, kind in _KINDS if issubclass(target, base)), "text")


_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "truth value"),
    (int, "whole number"),
    (float, "fraction"),
    (str, "text"),
    (list, "list"),
    (tuple, "list"),
    (set, "list"),
    (frozenset, "list"),
)
_MAPPINGS: Final = frozenset({dict, Mapping})


def _reads_as(annotation: Any) -> Any:
    """What makes two members of one kind the same to a caller."""
    if get_origin(annotation) is Literal:
        return type(get_args(annotation)[0])
    return annotation


def _distinct_objects(one: Any, other: Any) -> bool:
    here, there = _by_name(one), _by_name(other)
    if here is None or there is None:
        return False
    if any(f.required and f.name not in there for f in here.values()):
        return True
    if any(f.required and f.name not in here for f in there.values()):
        return True
    return any(_disjoint(field.annotation, there[name].annotation) for name, field in here.items() if name in there)


def _by_name(annotation: Any) -> dict[str, Field] | None:
    fields = fields_of(annotation)
    return None if fields is None else {field.name: field for field in fields}


def _disjoint(one: Any, other: Any) -> bool:
    one, other = _bare(one), _bare(other)
    if get_origin(one) is not Literal or get_origin(other) is not Literal:
        return False
    return not any(value in get_args(other) for value in get_args(one))

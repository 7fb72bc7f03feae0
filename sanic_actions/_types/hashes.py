"""Which types have a hash, as the members of a set must."""

from __future__ import annotations

import dataclasses
from collections import abc
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel, RootModel
from typing_extensions import is_typeddict

from .._definition_error import Problem
from .annotations import class_of, key_of
from .containers import is_container, is_named_tuple, items_of
from .fields import fields_of
from .type_names import name_of
from .unions import members_of

SETS: Final = frozenset({set, frozenset, abc.Set, abc.MutableSet})
_WITH_A_HASH: Final = frozenset({tuple, frozenset, abc.Set})
"""Collections that have the hash of their items. Of abstract ones, all but a set are read as a list or a dict."""


def member_problem(annotation: Any) -> Problem | None:
    """Return why values of a type cannot be members of a set; None if they can."""
    for part in _hashed_parts(annotation, set()):
        if not _may_have_hash(part):
            subject = name_of(part)
            if part not in members_of(annotation):
                subject = f"{name_of(annotation)} holds {subject}, which"
            return Problem(f"{subject} has no hash, so that no set can hold it.", _remedy(part))
    return None


def class_with_own_hash(annotation: Any) -> Any:
    """Return the first class in a type with a ``__hash__`` of its own, which no copy has; else None.

    A frozen copy has the hash of its fields instead, if they have one.
    """
    for part in _hashed_parts(annotation, set()):
        target = class_of(part)[0]
        if _has_own_hash(target) and not _is_hashed_by_fields(target):
            return target
    return None


def _has_own_hash(target: Any) -> bool:
    if not isinstance(target, type):
        return False
    if not issubclass(target, BaseModel) and not dataclasses.is_dataclass(target):
        return False
    return target.__hash__ not in (None, object.__hash__) and not _has_hash_of_fields(target)


def _is_hashed_by_fields(target: Any) -> bool:
    """Return whether a copy of a class has the hash of its fields."""
    parameters = getattr(target, "__dataclass_params__", None)
    if parameters is None:
        is_frozen = bool(target.model_config.get("frozen"))
    else:
        is_frozen = parameters.frozen or parameters.unsafe_hash
    return is_frozen and not any(map(member_problem, _hashed_fields(target, target)))


def _has_hash_of_fields(target: Any) -> bool:
    """Return whether the hash of a class is made of those of its fields, by Python or by pydantic."""
    method = target.__hash__
    code = getattr(method, "__code__", None)
    # dataclasses compile theirs from a string.
    is_generated = getattr(code, "co_filename", "") == "<string>"
    return is_generated or method is tuple.__hash__ or str(getattr(method, "__module__", "")).startswith("pydantic.")


def _hashed_parts(annotation: Any, entered: set[Any]) -> Iterator[Any]:
    """Yield a type, and all types inside it that take part in the hash of its values."""
    for member in members_of(annotation):
        yield member
        key = key_of(member)
        if key in entered:
            continue
        entered.add(key)
        for part in _parts(member, class_of(member)[0]):
            yield from _hashed_parts(part, entered)


def _parts(annotation: Any, target: Any) -> Iterable[Any]:
    if target in _WITH_A_HASH or is_named_tuple(annotation):
        return items_of(annotation)
    if not isinstance(target, type) or not _has_hash_of_fields(target):
        return ()
    if issubclass(target, RootModel):
        return [target.model_fields["root"].rebuild_annotation()]
    return _hashed_fields(annotation, target)


def _hashed_fields(annotation: Any, target: Any) -> list[Any]:
    """Return the types of the fields that the hash of a class is made of."""
    fields = fields_of(annotation) or ()
    return [field.annotation for field in fields if _takes_part(target, field.name)]


def _takes_part(target: Any, name: str) -> bool:
    """Return whether a field is part of the hash of its class, which a field of a dataclass may refuse."""
    declared = getattr(target, "__dataclass_fields__", {}).get(name)
    if declared is None:
        return True
    return bool(declared.compare if declared.hash is None else declared.hash)


def _may_have_hash(annotation: Any) -> bool:
    target = class_of(annotation)[0]
    if target in _WITH_A_HASH:
        return True
    if is_container(annotation) or is_typeddict(target):
        return False
    return not isinstance(target, type) or target.__hash__ is not None


def _remedy(annotation: Any) -> str:
    target = class_of(annotation)[0]
    if isinstance(target, type) and issubclass(target, BaseModel):
        return f"Write list[...], or 'class {target.__name__}({target.__bases__[0].__name__}, frozen=True)'."
    if dataclasses.is_dataclass(target):
        return f"Write list[...], or '@dataclass(frozen=True)' at {name_of(target)}."
    return "Write list[...] for the set, or what has a hash for its members, such as tuple[..., ...]."

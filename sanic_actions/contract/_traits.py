"""What callers' code can do with a class besides reading its fields: the wire shows none of it.

    "bases": ["shop.StockError"]   what its values are too: of a class of the server, or an enum's
                                   strings
    "positional": ["x", "y"]       the fields of a dataclass that are passed by place, in order
    "frozen": true                 its fields cannot be assigned, and its values are hashable
    "ordered": true                its values are smaller or greater than each other
    "hashable": true               its values are hashable though they are not frozen

What is off is left out, so that the hash of a class says nothing of it.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Collection
from typing import Any, Final

from pydantic import BaseModel

from .._errors import ActionError
from .._pydantic import generic_origin
from .._types.annotations import is_foreign
from .._types.fields import config_of
from ._plain_data import Json, name_of

_KINDS_OF_ENUMS: Final = (enum.StrEnum, enum.IntEnum, enum.IntFlag)


def traits_of_class(cls: Any, fields: Collection[str], name: Callable[[Any], str]) -> Json:
    """Describe what callers can do with a model or a dataclass; ``name`` names its bases."""
    if issubclass(cls, BaseModel):
        traits = _traits_of_model(cls)
        bases = _own_bases(cls, _is_model)
    elif dataclasses.is_dataclass(cls):
        traits = _traits_of_dataclass(cls, fields)
        bases = _own_bases(cls, _is_dataclass)
    else:  # a typed dict is its keys
        return {}
    if bases:
        traits["bases"] = sorted(map(name, bases))
    return traits


def bases_of_error(error: type, name: Callable[[Any], str]) -> list[str]:
    """Return the errors of the server that a typed error is besides itself; ``name`` names them."""
    return sorted(map(name, _own_bases(error, _is_error)))


def bases_of_enum(target: type[enum.Enum]) -> list[str]:
    """Return what the members of an enum are too: strings, numbers, of a kind of Python's own."""
    names = [f"enum.{kind.__name__}" for kind in _KINDS_OF_ENUMS if issubclass(target, kind)]
    data_type: type = target._member_type_  # type: ignore[attr-defined]  # of Python itself
    if data_type is not object:
        names.append(name_of(data_type))
    return sorted(names)


def _own_bases(target: Any, is_copied: Callable[[type], bool]) -> list[type]:
    """Return the classes of the server that a class derives from, as far as callers have them."""
    if target.__bases__ in _NO_BASES:  # most are so, and issubclass() of a model takes long
        return []
    bases = []
    for base in target.__mro__[1:]:
        is_itself = base is generic_origin(target)  # to callers Page[int] is Page
        # RootModel[int] is a class of the module that wrote it.
        if is_copied(base) and not is_foreign(generic_origin(base) or base) and not is_itself:
            bases.append(base)
    return bases


_NO_BASES: Final = frozenset({(BaseModel,), (object,), (ActionError,)})


def _is_model(cls: type) -> bool:
    return issubclass(cls, BaseModel)


def _is_dataclass(cls: type) -> bool:
    return dataclasses.is_dataclass(cls)


def _is_error(cls: type) -> bool:
    return issubclass(cls, ActionError)


def _traits_of_model(model: type) -> Json:
    if config_of(model).get("frozen"):
        return {"frozen": True}
    return {}


def _traits_of_dataclass(target: Any, fields: Collection[str]) -> Json:
    traits: Json = {}
    by_place = []
    for field in dataclasses.fields(target):
        if field.name in fields and not field.kw_only:
            by_place.append(field.name)
    if by_place:
        traits["positional"] = by_place
    parameters = target.__dataclass_params__
    if parameters.frozen:
        traits["frozen"] = True
    elif parameters.unsafe_hash or not parameters.eq:
        traits["hashable"] = True
    if parameters.order:
        traits["ordered"] = True
    return traits

"""Defaults as Python source: what a caller may read in a signature, and what a copied class needs to run."""

from __future__ import annotations

import datetime
import decimal
import enum
import pathlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, NewType

from .._types.annotations import generic_parts, is_annotated, is_union
from .._types.fields import UNKNOWN, Field
from ._names import Names
from ._reach import Unrenderable
from ._text import exact, is_name, literal


def shown_default(field: Field, names: Names) -> str:
    """The default as a stub shows it: a literal, an enum member, or ``...``, which stands for "the server knows"."""
    sent = sent_default(field)
    return (member(field.default, names) or sent) if sent == "..." else sent


def sent_default(field: Field) -> str:
    """The default as a declaration of a call has it at run time, where naming an enum would import its module."""
    if field.default is UNKNOWN or (field.default is not None and _is_new_type(field.annotation)):
        return "..."
    return literal(field.default) or "..."


def member(value: object, names: Names) -> str | None:
    """An enum member by its name; None for anything else, and for a combination of flags."""
    if not isinstance(value, enum.Enum) or not value._name_ or not is_name(value._name_):
        return None
    found = names.reach.catalog.of(type(value))
    if found is None or not names.reach.has(found):
        return None
    return f"{names.declared(found)}.{exact(value._name_)}"


def expression(value: object, names: Names) -> str | None:
    """Source that makes an equal value; None if there is none that every client can run."""
    if (text := literal(value)) is not None:
        return text
    if isinstance(value, enum.Enum):
        return member(value, names)
    if (write := _WRITERS.get(type(value))) is None:
        return None
    return write(value, names)


def _items(value: Any, names: Names) -> list[str] | None:
    texts = [expression(item, names) for item in value]
    return None if None in texts else [text for text in texts if text is not None]


def _list(value: list[Any], names: Names) -> str | None:
    items = _items(value, names)
    return None if items is None else f"[{', '.join(items)}]"


def _tuple(value: tuple[Any, ...], names: Names) -> str | None:
    items = _items(value, names)
    return None if items is None else f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def _set(value: set[Any] | frozenset[Any], names: Names) -> str | None:
    items = _items(value, names)
    if items is None:
        return None
    inner = f"{{{', '.join(sorted(items))}}}" if items else ""
    kind = names.builtin(type(value).__name__)
    return inner if inner and type(value) is set else f"{kind}({inner})"


def _dict(value: Mapping[Any, Any], names: Names) -> str | None:
    keys, values = _items(value, names), _items(value.values(), names)
    if keys is None or values is None:
        return None
    return f"{{{', '.join(f'{key}: {item}' for key, item in zip(keys, values, strict=True))}}}"


def _float(value: float, names: Names) -> str:
    return f"{names.builtin('float')}({str(value)!r})"


def _from_text(value: Any, names: Names) -> str:
    return f"{names.foreign(type(value))}({str(value)!r})"


def _timedelta(value: datetime.timedelta, names: Names) -> str:
    return f"{names.module('datetime')}.timedelta({value.days}, {value.seconds}, {value.microseconds})"


def _date(value: datetime.date, names: Names) -> str:
    return f"{names.module('datetime')}.{type(value).__name__}.fromisoformat({value.isoformat()!r})"


def _path(value: pathlib.PurePath, names: Names) -> str:
    return f"{names.module('pathlib')}.Path({str(value)!r})"


_WRITERS: Final[dict[type, Callable[[Any, Names], str | None]]] = {
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _set,
    dict: _dict,
    float: _float,
    decimal.Decimal: _from_text,
    uuid.UUID: _from_text,
    datetime.timedelta: _timedelta,
    datetime.date: _date,
    datetime.time: _date,
    datetime.datetime: _date,
    type(pathlib.Path()): _path,
}


def factory(made: object, names: Names) -> str | None:
    """A default factory that every client has: a builtin collection, or a function of the standard library."""
    if made in (list, dict, set, frozenset, tuple):
        return names.builtin(made.__name__)
    if made in (uuid.uuid4, uuid.uuid1):
        return f"{names.module('uuid')}.{made.__name__}"
    return None


def _is_new_type(annotation: Any) -> bool:
    """Whether a literal is no value of the type: a NewType is made by calling it."""
    if is_union(annotation) or is_annotated(annotation):
        return any(map(_is_new_type, generic_parts(annotation)[1]))
    return isinstance(annotation, NewType)


def required_expression(value: object, names: Names, what: str) -> str:
    """Source that makes an equal value, where the copy cannot do without it."""
    text = expression(value, names)
    if text is None:
        raise Unrenderable(f"{what} is {value!r:.60}, which has no literal.", "Use a text, a number or an enum member.")
    return text
